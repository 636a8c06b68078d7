"""Tables that `variance export` wrote, read back: what they say besides scores and predictions."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from variance.characters import from_cell
from variance.errors import DataError
from variance.experiments.encoding import encode
from variance.experiments.task import scores as scores_of
from variance.ingest.arrays import Imported
from variance.records import Failure, Outcome, Run, TestSet

SPLIT = "train_size"
"""The column that tells of runs that each have a split of their own."""
_OWN = ("status", "error", "seconds", "weights_digest", SPLIT, "test_size")
_CLASSES = ("label", "prediction", "true", "predicted")


@dataclass(frozen=True)
class Aside:
    """What a table of runs holds besides scores.

    Attributes
    ----------
    failures : tuple of Failure
        The seeds that gave no model.
    split : tuple of (int or None), optional
        Training and test examples, where each run has a split of its own.
    details : mapping of int to mapping
        Seconds and digest of the weights of each seed, where they are known.
    """

    failures: tuple[Failure, ...] = ()
    split: tuple[int | None, int | None] | None = None
    details: Mapping[int, Mapping[str, Any]] | None = None

    def added_to(self, found: Imported) -> Imported:
        """Return runs with what stood beside their scores."""
        details = self.details or {}
        return replace(
            found,
            header=replace(found.header, redrawn_split=self.split),
            runs=tuple(replace(run, **details.get(run.seed, {})) for run in found.runs),
            failures=self.failures,
        )


def is_export(table: Any) -> bool:
    """Return whether a table of runs is one of ours: they say what became of each seed."""
    return _own(table, "status") in table.columns


def set_aside(table: Any, seeds: list[int] | None) -> tuple[Any, Aside]:
    """Return the finished runs of an exported table with their scores alone, and the rest.

    Parameters
    ----------
    table : DataFrame
    seeds : list of int, optional
        The seed of each row; None: they are counted.
    """
    own = {name: _own(table, name) for name in _OWN if _own(table, name) in table.columns}
    numbers = list(range(len(table))) if seeds is None else seeds
    failed = (table[own["status"]] == "failed").to_numpy(dtype=bool)
    why = table[own.get("error", own["status"])]
    took = table[own["seconds"]].fillna(0.0) if "seconds" in own else [0.0] * len(table)
    failures = tuple(
        Failure(seed, "raised", str(error), seconds=float(seconds))
        for seed, error, seconds, bad in zip(numbers, why, took, failed, strict=True)
        if bad
    )
    finished = table[~failed]
    details = dict(
        zip(
            (seed for seed, bad in zip(numbers, failed, strict=True) if not bad),
            _details(finished, own),
            strict=True,
        )
    )
    split = (
        (count(finished[own[SPLIT]]), count(finished[own["test_size"]]))
        if SPLIT in own and "test_size" in own
        else None
    )
    return finished.drop(columns=list(own.values())), Aside(failures, split, details)


def redrawn_predictions(table: Any, key: str, source: str) -> list[Run]:
    """Return the runs of a table of predictions of which each has test examples of its own."""
    values = [table[name].to_numpy() for name in ("label", "prediction")]
    classes: list[str] | None = None
    if values[0].dtype.kind != "f":
        names, codes = np.unique(np.concatenate(values), return_inverse=True)
        table = table.assign(label=codes[: len(table)], prediction=codes[len(table) :])
        classes = [str(name) for name in names]
    runs = []
    for number, (seed, rows) in enumerate(table.groupby(key, sort=True)):
        if rows["example"].duplicated().any():
            raise DataError(f"{source}: an example of {key} {seed} is there twice")
        labels, guess = rows["label"].to_numpy(), rows["prediction"].to_numpy()
        truth, predictions, known = encode(labels, guess, classes)
        test = TestSet(
            truth,
            known,
            rows["example"].to_numpy(dtype=np.int64),
            rows["group"].to_numpy(dtype=np.int64) if "group" in rows else None,
            count(rows[SPLIT]),
        )
        metrics, confusion = scores_of(Outcome(predictions, test))
        whole = isinstance(seed, int | np.integer)
        runs.append(Run(int(seed) if whole else number, metrics, predictions, test, confusion))
    return runs


def unguarded(table: Any) -> Any:
    """Return a table read from CSV with the texts that were made inert as they had been."""
    import pandas as pd

    table = table.rename(columns={c: from_cell(c) for c in table.columns if isinstance(c, str)})
    for name in table.columns[[pd.api.types.is_object_dtype(t) or pd.api.types.is_string_dtype(t)
                               for t in table.dtypes]]:  # fmt: skip
        codes, cells = pd.factorize(table[name])
        texts = [from_cell(cell) if isinstance(cell, str) else cell for cell in cells]
        if texts != list(cells):
            table[name] = np.array([*texts, None], dtype=object)[codes]  # -1 is a gap
    return table


def alike(table: Any) -> Any:
    """Return a table whose classes are texts everywhere, where they are texts anywhere."""
    there = [name for name in _CLASSES if name in table.columns]
    texts = [name for name in there if table[name].dtype.kind not in "iufb"]
    if not texts:
        return table
    others = {name: table[name].astype(str) for name in there if name not in texts}
    return table.assign(**others)


def json_table(file: Path) -> Any:
    """Return the objects in a JSON list, or one a line, as a table; every digit is kept.

    Raises
    ------
    ValueError
        If the file is no such JSON.
    """
    import pandas as pd

    with file.open(encoding="utf-8") as opened:
        first = next((line for line in opened if line.strip()), "")
        opened.seek(0)
        try:
            if first.lstrip().startswith("["):
                rows = json.load(opened)
            else:
                rows = [json.loads(line) for line in opened if line.strip()]
        except RecursionError as error:
            raise ValueError("it is nested too deeply") from error
    odd = next((row for row in rows if not _is_row(row)), None)
    if odd is not None:
        raise ValueError(f"a row must be an object of numbers and texts, not {str(odd)[:40]}")
    return pd.DataFrame.from_records(rows)


def _is_row(row: object) -> bool:
    return isinstance(row, dict) and not any(isinstance(v, dict | list) for v in row.values())


def _own(table: Any, name: str) -> str:
    """Return what an export calls a column of its own: a metric of that name goes first."""
    return f"run_{name}" if f"run_{name}" in table.columns else name


def _details(finished: Any, own: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    there = {name: finished[own[name]] for name in ("seconds", "weights_digest") if name in own}
    for row in range(len(finished)):
        found = {name: column.iloc[row] for name, column in there.items()}
        yield {name: _plain(value) for name, value in found.items() if not _is_gap(value)}


def _plain(value: Any) -> float | str:
    return value if isinstance(value, str) else float(value)


def _is_gap(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def count(column: Any) -> int | None:
    """Return the number in a column, where it is known; runs of one sweep have the same."""
    known = column.dropna()
    return int(known.iloc[0]) if len(known) else None
