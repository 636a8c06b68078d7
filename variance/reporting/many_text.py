"""Several candidates in one table, as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.analysis.results import Comparison, Effect, Scope, Side
from variance.reporting.document import Block, Document, Row, Table, Text
from variance.reporting.layout import render
from variance.reporting.sentence import sentence, unit_of
from variance.reporting.view import alerts_of
from variance.wording.quantities import NOTHING, half_width, level_text, p_text, plural

if TYPE_CHECKING:
    from variance.analysis.many import Comparisons

WORDS: dict[Scope, str] = {"test-set": "this test set", "new-data": "new data"}


def render_comparisons(result: Comparisons, *, color: bool = False, width: int = 100) -> str:
    """Return several comparisons as people read them: their sentences, then one table.

    Parameters
    ----------
    result : Comparisons
    color : bool
        Whether to add ANSI colours; a symbol stands beside each.
    width : int
        Columns that sentences are wrapped to.
    """
    return render(comparisons_document(result), color=color, width=width)


def comparisons_document(result: Comparisons) -> Document:
    """Return what is shown of several comparisons."""
    return Document.of(_head(result), _body(result))


def _head(result: Comparisons) -> Iterator[Block]:
    for comparison in result.comparisons:
        yield Text(sentence(comparison), "lead", comparison.verdict)
    first = result.comparisons[0]
    count = plural(len(result.comparisons), "candidate")
    yield Text(f"{first.metric}, {count} against {first.baseline.name}")


def _body(result: Comparisons) -> Iterator[Block]:
    yield _table(result)
    yield Text(
        f"± is the SD over runs; [ ] {level_text(result.alpha)} confidence for all candidates "
        "together; p is Holm's",
        "legend",
    )
    for alert in (*(a.message for a in result.alerts), *_own(result)):
        yield Text(alert, "alert")


def _own(result: Comparisons) -> Iterator[str]:
    """Yield the candidates' own alerts: once what is said of all, else with the name."""
    alerts = [list(alerts_of(c)) for c in result.comparisons]
    common = [message for message in alerts[0] if all(message in others for others in alerts)]
    yield from common
    for comparison, own in zip(result.comparisons, alerts, strict=True):
        name = comparison.candidate.name
        yield from (f"{name}: {message}" for message in own if message not in common)


def _table(result: Comparisons) -> Table:
    base = result.comparisons[0]
    rows = [Row((base.baseline.name, _mean(base, base.baseline), "", "", ""))]
    rows += [
        _row(comparison, scope)
        for scope in WORDS
        for comparison in result.comparisons
        if _effect(comparison, scope) is not None
    ]
    return Table(
        f"Candidates against {base.baseline.name}",
        tuple(rows),
        ("", "mean", "difference", "p", ""),
        marks=4,
    )


def _mean(c: Comparison, side: Side) -> str:
    if side.mean is None:
        return "no runs"
    unit = unit_of(c)
    digits = unit.digits(side.sd)
    spread = unit.spread(side.sd, digits)
    return f"{unit.value(side.mean, digits)} ± {spread} ({plural(side.runs, 'run')})"


def _row(c: Comparison, scope: Scope) -> Row:
    unit, effect = unit_of(c), _effect(c, scope)
    shown, p = NOTHING, NOTHING
    if effect is not None:
        digits = unit.digits(half_width(effect.ci))
        ends = unit.interval(effect.ci, digits)
        shown = f"{unit.difference(effect.estimate, digits)} {ends}".rstrip()
        p = p_text(effect.p_adjusted, c.alpha)
    cells = (c.candidate.name, _mean(c, c.candidate), shown, p, WORDS[scope])
    return Row(cells, c.verdicts[scope])


def _effect(c: Comparison, scope: Scope) -> Effect | None:
    return c.test_set if scope == "test-set" else c.new_data
