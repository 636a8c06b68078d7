"""Several candidates in one table, as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.analysis.results import Comparison, Effect, Scope, Side
from variance.reporting.layout import columns, paint, wrapped
from variance.reporting.quantities import NOTHING, half_width, level_text, p_text, plural
from variance.reporting.sentence import sentence, unit_of
from variance.reporting.view import SYMBOLS, alerts_of

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
    return "\n".join(_blocks(result, color=color, width=width))


def _blocks(result: Comparisons, *, color: bool, width: int) -> Iterator[str]:
    for comparison in result.comparisons:
        yield paint(wrapped(sentence(comparison), width), comparison.verdict, color=color)
    first = result.comparisons[0]
    count = plural(len(result.comparisons), "candidate")
    yield f"{first.metric}, {count} against {first.baseline.name}"
    yield ""
    yield from _table(result, color=color)
    yield (
        f"  ± is the SD over runs; [ ] {level_text(result.alpha)} confidence for all candidates "
        "together; p is Holm's"
    )
    for alert in (*(a.message for a in result.alerts), *_own(result)):
        yield wrapped(f"! {alert}", width, "  ")


def _own(result: Comparisons) -> list[str]:
    """Return the candidates' own alerts, each once."""
    return list(dict.fromkeys(m for c in result.comparisons for m in alerts_of(c)))


def _table(result: Comparisons, *, color: bool) -> Iterator[str]:
    base = result.comparisons[0]
    rows: list[tuple[str, ...]] = [("", "mean", "difference", "p", "", "")]
    rows.append((base.baseline.name, _mean(base, base.baseline), "", "", "", ""))
    styles = ["", ""]
    for scope in WORDS:
        for comparison in result.comparisons:
            if _effect(comparison, scope) is not None:
                rows.append(_row(comparison, scope))
                styles.append(comparison.verdicts[scope])
    for line, style in zip(columns(rows), styles, strict=True):
        yield paint(line, style, color=color)


def _mean(c: Comparison, side: Side) -> str:
    if side.mean is None:
        return "no runs"
    unit = unit_of(c)
    digits = unit.digits(side.sd)
    return f"{unit.value(side.mean, digits)} ± {unit.spread(side.sd, digits)}"


def _row(c: Comparison, scope: Scope) -> tuple[str, ...]:
    unit, effect, symbol = unit_of(c), _effect(c, scope), SYMBOLS[c.verdicts[scope]]
    name, mean = c.candidate.name, _mean(c, c.candidate)
    if effect is None:
        return name, mean, NOTHING, NOTHING, symbol, WORDS[scope]
    digits = unit.digits(half_width(effect.ci))
    shown = f"{unit.difference(effect.estimate, digits)} {unit.interval(effect.ci, digits)}"
    return name, mean, shown.rstrip(), p_text(effect.p_adjusted, c.alpha), symbol, WORDS[scope]


def _effect(c: Comparison, scope: Scope) -> Effect | None:
    return c.test_set if scope == "test-set" else c.new_data
