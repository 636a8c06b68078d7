"""Which examples change from run to run, and between two sweeps.

All by counting how many runs predict what on an example; no loop over pairs of runs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.classes import labelled, ratio

BLOCK = 2_000_000


def votes(predictions: ArrayLike, classes: int) -> check.Integers:
    """Count the runs that predict each class on each example.

    Parameters
    ----------
    predictions : array_like of int, shape (S, T)
        In [0, classes).
    classes : int
        Number of classes K.

    Returns
    -------
    ndarray of int, shape (T, K)
    """
    p = labelled(predictions, "predictions", classes, dimensions=2)
    examples = p.shape[1]
    offsets, total = np.arange(examples) * classes, np.zeros(examples * classes, dtype=np.int64)
    height = max(1, BLOCK // examples)
    for start in range(0, len(p), height):
        cells = (offsets + p[start : start + height]).ravel()
        total += np.bincount(cells, minlength=total.size)
    return total.reshape(examples, classes)


def disagreement(predictions: ArrayLike, classes: int) -> check.Floats:
    """Return, for each example, the share of pairs of runs that differ on it.

    Parameters
    ----------
    predictions : array_like of int, shape (S, T)
    classes : int

    Returns
    -------
    ndarray of float, shape (T,)
        In [0, 1]; all NaN for one run.
    """
    n = votes(predictions, classes)
    runs = int(n[0].sum())
    if runs == 1:
        return np.full(len(n), math.nan)
    return np.asarray(1 - (n * (n - 1)).sum(axis=1) / (runs * (runs - 1)))


def churn(predictions: ArrayLike, classes: int) -> float:
    """Return the share of examples on which two runs of a sweep differ, over all pairs.

    Parameters
    ----------
    predictions : array_like of int, shape (S, T)
    classes : int

    Returns
    -------
    float
        In [0, 1]; NaN for one run.

    References
    ----------
    Milani Fard et al. (2016), "Launch and iterate: reducing prediction churn".

    Examples
    --------
    >>> churn([[0, 1, 2, 0], [0, 1, 1, 0]], 3)
    0.25
    """
    return float(disagreement(predictions, classes).mean())


@dataclass(frozen=True)
class Unstable:
    """The examples on which the runs disagree most.

    Attributes
    ----------
    index : ndarray of int, shape (n,)
        Positions of the examples, most unstable first; ties by position.
    disagreement : ndarray of float, shape (n,)
        Share of pairs of runs that differ.
    right : ndarray of float, shape (n,)
        Share of runs that are right.
    """

    index: check.Integers
    disagreement: check.Floats
    right: check.Floats


def unstable(labels: ArrayLike, predictions: ArrayLike, classes: int, *, top: int = 10) -> Unstable:
    """Return the examples on which the runs disagree most; stable ones are left out.

    Parameters
    ----------
    labels : array_like of int, shape (T,)
    predictions : array_like of int, shape (S, T)
    classes : int
    top : int
        At most so many.
    """
    y, n = _labels_and_votes(labels, predictions, classes)
    shares = np.nan_to_num(disagreement(predictions, classes))
    order = np.argsort(-shares, kind="stable")[: check.whole(top, "top")]
    order = order[shares[order] > 0]
    right = n[order, y[order]] / n[0].sum()
    return Unstable(order, shares[order], right)


def _labels_and_votes(
    labels: ArrayLike, predictions: ArrayLike, classes: int
) -> tuple[check.Matrix, check.Integers]:
    y, n = labelled(labels, "labels", classes, dimensions=1), votes(predictions, classes)
    if len(n) != y.size:
        raise UsageError(f"There are {y.size} labels and {len(n)} predictions a run.")
    return y, n


def majority_accuracy(labels: ArrayLike, predictions: ArrayLike, classes: int) -> float:
    """Return the accuracy of the runs' majority vote.

    Parameters
    ----------
    labels : array_like of int, shape (T,)
    predictions : array_like of int, shape (S, T)
    classes : int

    Returns
    -------
    float
        In [0, 1].  Where m classes tie for the most votes and the true one is among them,
        the example counts 1/m, what breaking ties at random gives on average.
    """
    y, n = _labels_and_votes(labels, predictions, classes)
    leads = n == n.max(axis=1, keepdims=True)
    return float((leads[np.arange(y.size), y] / leads.sum(axis=1)).mean())


@dataclass(frozen=True)
class Churn:
    """Flips between two sweeps beside what each sweep's own runs differ by.

    Shares of the examples, averaged over pairs of runs.

    Attributes
    ----------
    between : float
        A baseline and a candidate run differ.
    within_baseline, within_candidate : float
        Two runs of the same sweep differ; NaN for one run.
    gained : float
        The baseline run is wrong, the candidate run right.
    lost : float
        The other way round; ``gained - lost`` is the difference in accuracy.
    """

    between: float
    within_baseline: float
    within_candidate: float
    gained: float
    lost: float


def churn_between(
    labels: ArrayLike, baseline: ArrayLike, candidate: ArrayLike, classes: int
) -> Churn:
    """Compare the predictions of two sweeps, over all pairs of one run each.

    Parameters
    ----------
    labels : array_like of int, shape (T,)
    baseline : array_like of int, shape (S, T)
    candidate : array_like of int, shape (U, T)
        Predicted classes of the same examples.
    classes : int
    """
    y, first = _labels_and_votes(labels, baseline, classes)
    _, second = _labels_and_votes(labels, candidate, classes)
    p, q = first / first[0].sum(), second / second[0].sum()
    rows = np.arange(y.size)
    right, now_right = p[rows, y], q[rows, y]
    return Churn(
        between=float(1 - (p * q).sum(axis=1).mean()),
        within_baseline=_within(first),
        within_candidate=_within(second),
        gained=float(((1 - right) * now_right).mean()),
        lost=float((right * (1 - now_right)).mean()),
    )


def _within(n: check.Integers) -> float:
    runs = int(n[0].sum())
    same = (n * (n - 1)).sum(axis=1, dtype=np.float64)
    return float(1 - ratio(same, np.full(len(n), float(runs * (runs - 1)))).mean())


@dataclass(frozen=True)
class Flips:
    """Examples that the candidate gained or lost most clearly.

    Attributes
    ----------
    index : ndarray of int, shape (n,)
        Positions, largest change first.
    change : ndarray of float, shape (n,)
        Share of candidate runs that are right less that of baseline runs, in [-1, 1].
    """

    index: check.Integers
    change: check.Floats


def largest_flips(baseline: ArrayLike, candidate: ArrayLike, *, top: int = 10) -> Flips:
    """Return the examples whose share of right runs changed most.

    Parameters
    ----------
    baseline : array_like of bool, shape (S, T)
    candidate : array_like of bool, shape (U, T)
        Correctness on the same examples.
    top : int
        At most so many; unchanged ones are left out.
    """
    first, second = check.matrix(baseline, "baseline"), check.matrix(candidate, "candidate")
    if first.shape[1] != second.shape[1]:
        raise UsageError(f"Different numbers of examples: {first.shape[1]}, {second.shape[1]}.")
    change = second.mean(axis=0) - first.mean(axis=0)
    order = np.argsort(-np.abs(change), kind="stable")[: check.whole(top, "top")]
    order = order[change[order] != 0]
    return Flips(order, change[order])
