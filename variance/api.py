"""What a notebook and the command line call: wires the layers, computes nothing itself."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, cast, overload

from variance.errors import DataError, StoreDamaged, SweepExists, UsageError
from variance.handle import Content, Sweep
from variance.records import Runs
from variance.store import Home, SweepReader, SweepWriter, salvage

# What trains is imported where it is called: reading and comparing start without it.
if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from variance import request
    from variance.analysis.comparison import Comparison
    from variance.analysis.luck import LuckResult
    from variance.analysis.many import Comparisons
    from variance.analysis.planning import Plan
    from variance.analysis.summary import Summary
    from variance.executors import Executor
    from variance.experiments.protocol import Experiment

AnySweep: TypeAlias = "Sweep | Runs | str | Path"
"""A sweep, its runs, its name, or the path of its file."""

Backend: TypeAlias = Literal["loky", "inline"]


def sweep(
    experiment: Any = None,
    seeds: int | str | Iterable[int] = 30,
    *,
    name: str | None = None,
    vary: str | Sequence[str] | None = None,
    jobs: int | None = None,
    threads: int = 1,
    onednn: bool = True,
    backend: Backend = "loky",
    retry_failed: bool = False,
    fail_fast: bool = False,
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
        The sources of randomness that follow the seed; all by default, ``"none"`` for none.
    jobs : int, optional
        How many runs to train at once; as many as cores and memory allow by default.
    threads : int
        Threads a run computes with. It changes bits and belongs to the sweep's identity.
    onednn : bool
        Whether TensorFlow may use oneDNN kernels; likewise.
    backend : {"loky", "inline"}
        Worker processes, or this very process one run at a time (for debugging).
    retry_failed : bool
        Whether seeds that failed before are trained again.
    fail_fast : bool
        Whether the first failure ends the sweep.
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
        After Ctrl-C; finished runs are kept, and the same call goes on with the rest.
    """
    from variance import environment, request
    from variance.engine import train
    from variance.experiments import process
    from variance.reporting import progress
    from variance.resources import choose_jobs

    home = Home.find(store)
    found, note = _experiment(experiment, data, home, name)
    asked = request.build(
        found,
        seeds=seeds,
        settings={**(settings or {}), **hyper_parameters},
        vary=vary,
        threads=threads,
        onednn=onednn,
        note=note,
    )
    label = request.default_name(found, asked.configuration) if name is None else name
    path = home.path(label)
    workers = choose_jobs(
        jobs, threads=threads, worker_bytes=found.worker_bytes, runs=len(asked.seeds)
    )
    if workers.warning and not quiet:
        _say(workers.warning)
    with _opened(home, label, asked, quiet=quiet) as writer:
        with SweepReader(path) as reader:
            status, scores = reader.seeds(), reader.metrics()
        missing = [
            seed
            for seed in asked.seeds
            if seed not in status or (retry_failed and status[seed] == "failed")
        ]
        if missing:
            executor = _executor(found, asked, backend, min(workers.count, len(missing)))
            total = len(set(asked.seeds) | set(status))
            with progress.choose(label, total, scores, found.metric, quiet=quiet) as listener:
                writer.add_session(
                    environment.collect(
                        command or sys.argv, process.environment(asked.configuration.execution)
                    )
                )
                train(missing, executor, writer, listener, fail_fast=fail_fast)
    return Sweep(label, path)


def load(sweep: str | Path, *, store: str | os.PathLike[str] | None = None) -> Sweep:
    """Return a stored sweep.

    Parameters
    ----------
    sweep : str or Path
        Its name, the path of its file, or ``name=path``.
    store : path-like, optional
        The folder of sweeps.

    Raises
    ------
    SweepNotFound, StoreError
    """
    label, path = Home.find(store).resolve(os.fspath(sweep))
    loaded = Sweep(label, path)
    _ = loaded.header  # a file that cannot be read is refused here, not at the first use
    return loaded


def sweeps(*, store: str | os.PathLike[str] | None = None) -> list[Sweep]:
    """Return all sweeps of the folder, by name; damaged files are left out."""
    home = Home.find(store)
    return [Sweep(name, home.path(name)) for name in home.names()]


