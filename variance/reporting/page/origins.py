"""Sections on where the runs come from: failures, how to train them again, what differs."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from variance.provenance import Differences
from variance.provenance.rules import key_of
from variance.records import Environment
from variance.reporting.details import configuration_rows
from variance.reporting.document import Table, Text, rows
from variance.reporting.page.material import Material, Subject
from variance.reporting.page.parts import Aside, Block, Code
from variance.reporting.provenance_text import change, grouped, sections, sentence
from variance.reporting.view import remarks
from variance.wording.quantities import NOTHING, plural

MOST_FAILURES = 10
MOST_LETTERS = 200
MOST_BESIDE = 3
"""Sweeps whose configurations stand side by side."""


def failures(m: Material) -> Iterator[Block]:
    """Yield the seeds that gave no model."""
    for pair in m.pairs:
        if pair.comparison is not None:
            yield from (Text(note, "note") for note in remarks(pair.comparison)["failures"])
    for s in m.subjects:
        found = s.runs.failures
        if not found:
            continue
        yield Table(
            f"{s.name}: {plural(len(found), 'failed seed')}",
            rows((str(f.seed), f.reason, _cut(f.error)) for f in found[:MOST_FAILURES]),
            ("seed", "what happened", "error"),
            titled=True,
        )
        if len(found) > MOST_FAILURES:
            hidden = len(found) - MOST_FAILURES
            yield Text(f"{hidden:,} more failed seeds: variance show --format json", "legend")


def _cut(text: str) -> str:
    return text if len(text) <= MOST_LETTERS else f"{text[: MOST_LETTERS - 1]}…"


def reproduce(m: Material) -> Iterator[Block]:
    """Yield how to train and judge the same again, and what each sweep was trained with."""
    commands = [line for s in m.subjects for line in _commands(s)]
    if commands:
        yield Text("Train the same runs:")
        yield Code(tuple(dict.fromkeys(commands)), "Commands that trained the runs")
    yield Text("Make this page:")
    yield Code((m.command,), "Command that makes this page")
    trained = [s for s in m.subjects if s.header.configuration is not None]
    if trained:
        yield Text("Check that a sweep can be trained again bit for bit, and give it to others:")
        name = shlex.quote(trained[0].name)
        yield Code(
            (f"variance verify {name}", f"variance export {name} --recipe -o recipe.toml"),
            "Commands that check and pass on a sweep",
        )
    yield from _what(m.subjects)
    for s in m.subjects:
        yield from _where(s)
    for pair in m.pairs:
        if pair.differences is not None:
            yield from _differences(pair.differences)


def _commands(s: Subject) -> list[str]:
    return [e.command for e in s.environments if e.command]


def _what(subjects: Sequence[Subject]) -> Iterator[Table]:
    """Yield what was trained: a few sweeps beside each other, many one after the other."""
    if len(subjects) > MOST_BESIDE:
        for s in subjects:
            yield Table(f"{s.name}: what was trained", rows(_trained(s).items()), titled=True)
        return
    found = [_trained(s) for s in subjects]
    names = dict.fromkeys(name for one in found for name in one)
    yield Table(
        "What was trained",
        rows((name, *(one.get(name, NOTHING) for one in found)) for name in names),
        ("", *(s.name for s in subjects)),
        titled=True,
    )


def _trained(s: Subject) -> dict[str, str]:
    header = s.header
    found = {"experiment": header.experiment or NOTHING, "origin": header.origin}
    if header.note:
        found["note"] = header.note
    if header.configuration is not None:
        found |= configuration_rows(header.configuration)
    found |= {f"{name} digest": digest for name, digest in header.fingerprints.items()}
    if s.times:
        found["runs begun"] = _period(*s.times)
    return found


def _period(first: str, last: str) -> str:
    """Return from when to when, the day once where it is the same."""
    ends = _minute(first), _minute(last)
    if ends[0] == ends[1]:
        return ends[0]
    same = first[:10] == last[:10] and ends[0] != first
    return f"{ends[0].removesuffix(' UTC')} to {ends[1][11:] if same else ends[1]}"


def _minute(time: str) -> str:
    """Return an ISO 8601 time in UTC as people write it; another as it is."""
    return f"{time[:10]} {time[11:16]} UTC" if time.endswith("+00:00") else time


def _where(s: Subject) -> Iterator[Block]:
    """Yield the environment of the last session, and how many there were."""
    if not s.environments:
        yield Text(f"Where {s.name} was computed is not recorded.", "note")
        return
    last = s.environments[-1]
    again = len(s.environments)
    more = f" (the last of {again} times that training was started)" if again > 1 else ""
    yield Aside(f"{s.name}: where it was trained{more}", tuple(_facts(last)))


def _facts(last: Environment) -> Iterator[Block]:
    yield Table("When", rows([("started", _minute(last.started) or NOTHING)]), titled=True)
    shown = {k: v for k, v in last.facts.items() if key_of(k) != "foreign variable"}
    for name, facts in sections(shown).items():
        if name != "of the record":
            yield Table(name, rows(facts.items()), titled=True)


def _differences(found: Differences) -> Iterator[Block]:
    blocks: list[Block] = []
    for heading, group in grouped(found):
        blocks.append(
            Table(
                heading,
                rows((d.what, change(d), d.reason) for d in group),
                ("", f"{found.a} → {found.b}", "why"),
                titled=True,
            )
        )
    yield Text(f"{found.a} and {found.b}: {_lower(sentence(found))}")
    if blocks:
        yield Aside(f"What differs between {found.a} and {found.b}", tuple(blocks))


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
