"""Whether scores rise or fall with the number of the run, as in a list that was sorted."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from variance.statistics import _checks as check


def trend_p_value(scores: ArrayLike) -> float:
    """Return the p-value of Kendall's test that the order of scores means nothing.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        In the order of their numbers.

    Returns
    -------
    float
        Two-sided; 1 for fewer than two scores.  Exact up to 33 scores (normal from there on), and
        cautious with ties, each of which counts against a trend.

    References
    ----------
    Kendall (1938), Biometrika 30; computed by ``scipy.stats.kendalltau``.

    Examples
    --------
    >>> round(trend_p_value([1, 2, 3, 4, 5, 6]), 5)  # 2 of 720 orders are sorted
    0.00278
    """
    from scipy import stats

    x = check.vector(scores, "scores")
    n = len(x)
    if n < 2:
        return 1.0
    place = np.arange(n)
    both = (stats.kendalltau(place, _ranks(sign * x), alternative="greater") for sign in (1, -1))
    return min(1.0, 2 * min(float(found.pvalue) for found in both))


def _ranks(x: np.ndarray) -> np.ndarray:
    """Return the rank of each score; of equal ones the later is the lower."""
    ranks = np.empty(len(x), dtype=np.intp)
    ranks[np.lexsort((-np.arange(len(x)), x))] = np.arange(len(x))
    return ranks
