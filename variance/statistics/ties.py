"""How probable it is that runs which know nothing of each other come out alike."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from variance.statistics import _checks as check

SAFETY = 2.0
"""Factor by which the chance of a tie is put higher than estimated: scores may gather anywhere."""
STEADIEST = 5.0
"""Shape of the negative binomial up to which differences between runs are taken to be steady."""
_DOUBLE, _SINGLE = 1e-14, 1.2e-7
"""Relative error of scores kept in double and in single precision."""
_SIX_DIGITS = 1e-6
"""What is relied on of scores in single precision, where no step is seen."""
_LARGEST = 200_000
"""Test examples up to which accuracies in single precision are recognised as shares of them."""
_UNSURE = 0.05
"""Rounding error, as a share of a step, from which a step can no longer be seen."""
_MOST = 500
"""Distinct scores whose gaps are looked at; of more, so many in equal ranks."""


def step(scores: ArrayLike) -> float:
    """Return the widest step of which all scores are whole multiples apart.

    Parameters
    ----------
    scores : array_like of float, shape (n,)

    Returns
    -------
    float
        One over the number of test examples for accuracies, the last decimal of rounded scores,
        the rounding error for scores of many digits, 0 where all scores are equal.  Of few scores
        it may be a multiple of the true step.

    Notes
    -----
    The smallest number of examples with which all scores are fractions, up to rounding errors:
    of scores in double precision, from their best approximations by fractions, up to ten million;
    of scores that were kept in single precision, by trial, up to 200,000.

    Examples
    --------
    >>> round(step([0.91, 0.93, 0.97]), 12)
    0.02
    """
    x = np.unique(check.vector(scores, "scores"))
    if len(x) < 2:
        return 0.0
    x = x[:: -(-len(x) // _MOST)]
    single = _from_single_precision(x)
    examples = _by_trial(x) if single else _by_fractions(x)
    if not examples:
        return float(np.abs(x).max()) * (_SIX_DIGITS if single else _DOUBLE)
    wholes = np.rint(x * examples).astype(np.int64)
    return float(np.gcd.reduce(np.diff(wholes)) / examples)


def _by_fractions(x: NDArray[np.float64]) -> int:
    """Return the least common denominator of scores in double precision; 0 where there is none."""
    for largest, error in ((10**6, _DOUBLE), (10**7, 3e-16)):  # coarser ones may be less exact
        close = [Fraction(score).limit_denominator(largest) for score in x.tolist()]
        gaps = (abs(float(near) - score) for near, score in zip(close, x.tolist(), strict=True))
        if max(gaps) <= error * float(np.abs(x).max()):
            together = math.lcm(*(near.denominator for near in close))
            if together <= largest:
                return together
    return 0


def _by_trial(x: NDArray[np.float64]) -> int:
    """Return the least common denominator of scores in single precision; 0 where there is none."""
    error = float(np.abs(x).max()) * _SINGLE
    for largest in (_LARGEST // 100, _LARGEST):  # most test sets are small
        sizes = np.arange(1, largest + 1)
        sizes = sizes[error * sizes < _UNSURE]
        for score in x:
            sizes = sizes[np.abs(score * sizes - np.rint(score * sizes)) <= error * sizes]
        if len(sizes):
            return int(sizes[0])
    return 0


def _from_single_precision(x: NDArray[np.float64]) -> bool:
    """Tell whether scores were kept in single precision, in percent perhaps since then."""
    return any(
        bool(np.allclose(y.astype(np.float32).astype(np.float64), y, rtol=_DOUBLE, atol=0))
        for y in (x, x / 100)
    )


def chance_of_tie(scores: ArrayLike) -> float:
    """Return a cautious chance that two scores drawn from one distribution are equal.

    Parameters
    ----------
    scores : array_like of float, shape (n,)
        A sample of it.

    Returns
    -------
    float
        In [0, 1]; 1 for fewer than two different scores.

    Notes
    -----
    Two scores lie ``k`` steps apart about twice as often as they tie, for small ``k``.  So the
    closest tenth of the pairs that do not tie (one at least) tells how often scores tie: if ``m``
    of ``p`` pairs lie 1 to ``k`` steps apart, about ``m/(2k p)`` tie.  The result is twice that
    share, for scores may gather more closely than these show.

    Examples
    --------
    >>> accuracies_of_100_examples = [0.91, 0.92, 0.93, 0.94, 0.95, 0.96]
    >>> round(chance_of_tie(accuracies_of_100_examples), 2)
    0.33
    """
    x = np.sort(check.vector(scores, "scores"))
    apart = step(x)
    if not apart:
        return 1.0
    if len(x) > _MOST:
        x = x[:: -(-len(x) // _MOST)]
    gaps = (x[None, :] - x[:, None])[np.triu_indices(len(x), 1)]
    return chance_of_zero(gaps, apart)


def chance_of_zero(gaps: ArrayLike, apart: float) -> float:
    """Return a cautious chance of a gap of 0, judged by the others.

    Parameters
    ----------
    gaps : array_like of float, shape (p,)
        How far scores lie apart, pair by pair; their sign does not matter.
    apart : float
        The step of which they are multiples, positive.

    Returns
    -------
    float
        In [0, 1]; 1 where all gaps are 0.  See `chance_of_tie`.
    """
    steps = np.sort(np.abs(check.vector(gaps, "gaps")) / apart)
    steps = np.maximum(steps[steps > 0.5], 1.0)
    if not len(steps):
        return 1.0
    widest = steps[max(1, len(steps) // 10) - 1]
    near = int((steps < widest + 0.5).sum())
    return float(min(1.0, SAFETY * near / (2 * widest * np.size(gaps))))


def chance_of_agreement(differing: ArrayLike) -> float:
    """Return a cautious chance that two runs agree on every example.

    Parameters
    ----------
    differing : array_like of float, shape (p,)
        On how many examples two runs differ, for pairs of runs that do differ.

    Returns
    -------
    float
        In [0, 1]; 1 where there are no pairs.

    Notes
    -----
    The chance of 0 under a negative binomial distribution with the mean and variance of the
    pairs: examples on which runs differ come in flocks.  Its shape is at most 5, so that even
    steady counts leave room for pairs that agree much better than these.

    Examples
    --------
    >>> chance_of_agreement([2, 3, 1]) > 0.1, chance_of_agreement([600, 700, 650]) < 1e-9
    (True, True)
    """
    counts = check.vector(differing, "differing", at_least=0)
    if not len(counts) or not counts.mean() > 0:
        return 1.0
    mean = float(counts.mean())
    beyond = float(counts.var(ddof=1)) - mean if len(counts) > 1 else 0.0
    shape = min(STEADIEST, mean**2 / beyond) if beyond > 0 else STEADIEST
    return float((1 + mean / shape) ** -shape)


def chance_of_repeats(repeats: int, pairs: int, chance: float) -> float:
    """Return how probable so many repeats or more are.

    Parameters
    ----------
    repeats : int
        Runs that repeat another one.
    pairs : int
        Pairs of runs that might be alike.
    chance : float
        Of each pair to be alike.

    Returns
    -------
    float
        The upper tail of a Poisson distribution with mean ``pairs * chance``.

    Examples
    --------
    >>> round(chance_of_repeats(1, 45, 0.001), 4)
    0.044
    """
    return 1.0 if repeats < 1 else float(special.pdtrc(repeats - 1, pairs * chance))
