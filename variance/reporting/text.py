"""Results as plain text: a sentence, a line, a table."""

from __future__ import annotations

from collections.abc import Iterator

from variance.analysis.results import Comparison
from variance.reporting.layout import columns, paint, wrapped
from variance.reporting.luck_text import render_luck
from variance.reporting.many_text import render_comparisons
from variance.reporting.plan_text import render_plan
from variance.reporting.summary_text import render_summary
from variance.reporting.view import PartTable, View, view

__all__ = [
    "render_comparison",
    "render_comparisons",
    "render_luck",
    "render_plan",
    "render_summary",
]


def render_comparison(
    comparison: Comparison, *, color: bool = False, width: int = 100, per_class: bool | None = None
) -> str:
    """Return a comparison as people read it.

    Parameters
    ----------
    comparison : Comparison
    color : bool
        Whether to add ANSI colours; a symbol or word stands beside each.
    width : int
        Columns that sentences are wrapped to; tables keep their own width.
    per_class : bool, optional
        Whether to show all classes, or none; by default all up to 12, else those that moved.
    """
    shown = view(comparison, per_class=per_class)
    return "\n".join(_blocks(shown, color=color, width=width))


def _blocks(shown: View, *, color: bool, width: int) -> Iterator[str]:
    head = wrapped(shown.sentence, width)
    yield paint(head, shown.verdict, color=color)
    yield shown.line
    yield ""
    yield from _headline(shown, color=color)
    yield f"  {shown.legend}"
    for note in shown.notes:
        yield wrapped(note, width, "  ")
    for alert in shown.alerts:
        yield wrapped(f"! {alert}", width, "  ")
    if shown.unavailable:
        yield wrapped(f"Not computed: {shown.unavailable}.", width, "  ")
    if shown.parts is not None:
        yield ""
        yield from _parts(shown.parts, shown.names, color=color, width=width)


def _headline(shown: View, *, color: bool) -> Iterator[str]:
    rows = shown.headline
    cells = [("", *shown.names, "difference", "p", "")]
    cells += [
        (r.metric, r.baseline, r.candidate, _joined(r.difference, r.interval), r.p, r.scope)
        for r in rows
    ]
    lines = columns(cells)
    yield lines[0]
    for line, row in zip(lines[1:], rows, strict=True):
        yield paint(line, row.verdict, color=color)


def _joined(difference: str, interval: str) -> str:
    return f"{difference} {interval}".rstrip()


def _parts(table: PartTable, names: tuple[str, str], *, color: bool, width: int) -> Iterator[str]:
    if table.rows:
        heads = (table.noun, *names, "difference", "p (Holm)", "")
        cells = [heads]
        cells += [
            (r.label, r.baseline, r.candidate, _joined(r.difference, r.interval), r.p, r.symbol)
            for r in table.rows
        ]
        lines = columns(cells)
        yield lines[0]
        for line, row in zip(lines[1:], table.rows, strict=True):
            yield paint(line, row.verdict, color=color)
        legend = (
            f"{table.measure}; [ ] holds for all {table.plural} together; "
            "▲ better, ▼ worse, ~ not established"
        )
        yield wrapped(legend, width, "  ")
    if table.hidden:
        moved = "moved" if table.rows else f"none of the {table.hidden} {table.plural} moved"
        more = f"{table.hidden} more {table.plural} did not move" if table.rows else moved
        yield f"  {more}; --per-class shows them all"
