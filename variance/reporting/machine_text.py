"""What a change of machine may do, as sentences and a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.reporting.document import Block, Document, Table, Text, rows
from variance.wording.quantities import NOTHING, Unit, half_width, level_text, plural

if TYPE_CHECKING:
    from variance.analysis.source_results import MachineArm, MachineResult

WAYS = {
    "again": "trained again in the same way",
    "threads-2": "with 2 threads",
    "no-onednn": "without oneDNN",
    "bfloat16": "in bfloat16",
    "float64": "in float64",
}


def machine_document(result: MachineResult) -> Document:
    """Return what is shown of seeds that were computed in other ways."""
    return Document.of(_head(result), _body(result))


def _head(r: MachineResult) -> Iterator[Block]:
    first, *others = sentences(r)
    yield Text(first, "lead", "bold")
    yield from map(Text, others)


def _body(r: MachineResult) -> Iterator[Block]:
    yield Table("The same seeds, computed in other ways", rows(_rows(r)), _heads(r))
    if any(arm.ci for arm in r.arms):
        yield Text(
            f"[ ]: {level_text(r.alpha)} interval of the mean change over seeds, for all ways "
            "together (paired t, Bonferroni). One that holds 0 does not say that nothing changes.",
            "legend",
        )
    failed = sum(arm.failed for arm in r.arms)
    if failed:
        yield Text(f"{plural(failed, 'run')} failed and are not in these numbers.", "alert")
    yield Text(
        "Measured on this machine. Another processor or another version may do as much, or more, "
        "or nothing.",
        "note",
    )
    missing = [f"{arm.name} ({arm.reason})" for arm in r.arms if not arm.pairs]
    missing += [f"{way} ({reason})" for way, reason in r.inapplicable.items()]
    if missing:
        yield Text(f"Not applicable: {'; '.join(missing)}.", "note")


def sentences(r: MachineResult) -> list[str]:
    """Return what is found."""
    lead = f"{r.experiment}: what computing the same seeds in other ways does to a run."
    apart = _seeds_apart(r)
    return [f"{lead} {apart}" if apart else lead, *(_about(r, arm) for arm in r.arms if arm.pairs)]


def _seeds_apart(r: MachineResult) -> str:
    if r.between_seeds is None or r.regression:
        return ""
    share = Unit(True).value(r.between_seeds, 2)
    return f"Two different seeds differ on {share} of the test examples ({plural(r.runs, 'run')})."


def _about(r: MachineResult, arm: MachineArm) -> str:
    way = WAYS.get(arm.name, arm.name)
    lead = f"{way[0].upper()}{way[1:]}"
    what = "the same bits, weights too" if arm.weights else "the same in all that is stored"
    if arm.identical == arm.pairs:
        runs = "both runs are" if arm.pairs == 2 else f"all {arm.pairs} runs are"
        return f"{lead}, {'the one run is' if arm.pairs == 1 else runs} {what}."
    many = "no run is" if not arm.identical else f"{arm.identical} of {arm.pairs} runs are"
    return f"{lead}, {many} {what.removesuffix(', weights too')}{_distance(r, arm)}."


def _distance(r: MachineResult, arm: MachineArm) -> str:
    if arm.distance is None or r.regression:
        return ""
    text = f"; a run differs from its twin on {Unit(True).value(arm.distance, 2)} of the examples"
    if not r.between_seeds:
        return text
    return f"{text}, {arm.distance / r.between_seeds:.2g} times what two seeds differ by"


def _heads(r: MachineResult) -> tuple[str, ...]:
    apart = "RMS distance" if r.regression else "churn"
    return "way", "same bits", apart, "lowest to highest", f"change of {r.metric}", "largest"


def _rows(r: MachineResult) -> Iterator[tuple[str, ...]]:
    yield from (_row(r, arm) for arm in r.arms)
    if r.between_seeds is not None:
        sd = "" if r.sd is None else f"SD {_unit(r).size(r.sd)}"
        yield "other seed", NOTHING, _apart(r, r.between_seeds), NOTHING, sd, NOTHING


def _row(r: MachineResult, arm: MachineArm) -> tuple[str, ...]:
    unit, ends = _unit(r), arm.distance_range
    failed = f" ({arm.failed} failed)" if arm.failed else ""
    digits = unit.digits(half_width(arm.ci))
    change = NOTHING
    if arm.difference is not None:
        plain = f"{unit.difference(arm.difference, digits)} {unit.interval(arm.ci, digits)}"
        change = "0" if arm.identical == arm.pairs else plain.rstrip()
    return (
        arm.name,
        f"{arm.identical} of {arm.pairs}{failed}",
        NOTHING if arm.distance is None else _apart(r, arm.distance),
        NOTHING if ends is None else f"{_apart(r, ends[0])} to {_apart(r, ends[1])}",
        change,
        _largest(unit, arm, digits),
    )


def _largest(unit: Unit, arm: MachineArm, digits: int) -> str:
    if arm.largest is None:
        return NOTHING
    return unit.difference(arm.largest, digits) if arm.largest else "0"


def _unit(r: MachineResult) -> Unit:
    return Unit.of(r.metric, [1.0])


def _apart(r: MachineResult, distance: float) -> str:
    return f"{distance:.3g}" if r.regression else Unit(True).value(distance, 2)
