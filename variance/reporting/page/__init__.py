"""What the report says, as data: a list of sections, each made by one function.

Another section is another function and one more line below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from variance.errors import Refusal
from variance.reporting.document import Table, Text, rows
from variance.reporting.page import classes, examples, judged, origins, reading, sources, sweeps
from variance.reporting.page.material import Gallery, Material, Pair, Subject
from variance.reporting.page.parts import Block, Page, Section

__all__ = ["Gallery", "Material", "Page", "Pair", "Subject", "build"]


@dataclass(frozen=True)
class _Whole:
    """A section about all sweeps; its function yields blocks, or refuses with the reason."""

    key: str
    title: str
    blocks: Callable[[Material], Iterable[Block]]
    single: bool | None = None
    """Whether it belongs to a page of one sweep only, of several only, or to both."""


@dataclass(frozen=True)
class _Judging:
    """A section about one candidate against the baseline."""

    key: str
    title: str
    blocks: Callable[[Material, Pair], Iterable[Block]]


ORDER: tuple[_Whole | _Judging, ...] = (
    _Whole("candidates", "All candidates", judged.together, single=False),
    _Judging("difference", "The difference", judged.difference),
    _Whole("runs", "Every run", sweeps.every_run),
    _Judging("classes", "Class by class", classes.parts),
    _Judging("targets", "By size of the target", classes.slices),
    _Whole("classes", "Class by class", classes.classes, single=True),
    _Judging("confusion", "What is taken for what", classes.confusion),
    _Whole("confusion", "What is taken for what", classes.own_confusion, single=True),
    _Whole("distributions", "Distributions and predictions", sweeps.distributions),
    _Whole("spread", "Where the spread comes from", sweeps.spread),
    _Whole("sources", "Which randomness the spread comes from", sources.sources),
    _Judging("needed", "What more seeds and examples would find", judged.needed),
    _Whole("luck", "Best of several, and luck", sweeps.best_and_luck),
    _Whole("examples", "Examples on which runs disagree", examples.examples),
    _Whole("failures", "Failed runs", origins.failures),
    _Whole("reproduce", "How to reproduce", origins.reproduce),
    _Whole("reading", "How to read this page", reading.reading),
)
"""What a page holds, from top to bottom."""


def build(m: Material) -> Page:
    """Return what the page says.

    Parameters
    ----------
    m : Material
    """
    missing: dict[str, str] = {}
    found = list(_sections(m, missing))
    if missing:
        at = next(i for i, section in enumerate(found) if section.key == "reproduce")
        found.insert(at, _missing(missing))
    return Page(_title(m), tuple(_about(m)), tuple(judged.answers(m)), tuple(judged.head(m)),
                tuple(found))  # fmt: skip


def _sections(m: Material, missing: dict[str, str]) -> Iterator[Section]:
    """Yield the sections that there are; of several candidates, each has a chapter."""
    several = len(m.pairs) > 1
    for one in ORDER:
        if isinstance(one, _Whole):
            if one.single is None or one.single == (not m.pairs):
                yield from _section(one.key, one.title, partial(one.blocks, m), missing)
            if several and one.key == "runs":
                yield from _chapters(m, missing)
        elif m.pairs and not several:
            yield from _judging(one, m, m.pairs[0], one.key, missing)


def _chapters(m: Material, missing: dict[str, str]) -> Iterator[Section]:
    for pair in m.pairs:
        own: dict[str, str] = {}
        parts = [
            section
            for one in ORDER
            if isinstance(one, _Judging)
            for section in _judging(one, m, pair, f"{one.key}-{pair.key}", own)
        ]
        missing |= {f"{title}: {pair.candidate.name}": why for title, why in own.items()}
        answer = list(judged.answers(m))[m.pairs.index(pair)]
        yield Section(f"candidate-{pair.key}", pair.candidate.name, (Text(answer.text, "line",
                      answer.style),), tuple(parts))  # fmt: skip


def _judging(
    one: _Judging, m: Material, pair: Pair, key: str, missing: dict[str, str]
) -> Iterator[Section]:
    yield from _section(key, one.title, partial(one.blocks, m, pair), missing)


def _section(
    key: str, title: str, make: Callable[[], Iterable[Block]], missing: dict[str, str]
) -> Iterator[Section]:
    """Yield the section if it holds anything; what cannot be is remembered with its reason."""
    try:
        blocks = tuple(make())
    except Refusal as refusal:
        missing[title] = refusal.message
        return
    if blocks:
        yield Section(key, title, blocks)


def _missing(reasons: dict[str, str]) -> Section:
    """Return what is not here and why, what shares a reason together."""
    together: dict[str, list[str]] = {}
    for title, reason in reasons.items():
        together.setdefault(reason, []).append(title)
    found = rows((", ".join(titles), reason) for reason, titles in together.items())
    table = Table("What is not here, and why", found, ("section", "why it is missing"))
    return Section("missing", "Not in this report", (table,))


def _title(m: Material) -> str:
    base = m.subjects[0].name
    if not m.pairs:
        return base
    if len(m.pairs) == 1:
        return f"{m.pairs[0].candidate.name} against {base}"
    return f"{len(m.pairs)} candidates against {base}"


def _about(m: Material) -> Iterator[str]:
    """Yield what the page speaks of, each in a few words."""
    yield m.summaries[0].metric
    experiments = dict.fromkeys(s.header.experiment for s in m.subjects if s.header.experiment)
    if experiments:
        yield ", ".join(experiments)
    times = sorted(time for s in m.subjects for time in s.times)
    if times:
        days = dict.fromkeys((times[0][:10], times[-1][:10]))
        yield f"trained {' to '.join(days)}"
