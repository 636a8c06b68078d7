"""Sections that judge: the answer, the difference, what more seeds would find."""

from __future__ import annotations

from collections.abc import Iterator

from variance import plots
from variance.analysis.curve import curve
from variance.analysis.results import Comparison
from variance.errors import Refusal
from variance.reporting.document import Row, Table, Text, rows
from variance.reporting.many_text import comparisons_document
from variance.reporting.page.material import Material, Pair
from variance.reporting.page.parts import Block, figure
from variance.reporting.sentence import sentence, unit_of
from variance.reporting.summary_text import summary_sentence
from variance.reporting.view import View, alerts_of, remarks, view
from variance.wording.quantities import NOTHING


def answers(m: Material) -> Iterator[Text]:
    """Yield the sentence of every candidate, or of the only sweep."""
    if not m.pairs:
        yield Text(summary_sentence(m.subjects[0].summary), "lead", "bold")
    for pair in m.pairs:
        if pair.comparison is None:
            names = f"{pair.candidate.name} CANNOT BE JUDGED against {pair.baseline.name}"
            yield Text(f"{names}: {pair.refusal}.", "lead", "refused")
        else:
            yield Text(sentence(pair.comparison), "lead", pair.comparison.verdict)


def head(m: Material) -> Iterator[Block]:
    """Yield what was compared, and what a reader must know."""
    found = [pair.comparison for pair in m.pairs if pair.comparison is not None]
    if len(m.pairs) == 1 and found:
        yield Text(view(found[0]).line)
    several = len(m.pairs) > 1
    said = dict.fromkeys(
        f"{c.candidate.name}: {alert}" if several else alert
        for c in found
        for alert in alerts_of(c)
    )
    if m.together is not None:
        said |= dict.fromkeys(alert.message for alert in m.together.alerts)
    if not found:
        said |= dict.fromkeys(a.message for s in m.summaries for a in s.alerts)
    yield from (Text(message, "alert") for message in said)


def together(m: Material) -> Iterator[Block]:
    """Yield all candidates in one figure and table."""
    found = m.together
    if found is None:
        return
    # Its sentences and alerts stand at the head of the page.
    told = [block for section in comparisons_document(found).sections for block in section]
    table = [b for b in told if isinstance(b, Table) or b.kind in ("line", "legend")]
    if all(isinstance(block, Text) for block in table):
        raise Refusal("no candidate could be judged")
    yield figure(
        lambda: plots.plot_candidates(found),
        "candidates",
        f"Every candidate against {m.subjects[0].name}",
        "The difference of each candidate in both scopes, with intervals that hold for all "
        "together. The numbers are in the table below.",
        table,
        shown=True,
    )


def difference(m: Material, pair: Pair) -> Iterator[Block]:
    """Yield the difference in both scopes against zero and the margin."""
    del m
    c = judged(pair)
    shown, said = view(c), remarks(c)
    yield figure(
        lambda: plots.plot_difference(c),
        f"difference-{pair.key}",
        f"Difference between {pair.candidate.name} and {pair.baseline.name}",
        f"{shown.sentence} The numbers are in the table below.",
        tuple(_headline(c, shown)),
        shown=True,
    )
    yield from (Text(note, "note") for note in (*said["superiority"], *said["tests"]))
    if shown.unavailable:
        yield Text(f"Not computed: {shown.unavailable}.", "note")


def judged(pair: Pair) -> Comparison:
    """Return the comparison.

    Raises
    ------
    Refusal
        If there is none, or neither scope could be judged.
    """
    c = pair.comparison
    if c is None:
        raise Refusal(pair.refusal)
    if all(effect is None or effect.ci is None for effect in (c.test_set, c.new_data)):
        raise Refusal("; ".join(dict.fromkeys(c.refused.values())) or "nothing could be judged")
    return c


def _headline(c: Comparison, shown: View) -> Iterator[Block]:
    first = shown.headline[0]
    yield Table(
        f"{c.metric}: {shown.names[1]} against {shown.names[0]}",
        tuple(
            Row(
                (
                    r.scope or c.metric, first.baseline, first.candidate,
                    f"{r.difference} {r.interval}".rstrip(), r.p,
                ),
                r.verdict,
            )
            for r in shown.headline
        ),
        ("on", *shown.names, "difference", "p"),
        titled=True,
    )  # fmt: skip
    yield Text(f"{shown.legend}.", "legend")


def needed(m: Material, pair: Pair) -> Iterator[Block]:
    """Yield how many seeds and examples would settle the question."""
    del m
    c = judged(pair)
    yield from (Text(note, "note") for note in remarks(c)["limits"])
    yield figure(
        lambda: plots.plot_needed(c),
        f"needed-{pair.key}",
        "Smallest difference that a number of seeds finds",
        "Curves that fall with the number of seeds a side; what was run and what is needed are "
        "marked. The numbers are in the table below.",
        tuple(_steps(c)),
    )


def _steps(c: Comparison) -> Iterator[Block]:
    found, unit = curve(c), unit_of(c)
    if found is None:
        return
    run = None if c.pilot is None else c.pilot.runs
    yield Table(
        "Smallest difference found with 80 % power",
        rows(
            (
                f"{step.seeds:,}{' (as run)' if step.seeds == run else ''}",
                NOTHING if step.test_set is None else unit.size(step.test_set),
                NOTHING if step.new_data is None else unit.size(step.new_data),
            )
            for step in found.steps
        ),
        ("seeds a side", "on this test set", "on new data"),
        titled=True,
    )
    yield Text("Planned with the upper 80 % limit of the SD that the runs showed.", "legend")
