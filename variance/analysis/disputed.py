"""The examples that runs or sweeps disagree about most, and what their runs say of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.errors import Refusal
from variance.records import Runs
from variance.statistics import churn

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Opinion:
    """What the runs of one sweep say of an example.

    Attributes
    ----------
    right : float
        Share of the runs that are right.
    votes : mapping of str to float
        Class to the share of runs that predict it, the commonest first; none is 0.
    """

    right: float
    votes: Mapping[str, float]


@dataclass(frozen=True)
class Disputed:
    """An example that is not decided.

    Attributes
    ----------
    example : int
        Its id, or its position where there are no ids.
    label : str
        Its true class.
    opinions : tuple of Opinion
        One a sweep, in the order given.
    """

    example: int
    label: str
    opinions: tuple[Opinion, ...]


def least_decided(*sweeps: Runs, top: int, without: Collection[int] = ()) -> tuple[Disputed, ...]:
    """Return the examples on which two runs of the same sweep differ most often.

    Parameters
    ----------
    *sweeps : Runs
        Of one test set in one order, with the same classes; several are averaged.
    top : int
        At most so many.
    without : collection of int
        Examples to leave out.

    Returns
    -------
    tuple of Disputed
        The least decided first, ties by position; none on which all runs agree.

    Raises
    ------
    Refusal
        If there are no predictions of one shared test set.
    """
    counts = [_votes(runs) for runs in sweeps]
    shares = np.mean(
        [
            np.nan_to_num(churn.disagreement(np.asarray(r.predictions), len(r.classes)))
            for r in sweeps
        ],
        axis=0,
    )
    return _chosen(sweeps, counts, shares, top, without)


def most_moved(first: Runs, second: Runs, *, top: int) -> tuple[Disputed, ...]:
    """Return the examples on which two sweeps differ most in the share of runs that are right.

    Parameters
    ----------
    first, second : Runs
        Of one test set in one order, with the same classes.
    top : int
        At most so many.

    Raises
    ------
    Refusal
        If there are no predictions of one shared test set.
    """
    counts = [_votes(runs) for runs in (first, second)]
    right = [_right(runs, votes) for runs, votes in zip((first, second), counts, strict=True)]
    return _chosen((first, second), counts, np.abs(right[1] - right[0]), top, ())


def _votes(runs: Runs) -> Integers:
    """Return how many runs predict each class on each example, shape (T, K)."""
    if runs.kind == "regression":
        raise Refusal("the runs predict numbers, not classes")
    if runs.predictions is None or runs.labels is None:
        raise Refusal("no predictions are stored")
    if not len(runs):
        raise Refusal("there are no runs")
    if runs.labels.ndim != 1:
        raise Refusal("every run has a test set of its own")
    return churn.votes(runs.predictions, len(runs.classes))


def _right(runs: Runs, votes: Integers) -> Floats:
    labels = np.asarray(runs.labels)
    return np.asarray(votes[np.arange(labels.size), labels] / len(runs))


def _chosen(
    sweeps: tuple[Runs, ...],
    counts: list[Integers],
    shares: Floats,
    top: int,
    without: Collection[int],
) -> tuple[Disputed, ...]:
    """Return the examples with the largest shares, with what each sweep's runs say of them."""
    first = sweeps[0]
    labels = np.asarray(first.labels)
    ids = np.arange(labels.size) if first.examples is None else first.examples
    order = [t for t in np.argsort(-shares, kind="stable") if shares[t] > 0]
    free = [t for t in order if int(ids[t]) not in without]
    return tuple(
        Disputed(
            int(ids[t]),
            first.classes[labels[t]],
            tuple(
                _opinion(runs, votes[t], int(labels[t]))
                for runs, votes in zip(sweeps, counts, strict=True)
            ),
        )
        for t in free[:top]
    )


def _opinion(runs: Runs, votes: Integers, label: int) -> Opinion:
    order = [k for k in np.argsort(-votes, kind="stable").tolist() if votes[k]]
    shares = {runs.classes[k]: float(votes[k] / len(runs)) for k in order}
    return Opinion(float(votes[label] / len(runs)), shares)
