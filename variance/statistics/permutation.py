"""Tests that shuffle: exact where the arrangements can be listed, random otherwise.

They share the sensitivity part of a comparison; none has an interval of its own.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from variance.errors import UsageError
from variance.statistics import _checks as check

EXACT_SIGNS = 20
"""Pairs up to which all 2^n signs are tried (a million)."""

EXACT_SPLITS = 15_000
"""Splits of two samples up to which all are tried (8 + 8 runs): a tenth of a second."""

ALTERNATIVES = ("two-sided", "greater", "less")
BLOCK = 2_000_000


@dataclass(frozen=True)
class RankOrPermutation:
    """Outcome of a distribution-free test.

    Attributes
    ----------
    statistic : float
        In the unit that `method` says.
    p_value : float
        Of the alternative asked for, in (0, 1]; NaN where undefined.
    exact : bool
        Whether all arrangements were counted.
    smallest : float
        The smallest two-sided p-value that so many runs can give at all; when it exceeds
        alpha, "not significant" says nothing.
    method : str
    n : tuple of int
        Runs of baseline and candidate.
    reason : str
        Why the p-value is undefined.
    """

    statistic: float
    p_value: float
    exact: bool
    smallest: float
    method: str
    n: tuple[int, int]
    reason: str = ""


def sign_flip(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    rng: np.random.Generator,
    resamples: int = 99_999,
    alternative: str = "two-sided",
) -> RankOrPermutation:
    """Flip the signs of paired differences.

    Parameters
    ----------
    baseline, candidate : array_like of float, shape (n,)
        Scores; entry i of both comes from the same seed.
    rng : numpy.random.Generator
        Used beyond 20 pairs.
    resamples : int
        Random sign patterns B beyond 20 pairs; then p = (k + 1)/(B + 1).
    alternative : {'two-sided', 'greater', 'less'}
        ``"greater"``: the candidate scores higher.

    Returns
    -------
    RankOrPermutation
        Statistic: mean difference.  Ties with the observed one count as extreme.  Identical
        scores give p = 1.

    References
    ----------
    Fisher (1935), "The Design of Experiments", section 21.  Phipson and Smyth (2010),
    "Permutation p-values should never be zero".  SciPy's ``permutation_test`` lists the
    patterns one by one; a million take it minutes, the doubling used here milliseconds.
    """
    x, y = check.pair(baseline, candidate)
    check.one_of(alternative, "alternative", ALTERNATIVES)
    d = y - x
    exact = d.size <= EXACT_SIGNS
    sums = _all_signs(d) if exact else _random_signs(d, check.whole(resamples, "resamples"), rng)
    slack = 1e-12 * float(np.abs(d).sum())
    p = _p_value(sums, float(d.sum()), slack, alternative, added=0 if exact else 1)
    smallest = smallest_p(d.size, paired=True)
    return RankOrPermutation(
        float(d.mean()), p, exact, smallest, "sign-flip permutation", (x.size, x.size)
    )


def _all_signs(d: check.Floats) -> check.Floats:
    sums = np.zeros(1)
    for value in np.abs(d):
        sums = np.concatenate((sums + value, sums - value))
    return sums


def _random_signs(d: check.Floats, resamples: int, rng: np.random.Generator) -> check.Floats:
    height = max(1, BLOCK // d.size)
    sizes = [min(height, resamples - start) for start in range(0, resamples, height)]
    return np.concatenate([(2.0 * rng.integers(2, size=(size, d.size)) - 1) @ d for size in sizes])


def _p_value(
    sums: check.Floats, observed: float, slack: float, alternative: str, *, added: int
) -> float:
    """Return the share of arrangements at least as extreme; `added` counts the data itself."""
    if alternative == "two-sided":
        extreme = np.abs(sums) >= abs(observed) - slack
    elif alternative == "greater":
        extreme = sums >= observed - slack
    else:
        extreme = sums <= observed + slack
    return float((int(extreme.sum()) + added) / (sums.size + added))


def two_sample_permutation(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    rng: np.random.Generator,
    resamples: int = 9999,
    alternative: str = "two-sided",
) -> RankOrPermutation:
    """Reassign the runs to the two sides.

    Parameters
    ----------
    baseline : array_like of float, shape (n,)
    candidate : array_like of float, shape (m,)
        Scores of unrelated seeds.
    rng : numpy.random.Generator
        Used where there are more than 15,000 splits (beyond 8 + 8 runs).
    resamples : int
        Random splits B; then p = (k + 1)/(B + 1).
    alternative : {'two-sided', 'greater', 'less'}
        ``"greater"``: the candidate scores higher.

    Returns
    -------
    RankOrPermutation
        Statistic: difference of means.  The two-sided p-value is twice the smaller one-sided.
        Identical scores give p = 1.

    References
    ----------
    Pitman (1937), "Significance tests which may be applied to samples from any populations".
    SciPy's ``permutation_test`` is not used: it judges ties to within rounding of the
    difference, which for scores near 1 is finer than the rounding of their sums.
    """
    x, y = check.vector(baseline, "baseline"), check.vector(candidate, "candidate")
    check.one_of(alternative, "alternative", ALTERNATIVES)
    both = np.concatenate((y, x))
    exact = bool(special.comb(both.size, y.size) <= EXACT_SPLITS)
    count = check.whole(resamples, "resamples")
    sums = _all_splits(both, y.size) if exact else _random_splits(both, y.size, count, rng)
    slack, added = 1e-12 * float(np.abs(both).sum()), 0 if exact else 1
    sides = ("greater", "less") if alternative == "two-sided" else (alternative,)
    p = min(_p_value(sums, float(y.sum()), slack, side, added=added) for side in sides)
    return RankOrPermutation(
        float(y.mean() - x.mean()), min(1.0, len(sides) * p), exact,
        smallest_p(x.size, y.size, paired=False), "two-sample permutation", (x.size, y.size),
    )  # fmt: skip


def _all_splits(both: check.Floats, size: int) -> check.Floats:
    chosen = np.array(list(combinations(range(both.size), size)))
    return np.asarray(both[chosen].sum(axis=1))


def _random_splits(
    both: check.Floats, size: int, resamples: int, rng: np.random.Generator
) -> check.Floats:
    height = max(1, BLOCK // both.size)
    sizes = [min(height, resamples - start) for start in range(0, resamples, height)]
    shuffled = (rng.permuted(np.tile(both, (rows, 1)), axis=1) for rows in sizes)
    return np.concatenate([table[:, :size].sum(axis=1) for table in shuffled])


def smallest_p(n: int, m: int | None = None, *, paired: bool) -> float:
    """Return the smallest two-sided p-value that a sign-flip or permutation test can give.

    Parameters
    ----------
    n : int
        Pairs, or runs of one side.
    m : int, optional
        Runs of the other side, where unpaired.
    paired : bool

    Returns
    -------
    float
        ``2 / 2^n`` paired (also Wilcoxon's), ``2 / C(n + m, n)`` unpaired (also
        Mann-Whitney's), at most 1.

    Examples
    --------
    >>> smallest_p(5, paired=True)
    0.0625
    """
    check.whole(n, "n")
    if paired:
        return check.never_zero(2.0 ** (1 - n))
    if m is None:
        raise UsageError("Unpaired runs need the size of the other side.", "Give m.")
    check.whole(m, "m")
    log = special.gammaln(n + m + 1) - special.gammaln(n + 1) - special.gammaln(m + 1)
    return check.never_zero(min(1.0, 2 * math.exp(-float(log))))
