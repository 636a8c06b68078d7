"""Posterior probabilities: worse, practically the same, better.

The region of practical equivalence (ROPE) is ± `rope` around no difference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.results import t_tail


@dataclass(frozen=True)
class Posterior:
    """Probabilities that sum to 1.

    Attributes
    ----------
    worse : float
        Candidate below baseline by more than the ROPE.
    same : float
        Within the ROPE, its bounds included; 0 for a ROPE of 0.
    better : float
        Candidate above baseline by more than the ROPE.
    mean, variance, df : float
        Of the posterior, for the t test; NaN for the signed-rank test.
    method : str
    n : int
        Pairs.
    """

    worse: float
    same: float
    better: float
    mean: float
    variance: float
    df: float
    method: str
    n: int


def _rope(rope: float) -> float:
    if not (math.isfinite(rope) and rope >= 0):
        raise UsageError(f"A ROPE is a number of at least 0; it is {rope}.")
    return float(rope)


def correlated_t(
    baseline: ArrayLike, candidate: ArrayLike, *, rope: float = 0.0, test_share: float = 0.0
) -> Posterior:
    """Return the posterior of the mean difference of correlated pairs.

    Parameters
    ----------
    baseline, candidate : array_like of float, shape (n,)
        Scores; entry i of both comes from the same seed (or fold).
    rope : float
        Largest difference that does not matter, in the unit of the scores.
    test_share : float
        n_test / n_train where the seed redraws the split (k-fold: 1/(k - 1)); 0, the default,
        on a fixed split.

    Returns
    -------
    Posterior
        Student's t with n - 1 degrees of freedom.  Where nothing varied its variance is 0 and
        it is a point, which is no certainty but the lack of a yardstick: its whole mass lies
        on one side, bounds counting as within the ROPE, half on either side if the point is 0
        and the ROPE too.

    Raises
    ------
    Refusal
        For fewer than 2 pairs.

    References
    ----------
    Corani and Benavoli (2015), "A Bayesian approach for comparing cross-validated
    algorithms", Machine Learning 100.
    """
    x, y = check.pair(baseline, candidate)
    check.vector(x, "paired scores", at_least=2)
    width = _rope(rope)
    if test_share < 0 or not math.isfinite(test_share):
        raise UsageError(f"test_share must be a number of at least 0; it is {test_share}.")
    d, df = y - x, x.size - 1
    mean, spread = float(d.mean()), check.sd(d, check.largest(x, y))
    variance = spread**2 * (1 / d.size + test_share)
    if variance == 0:
        worse, same, better = _point(mean, width)
    else:
        error = math.sqrt(variance)
        worse, better = t_tail((mean + width) / error, df), t_tail((width - mean) / error, df)
        same = max(0.0, 1 - worse - better) if width else 0.0
    return Posterior(worse, same, better, mean, variance, df, "Bayesian correlated t", d.size)


def _point(mean: float, rope: float) -> tuple[float, float, float]:
    if mean == rope == 0:
        return 0.5, 0.0, 0.5
    return float(mean < -rope), float(abs(mean) <= rope), float(mean > rope)


def signed_rank(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    rng: np.random.Generator,
    rope: float = 0.0,
    prior: float = 0.5,
    draws: int = 20_000,
) -> Posterior:
    """Return the Bayesian counterpart of Wilcoxon's signed-rank test.

    Parameters
    ----------
    baseline, candidate : array_like of float, shape (n,)
        Scores; entry i of both comes from the same seed.
    rng : numpy.random.Generator
    rope : float
        Largest difference that does not matter.
    prior : float
        Weight of a pseudo-observation of no difference, above 0.
    draws : int
        Draws from the Dirichlet posterior.

    Returns
    -------
    Posterior
        Share of draws in which each outcome is the likeliest for the mean of two random
        pairs (Walsh averages); ties share.  One more draw, shared out evenly, is counted: no
        number of draws makes an outcome certain.

    References
    ----------
    Benavoli et al. (2014), "A Bayesian Wilcoxon signed-rank test based on the Dirichlet
    process", ICML; (2017), "Time for a change", JMLR 18.
    """
    x, y = check.pair(baseline, candidate)
    width, draws = _rope(rope), check.whole(draws, "draws")
    d = np.concatenate(([0.0], y - x))
    weights = rng.dirichlet(
        np.concatenate(([check.positive(prior, "prior")], np.ones(x.size))), draws
    )
    sums = d[:, None] + d
    below, above = sums < -2 * width, sums > 2 * width
    worse, better = (_quadratic(weights, region) for region in (below, above))
    same = 1 - worse - better if width else (1 - worse - better) / 2
    worse, better = (worse, better) if width else (worse + same, better + same)
    masses = np.stack((worse, same if width else np.full(draws, -1.0), better))
    leads = np.isclose(masses, masses.max(axis=0), rtol=0, atol=1e-12)
    possible = np.array([1.0, float(width > 0), 1.0])
    shares = ((leads / leads.sum(axis=0)).sum(axis=1) + possible / possible.sum()) / (draws + 1)
    nan, words = math.nan, "Bayesian signed-rank"
    return Posterior(
        float(shares[0]), float(shares[1]), float(shares[2]), nan, nan, nan, words, x.size
    )


def _quadratic(weights: check.Floats, region: check.Matrix) -> check.Floats:
    """Return, for each draw, the chance that two pairs' sum lies in the region."""
    return np.asarray(np.einsum("bi,bi->b", weights @ region.astype(np.float64), weights))
