"""Counts compared: failures, one pair of runs (McNemar), several models (Cochran, Friedman)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from variance.errors import Refusal, UsageError
from variance.statistics import _checks as check


@dataclass(frozen=True)
class CountTest:
    """Outcome of a test on counts or ranks.

    Attributes
    ----------
    statistic : float
        What `method` says; NaN where the test has none.
    p_value : float
        Two-sided, in (0, 1]; NaN where undefined.
    method : str
    df : tuple of float
        Degrees of freedom; empty for exact tests.
    reason : str
        Why the p-value is undefined.
    """

    statistic: float
    p_value: float
    method: str
    df: tuple[float, ...] = ()
    reason: str = ""


def failures(
    baseline: tuple[int, int], candidate: tuple[int, int], *, method: str = "boschloo"
) -> CountTest:
    """Compare how many runs failed on either side.

    Parameters
    ----------
    baseline, candidate : tuple of int
        ``(failed, all)`` runs.
    method : {'boschloo', 'fisher'}
        Boschloo's test rejects whenever Fisher's does, and more often.

    Returns
    -------
    CountTest
        p = 1 where none failed or all did; undefined, with a reason, for no runs on a side.
        Above 200 runs in all Fisher's test is used, and said, for Boschloo's takes too long.

    References
    ----------
    Boschloo (1970); computed by ``scipy.stats``.
    """
    from scipy import stats

    check.one_of(method, "method", ("boschloo", "fisher"))
    for side, (failed, runs) in (("baseline", baseline), ("candidate", candidate)):
        if not 0 <= failed <= runs:
            raise UsageError(f"{side}: {failed} failures in {runs} runs are impossible.")
    runs = baseline[1] + candidate[1]
    method = "fisher" if runs > 200 else method
    words = "Boschloo's exact test" if method == "boschloo" else "Fisher's exact test"
    if min(baseline[1], candidate[1]) == 0:
        return CountTest(math.nan, math.nan, words, reason="one side has no runs")
    if baseline[0] + candidate[0] in (0, runs):
        return CountTest(math.nan, 1.0, words)
    table = [[baseline[0], candidate[0]], [baseline[1] - baseline[0], candidate[1] - candidate[0]]]
    test = stats.boschloo_exact if method == "boschloo" else stats.fisher_exact
    return CountTest(math.nan, check.never_zero(float(test(table).pvalue)), words)


def mcnemar_table(labels: ArrayLike, baseline: ArrayLike, candidate: ArrayLike) -> check.Integers:
    """Count the examples that both, one or neither of two runs get right.

    Parameters
    ----------
    labels, baseline, candidate : array_like of int, shape (T,)
        True classes, and those that one run of each side predicts.

    Returns
    -------
    ndarray of int, shape (2, 2)
        ``[[both right, only baseline], [only candidate, both wrong]]``.
    """
    y, x, z = (np.asarray(v) for v in (labels, baseline, candidate))
    if y.ndim != 1 or not y.shape == x.shape == z.shape:
        raise UsageError(
            f"Labels and predictions differ in shape: {y.shape}, {x.shape}, {z.shape}."
        )
    cells = 2 * (x != y).astype(np.int64) + (z != y)
    return np.bincount(cells, minlength=4).reshape(2, 2)


def mcnemar(table: ArrayLike) -> CountTest:
    """Compare two single runs on the same examples (McNemar's exact test).

    It speaks of these two trained models only, not of the recipes that made them: another
    seed may reverse it.

    Parameters
    ----------
    table : array_like of int, shape (2, 2)
        As `mcnemar_table` returns; only the off-diagonal counts matter.

    Returns
    -------
    CountTest
        Statistic: the smaller off-diagonal count; p = 1 where both are 0.

    References
    ----------
    McNemar (1947), Psychometrika 12; binomial form computed by ``scipy.stats.binomtest``.
    """
    from scipy import stats

    t = check.numbers(table, "table")
    if t.shape != (2, 2) or (t < 0).any() or (t != np.floor(t)).any():
        raise UsageError(f"McNemar's table holds 2 x 2 counts; this one is {t.tolist()}.")
    b, c = int(t[0, 1]), int(t[1, 0])
    p = float(stats.binomtest(b, b + c).pvalue) if b + c else 1.0
    return CountTest(min(b, c), check.never_zero(p), "McNemar, exact")


def cochran_q(correct: ArrayLike) -> CountTest:
    """Compare several single models on the same examples (Cochran's Q).

    Parameters
    ----------
    correct : array_like of bool, shape (M, T)
        Correctness of each model on each example, M at least 2.

    Returns
    -------
    CountTest
        χ² with M - 1 degrees of freedom; undefined, with a reason, where all models agree on
        every example.  For two models it is McNemar's test without correction.

    References
    ----------
    Cochran (1950), Biometrika 37.
    """
    c = check.matrix(correct, "correct").astype(np.float64)
    if not np.isin(c, (0, 1)).all():
        raise Refusal("Cochran's Q takes correct or not, 1 or 0.")
    m = _several(c)
    by_model, by_example = c.sum(axis=1), c.sum(axis=0)
    below = float((by_example * (m - by_example)).sum())
    if below == 0:
        why = "all models agree on every example"
        return CountTest(math.nan, math.nan, "Cochran's Q", (m - 1,), why)
    q = m * (m - 1) * float(((by_model - by_model.mean()) ** 2).sum()) / below
    return CountTest(q, check.never_zero(float(special.chdtrc(m - 1, q))), "Cochran's Q", (m - 1,))


def _several(scores: check.Matrix) -> int:
    if len(scores) < 2:
        raise Refusal(f"There is {len(scores)} row; at least 2 are compared.")
    return len(scores)


@dataclass(frozen=True)
class Friedman:
    """Outcome of a comparison of several methods by ranks within blocks.

    Attributes
    ----------
    chi2, p_value : float
        Friedman's χ², corrected for ties, and its p-value; NaN where all is tied.
    chi2_uncorrected : float
        Without the correction for ties.
    iman_davenport, iman_davenport_p : float
        The F statistic made of `chi2_uncorrected`, as Demšar gives it, and its p-value.
    mean_ranks : ndarray of float, shape (M,)
        1 is best (highest score).
    critical_difference : float
        Nemenyi: mean ranks further apart than this differ at level alpha.
    reason : str
        Why something is undefined.
    """

    chi2: float
    p_value: float
    chi2_uncorrected: float
    iman_davenport: float
    iman_davenport_p: float
    mean_ranks: check.Floats
    critical_difference: float
    reason: str = ""


def friedman(scores: ArrayLike, *, alpha: float = 0.05) -> Friedman:
    """Compare several methods over blocks (data sets or shared seeds).

    Parameters
    ----------
    scores : array_like of float, shape (M, N)
        One row a method (at least 3), one column a block; higher is better.
    alpha : float
        Family-wise error of the critical difference.

    References
    ----------
    Demšar (2006), "Statistical comparisons of classifiers over multiple data sets", JMLR 7.
    """
    from scipy import stats

    x, nan = check.matrix(scores, "scores").astype(np.float64), math.nan
    check.probability(alpha, "alpha")
    m, n = x.shape
    if m < 3 or n < 2:
        raise Refusal(f"{m} methods over {n} blocks: at least 3 over 2 needed.", "Use Wilcoxon.")
    ranks = stats.rankdata(-x, axis=0)
    mean = ranks.mean(axis=1)
    spread = float(((mean - (m + 1) / 2) ** 2).sum())
    plain = 12 * n * spread / (m * (m + 1))
    quantile = float(stats.studentized_range.ppf(1 - alpha, m, np.inf)) / math.sqrt(2)
    critical = quantile * math.sqrt(m * (m + 1) / (6 * n))
    variance = float(((ranks - (m + 1) / 2) ** 2).sum())
    if variance == 0:
        why = "all scores are tied in every block"
        return Friedman(nan, nan, nan, nan, nan, mean, critical, why)
    chi2 = n * (m - 1) * spread * n / variance
    below = n * (m - 1) - plain
    f = (n - 1) * plain / below if below > 1e-12 * plain else math.inf
    f_p = check.never_zero(float(special.fdtrc(m - 1, (m - 1) * (n - 1), f)))
    p = check.never_zero(float(special.chdtrc(m - 1, chi2)))
    return Friedman(chi2, p, plain, f, f_p, mean, critical)
