"""What so many seeds would find: planning from a comparison, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from variance.analysis.advice import POWER
from variance.analysis.pilot import Pilot
from variance.analysis.results import Comparison
from variance.statistics import planned

FEWEST, STEPS, MOST_SEEDS = 3, 28, 10**6
_LONGEST = 10**5


@dataclass(frozen=True)
class Step:
    """The smallest differences that so many seeds find with 80 % power.

    Attributes
    ----------
    seeds : int
        A side.
    test_set, new_data : float or None
        In the metric's own unit; None where the scope does not apply.
    """

    seeds: int
    test_set: float | None
    new_data: float | None


@dataclass(frozen=True)
class Curve:
    """What seeds achieve; see `curve`.

    Attributes
    ----------
    steps : tuple of Step
        By rising number of seeds.
    target : float or None
        The difference to find: the margin, by default the estimate.
    floor : float or None
        What more and more seeds come down to on new data; None where they come down to 0.
    """

    steps: tuple[Step, ...]
    target: float | None
    floor: float | None


def curve(comparison: Comparison) -> Curve | None:
    """Return what seeds achieve, planned as `Comparison.seeds_needed` is.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    Curve or None
        The first step at or below the target is `seeds_needed` in the comparison's scope, and
        `seeds_needed_on_new_data` on new data. None where nothing can be planned.
    """
    pilot, alpha = comparison.pilot, comparison.alpha
    if pilot is None:
        return None
    steps = tuple(step(pilot, n, alpha) for n in _numbers(comparison, pilot))
    endless = step(pilot, MOST_SEEDS, alpha).new_data
    estimate = comparison.effect.estimate if comparison.effect else None
    target = comparison.margin or (None if estimate is None else abs(estimate))
    return Curve(steps, target or None, endless or None)


def step(pilot: Pilot, seeds: int, alpha: float) -> Step:
    """Return what a number of seeds finds in either scope.

    Parameters
    ----------
    pilot : Pilot
    seeds : int
        A side, at least 2.
    alpha : float
        Error rate of the verdict.
    """
    found = planned.detectable(pilot, seeds=seeds, target=POWER, alpha=alpha)
    if pilot.test_share is not None:
        return Step(seeds, None, found)
    if not pilot.examples:
        return Step(seeds, found, None)
    on_new = planned.detectable(
        pilot, seeds=seeds, examples=pilot.examples, target=POWER, alpha=alpha
    )
    return Step(seeds, found, on_new)


def _numbers(c: Comparison, pilot: Pilot) -> Iterable[int]:
    """Return numbers of seeds from 3 to beyond what was run and what is needed, evenly in log."""
    marked = [n for n in (c.seeds_needed, c.seeds_needed_on_new_data) if n and n <= _LONGEST]
    most = 2 * max(*marked, pilot.runs, 20)
    even = np.geomspace(FEWEST, most, STEPS).round().astype(int).tolist()
    return sorted({*even, *(n for n in (*marked, pilot.runs) if n >= FEWEST)})
