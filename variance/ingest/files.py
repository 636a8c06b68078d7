"""Files of runs made elsewhere: which kind of file it is, and what it holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from variance.errors import DataError, UsageError
from variance.ingest.archives import read_archive
from variance.ingest.arrays import Imported, from_predictions
from variance.ingest.layouts import from_table
from variance.ingest.limits import Limit
from variance.ingest.tables import groups_of, read_table, rename


def read(
    path: str,
    *,
    groups: Mapping[str, str | None] | None = None,
    names: Mapping[str, str] | None = None,
    directions: Mapping[str, bool] | None = None,
    limit: str | None = None,
) -> list[Imported]:
    """Read runs from a file.

    Parameters
    ----------
    path : str
        ``.npz`` with ``predictions`` (runs, examples), ``labels`` (examples,) and, optionally,
        ``seeds``, ``classes``, ``examples`` and ``groups``; or a table (``.csv``, ``.tsv``,
        ``.parquet``, ``.json``, ``.jsonl``) with one row a run and one column a metric, or with
        ``metric`` and ``score``, or ``example, label, prediction``, or ``true, predicted, count``.
        A column ``seed`` holds the seeds, by which runs may be paired with those of another
        sweep; a column ``run`` only tells which rows are one run.
    groups : mapping of str to str or None, optional
        Columns of the table that tell sweeps apart: with a value, its rows are picked; with None,
        each value becomes a sweep.
    names : mapping of str to str, optional
        What the file calls our columns or arrays: ``{"labels": "gold"}``.
    directions : mapping of str to bool, optional
        Whether higher is better, for metrics of which that is not known.
    limit : str, optional
        The memory that reading may take, such as ``4GB``; see `variance.ingest.limits`.

    Raises
    ------
    DataError
        If the file cannot be read, its runs cannot be used, or it would take too much memory:
        says which and why.
    UsageError
        If a group or name is not in the file, or a metric's direction is unknown.
    """
    file, most = Path(path), Limit.of(limit)
    if not file.is_file():
        raise DataError(f"no file at {path}")
    if file.suffix.lower() == ".npz":
        if groups:
            raise UsageError("arrays have no groups; --group goes with tables")
        return [_from_arrays(read_archive(file, names or {}, most), file.name, most)]
    table = rename(read_table(file, most), names or {})
    return [
        replace(
            from_table(rows, f"{file.name}{label and ', ' + label}", directions or {}, most),
            group=label,
        )
        for label, rows in groups_of(table, groups or {})
    ]


def _from_arrays(arrays: Mapping[str, NDArray[Any]], source: str, limit: Limit) -> Imported:
    classes = arrays.get("classes")
    return from_predictions(
        arrays["predictions"],
        arrays["labels"],
        seeds=arrays.get("seeds"),
        classes=None if classes is None else classes.ravel().tolist(),
        examples=arrays.get("examples"),
        groups=arrays.get("groups"),
        source=source,
        limit=limit,
    )
