"""Where the spread between runs comes from, as sentences and tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isinf
from typing import TYPE_CHECKING

from variance.analysis.source_results import CrossedResult, MachineResult
from variance.reporting.crossed_text import crossed_document
from variance.reporting.document import Block, Document, Table, Text, rows
from variance.reporting.layout import render
from variance.reporting.machine_text import machine_document
from variance.wording.quantities import NOTHING, Unit, level_text, p_text, plural
from variance.wording.sources import called, ratio_text, sd_text, share_of_spread

if TYPE_CHECKING:
    from variance.analysis.source_results import Arm, Pair, SourcesResult

SAME = {
    "bits": "every run is the same bits",
    "predictions": "every run predicts the same",
    "scores": "every run scores the same",
}
MARKS = {"less": "▼", "more": "▲", "open": "~"}


def render_sources(
    result: SourcesResult | CrossedResult | MachineResult,
    *,
    color: bool = False,
    width: int = 100,
    per_class: bool = False,
) -> str:
    """Return where the spread comes from, as people read it.

    Parameters
    ----------
    result : SourcesResult, CrossedResult or MachineResult
    color : bool
        Whether to add ANSI colours.
    width : int
        Columns that sentences are wrapped to.
    per_class : bool
        Whether to show the SD of each class's recall in every arm.
    """
    if isinstance(result, CrossedResult):
        document = crossed_document(result)
    elif isinstance(result, MachineResult):
        document = machine_document(result)
    else:
        document = sources_document(result, per_class=per_class)
    return render(document, color=color, width=width)


def sources_document(result: SourcesResult, *, per_class: bool = False) -> Document:
    """Return what is shown of the arms.

    Parameters
    ----------
    result : SourcesResult
    per_class : bool
        As in `render_sources`.
    """
    return Document.of(
        _head(result), _body(result), [_classes(result)] if per_class else [],
    )  # fmt: skip


def _head(r: SourcesResult) -> Iterator[Block]:
    first, *others = sentences(r)
    yield Text(first, "lead", "bold")
    yield from map(Text, others)


def _body(r: SourcesResult) -> Iterator[Block]:
    yield Table("Spread in each arm", rows(_rows(r)), HEADS)
    yield from (Text(note, "legend") for note in _legend(r))
    yield from (Text(alert, "alert") for alert in _alerts(r))
    yield from (Text(note, "note") for note in _notes(r))


def unit_of(r: SourcesResult) -> Unit:
    """Return how the metric is shown."""
    return Unit.of(r.metric, [score for arm in r.arms for score in arm.scores])


def sentences(r: SourcesResult) -> list[str]:
    """Return what is found, the most important first."""
    found = [_headline(r)]
    found += [_about(r, arm) for arm in r.arms if arm.kind in ("source", "nudge") and arm.runs > 1]
    found += [_about_none(r, arm) for arm in r.arms if arm.kind == "none" and arm.runs > 1]
    found += [*_about_pairs(r), *_about_sum(r)]
    return found


def _headline(r: SourcesResult) -> str:
    whole = r.arm("all")
    most = max(arm.runs for arm in r.arms)
    lead = (
        f"{r.experiment}: where the spread of {r.metric.replace('_', ' ')} between runs comes from"
    )
    if whole is None or whole.sd is None:
        return f"{lead}; up to {plural(most, 'run')} an arm."
    unit = unit_of(r)
    if not whole.sd:
        return f"{lead}. With everything varied nothing varies: {_zero(whole)}."
    return (
        f"{lead}. With everything varied its SD is {sd_text(unit, whole.sd, whole.sd_ci)} "
        f"over {plural(whole.runs, 'run')}."
    )


def _zero(arm: Arm) -> str:
    if arm.same:
        return SAME[arm.same]
    return "every run scores the same, though not all of them predict the same"


def _about(r: SourcesResult, arm: Arm) -> str:
    nudge = arm.kind == "nudge"
    lead = (
        "Moving one initial weight by one unit in the last place, and nothing else,"
        if nudge
        else f"Varying only {called(arm.name)}"
    )
    if not arm.sd:
        return f"{lead} gives no spread: {_zero(arm)}."
    tail = " Training amplifies even so small a change that far." if nudge else ""
    ratio = arm.ratio
    if ratio is None or ratio.estimate is None:
        return f"{lead} gives an SD of {unit_of(r).size(arm.sd)}.{tail}"
    shown = ratio_text(ratio.estimate, ratio.ci)
    words = share_of_spread(ratio.estimate)
    return f"{lead} gives {words} everything together ({shown}){_standing(r, arm)}.{tail}"


def _standing(r: SourcesResult, arm: Arm) -> str:
    """Return what is established of an arm beside the one that varies everything."""
    ratio = arm.ratio
    if ratio is None or ratio.p_adjusted is None:
        return "" if ratio is None else f"; no interval: {ratio.reason}"
    if ratio.relation == "open":
        return "; the two are not told apart"
    side = "less" if ratio.relation == "less" else "more"
    return f", established to be {side} (p = {p_text(ratio.p_adjusted, r.alpha)})"


def _about_none(r: SourcesResult, arm: Arm) -> str:
    if not arm.sd:
        adds = {
            "bits": "the machine adds nothing",
            "predictions": "the machine adds nothing that shows in predictions",
        }.get(arm.same, "the machine adds nothing that shows in the score")
        return f"With nothing varied {_zero(arm)}: {adds}."
    return (
        f"With nothing varied runs still differ, with an SD of {unit_of(r).size(arm.sd)}: that "
        "much the machine adds, and it is part of every arm."
    )


def _about_pairs(r: SourcesResult) -> Iterator[str]:
    judged = [pair for pair in r.pairs if pair.ratio.p_adjusted is not None]
    for pair in judged:
        if pair.ratio.relation != "open":
            yield _established(pair, r.alpha)
    unclear = [pair for pair in judged if pair.ratio.relation == "open"]
    if unclear and len(unclear) == len(judged):
        yield "Which of the sources gives more spread than another is not established."
    elif unclear:
        names = ", ".join(f"{pair.first} and {pair.second}" for pair in unclear)
        yield f"Not told apart: {names}."


def _established(pair: Pair, alpha: float) -> str:
    ratio = pair.ratio
    estimate, ci, more, less = ratio.estimate or 0.0, ratio.ci, pair.first, pair.second
    if ratio.relation == "less":
        more, less = less, more
        estimate = 1 / estimate
        ci = (1 / ci[1], 1 / ci[0] if ci[0] else float("inf")) if ci else None
    return (
        f"{more} gives more spread than {less}: {ratio_text(estimate, ci)} times as much "
        f"(p = {p_text(ratio.p_adjusted, alpha)})."
    )


def _about_sum(r: SourcesResult) -> Iterator[str]:
    found = r.variances
    if found is None:
        return
    lead = (
        "The variances of the single sources add up to "
        f"{ratio_text(found.estimate, found.ci)} times that of everything together"
    )
    if found.ci is None:
        yield f"{lead}."
    elif found.ci[0] > 1:
        yield f"{lead}: the sources interact, and each alone sets off part of the same spread."
    elif found.ci[1] < 1:
        yield f"{lead}: held at seed 0, sources spread less than where they vary."
    else:
        yield f"{lead}; whether they simply add up (1) is not established."


HEADS = ("arm", "runs", "SD over runs", "churn", "times the SD of all")


def _rows(r: SourcesResult) -> Iterator[tuple[str, ...]]:
    unit = unit_of(r)
    for arm in r.arms:
        failed = f" ({arm.failed} failed)" if arm.failed else ""
        yield arm.name, f"{arm.runs}{failed}", _spread(arm, unit), _churn(arm), _ratio(arm)


def _spread(arm: Arm, unit: Unit) -> str:
    if arm.sd is None:
        return NOTHING
    return sd_text(unit, arm.sd, arm.sd_ci) if arm.sd else f"0: {_zero(arm)}"


def _ratio(arm: Arm) -> str:
    ratio = arm.ratio
    if ratio is None or ratio.estimate is None:
        return ""
    return f"{ratio_text(ratio.estimate, ratio.ci)} {MARKS[ratio.relation]}"


def _churn(arm: Arm) -> str:
    return NOTHING if arm.churn is None else Unit(True).value(arm.churn, 2)


def _classes(r: SourcesResult) -> Block:
    """Return the SD of each class's recall, one column an arm."""
    shown = [arm for arm in r.arms if arm.per_class]
    if not shown:
        return Text("There are no classes to show.", "note")
    table = []
    for label in shown[0].per_class:
        spreads = (arm.per_class.get(label) for arm in shown)
        table.append((label, *(NOTHING if sd is None else Unit(True).size(sd) for sd in spreads)))
    heads = ("class", *(arm.name for arm in shown))
    return Table("SD over runs of each class's recall", rows(table), heads, titled=True)


