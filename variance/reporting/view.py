"""What a comparison says, as data: the renderers only lay it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from variance.analysis.results import (
    SCOPES,
    Comparison,
    Effect,
    PartEffect,
    Scope,
    Side,
    moved_most,
)
from variance.reporting.sentence import sentence, unit_of
from variance.wording.quantities import (
    LONGEST_NAME,
    NOTHING,
    SYMBOLS,
    Unit,
    about,
    chance_text,
    half_width,
    level_text,
    p_phrase,
    p_text,
    plural,
    reasons_text,
    share_text,
)

MOST_PARTS = 12
NAMES = {
    "per_class": "classes", "per_slice": "quarters of the targets", "confusion": "confusions",
    "sensitivity": "other tests", "superiority": "interval of one run beating another",
    "spread": "test of equal spread",
}  # fmt: skip
"""What people call the parts of a comparison."""
POSTERIOR = frozenset({"worse", "same", "better"})
"""Details that are probabilities."""
SAID_ELSEWHERE = frozenset({"test-set-only", "test-set-limited", "seeds-limited"})
"""Alerts that the sentence or a note already tells."""


@dataclass(frozen=True)
class HeadlineRow:
    """One scope of the headline table; all texts."""

    metric: str
    baseline: str
    candidate: str
    difference: str
    interval: str
    p: str
    scope: str
    verdict: str


@dataclass(frozen=True)
class PartRow:
    """One class or slice; all texts but the verdict's word."""

    label: str
    support: str
    baseline: str
    candidate: str
    difference: str
    interval: str
    p: str
    verdict: str
    symbol: str


@dataclass(frozen=True)
class PartTable:
    """Classes or slices, those that moved most first.

    Attributes
    ----------
    noun, plural : str
        ``class`` or ``target``, and what several are called.
    measure : str
        What the values are.
    rows : tuple of PartRow
    hidden : int
        Rows that are not shown.
    """

    noun: str
    plural: str
    measure: str
    rows: tuple[PartRow, ...]
    hidden: int


@dataclass(frozen=True)
class View:
    """What a comparison says.

    Attributes
    ----------
    verdict, sentence, line : str
    names : tuple of str
        Of baseline and candidate, as column headings.
    headline : tuple of HeadlineRow
    legend : str
    notes, alerts : tuple of str
    unavailable : str
        What could not be computed, and why; empty where all could.
    parts : PartTable or None
    """

    verdict: str
    sentence: str
    line: str
    names: tuple[str, str]
    headline: tuple[HeadlineRow, ...]
    legend: str
    notes: tuple[str, ...]
    alerts: tuple[str, ...]
    unavailable: str
    parts: PartTable | None


def view(comparison: Comparison, *, per_class: bool | None = None) -> View:
    """Return what a comparison says.

    Parameters
    ----------
    comparison : Comparison
    per_class : bool, optional
        Whether to show all classes, or none; by default all up to 12, else those that moved.
    """
    missing = {k: v for k, v in comparison.unavailable.items() if k not in SCOPES}
    return View(
        comparison.verdict,
        sentence(comparison),
        _line(comparison),
        (_short(comparison.baseline.name), _short(comparison.candidate.name)),
        tuple(_headline(comparison)),
        f"± is the SD over runs; [ ] the {level_text(comparison.alpha)} confidence interval",
        tuple(_notes(comparison)),
        tuple(alerts_of(comparison)),
        reasons_text(missing, NAMES),
        _parts(comparison, per_class),
    )


def alerts_of(c: Comparison) -> Iterator[str]:
    """Yield the alerts that neither the sentence nor a note tells."""
    said = set(c.refused.values())
    for alert in c.alerts:
        if alert.code not in SAID_ELSEWHERE and alert.message not in said:
            yield alert.message


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _line(c: Comparison) -> str:
    counts = (c.baseline.runs, c.candidate.runs)
    runs = f"{plural(counts[0], 'run')} each" if counts[0] == counts[1] else (
        f"{counts[0]:,} and {plural(counts[1], 'run')}"
    )  # fmt: skip
    pairing = "unpaired"
    if c.pairing.by:
        r = "" if c.pairing.correlation is None else f" (r = {c.pairing.correlation:.2f})"
        pairing = f"paired by seed{r}"
    examples = next((e.examples for e in (c.test_set, c.new_data) if e and e.examples), None)
    tested = [f"{plural(examples, 'test example')}"] if examples else []
    better = "" if c.higher_is_better else " (lower is better)"
    return ", ".join([f"{c.metric}{better}", runs, pairing, *tested])


