"""How lucky a score is, and whether a claim was reproduced, as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.reporting.claim_text import (
    chance_words,
    claim_rows,
    claim_sentence,
    few_words,
    range_rows,
)
from variance.reporting.document import Block, Document, Table, Text, rows
from variance.reporting.layout import render
from variance.wording.quantities import Unit, chance_text, level_text, plural

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
    return Document.of(_head(result), _body(result))


def _head(r: LuckResult) -> Iterator[Block]:
    one = claim_sentence(r, r.claim, _unit(r), f"{r.metric} {_shown(r, r.score)}")
    if r.other is None or r.other_claim is None:
        yield Text(one, "lead", "bold")
        return
    other = claim_sentence(r, r.other_claim, _unit(r), f"{r.metric} {_shown(r, r.other)}")
    yield Text(_gap_sentence(r, r.other), "lead", "bold")
    yield from (Text(sentence) for _, sentence in sorted([(r.score, one), (r.other, other)]))


def _body(r: LuckResult) -> Iterator[Block]:
    yield Table(f"Luck of {r.name}", rows(_rows(r)))
    yield from (Text(alert.message, "alert") for alert in r.alerts)
    if r.unavailable:
        missing = "; ".join(
            f"{name.replace('_', ' ')}: {why}" for name, why in r.unavailable.items()
        )
        yield Text(f"Not computed: {missing}.", "note")
    if r.claim.verdict != "refused":
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


def _gap_sentence(r: LuckResult, other: float) -> str:
    low, high = (_shown(r, value) for value in sorted((r.score, other)))
    gap = f"{r.metric} {low} and {high}"
    if r.gap_verdict == "refused" or r.gap_chance is None:
        return (
            f"The gap between {gap} CANNOT BE JUDGED by {plural(r.runs, 'run')} of {r.name}: "
            f"{r.unavailable.get('gap_verdict', '')}."
        )
    share = chance_words(r.gap_chance)
    if r.gap_verdict == "more-than-luck":
        return (
            f"{gap} differ by MORE THAN LUCK: {few_words(r.gap_chance)} of pairs of trainings of "
            f"{r.name} differ so much."
        )
    return (
        f"{gap} differ WITHIN THE LUCK of {r.name}: {share} of pairs of its trainings differ so "
        "much. That does not make the models the same."
    )


def _rows(r: LuckResult) -> Iterator[tuple[str, str]]:
    unit = _unit(r)
    digits = max(unit.digits(r.sd), 2)
    if r.other is None:
        yield from _rows_of_one(r)
    elif r.gap_chance is not None:
        yield "chance that two trainings differ so much", chance_text(r.gap_chance)
    judged = r.claim.consistent_with is not None
    if r.prediction is not None and not judged:
        yield f"{level_text(r.alpha)} of trainings score", unit.values(r.prediction, digits)
    of_claim = claim_rows if r.other is None else range_rows
    yield from of_claim(r, r.claim, unit)
    if r.mean is not None:
        spread = "" if r.sd is None else f" ± {unit.spread(r.sd, digits)} (SD over {r.runs} runs)"
        yield "quote instead", f"{_shown(r, r.mean)}{spread}"


def _rows_of_one(r: LuckResult) -> Iterator[tuple[str, str]]:
    better = "at least" if r.higher_is_better else "at most"
    mean = r.claim.kind in {"mean", "mean-and-sd"}
    yield f"runs that score {better} this", f"{r.at_least} of {r.runs}"
    if r.predicted is not None and not mean:
        yield "chance of one training, if scores are normal", chance_text(r.predicted)
    if r.best_of > 1 and r.expected_best is not None:
        yield f"expected best of {r.best_of}", _shown(r, r.expected_best)
