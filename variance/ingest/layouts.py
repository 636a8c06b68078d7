"""What a table of runs holds: scores, predictions or confusion counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.errors import DataError
from variance.ingest import exported
from variance.ingest.arrays import Imported, from_predictions, from_scores, header_of, run_numbers
from variance.ingest.limits import LARGEST_TOTAL, Limit
from variance.records import Run, TestSet

_PREDICTIONS = {"example", "label", "prediction"}
_CONFUSION = {"true", "predicted", "count"}
_KEYS = ("seed", "run")
"""What tells runs apart.  Only seeds pair: a run's number says nothing of another sweep."""


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows of one sweep.

    Attributes
    ----------
    table : DataFrame
    key : str
        The column that tells runs apart; empty where every row is a run.
    source : str
        For messages.
    limit : Limit
    """

    table: Any
    key: str
    source: str
    limit: Limit

    @cached_property
    def runs(self) -> tuple[NDArray[np.intp], NDArray[Any]]:
        """Which run each row belongs to, and the runs' keys, ascending."""
        return _coded(self.table, self.key, self.source)

    def seeds(self, keys: NDArray[Any]) -> list[int] | None:
        """Return keys as seeds; None where they are none."""
        return _seeds(keys, self.source) if self.key == "seed" else None

    def others(self, *used: str) -> str:
        """Return how to tell sweeps apart by another column, where there is one."""
        numbers = {c for c in self.table.columns if self.table[c].dtype.kind in "fiu"}
        more = [c for c in self.table.columns if c not in {*used, *numbers}]
        return f"Tell sweeps apart by another column: --group {more[0]}" if more else ""


def from_table(table: Any, source: str, directions: Mapping[str, bool], limit: Limit) -> Imported:
    """Return the runs of a table, by the layout that its columns tell.

    Parameters
    ----------
    table : DataFrame
        As `variance.ingest.tables.read_table` returns it.
    source : str
        Where it came from, for messages.
    directions : mapping of str to bool
        Whether higher is better, for metrics of which that is not known.
    limit : Limit

    Raises
    ------
    DataError, UsageError
        If its runs cannot be used; says which and why.
    """
    if table.empty:
        raise DataError(f"{source} has no rows")
    key = next((name for name in _KEYS if name in table.columns), "")
    rows = Rows(exported.alike(table), key, source, limit)
    columns = set(table.columns)
    long = [_PREDICTIONS, _CONFUSION] + [{"metric", "score"}] * _named_metrics(table)
    layout = next((needed for needed in long if columns >= needed), None)
    if layout is not None and not key:
        raise DataError(
            f"{source} has no column 'seed' or 'run' that tells which rows are one run; "
            f"it has {', '.join(table.columns)}",
            "Say what it is called: --map seed=… (or --map run=…, if it is no seed)",
        )
    if layout is _PREDICTIONS:
        return _predictions(rows)
    if layout is _CONFUSION:
        return _confusion(rows)
    if layout is not None:
        return _metric_rows(rows, directions)
    return _score_columns(rows, directions)


def _named_metrics(table: Any) -> bool:
    return "metric" in table.columns and table["metric"].dtype.kind == "O"


def _score_columns(rows: Rows, directions: Mapping[str, bool]) -> Imported:
    """Read one row a run and one column a metric."""
    ours = exported.is_export(rows.table)
    finished, aside = _set_aside(rows) if ours else (rows, exported.Aside())
    table, source = finished.table, finished.source
    numeric = [c for c in table.columns if c not in _KEYS and table[c].dtype.kind in "fiu"]
    if not numeric:
        raise DataError(f"{source} has no column of numbers besides {rows.key!r}")
    seeds = None
    if rows.key:
        codes, keys = finished.runs
        double = np.flatnonzero(np.bincount(codes) > 1)
        if len(double):
            hint = finished.others(rows.key)
            raise DataError(f"{source}: the {rows.key} {keys[double[0]]} is there twice", hint)
        seeds = finished.seeds(table[rows.key].to_numpy())
    scores = {c: table[c].to_numpy() for c in numeric}
    found = from_scores(
        scores, seeds=seeds, higher_is_better=directions, source=source, limit=rows.limit,
        first_only=ours,
    )  # fmt: skip
    return aside.added_to(found) if ours else found


