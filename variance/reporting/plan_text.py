"""Seeds and test examples needed, as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.reporting.layout import columns, paint, wrapped
from variance.reporting.quantities import Unit, about, plural, share_text

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
    return "\n".join(_blocks(plan, color=color, width=width))


def _blocks(p: Plan, *, color: bool, width: int) -> Iterator[str]:
    unit = Unit.of(p.metric, (p.effect, p.sd))
    yield paint(wrapped(_sentence(p, unit), width), "bold", color=color)
    new = _new_data(p, unit)
    if new:
        yield wrapped(new, width)
    yield ""
    rows = [("seeds a side", f"finds {unit.size(p.effect)} in", "smallest it finds")]
    rows += [(str(s.seeds), share_text(s.power), unit.size(s.detectable)) for s in p.steps]
    if p.steps:
        yield from columns(rows)
    yield wrapped(_basis(p, unit), width, "  ")
    for reason in p.unavailable.values():
        yield wrapped(f"Not computed for new data: {reason}.", width, "  ")


def _where(p: Plan) -> str:
    return "on this test set" if p.scope == "test-set" else "on new data"


def _sentence(p: Plan, unit: Unit) -> str:
    goal = f"a difference of {unit.size(p.effect)} in {p.metric} {_where(p)}"
    if p.seeds_needed is None:
        return f"No number of seeds establishes {goal}: the training sets overlap too much."
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
        return f"{goal} needs both more seeds and more test examples than there are."
    if seeds is None:
        return (
            f"{goal} needs about {about(examples or 0)} test examples with these "
            f"{plural(p.runs, 'seed')}; more seeds alone do not suffice."
        )
    larger = "" if examples is None else (
        f", or about {about(examples)} test examples with {plural(p.runs, 'seed')}"
    )  # fmt: skip
    with_these = "" if p.examples is None else f" with these {p.examples:,} test examples"
    return f"{goal} needs about {about(seeds)} seeds a side{with_these}{larger}."


def _basis(p: Plan, unit: Unit) -> str:
    what = "paired differences" if p.paired else "runs"
    return (
        f"Planned with an SD of {unit.size(p.sd_upper)}, the upper 80 % limit of the "
        f"{unit.size(p.sd)} that {plural(p.runs, 'pair' if p.paired else 'run')} showed "
        f"(SD of {what}); alpha {p.alpha:g}, two-sided."
    )
