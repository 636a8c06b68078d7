"""Files of runs made elsewhere: which layout a file has, and what is wrong with it."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.errors import DataError, UsageError, nearest
from variance.ingest import exported
from variance.ingest.arrays import Imported, from_predictions, from_scores, header_of
from variance.records import Run, TestSet

_PREDICTIONS = {"example", "label", "prediction"}
_CONFUSION = {"true", "predicted", "count"}
_SEEDS = ("seed", "run")


def read(
    path: str,
    *,
    groups: Mapping[str, str | None] | None = None,
    names: Mapping[str, str] | None = None,
    directions: Mapping[str, bool] | None = None,
) -> list[Imported]:
    """Read runs from a file.

    Parameters
    ----------
    path : str
        ``.npz`` with ``predictions`` (runs, examples), ``labels`` (examples,) and, optionally,
        ``seeds``, ``classes``, ``examples`` and ``groups``; or a table (``.csv``, ``.parquet``,
        ``.json``, ``.jsonl``) with a ``seed`` (or ``run``) column and one column a metric, or
        ``metric`` and ``score``, or ``example, label, prediction``, or ``true, predicted, count``.
    groups : mapping of str to str or None, optional
        Columns of the table that tell sweeps apart: with a value, its rows are picked; with None,
        each value becomes a sweep.
    names : mapping of str to str, optional
        What the file calls our columns or arrays: ``{"labels": "gold"}``.
    directions : mapping of str to bool, optional
        Whether higher is better, for metrics of which that is not known.

    Raises
    ------
    DataError
        If the file cannot be read, or its runs cannot be used: says which and why.
    UsageError
        If a group or name is not in the file, or a metric's direction is unknown.
    """
    file = Path(path)
    if not file.is_file():
        raise DataError(f"no file at {path}")
    if file.suffix == ".npz":
        if groups:
            raise UsageError("arrays have no groups; --group goes with tables")
        found = [_from_arrays(_arrays(file, names or {}), file.name)]
    else:
        table = _renamed(_table(file), names or {})
        found = [
            replace(
                _from_table(rows, f"{file.name}{label and ', ' + label}", directions or {}),
                group=label,
            )
            for label, rows in _grouped(table, groups or {})
        ]
    return found


def _from_arrays(arrays: Mapping[str, NDArray[Any]], source: str) -> Imported:
    for needed in ("predictions", "labels"):
        if needed not in arrays:
            raise DataError(
                f"{source} has no array {needed!r}; it has {', '.join(arrays)}",
                f"Say what it is called: --map {needed}=…",
            )
    return from_predictions(
        arrays["predictions"],
        arrays["labels"],
        seeds=_plain(arrays.get("seeds")),
        classes=_plain(arrays.get("classes")),
        examples=arrays.get("examples"),
        groups=arrays.get("groups"),
        source=source,
    )


def _from_table(table: Any, source: str, directions: Mapping[str, bool]) -> Imported:
    if table.empty:
        raise DataError(f"{source} has no rows")
    key = next((name for name in _SEEDS if name in table.columns), None)
    if key is None:
        raise DataError(
            f"{source} has no column 'seed' or 'run'; it has {', '.join(map(str, table.columns))}",
            "Say what it is called: --map seed=…",
        )
    columns = set(table.columns)
    table = exported.alike(table)
    if columns >= _PREDICTIONS:
        return _long_predictions(table, key, source)
    if columns >= _CONFUSION:
        return _long_confusion(table, key, source)
    if columns >= {"metric", "score"}:
        table = _pivoted(table, key, source)
    if not exported.is_export(table):
        return _wide_scores(table, key, source, directions)
    table, aside = exported.set_aside(table, _whole(table[key], key, source))
    return aside.added_to(_wide_scores(table, key, source, directions, ours=True))


def _wide_scores(
    table: Any, key: str, source: str, directions: Mapping[str, bool], *, ours: bool = False
) -> Imported:
    numeric = [
        c for c in table.columns if c != key and table[c].dtype.kind in "fiu" and c not in _SEEDS
    ]
    if not numeric:
        raise DataError(f"{source} has no column of numbers besides {key!r}")
    numbers = _whole(table[key], key, source)
    doubles = table[key][table[key].duplicated()]
    if len(doubles):
        others = [c for c in table.columns if c not in (key, *numeric)]
        hint = f"Tell sweeps apart by another column: --group {others[0]}" if others else ""
        raise DataError(f"{source}: the {key} {doubles.iloc[0]} is there twice", hint)
    scores = {str(c): table[c].to_numpy() for c in numeric}
    return from_scores(
        scores, seeds=numbers, higher_is_better=directions, source=source, first_only=ours
    )


def _pivoted(table: Any, key: str, source: str) -> Any:
    """Return one row a seed and one column a metric, from one row a seed and metric."""
    double = table[table.duplicated([key, "metric"])]
    if len(double):
        row = double.iloc[0]
        others = [c for c in table.columns if c not in (key, "metric", "score")]
        hint = f"Tell sweeps apart by another column: --group {others[0]}" if others else ""
        raise DataError(f"{source}: {row['metric']} of {key} {row[key]} is there twice", hint)
    wide = table.pivot(index=key, columns="metric", values="score")
    gaps = wide.isna()
    if gaps.to_numpy().any():
        seed, metric = gaps.stack()[lambda s: s].index[0]
        raise DataError(
            f"{source}: {metric} of {key} {seed} is missing; the runs have different metrics"
        )
    return wide.reset_index()


def _long_predictions(table: Any, key: str, source: str) -> Imported:
    if exported.SPLIT in table.columns:
        runs = exported.redrawn_predictions(table, key, source)
        return _redrawn(runs, table[key], key, source)
    double = table[table.duplicated([key, "example"])]
    if len(double):
        row = double.iloc[0]
        raise DataError(f"{source}: example {row['example']} of {key} {row[key]} is there twice")
    truth = table.drop_duplicates(["example", "label"])
    clash = truth[truth.duplicated("example")]
    if len(clash):
        raise DataError(f"{source}: example {clash['example'].iloc[0]} has two labels")
    wide = table.pivot(index=key, columns="example", values="prediction")
    if wide.isna().to_numpy().any():
        seed, example = wide.isna().stack()[lambda s: s].index[0]
        raise DataError(
            f"{source}: {key} {seed} has no prediction for example {example}",
            "Every run must predict the same examples.",
        )
    labels = truth.set_index("example")["label"].loc[wide.columns]
    groups = None
    if "group" in table.columns:
        groups = table.drop_duplicates("example").set_index("example")["group"].loc[wide.columns]
    return from_predictions(
        wide.to_numpy(),
        labels.to_numpy(),
        seeds=_whole(wide.index.to_series(), key, source),
        examples=wide.columns.to_numpy(),
        groups=None if groups is None else groups.to_numpy(),
        source=source,
    )


def _long_confusion(table: Any, key: str, source: str) -> Imported:
    double = table[table.duplicated([key, "true", "predicted"])]
    if len(double):
        row = double.iloc[0]
        cell = f"true {row['true']}, predicted {row['predicted']}"
        raise DataError(f"{source}: the cell {cell} of {key} {row[key]} is there twice")
    counts = table["count"]
    if counts.dtype.kind not in "iu" or (counts < 0).any():
        raise DataError(f"{source}: counts must be whole numbers, 0 or more")
    classes = np.unique(np.concatenate([table["true"].to_numpy(), table["predicted"].to_numpy()]))
    place = {c: i for i, c in enumerate(classes.tolist())}
    matrices: dict[Any, NDArray[np.int64]] = {}
    for seed, rows in table.groupby(key):
        matrix = np.zeros((len(place), len(place)), dtype=np.int64)
        matrix[rows["true"].map(place), rows["predicted"].map(place)] = rows["count"]
        matrices[seed] = matrix
    supports = {seed: tuple(m.sum(axis=1)) for seed, m in matrices.items()}
    redrawn = exported.SPLIT in table.columns
    if len(set(supports.values())) > 1 and not redrawn:
        seed = next(s for s in supports if supports[s] != next(iter(supports.values())))
        raise DataError(
            f"{source}: {key} {seed} has other numbers of examples a class than the first run",
            "The runs must have been scored on one test set.",
        )
    numbers = _whole(table.drop_duplicates(key)[key].sort_values(), key, source)
    numbered = numbers is not None
    names = tuple(str(c) for c in classes.tolist())
    tests = {
        support: TestSet(np.repeat(np.arange(len(place)), support).astype(np.uint16), names)
        for support in set(supports.values())
    }
    runs = tuple(
        Run(number, {"accuracy": float(m.trace() / m.sum())}, None, tests[supports[seed]], m)
        for number, (seed, m) in zip(numbers or range(len(matrices)), matrices.items(), strict=True)
    )
    if redrawn:
        return _redrawn(runs, table[key], key, source, exported.count(table[exported.SPLIT]))
    return Imported("", header_of(source, {}, numbered=numbered), runs)


def _redrawn(
    runs: Sequence[Run], seeds: Any, key: str, source: str, train: int | None = None
) -> Imported:
    """Return runs that each have a split of their own."""
    test = runs[0].test_set
    if test is None:
        raise TypeError("these runs have been scored on something")
    numbered = _whole(seeds, key, source) is not None
    header = header_of(source, {}, numbered=numbered)
    split = (test.train_size or train, len(test.labels))
    return Imported("", replace(header, redrawn_split=split), tuple(runs))


def _table(file: Path) -> Any:
    import pandas as pd

    try:
        if file.suffix == ".parquet":
            return pd.read_parquet(file)
        if file.suffix in (".jsonl", ".ndjson", ".json"):
            return exported.json_table(file)
        table = pd.read_csv(file, low_memory=False, **_exact(pd.__version__))
        return exported.unguarded(table)
    except ImportError as error:
        raise UsageError(
            "reading Parquet needs pyarrow", "pip install 'model-variance[parquet]'"
        ) from error
    except pd.errors.EmptyDataError as error:
        raise DataError(f"{file} is empty") from error
    except (ValueError, OSError) as error:  # pandas' parsers and pyarrow raise ValueErrors
        raise DataError(f"{file} cannot be read: {str(error).splitlines()[0]}") from error


def _exact(pandas_version: str) -> dict[str, Any]:
    """Return what makes pandas read every digit; from 3.1 on it does so by itself."""
    release = tuple(int(part) for part in pandas_version.split(".")[:2])
    return {} if release >= (3, 1) else {"float_precision": "round_trip"}


def _arrays(file: Path, names: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
    except (ValueError, OSError, zipfile.BadZipFile) as error:
        raise DataError(f"{file} cannot be read: {error}") from error
    given = {}
    for ours, theirs in names.items():
        if theirs not in arrays:
            raise UsageError(f"{file} has no array {theirs!r}", nearest(theirs, arrays))
        given[ours] = arrays[theirs]
    taken = set(names.values())
    return {**{n: a for n, a in arrays.items() if n not in taken}, **given}


def _renamed(table: Any, names: Mapping[str, str]) -> Any:
    for theirs in names.values():
        if theirs not in table.columns:
            raise UsageError(f"there is no column {theirs!r}", nearest(theirs, map(str, table)))
    return table.rename(columns={theirs: ours for ours, theirs in names.items()})


def _grouped(table: Any, groups: Mapping[str, str | None]) -> list[tuple[str, Any]]:
    """Return the rows of each sweep, with the label that tells it from the others."""
    for column, value in groups.items():
        if column not in table.columns:
            raise UsageError(f"there is no column {column!r}", nearest(column, map(str, table)))
        if value is not None:
            values = table[column].astype(str)
            if not (values == value).any():
                raise UsageError(
                    f"the column {column!r} has no {value!r}", nearest(value, values.unique())
                )
            table = table[values == value]
    apart = [column for column, value in groups.items() if value is None]
    table = table.drop(columns=[c for c in groups if c not in apart])
    if not apart:
        return [("", table)]
    return [
        (" ".join(map(str, values)), rows.drop(columns=apart))
        for values, rows in table.groupby(apart, sort=True)
    ]


def _whole(column: Any, key: str, source: str) -> list[int] | None:
    """Return the seeds of a column; None where it holds names, which pair with nothing."""
    if column.dtype.kind in "iu":
        return [int(v) for v in column]
    if column.dtype.kind == "f":
        bad = column[column.isna() | (column % 1 != 0)]
        if len(bad):
            raise DataError(f"{source}: the {key} {bad.iloc[0]} is not a whole number")
        return [int(v) for v in column]
    return None


def _plain(values: NDArray[Any] | None) -> list[Any] | None:
    return None if values is None else values.tolist()
