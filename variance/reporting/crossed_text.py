"""Two crossed sources, as sentences and a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.reporting.document import Block, Document, Table, Text, rows
from variance.wording.quantities import NOTHING, Unit, level_text, p_phrase, p_text, plural
from variance.wording.sources import called, sd_text

if TYPE_CHECKING:
    from variance.analysis.source_results import CrossedResult, Effect

HEADS = ("", "SD", "share of variance", "p")


def crossed_document(result: CrossedResult) -> Document:
    """Return what is shown of two crossed sources."""
    return Document.of(_head(result), _body(result))


def _head(r: CrossedResult) -> Iterator[Block]:
    first, *others = sentences(r)
    yield Text(first, "lead", "bold")
    yield from map(Text, others)


def _body(r: CrossedResult) -> Iterator[Block]:
    yield Table("Variance components", rows(_rows(r)), HEADS)
    if not r.reason:
        yield Text(
            f"[ ] is a {level_text(r.alpha)} interval if what the levels do is normally "
            "distributed, and too short where it is skewed. p: F test that the source gives "
            "nothing alone.",
            "legend",
        )
    if r.failed:
        yield Text(
            f"{plural(r.failed, 'run')} failed; levels that are not complete are left out, which "
            "leaves the spread of the others only.",
            "alert",
        )
    if r.redrawn:
        yield Text(
            "Each level of the split trains and tests on examples of its own: its part mixes both, "
            "and speaks of splits of these data.",
            "note",
        )


def sentences(r: CrossedResult) -> list[str]:
    """Return what is found."""
    a, b = len(r.first_levels), len(r.second_levels)
    held = f", with {' and '.join(map(called, r.held))} held" if r.held else ""
    lead = f"{r.experiment}: {r.first} and {r.second} crossed, {a} x {b} runs{held}."
    if r.reason:
        return [f"{lead} Every run scores the same."]
    found = [lead]
    found += [_about(r, r.first, r.main_first), _about(r, r.second, r.main_second)]
    found.append(_about_interaction(r))
    return found


def _about(r: CrossedResult, name: str, effect: Effect) -> str:
    what, gives, p = called(name), share_text(effect), p_phrase(effect.p_value, r.alpha)
    # Two main effects are judged together: Bonferroni.
    if effect.p_value is not None and effect.p_value < r.alpha / 2:
        return f"{gives} of the variance comes from {what} alone ({p})."
    return f"That anything comes from {what} alone is not established ({gives}, {p})."


def _about_interaction(r: CrossedResult) -> str:
    text = (
        f"{share_text(r.interaction)} of the variance comes from the two only together: what one "
        "of them does depends on the other."
    )
    if r.repeats:
        return f"{text} Repeated runs are the same, so there is no noise in it."
    if r.repeats is None:
        return f"{text} Whether a repeated run is the same is not known; noise would be part of it."
    return f"{text} Repeated runs differ, and that noise is part of it."


def share_text(effect: Effect) -> str:
    """Return a share of the variance with its interval."""
    if effect.share is None:
        return NOTHING
    ends = effect.share_ci
    low_high = f" [{_percent(ends[0])}, {_percent(ends[1])}]" if ends else ""
    return f"{_percent(effect.share)} %{low_high}"


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _rows(r: CrossedResult) -> Iterator[tuple[str, ...]]:
    unit = unit_of(r)
    for name, part in parts(r):
        p = "" if part.p_value is None else p_text(part.p_value, r.alpha)
        yield name, sd_text(unit, part.sd, part.ci), share_text(part), p
    yield "both varied", sd_text(unit, r.sd, r.sd_ci), "", ""


def unit_of(r: CrossedResult) -> Unit:
    """Return how the metric is shown."""
    return Unit.of(r.metric, [score for row in r.scores for score in row])


def parts(r: CrossedResult) -> tuple[tuple[str, Effect], ...]:
    """Return the parts of the variance, named."""
    return (
        (f"{r.first} alone", r.main_first),
        (f"{r.second} alone", r.main_second),
        ("only together", r.interaction),
    )