def _headline(c: Comparison) -> Iterator[HeadlineRow]:
    unit = unit_of(c)
    first = [_side(c.baseline, unit), _side(c.candidate, unit)]
    rows: tuple[tuple[Scope, str, Effect | None], ...] = (
        ("test-set", "this test set", c.test_set),
        ("new-data", "new data", c.new_data),
    )
    metric = c.metric
    widths = [half_width(e.ci) for e in (c.test_set, c.new_data) if e is not None and e.ci]
    digits = max((unit.digits(w) for w in widths), default=unit.digits(None))
    for scope, words, effect in rows:
        if effect is None:
            continue
        yield HeadlineRow(
            metric,
            first[0],
            first[1],
            unit.difference(effect.estimate, digits),
            unit.interval(effect.ci, digits),
            p_text(effect.p_value if effect.p_adjusted is None else effect.p_adjusted, c.alpha),
            _scope(words, effect, c.verdicts[scope]),
            c.verdicts[scope],
        )
        metric, first = "", ["", ""]
    if metric:
        yield HeadlineRow(metric, first[0], first[1], NOTHING, "", NOTHING, "", "refused")


def _scope(words: str, effect: Effect, verdict: str) -> str:
    """Return what a row speaks of, and how it was found or why not."""
    if verdict == "refused":
        return f"{words}: not judged"
    details = "; ".join(_detail(name, value) for name, value in effect.details.items())
    return f"{words} ({_method(effect)}{f': {details}' if details else ''})"


def _detail(name: str, value: float) -> str:
    if name in POSTERIOR:
        return f"{name} {chance_text(value)}"
    return f"{name} {value:.3g}"


def _side(side: Side, unit: Unit) -> str:
    if side.mean is None:
        return "no runs"
    digits = unit.digits(side.sd)
    if side.sd is None:
        return f"{unit.value(side.mean, digits)} (1 run)"
    return f"{unit.value(side.mean, digits)} ± {unit.spread(side.sd, digits)}"


def _method(effect: Effect) -> str:
    if "seeds x examples" in effect.method:
        return "seeds x examples"
    df = "" if effect.df is None else f", {effect.df:.3g} df"
    return f"{effect.method}{df}"


def remarks(c: Comparison) -> dict[str, tuple[str, ...]]:
    """Return the notes of a comparison by what they are about, in the order of the text."""
    parts = {
        "superiority": _superiority, "limits": _limits, "tests": _other_tests, "flips": _flips,
        "spread": _spread, "failures": _failures,
    }  # fmt: skip
    return {name: tuple(said(c)) for name, said in parts.items()}


def _notes(c: Comparison) -> Iterator[str]:
    for said in remarks(c).values():
        yield from said


def _failures(c: Comparison) -> Iterator[str]:
    if c.failures and (c.failures.baseline or c.failures.candidate):
        yield (
            f"Failed runs: {c.failures.baseline} baseline, {c.failures.candidate} candidate "
            f"({c.failures.method}, {p_phrase(c.failures.p_value, c.alpha)})."
        )


def _superiority(c: Comparison) -> Iterator[str]:
    s = c.superiority
    if s is None or s.ci is None:
        return
    low, high = (share_text(v).removesuffix(" %") for v in s.ci)
    yield (
        f"One {c.candidate.name} run beats one {c.baseline.name} run in {share_text(s.estimate)} "
        f"[{low}, {high}] of pairs."
    )


def _limits(c: Comparison) -> Iterator[str]:
    unit, effect = unit_of(c), c.effect
    if effect is None or effect.ci is None:
        return
    if c.verdict == "inconclusive":
        yield from _undecided(c, unit)
    if c.verdicts["new-data"] == "inconclusive" and c.limit:
        yield _limit(c, "" if c.scope == "new-data" else " on new data")


def _undecided(c: Comparison, unit: Unit) -> Iterator[str]:
    if c.minimum_detectable_effect is not None:
        yield (
            f"That is not equality: with 80 % power these runs find differences of "
            f"{unit.size(c.minimum_detectable_effect)} and more."
        )
    if c.seeds_needed is not None:
        yield (
            f"A difference of {_target(c, unit)} needs about {about(c.seeds_needed)} seeds a side"
            f"{_on_new_data(c)} (80 % power)."
        )


