"""Many questions at once: adjusted p-values and simultaneous intervals.

All functions keep the order of their input; NaN entries are ignored and stay NaN.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.results import Difference


def holm(p_values: ArrayLike) -> check.Floats:
    """Return Holm's adjusted p-values: family-wise error, under any dependence.

    Parameters
    ----------
    p_values : array_like of float, shape (m,)
        In [0, 1]; NaN where a question had no answer.

    Returns
    -------
    ndarray of float, shape (m,)

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6.

    Examples
    --------
    >>> holm([0.03, 0.5, 0.01]).round(2).tolist()
    [0.06, 0.5, 0.03]
    """
    return _adjust(p_values, _holm)


def _holm(p: check.Floats) -> check.Floats:
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(p.size, 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = stepped
    return adjusted


def holm_levels(p_values: ArrayLike, *, alpha: float = 0.05) -> check.Floats:
    """Return the level at which Holm's procedure judges each p-value, given the others.

    A p-value below its level is one whose adjusted p-value is below `alpha`; another p-value for
    the same question, from another test, would be judged at the same level.

    Parameters
    ----------
    p_values : array_like of float, shape (m,)
        In [0, 1]; NaN where a question had no answer.
    alpha : float
        Family-wise error.

    Returns
    -------
    ndarray of float, shape (m,)
        ``alpha / (m - r)`` with r the questions that are rejected whatever the p-value of this
        one is.

    Examples
    --------
    >>> holm_levels([0.001, 0.03, 0.5]).round(4).tolist()
    [0.0167, 0.025, 0.025]
    """
    check.probability(alpha, "alpha")
    p = check.numbers(p_values, "p_values").astype(np.float64)
    known = ~np.isnan(p)
    levels = np.full_like(p, math.nan)
    for i in np.flatnonzero(known):
        others = holm(np.where(np.arange(p.size) == i, 1.0, p))
        levels[i] = alpha / (known.sum() - (others < alpha).sum())
    return levels


def bonferroni(p_values: ArrayLike) -> check.Floats:
    """Return Bonferroni's adjusted p-values; parameters and result as in `holm`."""
    return _adjust(p_values, lambda p: p * p.size)


def sidak(p_values: ArrayLike) -> check.Floats:
    """Return Šidák's adjusted p-values (independent questions); otherwise as `holm`."""
    # expm1 and log1p keep small p-values from cancelling to 0.
    return _adjust(p_values, lambda p: -np.expm1(p.size * np.log1p(-np.minimum(p, 1 - 1e-16))))


def benjamini_hochberg(p_values: ArrayLike) -> check.Floats:
    """Return p-values adjusted for the false discovery rate; otherwise as `holm`.

    References
    ----------
    Benjamini and Hochberg (1995), JRSS B 57.
    """
    return _adjust(p_values, lambda p: _false_discovery(p, "bh"))


def benjamini_yekutieli(p_values: ArrayLike) -> check.Floats:
    """Return p-values adjusted for the false discovery rate under any dependence.

    References
    ----------
    Benjamini and Yekutieli (2001), Annals of Statistics 29.
    """
    return _adjust(p_values, lambda p: _false_discovery(p, "by"))


def _false_discovery(p: check.Floats, method: str) -> check.Floats:
    from scipy import stats

    return np.asarray(stats.false_discovery_control(p, method=method), dtype=np.float64)


def _adjust(p_values: ArrayLike, adjust: Callable[[check.Floats], check.Floats]) -> check.Floats:
    p = check.numbers(p_values, "p_values").astype(np.float64)
    if p.ndim != 1:
        raise UsageError(f"p_values must be one-dimensional; the shape is {p.shape}.")
    known = ~np.isnan(p)
    if ((p[known] < 0) | (p[known] > 1)).any():
        raise UsageError(
            f"p-values lie in [0, 1]; there is one of {p[known].min()} or {p[known].max()}."
        )
    adjusted = np.full_like(p, math.nan)
    if known.any():
        adjusted[known] = np.minimum(adjust(p[known]), 1.0)
    return adjusted


def simultaneous(differences: Sequence[Difference], *, alpha: float = 0.05) -> list[Difference]:
    """Return the differences with intervals that hold together, in accord with Holm's verdicts.

    The intervals are Bonferroni's, at level 1 - alpha/m over the m defined differences.
    Holm rejects all that Bonferroni rejects and sometimes more; for those more, the bound
    next to 0 is moved to the number next to 0: their sign is established, their distance from
    0 is not.  Hence ``excludes(0)`` is true of what Holm rejects, and of nothing else.

    Parameters
    ----------
    differences : sequence of Difference
        One a class (or candidate); undefined ones are returned as they are and not counted.
    alpha : float
        Family-wise error.

    References
    ----------
    Guilbaud (2008), "Simultaneous confidence regions corresponding to Holm's step-down
    procedure", Biometrical Journal 50.
    """
    check.probability(alpha, "alpha")
    counted = sum(d.defined for d in differences)
    adjusted = holm([d.p_value for d in differences])
    return [
        _compatible(d.at_level(1 - alpha / counted), rejected=p < alpha) if d.defined else d
        for d, p in zip(differences, adjusted, strict=True)
    ]


def _compatible(d: Difference, *, rejected: bool) -> Difference:
    if d.excludes(0.0) == rejected:
        return d
    if not rejected:  # by rounding alone
        return replace(d, low=min(d.low, 0.0), high=max(d.high, 0.0))
    beside = math.nextafter(0.0, d.estimate)
    return replace(d, low=beside) if d.estimate > 0 else replace(d, high=beside)
