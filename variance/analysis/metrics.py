"""What a metric is: its direction, its value a run, and its value an example."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.errors import Refusal, UsageError, nearest
from variance.records import HIGHER_IS_BETTER, Runs, scale_of
from variance.statistics import classes as per_class

Floats: TypeAlias = NDArray[np.float64]
Matrix: TypeAlias = NDArray[Any]

COST = "cost"
MOST_CLASSES = 50
"""Classes up to which slopes are taken cell by cell."""

REGRESSION = ("r2", "mse", "rmse", "mae")
_MACRO = frozenset({"macro_recall", "macro_precision"})
_DIRECTIONS = {**HIGHER_IS_BETTER, **dict.fromkeys(_MACRO, True)}


def direction(runs: Runs, metric: str) -> bool:
    """Return whether more of a metric is better.

    Raises
    ------
    UsageError
        If that is not known.
    """
    known = {**_DIRECTIONS, **runs.higher_is_better}
    if metric not in known:
        raise UsageError(
            f"whether more {metric} is better is not known",
            f"Say so with --higher-is-better {metric} or --lower-is-better {metric}.",
        )
    return known[metric]


def within_limits(
    interval: tuple[float, float] | None, metric: str, scores: Floats
) -> tuple[float, float] | None:
    """Return an interval of values of a metric without what the metric cannot reach.

    Parameters
    ----------
    interval : tuple of float, optional
    metric : str
    scores : ndarray of float, shape (S,)
        They tell whether a share is given in percent.
    """
    most = {"share": 1.0, "percent": 100.0}.get(scale_of(metric, scores.tolist()))
    if interval is None or most is None:
        return interval
    return min(max(interval[0], 0.0), most), max(min(interval[1], most), 0.0)


def available(runs: Runs) -> tuple[str, ...]:
    """Return the metrics that are stored or follow from what is stored."""
    derived: tuple[str, ...] = ()
    if has_confusion(runs):
        derived = (*per_class.METRICS, "error_rate")
    elif runs.kind == "regression" and runs.predictions is not None:
        derived = REGRESSION
    return tuple(dict.fromkeys((*runs.scores, *derived)))


def has_confusion(runs: Runs) -> bool:
    """Tell whether there are confusion matrices, stored or to be counted."""
    counted = runs.kind == "classification" and runs.predictions is not None
    return len(runs) > 0 and (runs.confusion is not None or counted)


def confusion(runs: Runs) -> NDArray[np.int64] | None:
    """Return the confusion matrices, shape (S, K, K); None where there are none."""
    if not has_confusion(runs) or runs.confusion is not None:
        return runs.confusion if len(runs) else None
    labels, predictions, k = runs.labels, runs.predictions, len(runs.classes)
    if labels is None or predictions is None:
        return None
    if labels.ndim == 1:
        return per_class.confusion(labels, predictions, k)
    rows = zip(labels, predictions, strict=True)
    return np.concatenate([per_class.confusion(y, p[None], k) for y, p in rows])


def per_run(runs: Runs, metric: str, costs: Floats | None) -> Floats:
    """Return a metric of each run, shape (S,).

    Parameters
    ----------
    runs : Runs
    metric : str
        A stored metric, one that follows from confusion matrices or predictions, or ``cost``.
    costs : ndarray of float, shape (K, K), optional
        What ``cost`` rests on.

    Raises
    ------
    UsageError
        If there is no such metric.
    Refusal
        If a cost is asked of runs without confusion matrices.
    """
    if metric == COST and costs is not None:
        counts = confusion(runs)
        if counts is None:
            raise Refusal(
                f"{runs.name} has neither predictions nor confusion counts to put a cost on"
            )
        return per_class.mean_cost(counts, costs)
    if metric in runs.scores:
        return np.asarray(runs.scores[metric], dtype=np.float64)
    if not len(runs) and metric in _DIRECTIONS:
        return np.empty(0)
    if metric not in available(runs):
        raise UsageError(f"{runs.name} has no metric {metric!r}", nearest(metric, available(runs)))
    if metric in REGRESSION:
        return _regression(runs, metric)
    counts = np.asarray(confusion(runs))
    if metric == "error_rate":
        return 1 - per_class.metric(counts, "accuracy")
    return per_class.metric(counts, metric)


def per_example(runs: Runs, metric: str, costs: Floats | None) -> tuple[Matrix | None, str]:
    """Return a metric of each run on each example, or why there is none.

    Parameters
    ----------
    runs, metric, costs
        As in `per_run`.

    Returns
    -------
    scores : ndarray, shape (S, T), or None
        Their mean over examples is the run's metric.  Metrics that are no mean over examples
        (R², RMSE, macro-F1, balanced accuracy) are linearised: each example counts with what
        it adds to the metric, to first order, so that variances come out right.
    reason : str
        Why there is none; empty where there is.
    """
    labels, predictions = runs.labels, runs.predictions
    if labels is None or predictions is None:
        return None, "no predictions are stored"
    if labels.ndim != 1:
        return None, "every run has a test set of its own"
    scores = _example_scores(runs, metric, costs, labels, predictions)
    if scores is None:
        return None, f"{metric} an example does not follow from the predictions"
    means, stored = scores.mean(axis=1), per_run(runs, metric, costs)
    if not np.allclose(means, stored, rtol=1e-6, atol=1e-9):
        return None, f"the stored {metric} is not that of the stored predictions"
    return scores, ""


def _example_scores(
    runs: Runs, metric: str, costs: Floats | None, labels: Matrix, predictions: Matrix
) -> Matrix | None:
    if runs.kind == "regression":
        return _residual_scores(labels, predictions, metric)
    if metric == COST and costs is not None:
        return per_class.example_costs(labels, predictions, costs)
    if metric in ("accuracy", "error_rate"):
        return np.asarray((predictions == labels) == (metric == "accuracy"))
    counts = confusion(runs)
    if counts is None or metric not in per_class.METRICS:
        return None
    return _linearised(counts, metric, labels, predictions)


def _linearised(
    counts: NDArray[np.int64], metric: str, labels: Matrix, predictions: Matrix
) -> Floats | None:
    if metric in ("macro_f1", "macro_recall", "balanced_accuracy"):
        return _macro_scores(counts, metric, labels, predictions)
    if counts.shape[1] > MOST_CLASSES:
        return None
    return _cell_scores(counts.astype(np.float64), metric, labels, predictions)


def _cell_scores(counts: Floats, metric: str, labels: Matrix, predictions: Matrix) -> Floats:
    """Return a metric of the confusion matrix, linearised by its slope in every used cell."""
    values, k = per_class.metric(counts, metric), counts.shape[1]
    slopes = np.zeros_like(counts)
    for i, j in np.argwhere(counts.any(axis=0)):
        more, less = counts.copy(), counts.copy()
        more[:, i, j] += 0.5
        less[:, i, j] = np.maximum(less[:, i, j] - 0.5, 0.0)
        width = more[:, i, j] - less[:, i, j]
        change = per_class.metric(more, metric) - per_class.metric(less, metric)
        slopes[:, i, j] = change / width * labels.size
    cells = labels.astype(np.intp) * k + predictions
    scores = np.take_along_axis(slopes.reshape(len(counts), -1), cells, axis=1)
    return np.asarray(scores + (values - scores.mean(axis=1))[:, None])


def _macro_scores(
    counts: NDArray[np.int64], metric: str, labels: Matrix, predictions: Matrix
) -> Floats:
    """Return the linearised macro F1 or recall: each ratio by its first-order expansion."""
    scores = per_class.class_scores(counts)
    f1 = metric == "macro_f1"
    values = scores.f1 if f1 else scores.recall
    sizes = scores.support + scores.predicted if f1 else scores.support
    known = ~np.isnan(values)
    shares = labels.size / np.where(known, sizes, 1.0) / known.sum(axis=1, keepdims=True)
    weights = np.where(known, shares, 0.0)
    taken = np.where(known, values, 0.0) * weights
    hits = (predictions == labels) * weights[:, labels] * (2 if f1 else 1)
    result: Floats = hits - taken[:, labels]
    if f1:
        result -= np.take_along_axis(taken, predictions.astype(np.intp), axis=1)
    result += per_class.metric(counts, metric)[:, None]
    return result


def _residual_scores(labels: Matrix, predictions: Matrix, metric: str) -> Floats | None:
    """Return squared or absolute residuals, or what each adds to R² or RMSE."""
    if metric not in REGRESSION:
        return None
    errors = predictions - np.asarray(labels, dtype=np.float64)
    if metric == "mae":
        return np.asarray(np.abs(errors))
    squares = np.square(errors)
    if metric == "mse":
        return np.asarray(squares)
    mse = squares.mean(axis=1, keepdims=True)
    if metric == "rmse":
        return np.asarray(np.sqrt(mse) + (squares - mse) / (2 * np.sqrt(np.maximum(mse, 1e-300))))
    spread = np.square(labels - labels.mean())
    total = spread.mean()
    if not total > 0:
        return None
    return np.asarray(1 - mse / total - (squares - mse * spread / total) / total)


def _regression(runs: Runs, metric: str) -> Floats:
    labels, predictions = runs.labels, runs.predictions
    if labels is None or predictions is None:
        return np.full(len(runs), np.nan)
    errors = predictions - np.asarray(labels, dtype=np.float64)
    if metric == "mae":
        return np.asarray(np.abs(errors).mean(axis=1))
    mse = np.square(errors).mean(axis=1)
    if metric == "r2":
        total = np.broadcast_to(labels, errors.shape).var(axis=1)
        return np.asarray(1 - np.divide(mse, total, out=np.full_like(mse, np.nan), where=total > 0))
    return np.asarray(np.sqrt(mse) if metric == "rmse" else mse)
