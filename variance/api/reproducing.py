"""Trains some of a sweep's seeds again, and says whether the runs can be had again."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from variance.api import consent
from variance.api.training import Backend, environment_of, executor_for, experiment_of, say
from variance.errors import DataError, Interrupted, Refusal, UsageError
from variance.handle import Content, Sweep, content_of
from variance.records import Failure, Header, Run
from variance.store import Damage, Home, SweepReader

if TYPE_CHECKING:
    from pathlib import Path

    from variance.analysis.reproduction import Cause, Reproduction
    from variance.experiments.protocol import Experiment
    from variance.records import Environment
    from variance.request import Request


def verify(
    sweep: Sweep | str | Path,
    seeds: int | str | Iterable[int] = 2,
    *,
    experiment: Any = None,
    data: tuple[Any, Any] | None = None,
    anyway: bool = False,
    trust: consent.Trust = False,
    alpha: float = 0.05,
    jobs: int | None = None,
    backend: Backend = "loky",
    quiet: bool = False,
    store: str | os.PathLike[str] | None = None,
    command: Sequence[str] = (),
) -> Reproduction:
    """Train some of a sweep's seeds again and compare them with the stored runs, bit for bit.

    The sweep is only read. What is not as it was (data, code) is said before anything is trained.

    Parameters
    ----------
    sweep : Sweep, str or Path
        A sweep, its name, or the path of its file, which may come from another machine.
    seeds : int, str or iterable of int
        How many of its finished runs, spread evenly from the first to the last; or which seeds:
        a list, or text such as ``"3,7"`` or ``"3-5"``.
    experiment : str, callable, estimator or Experiment, optional
        Where the experiment is now, or the function itself, where the sweep's own reference does
        not lead to it.
    data : tuple of (array_like, array_like), optional
        Examples and labels, for an estimator.
    anyway : bool
        Whether to go on where the data are not those of the sweep.
    trust : bool or callable
        Whether the function or command that the sweep names may be run, unless it was trained here
        before exactly as it is now; or a function that decides, given what would run as text.
        Whoever made the file does not decide what is run here.
    alpha : float
        See `variance.analysis.reproduction.reproduce`.
    jobs, backend, quiet, store, command
        As for `variance.sweep`.

    Returns
    -------
    Reproduction
        Its `judgement` is ``identical``, ``within``, ``beyond``, ``unknown`` or ``altered``.

    Raises
    ------
    UsageError, DataError, Refusal, StoreError
        If it cannot or may not be trained again; nothing is trained then.
    """
    from variance.analysis import reproduction

    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1; it is {alpha}")
    origin = stored(sweep, store=store, altered=True)
    chosen = _chosen(origin, seeds)
    asked = again(origin, chosen, experiment, data, anyway=anyway, trust=trust)
    warnings = changes(origin, asked)
    if not quiet:
        for warning in warnings:
            say(warning)
    here = environment_of(asked.experiment, asked.configuration, backend, command)
    results = train_again(asked, origin, jobs=jobs, backend=backend, quiet=quiet)
    return reproduction.reproduce(
        origin.sweep.runs,
        [*origin.sweep.content.runs, *origin.sweep.failures],
        results,
        altered=origin.altered,
        damage=origin.damage,
        alpha=alpha,
        causes=causes(origin, asked, here),
        warnings=warnings,
    )


@dataclass(frozen=True)
class Stored:
    """A stored sweep with what tells where its runs come from.

    Attributes
    ----------
    sweep : Sweep
    sessions : mapping of int to int
        See `variance.store.SweepReader.sessions`.
    altered : tuple of int
        Seeds whose record does not fit the digest that was written with it.
    damage : str
        What does not fit its digest, the altered seeds included; empty for nothing.
    """

    sweep: Sweep
    sessions: dict[int, int] = field(default_factory=dict)
    altered: tuple[int, ...] = ()
    damage: str = ""


def stored(
    sweep: Sweep | str | Path,
    *,
    store: str | os.PathLike[str] | None = None,
    altered: bool = False,
) -> Stored:
    """Return a sweep that was trained, with its origin.

    With `altered`, runs too that do not fit the digests that were written with them.

    Raises
    ------
    UsageError
        If its runs were made elsewhere: then there is nothing to train again.
    """
    loaded, damage, sessions = _loaded(sweep, store, altered=altered)
    if loaded.path is None or loaded.configuration is None:
        raise UsageError(
            f"the runs of {loaded.name} were made elsewhere and imported: "
            "it is not known how to train them again",
            "Ask whoever made them for the sweep file or its recipe (variance export --recipe).",
        )
    return Stored(loaded, sessions, damage.seeds, str(damage))


def _loaded(
    sweep: Sweep | str | Path, store: str | os.PathLike[str] | None, *, altered: bool
) -> tuple[Sweep, Damage, dict[int, int]]:
    """Return a sweep, what of it was altered, and where its seeds were trained."""
    if isinstance(sweep, Sweep):
        name, path = sweep.name, sweep.path
    else:
        name, path = Home.find(store).resolve(os.fspath(sweep))
    if path is None:
        return Sweep(name, content=Content(Header("", origin="imported"), ())), Damage(), {}
    with SweepReader(path, altered=altered) as reader:
        loaded = Sweep(name, path, content=content_of(reader))
        return loaded, reader.damage, reader.sessions()


def again(
    origin: Stored,
    seeds: Sequence[int],
    experiment: Any,
    data: tuple[Any, Any] | None,
    *,
    anyway: bool,
    trust: consent.Trust,
) -> Request:
    """Return the request to train some of a sweep's seeds as they were trained.

    Raises
    ------
    UsageError
        If the experiment is not to be found, may not be run, or does not take the sweep's settings.
    DataError
        If its data are not those of the sweep, unless `anyway`.
    """
    from variance import request

    configuration = origin.sweep.configuration
    if configuration is None:
        raise TypeError("an imported sweep has been refused before")
    found = _found(origin, experiment, data, trust)
    try:
        asked = request.build(
            found,
            seeds=seeds,
            settings=configuration.settings,
            vary=configuration.vary,
            hold=configuration.held,
            threads=configuration.execution.threads,
            onednn=configuration.execution.onednn,
            precision=configuration.execution.precision,
        )
    except UsageError as error:
        raise UsageError(
            f"{found.name} cannot be trained as {origin.sweep.name} was: {error.message}",
            "It is another version of the experiment, or another experiment by the same name.",
        ) from error
    _check_data(origin, asked, anyway=anyway)
    return asked


def train_again(
    asked: Request,
    origin: Stored,
    *,
    jobs: int | None,
    backend: Backend,
    quiet: bool,
    keep: bool = False,
) -> list[Run | Failure]:
    """Train the seeds of a request; nothing is stored. With `keep`, the models come along."""
    from variance.engine import train
    from variance.reporting import progress
    from variance.resources import choose_jobs

    threads = asked.configuration.execution.threads
    workers = choose_jobs(
        jobs,
        threads=threads,
        worker_bytes=asked.experiment.worker_bytes,
        runs=len(asked.seeds),
    )
    if workers.warning and not quiet:
        say(workers.warning)
    kept = _Kept()
    count = min(workers.count, len(asked.seeds))
    executor = executor_for(asked.experiment, asked.configuration, backend, count, keep=keep)
    name, metric = f"{origin.sweep.name} again", origin.sweep.runs.metric
    with progress.choose(name, len(asked.seeds), {}, metric, quiet=quiet) as listener:
        try:
            train(asked.seeds, executor, kept, listener)
        except Interrupted as stop:
            raise Interrupted(
                "interrupted; of runs that are trained again nothing is kept", signum=stop.signum
            ) from stop
    return kept.results


@dataclass
class _Kept:
    """Takes finished runs and stores nothing; see `variance.engine.Sink`."""

    results: list[Run | Failure] = field(default_factory=list)
    full: bool = False

    def add(self, results: Sequence[Run | Failure]) -> None:
        self.results.extend(results)


def _found(
    origin: Stored, experiment: Any, data: tuple[Any, Any] | None, trust: consent.Trust
) -> Experiment:
    """Return the experiment: what was handed over, or what the sweep's reference leads to."""
    from variance.experiments import registry

    if experiment is not None:
        return experiment_of(experiment, data)
    configuration = origin.sweep.configuration
    if configuration is None:
        raise TypeError("an imported sweep has been refused before")
    reference = configuration.experiment
    consent.ask(str(origin.sweep.path), reference, configuration.settings, trust)
    try:
        return registry.find(reference)
    except UsageError as error:
        if ".py:" in reference:
            hint = (
                "Its path is as it was typed then. Where is it now? --experiment FILE.py:FUNCTION"
            )
        else:
            hint = (
                "If it was a function or an estimator in a notebook, it has no name to find it by. "
                "Hand it over there: va.verify(sweep, experiment=function)"
            )
        raise UsageError(
            f"the experiment {reference!r} is not to be found: {error.message}", hint
        ) from error


