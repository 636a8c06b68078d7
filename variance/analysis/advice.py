"""What to add: the smallest effect that can be found, seeds and examples needed, the limit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from variance.analysis.design import Design
from variance.analysis.matching import Match
from variance.analysis.pilot import Pilot
from variance.analysis.plain import known
from variance.statistics import planned
from variance.statistics.crossed import CrossedDifference
from variance.statistics.results import Difference

POWER = 0.8

Limit: TypeAlias = Literal["seeds", "examples"] | None


@dataclass(frozen=True)
class Advice:
    """What would settle a question.

    Attributes
    ----------
    minimum_detectable_effect : float or None
        In the metric's unit, with 80 % power.
    seeds_needed, examples_needed : int or None
        Seeds a side, test examples; None where no number suffices or nothing can be said.
    seeds_needed_on_new_data : int or None
        Seeds a side with the present test examples.
    limit : {"seeds", "examples"} or None
        Which adds more to the uncertainty on new data.
    """

    minimum_detectable_effect: float | None = None
    seeds_needed: int | None = None
    examples_needed: int | None = None
    seeds_needed_on_new_data: int | None = None
    limit: Limit = None


def advise(
    match: Match,
    design: Design,
    over_seeds: Difference,
    over_both: Difference | None,
    *,
    scope: str,
    effect: float | None,
    alpha: float,
) -> Advice:
    """Return what would settle the question in a scope.

    Parameters
    ----------
    match : Match
    design : Design
    over_seeds, over_both : Difference
        This test set and new data.
    scope : str
        The question.
    effect : float, optional
        The difference to find: the margin, by default the estimate.
    alpha : float
    """
    main = over_seeds if scope == "test-set" else over_both
    if main is None or not main.defined:
        return Advice()
    target = effect or abs(main.estimate)
    crossed = over_both if isinstance(over_both, CrossedDifference) else None
    pilot = record(match, design, crossed)
    seeds = seeds_needed(pilot, target, alpha)
    examples, on_new = on_new_data(match, pilot, target, alpha)
    on_new = at_least(on_new, seeds)
    return Advice(
        minimum_detectable_effect=_as_run(match, pilot, scope, alpha),
        seeds_needed=on_new if main is crossed else seeds,
        examples_needed=examples,
        seeds_needed_on_new_data=on_new,
        limit=limit_of(crossed),
    )


def _as_run(match: Match, pilot: Pilot, scope: str, alpha: float) -> float:
    """Return what these very runs find, planned as any other number of runs is."""
    runs = (len(match.baseline.scores), len(match.candidate.scores))
    examples = pilot.examples if scope == "new-data" else None
    return planned.detectable(pilot, seeds=runs, examples=examples, target=POWER, alpha=alpha)


def on_new_data(
    match: Match, pilot: Pilot, effect: float, alpha: float, target: float = POWER
) -> tuple[int | None, int | None]:
    """Return test examples (with the present seeds) and seeds (with the present examples)."""
    if pilot.examples is None or not effect > 0:
        return None, None
    runs = (len(match.baseline.scores), len(match.candidate.scores))
    units = planned.examples_needed(pilot, effect, seeds=runs, target=target, alpha=alpha)
    per_unit = (match.examples or pilot.examples) / pilot.examples
    seeds = planned.seeds_needed(pilot, effect, examples=pilot.examples, target=target, alpha=alpha)
    return whole(units * per_unit), whole(seeds)


def at_least(on_new: int | None, on_test_set: int | None) -> int | None:
    """Return the seeds for new data: never fewer than this test set alone asks for."""
    if on_new is None or on_test_set is None:
        return None
    return max(on_new, on_test_set)


def limit_of(crossed: CrossedDifference | None) -> Limit:
    """Return which adds more to the uncertainty on new data."""
    if crossed is None or not crossed.defined:
        return None
    return {"seeds": "seeds", "examples": "examples"}.get(crossed.limit)  # type: ignore[return-value]


def record(match: Match, design: Design, crossed: CrossedDifference | None) -> Pilot:
    """Return what planning rests on, for those who plan on from the comparison alone.

    Parameters
    ----------
    match : Match
    design : Design
    crossed : CrossedDifference, optional
        The difference on new data, where seeds and examples are both random.
    """
    kept = Pilot.of_scores(
        match.baseline.scores, match.candidate.scores,
        paired=match.paired, test_share=design.test_share,
    )  # fmt: skip
    if crossed is None or known(crossed.seed_component) is None:
        return kept
    return replace(
        kept,
        examples=crossed.examples,
        seed_component=known(crossed.seed_component),
        example_component=known(crossed.example_component),
        rest_component=known(crossed.rest_component),
        example_df=known(crossed.example_df),
    )


def seeds_needed(pilot: Pilot, effect: float, alpha: float, target: float = POWER) -> int | None:
    """Return the seeds a side that find an effect on this test set (or redrawn splits)."""
    if not effect > 0:
        return None
    return whole(planned.seeds_needed(pilot, effect, target=target, alpha=alpha))


def whole(value: float) -> int | None:
    """Return the next whole number; None for infinity."""
    return math.ceil(value) if math.isfinite(value) else None
