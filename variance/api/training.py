"""Training: from what a user asks for to a stored sweep."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast

from variance.api import consent
from variance.characters import lines
from variance.errors import DataError, StoreDamaged, UsageError
from variance.handle import Sweep
from variance.records import Precision
from variance.store import Home, SweepReader, SweepWriter, repair

# What trains is imported where it is called: reading and comparing start without it.
if TYPE_CHECKING:
    from pathlib import Path

    from variance import request
    from variance.executors import Executor, Limits
    from variance.experiments.protocol import Experiment
    from variance.records import Configuration, Environment, Header

Backend: TypeAlias = Literal["loky", "inline"]


def sweep(
    experiment: Any = None,
    seeds: int | str | Iterable[int] = 30,
    *,
    name: str | None = None,
    vary: str | Sequence[str] | None = None,
    hold: Mapping[str, int] | None = None,
    jobs: int | None = None,
    threads: int = 1,
    onednn: bool = True,
    precision: Precision = "default",
    backend: Backend = "loky",
    retry_failed: bool = False,
    fail_fast: bool = False,
    keep_weights: bool = False,
    timeout: float | str | None = None,
    memory: int | str | None = None,
    quiet: bool = False,
    store: str | os.PathLike[str] | None = None,
    data: tuple[Any, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    command: Sequence[str] = (),
    **hyper_parameters: Any,
) -> Sweep:
    """Train an experiment over many seeds; only the seeds that are still missing.

    Parameters
    ----------
    experiment : str, callable, estimator or Experiment, optional
        A registered name such as ``"mnist"``, ``"path/to/file.py:function"``, a function as
        `variance.experiments.function` describes, or a scikit-learn estimator with `data`. By
        default MNIST, or scikit-learn's digits where MNIST is neither on the machine nor to be
        downloaded.
    seeds : int, str or iterable of int
        30 means 0 … 29; also ``"100-129"``, ``"1,5,9"`` or a list.
    name : str, optional
        What to call the sweep; by default a name made of what is trained.
    vary : str or sequence of str, optional
        The sources of randomness that follow the seed, ``"none"`` for none; all that are not held
        by default. ``"nudge"`` moves one initial weight by one unit in the last place.
    hold : mapping of str to int, optional
        The seeds at which to hold sources, such as ``{"init": 3}``; the others that do not vary
        are held at seed 0.
    jobs : int, optional
        How many runs to train at once; as many as cores and memory allow by default.
    threads : int
        Threads a run computes with. It changes bits and belongs to the sweep's identity.
    onednn : bool
        Whether TensorFlow may use oneDNN kernels; likewise.
    precision : {"default", "bfloat16", "float64"}
        What to compute in, where the experiment knows how; likewise.
    backend : {"loky", "inline"}
        Worker processes, or this very process one run at a time (for debugging).
    retry_failed : bool
        Whether seeds that failed before are trained again.
    fail_fast : bool
        Whether the first failure ends the sweep.
    keep_weights : bool
        Whether the trained model of each run is stored with it, for `variance.save_model`; some
        800 kB a run for MNIST. Without it, a model is made again when it is asked for.
    timeout : float or str, optional
        Seconds that a run may take, or ``"90s"``, ``"5m"``, ``"1h"``. A run that takes longer is
        ended with everything that it has started, and is a failure whose reason is "timeout". The
        time begins when the run does: what a worker loads before is not counted.
    memory : int or str, optional
        Bytes, or ``"500M"``, ``"2G"``, ``"2GiB"``, that a worker may take with everything that it
        has started, as resident memory; a run that takes more is ended likewise, for "memory". It
        is looked at five times a second.
    quiet : bool
        Whether to show no progress.
    store : path-like, optional
        The folder of sweeps; see `variance.store.Home.find`.
    data : tuple of (array_like, array_like), optional
        Examples and labels, for an estimator; the seed draws the split.
    settings : mapping, optional
        Hyper-parameters, for names that are also parameters of this function.
    command : sequence of str
        The command line, for the record.
    **hyper_parameters
        Hyper-parameters of the experiment; the others keep their defaults.

    Returns
    -------
    Sweep

    Raises
    ------
    UsageError, DataError, ConfigurationMismatch, StoreError
        If it cannot be trained as asked; nothing is trained then.
    Interrupted
        After Ctrl-C, SIGTERM or SIGHUP; finished runs are kept, and the same call goes on with the
        rest.
    """
    from variance import request

    home = Home.find(store)
    found, note = _experiment(experiment, data, home, name)
    asked = request.build(
        found,
        seeds=seeds,
        settings={**(settings or {}), **hyper_parameters},
        vary=vary,
        hold=hold,
        threads=threads,
        onednn=onednn,
        precision=precision,
        note=note,
    )
    label = request.default_name(found, asked.configuration) if name is None else name
    return carry_out(
        asked,
        home,
        label,
        jobs=jobs,
        backend=backend,
        retry_failed=retry_failed,
        fail_fast=fail_fast,
        keep_weights=keep_weights,
        limits=limits_of(timeout, memory, backend),
        quiet=quiet,
        command=command,
    )


def carry_out(
    asked: request.Request,
    home: Home,
    label: str,
    *,
    jobs: int | None,
    backend: Backend,
    retry_failed: bool,
    fail_fast: bool,
    keep_weights: bool,
    limits: Limits | None,
    quiet: bool,
    command: Sequence[str],
) -> Sweep:
    """Train what is missing of a checked request, and store it under a name."""
    from variance.engine import train
    from variance.reporting import progress
    from variance.resources import choose_jobs

    found = asked.experiment
    path = home.path(label)
    workers = choose_jobs(
        jobs,
        threads=asked.configuration.execution.threads,
        worker_bytes=found.worker_bytes,
        runs=len(asked.seeds),
    )
    if workers.warning and not quiet:
        say(workers.warning)
    with _opened(home, label, asked) as writer:
        consent.remember(asked)
        with SweepReader(path) as reader:
            status, scores = reader.seeds(), reader.metrics()
        missing = [
            seed
            for seed in asked.seeds
            if seed not in status or (retry_failed and status[seed] == "failed")
        ]
        if missing:
            executor = executor_for(
                found,
                asked.configuration,
                backend,
                min(workers.count, len(missing)),
                keep=keep_weights,
                limits=limits,
            )
            total = len(set(asked.seeds) | set(status))
            with progress.choose(label, total, scores, found.metric, quiet=quiet) as listener:
                writer.add_session(environment_of(found, asked.configuration, backend, command))
                train(missing, executor, writer, listener, fail_fast=fail_fast)
    return Sweep(label, path)


def _experiment(
    experiment: Any, data: tuple[Any, Any] | None, home: Home, name: str | None
) -> tuple[Experiment, str]:
    """Return what to train, and what a reader must know about the choice."""
    if experiment is None and data is None:
        return _default_experiment(home, name)
    return experiment_of(experiment, data), ""


def experiment_of(experiment: Any, data: tuple[Any, Any] | None = None) -> Experiment:
    """Return the experiment that a name, a function or an estimator stands for.

    Raises
    ------
    UsageError
        If it is none of these, or an estimator without data.
    """
    from variance.experiments import estimator, function, registry

    if data is not None and not hasattr(experiment, "fit"):
        raise UsageError("data go with an estimator; other experiments have their own")
    if isinstance(experiment, str):
        return registry.find(experiment)
    if hasattr(experiment, "trainer"):
        return cast("Experiment", experiment)
    if hasattr(experiment, "fit"):
        if data is None:
            raise UsageError("an estimator needs data", "va.sweep(estimator, data=(x, y))")
        return estimator.EstimatorExperiment(experiment, data)
    if callable(experiment):
        return function.from_function(experiment)
    raise UsageError(f"{experiment!r} is not an experiment", "Give a name or a function.")


def _default_experiment(home: Home, name: str | None) -> tuple[Experiment, str]:
    """Return MNIST, or digits in its place where MNIST cannot be had."""
    from variance.experiments import mnist_data, registry

    registry.require_packages(registry.find("mnist"))  # before anything is downloaded
    path = None if name is None else home.path(name)
    if path is not None and path.is_file():  # go on with what was begun
        header = _header(path)
        if header.experiment == "digits" and header.note:
            return registry.find("digits"), header.note
        return registry.find("mnist"), ""
    if mnist_data.available():
        return registry.find("mnist"), ""
    try:
        mnist_data.fetch(progress=sys.stderr.isatty())
    except DataError as error:
        note = "MNIST is not on this machine and cannot be downloaded: digits instead."
        say(f"{note} ({error.hint})")
        return registry.find("digits"), note
    return registry.find("mnist"), ""


def _header(path: Path) -> Header:
    """Return what a sweep is that is to be gone on with; a damaged one is repaired for it."""
    try:
        with SweepReader(path) as reader:
            return reader.header()
    except StoreDamaged:
        _repair(path)
    with SweepReader(path) as reader:
        return reader.header()


def _repair(path: Path) -> None:
    """Save what is whole of a damaged file, and say what was lost, with --quiet too."""
    if (saved := repair(path)) is not None:
        say(str(saved))


@contextmanager
def _opened(home: Home, label: str, asked: request.Request) -> Iterator[SweepWriter]:
    """Open the sweep's file for writing: made, checked against the request, or repaired."""
    from variance import request

    path = home.path(label)
    home.make()
    if not path.exists():
        header = replace(asked.header, created=datetime.now(UTC).isoformat(timespec="seconds"))
        with SweepWriter.create(path, header) as writer:
            yield writer
        return
    try:
        writer = SweepWriter.open(path)
    except StoreDamaged:
        _repair(path)
        writer = SweepWriter.open(path)
    with writer:
        with SweepReader(path) as reader:
            request.check_same(label, reader.header(), asked.header)
        yield writer