def import_runs(
    path: str | os.PathLike[str],
    name: str,
    *,
    groups: Mapping[str, str | None] | None = None,
    names: Mapping[str, str] | None = None,
    directions: Mapping[str, bool] | None = None,
    store: str | os.PathLike[str] | None = None,
) -> list[Sweep]:
    """Store runs made elsewhere; see `variance.ingest.read` for the files that are understood.

    Parameters
    ----------
    path : path-like
        The file.
    name : str
        What to call the sweep; several are called ``<name>-<group>``.
    groups, names, directions : mapping, optional
        As in `variance.ingest.read`.
    store : path-like, optional
        The folder of sweeps.

    Returns
    -------
    list of Sweep

    Raises
    ------
    DataError, UsageError, SweepExists
        Nothing is stored then.
    """
    from variance import ingest

    home = Home.find(store)
    found = ingest.read(os.fspath(path), groups=groups, names=names, directions=directions)
    several = len(found) > 1
    labels = [f"{name}-{one.group}" if several else name for one in found]
    for label in labels:
        if home.path(label).exists():
            raise SweepExists(
                f"a sweep {label!r} is there already",
                f"Delete it first (variance rm {label}), or give another --name.",
            )
    home.make()
    for label, one in zip(labels, found, strict=True):
        with SweepWriter.create(home.path(label), one.header) as writer:
            writer.add([*one.runs, *one.failures])
    return [Sweep(label, home.path(label)) for label in labels]


def from_scores(
    scores: Mapping[str, Any],
    *,
    name: str,
    seeds: Sequence[int] | None = None,
    higher_is_better: bool | Mapping[str, bool] | None = None,
) -> Sweep:
    """Return runs made elsewhere of which only scores are known.

    Parameters
    ----------
    scores : mapping of str to array_like, shape (S,)
        One array a metric.
    name : str
        How to call them in tables and sentences.
    seeds : sequence of int, optional
        Their seeds. Without them the runs are not paired with those of another sweep.
    higher_is_better : bool or mapping of str to bool, optional
        For metrics of which it is not known.

    Raises
    ------
    DataError, UsageError
        If they cannot be used; says which and why.
    """
    from variance import ingest

    made = ingest.from_scores(scores, seeds=seeds, higher_is_better=higher_is_better, source=name)
    return Sweep(name, content=Content(made.header, made.runs))


def from_predictions(
    predictions: Any,
    labels: Any,
    *,
    name: str,
    classes: Sequence[Any] | None = None,
    seeds: Sequence[int] | None = None,
    examples: Any = None,
    groups: Any = None,
) -> Sweep:
    """Return runs made elsewhere of which every prediction is known.

    Parameters
    ----------
    predictions : array_like, shape (S, T)
        One row a run: class names or indices, or real numbers for regression.
    labels : array_like, shape (T,)
        The truth, likewise.
    name : str
        How to call them in tables and sentences.
    classes : sequence, optional
        Names of the classes: by index where labels are whole numbers.
    seeds : sequence of int, optional
        Their seeds. Without them the runs are not paired with those of another sweep.
    examples : array_like, shape (T,), optional
        Ids of the examples, by which two sweeps are aligned.
    groups : array_like, shape (T,), optional
        Cluster of each example, where examples come in clusters.

    Raises
    ------
    DataError, UsageError
        If they cannot be used; says which and why.
    """
    from variance import ingest

    made = ingest.from_predictions(
        predictions,
        labels,
        seeds=seeds,
        classes=classes,
        examples=examples,
        groups=groups,
        source=name,
    )
    return Sweep(name, content=Content(made.header, made.runs))


def summarize(sweep: AnySweep, **options: Any) -> Summary:
    """Return what the runs of one sweep tell; see `variance.analysis.summary.summarize`."""
    from variance.analysis import summary

    return summary.summarize(runs_of(sweep), **options)


@overload
def compare(baseline: AnySweep, candidate: AnySweep, /, **options: Any) -> Comparison: ...


@overload
def compare(
    baseline: AnySweep, candidate: AnySweep, /, *others: AnySweep, **options: Any
) -> Comparison | Comparisons: ...


def compare(
    baseline: AnySweep, candidate: AnySweep, /, *others: AnySweep, **options: Any
) -> Comparison | Comparisons:
    """Say whether a candidate is better than the baseline, or lucky.

    Parameters
    ----------
    baseline, candidate, *others : Sweep, Runs, str or Path
        Sweeps, their runs, names or files. Several candidates are each judged against the
        baseline, with Holm's correction.
    **options
        ``metric``, ``scope``, ``margin``, ``alpha``, ``paired``, ``costs``, ``method``; see
        `variance.analysis.comparison.compare`.

    Returns
    -------
    Comparison or Comparisons
        Its attributes are the keys of ``variance compare --format json``.

    Raises
    ------
    UsageError
        If an argument cannot be used. What the data cannot answer is not raised: its verdict is
        ``refused``, with the reason.
    """
    from variance.analysis import comparison, many

    if not others:
        return comparison.compare(runs_of(baseline), runs_of(candidate), **options)
    if options.pop("method", None) is not None:
        raise UsageError("another method decides between two sweeps only, not among several")
    return many.compare_many(
        runs_of(baseline), [runs_of(one) for one in (candidate, *others)], **options
    )


