"""Differences between means: who is better on average over trainings.

Every function takes the baseline first and returns candidate minus baseline.
The t formulas are written out, although SciPy has two of them, because the corrected and
the crossed procedures need the same core: one place turns (estimate, standard error, df)
into interval and p-value, so the two cannot contradict each other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from variance.errors import Refusal, UsageError
from variance.statistics import _checks as check
from variance.statistics.results import Difference, Pivot, t_fields, t_tail

ONE_RUN = "one run a side has no spread to measure"
NO_SPREAD = "nothing varied: the spread is zero up to rounding, so there is no yardstick"


def paired_t(baseline: ArrayLike, candidate: ArrayLike, *, level: float = 0.95) -> Difference:
    """Compare scores that share their seeds, entry by entry.

    Parameters
    ----------
    baseline, candidate : array_like of float, shape (n,)
        Scores; entry i of both comes from the same seed.
    level : float
        Confidence of the interval.

    Returns
    -------
    Difference
        Undefined, with a reason, at n = 1 or where all differences are equal up to rounding.

    Raises
    ------
    UsageError
        If the lengths differ.
    Refusal
        If there is no value, or one is not finite.

    References
    ----------
    Student (1908), "The probable error of a mean".

    Examples
    --------
    >>> r = paired_t([0.1, 0.2, 0.3], [0.2, 0.4, 0.3])
    >>> round(r.estimate, 3), round(r.p_value, 3), r.df
    (0.1, 0.225, 2)
    """
    return _of_differences(baseline, candidate, 0.0, "paired t", level)


def corrected_resampled_t(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    test_share: float,
    level: float = 0.95,
) -> Difference:
    """Compare paired scores whose seed redraws the train/test split.

    Runs on overlapping training sets are not independent; the variance of the mean difference
    is s² (1/J + n_test/n_train) in place of s²/J.  Do not use it on a fixed split.

    Parameters
    ----------
    baseline, candidate : array_like of float, shape (J,)
        Scores; entry i of both comes from the same split.
    test_share : float
        n_test / n_train, above 0; for one k-fold cross-validation 1/(k - 1).
    level : float
        Confidence of the interval.

    Returns
    -------
    Difference
        With J - 1 degrees of freedom; undefined as `paired_t` is.

    References
    ----------
    Nadeau and Bengio (2003), "Inference for the generalization error", Machine Learning 52.
    Bouckaert and Frank (2004), "Evaluating the replicability of significance tests".
    """
    check.positive(test_share, "test_share")
    return _of_differences(baseline, candidate, test_share, "corrected resampled t", level)


def _of_differences(
    baseline: ArrayLike, candidate: ArrayLike, extra: float, method: str, level: float
) -> Difference:
    x, y = check.pair(baseline, candidate)
    d, n = y - x, x.size
    spread = check.sd(d, check.largest(x, y))
    reason = ONE_RUN if n == 1 else "" if spread else NO_SPREAD
    pivot = Pivot(float(d.mean()), spread * math.sqrt(1 / n + extra), n - 1)
    return Difference(**t_fields((pivot,), level, reason), method=method, n=(n, n), reason=reason)


def welch_t(baseline: ArrayLike, candidate: ArrayLike, *, level: float = 0.95) -> Difference:
    """Compare scores of unrelated seeds, without assuming equal spread.

    Parameters
    ----------
    baseline : array_like of float, shape (n,)
    candidate : array_like of float, shape (m,)
        Scores.
    level : float
        Confidence of the interval.

    Returns
    -------
    Difference
        With Welch-Satterthwaite degrees of freedom.  Undefined, with a reason, where either
        side has one run or where neither varies; one side may be constant.

    References
    ----------
    Welch (1947), Biometrika 34.
    """
    return _two_samples(baseline, candidate, level, pooled=False)


def capped_welch_t(baseline: ArrayLike, candidate: ArrayLike, *, level: float = 0.95) -> Difference:
    """Compare scores of unrelated seeds where one side may have far fewer runs than the other.

    Welch's t, with the degrees of freedom of `welch_df`; the part of `unpaired.unpaired_t` that
    needs no more than means and spreads.  Parameters and result are those of `welch_t`.
    """
    x, y = check.vector(baseline, "baseline"), check.vector(candidate, "candidate")
    return from_moments(
        (float(x.mean()), check.sd(x), x.size), (float(y.mean()), check.sd(y), y.size), level=level
    )


def from_moments(
    baseline: tuple[float, float, int],
    candidate: tuple[float, float, int],
    *,
    test_share: float = 0.0,
    level: float = 0.95,
) -> Difference:
    """Compare two means of which only the spreads and the numbers of runs are known.

    Parameters
    ----------
    baseline, candidate : tuple of (float, float, int)
        Mean, SD (n - 1 in its denominator) and runs.
    test_share : float
        n_test / n_train where the seed redraws the split, else 0; see `resampled`.
    level : float
        Confidence of the interval.

    Returns
    -------
    Difference
        As `welch_t`, with the degrees of freedom of `welch_df`.
    """
    n = (baseline[2], candidate[2])
    error, df, reason = math.nan, math.nan, ONE_RUN
    if min(n) > 1:
        sides = [
            (sd**2 / runs + sd**2 * test_share, runs - 1) for _, sd, runs in (baseline, candidate)
        ]
        error, df = welch_df(*sides)
        reason = NO_SPREAD if error == 0 else ""
    pivot = Pivot(candidate[0] - baseline[0], error, df)
    return Difference(**t_fields((pivot,), level, reason), method="Welch t", n=n, reason=reason)


def pooled_t(baseline: ArrayLike, candidate: ArrayLike, *, level: float = 0.95) -> Difference:
    """Compare scores of unrelated seeds assuming equal spread (Student's two-sample t).

    For reproducing published numbers; `welch_t` is the one to use.
    Parameters and result are those of `welch_t`.
    """
    return _two_samples(baseline, candidate, level, pooled=True)


def _two_samples(
    baseline: ArrayLike, candidate: ArrayLike, level: float, *, pooled: bool
) -> Difference:
    x, y = check.vector(baseline, "baseline"), check.vector(candidate, "candidate")
    n, m = x.size, y.size
    method = "pooled t" if pooled else "Welch t"
    error, df, reason = math.nan, math.nan, ONE_RUN
    if min(n, m) > 1:
        vx, vy = check.sd(x) ** 2, check.sd(y) ** 2
        error, df = (
            _pooled(vx, vy, n, m) if pooled else satterthwaite((vx / n, n - 1), (vy / m, m - 1))
        )
        reason = NO_SPREAD if error == 0 else ""
    pivot = Pivot(float(y.mean() - x.mean()), error, df)
    return Difference(**t_fields((pivot,), level, reason), method=method, n=(n, m), reason=reason)


def _pooled(vx: float, vy: float, n: int, m: int) -> tuple[float, float]:
    df = n + m - 2
    return math.sqrt(((n - 1) * vx + (m - 1) * vy) / df * (1 / n + 1 / m)), df


def welch_df(*sides: tuple[float, float]) -> tuple[float, float]:
    """Return the standard error of a difference of means, and its degrees of freedom.

    They are Satterthwaite's, but at most ``n + (n - 2) (n / m)³`` with n runs on the smaller side
    and m on the other.  Satterthwaite's own reject in up to 7.5 % with 3 beside 30 runs at a level
    of 0.05, for a small side that happens to spread little passes for a certain one.  The limit is
    n where m is large, and Welch's own, 2 (n - 1), where m = n: so no verdict hangs on whether the
    sides have equally many runs.  Of two runs that is not caution enough (12 % with 2 beside 30);
    then there is one.

    Parameters
    ----------
    *sides : tuple of float
        ``(variance of the mean, runs - 1)`` of each side; one alone for differences of pairs.

    Returns
    -------
    tuple of float
        As `satterthwaite`.
    """
    error, df = satterthwaite(*sides)
    runs = [int(own) + 1 for _, own in sides]
    n, m = min(runs), max(runs)
    if error > 0 and n < 3:
        return error, 1
    return error, min(df, n + (n - 2) * (n / m) ** 3) if error > 0 and n < m else df


def satterthwaite(*terms: tuple[float, float]) -> tuple[float, float]:
    """Return the root of a sum of independent mean squares and its approximate df.

    Parameters
    ----------
    *terms : tuple of float
        ``(value, df)`` each; a value may carry a minus sign.

    Returns
    -------
    tuple of float
        ``(sqrt(sum), df)``; ``(0, nan)`` where the sum is not positive.

    References
    ----------
    Satterthwaite (1946), "An approximate distribution of estimates of variance components".
    """
    total = math.fsum(value for value, _ in terms)
    if not total > 0:
        return 0.0, math.nan
    # Relative to the total, so that squares of tiny variances do not underflow.
    return math.sqrt(total), 1 / math.fsum((value / total) ** 2 / df for value, df in terms)


@dataclass(frozen=True)
class Equivalence:
    """Whether a difference is small enough not to matter (two one-sided tests).

    Attributes
    ----------
    p_value : float
        The larger of the two one-sided p-values; NaN where the difference is undefined.
    low, high : float
        Interval at level 1 - 2·alpha.
    alpha : float
        Error rate of the verdict.
    margin : tuple of float
        Lowest and highest difference that does not matter.
    equivalent : bool
        Whether ``p_value < alpha``, that is, whether the interval lies within the margin.
    """

    p_value: float
    low: float
    high: float
    alpha: float
    margin: tuple[float, float]
    equivalent: bool


def equivalence(
    difference: Difference, margin: float | tuple[float, float], *, alpha: float = 0.05
) -> Equivalence:
    """Test whether a difference lies within a margin (TOST), for any t procedure.

    Parameters
    ----------
    difference : Difference
        From `paired_t`, `welch_t`, `corrected_resampled_t` or a crossed procedure.
    margin : float or tuple of float
        The largest difference that does not matter, in the unit of the data; a tuple
        ``(low, high)`` with ``low < 0 < high`` where the two sides differ.
    alpha : float
        Error rate, below 0.5.

    Returns
    -------
    Equivalence
        Not equivalent, with NaN for numbers, where the difference is undefined.

    References
    ----------
    Schuirmann (1987), J. Pharmacokinetics and Biopharmaceutics 15.
    """
    low, high = margin if isinstance(margin, tuple) else (-margin, margin)
    if not (math.isfinite(low) and math.isfinite(high) and low < 0 < high):
        raise UsageError(f"The margin must be a positive number; it is {margin}.")
    if not 0 < alpha < 0.5:
        raise UsageError(f"alpha must lie between 0 and 0.5; it is {alpha}.")
    if not difference.defined:
        return Equivalence(math.nan, math.nan, math.nan, alpha, (low, high), equivalent=False)
    inner = difference.at_level(1 - 2 * alpha)
    tails = difference.tail(low, below=True), difference.tail(high, below=False)
    p = check.never_zero(max(tails))
    return Equivalence(p, inner.low, inner.high, alpha, (low, high), equivalent=p < alpha)


@dataclass(frozen=True)
class FiveByTwo:
    """Outcome of a 5x2 cross-validation test.

    Attributes
    ----------
    statistic : float
        t or F; NaN where undefined.
    df : tuple of int
        ``(5,)`` for t, ``(10, 5)`` for F.
    p_value : float
        Two-sided for t; NaN where undefined.
    method : str
    reason : str
        Why it is undefined.
    """

    statistic: float
    df: tuple[int, ...]
    p_value: float
    method: str
    reason: str = ""


def dietterich_t(differences: ArrayLike) -> FiveByTwo:
    """Test five replications of two-fold cross-validation (5x2cv paired t).

    Parameters
    ----------
    differences : array_like of float, shape (5, 2)
        Score differences, one row a replication.

    References
    ----------
    Dietterich (1998), Neural Computation 10.
    """
    d, variances = _five_by_two(differences)
    if variances.sum() == 0:
        return FiveByTwo(math.nan, (5,), math.nan, "5x2cv t", NO_SPREAD)
    t = float(d[0, 0] / math.sqrt(variances.mean()))
    return FiveByTwo(t, (5,), check.never_zero(2 * t_tail(abs(t), 5)), "5x2cv t")


def alpaydin_f(differences: ArrayLike) -> FiveByTwo:
    """Test five replications of two-fold cross-validation (combined 5x2cv F).

    Parameters
    ----------
    differences : array_like of float, shape (5, 2)
        Score differences, one row a replication.

    References
    ----------
    Alpaydin (1999), Neural Computation 11.
    """
    d, variances = _five_by_two(differences)
    if variances.sum() == 0:
        return FiveByTwo(math.nan, (10, 5), math.nan, "5x2cv F", NO_SPREAD)
    f = float((d**2).sum() / (2 * variances.sum()))
    return FiveByTwo(f, (10, 5), check.never_zero(float(special.fdtrc(10, 5, f))), "5x2cv F")


def _five_by_two(differences: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    d = check.numbers(differences, "differences").astype(np.float64)
    if d.shape != (5, 2):
        raise Refusal(f"Five replications of two folds needed; the shape is {d.shape}.")
    check.finite(d, "differences")
    return d, d.var(axis=1, ddof=0) * 2
