"""Where variation comes from: the sweeps that tell, trained where missing, and what they say."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from variance.api.training import Backend, experiment_of, sweep
from variance.errors import Interrupted, UsageError, nearest
from variance.handle import Sweep
from variance.store import Home, SweepReader

if TYPE_CHECKING:
    from variance.analysis.crossing import CrossedResult
    from variance.analysis.machine import MachineResult, MachineRuns
    from variance.analysis.source_results import ArmKind
    from variance.analysis.sources import SourcesResult
    from variance.experiments.protocol import Experiment
    from variance.records import Runs
    from variance.request import Request

ALL, NONE, NUDGE = "all", "none", "nudge"
USUAL = ("init", "order", "dropout", "split", NUDGE)
"""Sources that people ask for by name; an experiment that lacks one is no mistake of theirs."""
SEEDS, MACHINE_SEEDS, LEVELS = 10, 5, 5
FEWEST = 3
"""Seeds below which a spread is not worth a look."""
REPEATS = 3
"""Runs that show whether the machine repeats itself, beside a crossed design."""
WAYS: Mapping[str, Mapping[str, Any]] = {
    "again": {},
    "threads-2": {"threads": 2},
    "no-onednn": {"onednn": False},
    "bfloat16": {"precision": "bfloat16"},
    "float64": {"precision": "float64"},
}
"""Ways to compute the same seeds, as options of `variance.sweep`."""


def sources(
    experiment: Any,
    seeds: int | str | Iterable[int] | None = None,
    *,
    arms: str | Sequence[str] | None = None,
    crossed: str | Sequence[str] | None = None,
    levels: int = LEVELS,
    machine: bool = False,
    name: str | None = None,
    jobs: int | None = None,
    backend: Backend = "loky",
    retry_failed: bool = False,
    quiet: bool = False,
    store: str | os.PathLike[str] | None = None,
    data: tuple[Any, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    metric: str | None = None,
    alpha: float = 0.05,
    command: Sequence[str] = (),
    **hyper_parameters: Any,
) -> SourcesResult | CrossedResult | MachineResult:
    """Say where the spread between runs comes from; trains the runs that are missing for it.

    Each arm is a stored sweep of its own, called ``<name>-<arm>``. The same call goes on after an
    interruption, and trains nothing where all runs are there.

    Parameters
    ----------
    experiment : str, callable, estimator or Experiment
        As for `variance.sweep`.
    seeds : int, str or iterable of int, optional
        10 means 1 … 10. Seed 0 is left out: sources that do not vary are held at it. By default
        10, and 5 with `machine`.
    arms : str or sequence of str, optional
        Of ``all``, the experiment's sources, ``nudge`` (one initial weight moved by one unit in
        the last place) and ``none``; every one that the experiment has by default.
    crossed : str or sequence of str, optional
        Two sources, each level of one with each level of the other, in place of the arms.
    levels : int
        Levels of each crossed source, at least 3; the seeds 1 … `levels`.
    machine : bool
        Whether to compute the same seeds in other ways (again, with other threads, without oneDNN,
        in other precisions), in place of the arms.
    name : str, optional
        What the names of the sweeps begin with; by default what is trained, and ``sources``.
    jobs, backend, retry_failed, quiet, store, data, settings, command, **hyper_parameters
        As for `variance.sweep`.
    metric : str, optional
        The experiment's own by default.
    alpha : float
        Intervals are at level 1 - alpha.

    Returns
    -------
    SourcesResult, CrossedResult or MachineResult

    Raises
    ------
    UsageError, DataError, ConfigurationMismatch, StoreError
        If it cannot be trained as asked; nothing is trained then.
    Refusal
        If too many runs failed.
    Interrupted
        After Ctrl-C; finished runs are kept, and the same call goes on with the rest.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1; it is {alpha}")
    if crossed is not None and machine:
        raise UsageError("crossed and machine are different questions", "Ask for one at a time.")
    if arms is not None and (crossed is not None or machine):
        raise UsageError("arms cannot be chosen for a crossed design or for the machine")
    home = Home.find(store)
    found = _known_experiment(experiment, data, home)
    plan = _Plan(found, home, name, {**(settings or {}), **hyper_parameters})
    options = {
        "jobs": jobs, "backend": backend, "retry_failed": retry_failed, "quiet": quiet,
        "store": home.folder, "command": command,
    }  # fmt: skip
    try:
        if crossed is not None:
            return _crossed(plan, crossed, levels, options, metric, alpha)
        if machine:
            return _machine(plan, _seeds(seeds, MACHINE_SEEDS), options, metric, alpha)
        return _arms(plan, arms, _seeds(seeds, SEEDS), options, metric, alpha)
    except KeyboardInterrupt as stop:  # between two sweeps
        raise Interrupted("interrupted; the runs that were finished are kept") from stop


