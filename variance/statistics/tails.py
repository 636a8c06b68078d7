"""Chances beyond the runs at hand, where no run shows how far scores stray.

By rank alone a score beyond all of n runs has a chance of 1 / (n + 1), whatever its distance.  To
say more, the tail needs a shape: a normal one, or an exponential one, which falls off more slowly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy import optimize, special

from variance.statistics import _checks as check

_FAR = 1e30
"""Of t: no chance changes beyond it that anybody could tell."""
_RAREST = 1e-25
"""Of a level: with two runs its limit is nearly so far."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(64)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


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
def normal_limit(n: int, k: int, tail: float, *, upper: bool) -> float:
    """Return the t beyond which the best of k normal scores lies with that chance.

    Parameters
    ----------
    n, k : int
        As for `normal_tail`.
    tail : float
        The chance.
    upper : bool
        Above it; otherwise below.
    """
    within_reach = max(tail, _RAREST)
    return root(lambda t: normal_tail(t, n, k, upper=upper) - within_reach)


def exponential_tail(x: check.Floats, excess: float, k: int, *, every: bool = False) -> float:
    """Return the chance that further scores lie so far above all runs, their tail exponential.

    Parameters
    ----------
    x : ndarray of float, shape (n,)
        The runs, ascending; at least 2.
    excess : float
        Above the largest, at least 0.
    k : int
        Further scores.
    every : bool
        All of them, otherwise at least one.

    Returns
    -------
    float
        For every one, exact if the tail above the median is exponential: given that all k lie
        above the runs, k·excess and the spacings of the upper half of the runs, each times the
        number of scores above it, are independent with one exponential distribution (Rényi).
        For at least one, k times the chance of a single one.  Lighter tails (those of growing
        hazard: normal, uniform, gamma of a shape above 1) lie beyond less often, for their
        spacings shrink outwards (Barlow and Proschan).  0 where the upper half does not vary.

    References
    ----------
    Rényi (1953), "On the theory of order statistics"; Barlow and Proschan (1966), "Inequalities
    for linear combinations of order statistics from restricted families", Annals of Mathematical
    Statistics 37.
    """
    together = k if every else 1
    total, m = spacings(x, together)
    if not total > 0:
        return 0.0
    distance = math.log1p(together * excess / total)
    return _beyond(x.size, k, every=every) * math.exp(-m * distance)


def exponential_limit(x: check.Floats, chance: float, k: int, *, every: bool = False) -> float:
    """Return the excess that has a chance of `chance`; otherwise as `exponential_tail`."""
    together = k if every else 1
    total, m = spacings(x, together)
    return total / together * math.expm1(math.log(_beyond(x.size, k, every=every) / chance) / m)


def _beyond(n: int, k: int, *, every: bool) -> float:
    return missed_by_rank(0, n, k) if every else k / (n + 1)


def spacings(x: check.Floats, above: int) -> tuple[float, int]:
    """Return the sum of the spacings of the upper half, each times the scores above it.

    Parameters
    ----------
    x : ndarray of float, shape (n,)
        Ascending; at least 2.
    above : int
        Further scores that lie above all of them.

    Returns
    -------
    tuple of float and int
        The sum, and of how many spacings: n/2, rounded up.
    """
    m = -(-x.size // 2)
    upper = x[-m:] - x[-m - 1]
    return float(upper.sum() + above * upper[-1]), m


def root(function: Callable[[float], float]) -> float:
    """Return where a monotone function is 0."""
    reach = 4.0
    while function(-reach) * function(reach) > 0:
        reach *= 4
    return float(optimize.brentq(function, -reach, reach, xtol=1e-10))