def luck(sweep: AnySweep, score: float, **options: Any) -> LuckResult:
    """Say how lucky a single score is; see `variance.analysis.luck.luck`."""
    from variance.analysis import luck as analysis

    return analysis.luck(runs_of(sweep), score, **options)


def plan(baseline: AnySweep, candidate: AnySweep | None = None, **options: Any) -> Plan:
    """Say how many runs establish an effect; see `variance.analysis.planning.plan`."""
    from variance.analysis import planning

    pilot = None if candidate is None else runs_of(candidate)
    return planning.plan(runs_of(baseline), pilot, **options)


def plot_runs(*sweeps: AnySweep, metric: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw every run of some sweeps; see `variance.plots.plot_runs`."""
    from variance import plots

    return plots.plot_runs(*map(runs_of, sweeps), metric=metric, ax=ax)


def runs_of(sweep: AnySweep, store: str | os.PathLike[str] | None = None) -> Runs:
    """Return the labelled arrays of whatever stands for a sweep."""
    if isinstance(sweep, Runs):
        return sweep
    if isinstance(sweep, Sweep):
        return sweep.runs
    return load(sweep, store=store).runs


def _experiment(
    experiment: Any, data: tuple[Any, Any] | None, home: Home, name: str | None
) -> tuple[Experiment, str]:
    """Return what to train, and what a reader must know about the choice."""
    from variance.experiments import estimator, function, registry

    if data is not None and not hasattr(experiment, "fit"):
        raise UsageError("data go with an estimator; other experiments have their own")
    if experiment is None:
        return _default_experiment(home, name)
    if isinstance(experiment, str):
        return registry.find(experiment), ""
    if hasattr(experiment, "trainer"):
        return cast("Experiment", experiment), ""
    if hasattr(experiment, "fit"):
        if data is None:
            raise UsageError("an estimator needs data", "va.sweep(estimator, data=(x, y))")
        return estimator.EstimatorExperiment(experiment, data), ""
    if callable(experiment):
        return function.from_function(experiment), ""
    raise UsageError(f"{experiment!r} is not an experiment", "Give a name or a function.")


def _default_experiment(home: Home, name: str | None) -> tuple[Experiment, str]:
    """Return MNIST, or digits in its place where MNIST cannot be had."""
    from variance.experiments import mnist_data, registry

    path = None if name is None else home.path(name)
    if path is not None and path.is_file():  # go on with what was begun
        with SweepReader(path) as reader:
            header = reader.header()
        if header.experiment == "digits" and header.note:
            return registry.find("digits"), header.note
        return registry.find("mnist"), ""
    if mnist_data.available():
        return registry.find("mnist"), ""
    try:
        mnist_data.fetch(progress=sys.stderr.isatty())
    except DataError as error:
        note = "MNIST is not on this machine and cannot be downloaded: digits instead."
        _say(f"{note} ({error.hint})")
        return registry.find("digits"), note
    return registry.find("mnist"), ""


@contextmanager
def _opened(
    home: Home, label: str, asked: request.Request, *, quiet: bool
) -> Iterator[SweepWriter]:
    """Open the sweep's file for writing: made, checked against the request, or salvaged."""
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
    except StoreDamaged as error:
        kept, count = salvage(path)
        if not quiet:
            _say(f"{error.message}: {count} whole runs were saved; the damaged file is {kept}.")
        writer = SweepWriter.open(path)
    with writer:
        with SweepReader(path) as reader:
            request.check_same(label, reader.header(), asked.header)
        yield writer


def _executor(
    experiment: Experiment, asked: request.Request, backend: Backend, jobs: int
) -> Executor:
    from variance.experiments import process
    from variance.experiments.task import Task

    # A function or object that a worker cannot find by its name travels with the task.
    task = Task(asked.configuration, experiment if getattr(experiment, "carried", False) else None)
    if backend == "inline":
        from variance.executors.inline import Inline

        return Inline(task)
    from variance.executors.processes import Processes

    return Processes(task, jobs, process.environment(asked.configuration.execution))


def _say(message: str) -> None:
    print(message, file=sys.stderr, flush=True)  # noqa: T201 - the user must see it