def _known_experiment(experiment: Any, data: tuple[Any, Any] | None, home: Home) -> Experiment:
    """Return the experiment; where a sweep is named in its place, say so."""
    try:
        return experiment_of(experiment, data)
    except UsageError as error:
        if isinstance(experiment, str) and experiment in home.names():
            with SweepReader(home.path(experiment)) as reader:
                header = reader.header()
            origin = (
                "of runs that were imported: there is nothing to train"
                if header.configuration is None
                else f"of the experiment {header.experiment}"
            )
            raise UsageError(
                f"{experiment!r} is a sweep {origin}, not an experiment",
                "Name what is trained, such as: variance sources digits",
            ) from error
        raise


def _seeds(seeds: int | str | Iterable[int] | None, default: int) -> tuple[int, ...]:
    """Return the seeds of every arm: a number N means 1 … N."""
    from variance.experiments.streams import HELD_SEED
    from variance.request import parse_seeds

    asked = default if seeds is None else seeds
    if isinstance(asked, int) or (isinstance(asked, str) and asked.strip().isdigit()):
        chosen = tuple(seed + 1 for seed in parse_seeds(asked))
    else:
        chosen = parse_seeds(asked)
    if HELD_SEED in chosen:
        raise UsageError(
            f"the sources that do not vary are held at seed {HELD_SEED}, which cannot vary too",
            f"Leave it out: --seeds 1-{max(chosen, default=FEWEST) or FEWEST}",
        )
    if len(chosen) < FEWEST:
        raise UsageError(
            f"a spread needs at least {FEWEST} seeds, not {len(chosen)}", "Try --seeds 10."
        )
    return chosen


@dataclass
class _Plan:
    """The sweeps of one question: all are checked before the first is trained."""

    experiment: Experiment
    home: Home
    name: str | None
    settings: Mapping[str, Any]
    asked: dict[str, tuple[Request, dict[str, Any]]] = field(default_factory=dict)

    @property
    def sources(self) -> tuple[str, ...]:
        """The sources of the experiment under these hyper-parameters."""
        from variance.experiments.settings import resolve

        settings = resolve(self.experiment.settings_type, self.settings)
        return self.experiment.sources(settings)

    @property
    def nudgeable(self) -> bool:
        """Whether one initial weight can be moved by one unit in the last place."""
        return bool(getattr(self.experiment, "nudgeable", False))

    def add(self, arm: str, seeds: Sequence[int], **options: Any) -> None:
        """Plan the sweep of an arm.

        Raises
        ------
        UsageError, ConfigurationMismatch
            If it cannot be trained, or its name is taken by another configuration.
        """
        from variance import request

        asked = request.build(self.experiment, seeds=seeds, settings=self.settings, **options)
        path = self.home.path(label := self._label(arm))
        if path.exists():
            with SweepReader(path) as reader:
                request.check_same(label, reader.header(), asked.header)
        self.asked[arm] = asked, options

    def train(self, options: Mapping[str, Any]) -> Iterator[tuple[str, Sweep]]:
        """Train what is missing and return each arm's sweep."""
        for arm, (asked, own) in self.asked.items():
            yield arm, sweep(
                self.experiment, asked.seeds, name=self._label(arm), settings=self.settings,
                **own, **options,
            )  # fmt: skip

    def _label(self, arm: str) -> str:
        from variance import request

        if self.name is not None:
            return f"{self.name}-{arm}"
        asked = request.build(self.experiment, seeds=1, settings=self.settings)
        trained = request.default_name(self.experiment, asked.configuration)
        return f"{trained.lstrip('-_.')}-sources-{arm}"  # a command's begins with its dashes


def _arms(
    plan: _Plan,
    arms: str | Sequence[str] | None,
    seeds: tuple[int, ...],
    options: Mapping[str, Any],
    metric: str | None,
    alpha: float,
) -> SourcesResult:
    from variance.analysis.sources import ArmRuns
    from variance.analysis.sources import sources as analysed

    chosen, lacking = _chosen(plan, arms)
    for arm in chosen:
        plan.add(arm, seeds, vary=None if arm == ALL else arm)
    runs = [ArmRuns(arm, _kind(arm), only(found.runs, seeds)) for arm, found in plan.train(options)]
    return analysed(
        runs, experiment=plan.experiment.name, inapplicable=lacking,
        metric=metric, alpha=alpha,
    )  # fmt: skip


def _kind(arm: str) -> ArmKind:
    return cast("ArmKind", arm if arm in (ALL, NUDGE, NONE) else "source")


