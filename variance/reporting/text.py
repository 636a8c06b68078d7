"""Results as plain text: a sentence, a line, a table."""

from __future__ import annotations

from collections.abc import Iterator

from variance.analysis.results import Comparison
from variance.reporting.document import Block, Document, Row, Table, Text
from variance.reporting.layout import render
from variance.reporting.luck_text import render_luck
from variance.reporting.many_text import render_comparisons
from variance.reporting.plan_text import render_plan
from variance.reporting.summary_text import render_summary
from variance.reporting.view import PartTable, View, view

__all__ = [
    "comparison_document",
    "render_comparison",
    "render_comparisons",
    "render_luck",
    "render_plan",
    "render_summary",
]

OPTION = "--per-class shows them all"


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
    document = comparison_document(comparison, per_class=per_class)
    return render(document, color=color, width=width)


def comparison_document(
    comparison: Comparison, *, per_class: bool | None = None, hint: str = OPTION
) -> Document:
    """Return what is shown of a comparison.

    Parameters
    ----------
    comparison : Comparison
    per_class : bool, optional
        As in `render_comparison`.
    hint : str
        How to see the classes that are left out.
    """
    shown = view(comparison, per_class=per_class)
    parts = [] if shown.parts is None else _parts(shown.parts, shown.names, hint)
    return Document.of(_head(shown), _body(shown), parts)


def _head(shown: View) -> Iterator[Block]:
    yield Text(shown.sentence, "lead", shown.verdict)
    yield Text(shown.line)


def _body(shown: View) -> Iterator[Block]:
    yield Table(
        f"{shown.names[1]} against {shown.names[0]}",
        tuple(
            Row(
                (
                    r.metric,
                    r.baseline,
                    r.candidate,
                    _joined(r.difference, r.interval),
                    r.p,
                    r.scope,
                ),
                r.verdict,
            )
            for r in shown.headline
        ),
        ("", *shown.names, "difference", "p", ""),
    )
    yield Text(shown.legend, "legend")
    yield from (Text(note, "note") for note in shown.notes)
    yield from (Text(alert, "alert") for alert in shown.alerts)
    if shown.unavailable:
        yield Text(f"Not computed: {shown.unavailable}.", "note")


def _joined(difference: str, interval: str) -> str:
    return f"{difference} {interval}".rstrip()


def _parts(table: PartTable, names: tuple[str, str], hint: str) -> Iterator[Block]:
    if table.rows:
        yield Table(
            f"{table.measure} of the {table.plural}",
            tuple(
                Row(
                    (r.label, r.baseline, r.candidate, _joined(r.difference, r.interval), r.p),
                    r.verdict,
                )
                for r in table.rows
            ),
            (table.noun, *names, "difference", "p (Holm)"),
            marks=5,
        )
        yield Text(
            f"{table.measure}; [ ] holds for all {table.plural} together; "
            "▲ better, ▼ worse, ~ not established",
            "legend",
        )
    if table.hidden:
        none = f"none of the {table.hidden} {table.plural} moved"
        more = f"{table.hidden} more {table.plural} did not move" if table.rows else none
        yield Text(f"{more}; {hint}", "legend")
