"""What arms that are stored already tell, for a report: nothing is trained for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from variance.api.arms import ALL, NONE, NUDGE, WAYS, machine_runs, only
from variance.errors import Refusal, StoreError, UsageError
from variance.handle import Sweep
from variance.records import Execution
from variance.store import Home, SweepReader

if TYPE_CHECKING:
    from variance.analysis.crossing import CrossedResult
    from variance.analysis.machine import MachineResult
    from variance.analysis.source_results import ArmKind
    from variance.analysis.sources import ArmRuns, SourcesResult
    from variance.records import Configuration, Header, Runs

_NAME = re.compile(r"(?P<prefix>.+-sources)-(?P<arm>.+)")
_ROW = re.compile(r"(?P<second>.+)-at-(?P<first>.+)-(?P<level>\d+)")


def found_sources(
    sweep: Sweep, *, metric: str, alpha: float
) -> list[SourcesResult | CrossedResult | MachineResult]:
    """Return what the arms tell that lie beside a sweep and train the same experiment.

    Parameters
    ----------
    sweep : Sweep
    metric : str
        The one to speak of.
    alpha : float
        Intervals are at level 1 - alpha.

    Returns
    -------
    list of SourcesResult, CrossedResult or MachineResult
        Empty where there are no arms of its experiment, hyper-parameters, data and code, or too
        few runs of them.
    """
    found = dict(_beside(sweep))
    said = {"experiment": sweep.header.experiment, "metric": metric, "alpha": alpha}
    results: list[SourcesResult | CrossedResult | MachineResult] = []
    for make in (_arms, _crossed, _machine):
        try:
            results += make(found, said)
        except (Refusal, UsageError):  # runs too few, or without the metric, are none to show
            continue
    return results


def _beside(sweep: Sweep) -> Iterator[tuple[str, Sweep]]:
    """Yield the arms of the sweep's experiment under their names, without the prefix."""
    if sweep.path is None or sweep.configuration is None:
        return
    home = Home(sweep.path.parent)
    for name in home.names():
        match = _NAME.fullmatch(name)
        if match is None:
            continue
        try:
            with SweepReader(home.path(name)) as reader:
                header = reader.header()
        except StoreError:
            continue
        if _fits(match["arm"], sweep.header, header):
            yield match["arm"], Sweep(name, home.path(name))


def _fits(arm: str, mine: Header, theirs: Header) -> bool:
    """Return whether a sweep trains the same, and is the arm that its name says."""
    configuration, own = theirs.configuration, mine.configuration
    if configuration is None or own is None or theirs.fingerprints != mine.fingerprints:
        return False
    same = (configuration.experiment, configuration.settings) == (own.experiment, own.settings)
    return same and _is_arm(arm, configuration)


def _is_arm(arm: str, configuration: Configuration) -> bool:
    row = _ROW.fullmatch(arm)
    varied, held, plain = configuration.vary, dict(configuration.held), Execution()
    if row is not None:
        return varied == (row["second"],) and held == {row["first"]: int(row["level"])}
    if held:
        return False
    if arm in WAYS:
        return configuration.execution == Execution(**WAYS[arm]) and bool(varied)
    if configuration.execution != plain:
        return False
    if arm == NONE:
        return not varied
    return bool(varied) if arm == ALL else varied == (arm,)


def _arms(found: Mapping[str, Sweep], said: Mapping[str, Any]) -> list[SourcesResult]:
    from variance.analysis.sources import ArmRuns, sources

    kinds: dict[str, ArmKind] = {ALL: "all", NUDGE: "nudge", NONE: "none"}
    single = [arm for arm in found if arm not in (*WAYS, *kinds) and not _ROW.fullmatch(arm)]
    if ALL not in found or not (single or NUDGE in found):
        return []
    varied = found[ALL].runs.vary or ()
    order = [ALL, *sorted(single, key=lambda arm: _place(arm, varied)), NUDGE, NONE]
    arms: list[ArmRuns] = [
        ArmRuns(arm, kinds.get(arm, "source"), _varied(found[arm].runs))
        for arm in order
        if arm in found
    ]
    return [sources(arms, **said)]


def _place(arm: str, varied: Sequence[str]) -> int:
    return varied.index(arm) if arm in varied else len(varied)


def _varied(runs: Runs) -> Runs:
    """Return the runs without that of the seed at which sources are held."""
    return only(runs, [seed for seed in _seeds(runs) if seed])


def _seeds(runs: Runs) -> list[int]:
    return [*runs.seeds.tolist(), *(f.seed for f in runs.failures)]


def _crossed(found: Mapping[str, Sweep], said: Mapping[str, Any]) -> list[CrossedResult]:
    from variance.analysis.crossing import crossing

    tables: dict[tuple[str, str], dict[int, Runs]] = {}
    for arm, sweep in found.items():
        row = _ROW.fullmatch(arm)
        if row is not None:
            table = tables.setdefault((row["first"], row["second"]), {})
            table[int(row["level"])] = sweep.runs
    varied = found[ALL].runs.vary or () if ALL in found else ()
    return [
        crossing(
            _common(rows), first=first, second=second,
            held=[s for s in varied if s not in (first, second)], repeats=_repeats(found), **said,
        )
        for (first, second), rows in tables.items()
    ]  # fmt: skip


def _common(rows: Mapping[int, Runs]) -> dict[int, Runs]:
    """Return the rows with the seeds that all of them tried."""
    shared = set.intersection(*(set(_seeds(runs)) for runs in rows.values()))
    return {level: only(rows[level], sorted(shared)) for level in sorted(rows)}


def _repeats(found: Mapping[str, Sweep]) -> bool | None:
    from variance.analysis.sources import ArmRuns, sources

    if NONE not in found or len(found[NONE].runs) < 2:
        return None
    alone = ArmRuns(NONE, "none", found[NONE].runs)
    return bool(sources([alone], experiment="").arms[0].same)


def _machine(found: Mapping[str, Sweep], said: Mapping[str, Any]) -> list[MachineResult]:
    from variance.analysis.machine import machine

    ways = [way for way in WAYS if way in found]
    if ALL not in found or not ways:
        return []
    arms = [machine_runs(way, found[way], None) for way in ways]
    return [machine(machine_runs(ALL, found[ALL], None), arms, **said)]
