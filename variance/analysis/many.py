"""Several candidates against one baseline: Holm across, the winner's lead flagged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from variance.analysis import copies, opinions
from variance.analysis.case import Case
from variance.analysis.comparison import case
from variance.analysis.costs import Costs
from variance.analysis.plain import as_data, bounds, known
from variance.analysis.presented import Presented
from variance.analysis.results import SCOPES, Alert, Comparison, Effect, Scope, Verdict
from variance.analysis.verdicts import within_margin
from variance.errors import UsageError
from variance.records import Runs
from variance.statistics import multiplicity
from variance.statistics.results import Difference

LEAD = {"improved": "is established", "refused": "cannot be judged"}


@dataclass(frozen=True)
class Comparisons(Presented):
    """Several candidates against one baseline; see `compare_many`.

    Attributes
    ----------
    comparisons : tuple of Comparison
        In the order given; verdicts after Holm, intervals simultaneous.
    alpha : float
        Family-wise error of each scope.
    best : str or None
        The candidate with the best mean.
    lead : Comparison or None
        The best candidate against the runner-up, asked as all the others: by itself, for it was
        picked after looking. None where there is no runner-up, or no pairs though asked for.
    alerts : tuple of Alert
    schema : int
    """

    comparisons: tuple[Comparison, ...]
    alpha: float
    best: str | None
    lead: Comparison | None
    alerts: tuple[Alert, ...] = ()
    schema: int = 1

    def __repr__(self) -> str:
        words = ", ".join(f"{c.candidate.name} {c.verdict}" for c in self.comparisons)
        return f"<Comparisons: {words}>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; missing is None."""
        return {
            "schema": self.schema,
            "alpha": self.alpha,
            "comparisons": [c.to_dict() for c in self.comparisons],
            "best": self.best,
            "lead": None if self.lead is None else self.lead.to_dict(),
            "alerts": as_data(self.alerts),
        }


def compare_many(
    baseline: Runs,
    candidates: Sequence[Runs],
    *,
    metric: str | None = None,
    scope: Scope | None = None,
    margin: float | None = None,
    alpha: float = 0.05,
    paired: bool | None = None,
    costs: Costs | None = None,
    seed: int = 0,
) -> Comparisons:
    """Say which candidates are better than the baseline.

    Parameters
    ----------
    baseline : Runs
    candidates : sequence of Runs
        At least one.
    metric, scope, margin, paired, costs, seed
        As in `variance.analysis.comparison.compare`.
    alpha : float
        Family-wise error over the candidates, in each scope.

    Returns
    -------
    Comparisons

    Raises
    ------
    UsageError
        If an argument cannot be used or a candidate is named twice.
    """
    names = [runs.name for runs in candidates]
    if not names or len(set(names)) < len(names):
        raise UsageError(f"candidates need different names: {', '.join(names) or 'there are none'}")
    metric = metric or (None if costs is not None else baseline.metric)
    ask = partial(
        case, metric=metric, scope=scope, margin=margin, alpha=alpha, paired=paired, costs=costs,
        method=None, seed=seed,
    )  # fmt: skip
    cases = [ask(baseline, runs) for runs in candidates]
    results = _together(cases, seed)
    ranked = _ranked(results, cases)
    best = results[ranked[0]].candidate.name if ranked else None
    lead, reason = None, ""
    if len(ranked) > 1:
        first, second = (candidates[i] for i in ranked[:2])
        try:
            lead = ask(second, first).comparison()
        except UsageError as error:  # pairs were asked for, and these two share no seed
            reason = error.message
    return Comparisons(results, alpha, best, lead, _alerts(results, best, lead, reason))


def _together(cases: list[Case], seed: int) -> tuple[Comparison, ...]:
    """Return the comparisons, each judged at its own level."""
    results = tuple(one.comparison() for one in cases)
    alpha = cases[0].alpha
    levels = {
        scope: multiplicity.holm_levels([c.differences[scope].p_value for c in cases], alpha=alpha)
        for scope in SCOPES
    }
    for scope in SCOPES:
        results = _adjusted(results, cases, scope)
    return tuple(
        _beside(result, one, {s: _level(levels[s][i], alpha) for s in SCOPES}, seed)
        for i, (result, one) in enumerate(zip(results, cases, strict=True))
    )