def _chosen(plan: _Plan, arms: str | Sequence[str] | None) -> tuple[list[str], dict[str, str]]:
    """Return the arms to train in their order, and those that there are not, with the reason."""
    every = plan.sources
    # A single source is everything that varies: its arm would be the arm of all.
    single = () if len(every) == 1 else every
    known = [ALL, *single, *([NUDGE] if plan.nudgeable else []), NONE]
    name = plan.experiment.name
    lacking = {s: f"{name} has no such source" for s in USUAL if s not in (*every, NUDGE)}
    if not plan.nudgeable:
        lacking[NUDGE] = f"{name} cannot move one of its initial weights"
    if len(every) == 1:
        lacking[every[0]] = f"it is the only source of {name}, so all is its arm"
    if arms is None:
        return known, lacking
    asked = [a.strip() for a in arms.split(",")] if isinstance(arms, str) else list(arms)
    for arm in asked:
        if arm not in known and arm not in lacking:
            raise UsageError(f"{name} has no arm {arm!r}", nearest(arm, known))
    chosen = [arm for arm in known if arm in asked]
    if not chosen:
        reasons = "; ".join(f"{arm}: {lacking[arm]}" for arm in asked)
        raise UsageError(f"none of these arms applies ({reasons})", nearest("", known))
    return chosen, {arm: reason for arm, reason in lacking.items() if arm in asked}


def only(runs: Runs, seeds: Sequence[int]) -> Runs:
    """Return the runs with these seeds; a sweep may hold more."""
    from variance.analysis.sample import take

    index = np.flatnonzero(np.isin(runs.seeds, seeds))
    failures = tuple(f for f in runs.failures if f.seed in seeds)
    return replace(take(runs, index), failures=failures)


def _crossed(
    plan: _Plan,
    crossed: str | Sequence[str],
    levels: int,
    options: Mapping[str, Any],
    metric: str | None,
    alpha: float,
) -> CrossedResult:
    from variance.analysis.crossing import crossing
    from variance.analysis.sources import ArmRuns
    from variance.analysis.sources import sources as analysed

    first, second = _two(plan, crossed)
    if levels < FEWEST:
        raise UsageError(
            f"a crossed design needs at least {FEWEST} levels of each source, not {levels}",
            "Try --levels 5.",
        )
    seeds = tuple(range(1, levels + 1))
    names = {f"{second}-at-{first}-{i}": i for i in seeds}
    for arm, level in names.items():
        plan.add(arm, seeds, vary=second, hold={first: level})
    plan.add(NONE, seeds[:REPEATS], vary=NONE)
    found = dict(plan.train(options))
    repeated = ArmRuns(NONE, "none", only(found.pop(NONE).runs, seeds[:REPEATS]))
    rows = {names[arm]: only(done.runs, seeds) for arm, done in found.items()}
    repeats = None
    if len(repeated.runs) > 1:
        alone = analysed([repeated], experiment=plan.experiment.name, metric=metric, alpha=alpha)
        repeats = bool(alone.arms[0].same)
    return crossing(
        rows, experiment=plan.experiment.name, first=first, second=second,
        held=[s for s in plan.sources if s not in (first, second)], repeats=repeats,
        metric=metric, alpha=alpha,
    )  # fmt: skip


def _two(plan: _Plan, crossed: str | Sequence[str]) -> tuple[str, str]:
    """Return the two sources to cross."""
    asked = [s.strip() for s in crossed.split(",")] if isinstance(crossed, str) else list(crossed)
    known = (*plan.sources, *([NUDGE] if plan.nudgeable else []))
    for source in asked:
        if source not in known:
            raise UsageError(
                f"{plan.experiment.name} has no source of randomness called {source!r}",
                nearest(source, known),
            )
    if len(asked) != 2 or asked[0] == asked[1]:
        raise UsageError(
            f"two different sources are crossed, not {', '.join(asked) or 'none'}",
            f"Known: {', '.join(known)}.",
        )
    return asked[0], asked[1]


def _machine(
    plan: _Plan,
    seeds: tuple[int, ...],
    options: Mapping[str, Any],
    metric: str | None,
    alpha: float,
) -> MachineResult:
    from variance.analysis.machine import machine

    if options.get("backend") == "inline":
        raise UsageError(
            "other threads and kernels cannot be set in this very process",
            'Leave out backend="inline": worker processes are started with them.',
        )
    able = getattr(plan.experiment, "precisions", ())
    lacking = {
        way: f"{plan.experiment.name} cannot compute in it"
        for way, how in WAYS.items()
        if how.get("precision", "") not in ("", *able)
    }
    plan.add(ALL, seeds, vary=None)
    for way, how in WAYS.items():
        if way not in lacking:
            plan.add(way, seeds, vary=None, **how)
    found = dict(plan.train(options))
    reference = found.pop(ALL)
    return machine(
        machine_runs(ALL, reference, None),
        [machine_runs(way, done, seeds) for way, done in found.items()],
        experiment=plan.experiment.name, metric=metric or reference.runs.metric,
        inapplicable=lacking, alpha=alpha,
    )  # fmt: skip


def machine_runs(way: str, done: Sweep, seeds: Sequence[int] | None) -> MachineRuns:
    """Return the runs of one way to compute; of the reference, all that are stored."""
    from variance.analysis.machine import MachineRuns

    runs = [run for run in done.content.runs if seeds is None or run.seed in seeds]
    failed = sum(seeds is None or f.seed in seeds for f in done.failures)
    return MachineRuns(way, done.name, runs, failed)