def _set_aside(rows: Rows) -> tuple[Rows, exported.Aside]:
    """Return the scores of the finished runs of an export, and what it says besides."""
    seeds = rows.seeds(rows.table[rows.key].to_numpy()) if rows.key else None
    table, aside = exported.set_aside(rows.table, seeds)
    return replace(rows, table=table), aside


def _metric_rows(rows: Rows, directions: Mapping[str, bool]) -> Imported:
    """Read one row a run and metric."""
    codes, keys = rows.runs
    which, metrics = _coded(rows.table, "metric", rows.source)
    hint = rows.others(rows.key, "metric", "score")
    cells = _grid(rows, (codes, keys), (which, metrics), "{column} of {key} {run}", hint)
    values = rows.table["score"].to_numpy()
    if values.dtype.kind not in "fiu":
        raise DataError(f"{rows.source}: the column 'score' holds text")
    matrix = values[cells].reshape(len(keys), len(metrics))
    scores = {str(name): matrix[:, i] for i, name in enumerate(metrics)}
    return from_scores(
        scores, seeds=rows.seeds(keys), higher_is_better=directions, source=rows.source,
        limit=rows.limit,
    )  # fmt: skip


def _predictions(rows: Rows) -> Imported:
    """Read one row a run and example."""
    if exported.SPLIT in rows.table.columns:
        return _redrawn(rows, exported.redrawn_predictions(rows.table, rows.key, rows.source))
    codes, keys = rows.runs
    which, examples = _coded(rows.table, "example", rows.source)
    what = "the prediction of {key} {run} for example {column}"
    cells = _grid(rows, (codes, keys), (which, examples), what, "")
    table, shape = rows.table, (len(keys), len(examples))
    given = {name: table[name].to_numpy()[cells].reshape(shape) for name in ("label", "prediction")}
    labels = given["label"]
    clash = np.argwhere((labels != labels[:1]).any(axis=0))
    if len(clash):
        raise DataError(f"{rows.source}: example {examples[clash[0, 0]]} has two labels")
    groups = None
    if "group" in table.columns:
        groups = table["group"].to_numpy()[cells[: shape[1]]]
    return from_predictions(
        given["prediction"],
        labels[0],
        seeds=rows.seeds(keys),
        examples=examples,
        groups=groups,
        source=rows.source,
        limit=rows.limit,
    )


def _confusion(rows: Rows) -> Imported:
    """Read one row a run and cell of the confusion matrix; cells without a row count 0."""
    table, source = rows.table, rows.source
    codes, keys = rows.runs
    counts = table["count"].to_numpy()
    if counts.dtype.kind not in "iu" or (counts < 0).any():
        raise DataError(f"{source}: counts must be whole numbers, 0 or more")
    true, predicted, classes = _classes(table, source)
    size = len(classes)
    what = f"{source}: the confusion counts of {len(keys):,} runs with {size:,} classes"
    rows.limit.check(16 * len(keys) * size**2, what)
    cells = (codes * size + true) * size + predicted
    double = np.flatnonzero(table.assign(cell=cells)["cell"].duplicated())
    if len(double):
        row = table.iloc[double[0]]
        cell = f"true {row['true']}, predicted {row['predicted']}"
        raise DataError(f"{source}: the cell {cell} of {rows.key} {row[rows.key]} is there twice")
    if float(counts.astype(np.float64).sum()) > LARGEST_TOTAL:
        raise DataError(f"{source}: the counts add up to more than {LARGEST_TOTAL:,}")
    flat = np.zeros(len(keys) * size**2, dtype=np.int64)
    flat[cells] = counts
    matrices = flat.reshape(len(keys), size, size)
    redrawn = exported.SPLIT in table.columns
    _check_supports(matrices.sum(axis=2), keys, rows, redrawn=redrawn)
    seeds = rows.seeds(keys)
    numbers = run_numbers(seeds, len(keys), source, rows.limit)
    names = tuple(str(name) for name in classes)
    test = TestSet(np.empty(0, dtype=np.uint16), names)  # counts tell of no single example
    runs = tuple(
        Run(number, {"accuracy": float(m.trace() / m.sum())}, None, test, m)
        for number, m in zip(numbers, matrices, strict=True)
    )
    if redrawn:
        return _redrawn(rows, runs, exported.count(table[exported.SPLIT]))
    return Imported("", header_of(source, {}, numbered=seeds is not None), runs)


