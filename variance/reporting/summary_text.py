"""A summary of one sweep as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.reporting.document import Block, Document, Table, Text, rows
from variance.reporting.layout import render
from variance.wording.quantities import (
    NOTHING,
    Unit,
    half_width,
    level_text,
    plural,
    reasons_text,
    share_text,
)

if TYPE_CHECKING:
    from variance.analysis.summary_results import ClassScore, Summary

MOST_CLASSES = 12
OPTION = "--per-class shows them"
_NORMAL = ", if scores are normal"
NAMES = {
    "ci": "interval of the mean", "sd_ci": "interval of the SD", "origin": "split of the spread",
    "best_of": "best of several", "expected_sd": "expected SD", "per_class": "classes",
    "confusion": "confusions", "unstable": "unstable examples", "majority": "majority vote",
}  # fmt: skip
"""What people call the parts of a summary."""


def render_summary(
    summary: Summary, *, color: bool = False, width: int = 100, per_class: bool | None = None
) -> str:
    """Return a summary as people read it.

    Parameters
    ----------
    summary : Summary
    color : bool
        Taken for likeness with the other renderers; a summary has no verdict to colour.
    width : int
        Columns that sentences are wrapped to.
    per_class : bool, optional
        Whether to show all classes, or none; by default all up to 12, else the least steady.
    """
    return render(summary_document(summary, per_class=per_class), color=color, width=width)


def summary_document(
    summary: Summary, *, per_class: bool | None = None, hint: str = OPTION
) -> Document:
    """Return what is shown of one sweep.

    Parameters
    ----------
    summary : Summary
    per_class : bool, optional
        As in `render_summary`.
    hint : str
        How to see the classes that are left out.
    """
    return Document.of(
        [Text(summary_sentence(summary), "lead")], *_sections(summary, per_class, hint)
    )


def brief_document(summary: Summary) -> Document:
    """Return the sentence and the table of a sweep, without classes and examples."""
    return Document.of([Text(summary_sentence(summary), "lead")], overall(summary))


def _sections(s: Summary, per_class: bool | None, hint: str) -> Iterator[Iterator[Block]]:
    yield overall(s)
    if s.per_class and per_class is not False:
        yield class_table(s, per_class, hint)
    if s.confusion and s.confusion.moving and per_class is not False:
        yield confusion_table(s)
    if s.unstable:
        yield _unstable(s)


def overall(s: Summary) -> Iterator[Block]:
    """Yield the table of a sweep's numbers, its alerts, and what could not be computed."""
    found = rows(_rows(s))
    if found:
        yield Table(f"{s.metric} of {s.name}", found)
    yield from (Text(alert.message, "alert") for alert in s.alerts)
    if s.unavailable:
        yield Text(f"Not computed: {reasons_text(s.unavailable, NAMES)}.", "note")


def summary_sentence(s: Summary) -> str:
    """Return what a sweep came to, in one sentence."""
    failed = f", {s.failed} failed" if s.failed else ""
    if s.mean is None:
        return f"{s.name}: no usable runs{failed}."
    unit = _unit(s)
    digits = unit.digits(s.sd)
    where = f" on {s.examples:,} test examples" if s.examples else ""
    if s.redrawn and s.examples:
        where = f" on {s.examples:,} test examples, drawn anew by every run"
    if s.sd is None:
        return f"{s.name}: {s.metric} {unit.value(s.mean, digits)} in 1 run{failed}{where}."
    return (
        f"{s.name}: {s.metric} {unit.value(s.mean, digits)} ± {unit.spread(s.sd, digits)} "
        f"(SD over {plural(s.runs, 'run')}{failed}){where}."
    )


def _unit(s: Summary) -> Unit:
    return Unit.of(s.metric, s.range or (s.mean,))


def _rows(s: Summary) -> Iterator[tuple[str, str, str]]:
    if s.mean is None:
        return
    unit, level = _unit(s), level_text(s.alpha)
    digits = unit.digits(half_width(s.ci))
    wide = unit.digits(s.sd)
    if s.ci:
        yield "mean", unit.value(s.mean, digits), f"{unit.values(s.ci, digits)}, {level} interval"
    yield from spread_rows(s)
    if s.bootstrap and s.bootstrap.ci and s.bootstrap.sd_ci:
        ends = _plain(unit, s.bootstrap.sd_ci, digits)
        yield "  BCa bootstrap", "", f"{unit.values(s.bootstrap.ci, digits)}, SD {ends}"
    if s.prediction:
        ends = f"{unit.values(s.prediction, wide)} in {level} of trainings{_NORMAL}"
        yield "a new run", "", ends
    yield "median", unit.value(s.median, wide), f"{unit.values(s.range, wide)}, lowest and highest"
    if s.best_of:
        k = max(k for k in s.best_of if k <= 5) if any(k <= 5 for k in s.best_of) else 2
        yield f"best of {k}", unit.value(s.best_of[k], wide), "what picking the best run would show"
    if s.majority is not None:
        yield "majority vote", Unit(True).value(s.majority, 2), f"accuracy of all {s.runs} together"
    if s.churn is not None:
        yield "churn", share_text(s.churn, 2), "of the examples differ between two runs"
    if s.cost is not None and s.cost.mean is not None:
        own = Unit(False)
        d = own.digits(s.cost.sd)
        shown = f"{own.value(s.cost.mean, d)} ± {own.spread(s.cost.sd, d)}"
        yield "cost", shown, "an example; ± is the SD over runs"


