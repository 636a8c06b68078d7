"""The split into training and test examples that follows the source ``split``."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from variance.errors import UsageError
from variance.experiments.streams import Streams


def redrawn_split(
    examples: int, test_size: float, streams: Streams
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of training and test examples, each ascending.

    Parameters
    ----------
    examples : int
        How many there are.
    test_size : float
        Share to test on, in (0, 1); rounded up, as scikit-learn's ``train_test_split`` does.
    streams : Streams
        Its source ``split`` decides which examples are tested on.

    Raises
    ------
    UsageError
        If no example would be left to train on.
    """
    tested = math.ceil(test_size * examples)
    if tested >= examples:
        raise UsageError(f"test_size {test_size} leaves none of {examples} examples to train on")
    is_test = np.zeros(examples, dtype=bool)
    is_test[streams.generator("split").permutation(examples)[:tested]] = True
    return np.flatnonzero(~is_test), np.flatnonzero(is_test)