def executor_for(
    experiment: Experiment,
    configuration: Configuration,
    backend: Backend,
    jobs: int,
    *,
    keep: bool = False,
    limits: Limits | None = None,
) -> Executor:
    """Return what trains seeds of a configuration: worker processes, or this very process.

    With `keep`, the trained models come with the runs. Only worker processes know `limits`.
    """
    from variance.experiments import process
    from variance.experiments.task import Task, forget

    # A function or object that a worker cannot find by its name travels with the task.
    carried = experiment if getattr(experiment, "carried", False) else None
    task = Task(configuration, carried, keep)
    if backend == "inline":
        from variance.executors.inline import Inline

        forget()
        return Inline(task, configuration.execution.threads)
    from variance.executors.processes import Processes

    return Processes(task, jobs, process.environment(configuration.execution), limits)


def limits_of(
    timeout: float | str | None, memory: int | str | None, backend: Backend
) -> Limits | None:
    """Return what a run may take; None if nothing is limited.

    Raises
    ------
    UsageError
        If a limit is no duration or size, or this very process is to train: it cannot end a run.
    """
    from variance.amounts import size_of, time_of
    from variance.executors import Limits

    if timeout is None and memory is None:
        return None
    if backend == "inline":
        what = "timeout" if timeout is not None else "memory"
        raise UsageError(
            f"the inline backend cannot end a run: a limit of its {what} needs worker processes",
            "Leave out the limit or --backend inline.",
        )
    return Limits(
        None if timeout is None else time_of(timeout), None if memory is None else size_of(memory)
    )


def environment_of(
    experiment: Experiment, configuration: Configuration, backend: Backend, command: Sequence[str]
) -> Environment:
    """Return what is to be recorded about where a configuration is trained."""
    from variance import environment
    from variance.codefiles import program_of_module
    from variance.experiments import process

    module = type(experiment).__module__
    own = getattr(experiment, "program", None)
    if own is None and not module.startswith("variance."):
        own = program_of_module(module)
    inline = backend == "inline"  # nothing is set for workers then
    return environment.collect(
        command or sys.argv,
        None if inline else process.environment(configuration.execution),
        program=own,
    )


def say(message: str) -> None:
    """Tell the user something that is no result."""
    print(lines(message), file=sys.stderr, flush=True)  # noqa: T201 - the user must see it
