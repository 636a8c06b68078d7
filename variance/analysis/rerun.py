"""One stored run beside the same seed trained again: which bits are the same, and how far apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.records import Run


@dataclass(frozen=True)
class Bits:
    """What is the same, bit for bit, in a stored run and the same seed trained again.

    Attributes
    ----------
    predictions : bool or None
        None where neither run has any.
    test_set : bool or None
        Whether both were scored on the same examples with the same labels; likewise.
    weights : bool or None
        By their digests; None where one of the runs has none.
    scores : tuple of str
        The scores that differ, or that only one of the runs has.
    """

    predictions: bool | None
    test_set: bool | None
    weights: bool | None
    scores: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether nothing that is known of both differs."""
        return not self.scores and False not in (self.predictions, self.test_set, self.weights)


def compare_bits(stored: Run, again: Run) -> Bits:
    """Return what is the same in two runs, bit for bit."""
    return Bits(
        predictions=_same_predictions(stored, again),
        test_set=_same_test_set(stored, again),
        weights=_same_weights(stored, again),
        scores=tuple(
            name
            for name in dict.fromkeys((*stored.metrics, *again.metrics))
            if stored.metrics.get(name) != again.metrics.get(name)
        ),
    )


def distance(one: Run, other: Run) -> float | None:
    """Return how far apart the predictions of two runs are.

    Parameters
    ----------
    one, other : Run
        Of one experiment, scored on examples of one data set.

    Returns
    -------
    float or None
        On the examples that both were tested on: the share that they put into different classes,
        or, for regression, the root mean square of the differences. None where there are no such
        examples.
    """
    pair = _on_shared_examples(one, other)
    if pair is None:
        return None
    first, second = pair
    if one.test_set is not None and one.test_set.classes:
        return float(np.mean(first != second))
    return math.sqrt(float(np.mean((first - second) ** 2)))


def changed_examples(one: Run, other: Run) -> int | None:
    """Return on how many examples two runs predict something else; None as for `distance`."""
    pair = _on_shared_examples(one, other)
    return None if pair is None else int(np.count_nonzero(pair[0] != pair[1]))


def _same_predictions(stored: Run, again: Run) -> bool | None:
    a, b = stored.predictions, again.predictions
    if a is None and b is None:
        return None
    if a is None or b is None or a.shape != b.shape:
        return False
    if a.dtype.kind in "ui" and b.dtype.kind in "ui":  # classes are stored in the smallest type
        return bool(np.array_equal(a, b))
    return a.dtype == b.dtype and a.tobytes() == b.tobytes()


def _same_test_set(stored: Run, again: Run) -> bool | None:
    a, b = stored.test_set, again.test_set
    if a is None and b is None:
        return None
    return a is not None and b is not None and a.digest == b.digest


def _same_weights(stored: Run, again: Run) -> bool | None:
    if stored.weights_digest is None or again.weights_digest is None:
        return None
    return stored.weights_digest == again.weights_digest


def _on_shared_examples(one: Run, other: Run) -> tuple[NDArray[Any], NDArray[Any]] | None:
    """Return both runs' predictions on the examples that they share, in one order."""
    a, b = one.test_set, other.test_set
    first, second = one.predictions, other.predictions
    if a is None or b is None or first is None or second is None:
        return None
    if bool(a.classes) != bool(b.classes):
        return None
    if a.classes != b.classes:  # a function's runs may each count their classes anew
        first, second = np.array(a.classes)[first], np.array(b.classes)[second]
    if a.examples is None or b.examples is None:
        fits = a.examples is b.examples and first.shape == second.shape
        return (first, second) if fits else None
    _, left, right = np.intersect1d(a.examples, b.examples, return_indices=True)
    return (first[left], second[right]) if len(left) else None
