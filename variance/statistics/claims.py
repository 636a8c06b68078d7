"""A published result beside runs of one's own, which may or may not have given it.

A difference is the runs minus the claim.  ``higher_is_better`` turns the scale; scores are given
in the metric's own unit.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.means import (
    CAUTIOUS,
    ENOUGH_FOR_WELCH,
    NO_SPREAD,
    ONE_RUN,
    satterthwaite,
)
from variance.statistics.results import Difference, Interval, Pivot, t_fields

_FAR = 1e30
"""Of t: no chance changes beyond it that anybody could tell."""
_RAREST = 1e-25
"""Of a level: with two runs its limit is nearly so far."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True)
class Draw:
    """How a score lies among what the best of k further trainings would give.

    Attributes
    ----------
    at_least, at_most : float
        Chance that they do at least, and at most, as well; never 0.  The smaller one rejects:
        each stays below a level no more often than that level says.
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
        their distribution; beyond all runs it is the smaller of that by rank and that of a
        normal distribution.  Both are exact, also for few runs and for k above 1.

    References
    ----------
    Hahn (1970), "Additional factors for calculating prediction intervals for samples from a
    normal distribution", JASA 65; Wilks (1942) for the ranks.
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
    t = (sign * score - float(x.mean())) / spread
    above = int((x >= sign * score - slack).sum())
    below = int((x <= sign * score + slack).sum())
    ranks = reached_by_rank(above, n, k), missed_by_rank(below, n, k)
    tail = (1 - level) / 2
    low, high = _worst(x, spread, k, tail), _best(x, spread, k, tail)
    return Draw(
        _joined(ranks[0], normal_tail(t, n, k), inside=above > 0),
        _joined(ranks[1], normal_tail(t, n, k, upper=False), inside=below > 0),
        *ranks, sign * low, sign * high, level, k, n,
    )  # fmt: skip


def _joined(by_rank: float, normal: float, *, inside: bool) -> float:
    """Return the chance by rank within the runs, beyond them the smaller one.

    The level is kept: where the rank of a score beyond all runs can reject, every rejection is
    one by rank; where it cannot, every rejection is one by the normal distribution.
    """
    return by_rank if inside else min(by_rank, check.never_zero(normal))


def reached_by_rank(above: int, n: int, k: int) -> float:
    """Return the chance that at most `above` of n runs do as well as the best of k others."""
    j = np.arange(above + 1)
    return 1 - float(np.prod(np.maximum(n - j, 0) / (n + k - j)))


def missed_by_rank(below: int, n: int, k: int) -> float:
    """Return the chance that at least n - `below` of n runs beat the best of k others."""
    j = np.arange(n - below)
    return check.never_zero(float(np.prod((n - j) / (n + k - j))))


def normal_tail(t: float, n: int, k: int, *, upper: bool = True, shift: float = 0.0) -> float:
    """Return the chance that the best of k normal scores lies beyond mean + t·s of n others.

    Parameters
    ----------
    t : float
        In units of the SD of the n.
    n : int
        At least 2.
    k : int
    upper : bool
        At or above; otherwise below.
    shift : float
        By how much the k are better on average, in units of the true SD.

    Returns
    -------
    float
        The integral over the mean and the SD of the n; for k = 1 and no shift the t
        distribution with n - 1 degrees of freedom at ``t / √(1 + 1/n)``.
    """
    df, t = n - 1, min(max(t, -_FAR), _FAR)
    # Over v = ln s the integrand is a smooth bump, 1/√(2 df) wide at any t: equal steps suffice.
    wide, peak = 1 / math.sqrt(2 * df), -0.5 * math.log1p(t * t / df)
    v = np.arange(peak - 12 * wide - 40 / df, math.log1p(12 * wide), wide / 6)
    log_density = df * v - df * np.exp(2 * v) / 2
    weights = np.exp(log_density - special.logsumexp(_bell(df)))
    below = k * special.log_ndtr(_NODES[:, None] / math.sqrt(n) + t * np.exp(v) - shift)
    chance = -np.expm1(below) if upper else np.exp(below)
    return float(np.clip(_WEIGHTS @ chance @ weights, 0.0, 1.0))


def _bell(df: int) -> check.Floats:
    """Return the logarithm of the density of ln s on the same steps, for its total."""
    wide = 1 / math.sqrt(2 * df)
    v = np.arange(-12 * wide - 40 / df, math.log1p(12 * wide), wide / 6)
    return np.asarray(df * v - df * np.exp(2 * v) / 2)


@lru_cache(maxsize=64)
def _limit(n: int, k: int, tail: float, *, upper: bool) -> float:
    """Return the t beyond which the best of k lies with that chance."""
    within_reach = max(tail, _RAREST)
    return _root(lambda t: normal_tail(t, n, k, upper=upper) - within_reach)


def _root(function: Callable[[float], float]) -> float:
    """Return where a monotone function is 0."""
    reach = 4.0
    while function(-reach) * function(reach) > 0:
        reach *= 4
    return float(optimize.brentq(function, -reach, reach, xtol=1e-10))


def _best(x: check.Floats, spread: float, k: int, tail: float) -> float:
    """Return the best score that is not rejected; `x` ascends."""
    n = x.size
    if reached_by_rank(0, n, k) >= tail:
        beyond = float(x.mean()) + spread * _limit(n, k, tail, upper=True)
        return max(beyond, float(x[-1]))
    above = next(r for r in range(1, n + 1) if reached_by_rank(r, n, k) >= tail)
    return float(x[n - above])


def _worst(x: check.Floats, spread: float, k: int, tail: float) -> float:
    """Return the worst score that is not rejected; `x` ascends."""
    n = x.size
    if missed_by_rank(0, n, k) >= tail:
        beyond = float(x.mean()) + spread * _limit(n, k, tail, upper=False)
        return min(beyond, float(x[0]))
    below = next(r for r in range(1, n + 1) if missed_by_rank(r, n, k) >= tail)
    return float(x[below - 1])


def detectable_lead(n: int, k: int, *, power: float = 0.8, alpha: float = 0.05) -> float:
    """Return how much better the claimed trainings must be for their best to be rejected.

    Parameters
    ----------
    n : int
        Runs, at least 2.
    k : int
        Trainings of which the best was claimed.
    power : float
        Chance to find it.
    alpha : float
        Two-sided level.

    Returns
    -------
    float
        In units of the SD; normal scores.
    """
    limit = _limit(n, k, alpha / 2, upper=True)
    return _root(lambda shift: normal_tail(limit, n, k, shift=shift) - power)


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
        Runs minus claim: t = (m̄ - mean) / (s √(1/m + 1/n)), m - 1 degrees of freedom, which
        takes it that the others vary as these do.  Undefined for one run and without spread.
    """
    x = check.vector(scores, "scores")
    check.whole(n, "n")
    spread = check.sd(x)
    reason = ONE_RUN if x.size == 1 else "" if spread else NO_SPREAD
    error = spread * math.sqrt(1 / x.size + 1 / n + 2 * test_share)
    pivot = Pivot(float(x.mean()) - mean, error, x.size - 1)
    words = "t, the claim's spread taken as that of the runs"
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
        Runs minus claim, Welch's t.  With fewer than `ENOUGH_FOR_WELCH` runs on a side the
        degrees of freedom are those of the smaller side, which never rejects too often,
        whatever the two spreads are.

    References
    ----------
    Welch (1947), Biometrika 34; Mickey and Brown (1966), "Bounds on the distribution functions
    of the Behrens-Fisher statistic", Annals of Mathematical Statistics 37.
    """
    x = check.vector(scores, "scores")
    check.positive(sd, "sd")
    check.whole(n, "n", at_least=2)
    m, words, reason, error, df = x.size, "Welch t", ONE_RUN, math.nan, math.nan
    if m > 1:
        terms = [
            (s**2 * (1 / size + test_share), size - 1) for s, size in ((check.sd(x), m), (sd, n))
        ]
        (error, df), reason = satterthwaite(*terms), ""
        if min(m, n) < ENOUGH_FOR_WELCH:
            df, words = min(m, n) - 1, CAUTIOUS
    pivot = Pivot(float(x.mean()) - mean, error, df)
    words = f"{words}, corrected for redrawn splits" if test_share else words
    return Difference(**t_fields((pivot,), level, reason), method=words, n=(n, m), reason=reason)


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
