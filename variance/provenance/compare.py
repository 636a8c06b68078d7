"""Lays the origins of two sweeps side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

from variance.provenance.rules import (
    BUILT_IN,
    RANKS,
    Effect,
    effect_of,
    is_variable,
    key_of,
    required,
    told,
)
from variance.records import Configuration, Environment, Header

Section: TypeAlias = Literal["configuration", "data", "code", "environment", "runs"]
Bits: TypeAlias = Literal["same", "may-differ", "unknown", "no-shared-seeds"]

_EFFECTS: tuple[Effect, ...] = ("results", "bits", "speed", "nothing")
_GIVEN = {"OMP_NUM_THREADS": "threads", "OPENBLAS_NUM_THREADS": "threads",
          "MKL_NUM_THREADS": "threads", "TF_ENABLE_ONEDNN_OPTS": "onednn"}  # fmt: skip
"""Variables that workers are given, and the setting that they follow."""
_NOT_COMPARED = frozenset({"record", "not recorded"})


@dataclass(frozen=True)
class Origin:
    """Where a sweep comes from.

    Attributes
    ----------
    name : str
        How it is called.
    header : Header
        What was trained.
    environments : sequence of Environment
        Where, one entry each time training was started.
    results : mapping of int to str
        Each finished seed with a digest of what came of it: its weights, else its predictions.
    tests : mapping of int to str
        Each of these seeds with the digest of its test examples, where they are known.
    """

    name: str
    header: Header
    environments: Sequence[Environment] = ()
    results: Mapping[int, str] = field(default_factory=dict)
    tests: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Difference:
    """One fact that differs, or is not known to agree.

    Attributes
    ----------
    what : str
        The fact, such as ``numpy`` or ``setting dropout``.
    section : {"configuration", "data", "code", "environment", "runs"}
        What it is about.
    a, b : tuple of (str or None)
        Its values in each sweep, several where training was started in several environments; None
        stands for "not recorded".
    may_change : {"results", "bits", "speed", "nothing"}
        The most that it can change; see `variance.provenance.rules`.
    reason : str
        Why.
    rank : int
        Its place in the order of likelihood: the lowest explains different models best.
    """

    what: str
    section: Section
    a: tuple[str | None, ...]
    b: tuple[str | None, ...]
    may_change: Effect
    reason: str
    rank: int

    @property
    def known(self) -> bool:
        """Whether two values of it are recorded; otherwise it may as well agree."""
        return len({*self.a, *self.b} - {None}) > 1


@dataclass(frozen=True)
class Differences:
    """What differs between the origins of two sweeps.

    Attributes
    ----------
    a, b : str
        How the sweeps are called.
    differences : tuple of Difference
        Those that can change results first, then bits, speed, nothing; within each the likeliest
        explanation of different models first.
    not_recorded : tuple of str
        What can change bits or results and is recorded in neither.
    shared_seeds : int
        Seeds that both have trained.
    agreeing : int, optional
        How many of these came out the same; None where that is not stored.
    own_code : bool
        Whether what was trained is code of the user's own.
    """

    a: str
    b: str
    differences: tuple[Difference, ...]
    not_recorded: tuple[str, ...]
    shared_seeds: int
    agreeing: int | None
    own_code: bool

    @property
    def explanations(self) -> tuple[Difference, ...]:
        """Differences that can change bits or results: the known ones first, likeliest first."""
        able = [
            d
            for d in self.differences
            if d.may_change in ("results", "bits") and d.section != "runs"
        ]
        return tuple(sorted(able, key=lambda d: (not d.known, d.rank)))

    @property
    def bits(self) -> Bits:
        """Whether the seeds that both have can be expected to agree bit for bit."""
        if any(d.known for d in self.explanations):
            return "may-differ"
        if self.explanations or self.not_recorded:
            return "unknown"
        return "same" if self.shared_seeds else "no-shared-seeds"

    def to_dict(self) -> dict[str, Any]:
        """Return the same as JSON-ready data."""
        return {
            "schema": 1,
            "a": self.a,
            "b": self.b,
            "bits": self.bits,
            "differences": [{**asdict(d), "known": d.known} for d in self.differences],
            "explanations": [d.what for d in self.explanations],
            "not_recorded": list(self.not_recorded),
            "shared_seeds": self.shared_seeds,
            "agreeing": self.agreeing,
        }


@dataclass(frozen=True)
class _Pair:
    """One fact of both, before it is judged."""

    what: str
    section: Section
    key: str
    a: tuple[str | None, ...]
    b: tuple[str | None, ...]

    @property
    def same(self) -> bool:
        return self.a == self.b and len(self.a) == 1

    @property
    def missing(self) -> bool:
        return set(self.a) | set(self.b) == {None}


def differences(a: Origin, b: Origin) -> Differences:
    """Return what differs between the origins of two sweeps, and what it can change.

    Parameters
    ----------
    a, b : Origin

    Notes
    -----
    A fact agrees only if each sweep has one value of it, and both the same: runs that were trained
    in several environments are not known to have been trained in the same one.
    """
    own = not {a.header.experiment, b.header.experiment} <= BUILT_IN
    pairs = [*_trained(a.header, b.header), *_runs(a, b), *_facts(a, b, own=own)]
    found = [_judged(p, pairs, own=own) for p in pairs if not p.same and not p.missing]
    found.sort(key=lambda d: (_EFFECTS.index(d.may_change), d.rank, d.what))
    shared = sorted(a.results.keys() & b.results.keys())
    stored = [seed for seed in shared if a.results[seed] and b.results[seed]]
    return Differences(
        a=a.name,
        b=b.name,
        differences=tuple(found),
        not_recorded=tuple(_not_recorded(pairs, own=own)),
        shared_seeds=len(shared),
        agreeing=sum(a.results[s] == b.results[s] for s in stored) if stored else None,
        own_code=own,
    )


def _trained(a: Header, b: Header) -> Iterator[_Pair]:
    """Yield what was trained: experiment, settings, and digests."""
    if not (a.configuration and b.configuration):  # one was imported
        said = [("recorded" if h.configuration else None,) for h in (a, b)]
        yield _Pair("configuration", "configuration", "experiment", said[0], said[1])
        if not (a.fingerprints and b.fingerprints):
            return
    mine, theirs = _flat(a.configuration), _flat(b.configuration)
    for what in dict.fromkeys([*mine, *theirs] if mine and theirs else []):
        values = [(side.get(what, "absent"),) for side in (mine, theirs)]
        yield _Pair(what, "configuration", what.partition(" ")[0], values[0], values[1])
    for what in dict.fromkeys(["data", "code", *a.fingerprints, *b.fingerprints]):
        section: Section = "code" if what == "code" else "data"
        key = what if what in ("data", "code") else "fingerprint"
        yield _Pair(what, section, key, (a.fingerprints.get(what),), (b.fingerprints.get(what),))


def _flat(configuration: Configuration | None) -> dict[str, str]:
    if configuration is None:
        return {}
    execution = configuration.execution
    return {
        "experiment": configuration.experiment,
        **{f"setting {k}": str(v) for k, v in configuration.settings.items()},
        "vary": ", ".join(configuration.vary) or "none",
        "held": ", ".join(f"{k} at {v}" for k, v in sorted(configuration.held.items())) or "at 0",
        "precision": execution.precision,
        "onednn": "on" if execution.onednn else "off",
        "threads": str(execution.threads),
    }


def _runs(a: Origin, b: Origin) -> Iterator[_Pair]:
    """Yield the seeds, and the examples that both were tested on."""
    yield _Pair("seeds", "runs", "seeds", (_ranges(a.results),), (_ranges(b.results),))
    mine, theirs = set(a.tests.values()), set(b.tests.values())
    tests = [(a.tests[seed], b.tests[seed]) for seed in sorted(a.tests.keys() & b.tests.keys())]
    if not tests and len(mine) == len(theirs) == 1:  # the same examples in every run
        tests = [(mine.pop(), theirs.pop())]
    for one, other in [pair for pair in tests if pair[0] != pair[1]][:1]:
        yield _Pair("test examples", "data", "test examples", (one,), (other,))


def _ranges(seeds: Mapping[int, str]) -> str:
    """Return seeds in short: ``0-29, 40``."""
    groups: list[list[int]] = []
    for seed in sorted(seeds):
        if groups and seed == groups[-1][1] + 1:
            groups[-1][1] = seed
        else:
            groups.append([seed, seed])
    return ", ".join(f"{lo}-{hi}" if hi > lo else f"{lo}" for lo, hi in groups) or "none"


def _facts(a: Origin, b: Origin, *, own: bool) -> Iterator[_Pair]:
    """Yield the facts of the environments."""
    if not a.environments or not b.environments:
        yield _environments_missing(a, b)
        return
    recorded = [name for side in (a, b) for e in side.environments for name in e.facts]
    names = dict.fromkeys(["operating system", *recorded, *required(own=own)])
    for name in names:
        if name not in _NOT_COMPARED:
            values = _values(a.environments, name), _values(b.environments, name)
            yield _Pair(name, "environment", key_of(name), *values)
    yield _Pair("command", "environment", "command", *map(_commands, (a, b)))
    yield _Pair("started", "environment", "started", *map(_times, (a, b)))


def _environments_missing(a: Origin, b: Origin) -> _Pair:
    said = [("recorded" if side.environments else None,) for side in (a, b)]
    return _Pair("environment", "environment", "package", said[0], said[1])


def _values(environments: Sequence[Environment], name: str) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(told(e.facts, name) for e in environments))


def _commands(side: Origin) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(e.command for e in side.environments))


def _times(side: Origin) -> tuple[str | None, ...]:
    return tuple(dict.fromkeys(e.started for e in side.environments))


def _judged(pair: _Pair, pairs: Sequence[_Pair], *, own: bool) -> Difference:
    effect, reason = effect_of(pair.key, own=own)
    same_code = any(p.what == "code" and p.same and not p.missing for p in pairs)
    if pair.what == "environment":
        effect, reason = "bits", "nothing is known of where one of them was computed"
    elif pair.what == "configuration":
        effect, reason = "results", "nothing is known of what one of them trained"
    elif pair.what == "experiment" and same_code and _moved(pair):
        effect, reason = "nothing", "the code is the same, under another name"
    elif pair.key in ("git", "git experiment") and same_code and (not own or _pinned(pairs)):
        effect, reason = "nothing", "the digest of the code that trains is the same"
    elif _follows(pair, pairs):
        effect, reason = "nothing", f"it only carries out the setting {_GIVEN[pair.what]}"
    rank = RANKS[pair.key]
    return Difference(pair.what, pair.section, pair.a, pair.b, effect, reason, rank)


def _moved(pair: _Pair) -> bool:
    """Tell whether two references name the same function of a file that lies elsewhere."""
    names = {str(value).rpartition(".py:")[2] for value in (*pair.a, *pair.b)}
    return len(names) == 1 and all(".py:" in str(value) for value in (*pair.a, *pair.b))


def _pinned(pairs: Sequence[_Pair]) -> bool:
    """Tell whether all that the experiment's files import is known by its version."""
    told = [v for p in pairs if p.what == "imports" for v in (*p.a, *p.b)]
    return bool(told) and all(v is not None and "(" not in v for v in told)


def _follows(pair: _Pair, pairs: Sequence[_Pair]) -> bool:
    """Tell whether a variable differs because of a setting that is told of by itself."""
    setting = _GIVEN.get(pair.what) if is_variable(pair.what) else None
    return any(p.what == setting and not p.same for p in pairs)


def _not_recorded(pairs: Sequence[_Pair], *, own: bool) -> Iterator[str]:
    for pair in pairs:
        if pair.missing and effect_of(pair.key, own=own)[0] in ("results", "bits"):
            yield pair.what
    if own and any(p.what == "code" for p in pairs) and not _pinned(pairs):
        yield "imported code"
