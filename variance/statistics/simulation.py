"""Draws from known truths, for checking that the verdicts err as rarely as they say.

Used by the tests and by the script behind the calibration page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.intervals import wilson

Draw = Callable[[np.random.Generator, int], check.Floats]


def _normal(rng: np.random.Generator, n: int) -> check.Floats:
    return rng.standard_normal(n)


def _skewed(rng: np.random.Generator, n: int) -> check.Floats:
    return rng.gamma(2.0, size=n)


def _heavy(rng: np.random.Generator, n: int) -> check.Floats:
    return rng.standard_t(3, size=n)


def _tied(rng: np.random.Generator, n: int) -> check.Floats:
    """Accuracy on a small test set: counts with an SD of about 1.5."""
    return rng.binomial(100, 0.975, size=n) / 100


def _bimodal(rng: np.random.Generator, n: int) -> check.Floats:
    """One run in ten collapses."""
    return rng.standard_normal(n) - 20.0 * (rng.random(n) < 0.1)


def _log_normal(rng: np.random.Generator, n: int) -> check.Floats:
    return rng.lognormal(size=n)


def _very_heavy(rng: np.random.Generator, n: int) -> check.Floats:
    return rng.standard_t(2, size=n)


def _rare_collapse(rng: np.random.Generator, n: int) -> check.Floats:
    """One run in twenty collapses."""
    return rng.standard_normal(n) - 20.0 * (rng.random(n) < 0.05)


MORE_SHAPES: dict[str, Draw] = {
    "log-normal": _log_normal, "very heavy-tailed": _very_heavy, "rare collapse": _rare_collapse,
}  # fmt: skip
"""Others, further from normal."""

SHAPES: dict[str, Draw] = {
    "normal": _normal, "skewed": _skewed, "heavy-tailed": _heavy, "tied": _tied,
    "bimodal": _bimodal,
}  # fmt: skip
"""Distributions of a run's score."""


def scores(shape: str, n: int, rng: np.random.Generator) -> check.Floats:
    """Draw the scores of n runs.

    Parameters
    ----------
    shape : str
        A key of `SHAPES` or `MORE_SHAPES`.
    n : int
        Runs.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float, shape (n,)
    """
    known = SHAPES | MORE_SHAPES
    if shape not in known:
        raise UsageError(f"Unknown shape {shape!r}.", f"Known: {', '.join(known)}.")
    return known[shape](rng, check.whole(n, "n"))


def paired_scores(
    shape: str, n: int, rng: np.random.Generator, *, shared: float = 1.0
) -> tuple[check.Floats, check.Floats]:
    """Draw paired scores of two sweeps between which there is no difference.

    Parameters
    ----------
    shape : str
        A key of `SHAPES`, of what differs between the two runs of a seed.
    n : int
        Pairs.
    rng : numpy.random.Generator
    shared : float
        SD of the (normal) part that both runs of a seed have in common.

    Returns
    -------
    tuple of ndarray of float, shape (n,)
    """
    common = shared * rng.standard_normal(n)
    return common + scores(shape, n, rng), common + scores(shape, n, rng)


@dataclass(frozen=True)
class CrossedModel:
    """A model of which run is right on which example.

    A run is right on an example when ``skill_t + run_s + rest_st > 0``; candidate and baseline
    have their own runs and, in part, their own difficulties.  Both have the same accuracy on
    endless data, so there is no true difference on new data.

    Attributes
    ----------
    run_sd : float
        Genuine difference between runs.
    example_sd : float
        How differently the two recipes find an example difficult.
    skill : float
        Mean of the latent skill; 1.5 to 3 gives accuracies of 85 to 99 %.
    skill_sd : float
        Spread of the examples' difficulty.
    paired_share : float
        Correlation between the two runs of a seed, in [0, 1].
    """

    run_sd: float = 0.05
    example_sd: float = 0.5
    skill: float = 4.0
    skill_sd: float = 2.0
    paired_share: float = 0.0

    def draw(
        self, runs: tuple[int, int], examples: int, rng: np.random.Generator
    ) -> tuple[check.Matrix, check.Matrix]:
        """Draw correctness of both sweeps on one new test set.

        Parameters
        ----------
        runs : tuple of int
            Of baseline and candidate; equal where `paired_share` is above 0.
        examples : int
            Test examples.
        rng : numpy.random.Generator

        Returns
        -------
        tuple of ndarray of bool, shape (runs, examples)
        """
        skill = self.skill + self.skill_sd * rng.standard_normal(examples)
        share = np.sqrt(self.paired_share)
        common = rng.standard_normal(max(runs))
        sides = []
        for count in runs:
            own = np.sqrt(1 - self.paired_share) * rng.standard_normal(count)
            effect = self.run_sd * (share * common[:count] + own)
            taste = skill + self.example_sd * rng.standard_normal(examples)
            latent = taste + effect[:, None] + rng.standard_normal((count, examples))
            sides.append(latent > 0)
        return sides[0], sides[1]


@dataclass(frozen=True)
class Rate:
    """How often something happened in a simulation, with its 95 % Wilson interval."""

    rate: float
    low: float
    high: float
    trials: int


def rate(happens: Callable[[np.random.Generator], bool], trials: int, seed: int) -> Rate:
    """Return how often something happens.

    Parameters
    ----------
    happens : callable
        Takes a Generator and tells whether it happened in this trial.
    trials : int
    seed : int
        Of the Generator.
    """
    rng = np.random.default_rng(seed)
    found = wilson(sum(bool(happens(rng)) for _ in range(trials)), trials)
    return Rate(found.estimate, found.low, found.high, trials)
