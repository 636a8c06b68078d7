"""Sweeps as they are kept and brought: stored ones, imported ones, arrays in memory."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO, TypeAlias

from variance import files
from variance.errors import UsageError
from variance.handle import Content, Sweep, What
from variance.records import Runs
from variance.store import Home, create_all

AnySweep: TypeAlias = "Sweep | Runs | str | Path"
"""A sweep, its runs, its name, or the path of its file."""


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
    loaded = Sweep(*_found(sweep, store))
    _ = loaded.header  # a file that cannot be read is refused here, not at the first use
    return loaded


def sweeps(*, store: str | os.PathLike[str] | None = None) -> list[Sweep]:
    """Return all sweeps of the folder, by name; a damaged file is refused when it is used."""
    home = Home.find(store)
    return [Sweep(name, home.path(name)) for name in home.names()]


def import_runs(
    path: str | os.PathLike[str],
    name: str,
    *,
    groups: Mapping[str, str | None] | None = None,
    names: Mapping[str, str] | None = None,
    directions: Mapping[str, bool] | None = None,
    limit: str | None = None,
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
    limit : str, optional
        The memory that reading may take, such as ``8GB``; by default 2 GB.
    store : path-like, optional
        The folder of sweeps.

    Returns
    -------
    list of Sweep

    Raises
    ------
    DataError, UsageError, SweepExists, StoreFull, StoreReadOnly, StoreBusy
        Nothing is stored then: of several sweeps, all or none.
    """
    from variance import ingest

    home = Home.find(store)
    found = ingest.read(
        os.fspath(path), groups=groups, names=names, directions=directions, limit=limit
    )
    several = len(found) > 1
    labels = [f"{name}-{one.group}" if several else name for one in found]
    if double := next((label for label in labels if labels.count(label) > 1), None):
        raise UsageError(f"two groups would be called {double!r}", "Import them one by one.")
    create_all(
        home,
        {
            label: (one.header, [*one.runs, *one.failures])
            for label, one in zip(labels, found, strict=True)
        },
    )
    return [Sweep(label, home.path(label)) for label in labels]


def export_runs(
    sweep: Sweep | str | Path,
    output: str | os.PathLike[str] | TextIO,
    *,
    what: What = "runs",
    form: str | None = None,
    force: bool = False,
    store: str | os.PathLike[str] | None = None,
) -> None:
    """Write a sweep as a table for other programs; `import_runs` reads it back.

    Parameters
    ----------
    sweep : Sweep, str or Path
        A sweep, its name, or the path of its file. A file is read and written run by run.
    output : path-like or text file
        Where to: a file appears only when it is complete; or what is open, such as
        ``sys.stdout``.
    what : {"runs", "predictions", "confusion"}
        As in `Sweep.to_frame`.
    form : {"csv", "json", "jsonl", "parquet"}, optional
        By default what the path ends in, else csv.
    force : bool
        Whether a file that is there already may be replaced.
    store : path-like, optional
        The folder of sweeps.

    Raises
    ------
    SweepNotFound, StoreError, Refusal, UsageError
        If the sweep cannot be read, does not hold that, or cannot be written; a file is as
        before then.
    """
    from variance.reporting import export

    if isinstance(output, str | os.PathLike):
        files.check(output, force=force)
    found = sweep if isinstance(sweep, Sweep) else Sweep(*_found(sweep, store))
    export.write(found.table(what), output, form, force=force)


def from_scores(
    scores: Mapping[str, Any] | Sequence[float],
    *,
    name: str = "scores",
    seeds: Sequence[int] | None = None,
    higher_is_better: bool | Mapping[str, bool] | None = None,
) -> Sweep:
    """Return runs made elsewhere of which only scores are known.

    Parameters
    ----------
    scores : mapping of str to array_like, shape (S,), or array_like, shape (S,)
        One array a metric; or one alone, whose metric is then called ``score``, better when higher
        unless told otherwise.
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


def runs_of(sweep: AnySweep, store: str | os.PathLike[str] | None = None) -> Runs:
    """Return the labelled arrays of whatever stands for a sweep."""
    if isinstance(sweep, Runs):
        return sweep
    if isinstance(sweep, Sweep):
        return sweep.runs
    return load(sweep, store=store).runs


def _found(sweep: str | Path, store: str | os.PathLike[str] | None) -> tuple[str, Path]:
    """Return name and path of a stored sweep."""
    return Home.find(store).resolve(os.fspath(sweep))
