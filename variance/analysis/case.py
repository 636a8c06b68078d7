"""One comparison while it is being made: differences, verdicts, and all that stands beside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from variance.analysis import (
    advice,
    alerts,
    copies,
    judgement,
    methods,
    metrics,
    opinions,
    parts,
    scale,
)
from variance.analysis.design import Design, enough, nothing
from variance.analysis.matching import MIN_RUNS, Match
from variance.analysis.metrics import Floats
from variance.analysis.plain import bounds, count, known
from variance.analysis.results import (
    SCOPES,
    Alert,
    CellEffect,
    Comparison,
    Effect,
    Interval,
    PartEffect,
    Scope,
    Side,
    Verdict,
)
from variance.analysis.sample import Sample
from variance.analysis.verdicts import effect, verdict
from variance.statistics import intervals, resampled
from variance.statistics.crossed import CrossedDifference
from variance.statistics.results import Difference

NO_FIXED_TEST_SET = "the seed redraws the split: there is no fixed test set"


@dataclass(frozen=True, eq=False)
class Case:
    """Two matched sweeps and the question asked of them.

    Attributes
    ----------
    match : Match
    scope : {"test-set", "new-data"}
        Whose verdict is the headline.
    margin : float or None
    alpha : float
    seed : int
        Of the resampling.
    method : str or None
        A procedure asked for by name, which then decides.
    """

    match: Match
    scope: Scope
    margin: float | None
    alpha: float
    seed: int
    method: str | None = None

    @cached_property
    def design(self) -> Design:
        """How the runs are compared."""
        return Design.of(self.match, self.alpha, self.seed)

    @cached_property
    def differences(self) -> Mapping[Scope, Difference]:
        """Candidate minus baseline in each scope, by the procedures that decide by default."""
        return {"test-set": self._on_test_set(), "new-data": self._on_new_data()}

    def comparison(self) -> Comparison:
        """Return the answer."""
        found, first = self.differences, self.match.baseline
        verdicts: dict[Scope, Verdict] = {s: self._verdict(found[s]) for s in SCOPES}
        result = Comparison(
            metric=first.metric,
            higher_is_better=first.higher_is_better,
            alpha=self.alpha,
            margin=self.margin,
            baseline=self._side(first),
            candidate=self._side(self.match.candidate),
            pairing=self.match.pairing,
            test_set=self._effect("test-set", found["test-set"]),
            new_data=self._effect("new-data", found["new-data"]),
            superiority=None,
            verdict=verdicts[self.scope],
            scope=self.scope,
            verdicts=verdicts,
            refused={s: found[s].reason for s in SCOPES if verdicts[s] == "refused"},
            failures=opinions.failure_comparison(self.match),
            method=found[self.scope].method,
        )
        if self.method:
            result = self._by_method(result)
        if not self.refusal:
            result = self._deepened(result)
        result = replace(result, unavailable=self._unavailable(result))
        return replace(result, alerts=self.alerts(result))

    @cached_property
    def refusal(self) -> str:
        """Why no question at all can be answered; empty where one can."""
        if self.match.problem:
            return self.match.problem[1]
        first, second = self.match.baseline, self.match.candidate
        for side in (first, second):
            if side.failed and not len(side.scores):
                return f"every run of {side.runs.name} failed ({side.failed})"
        if not enough(first.scores, second.scores):
            noun = "pair" if self.match.paired else "run"
            where = "of runs" if self.match.paired else "a side"
            return (
                f"{count(self.match.smallest, noun)} {where}; at least {MIN_RUNS} are needed "
                "to tell a difference from luck"
            )
        if alerts.same_runs(self.match):
            return "both sweeps hold the same runs, so the change changed nothing"
        if alerts.nothing_varied(first.runs) and alerts.nothing_varied(second.runs):
            return "nothing varied between the runs of either sweep, so luck has no measure"
        return copies.refusal(first.runs, second.runs)

    def _on_test_set(self) -> Difference:
        x, y = self.match.baseline.scores, self.match.candidate.scores
        reason = self.refusal or (NO_FIXED_TEST_SET if self.match.redrawn else "")
        if reason:
            return nothing(x, y, 1 - self.alpha, reason)
        return self.design.over_seeds(x, y)

    def _on_new_data(self) -> Difference:
        first, second = self.match.baseline, self.match.candidate
        reason = self.refusal or self._without_examples()
        if reason:
            return nothing(first.scores, second.scores, 1 - self.alpha, reason)
        if self.match.redrawn:
            return self.design.over_seeds(first.scores, second.scores)
        mine, theirs = first.per_example[0], second.per_example[0]
        return self.design.over_seeds_and_examples(
            np.asarray(mine), np.asarray(theirs), self.match.groups
        )

    def _without_examples(self) -> str:
        """Return why nothing can be said about new data."""
        if self.match.redrawn:
            share = self.match.test_share
            return "" if share else "how many examples a run was trained on is unknown"
        sides = (self.match.baseline, self.match.candidate)
        return next((s.per_example[1] for s in sides if s.per_example[1]), "")

    def _verdict(self, difference: Difference) -> Verdict:
        higher = self.match.baseline.higher_is_better
        return verdict(difference, higher_is_better=higher, margin=self.margin, alpha=self.alpha)

    def _effect(self, scope: Scope, difference: Difference) -> Effect | None:
        """Return the effect; None where the scope makes no sense or nothing is comparable."""
        if self.match.problem or (scope == "test-set" and self.match.redrawn):
            return None
        if scope == "new-data" and self._without_examples():
            return None
        groups = None
        if isinstance(difference, CrossedDifference) and self.match.groups is not None:
            groups = difference.examples
        return effect(
            difference, margin=self.margin, alpha=self.alpha, examples=self.match.examples,
            groups=groups,
        )  # fmt: skip

    def _side(self, sample: Sample) -> Side:
        x, level, share = sample.scores, 1 - self.alpha, self.design.test_share
        if not len(x):
            return Side(sample.runs.name, 0, sample.failed, None, None, None)
        if share is not None:
            around = resampled.corrected_mean_interval(x, test_share=share, level=level)
        else:
            around = intervals.mean_interval(x, level=level)
        unknown = around.reason or (self.match.redrawn and share is None)
        ci = None if unknown else self._limits(bounds(around.low, around.high), x)
        sd = known(intervals.sd_interval(x, level=level).estimate)
        return Side(sample.runs.name, len(x), sample.failed, float(x.mean()), sd, ci)

    def _limits(self, ci: Interval, x: Floats) -> Interval:
        """Return the interval without what the metric cannot reach."""
        return metrics.within_limits(ci, self.match.baseline.metric, x)

    def _by_method(self, result: Comparison) -> Comparison:
        """Let the procedure asked for decide in the scope it speaks of."""
        name = self.method or ""
        decision = methods.decide(name, self.match, self.design, self.margin, self.alpha, self.seed)
        refused = {s: r for s, r in result.refused.items() if s != decision.scope}
        if decision.verdict == "refused":
            refused[decision.scope] = decision.effect.reason
        verdicts = {**result.verdicts, decision.scope: decision.verdict}
        on_test_set = decision.scope == "test-set"
        return replace(
            result,
            test_set=decision.effect if on_test_set else result.test_set,
            new_data=result.new_data if on_test_set else decision.effect,
            scope=decision.scope,
            verdict=decision.verdict,
            verdicts=verdicts,
            refused=refused,
            method=name,
        )

    def _deepened(self, result: Comparison) -> Comparison:
        """Add everything that does not decide."""
        rng = np.random.default_rng(self.seed)
        found, new_data = self.differences, result.new_data
        if new_data is not None and found["new-data"].defined and new_data.bootstrap is None:
            check = opinions.bootstrap_check(self.match, self.alpha, rng)
            new_data = replace(new_data, bootstrap=check)
        advised = advice.advise(
            self.match, self.design, found["test-set"], found["new-data"],
            scope=result.scope, effect=self.margin, alpha=self.alpha,
        )  # fmt: skip
        return replace(
            result,
            new_data=new_data,
            superiority=opinions.superiority(self.match, self.alpha),
            sensitivity=opinions.sensitivity(self.match, found["test-set"], self.alpha, rng),
            minimum_detectable_effect=advised.minimum_detectable_effect,
            seeds_needed=advised.seeds_needed,
            examples_needed=advised.examples_needed,
            seeds_needed_on_new_data=advised.seeds_needed_on_new_data,
            limit=advised.limit,
            pilot=advice.record(self.match, self.design, _crossed(found["new-data"])),
            per_class=self._parts(parts.class_family(self.match)),
            per_slice=self._parts(parts.slice_family(self.match)),
            confusion=self._cells[0],
            churn=opinions.flips(self.match),
            spread=opinions.steadiness(self.match),
        )

    def _parts(self, family: parts.Family | None) -> tuple[PartEffect, ...] | None:
        if family is None:
            return None
        return parts.part_effects(family, self.match, self.design, self.scope, self.alpha)

    @cached_property
    def _cells(self) -> tuple[tuple[CellEffect, ...], str]:
        return parts.cell_effects(self.match, self.design)

    def _unavailable(self, result: Comparison) -> Mapping[str, str]:
        reasons: dict[str, str] = dict(result.refused)
        if self.refusal:
            return reasons
        if self.match.redrawn:
            for name in ("sensitivity", "superiority", "spread"):
                reasons[name] = "runs on overlapping splits are not independent"
        if self.match.baseline.runs.kind == "regression":
            if result.per_slice is None:
                reasons["per_slice"] = "no predictions are stored"
            return reasons
        if result.per_class is None:
            reasons["per_class"] = "neither predictions nor confusion counts are stored"
        elif not result.confusion:
            reasons["confusion"] = self._cells[1]
        if result.churn is None:
            reasons["churn"] = "no predictions on one shared test set are stored"
        return {name: reason for name, reason in reasons.items() if reason}

    def alerts(
        self, result: Comparison, levels: Mapping[Scope, float] | None = None
    ) -> tuple[Alert, ...]:
        """Return what a reader must know before believing the result.

        Parameters
        ----------
        result : Comparison
        levels : mapping of str to float, optional
            What the verdict of each scope was held to; `alpha` by default.
        """
        held = levels or dict.fromkeys(SCOPES, self.alpha)
        problem = [Alert(*self.match.problem)] if self.match.problem else []
        wide = scale.wide_margin(self.match.baseline, self.margin)
        on_new_data = judgement.of_new_data(self.differences["new-data"], result.metric)
        found = judgement.alerts(result, held)
        return (*problem, *wide, *alerts.of_match(self.match), *on_new_data, *found)


def _crossed(difference: Difference) -> CrossedDifference | None:
    return difference if isinstance(difference, CrossedDifference) else None
