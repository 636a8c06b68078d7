"""Seeds and test examples needed before a difference can be established."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from variance.analysis import advice, copies
from variance.analysis.advice import Limit
from variance.analysis.case import Case
from variance.analysis.comparison import case
from variance.analysis.pilot import Pilot
from variance.analysis.plain import as_data, count
from variance.analysis.presented import Presented
from variance.analysis.sample import sample
from variance.analysis.scale import check_size
from variance.errors import Refusal, UsageError
from variance.records import Runs
from variance.statistics import planned
from variance.statistics.crossed import CrossedDifference

__all__ = ["Plan", "PlanStep", "plan"]

STEPS = (3, 5, 10, 20, 30, 50, 100)


@dataclass(frozen=True)
class PlanStep:
    """What so many seeds achieve.

    Attributes
    ----------
    seeds : int
        A side.
    power : float
        Chance to establish the effect on this test set (new data where the split is redrawn).
    detectable : float
        Effect that is found with the power asked for.
    """

    seeds: int
    power: float
    detectable: float


@dataclass(frozen=True)
class Plan(Presented):
    """What is needed to establish an effect; see `plan`.

    Attributes
    ----------
    baseline : str
    candidate : str or None
    metric : str
    effect, power, alpha : float
        The difference to find, the chance to find it, the error rate.
    paired : bool
        Whether runs are to be compared pair by pair.
    sd, sd_upper : float
        SD of the paired differences (of one side's scores, where unpaired) in the pilot, and
        its upper 80 % limit, which the plan rests on.
    runs : int
        Pilot runs (pairs).
    scope : str
        Which question `seeds_needed` and `steps` answer.
    seeds_needed : int or None
        Seeds a side; None where no number suffices.
    seeds_needed_on_new_data : int or None
        With the present test examples.
    examples : int or None
        Test examples there are.
    examples_needed : int or None
        On new data with the present seeds.
    limit : {"seeds", "examples"} or None
        What adds more to the uncertainty on new data.
    pairing_pays : float or None
        Correlation between the scores of equal seeds from which comparing them in pairs finds
        smaller differences than planned here; None where pairs are planned with.
    steps : tuple of PlanStep
    unavailable : mapping of str to str
        What could not be computed, and why.
    mean : float or None
        Of the baseline's pilot runs: tells whether a share is given in percent.
    schema : int
    """

    baseline: str
    candidate: str | None
    metric: str
    effect: float
    power: float
    alpha: float
    paired: bool
    sd: float
    sd_upper: float
    runs: int
    scope: str
    seeds_needed: int | None
    seeds_needed_on_new_data: int | None = None
    examples: int | None = None
    examples_needed: int | None = None
    limit: Limit = None
    pairing_pays: float | None = None
    steps: tuple[PlanStep, ...] = ()
    unavailable: Mapping[str, str] = field(default_factory=dict)
    mean: float | None = None
    schema: int = 1

    def __repr__(self) -> str:
        needed = "no number of" if self.seeds_needed is None else self.seeds_needed
        return f"<Plan {self.effect:.6g} in {self.metric} ({self.scope}): {needed} seeds a side>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; missing is None."""
        data: dict[str, Any] = as_data(self)
        return {"schema": data.pop("schema"), **data}


def plan(
    baseline: Runs,
    candidate: Runs | None = None,
    *,
    effect: float,
    metric: str | None = None,
    target_power: float = 0.8,
    alpha: float = 0.05,
    paired: bool | None = None,
) -> Plan:
    """Say how many seeds and test examples establish an effect.

    Parameters
    ----------
    baseline : Runs
        Pilot runs.
    candidate : Runs, optional
        Pilot runs of the changed model: they tell how well pairs go together and how much the
        test examples add. Without them two independent sweeps as steady as the baseline are
        planned.
    effect : float
        The difference worth finding, in the metric's own unit; its sign does not matter.
    metric : str, optional
        The baseline's own by default.
    target_power : float
        Chance to find the effect.
    alpha : float
        Error rate of the verdict.
    paired : bool, optional
        As in `variance.analysis.comparison.compare`.

    Returns
    -------
    Plan

    Raises
    ------
    UsageError
        If an argument cannot be used.
    Refusal
        If the pilot runs are too few, or cannot be compared.
    """
    if not (math.isfinite(effect) and effect != 0):
        raise UsageError(f"the effect must be a number other than 0; it is {effect}")
    if not alpha < target_power < 1:
        raise UsageError(f"the power must lie between alpha and 1; it is {target_power}")
    check_size(sample(baseline, metric, None), abs(effect), "effect")
    asked = _Asked(abs(effect), target_power, alpha)
    if candidate is None:
        return replace(_from_one(baseline, metric, asked), mean=_mean(baseline, metric))
    one = case(
        baseline, candidate, metric=metric, scope=None, margin=None, alpha=alpha, paired=paired,
        costs=None, method=None, seed=0,
    )  # fmt: skip
    if one.refusal:
        raise Refusal(f"no plan can be made from these runs: {one.refusal}")
    return replace(_from_two(one, asked), mean=_mean(baseline, metric))


def _mean(baseline: Runs, metric: str | None) -> float:
    return float(sample(baseline, metric, None).scores.mean())


@dataclass(frozen=True)
class _Asked:
    effect: float
    power: float
    alpha: float


def _from_one(baseline: Runs, metric: str | None, asked: _Asked) -> Plan:
    chosen = sample(baseline, metric, None)
    x = chosen.scores
    if len(x) < 3:
        raise Refusal(
            f"{count(len(x), 'usable run')}; at least 3 are needed to plan with",
            f"Train more: variance sweep --seeds 10 --name {baseline.name}",
        )
    reason = copies.refusal_of_one(baseline)
    if not np.ptp(x):
        reason = (
            f"all runs of {baseline.name} have the same {chosen.metric}, so luck has no measure"
        )
    if reason:
        raise Refusal(f"no plan can be made from these runs: {reason}")
    share = _share(baseline)
    pilot = Pilot.of_scores(x, paired=False, test_share=share)
    seeds = advice.seeds_needed(pilot, asked.effect, asked.alpha, asked.power)
    return Plan(
        baseline.name, None, chosen.metric, asked.effect, asked.power, asked.alpha,
        paired=False,
        sd=pilot.sd,
        sd_upper=pilot.sd_upper,
        runs=len(x),
        scope="new-data" if baseline.redrawn else "test-set",
        seeds_needed=seeds,
        examples=baseline.test_size,
        pairing_pays=None if seeds is None else _pairing_pays(seeds, asked),
        steps=_steps(asked, pilot),
        unavailable={"new_data": "how much the test examples add shows only beside a candidate"},
    )  # fmt: skip


def _pairing_pays(seeds: int, asked: _Asked) -> float:
    return planned.pairing_pays(seeds, target=asked.power, alpha=asked.alpha)


def _from_two(one: Case, asked: _Asked) -> Plan:
    matched = one.match
    crossed = one.differences["new-data"]
    components = crossed if isinstance(crossed, CrossedDifference) else None
    pilot = advice.record(matched, one.design, components)
    examples, on_new = advice.on_new_data(matched, pilot, asked.effect, asked.alpha, asked.power)
    seeds = advice.seeds_needed(pilot, asked.effect, asked.alpha, asked.power)
    reason = "" if components or matched.redrawn else crossed.reason
    return Plan(
        matched.baseline.runs.name,
        matched.candidate.runs.name,
        matched.baseline.metric,
        asked.effect,
        asked.power,
        asked.alpha,
        paired=matched.paired,
        sd=pilot.sd,
        sd_upper=pilot.sd_upper,
        runs=matched.smallest,
        scope=one.scope,
        seeds_needed=seeds,
        seeds_needed_on_new_data=advice.at_least(on_new, seeds),
        examples=matched.examples,
        examples_needed=examples,
        limit=advice.limit_of(components),
        steps=_steps(asked, pilot),
        unavailable={"new_data": reason} if reason else {},
    )


def _share(runs: Runs) -> float | None:
    if not runs.redrawn:
        return None
    if not (runs.test_size and runs.train_size):
        raise Refusal(f"how many examples the runs of {runs.name} were trained on is unknown")
    return runs.test_size / runs.train_size


def _steps(asked: _Asked, pilot: Pilot) -> tuple[PlanStep, ...]:
    if pilot.sd == 0:
        return ()
    steps = []
    for n in STEPS:
        chance = planned.power(pilot, asked.effect, seeds=n, alpha=asked.alpha)
        found = planned.detectable(pilot, seeds=n, target=asked.power, alpha=asked.alpha)
        steps.append(PlanStep(n, chance, found))
    return tuple(steps)
