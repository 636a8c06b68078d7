"""The crossed bootstrap for metrics that are no mean over examples, such as macro-F1.

An example on which all runs of both sweeps predict the same adds to all confusion matrices
alike.  Such examples are pooled by cell: how often a resample draws each cell is multinomial.
Only the others are drawn one by one.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import sparse

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.classes import confusion, labelled, metric
from variance.statistics.resampling import (
    BLOCK,
    BootstrapDifference,
    collapsed_draws,
    seed_weights,
    summarise,
)

Metric = Callable[[check.Floats], check.Floats]
"""From confusion arrays (S, K, K), counts or weights, to one number each."""


def crossed_bootstrap_metric(
    labels: ArrayLike,
    baseline: ArrayLike,
    candidate: ArrayLike,
    classes: int,
    score: str | Metric,
    *,
    paired: bool,
    rng: np.random.Generator,
    resamples: int = 999,
    level: float = 0.95,
) -> BootstrapDifference:
    """Compare two sweeps in any metric of the confusion matrix, on new seeds and examples.

    Parameters
    ----------
    labels : array_like of int, shape (T,)
    baseline : array_like of int, shape (S, T)
    candidate : array_like of int, shape (U, T)
        Predicted classes of the same examples.
    classes : int
        Number of classes K.
    score : str or callable
        A name that `classes.metric` knows, or a function of confusion arrays (n, K, K) that
        returns n numbers.
    paired : bool
        Whether row s of both comes from the same seed.
    rng : numpy.random.Generator
    resamples : int
        Bootstrap resamples, at least 99.
    level : float
        Confidence.

    Returns
    -------
    BootstrapDifference
        Of the mean over runs; undefined, with a reason, for one run a side or one example,
        or where the metric is undefined in a resample.

    References
    ----------
    Sellam et al. (2022), "The MultiBERTs".
    """
    value = _named(score)
    y = labelled(labels, "labels", classes, dimensions=1)
    sweeps = tuple(
        labelled(p, name, classes, dimensions=2)
        for p, name in ((baseline, "baseline"), (candidate, "candidate"))
    )
    if paired and len(sweeps[0]) != len(sweeps[1]):
        raise UsageError(f"Paired seeds differ in number: {len(sweeps[0])}, {len(sweeps[1])}.")
    check.whole(resamples, "resamples", at_least=99)
    means = [float(value(confusion(y, p, classes).astype(np.float64)).mean()) for p in sweeps]
    estimate, n = means[1] - means[0], (len(sweeps[0]), len(sweeps[1]))
    method = f"crossed bootstrap, {'paired' if paired else 'unpaired'} seeds"
    reason = "one run a side has no spread to measure" if min(n) == 1 else ""
    reason = "one test example cannot stand for new data" if y.size == 1 else reason
    pool = _pool(y, sweeps, classes)
    drawn = None if reason else _draw(pool, value, resamples, rng, paired=paired)
    if drawn is not None and np.isnan(drawn).any():
        reason = "the metric is undefined in some resamples"
    if drawn is None or reason:
        nan = math.nan
        return BootstrapDifference(
            estimate, nan, nan, level, nan, nan, resamples, pool.kept, method, n, reason
        )
    return summarise(drawn, estimate, level, informative=pool.kept, method=method, n=n)


def _named(score: str | Metric) -> Metric:
    if callable(score):
        return score
    name = score
    return lambda c: metric(c, name)


@dataclass(frozen=True)
class _Pool:
    """Examples split into those that no run changes, by cell, and the others."""

    examples: int
    kept: int
    classes: int
    common: check.Floats
    """(K²,): unchanging examples in each cell."""
    cells: tuple[check.Matrix, ...]
    """Per sweep (S, kept): the cell that each run puts each other example in."""


def _pool(labels: check.Matrix, sweeps: tuple[check.Matrix, ...], classes: int) -> _Pool:
    same = sweeps[0][0]
    moving = np.asarray([(p != same).any(axis=0) for p in sweeps]).any(axis=0)
    rows = labels.astype(np.int64) * classes
    common = np.bincount((rows + same)[~moving], minlength=classes**2).astype(np.float64)
    cells = tuple(rows[moving] + p[:, moving] for p in sweeps)
    return _Pool(labels.size, int(moving.sum()), classes, common, cells)


def _draw(
    pool: _Pool, value: Metric, resamples: int, rng: np.random.Generator, *, paired: bool
) -> check.Floats:
    height = max(1, BLOCK // max(pool.kept, pool.classes**2))
    parts = []
    for start in range(0, resamples, height):
        size = min(height, resamples - start)
        weights = collapsed_draws(pool.examples, pool.kept, size, rng)
        common = _common_draws(pool, weights, rng)
        shares = [seed_weights(len(cells), size, rng) for cells in pool.cells]
        shares = [shares[0], shares[0]] if paired else shares
        means = [
            _mean_metric(pool, cells, weights=weights, common=common, shares=share, value=value)
            for cells, share in zip(pool.cells, shares, strict=True)
        ]
        parts.append(means[1] - means[0])
    return np.concatenate(parts)


def _common_draws(pool: _Pool, weights: check.Floats, rng: np.random.Generator) -> check.Floats:
    rest = (pool.examples - weights.sum(axis=1)).astype(np.int64)
    if not pool.common.any():
        return np.zeros((len(weights), pool.common.size))
    drawn = rng.multinomial(rest, pool.common / pool.common.sum())
    return np.asarray(drawn, dtype=np.float64)


def _mean_metric(
    pool: _Pool,
    cells: check.Matrix,
    *,
    weights: check.Floats,
    common: check.Floats,
    shares: check.Floats,
    value: Metric,
) -> check.Floats:
    """Return the mean over the drawn runs of the metric of each resample."""
    total = np.zeros(len(weights))
    ones, rows = np.ones(pool.kept), np.arange(pool.kept)
    for run, share in zip(cells, shares.T, strict=True):
        one_hot = sparse.csc_array((ones, (rows, run)), shape=(pool.kept, pool.classes**2))
        counts = weights @ one_hot + common
        total += share * value(counts.reshape(-1, pool.classes, pool.classes))
    return total
