"""Whether scores lean to one side more than normal ones of the same number do."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike

from variance.statistics import _checks as check

FEWEST = 5
"""Scores below which even the strongest skew can be chance."""

FROM_HERE_NORMAL = 20
"""Scores from which the transformed skewness is normal for all practical purposes."""

DRAWN = 40_000


def skewness_p(scores: ArrayLike) -> float:
    """Return the two-sided p-value of the sample skewness of normal scores.

    Parameters
    ----------
    scores : array_like of float, shape (n,)

    Returns
    -------
    float
        From 40,000 normal samples of the same size below 20 scores, from D'Agostino's
        transformation beyond; 1 below 5 scores and where nothing varies.

    References
    ----------
    D'Agostino (1970), "Transformation to normality of the null distribution of g1", Biometrika
    57; computed by ``scipy.stats.skewtest``.

    Examples
    --------
    >>> skewness_p([0.90, 0.98, 0.98, 0.981, 0.979]) < 0.01
    True
    """
    x = check.vector(scores, "scores", at_least=0)
    if x.size < FEWEST or not check.sd(x) > 0:
        return 1.0
    if x.size >= FROM_HERE_NORMAL:
        from scipy import stats

        return check.never_zero(float(stats.skewtest(x).pvalue))
    reference = _of_normal_scores(x.size)
    beyond = reference.size - int(np.searchsorted(reference, abs(float(_skewness(x)))))
    return (1 + beyond) / (1 + reference.size)


@lru_cache(maxsize=32)
def _of_normal_scores(n: int) -> check.Floats:
    return np.sort(np.abs(_skewness(np.random.default_rng(n).standard_normal((DRAWN, n)))))


def _skewness(x: check.Floats) -> check.Floats:
    z = x - x.mean(axis=-1, keepdims=True)
    square = (z**2).mean(axis=-1)
    return np.asarray((z**3).mean(axis=-1) / (square * np.sqrt(square)))
