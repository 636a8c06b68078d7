"""The examples that a report shows: chosen, and their pictures fetched."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from variance.errors import DataError, Refusal

if TYPE_CHECKING:
    from variance.analysis.disputed import Disputed
    from variance.analysis.matching import Match
    from variance.reporting.page import Gallery, Pair, Subject

MOST_PICTURES = 12
"""Examples of each kind that are shown."""
FEW = 6
"""The same, for each of several candidates."""


def galleries(
    subjects: Sequence[Subject], pairs: Sequence[Pair], options: Mapping[str, Any]
) -> tuple[list[Gallery], str]:
    """Return the examples on which runs disagree, with pictures; or why there are none.

    Parameters
    ----------
    subjects : sequence of Subject
        The baseline first.
    pairs : sequence of Pair
    options : mapping of str to Any
        Those of the comparison.
    """
    found: list[Gallery] = []
    reasons: list[str] = []
    for make in _makers(subjects, pairs, options):
        try:
            found += make()
        except Refusal as refusal:
            reasons.append(refusal.message)
    if not found and pairs:  # a sweep without predictions does not hide those of the other
        alone, _ = galleries(subjects[:1], (), options)
        found += alone
    return found, "" if found else reasons[0]


def _makers(
    subjects: Sequence[Subject], pairs: Sequence[Pair], options: Mapping[str, Any]
) -> Iterator[Callable[[], list[Gallery]]]:
    matched = [_matched(pair, options) for pair in pairs]
    if len(pairs) == 1 and matched[0] is not None:
        yield partial(_of_pair, subjects, matched[0], MOST_PICTURES, least=True)
        return
    for pair, match in zip(pairs, matched, strict=True):
        if match is not None:
            yield partial(_of_pair, (pair.baseline, pair.candidate), match, FEW, least=False)
    alone = [subjects[0], *(p.candidate for p, m in zip(pairs, matched, strict=True) if m is None)]
    for subject in alone:
        yield partial(_of_one, subject)


def _matched(pair: Pair, options: Mapping[str, Any]) -> Match | None:
    """Return two sweeps with their examples in the same order; None where they have others."""
    from variance.analysis.matching import match

    if pair.comparison is None:
        return None
    wanted = {name: options[name] for name in ("metric", "costs", "paired")}
    found = match(pair.baseline.runs, pair.candidate.runs, **wanted)
    return None if found.problem else found


def _of_pair(subjects: Sequence[Subject], match: Match, top: int, *, least: bool) -> list[Gallery]:
    from variance.analysis.disputed import least_decided, most_moved

    sides = (match.baseline.runs, match.candidate.runs)
    moved = most_moved(*sides, top=top)
    names = (sides[0].name, sides[1].name)
    found = {f"Where {names[1]} and {names[0]} differ most in the share of runs that are right":
             moved}  # fmt: skip
    if least:
        shown = {one.example for one in moved}
        found["Of the others, those on which the runs of a sweep disagree most"] = least_decided(
            *sides, top=top, without=shown
        )
    return _with_pixels(subjects[0], found, names)


def _of_one(subject: Subject) -> list[Gallery]:
    from variance.analysis.disputed import least_decided

    title = f"Where the runs of {subject.name} disagree most"
    shown = least_decided(subject.runs, top=MOST_PICTURES)
    return _with_pixels(subject, {title: shown}, (subject.name,))


def _with_pixels(
    subject: Subject, found: Mapping[str, tuple[Disputed, ...]], names: tuple[str, ...]
) -> list[Gallery]:
    from variance.reporting.page import Gallery

    pictures, reason = _pictures(subject) if any(found.values()) else (None, "")
    return [
        Gallery(
            title, names, examples,
            {} if pictures is None else {e.example: pictures[e.example] for e in examples}, reason,
        )
        for title, examples in found.items()
    ]  # fmt: skip


def _pictures(subject: Subject) -> tuple[NDArray[Any] | None, str]:
    """Return the test images of a sweep, or why there are none."""
    from variance.experiments.pictures import pictures_of

    header, runs = subject.header, subject.runs
    if header.configuration is None:
        return None, "the runs come from elsewhere, and brought no pictures"
    try:
        found = pictures_of(
            header.experiment, header.configuration.settings, header.fingerprints.get("data", "")
        )
    except DataError as error:
        return None, error.message
    if runs.examples is not None or len(found) != runs.test_size:
        return None, "which picture belongs to which example is not known"
    return found, ""