def _redrawn(rows: Rows, runs: Sequence[Run], train: int | None = None) -> Imported:
    """Return runs that each have a split of their own."""
    test, counts = runs[0].test_set, runs[0].confusion
    size = None if counts is None else int(counts.sum())
    split = (train, size)
    if test is not None and len(test.labels):
        split = (test.train_size, len(test.labels))
    header = header_of(rows.source, {}, numbered=rows.key == "seed")
    return Imported("", replace(header, redrawn_split=split), tuple(runs))


def _classes(table: Any, source: str) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[Any]]:
    """Return the true and the predicted class of each row as indices of the classes, sorted."""
    import pandas as pd

    both = pd.concat([table["true"], table["predicted"]], ignore_index=True)
    if both.dtype.kind == "O":
        both = both.where(both.isna(), both.astype(str))
    codes, classes = _coded(both.to_frame("class"), "class", source)
    return codes[: len(table)], codes[len(table) :], classes


def _check_supports(
    supports: NDArray[np.int64], keys: NDArray[Any], rows: Rows, *, redrawn: bool
) -> None:
    empty = np.flatnonzero(supports.sum(axis=1) == 0)
    if len(empty):
        raise DataError(f"{rows.source}: all counts of {rows.key} {keys[empty[0]]} are 0")
    other = np.flatnonzero((supports != supports[0]).any(axis=1))
    if len(other) and not redrawn:
        raise DataError(
            f"{rows.source}: {rows.key} {keys[other[0]]} has other numbers of examples a class "
            "than the first run",
            "The runs must have been scored on one test set.",
        )


def _coded(table: Any, column: str, source: str) -> tuple[NDArray[np.intp], NDArray[Any]]:
    """Return the values of a column, sorted, and which of them each row has."""
    import pandas as pd

    codes, values = pd.factorize(table[column].to_numpy(), sort=True)
    if (codes < 0).any():
        row = int(np.flatnonzero(codes < 0)[0])
        raise DataError(f"{source}: row {row + 1} has no {column}")
    return codes, np.asarray(values)


def _grid(
    rows: Rows,
    runs: tuple[NDArray[np.intp], NDArray[Any]],
    columns: tuple[NDArray[np.intp], NDArray[Any]],
    what: str,
    hint: str,
) -> NDArray[np.intp]:
    """Return the row of each cell (run, column), of which each must be there once.

    Nothing as large as the grid is made before it is known to be as large as the table.
    """
    (codes, keys), (which, names) = runs, columns

    def cell(run: int, column: int) -> str:
        shown = what.format(key=rows.key, run=keys[run], column=names[column])
        return f"{rows.source}: {shown}"

    order = np.lexsort((which, codes))
    same = (np.diff(codes[order]) == 0) & (np.diff(which[order]) == 0)
    if same.any():
        row = order[np.flatnonzero(same)[0]]
        raise DataError(f"{cell(codes[row], which[row])} is there twice", hint)
    if len(order) != len(keys) * len(names):
        run = int(np.argmin(np.bincount(codes)))
        lacking = np.setdiff1d(np.arange(len(names)), which[codes == run])[0]
        raise DataError(f"{cell(run, lacking)} is missing", "All runs must have the same.")
    return order


def _seeds(keys: NDArray[Any], source: str) -> list[int]:
    """Return the seeds in a column, each a whole number from 0 on."""
    for key in keys.tolist():
        if isinstance(key, str) and not key.isdecimal():
            hint = "Names of runs go into a column 'run': --map run=seed"
            raise DataError(f"{source}: the seed {key} is not a whole number", hint)
        if isinstance(key, bool) or (isinstance(key, float) and not key.is_integer()):
            raise DataError(f"{source}: the seed {key} is not a whole number")
    return [int(key) for key in keys.tolist()]
