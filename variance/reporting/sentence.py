"""The verdict as a sentence whose words never outrun their scope."""

from __future__ import annotations

from variance.analysis.results import SCOPES, Comparison, Effect, Scope
from variance.wording.quantities import Unit, half_width, level_text

WHERE: dict[Scope, str] = {"test-set": "on this test set", "new-data": "on new data"}
_OTHER: dict[Scope, Scope] = {"test-set": "new-data", "new-data": "test-set"}


def unit_of(comparison: Comparison) -> Unit:
    """Return how the comparison's metric is shown."""
    return Unit.of(comparison.metric, (comparison.baseline.mean, comparison.candidate.mean))


def sentence(comparison: Comparison) -> str:
    """Return the verdict of the comparison's scope, then that of the other one."""
    scope = comparison.scope
    if comparison.method == "mcnemar" and comparison.verdict != "refused":
        return _single_models(comparison)
    redrawn = "no fixed test set" in comparison.refused.get("test-set", "")
    if all(comparison.verdicts[s] == "refused" for s in SCOPES) and not redrawn:
        return _both_refused(comparison)
    main = _main(comparison, scope)
    if redrawn and scope == "new-data":
        return f"{main}; every run splits the data anew, so there is no fixed test set."
    return f"{main}; {_rest(comparison, scope)}."


def _both_refused(comparison: Comparison) -> str:
    refused, scope = comparison.refused, comparison.scope
    first, other = refused[scope], refused[_OTHER[scope]]
    names = f"{comparison.candidate.name} CANNOT BE JUDGED against {comparison.baseline.name}"
    if first == other:
        return f"{names}: {first}."
    where, elsewhere = WHERE[scope], WHERE[_OTHER[scope]]
    return f"{names} {where}: {first}; {elsewhere}: {other}."


def _single_models(comparison: Comparison) -> str:
    one, other = comparison.candidate.name, comparison.baseline.name
    words = {
        "improved": f"The single model of {one} is BETTER than that of {other} on new data",
        "regressed": f"The single model of {one} is WORSE than that of {other} on new data",
    }.get(comparison.verdict, f"NO DIFFERENCE IS ESTABLISHED between the single models of {one} "
          f"and {other} on new data")  # fmt: skip
    return f"{words}; of other trainings of either, one run tells nothing."


def _main(comparison: Comparison, scope: Scope) -> str:
    one, other, where = comparison.candidate.name, comparison.baseline.name, WHERE[scope]
    margin = _margin(comparison, _effect(comparison, scope))
    return {
        "improved": f"{one} is a REAL IMPROVEMENT over {other} {where}{margin}",
        "regressed": f"{one} is a REAL REGRESSION from {other} {where}{margin}",
        "equivalent": f"{one} is EQUIVALENT to {other} {where}{_within(comparison, scope)}",
        "inconclusive": f"NO DIFFERENCE IS ESTABLISHED between {one} and {other} {where}",
        "refused": f"{one} CANNOT BE JUDGED against {other} {where}: "
        f"{comparison.refused.get(scope, '')}",
    }[comparison.verdicts[scope]]


def _rest(comparison: Comparison, scope: Scope) -> str:
    other = _OTHER[scope]
    verdict, where = comparison.verdicts[other], WHERE[other]
    if verdict == "refused":
        return f"{where} it cannot be judged: {comparison.refused.get(other, '')}"
    if verdict == comparison.verdicts[scope]:
        return f"{where} neither" if verdict == "inconclusive" else f"{where} too"
    return {
        "improved": f"{where} it is a REAL IMPROVEMENT",
        "regressed": f"{where} it is a REAL REGRESSION",
        "equivalent": f"{where} it is EQUIVALENT{_within(comparison, other)}",
        "inconclusive": f"{where} it is NOT YET ESTABLISHED",
    }[verdict]


def _effect(comparison: Comparison, scope: Scope) -> Effect | None:
    return comparison.test_set if scope == "test-set" else comparison.new_data


def _margin(comparison: Comparison, effect: Effect | None) -> str:
    if effect is None or comparison.margin is None:
        return ""
    size = unit_of(comparison).size(comparison.margin)
    if effect.beyond_margin:
        return f", by more than the margin of {size}"
    if effect.equivalent:
        return f", though by less than the margin of {size}"
    return ""


def _within(comparison: Comparison, scope: Scope) -> str:
    """Return the margin, and the interval that lies within it."""
    unit, effect = unit_of(comparison), _effect(comparison, scope)
    margin = f"within ± {unit.size(comparison.margin or 0.0)}"
    if effect is None or effect.equivalence is None:
        return f" ({margin})"
    inner = effect.equivalence
    ends = unit.interval(inner.ci, unit.digits(half_width(inner.ci)))
    return f" ({level_text(1 - inner.level)} interval {ends} {margin})"
