"""Sections about classes, or quarters of the targets: what moved, what is taken for what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from variance import plots
from variance.analysis.results import Comparison
from variance.analysis.summary_results import Summary
from variance.errors import Refusal
from variance.plots.confusion import counts_text
from variance.reporting.document import Row, Table, Text, rows
from variance.reporting.page.judged import judged
from variance.reporting.page.material import Material, Pair
from variance.reporting.page.parts import Beside, Block, figure
from variance.reporting.summary_text import class_table, confusion_table
from variance.reporting.view import PartTable, remarks, view
from variance.wording.quantities import Unit, p_text, plural

MOST_ROWS = 60
MOST_COLUMNS = 15
"""Classes up to which a matrix is a table of its own."""
_ALL = "variance compare --per-class shows them"
_FIRST_CELLS = 20


def parts(m: Material, pair: Pair) -> Iterator[Block]:
    """Yield the difference of every class."""
    if not _numbers_only(m):
        yield from _parts(judged(pair), pair)


def slices(m: Material, pair: Pair) -> Iterator[Block]:
    """Yield the difference of every quarter of the targets."""
    if _numbers_only(m):
        yield from _parts(judged(pair), pair)


def _numbers_only(m: Material) -> bool:
    """Tell whether all sweeps predict numbers, so that there is nothing to say of classes."""
    return all(runs.kind == "regression" for runs in m.runs)


def _parts(c: Comparison, pair: Pair) -> Iterator[Block]:
    found = view(c, per_class=True).parts
    if found is None or not found.rows:
        missing = [c.unavailable[n] for n in ("per_class", "per_slice") if n in c.unavailable]
        raise Refusal((missing or [*c.refused.values(), "the runs have no classes"])[0])
    yield figure(
        lambda: plots.plot_parts(c),
        f"parts-{pair.key}",
        f"Difference in {found.measure} by {found.noun}",
        f"One row a {found.noun}, those that moved most first, with simultaneous intervals. The "
        "numbers are in the table below.",
        tuple(_part_table(found, view(c).names)),
        shown=True,
    )


def _part_table(found: PartTable, names: tuple[str, str]) -> Iterator[Block]:
    shown = found.rows[:MOST_ROWS]
    yield Table(
        f"{found.measure} of the {found.plural}",
        tuple(
            Row(
                (
                    r.label, r.support, r.baseline, r.candidate,
                    f"{r.difference} {r.interval}".rstrip(), r.p,
                ),
                r.verdict,
            )
            for r in shown
        ),
        (found.noun, "examples", *names, "difference", "p (Holm)"),
    )  # fmt: skip
    yield Text(
        f"{found.measure}; [ ] holds for all {found.plural} together; those that moved most first",
        "legend",
    )
    if len(found.rows) > len(shown):
        hidden = len(found.rows) - len(shown)
        yield Text(f"{hidden:,} {found.plural} that moved less are not shown; {_ALL}", "legend")


def confusion(m: Material, pair: Pair) -> Iterator[Block]:
    """Yield what is taken for what in both sweeps, and what differs beyond noise."""
    if _numbers_only(m):
        return
    sides = (pair.baseline.summary, pair.candidate.summary)
    if all(side.confusion is None for side in sides):
        raise Refusal(_no_confusion(sides))
    yield Beside(tuple(_matrix(side, pair, i) for i, side in enumerate(sides)), wide=True)
    try:
        c = judged(pair)
    except Refusal as refusal:
        yield Text(f"The two were not compared: {refusal.message}.", "note")
        return
    yield figure(
        lambda: plots.plot_confusion_difference(c, *sides),
        f"confused-{pair.key}",
        f"Confusions of {pair.candidate.name} minus those of {pair.baseline.name}",
        "A matrix of true against predicted classes; cells that stand out are coloured, noise is "
        "muted. The cells with the smallest p are in the table below.",
        tuple(_cells(c)),
    )
    yield from (Text(note, "note") for note in remarks(c)["flips"])


def classes(m: Material) -> Iterator[Block]:
    """Yield the classes of a single sweep, the least steady first."""
    if _numbers_only(m):
        return
    s = m.subjects[0].summary
    if not s.per_class:
        raise Refusal(s.unavailable.get("per_class", "the runs have no classes"))
    yield from class_table(s, per_class=len(s.per_class) <= MOST_ROWS, hint="variance show S "
                           "--per-class shows them")  # fmt: skip


def own_confusion(m: Material) -> Iterator[Block]:
    """Yield what is taken for what in a single sweep."""
    if _numbers_only(m):
        return
    s = m.subjects[0].summary
    if s.confusion is None:
        raise Refusal(_no_confusion([s]))
    yield _matrix(s)
    if s.confusion.moving:
        yield from confusion_table(s)


def _no_confusion(summaries: Sequence[Summary]) -> str:
    reasons = [s.unavailable["confusion"] for s in summaries if "confusion" in s.unavailable]
    return reasons[0] if reasons else "the runs have no classes"


def _matrix(s: Summary, pair: Pair | None = None, side: int = 0) -> Block:
    beside = "" if pair is None else f", beside {(pair.candidate, pair.baseline)[side].name}"
    return figure(
        lambda: plots.plot_confusion(s),
        f"confusion-{'0' if pair is None else pair.key}-{side}",
        f"Confusion matrix of {s.name}{beside}",
        f"Mean over {plural(s.runs, 'run')} of how many examples of each true class are predicted "
        "as each class. The numbers are in the table below.",
        tuple(_counts(s)),
    )


def _counts(s: Summary) -> Iterator[Block]:
    found = s.confusion
    if found is None or s.per_class is None:
        return
    names = [one.label for one in s.per_class]
    if len(names) > MOST_COLUMNS:
        cells = [
            (mean, found.sd[i][j], names[i], names[j])
            for i, row in enumerate(found.mean)
            for j, mean in enumerate(row)
            if i != j and mean
        ]
        cells.sort(key=lambda cell: -cell[0])
        yield Table(
            f"The commonest confusions of {s.name}, times a run",
            rows((t, p, counts_text(mean, sd)) for mean, sd, t, p in cells[:_FIRST_CELLS]),
            ("true", "predicted", "mean ± SD"),
            titled=True,
        )
        return
    yield Table(
        f"Confusion matrix of {s.name}: examples a run, mean ± SD",
        rows(
            (
                names[i],
                *(counts_text(mean, found.sd[i][j]) if mean else "0" for j, mean in enumerate(row)),
            )
            for i, row in enumerate(found.mean)
        ),
        ("true \\ predicted", *names),
        titled=True,
    )


def _cells(c: Comparison) -> Iterator[Block]:
    if not c.confusion:
        yield Text("No cell was compared.", "legend")
        return
    unit = Unit(True)
    yield Table(
        "Confusions with the smallest p, as shares of the true class",
        rows(
            (
                f"{cell.true} → {cell.predicted}", unit.value(cell.baseline, 2),
                unit.value(cell.candidate, 2), unit.difference(cell.difference, 2),
                p_text(cell.p_value, c.alpha), p_text(cell.p_adjusted, c.alpha),
            )
            for cell in c.confusion
        ),
        ("true → predicted", *view(c).names, "difference", "p", "p (Benjamini-Hochberg)"),
        titled=True,
    )  # fmt: skip
    yield Text("For exploration: which cells were looked at was not chosen beforehand.", "legend")
