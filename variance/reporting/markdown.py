"""A comparison as Markdown that suits a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from variance.analysis.many import Comparisons
from variance.analysis.results import Comparison
from variance.reporting.escaping import flat
from variance.reporting.view import PartTable, View, view
from variance.wording.quantities import SYMBOLS

MARKS = {
    "improved": "🔵", "regressed": "🟠", "equivalent": "⚪", "inconclusive": "⚪", "refused": "⚫",
}  # fmt: skip


def comparison_markdown(
    comparison: Comparison | Comparisons, *, per_class: bool | None = None
) -> str:
    """Return a comparison, or several, as Markdown.

    Parameters
    ----------
    comparison : Comparison or Comparisons
    per_class : bool, optional
        Whether to show all classes, or none; by default all up to 12, else those that moved.
    """
    if isinstance(comparison, Comparisons):
        blocks = [comparison_markdown(c, per_class=per_class) for c in comparison.comparisons]
        blocks += [f"> {_escaped(alert.message)}" for alert in comparison.alerts]
        return "\n\n".join(blocks)
    return "\n".join(_lines(view(comparison, per_class=per_class)))


def _lines(shown: View) -> Iterator[str]:
    mark, symbol = MARKS[shown.verdict], SYMBOLS[shown.verdict]
    yield f"### {mark} {symbol} {_escaped(shown.sentence)}"
    yield ""
    yield _escaped(shown.line)
    yield ""
    yield from _table(
        ("", *map(_escaped, shown.names), "difference", "p", ""),
        (
            (r.metric, r.baseline, r.candidate, f"{r.difference} {r.interval}", r.p, r.scope)
            for r in shown.headline
        ),
    )
    yield ""
    yield f"<sub>{_escaped(shown.legend)}</sub>"
    yield ""
    yield from (f"- {_escaped(note)}" for note in shown.notes)
    yield from (f"- ⚠ {_escaped(alert)}" for alert in shown.alerts)
    if shown.unavailable:
        yield f"- Not computed: {_escaped(shown.unavailable)}."
    if shown.parts is not None and shown.parts.rows:
        yield ""
        yield from _parts(shown.parts, shown.names)


def _parts(table: PartTable, names: tuple[str, str]) -> Iterator[str]:
    yield f"<details><summary>{table.plural}: {table.measure}</summary>"
    yield ""
    yield from _table(
        (table.noun, *map(_escaped, names), "difference", "p (Holm)", ""),
        (
            (r.label, r.baseline, r.candidate, f"{r.difference} {r.interval}", r.p, r.symbol)
            for r in table.rows
        ),
    )
    if table.hidden:
        yield ""
        yield f"{table.hidden} more {table.plural} did not move."
    yield ""
    yield "</details>"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield _row(heads)
    yield _row(["---"] * len(heads))
    yield from (_row([_escaped(cell.strip()) for cell in row]) for row in rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _escaped(text: str) -> str:
    """Return the text with the characters that Markdown or HTML would act on made harmless."""
    text = flat(text)
    for character in "\\`*_|<[":
        text = text.replace(character, {"<": "&lt;"}.get(character, f"\\{character}"))
    return text