def _level(level: float, alpha: float) -> float:
    return alpha if math.isnan(level) else float(level)


def _beside(result: Comparison, one: Case, levels: Mapping[Scope, float], seed: int) -> Comparison:
    """Hold what stands beside a verdict against the level that the verdict was held to."""
    level = levels["test-set"]
    main, rng = one.differences["test-set"].at_level(1 - level), np.random.default_rng(seed)
    others = opinions.at_level(result.sensitivity, one.match, main, level, rng)
    result = replace(result, sensitivity=others)
    return replace(result, alerts=one.alerts(result, levels))


def _adjusted(
    results: tuple[Comparison, ...], cases: list[Case], scope: Scope
) -> tuple[Comparison, ...]:
    """Return the comparisons with p-values, intervals and verdicts that hold together."""
    found = [one.differences[scope] for one in cases]
    if not any(d.defined for d in found):
        return results
    alpha = cases[0].alpha
    adjusted = multiplicity.holm([d.p_value for d in found])
    together = multiplicity.simultaneous(found, alpha=alpha)
    counted = sum(d.defined for d in found)
    return tuple(
        _with(result, scope, d, wide, float(p), alpha / counted) if d.defined else result
        for result, d, wide, p in zip(results, found, together, adjusted, strict=True)
    )


def _with(
    result: Comparison,
    scope: Scope,
    difference: Difference,
    wide: Difference,
    p_adjusted: float,
    alpha: float,
) -> Comparison:
    """Return the comparison with one scope adjusted; `alpha` is a candidate's own share."""
    margin, effect = result.margin, _effect(result, scope)
    if effect is None:
        return result
    within = beyond = inner = None
    if margin is not None:
        within, inner = within_margin(difference, margin, alpha)
        beyond = wide.low > margin or wide.high < -margin
    verdict: Verdict = "equivalent" if within else "inconclusive"
    if p_adjusted < result.alpha:
        better = (difference.estimate > 0) == result.higher_is_better
        verdict = "improved" if better else "regressed"
    effect = replace(
        effect, ci=bounds(wide.low, wide.high), p_adjusted=known(p_adjusted), equivalent=within,
        beyond_margin=beyond, equivalence=inner,
    )  # fmt: skip
    field = "test_set" if scope == "test-set" else "new_data"
    verdicts = {**result.verdicts, scope: verdict}
    changes: dict[str, Any] = {field: effect, "verdicts": verdicts}
    return replace(result, verdict=verdicts[result.scope], **changes)


def _effect(result: Comparison, scope: Scope) -> Effect | None:
    return result.test_set if scope == "test-set" else result.new_data


def _ranked(results: tuple[Comparison, ...], cases: list[Case]) -> list[int]:
    """Return the comparable candidates that are no copies, the best mean first."""
    means_of = [
        (c.candidate.mean if c.higher_is_better else -c.candidate.mean, i)
        for i, c in enumerate(results)
        if c.candidate.mean is not None
        and not cases[i].match.problem
        and not copies.refusal_of_one(cases[i].match.candidate.runs)
    ]
    return [i for _, i in sorted(means_of, reverse=True)]


def _alerts(
    results: tuple[Comparison, ...], best: str | None, lead: Comparison | None, reason: str
) -> tuple[Alert, ...]:
    if best is None or len(results) < 2:
        return ()
    over = f" Its lead over the next cannot be judged: {reason}." if reason else ""
    if lead is not None:
        word = LEAD.get(lead.verdict, "is not established")
        over = f" Its lead over {lead.baseline.name} {word}."
    return (
        Alert(
            "winners-curse",
            f"{best} is the best of {len(results)} candidates, so its lead is likely to shrink "
            f"when it is trained again with new seeds.{over}",
        ),
    )