def _legend(r: SourcesResult) -> Iterator[str]:
    ratios = [arm.ratio for arm in r.arms if arm.ratio is not None and arm.ratio.ci]
    text = f"[ ] is a {level_text(r.alpha)} interval, that of an SD if scores are normal."
    if ratios:
        text += (
            " ▼ less, ▲ more than all, ~ not told apart; what is called established holds for all "
            "arms together (Holm), each [ ] by itself."
        )
    if any(ratio.ci and isinf(ratio.ci[1]) for ratio in ratios):
        text += " ∞: so few runs set no upper bound."
    yield text


def _alerts(r: SourcesResult) -> Iterator[str]:
    failed = sum(arm.failed for arm in r.arms)
    if failed:
        yield f"{plural(failed, 'run')} failed and are not in these numbers."


def _notes(r: SourcesResult) -> Iterator[str]:
    """Return what a reader must know to take the table for what it is."""
    if any(arm.kind in ("source", "nudge") for arm in r.arms):
        yield (
            "Arms hold the other sources at seed 0; at another seed an arm may spread otherwise. "
            "SDs of single sources need not add up to that of all, and neither need variances."
        )
    names = [arm.name for arm in r.arms if arm.redrawn]
    if names:
        arms = f"arm {names[0]}" if len(names) == 1 else f"arms {' and '.join(names)}"
        yield (
            f"In the {arms} each run is trained and tested on examples of its own: that SD mixes "
            "what a run learnt from with what it was tested on, and speaks of splits of these data."
        )
    if r.inapplicable:
        yield f"Not applicable: {not_applicable(r.inapplicable)}."


def not_applicable(reasons: Mapping[str, str]) -> str:
    """Return what there is not and why, what shares a reason together."""
    together: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        together.setdefault(reason, []).append(name)
    return "; ".join(f"{', '.join(names)} ({reason})" for reason, names in together.items())