def _check_data(origin: Stored, asked: Request, *, anyway: bool) -> None:
    before, now = _digests(origin, asked, "data")
    if before and now and before != now and not anyway:
        raise DataError(
            f"the data are not those that {origin.sweep.name} was trained on "
            f"(digest {before[:12]} → {now[:12]})",
            "Bring the same data back; or see how far the runs go on these: --anyway",
        )


def _digests(origin: Stored, asked: Request, what: str) -> tuple[str, str]:
    """Return a fingerprint as it was and as it is; empty where there is none."""
    return origin.sweep.header.fingerprints.get(what, ""), asked.header.fingerprints.get(what, "")


def changes(origin: Stored, asked: Request) -> list[str]:
    """Return what is not as it was, or is not known to be, before anything is trained."""
    found = []
    for what in ("data", "code"):
        before, now = _digests(origin, asked, what)
        if before and now and before != now:
            changed = f"digest {before[:12]} → {now[:12]}"
            found.append(f"The {what} of the experiment changed since ({changed}).")
    if not all(_digests(origin, asked, "data")):
        found.append("No digest of the data is recorded: whether they are the same is not known.")
    mine = origin.sweep.configuration
    if mine is not None:
        moved = replace(mine, experiment=asked.configuration.experiment)
        found += [f"Changed setting: {d}." for d in moved.differences(asked.configuration)]
    if origin.damage:
        found.append(f"{origin.sweep.path} was changed after it was written: {origin.damage}.")
    return found