def spread_rows(s: Summary) -> Iterator[tuple[str, str, str]]:
    """Yield the rows that say how far the runs spread, and what that is made of."""
    yield from _deviation(s, _unit(s))
    yield from _origin(s, _unit(s))


def _deviation(s: Summary, unit: Unit) -> Iterator[tuple[str, str, str]]:
    if s.sd is None:
        return
    digits, level = unit.digits(half_width(s.ci)), level_text(s.alpha)
    ends = f"{_plain(unit, s.sd_ci, digits)}, {level} interval{_NORMAL}" if s.sd_ci else ""
    yield "SD over runs", unit.size(s.sd), ends


def _origin(s: Summary, unit: Unit) -> Iterator[tuple[str, str, str]]:
    if s.origin is not None:
        yield "  test-set noise", unit.size(s.origin.noise), "SD that a finite test set gives alone"
        ci = s.origin.genuine_ci
        digits = unit.digits(half_width(ci))
        ends = f", {_plain(unit, ci, digits)} {level_text(s.alpha)} interval" if ci else ""
        yield (
            "  genuine",
            unit.size(s.origin.genuine),
            f"SD that would remain on an endless test set{ends}",
        )
    if s.expected_sd is not None and s.metric == "accuracy":
        yield "  well-trained", unit.size(s.expected_sd), "SD to expect of such runs, √(error / 2T)"


def _plain(unit: Unit, ci: tuple[float, float] | None, digits: int) -> str:
    if ci is None:
        return ""
    end = " pp" if unit.share else ""
    return f"[{unit.spread(ci[0], digits)}, {unit.spread(ci[1], digits)}]{end}"


def class_table(s: Summary, per_class: bool | None, hint: str) -> Iterator[Block]:
    """Yield the table of classes and how to read it."""
    steady = sorted(s.per_class or (), key=lambda c: -(c.recall.sd or 0.0))
    shown = steady if per_class or len(steady) <= MOST_CLASSES else steady[:MOST_CLASSES]
    heads = ("class", "examples", "recall", "range over runs", "binomial SD", "precision", "F1")
    cells = [
        (
            c.label, f"{c.support:,.0f}", _score(c.recall), _range(c.recall),
            NOTHING if c.recall.floor is None else Unit(True).size(c.recall.floor),
            _score(c.precision), _score(c.f1),
        )
        for c in shown
    ]  # fmt: skip
    yield Table("Classes, the least steady first", rows(cells), heads)
    yield Text(
        "± is the SD over runs; binomial SD: what so many examples alone would give", "legend"
    )
    if len(shown) < len(steady):
        yield Text(f"{len(steady) - len(shown)} steadier classes are not shown; {hint}", "legend")


def _score(score: ClassScore) -> str:
    unit = Unit(True)
    if score.mean is None:
        return "undefined"
    digits = unit.digits(score.sd)
    spread = f" ± {unit.spread(score.sd, digits)}" if score.sd is not None else ""
    return f"{unit.value(score.mean, digits)}{spread}"


def _range(score: ClassScore) -> str:
    if score.low is None or score.high is None:
        return NOTHING
    unit = Unit(True)
    return f"{unit.value(score.low, 1)} to {unit.value(score.high, 1)}"


def confusion_table(s: Summary) -> Iterator[Block]:
    """Yield the confusions that differ most between runs."""
    moving = s.confusion.moving[:5] if s.confusion else ()
    yield Table(
        "Confusions that differ most between runs",
        rows((c.true, f"→ {c.predicted}", f"{c.mean:.3g} ± {c.sd or 0:.2g}") for c in moving),
        ("taken for", "", "times a run"),
    )


def _unstable(s: Summary) -> Iterator[Block]:
    yield Table(
        "examples on which the runs disagree most",
        rows(
            (str(e.example), f"class {e.label}", f"right in {share_text(e.right)}")
            for e in s.unstable[:5]
        ),
        titled=True,
    )
