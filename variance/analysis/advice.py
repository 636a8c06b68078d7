"""What to add: the smallest effect that can be found, seeds and examples needed, the limit."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from variance.analysis.design import Design
from variance.analysis.matching import Match
from variance.analysis.pilot import Pilot
from variance.analysis.plain import known
from variance.statistics import power
from variance.statistics.crossed import CrossedDifference
from variance.statistics.results import Difference

POWER = 0.8
MOST_SEEDS = 10**6

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


def detectable(difference: Difference, alpha: float) -> float | None:
    """Return the true difference that a procedure finds with 80 % power at its present size."""
    if not difference.defined:
        return None
    effects = [
        # As if from df + 1 pairs, whose mean has this standard error.
        power.detectable_effect(pivot.df + 1, power=POWER, alpha=alpha)
        * math.sqrt(pivot.df + 1)
        * pivot.standard_error
        for pivot in difference.pivots
        if pivot.df >= 1
    ]
    return max(effects, default=None)


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
    examples, on_new = on_new_data(match, crossed, target, alpha)
    seeds = seeds_needed(match, design, target, alpha)
    on_new = at_least(on_new, seeds)
    return Advice(
        minimum_detectable_effect=detectable(main, alpha),
        seeds_needed=on_new if main is crossed else seeds,
        examples_needed=examples,
        seeds_needed_on_new_data=on_new,
        limit=limit_of(crossed),
    )


def on_new_data(
    match: Match,
    crossed: CrossedDifference | None,
    effect: float,
    alpha: float,
    target: float = POWER,
) -> tuple[int | None, int | None]:
    """Return test examples (with the present seeds) and seeds (with the present examples)."""
    if crossed is None or not crossed.defined or not effect > 0:
        return None, None
    units = power.examples_needed(crossed, effect, power=target, alpha=alpha)
    per_unit = (match.examples or crossed.examples) / crossed.examples
    seeds = power.seeds_needed_on_new_data(crossed, effect, power=target, alpha=alpha)
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


def pilot(match: Match) -> tuple[float, float, str]:
    """Return the SD that seeds are planned with, its upper limit, and the design.

    The SD of the paired differences, or of one side's scores where unpaired.
    """
    x, y = match.baseline.scores, match.candidate.scores
    if match.paired:
        sd = float((y - x).std(ddof=1))
        return sd, power.upper_sd(sd, len(x)), "paired"
    sd = math.sqrt((float(x.var(ddof=1)) + float(y.var(ddof=1))) / 2)
    return sd, power.upper_sd(sd, len(x) + len(y) - 1), "two-sample"


def record(match: Match, design: Design, crossed: CrossedDifference | None) -> Pilot:
    """Return what planning rests on, for those who plan on from the comparison alone.

    Parameters
    ----------
    match : Match
    design : Design
    crossed : CrossedDifference, optional
        The difference on new data, where seeds and examples are both random.
    """
    sd, upper, _ = pilot(match)
    kept = Pilot(match.smallest, match.paired, sd, upper, design.test_share)
    if crossed is None or not crossed.defined:
        return kept
    return replace(
        kept,
        examples=crossed.examples,
        seed_component=known(crossed.seed_component),
        example_component=known(crossed.example_component),
        rest_component=known(crossed.rest_component),
    )


def seeds_needed(match: Match, design: Design, effect: float, alpha: float) -> int | None:
    """Return the seeds a side that find an effect with 80 % power, by the pilot's upper SD."""
    if not effect > 0:
        return None
    _, sd, kind = pilot(match)
    if design.test_share is None:
        return whole(power.seeds_needed(effect, sd, design=kind, power=POWER, alpha=alpha))
    return seeds_redrawn(effect / sd, design.test_share, kind, alpha) if sd > 0 else 3


def seeds_redrawn(
    effect_size: float, test_share: float, kind: str, alpha: float, target: float = POWER
) -> int | None:
    """Return the redrawn splits that reach a power; None where their overlap forbids it.

    Parameters
    ----------
    effect_size : float
        Difference over SD, as in `variance.statistics.power.t_power`.
    test_share : float
        n_test / n_train.
    kind : {"paired", "two-sample"}
    alpha, target : float
        Error rate and power.
    """

    def reached(n: int) -> bool:
        shrunk = effect_size / math.sqrt(1 + n * test_share)
        return power.t_power(shrunk, n, design=kind, alpha=alpha) >= target

    high = 3
    while not reached(high):
        high *= 2
        if high > MOST_SEEDS:
            return None
    low = 2 if high == 3 else high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high


def whole(value: float) -> int | None:
    """Return the next whole number; None for infinity."""
    return math.ceil(value) if math.isfinite(value) else None