def causes(origin: Stored, asked: Request, here: Environment) -> list[Cause]:
    """Return what differs between where the runs were trained and here, likeliest cause first."""
    from variance import provenance
    from variance.analysis.reproduction import Cause

    sweep = origin.sweep
    places = {origin.sessions[seed] for seed in asked.seeds if seed in origin.sessions}
    then = [sweep.environments[place] for place in sorted(places)] or list(sweep.environments)
    found = provenance.differences(
        provenance.Origin(sweep.name, sweep.header, then),
        provenance.Origin("here", asked.header, [here]),
    )
    return [
        Cause(d.what, _said(d.a), _said(d.b), d.may_change, d.reason, d.known)
        for d in found.explanations
    ]


def _said(values: Sequence[str | None]) -> str:
    return " or ".join(value if value is not None else "not recorded" for value in values)


def _chosen(origin: Stored, seeds: int | str | Iterable[int]) -> tuple[int, ...]:
    """Return the seeds to train again, ascending."""
    from variance import request

    sweep = origin.sweep
    finished = [int(seed) for seed in sweep.seeds]
    known = {*finished, *(failure.seed for failure in sweep.failures)}
    if isinstance(seeds, str) and seeds.strip().isdecimal():
        seeds = int(seeds)
    if isinstance(seeds, int):
        return _spread(sweep, finished, seeds)
    chosen = tuple(sorted(request.parse_seeds(seeds)))
    strange = [seed for seed in chosen if seed not in known]
    if strange:
        raise UsageError(
            f"{sweep.name} has no run of seed {strange[0]}",
            f"It has {len(known)}: {request.seeds_text(known)}.",
        )
    return chosen


def _spread(sweep: Sweep, finished: Sequence[int], number: int) -> tuple[int, ...]:
    """Return so many of the finished seeds, spread evenly from the first to the last."""
    if not finished:
        raise Refusal(
            f"{sweep.name} has no finished runs to compare with",
            f"Train some first; or name seeds that failed. See: variance show {sweep.name}",
        )
    if number < 1:
        raise UsageError(f"the number of seeds must be at least 1, not {number}")
    if number > len(finished):
        raise UsageError(
            f"{sweep.name} has {len(finished)} finished runs, fewer than {number}",
            f"To name a single seed, write it as a range: --seeds {number}-{number}",
        )
    last = len(finished) - 1
    places = [round(i * last / (number - 1)) for i in range(number)] if number > 1 else [0]
    return tuple(finished[place] for place in places)
