"""Intervals of one sample.

Nothing here but `bca` needs ``scipy.stats``: a live progress line calls `mean_interval`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.results import Interval, t_quantile

ONE_VALUE = "one run has no spread to measure"
NO_SPREAD = "nothing varied between the runs"


def mean_interval(scores: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the mean of the runs with Student's t interval.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        One score a run.
    level : float
        Confidence.

    Returns
    -------
    Interval
        Bounds are undefined at n = 1; equal to the mean where nothing varied, with a reason.

    Raises
    ------
    Refusal
        If there is no score, or one is not finite.

    Examples
    --------
    >>> i = mean_interval([1.0, 2.0, 3.0])
    >>> round(i.low, 3), i.estimate, round(i.high, 3)
    (-0.484, 2.0, 4.484)
    """
    x = check.vector(scores, "scores")
    return _around_mean(x, 1 / x.size, "t interval of the mean", level)


def prediction_interval(scores: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return where a single new training will land: mean ± t·s·√(1 + 1/n).

    Parameters and result are those of `mean_interval`; normal scores are assumed, and the
    spread of single runs does not shrink with n.
    """
    x = check.vector(scores, "scores")
    return _around_mean(x, 1 + 1 / x.size, "prediction interval for one new run", level)


def _around_mean(x: check.Floats, factor: float, method: str, level: float) -> Interval:
    check.probability(level, "level")
    mean, n = float(x.mean()), x.size
    if n == 1:
        return Interval(mean, math.nan, math.nan, level, method, n, ONE_VALUE)
    spread = check.sd(x)
    if spread == 0:
        return Interval(mean, mean, mean, level, method, n, NO_SPREAD)
    half = t_quantile((1 + level) / 2, n - 1) * spread * math.sqrt(factor)
    return Interval(mean, mean - half, mean + half, level, method, n)


def sd_interval(scores: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the standard deviation over runs with its χ² interval (normal scores).

    Parameters and result are those of `mean_interval`; where nothing varied the SD is 0 and
    its bounds are undefined.
    """
    check.probability(level, "level")
    x = check.vector(scores, "scores")
    n, method = x.size, "chi-squared interval of the SD"
    if n == 1:
        return Interval(math.nan, math.nan, math.nan, level, method, n, ONE_VALUE)
    spread = check.sd(x)
    if spread == 0:
        return Interval(0.0, math.nan, math.nan, level, method, n, NO_SPREAD)
    low, high = sd_factors(n, level=level)
    return Interval(spread, low * spread, high * spread, level, method, n)


def robust_sd_interval(scores: ArrayLike, *, level: float = 0.95) -> Interval:
    """Return the standard deviation over runs with Bonett's interval.

    It widens with the kurtosis of the scores, where the χ² interval assumes a normal one.

    Parameters and result are those of `mean_interval`; bounds are undefined below 5 runs and
    where nothing varied.

    References
    ----------
    Bonett (2006), "Approximate confidence interval for standard deviation of nonnormal
    distributions", Computational Statistics & Data Analysis 50.
    """
    check.probability(level, "level")
    x = check.vector(scores, "scores")
    n, method, nan = x.size, "Bonett interval of the SD", math.nan
    spread = check.sd(x)
    if spread == 0:
        return Interval(0.0, nan, nan, level, method, n, NO_SPREAD)
    z = float(special.ndtri((1 + level) / 2))
    if n < 5 or n <= z:
        return Interval(spread, nan, nan, level, method, n, "fewer than 5 runs")
    stretch = n / (n - z)
    error = stretch * math.sqrt((kurtosis(x) - (n - 3) / n) / (n - 1))
    low, high = (math.sqrt(stretch * math.exp(side * z * error)) for side in (-1, 1))
    return Interval(spread, low * spread, high * spread, level, method, n)


def kurtosis(x: check.Floats) -> float:
    """Return Bonett's estimate of the kurtosis (3 for normal values), around a trimmed mean.

    Parameters
    ----------
    x : ndarray of float, shape (n,)
        At least 5 values, not all the same.
    """
    around = float(((x - _trimmed_mean(x)) ** 4).sum())
    return x.size * around / float(np.square(x - x.mean()).sum()) ** 2


def _trimmed_mean(x: check.Floats) -> float:
    cut = int(x.size / (2 * math.sqrt(x.size - 4)))
    return float(np.sort(x)[cut : x.size - cut].mean()) if 2 * cut < x.size else float(np.median(x))


def sd_factors(n: int, *, level: float = 0.95) -> tuple[float, float]:
    """Return what the SD of n normal values is multiplied with to get its χ² bounds.

    Parameters
    ----------
    n : int
        Values, at least 2.
    level : float
        Confidence.
    """
    tail, df = (1 - level) / 2, n - 1
    # chdtri inverts the upper tail.
    return (
        math.sqrt(df / float(special.chdtri(df, tail))),
        math.sqrt(df / float(special.chdtri(df, 1 - tail))),
    )


def wilson(successes: int, trials: int, *, level: float = 0.95) -> Interval:
    """Return a proportion with Wilson's score interval, always inside [0, 1].

    Parameters
    ----------
    successes, trials : int
        ``0 <= successes <= trials``.
    level : float
        Confidence.

    Returns
    -------
    Interval
        Everything is undefined, with a reason, where there are no trials.

    References
    ----------
    Wilson (1927), JASA 22.

    Examples
    --------
    >>> i = wilson(3, 5)
    >>> round(i.low, 4), round(i.high, 4)
    (0.2307, 0.8824)
    """
    check.probability(level, "level")
    if not 0 <= successes <= trials:
        raise UsageError(f"{successes} successes in {trials} trials are impossible.")
    if trials == 0:
        return Interval(math.nan, math.nan, math.nan, level, "Wilson", 0, "there are no trials")
    p, z2 = successes / trials, float(special.ndtri((1 + level) / 2)) ** 2
    centre = (p + z2 / (2 * trials)) / (1 + z2 / trials)
    half = math.sqrt(z2 * (p * (1 - p) + z2 / (4 * trials)) / trials) / (1 + z2 / trials)
    # Rounding must not take a bound past the estimate at 0 and 1.
    low = 0.0 if successes == 0 else centre - half
    high = 1.0 if successes == trials else centre + half
    return Interval(p, low, high, level, "Wilson", trials)


def bca(
    scores: ArrayLike,
    statistic: Callable[..., Any] = np.mean,
    *,
    level: float = 0.95,
    resamples: int = 9999,
    rng: np.random.Generator,
    method: str = "BCa",
) -> Interval:
    """Return a statistic of the runs with its bootstrap interval.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        One score a run.
    statistic : callable
        Takes an array and ``axis``, as ``numpy.mean`` does.
    level : float
        Confidence.
    resamples : int
        Bootstrap resamples.
    rng : numpy.random.Generator
        Source of the resamples.
    method : {'BCa', 'percentile', 'basic'}
        Kind of the interval.

    Returns
    -------
    Interval
        Bounds are undefined, with a reason, for fewer than 3 runs, where nothing varied and
        where the resampled statistic does not vary.  Too narrow below about 10 runs.

    References
    ----------
    Efron (1987), "Better bootstrap confidence intervals"; computed by ``scipy.stats.bootstrap``.
    """
    from scipy import stats

    check.probability(level, "level")
    check.one_of(method, "method", ("BCa", "percentile", "basic"))
    x = check.vector(scores, "scores")
    estimate, words = float(statistic(x, axis=-1)), f"{method} bootstrap"
    reason = "fewer than 3 runs" if x.size < 3 else ""
    if check.sd(x) == 0:
        reason = NO_SPREAD
    if reason:
        return Interval(estimate, math.nan, math.nan, level, words, x.size, reason)
    with warnings.catch_warnings():
        # A statistic that does not move under resampling is answered below, with its reason.
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)
        warnings.simplefilter("ignore", RuntimeWarning)
        found = stats.bootstrap(
            (x,), statistic, n_resamples=resamples, confidence_level=level, method=method,
            rng=rng, vectorized=True, batch=max(1, 4_000_000 // x.size),
        )  # fmt: skip
    bounds = found.confidence_interval
    reason = "" if math.isfinite(bounds.low) else "the resampled statistic does not vary"
    return Interval(estimate, float(bounds.low), float(bounds.high), level, words, x.size, reason)
