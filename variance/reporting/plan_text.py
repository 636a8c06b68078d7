"""Seeds and test examples needed, as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.reporting.document import Block, Document, Table, Text, rows
from variance.reporting.layout import render
from variance.wording.quantities import Unit, about, plural, power_text, share_text

if TYPE_CHECKING:
    from variance.analysis.planning import Plan


def render_plan(plan: Plan, *, color: bool = False, width: int = 100) -> str:
    """Return a plan as people read it.

    Parameters
    ----------
    plan : Plan
    color : bool
        Whether to add ANSI colours.
    width : int
        Columns that sentences are wrapped to.
    """
    return render(plan_document(plan), color=color, width=width)


def plan_document(plan: Plan) -> Document:
    """Return what is shown of a plan."""
    unit = Unit.of(plan.metric, (plan.mean,))
    return Document.of(_head(plan, unit), _body(plan, unit))


def _head(p: Plan, unit: Unit) -> Iterator[Block]:
    yield Text(_sentence(p, unit), "lead", "bold")
    new = _new_data(p, unit)
    if new:
        yield Text(new)


def _body(p: Plan, unit: Unit) -> Iterator[Block]:
    if p.steps:
        yield Table(
            "What so many seeds find",
            rows((str(s.seeds), power_text(s.power), unit.size(s.detectable)) for s in p.steps),
            ("seeds a side", f"finds {unit.size(p.effect)} in", "smallest it finds"),
        )
    yield Text(_basis(p, unit), "note")
    if p.pairing_pays is not None and p.seeds_needed is not None:
        yield Text(_pairing(p.pairing_pays, p.seeds_needed), "note")
    for reason in p.unavailable.values():
        yield Text(f"Not computed for new data: {reason}.", "note")


def _where(p: Plan) -> str:
    return "on this test set" if p.scope == "test-set" else "on new data"


def _sentence(p: Plan, unit: Unit) -> str:
    goal = f"a difference of {unit.size(p.effect)} in {p.metric} {_where(p)}"
    if p.seeds_needed is None:
        return (
            f"These {plural(p.runs, 'run')} cannot promise any number of seeds that establishes "
            f"{goal}: the training sets overlap too much."
        )
    return (
        f"About {about(p.seeds_needed)} seeds a side establish {goal} with "
        f"{share_text(p.power)} power."
    )


def _new_data(p: Plan, unit: Unit) -> str:
    if p.scope == "new-data" or p.unavailable:
        return ""
    goal = f"On new data {unit.size(p.effect)}"
    seeds, examples = p.seeds_needed_on_new_data, p.examples_needed
    if seeds is None and examples is None:
        return (
            f"{goal} needs both more seeds and more test examples, as far as these "
            f"{plural(p.runs, 'run')} can promise."
        )
    if seeds is None:
        return (
            f"{goal} needs about {about(examples or 0)} test examples with these "
            f"{plural(p.runs, 'seed')}; more seeds alone may not suffice."
        )
    larger = "" if examples is None else (
        f", or about {about(examples)} test examples with {plural(p.runs, 'seed')}"
    )  # fmt: skip
    with_these = "" if p.examples is None else f" with these {p.examples:,} test examples"
    return f"{goal} needs about {about(seeds)} seeds a side{with_these}{larger}."


def _pairing(pays: float, seeds: int) -> str:
    return (
        f"Planned for sweeps that share no seeds. The same {plural(seeds, 'seed')} in both are "
        f"compared in pairs, which finds smaller differences only where their scores correlate "
        f"above r = {pays:.2f}, and larger ones below; --unpaired keeps them apart."
    )


def _basis(p: Plan, unit: Unit) -> str:
    what = "paired differences" if p.paired else "runs"
    return (
        f"Planned with an SD of {unit.size(p.sd_upper)}, the upper 80 % limit of the "
        f"{unit.size(p.sd)} that {plural(p.runs, 'pair' if p.paired else 'run')} showed "
        f"(SD of {what}): four such plans in five have the power that they state; "
        f"alpha {p.alpha:g}, two-sided."
    )
