"""A published result beside runs of one's own, which may or may not have given it.

A difference is the runs minus the claim.  ``higher_is_better`` turns the scale; scores are given
in the metric's own unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics import means, tails
from variance.statistics.means import NO_SPREAD, ONE_RUN
from variance.statistics.results import Difference, Interval, Pivot, t_fields, t_quantile

SKEWED = 5 / 8
"""Degrees of freedom over √m at which t keeps its level for a mean of m skewed scores."""
WELCH_SKEWED = 3 / 4
"""The same of two sides, over the inverse of how skewed their difference is beside one score."""


@dataclass(frozen=True)
class Draw:
    """How a score lies among what the best of k further trainings would give.

    Attributes
    ----------
    at_least, at_most : float
        Chance that they do at least, and at most, as well; never 0.  The smaller one rejects:
        each stays below a level no more often than that level says, as far as `best_of` tells.
    at_least_by_rank, at_most_by_rank : float
        The same by rank alone, whatever the distribution.
    low, high : float
        The worst and the best score for which neither chance lies below ``(1 - level) / 2``, in
        the metric's unit and thus ``low > high`` where lower is better; NaN where undefined.
    level : float
    k : int
    n : int
        Runs.
    reason : str
        Why everything is undefined.
    """

    at_least: float
    at_most: float
    at_least_by_rank: float
    at_most_by_rank: float
    low: float
    high: float
    level: float
    k: int
    n: int
    reason: str = ""


def best_of(
    scores: ArrayLike,
    score: float,
    k: int = 1,
    *,
    level: float = 0.95,
    higher_is_better: bool = True,
) -> Draw:
    """Place a score among what the best of k further trainings would give.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        Runs of the model.
    score : float
    k : int
        Trainings of which the best is told; 1 for a single score.
    level : float
        Of the range of scores that can be called the best of k.
    higher_is_better : bool

    Returns
    -------
    Draw
        While a run does as well, the chance goes by rank among the n + k trainings, whatever
        their distribution.  Beyond all runs it is that of a normal or of an exponential tail,
        whichever is larger, and at most that by rank: no score is rejected too often whose tail
        falls off at least as fast as an exponential one, nor any score at all by so many runs
        that ranks alone can reject.

    References
    ----------
    Hahn (1970), "Additional factors for calculating prediction intervals for samples from a
    normal distribution", JASA 65; Wilks (1942) for the ranks; `tails` for the exponential tail.
    """
    x = check.vector(scores, "scores")
    check.whole(k, "k")
    check.probability(level, "level")
    if not math.isfinite(score):
        raise UsageError(f"The score must be a number; it is {score}.")
    n, nan, spread = x.size, math.nan, check.sd(x)
    if not spread > 0:
        reason = ONE_RUN if n == 1 else NO_SPREAD
        return Draw(nan, nan, nan, nan, nan, nan, level, k, n, reason)
    sign = 1.0 if higher_is_better else -1.0
    x = np.sort(sign * x)
    slack = check.ROUNDING * max(abs(score), check.largest(x))
    above = int((x >= sign * score - slack).sum())
    below = int((x <= sign * score + slack).sum())
    ranks = tails.reached_by_rank(above, n, k), tails.missed_by_rank(below, n, k)
    tail = (1 - level) / 2
    return Draw(
        ranks[0] if above else min(ranks[0], _reached(x, spread, sign * score, k)),
        ranks[1] if below else min(ranks[1], _missed(x, spread, sign * score, k)),
        *ranks, sign * _worst(x, spread, k, tail), sign * _best(x, spread, k, tail), level, k, n,
    )  # fmt: skip


def _reached(x: check.Floats, spread: float, score: float, k: int) -> float:
    """Return the chance that the best of k reaches a score above all runs; `x` ascends."""
    t = (score - float(x.mean())) / spread
    exponential = tails.exponential_tail(x, score - float(x[-1]), k)
    return check.never_zero(max(tails.normal_tail(t, x.size, k), exponential))


def _missed(x: check.Floats, spread: float, score: float, k: int) -> float:
    """Return the chance that all of k stay at a score below all runs; `x` ascends."""
    t = (score - float(x.mean())) / spread
    exponential = tails.exponential_tail(-x[::-1], float(x[0]) - score, k, every=True)
    return check.never_zero(max(tails.normal_tail(t, x.size, k, upper=False), exponential))


def _best(x: check.Floats, spread: float, k: int, tail: float) -> float:
    """Return the best score that is not rejected; `x` ascends."""
    n = x.size
    if tails.reached_by_rank(0, n, k) >= tail:
        beyond = float(x.mean()) + spread * tails.normal_limit(n, k, tail, upper=True)
        return max(beyond, float(x[-1]) + max(tails.exponential_limit(x, tail, k), 0.0))
    above = next(r for r in range(1, n + 1) if tails.reached_by_rank(r, n, k) >= tail)
    return float(x[n - above])


def _worst(x: check.Floats, spread: float, k: int, tail: float) -> float:
    """Return the worst score that is not rejected; `x` ascends."""
    n = x.size
    if tails.missed_by_rank(0, n, k) >= tail:
        beyond = float(x.mean()) + spread * tails.normal_limit(n, k, tail, upper=False)
        further = tails.exponential_limit(-x[::-1], tail, k, every=True)
        return min(beyond, float(x[0]) - max(further, 0.0))
    below = next(r for r in range(1, n + 1) if tails.missed_by_rank(r, n, k) >= tail)
    return float(x[below - 1])


def detectable_lead(limit: float, n: int, k: int, *, power: float = 0.8) -> float:
    """Return how much better the claimed trainings must be for their best to be rejected.

    Parameters
    ----------
    limit : float
        The best score that is not rejected, in SDs of the runs from their mean.
    n : int
        Runs, at least 2.
    k : int
        Trainings of which the best was claimed.
    power : float
        Chance to find it.

    Returns
    -------
    float
        In units of the SD; normal scores.
    """
    return tails.root(lambda shift: tails.normal_tail(limit, n, k, shift=shift) - power)


def detectable_difference(found: Difference, df: float, *, power: float = 0.8) -> float:
    """Return the true difference from a claimed mean that a cautious t test finds so often.

    Parameters
    ----------
    found : Difference
        From `against_mean` or `for_skewed`.
    df : float
        What the degrees of freedom would be without the caution.
    power : float
        Chance to find it, above the level.

    Returns
    -------
    float
        In the unit of the scores; normal scores.
    """
    limit = t_quantile((1 + found.level) / 2, found.df)
    shift = tails.root(lambda s: 1 - float(special.nctdtr(df, s, limit)) - power)
    return shift * found.standard_error


def against_mean(
    scores: ArrayLike, mean: float, n: int, *, test_share: float = 0.0, level: float = 0.95
) -> Difference:
    """Compare runs with a mean over n others of which no spread is known.

    Parameters
    ----------
    scores : array_like of float, shape (m,)
        The runs.
    mean : float
        The claim.
    n : int
        Runs behind it; 1 for a single score.
    test_share : float
        n_test / n_train where the seed redraws the split, else 0; see `resampled`.
    level : float
        Confidence of the interval.

    Returns
    -------
    Difference
        Runs minus claim: t = (m̄ - mean) / (s √(1/m + 1/n)), which takes it that the others vary
        as these do.  Its degrees of freedom are ⅝ √m (at most m - 1): of skewed scores the mean
        and the SD stray together, and with m - 1 a true claim is rejected in up to 17 % of the
        cases.  With these it is in at most 6 %, for log-normal scores (σ = 1, skewness 6) too.
        Undefined for one run and without spread.

    References
    ----------
    Hall (1992), "The bootstrap and Edgeworth expansion", section 2.6: skewness shifts the
    quantiles of t in proportion to 1/√m, as degrees of freedom in proportion to √m do.
    """
    x = check.vector(scores, "scores")
    check.whole(n, "n")
    spread = check.sd(x)
    reason = ONE_RUN if x.size == 1 else "" if spread else NO_SPREAD
    error = spread * math.sqrt(1 / x.size + 1 / n + 2 * test_share)
    df = min(x.size - 1, SKEWED * math.sqrt(x.size))
    pivot = Pivot(float(x.mean()) - mean, error, df)
    words = "t, cautious for skewed scores, the claim's spread taken as that of the runs"
    return Difference(
        **t_fields((pivot,), level, reason), method=words, n=(n, x.size), reason=reason
    )


def against_sample(
    scores: ArrayLike,
    mean: float,
    sd: float,
    n: int,
    *,
    test_share: float = 0.0,
    level: float = 0.95,
) -> Difference:
    """Compare runs with a published mean ± SD over n runs, as two samples.

    Parameters
    ----------
    scores : array_like of float, shape (m,)
        The runs.
    mean, sd : float
        The claim; the SD with n - 1 in its denominator, above 0.
    n : int
        Runs behind it, at least 2.
    test_share : float
        As in `against_mean`.
    level : float
        Confidence of the interval.

    Returns
    -------
    Difference
        Runs minus claim: `means.from_moments`, the Welch part of `unpaired.unpaired_t`, and so the
        same p-value for equally many runs.  For unequally many the other part, shuffling, needs
        the claim's own runs; where they are known, compare the runs.

    References
    ----------
    Welch (1947), Biometrika 34.
    """
    x = check.vector(scores, "scores")
    check.positive(sd, "sd")
    check.whole(n, "n", at_least=2)
    found = means.from_moments(
        (mean, sd, n), (float(x.mean()), check.sd(x), x.size), test_share=test_share, level=level
    )
    if not test_share:
        return found
    return replace(found, method=f"{found.method}, corrected for redrawn splits")


def for_skewed(found: Difference) -> Difference:
    """Return Welch's comparison of two means with the caution that skewed scores ask for.

    Parameters
    ----------
    found : Difference
        From `against_sample`.

    Returns
    -------
    Difference
        With at most ``¾ √(1/m + 1/n) / |1/m - 1/n|`` degrees of freedom: the skewness of a
        difference between the means of m and n scores of one shape is inverse to that.  For equally
        many it is 0, and nothing changes.  Log-normal scores (σ = 1) are rejected in at most 6 % of
        cases from 3 + 3 to 30 + 300 runs; with Welch's degrees of freedom in up to 18 %.
    """
    n, m = found.n
    if not found.defined or n == m:
        return found
    df = min(found.df, WELCH_SKEWED * math.sqrt(1 / n + 1 / m) / abs(1 / n - 1 / m))
    pivot = Pivot(found.estimate, found.standard_error, df)
    words = f"{found.method}, cautious for skewed scores"
    return replace(found, **t_fields((pivot,), found.level, ""), method=words)


def ratio_of_spreads(scores: ArrayLike, sd: float, n: int, *, level: float = 0.95) -> Interval:
    """Return a published SD over that of the runs, with its F interval (normal scores).

    Parameters
    ----------
    scores : array_like of float, shape (m,)
        The runs.
    sd : float
        The published SD, above 0.
    n : int
        Runs behind it, at least 2.
    level : float
        Confidence.

    Returns
    -------
    Interval
        Undefined for one run and without spread.
    """
    x = check.vector(scores, "scores")
    check.positive(sd, "sd")
    check.whole(n, "n", at_least=2)
    spread, nan, tail = check.sd(x), math.nan, (1 - level) / 2
    words = "F interval of a ratio of SDs"
    if not spread > 0:
        reason = ONE_RUN if x.size == 1 else NO_SPREAD
        return Interval(nan, nan, nan, level, words, x.size, reason)
    ratio = sd / spread
    low, high = (
        ratio / math.sqrt(float(special.fdtri(n - 1, x.size - 1, p))) for p in (1 - tail, tail)
    )
    return Interval(ratio, low, high, level, words, x.size)
