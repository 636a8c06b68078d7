"""Runs whose seed redraws the train/test split: one mean, and two unpaired means.

Such runs share training data.  As in `means.corrected_resampled_t`, the variance of a mean of
J runs is taken as ``s² (1/J + n_test/n_train)`` in place of ``s²/J``.

That takes the correlation of two splits' scores for ``n_test / (n_test + n_train)``.  It is right
for learners that change little with single training examples, such as least squares, and too
small for others: nearest neighbours err in up to 12 % at a level of 5 % (the study `neighbours`
of the calibration page).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from variance.statistics import _checks as check
from variance.statistics.intervals import NO_SPREAD, ONE_VALUE
from variance.statistics.means import satterthwaite
from variance.statistics.results import Difference, Interval, Pivot, t_fields, t_quantile


def corrected_mean_interval(
    scores: ArrayLike, *, test_share: float, level: float = 0.95
) -> Interval:
    """Return the mean over redrawn splits with its corrected t interval.

    Parameters
    ----------
    scores : array_like of float, shape (J,)
        One score a split.
    test_share : float
        n_test / n_train, above 0.
    level : float
        Confidence.

    Returns
    -------
    Interval
        Bounds are undefined for one run; equal to the mean where nothing varied.

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52.

    Examples
    --------
    >>> i = corrected_mean_interval([1.0, 2.0, 3.0], test_share=0.5)
    >>> round(i.low, 3), i.estimate, round(i.high, 3)
    (-1.928, 2.0, 5.928)
    """
    check.probability(level, "level")
    check.positive(test_share, "test_share")
    x = check.vector(scores, "scores")
    mean, n, method = float(x.mean()), x.size, "corrected resampled t interval of the mean"
    if n == 1:
        return Interval(mean, math.nan, math.nan, level, method, n, ONE_VALUE)
    spread = _spread(x)
    half = t_quantile((1 + level) / 2, n - 1) * spread * math.sqrt(1 / n + test_share)
    reason = "" if spread else NO_SPREAD
    return Interval(mean, mean - half, mean + half, level, method, n, reason)


def corrected_welch_t(
    baseline: ArrayLike, candidate: ArrayLike, *, test_share: float, level: float = 0.95
) -> Difference:
    """Compare scores of unrelated seeds that redraw the split.

    Parameters
    ----------
    baseline : array_like of float, shape (n,)
    candidate : array_like of float, shape (m,)
        Scores of different splits of the same data.
    test_share : float
        n_test / n_train, above 0.
    level : float
        Confidence of the interval.

    Returns
    -------
    Difference
        As `means.welch_t`, each side's variance of the mean corrected.  The two means rest on
        the same data and so tend to err together, which makes the interval cautious; pairing
        by seed is far more sensitive.
    """
    check.positive(test_share, "test_share")
    x, y = check.vector(baseline, "baseline"), check.vector(candidate, "candidate")
    error, df, reason = math.nan, math.nan, "one run a side has no spread to measure"
    if min(x.size, y.size) > 1:
        terms = [(_spread(v) ** 2 * (1 / v.size + test_share), v.size - 1) for v in (x, y)]
        error, df = satterthwaite(*terms)
        reason = NO_SPREAD if error == 0 else ""
    pivot = Pivot(float(y.mean() - x.mean()), error, df)
    fields = t_fields((pivot,), level, reason)
    n = (x.size, y.size)
    return Difference(**fields, method="corrected Welch t", n=n, reason=reason)


def _spread(x: check.Floats) -> float:
    spread = float(x.std(ddof=1))
    return 0.0 if check.constant(spread, float(np.abs(x).max())) else spread
