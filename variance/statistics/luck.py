"""How lucky a single score is.

``higher_is_better`` turns the scale; scores are given in the metric's own unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import integrate, special

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics import tails
from variance.statistics.results import Interval, t_tail


@dataclass(frozen=True)
class Luck:
    """The share of trainings that would score at least as well.

    Attributes
    ----------
    at_least : int
        Baseline runs that score at least as well.
    n : int
        Baseline runs.
    empirical : float
        ``(at_least + 1) / (n + 1)``: never 0, and cautious.
    predicted : float
        Chance that one new training scores at least as well, from the t distribution around
        the runs' mean.  NaN where nothing can be predicted.
    quote : float
        The score to quote instead: the mean.
    reason : str
        Why `predicted` is undefined.
    """

    at_least: int
    n: int
    empirical: float
    predicted: float
    quote: float
    reason: str = ""


def luck(scores: ArrayLike, score: float, *, higher_is_better: bool = True) -> Luck:
    """Return how often a training of the same model scores at least as well by chance.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        Scores of the baseline runs.
    score : float
        The single score in question.
    higher_is_better : bool
        Direction of the metric.

    Returns
    -------
    Luck
        `predicted` is undefined for one run; where no run differs from another it is NaN too,
        for nothing is known about how far scores may stray.

    References
    ----------
    The chance is that of a prediction interval: t = (score - mean) / (s √(1 + 1/n)), n - 1 df.
    """
    x = check.vector(scores, "scores")
    if not math.isfinite(score):
        raise UsageError(f"The score must be a number; it is {score}.")
    sign = 1.0 if higher_is_better else -1.0
    # Equal up to rounding counts as equal.
    slack = check.ROUNDING * max(abs(score), check.largest(x))
    reached = int((sign * x >= sign * score - slack).sum())
    empirical = (reached + 1) / (x.size + 1)
    predicted, reason = _predicted(sign * x, sign * score)
    return Luck(reached, x.size, empirical, predicted, float(x.mean()), reason)


def _predicted(x: check.Floats, score: float) -> tuple[float, str]:
    if x.size == 1:
        return math.nan, "one run has no spread to measure"
    spread = check.sd(x)
    if spread == 0:
        return math.nan, "nothing varied between the runs"
    t = (score - float(x.mean())) / (spread * math.sqrt(1 + 1 / x.size))
    return check.never_zero(t_tail(t, x.size - 1)), ""


def expected_best(scores: ArrayLike, k: int, *, higher_is_better: bool = True) -> Interval:
    """Return the expected best score of k trainings, without bias.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        Scores of the runs.
    k : int
        Trainings of which the best is kept.
    higher_is_better : bool
        Direction of the metric.

    Returns
    -------
    Interval
        The estimate only: the mean, over all choices of k of the n runs, of their best.  For
        k > n it is undefined, with a reason; see `normal_best`.

    References
    ----------
    Dodge et al. (2019), "Show your work"; corrected by Tang et al. (2020), "Showing your work
    doesn't always work": draws without replacement, hence ``C(i-1, k-1) / C(n, k)``.

    Examples
    --------
    >>> round(expected_best([1.0, 2.0, 3.0], 2).estimate, 6)
    2.666667
    """
    x = np.sort(check.vector(scores, "scores"))
    x = x if higher_is_better else x[::-1]
    check.whole(k, "k")
    n, nan, words = x.size, math.nan, f"expected best of {k} (order statistics)"
    if k > n:
        return Interval(nan, nan, nan, nan, words, n, f"the best of {k} is beyond {n} runs")
    i = np.arange(k, n + 1)
    weights = np.exp(_log_choose(i - 1, k - 1) - _log_choose(np.array(n), k))
    best = float(weights @ x[k - 1 :] / weights.sum())
    return Interval(best, nan, nan, nan, words, n, "no interval is formed")


def _log_choose(n: check.Matrix, k: int) -> check.Floats:
    value = special.gammaln(n + 1) - special.gammaln(k + 1) - special.gammaln(n - k + 1)
    return np.asarray(value, dtype=np.float64)


def normal_best(mean: float, sd: float, k: int, *, higher_is_better: bool = True) -> float:
    """Return the expected best of k normal scores, also beyond the number of runs.

    Parameters
    ----------
    mean, sd : float
        Of the runs.
    k : int
        Trainings of which the best is kept.
    higher_is_better : bool

    Returns
    -------
    float
    """
    check.whole(k, "k")
    # ∫ z dΦ(z)^k by parts: above 0 the chance to exceed z, below 0 less that to stay under it.
    above, _ = integrate.quad(lambda z: -np.expm1(k * special.log_ndtr(z)), 0, 12)
    below, _ = integrate.quad(lambda z: np.exp(k * special.log_ndtr(z)), -12, 0)
    shift = float(above - below)
    return mean + (sd if higher_is_better else -sd) * shift


@dataclass(frozen=True)
class Gap:
    """How often two trainings of the same model differ by at least so much.

    Attributes
    ----------
    empirical : float
        Share of the pairs of runs, ``(pairs that far apart + 1) / (pairs + 1)``; NaN for one run.
    predicted : float
        From the t distribution, ``2 P(T > D / (s √2))`` with n - 1 degrees of freedom; NaN
        where nothing varied.
    cautious : float
        The larger of that and of what exponential tails give: ``(1 + D / Σ (x - x_m))^-m`` with the
        sum over the m scores of the upper half, or of the lower one where it spreads more.
    n : int
        Runs.
    reason : str
        Why something is undefined.
    """

    empirical: float
    predicted: float
    cautious: float
    n: int
    reason: str = ""


def chance_of_gap(scores: ArrayLike, gap: float) -> Gap:
    """Return the chance that two trainings of the same model differ by at least `gap`.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        Scores of runs of that model.
    gap : float
        Absolute difference, not negative.

    Returns
    -------
    Gap

    Notes
    -----
    Two exponential scores differ by an exponential amount, and the sum of m others over the next
    lower one is m such amounts, apart from it; hence the closed form, which is exact for scores
    whose tail is known to be the upper one, and cautious for lighter tails.
    """
    x = np.sort(check.vector(scores, "scores"))
    if not (math.isfinite(gap) and gap >= 0):
        raise UsageError(f"A gap is a number of at least 0; it is {gap}.")
    n = x.size
    if n == 1:
        return Gap(math.nan, math.nan, math.nan, n, "one run has no spread to measure")
    slack = check.ROUNDING * check.largest(x)
    # For each run, the later ones that are far enough above it.
    apart = int((n - np.maximum(np.searchsorted(x, x + gap - slack), np.arange(n) + 1)).sum())
    empirical = (apart + 1) / (n * (n - 1) / 2 + 1)
    spread = check.sd(x)
    if spread == 0:
        return Gap(empirical, math.nan, math.nan, n, "nothing varied between the runs")
    p = check.never_zero(2 * t_tail(gap / (spread * math.sqrt(2)), n - 1))
    reach, m = max(tails.spacings(x, 0), tails.spacings(-x[::-1], 0))
    return Gap(empirical, p, max(p, math.exp(-m * math.log1p(gap / reach))), n)
