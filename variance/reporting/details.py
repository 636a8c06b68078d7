"""What a sweep is, apart from its scores: configuration, failures, where it was trained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from variance.characters import visible
from variance.records import Configuration, Environment, Failure, Header
from variance.reporting.layout import columns, wrapped

_MOST_FAILURES = 10


def render_details(
    header: Header,
    environments: Sequence[Environment],
    failures: Sequence[Failure],
    *,
    width: int = 100,
) -> str:
    """Return what a sweep is, as text.

    Parameters
    ----------
    header : Header
        What was trained.
    environments : sequence of Environment
        Where, one each time training was started.
    failures : sequence of Failure
        The seeds that gave no model; the first ten are shown.
    width : int
        Columns that sentences are wrapped to.
    """
    blocks = [_failures(failures), _what(header, width), _where(environments, width)]
    return "\n\n".join("\n".join(lines) for lines in map(list, blocks) if lines)


def details_data(
    header: Header, environments: Iterable[Environment], failures: Iterable[Failure]
) -> dict[str, Any]:
    """Return the same as JSON-ready data."""
    return {
        "experiment": header.experiment,
        "origin": header.origin,
        "note": header.note,
        "created": header.created,
        "configuration": header.configuration.as_dict() if header.configuration else None,
        "fingerprints": dict(header.fingerprints),
        "environments": [
            {"started": e.started, "command": e.command, "facts": dict(e.facts)}
            for e in environments
        ],
        "failures": [
            {
                "seed": f.seed,
                "reason": f.reason,
                "error": f.error,
                "attempts": f.attempts,
                "traceback": f.traceback,
            }
            for f in failures
        ],
    }


def _failures(failures: Sequence[Failure]) -> Iterator[str]:
    if not failures:
        return
    yield f"failed seeds: {len(failures)}"
    rows = [(f"seed {f.seed}", f.reason, f.error[:120]) for f in failures[:_MOST_FAILURES]]
    yield from columns(rows)
    if len(failures) > _MOST_FAILURES:
        yield f"  … and {len(failures) - _MOST_FAILURES} more; all: --format json"


def _what(header: Header, width: int) -> Iterator[str]:
    if header.note:
        yield visible(header.note)
    rows = [("experiment", header.experiment)]
    if header.configuration:
        rows += configuration_rows(header.configuration)
    rows += [(f"{name} digest", digest[:16]) for name, digest in header.fingerprints.items()]
    yield from pairs(rows, width)


def configuration_rows(configuration: Configuration) -> list[tuple[str, str]]:
    """Return settings, sources and execution, each with its label."""
    execution = configuration.execution
    kernels = f"oneDNN {'on' if execution.onednn else 'off'}"
    precision = "" if execution.precision == "default" else f", in {execution.precision}"
    held = ", ".join(f"{source} at {seed}" for source, seed in configuration.held.items())
    return [
        ("settings", " ".join(f"{k}={v}" for k, v in configuration.settings.items())),
        ("varies", ", ".join(configuration.vary) or "nothing: every source is held"),
        *([("held", f"{held}, the others at 0")] if held else []),
        ("threads", f"{execution.threads}, {kernels}{precision}"),
    ]


def _where(environments: Sequence[Environment], width: int) -> Iterator[str]:
    """Yield the last environment; runs of the others are counted only."""
    if not environments:
        return
    last = environments[-1]
    shown = ("cpu", "cores", "system", "python", "tensorflow", "keras", "numpy", "git")
    facts = [(k, last.facts[k]) for k in shown if k in last.facts]
    again = f" (training was started {len(environments)} times)" if len(environments) > 1 else ""
    started = f"{last.started}{again}"
    yield from pairs([("started", started), ("command", last.command), *facts], width)
    yield "  all that is recorded: --environment"


def pairs(rows: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Yield labels and their texts, which are wrapped beside them."""
    rows = [(visible(label), text) for label, text in rows]
    label_width = max(len(label) for label, _ in rows)
    for label, text in rows:
        indent = " " * (label_width + 4)
        lines = wrapped(text, width, indent)
        yield f"  {label.ljust(label_width)}  {lines.strip()}"
