"""Where a sweep comes from, and what differs between two, as plain text and as data."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from variance.characters import visible
from variance.provenance import Difference, Differences
from variance.records import Environment, Header
from variance.reporting.details import configuration_rows, pairs
from variance.reporting.layout import wrapped

_NOT_RECORDED = "not recorded"
_HEADINGS = {
    "results": "can change results: another model, or other data",
    "bits": "can change bits: the same training, computed otherwise",
    "unknown": "not recorded of both: may differ, and could change bits or results then",
    "speed": "can change the speed only",
    "nothing": "changes nothing",
}
_PATTERNS = {
    "code": r"git.*|imports",
    "libraries": r"trained in|blas.*|openmp.*|libc",
    "machine": r"machine|cpu.*|cores.*|memory.*|gpu.*|container|virtual machine",
    "system": r"system|distribution|python.*",
    "variables": r"[A-Z][A-Z0-9]*_[A-Z0-9_]+|PYTHONHASHSEED",
    "of the record": r"record|not recorded",
}
"""Which facts belong together; the others are versions of packages."""
_PACKAGES = "packages"
_ORDER = ("code", "system", _PACKAGES, "libraries", "machine", "variables")
_LISTS = frozenset({"cpu features", "imports"})
"""Facts that are lists of words, of which only those that differ are shown."""


def sections(facts: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return facts by what they are about."""
    found: dict[str, dict[str, str]] = {}
    for name, value in facts.items():
        fitting = (s for s, pattern in _PATTERNS.items() if re.fullmatch(pattern, name))
        found.setdefault(next(fitting, _PACKAGES), {})[name] = value
    return {name: found[name] for name in (*_ORDER, "of the record") if name in found}


def provenance_data(
    name: str, header: Header, environments: Sequence[Environment]
) -> dict[str, Any]:
    """Return where a sweep comes from as JSON-ready data."""
    return {
        "schema": 1,
        "name": name,
        "experiment": header.experiment,
        "origin": header.origin,
        "created": header.created,
        "configuration": header.configuration.as_dict() if header.configuration else None,
        "fingerprints": dict(header.fingerprints),
        "environments": [
            {"started": e.started, "command": e.command, "facts": sections(e.facts)}
            for e in environments
        ],
    }


def render_provenance(
    name: str, header: Header, environments: Sequence[Environment], *, width: int = 100
) -> str:
    """Return where a sweep comes from: what was trained, where, by which command.

    Of several sessions the last is shown whole; of the others, what was different.

    Parameters
    ----------
    name : str
        How the sweep is called.
    header : Header
        What was trained.
    environments : sequence of Environment
        Where, one each time training was started.
    width : int
        Columns that values are wrapped to.
    """
    made = visible(f"  {header.origin} {header.created}".rstrip())
    blocks = [[visible(name)], [made, *_what(header, width)]]
    if not environments:
        blocks.append(["Where it was computed is not recorded."])
    else:
        blocks += _sessions(environments, width)
    return "\n\n".join("\n".join(block) for block in blocks)


def render_differences(found: Differences, *, width: int = 100) -> str:
    """Return what differs between two sweeps, and what that can change.

    Parameters
    ----------
    found : Differences
    width : int
        Columns that sentences are wrapped to.
    """
    lines = [visible(f"{found.a} → {found.b}")]
    for heading, rows in grouped(found):
        reasons = heading not in (_HEADINGS["speed"], _HEADINGS["nothing"])
        lines += ["", heading, *_rows(rows, width, reasons=reasons)]
    return "\n".join([*lines, "", wrapped(sentence(found), width)])


def grouped(found: Differences) -> Iterator[tuple[str, list[Difference]]]:
    """Yield what differs by what it can change, the worst first, each group with its heading."""
    for group, heading in _HEADINGS.items():
        rows = [d for d in found.differences if _group(d) == group]
        if rows:
            yield heading, rows


def sentence(found: Differences) -> str:
    """Return whether the seeds that both sweeps have can be expected to agree bit for bit."""
    return " ".join(part for part in (_expected(found), _stored(found)) if part)