def _on_new_data(c: Comparison) -> str:
    """Return where the number of seeds holds: it is told once for each scope."""
    if c.scope == "new-data":
        return ""
    seeds = c.seeds_needed_on_new_data
    also = f", and {about(seeds)} on new data" if seeds and seeds != c.seeds_needed else ""
    both = " and on new data" if seeds and not also else ""
    return f" on this test set{also}{both}"


def _target(c: Comparison, unit: Unit) -> str:
    if c.margin is not None:
        return f"{unit.size(c.margin)} (the margin)"
    effect = c.effect
    return f"{unit.size((effect.estimate if effect else None) or 0.0)} (as estimated)"


def _limit(c: Comparison, where: str) -> str:
    """Say whether seeds or test examples are what is missing, and how many.

    No number means that these runs cannot promise one, not that none would do.
    """
    seeds, examples = c.seeds_needed_on_new_data, c.examples_needed
    named = c.verdict == "inconclusive" and c.seeds_needed is not None
    by_seeds = ("those seeds" if named else f"about {about(seeds)} seeds a side") if seeds else ""
    by_examples = f"about {about(examples)} test examples" if examples else ""
    first, second, nouns = by_seeds, by_examples, ("the seeds", "the test set")
    more = "more test examples"
    if c.limit == "examples":
        first, second, nouns = by_examples, by_seeds, ("the test set", "the seeds")
        more = "more seeds"
    cause = f"What limits the answer{where} is {nouns[0]}"
    if not first:
        alone = ", but these runs cannot promise that more of either alone suffices"
        return f"{cause} more than {nouns[1]}{f', or {second}' if second else alone}."
    other = f", and so would {second}" if second else f"; {more} alone may not"
    size = "" if c.margin is not None else ", if the difference is as large as it looks"
    return f"{cause}, not {nouns[1]}: {first} would settle it{size}{other}."


def _other_tests(c: Comparison) -> Iterator[str]:
    shown = [
        f"{s.method} {p_phrase(s.p_value, c.alpha)}"
        if s.p_value is not None
        else f"{s.method} {'agrees' if s.agrees else 'disagrees'}"
        for s in c.sensitivity
    ]
    if shown:
        yield f"Other tests on this test set, which do not decide: {', '.join(shown)}."


def _flips(c: Comparison) -> Iterator[str]:
    if c.churn is None or c.churn.within_baseline is None:
        return
    yield (
        f"Predictions: a {c.candidate.name} run gains {share_text(c.churn.gained, 2)} of the "
        f"examples and loses {share_text(c.churn.lost, 2)}; two {c.baseline.name} runs differ on "
        f"{share_text(c.churn.within_baseline, 2)}, one of each on "
        f"{share_text(c.churn.between, 2)}."
    )


def _spread(c: Comparison) -> Iterator[str]:
    s = c.spread
    if s is None or s.ratio is None or s.p_value is None or s.p_value >= c.alpha:
        return
    if s.ratio == 0:
        yield f"The runs of {c.candidate.name} do not vary at all."
        return
    word = "steadier" if s.ratio < 1 else "less steady"
    yield (
        f"{c.candidate.name} is {word}: its SD over runs is {s.ratio:.2g} times the baseline's "
        f"({s.method}, {p_phrase(s.p_value, c.alpha)})."
    )


def _parts(c: Comparison, per_class: bool | None) -> PartTable | None:
    found = c.per_class if c.per_class is not None else c.per_slice
    if found is None or per_class is False or c.effect is None:
        return None
    ordered = moved_most(found)
    shown = ordered
    if per_class is None and len(ordered) > MOST_PARTS:
        shown = [p for p in ordered if p.verdict in ("improved", "regressed")]
    unit = Unit(c.per_class is not None)
    nouns = ("class", "classes") if unit.share else ("target", "quarters of the targets")
    error = "mean absolute error" if c.metric == "mae" else "mean squared error"
    measure = "recall" if unit.share else error
    rows = tuple(_part_row(p, unit, c.alpha) for p in shown)
    return PartTable(*nouns, measure, rows, len(ordered) - len(shown))


def _part_row(part: PartEffect, unit: Unit, alpha: float) -> PartRow:
    digits = unit.digits(half_width(part.ci))
    coarse = max(digits - 1, 1) if unit.share else digits
    return PartRow(
        part.label,
        f"{part.support:,.0f}",
        unit.value(part.baseline, coarse),
        unit.value(part.candidate, coarse),
        unit.difference(part.difference, digits),
        unit.interval(part.ci, digits),
        p_text(part.p_adjusted, alpha),
        part.verdict,
        SYMBOLS[part.verdict],
    )
