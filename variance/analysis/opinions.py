"""What stands beside the verdict and never decides it: other tests, superiority, spread, churn."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from variance.analysis import results
from variance.analysis.design import enough
from variance.analysis.matching import Match
from variance.analysis.plain import bounds, known
from variance.analysis.results import Sensitivity
from variance.statistics import (
    churn,
    intervals,
    paired_spread,
    permutation,
    ranks,
    resampling,
    spread,
    tables,
)
from variance.statistics.results import Difference

GAMMA = 0.75
PAIRED_SPREAD = "Pitman-Morgan and Fieller, the larger p"
FLIPS = 9_999
RESAMPLES = 1_999
DRAWS = 5e6
WORK = 1e10
"""Draws and multiplications that the crossed bootstrap may take; beyond, fewer resamples."""


def sensitivity(
    match: Match, main: Difference, alpha: float, rng: np.random.Generator
) -> tuple[Sensitivity, ...]:
    """Return other tests of the question on this test set, and whether they agree.

    Parameters
    ----------
    match : Match
        On a fixed split: shuffling and ranks need independent runs.
    main : Difference
        The procedure that decides.
    alpha : float
    rng : numpy.random.Generator
    """
    x, y = match.baseline.scores, match.candidate.scores
    if match.redrawn or not enough(x, y):
        return ()
    if match.paired:
        found = [
            permutation.sign_flip(x, y, rng=rng, resamples=FLIPS),
            ranks.wilcoxon(x, y),
        ]
    else:
        found = [
            permutation.two_sample_permutation(x, y, rng=rng, resamples=FLIPS),
            ranks.mann_whitney(x, y),
        ]
    others = tuple(_other(test, main, alpha) for test in found)
    return (*others, *_bootstrapped(match, main, alpha, rng))


def _other(test: permutation.RankOrPermutation, main: Difference, alpha: float) -> Sensitivity:
    p, smallest = known(test.p_value), known(test.smallest)
    return Sensitivity(test.method, p, _agrees(p, smallest, main, alpha), smallest)


def _agrees(p: float | None, smallest: float | None, main: Difference, alpha: float) -> bool | None:
    """Return whether a test decides as `main` does; None where it cannot reach the level."""
    if p is None or not main.defined or (smallest or 0.0) >= alpha:
        return None
    return (p < alpha) == main.excludes(0.0)


def at_level(
    found: tuple[Sensitivity, ...],
    match: Match,
    main: Difference,
    alpha: float,
    rng: np.random.Generator,
) -> tuple[Sensitivity, ...]:
    """Return the same tests, held against the verdict at another level.

    Parameters
    ----------
    found : tuple of Sensitivity
        From `sensitivity`.
    match, main, alpha, rng
        As there; the interval of `main` is at level 1 - alpha.
    """
    by_p = tuple(
        replace(s, agrees=_agrees(s.p_value, s.smallest_p, main, alpha))
        for s in found
        if s.p_value is not None
    )
    return (*by_p, *_bootstrapped(match, main, alpha, rng)) if found else ()


def _bootstrapped(
    match: Match, main: Difference, alpha: float, rng: np.random.Generator
) -> tuple[Sensitivity, ...]:
    """Return what the BCa bootstrap of paired differences says; it has no p-value."""
    x, y = match.baseline.scores, match.candidate.scores
    if not match.paired or not main.defined or len(x) < 10:
        return ()
    found = intervals.bca(y - x, level=1 - alpha, resamples=RESAMPLES, rng=rng)
    if found.reason:
        return ()
    return (Sensitivity("BCa bootstrap", None, found.excludes(0.0) == main.excludes(0.0)),)


def superiority(match: Match, alpha: float) -> results.Superiority | None:
    """Return the chance that a candidate run beats a baseline run, whatever "better" means."""
    sign = 1 if match.baseline.higher_is_better else -1
    x, y = sign * match.baseline.scores, sign * match.candidate.scores
    if not (len(x) and len(y)):
        return None
    found = ranks.superiority(x, y, paired=match.paired, level=1 - alpha)
    if match.redrawn or not enough(x, y):
        # Redrawn splits overlap: their runs are not independent, as the interval supposes.
        return results.Superiority(
            found.estimate, None, significant=False, meaningful=False, gamma=GAMMA
        )
    return results.Superiority(
        found.estimate,
        bounds(found.low, found.high),
        significant=found.significant(),
        meaningful=found.meaningful(GAMMA),
        gamma=GAMMA,
    )


def steadiness(match: Match) -> results.Spread | None:
    """Return whether the candidate's runs spread less; seed by seed where they are paired."""
    x, y = match.baseline.scores, match.candidate.scores
    if not (len(x) and len(y)):
        return None
    found = spread.brown_forsythe(x, y)
    ratio, p, method, reason = known(found.ratio), known(found.p_value), found.method, found.reason
    if match.redrawn:
        p, reason = None, "runs on overlapping splits are not independent"
    elif match.paired and 0 < found.ratio < math.inf:  # a constant side has nothing to pair
        together = paired_spread.sd_ratio(y, x)
        p, method, reason = known(together.p_value), PAIRED_SPREAD, together.reason
    return results.Spread(ratio, p, method, reason)


def flips(match: Match) -> results.Churn | None:
    """Return the predictions that change; None without predictions on one test set."""
    first, second = match.baseline.runs, match.candidate.runs
    labels = first.labels
    if first.kind != "classification" or labels is None or labels.ndim != 1:
        return None
    if first.predictions is None or second.predictions is None:
        return None
    if not (len(first) and len(second)):
        return None
    found = churn.churn_between(labels, first.predictions, second.predictions, len(first.classes))
    return results.Churn(
        found.between,
        known(found.within_baseline),
        known(found.within_candidate),
        found.gained,
        found.lost,
    )


def failure_comparison(match: Match) -> results.FailureComparison:
    """Return whether one sweep fails more often."""
    first, second = match.baseline, match.candidate
    if not (first.failed or second.failed):
        return results.FailureComparison(0, 0, 1.0, "Boschloo's exact test")
    sides = [(s.failed, s.attempted) for s in (first, second)]
    found = tables.failures(sides[0], sides[1])
    return results.FailureComparison(
        first.failed, second.failed, known(found.p_value), found.method
    )


def bootstrap_check(
    match: Match, alpha: float, rng: np.random.Generator
) -> results.Bootstrap | None:
    """Return the crossed bootstrap beside the crossed interval."""
    x, y = match.baseline.per_example[0], match.candidate.per_example[0]
    if x is None or y is None or match.redrawn or not enough(x, y):
        return None
    differing = max(int((x != y[0]).any(axis=0).sum()), 1)
    draws = min(DRAWS / differing, WORK / (differing * (len(x) + len(y))))
    found = resampling.crossed_bootstrap(
        x, y, paired=match.paired, rng=rng, groups=match.groups,
        resamples=int(np.clip(draws, 199, RESAMPLES)), level=1 - alpha,
    )  # fmt: skip
    return results.Bootstrap(bounds(found.low, found.high), known(found.p_value), found.resamples)