def _expected(found: Differences) -> str:
    if found.bits == "may-differ":
        known = [d.what for d in found.explanations if d.known]
        more = f", then {_listed(known[1:4])}" if len(known) > 1 else ""
        return (
            "The same seed need not give the same bits in both; where it does not, the likeliest "
            f"reason is {known[0]}{more}."
        )
    if found.bits == "unknown":
        missing = [d.what for d in found.explanations] + list(found.not_recorded)
        return (
            "Nothing that is recorded of both differs in a way that can change a bit; but "
            f"{_listed(missing[:6], len(missing))} {'is' if len(missing) == 1 else 'are'} not "
            "recorded of both, so it is not known whether the same seed gives the same bits."
        )
    if found.bits == "no-shared-seeds":
        return "Nothing differs that can change a bit, but they have no seed in common."
    proviso = ", if their own code draws all its randomness from the seed" if found.own_code else ""
    return (
        f"Nothing differs that can change a bit: the {_seeds(found.shared_seeds)} that both have "
        f"can be expected to agree bit for bit{proviso}."
    )


def _stored(found: Differences) -> str:
    if found.agreeing is None:
        return ""
    return (
        f"As they are stored, {found.agreeing} of the {_seeds(found.shared_seeds)} that both have "
        "came out the same."
    )


def _seeds(count: int) -> str:
    return f"{count} seed{'s' * (count != 1)}"


def _listed(names: Sequence[str], total: int | None = None) -> str:
    hidden = (total or len(names)) - len(names)
    shown = [*names, f"{hidden} more facts"] if hidden else list(names)
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _group(d: Difference) -> str:
    return "unknown" if not d.known and d.may_change in ("results", "bits") else d.may_change


def _rows(rows: Sequence[Difference], width: int, *, reasons: bool) -> Iterator[str]:
    table = []
    for d in rows:
        reason = f"  ({d.reason})" if reasons else ""
        table.append((d.what, f"{change(d)}{reason}"))
    yield from pairs(table, width)


def change(d: Difference) -> str:
    """Return both values; of a list of words, those that only one of them has."""
    if d.what in _LISTS and d.known and len(d.a) == len(d.b) == 1:
        mine, theirs = ((side[0] or "").replace(",", "").split() for side in (d.a, d.b))
        lost = [word for word in mine if word not in theirs]
        gained = [word for word in theirs if word not in mine]
        return " ".join([*(f"-{word}" for word in lost), *(f"+{word}" for word in gained)])
    return f"{_values(d, d.a)} → {_values(d, d.b)}"


def _values(d: Difference, values: Sequence[str | None]) -> str:
    return " and ".join(_NOT_RECORDED if v is None else _short(d, v) for v in values)


def _short(d: Difference, value: str) -> str:
    """Return a value, a digest or commit by its beginning."""
    if d.section in ("data", "code"):
        return value[:12]
    return re.sub(r"\b([0-9a-f]{12})[0-9a-f]{28}\b", r"\1", value) or "nothing"


def _what(header: Header, width: int) -> Iterator[str]:
    rows = [("experiment", header.experiment)]
    if header.configuration:
        rows += configuration_rows(header.configuration)
    rows += [(f"{name} digest", digest) for name, digest in header.fingerprints.items()]
    yield from pairs(rows, width)


def _sessions(environments: Sequence[Environment], width: int) -> Iterator[list[str]]:
    last = environments[-1]
    yield ["when", *pairs([("started", last.started), ("command", last.command)], width)]
    for section, facts in sections(last.facts).items():
        if section != "of the record":
            yield [section, *pairs(list(facts.items()), width)]
    if "record" not in last.facts:
        yield ["Recorded by an earlier version, which looked for fewer facts."]
    if "not recorded" in last.facts:
        yield [visible(f"Could not be recorded: {last.facts['not recorded']}.")]
    for number, other in enumerate(environments[:-1], 1):
        yield [f"session {number} of {len(environments)}", *_against(other, last, width)]


def _against(other: Environment, last: Environment, width: int) -> Iterator[str]:
    """Yield when another session was started, and which of its facts are not those of the last."""
    names = [n for n in dict.fromkeys([*other.facts, *last.facts]) if n != "record"]
    rows = [("started", other.started), ("command", other.command)]
    rows += [
        (name, other.facts.get(name, _NOT_RECORDED))
        for name in names
        if other.facts.get(name) != last.facts.get(name)
    ]
    yield from pairs(rows, width)
    if len(rows) == 2:
        yield "  the same environment as the last"
