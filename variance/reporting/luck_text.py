"""How lucky a score is, and whether a claim was reproduced, as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.reporting.claim_text import claim_rows, claim_sentence
from variance.reporting.document import Block, Document, Table, Text, rows
from variance.reporting.layout import render
from variance.wording.quantities import Unit, level_text, plural, share_text

if TYPE_CHECKING:
    from variance.analysis.luck import LuckResult


def render_luck(result: LuckResult, *, color: bool = False, width: int = 100) -> str:
    """Return what a single score is worth, as people read it.

    Parameters
    ----------
    result : LuckResult
    color : bool
        Whether to add ANSI colours.
    width : int
        Columns that sentences are wrapped to.
    """
    return render(luck_document(result), color=color, width=width)


def luck_document(result: LuckResult) -> Document:
    """Return what is shown of a score's worth."""
    return Document.of([Text(_sentence(result), "lead", "bold")], _body(result))


def _body(r: LuckResult) -> Iterator[Block]:
    yield Table(f"Luck of {r.name}", rows(_rows(r)))
    yield from (Text(alert.message, "alert") for alert in r.alerts)
    if r.unavailable:
        missing = "; ".join(
            f"{name.replace('_', ' ')}: {why}" for name, why in r.unavailable.items()
        )
        yield Text(f"Not computed: {missing}.", "note")
    if r.claim is not None and r.claim.verdict != "refused":
        yield Text(f"Taken for granted: {'; '.join(r.claim.assumptions)}.", "note")
    yield Text(
        f"This tells how far {r.name} reaches by luck; to compare it with another model, train "
        "that one over several seeds too.",
        "note",
    )


def _unit(r: LuckResult) -> Unit:
    return Unit.of(r.metric, (r.mean, r.score))


def _shown(r: LuckResult, value: float) -> str:
    unit = _unit(r)
    return unit.value(value, max(unit.digits(r.sd), 2))


def _chance(share: float) -> str:
    if share < 0.001:
        return "under 0.1 %"
    return share_text(share, 0 if 0.1 <= share <= 0.9 else 1)


def _sentence(r: LuckResult) -> str:
    score = f"{r.metric} {_shown(r, r.score)}"
    if r.claim is not None:
        return claim_sentence(r, r.claim, _unit(r), score)
    if r.lucky is None:
        return f"{score} CANNOT BE JUDGED by {plural(r.runs, 'run')} of {r.name}."
    if r.lucky:
        return (
            f"{score} is MORE THAN LUCK: only about {_chance(r.chance_best_of)} of trainings of "
            f"{r.name} would reach it."
        )
    if r.at_least == r.runs:  # what is never seen to fail is not certain
        return f"{score} is WITHIN THE LUCK of {r.name}: all {plural(r.runs, 'run')} reach it."
    return (
        f"{score} is WITHIN THE LUCK of {r.name}: about {_chance(r.chance_best_of)} of trainings "
        "would reach it."
    )


def _rows(r: LuckResult) -> Iterator[tuple[str, str]]:
    unit = _unit(r)
    digits = max(unit.digits(r.sd), 2)
    better = "at least" if r.higher_is_better else "at most"
    mean = r.claim is not None and r.claim.kind in {"mean", "mean-and-sd"}
    yield f"runs that score {better} this", f"{r.at_least} of {r.runs}"
    if r.predicted is not None and not mean:
        yield "chance of one training, from the t distribution", _chance(r.predicted)
    if r.best_of > 1 and r.expected_best is not None:
        yield f"expected best of {r.best_of}", _shown(r, r.expected_best)
    judged = r.claim is not None and r.claim.consistent_with is not None
    if r.prediction is not None and not judged:
        yield f"{level_text(r.alpha)} of trainings score", unit.values(r.prediction, digits)
    if r.claim is not None:
        yield from claim_rows(r, r.claim, unit)
    if r.other is not None and r.gap_chance is not None:
        gap = f"chance that two trainings differ as {_shown(r, r.score)} and {_shown(r, r.other)}"
        yield gap, _chance(r.gap_chance)
    if r.mean is not None:
        spread = "" if r.sd is None else f" ± {unit.spread(r.sd, digits)} (SD over {r.runs} runs)"
        yield "quote instead", f"{_shown(r, r.mean)}{spread}"
