"""Almost stochastic order: how far one distribution of scores is from dominating another."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from variance.statistics import _checks as check


@dataclass(frozen=True)
class AlmostStochasticOrder:
    """How much of the candidate's advantage is violated.

    Attributes
    ----------
    violation : float
        Share of the squared distance between the quantile functions on which the baseline
        is higher, in [0, 1]; 0: the candidate dominates, 1: the baseline does.
    upper : float
        Upper bound of the violation at confidence ``1 - alpha``; below 0.5 the candidate rather
        dominates than not, and below 0.2 it is usually called almost stochastically dominant.
        NaN where undefined.
    alpha : float
    n : tuple of int
        Runs of baseline and candidate.
    reason : str
        Why something is undefined.
    """

    violation: float
    upper: float
    alpha: float
    n: tuple[int, int]
    reason: str = ""


def violation_ratio(baseline: ArrayLike, candidate: ArrayLike) -> float:
    """Return the violation ratio of the two empirical distributions, exactly.

    Parameters
    ----------
    baseline : array_like of float, shape (n,)
    candidate : array_like of float, shape (m,)
        Scores, higher is better.

    Returns
    -------
    float
        In [0, 1]; NaN for identical distributions.
    """
    x, y = check.vector(baseline, "baseline"), check.vector(candidate, "candidate")
    return float(_violations(x[None], y[None])[0])


def _violations(x: check.Floats, y: check.Floats) -> check.Floats:
    """Return the violation ratio row by row; the quantile functions are step functions."""
    n, m = x.shape[1], y.shape[1]
    # All steps in units of 1/(n·m), in whole numbers, so that equal ones coincide.
    steps = np.union1d(np.arange(1, n + 1) * m, np.arange(1, m + 1) * n)
    widths = np.diff(steps, prepend=0) / (n * m)
    x_at, y_at = (steps + m - 1) // m - 1, (steps + n - 1) // n - 1
    gaps = np.sort(x, axis=1)[:, x_at] - np.sort(y, axis=1)[:, y_at]
    total = (gaps**2) @ widths
    ratio = np.full(len(x), math.nan)
    np.divide((np.maximum(gaps, 0) ** 2) @ widths, total, out=ratio, where=total > 0)
    return ratio


def almost_stochastic_order(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    rng: np.random.Generator,
    alpha: float = 0.05,
    resamples: int = 1000,
) -> AlmostStochasticOrder:
    """Test whether the candidate's scores almost stochastically dominate the baseline's.

    Parameters
    ----------
    baseline : array_like of float, shape (n,)
    candidate : array_like of float, shape (m,)
        Scores of unrelated runs, higher is better.
    rng : numpy.random.Generator
    alpha : float
        One-sided error rate of the bound.
    resamples : int
        Bootstrap resamples for its standard error.

    Returns
    -------
    AlmostStochasticOrder
        Undefined, with a reason, for identical scores and for fewer than 2 runs a side.

    References
    ----------
    Del Barrio, Cuesta-Albertos and Matrán (2018); Dror, Shlomov and Reichart (2019), "Deep
    dominance", ACL, equation 4; Ulmer, Hardmeier and Frellsen (2022), "deep-significance",
    for the threshold of 0.2.
    """
    x, y = check.vector(baseline, "baseline"), check.vector(candidate, "candidate")
    check.probability(alpha, "alpha")
    n, nan = (x.size, y.size), math.nan
    violation = violation_ratio(x, y)
    if min(n) < 2 or math.isnan(violation):
        reason = "fewer than 2 runs a side" if min(n) < 2 else "the scores are identical"
        return AlmostStochasticOrder(violation, nan, alpha, n, reason)
    size = check.whole(resamples, "resamples", at_least=2)
    drawn = _violations(rng.choice(x, (size, x.size)), rng.choice(y, (size, y.size)))
    # A resample in which both sides coincide violates nothing and proves nothing.
    error = float(np.std(np.nan_to_num(drawn, nan=0.5), ddof=1))
    upper = violation + error * float(special.ndtri(1 - alpha))
    return AlmostStochasticOrder(violation, min(upper, 1.0), alpha, n)
