"""Per class, from confusion matrices: recall, precision, F1, and what rests on them.

A confusion array has the shape (S, K, K): run, true class, predicted class; entries are
counts.  What has an empty denominator is NaN, "undefined", never 0.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from variance.errors import Refusal, UsageError
from variance.statistics import _checks as check


def confusion(labels: ArrayLike, predictions: ArrayLike, classes: int) -> check.Integers:
    """Count how often each class was taken for each.

    Parameters
    ----------
    labels : array_like of int, shape (T,)
        True classes, in [0, classes).
    predictions : array_like of int, shape (S, T)
        Predicted classes.
    classes : int
        Number of classes K.

    Returns
    -------
    ndarray of int, shape (S, K, K)
    """
    y = labelled(labels, "labels", classes, dimensions=1)
    p = labelled(predictions, "predictions", classes, dimensions=2)
    if p.shape[1] != y.size:
        raise UsageError(f"There are {y.size} labels and {p.shape[1]} predictions a run.")
    rows = y.astype(np.int64) * classes
    cells = [np.bincount(rows + run, minlength=classes**2) for run in p]
    return np.stack(cells).reshape(len(p), classes, classes)


def labelled(values: ArrayLike, name: str, classes: int, *, dimensions: int) -> check.Matrix:
    """Return class indices of so many dimensions, refusing any outside [0, classes)."""
    check.whole(classes, "classes")
    array = check.numbers(values, name)
    if array.dtype.kind == "f":
        raise UsageError(f"{name} must be class indices; their type is {array.dtype}.")
    if array.ndim != dimensions:
        raise UsageError(f"{name} must have {dimensions} dimension(s); the shape is {array.shape}.")
    if array.size == 0:
        raise Refusal(f"{name} are empty: the shape is {array.shape}.")
    if array.min() < 0 or array.max() >= classes:
        raise Refusal(
            f"{name} hold the class {array.min() if array.min() < 0 else array.max()}; "
            f"there are {classes} classes, 0 to {classes - 1}."
        )
    return array


def counts(values: ArrayLike) -> check.Floats:
    """Return a confusion array of shape (S, K, K); one of shape (K, K) is one run."""
    array = check.numbers(values, "confusion").astype(np.float64)
    array = array[None] if array.ndim == 2 else array
    if array.ndim != 3 or array.shape[1] != array.shape[2] or array.size == 0:
        raise UsageError(f"A confusion array has the shape (S, K, K); this one {array.shape}.")
    check.finite(array, "confusion")
    if (array < 0).any():
        raise Refusal(f"confusion has a negative count: {array.min()}.")
    return array


@dataclass(frozen=True)
class ClassScores:
    """Scores per run and class.

    Attributes
    ----------
    recall, precision, f1 : ndarray of float, shape (S, K)
        Fractions; NaN where undefined: recall of a class without examples, precision of one
        that is never predicted, F1 of one that is neither.
    support : ndarray of float, shape (S, K)
        Test examples of the class.
    predicted : ndarray of float, shape (S, K)
        How often it was predicted.
    """

    recall: check.Floats
    precision: check.Floats
    f1: check.Floats
    support: check.Floats
    predicted: check.Floats


def class_scores(confusion: ArrayLike) -> ClassScores:
    """Return recall, precision and F1 of every run and class.

    Parameters
    ----------
    confusion : array_like of int, shape (S, K, K) or (K, K)
        Counts: run, true class, predicted class.
    """
    c = counts(confusion)
    hits = np.diagonal(c, axis1=1, axis2=2)
    support, predicted = c.sum(axis=2), c.sum(axis=1)
    return ClassScores(
        recall=ratio(hits, support), precision=ratio(hits, predicted),
        f1=ratio(2 * hits, support + predicted), support=support, predicted=predicted,
    )  # fmt: skip


def ratio(above: check.Floats, below: check.Floats) -> check.Floats:
    """Divide; NaN where the denominator is 0."""
    quotient = np.full(below.shape, math.nan)
    np.divide(above, below, out=quotient, where=below > 0)
    return quotient


@dataclass(frozen=True)
class OverRuns:
    """A per-class score summarised over runs.

    Attributes
    ----------
    mean, sd, low, high : ndarray of float, shape (K,)
        Over the runs in which it is defined; `low` and `high` are the extremes.  NaN where it
        is defined in none (`sd`: in fewer than two).
    floor : ndarray of float, shape (K,)
        SD that so many examples alone would give if each were right with the same chance,
        ``sqrt(mean (1 - mean) / examples)``.
    defined : ndarray of int, shape (K,)
        Runs in which the score is defined.
    """

    mean: check.Floats
    sd: check.Floats
    low: check.Floats
    high: check.Floats
    floor: check.Floats
    defined: check.Integers


def over_runs(scores: ArrayLike, denominators: ArrayLike) -> OverRuns:
    """Summarise a per-class score over runs, beside its binomial floor.

    Parameters
    ----------
    scores : array_like of float, shape (S, K)
        NaN where undefined.
    denominators : array_like of float, shape (S, K)
        Examples behind each score (`ClassScores.support` for recall).

    References
    ----------
    Pham et al. (2020), "Problems and opportunities in training deep learning software
    systems: an analysis of variance": per-class spread far above the overall one.
    """
    x = check.numbers(scores, "scores").astype(np.float64)
    n = check.numbers(denominators, "denominators").astype(np.float64)
    if x.ndim != 2 or x.shape != n.shape:
        raise UsageError(f"Scores and denominators must share (S, K): {x.shape}, {n.shape}.")
    known = ~np.isnan(x)
    defined = known.sum(axis=0)
    mean = ratio(np.where(known, x, 0.0).sum(axis=0), defined.astype(np.float64))
    squares = np.where(known, (x - mean) ** 2, 0.0).sum(axis=0)
    some = defined > 0
    return OverRuns(
        mean=mean,
        sd=np.sqrt(ratio(squares, defined - 1.0)),
        low=np.where(some, np.where(known, x, math.inf).min(axis=0), math.nan),
        high=np.where(some, np.where(known, x, -math.inf).max(axis=0), math.nan),
        floor=np.sqrt(ratio(mean * (1 - mean), n.mean(axis=0))),
        defined=defined,
    )


@dataclass(frozen=True)
class Cells:
    """Confusion cells over runs, and those that move most.

    Attributes
    ----------
    mean, sd : ndarray of float, shape (K, K)
        Counts; `sd` is NaN for one run.
    moving : tuple of tuple of int
        Off-diagonal cells (true, predicted) by falling SD; only those with SD above 0.
    """

    mean: check.Floats
    sd: check.Floats
    moving: tuple[tuple[int, int], ...]


def cells(confusion: ArrayLike, *, top: int = 10) -> Cells:
    """Return mean and SD of each confusion cell over runs, and the pairs that move most.

    Parameters
    ----------
    confusion : array_like of int, shape (S, K, K)
    top : int
        How many moving pairs to name.
    """
    c = counts(confusion)
    sd = c.std(axis=0, ddof=1) if len(c) > 1 else np.full(c.shape[1:], math.nan)
    off = np.where(np.eye(len(sd), dtype=bool), 0.0, np.nan_to_num(sd))
    order = np.argsort(-off, axis=None, kind="stable")[:top]
    pairs = ((int(i // len(sd)), int(i % len(sd))) for i in order)
    return Cells(c.mean(axis=0), sd, tuple(p for p in pairs if off[p] > 0))


def metric(confusion: ArrayLike, name: str) -> check.Floats:
    """Return a metric of each run.

    Parameters
    ----------
    confusion : array_like of int, shape (S, K, K)
        Weighted counts are fine.
    name : str
        ``accuracy``, ``macro_f1``, ``macro_recall`` (= ``balanced_accuracy``),
        ``macro_precision``, ``weighted_f1``, ``mcc``.

    Returns
    -------
    ndarray of float, shape (S,)
        Macro averages run over the classes for which the score is defined; NaN where there
        is none.  Matthews' coefficient is 0 where only one class is predicted or present.
    """
    c = counts(confusion)
    if name not in METRICS:
        raise UsageError(f"Unknown metric {name!r}.", f"Known: {', '.join(METRICS)}.")
    return METRICS[name](c)


def _accuracy(c: check.Floats) -> check.Floats:
    return ratio(np.trace(c, axis1=1, axis2=2), c.sum(axis=(1, 2)))


def _macro(score: str, c: check.Floats) -> check.Floats:
    values: check.Floats = getattr(class_scores(c), score)
    known = ~np.isnan(values)
    return ratio(np.where(known, values, 0.0).sum(axis=1), known.sum(axis=1).astype(np.float64))


def _weighted_f1(c: check.Floats) -> check.Floats:
    scores = class_scores(c)
    return ratio((np.nan_to_num(scores.f1) * scores.support).sum(axis=1), c.sum(axis=(1, 2)))


def _mcc(c: check.Floats) -> check.Floats:
    total, right = c.sum(axis=(1, 2)), np.trace(c, axis1=1, axis2=2)
    true, predicted = c.sum(axis=2), c.sum(axis=1)
    above = right * total - (true * predicted).sum(axis=1)
    spread = [total**2 - (side**2).sum(axis=1) for side in (true, predicted)]
    below = np.sqrt(spread[0] * spread[1])
    return np.nan_to_num(ratio(above, below))


METRICS = {
    "accuracy": _accuracy,
    "macro_f1": lambda c: _macro("f1", c),
    "macro_recall": lambda c: _macro("recall", c),
    "balanced_accuracy": lambda c: _macro("recall", c),
    "macro_precision": lambda c: _macro("precision", c),
    "weighted_f1": _weighted_f1,
    "mcc": _mcc,
}
"""Metrics of a confusion array (S, K, K), by name."""


def macro_standard_error(proportions: ArrayLike, denominators: ArrayLike) -> float:
    """Return the standard error of a macro average that the number of examples gives it.

    Parameters
    ----------
    proportions : array_like of float, shape (K,)
        Recall or precision of each class, of one run.
    denominators : array_like of float, shape (K,)
        Examples behind each, above 0.

    Returns
    -------
    float
        ``sqrt(sum(p (1 - p) / n)) / K`` (delta method).
    """
    p = check.vector(proportions, "proportions")
    n = check.vector(denominators, "denominators")
    if p.shape != n.shape or (n <= 0).any():
        raise UsageError("Every class needs a proportion and a positive number of examples.")
    return math.sqrt(float((p * (1 - p) / n).sum())) / p.size


def mean_cost(confusion: ArrayLike, costs: ArrayLike) -> check.Floats:
    """Return the mean cost an example of each run.

    Parameters
    ----------
    confusion : array_like of int, shape (S, K, K)
    costs : array_like of float, shape (K, K)
        Cost of taking the true class (row) for the predicted (column), finite, not negative.

    Returns
    -------
    ndarray of float, shape (S,)
        In the unit of the costs.
    """
    c, k = counts(confusion), cost_matrix(costs)
    if k.shape != c.shape[1:]:
        raise UsageError(f"{c.shape[1]} classes need as many costs a side: {k.shape}.")
    return ratio((c * k).sum(axis=(1, 2)), c.sum(axis=(1, 2)))


def example_costs(labels: ArrayLike, predictions: ArrayLike, costs: ArrayLike) -> check.Floats:
    """Return the cost of each prediction, a per-example metric like any other.

    Parameters
    ----------
    labels : array_like of int, shape (T,)
    predictions : array_like of int, shape (S, T)
    costs : array_like of float, shape (K, K)
        As in `mean_cost`.

    Returns
    -------
    ndarray of float, shape (S, T)
    """
    k = cost_matrix(costs)
    y = labelled(labels, "labels", len(k), dimensions=1)
    p = labelled(predictions, "predictions", len(k), dimensions=2)
    if p.shape[1] != y.size:
        raise UsageError(f"There are {y.size} labels and {p.shape[1]} predictions a run.")
    return k[y[None, :], p]


def cost_matrix(costs: ArrayLike) -> check.Floats:
    """Return a square matrix of finite costs, none negative."""
    k = check.matrix(costs, "costs").astype(np.float64)
    if k.shape[0] != k.shape[1]:
        raise UsageError(f"A cost matrix is square; this one has the shape {k.shape}.")
    if (k < 0).any():
        where = tuple(int(i) for i in np.argwhere(k < 0)[0])
        raise Refusal(
            f"The cost at (true, predicted) = {where} is {k[where]}.",
            "Costs are not negative; subtract the smallest from all, if need be.",
        )
    return k
