"""A sweep as a table for other programs, written run by run: memory does not grow with the runs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np
from numpy.typing import NDArray

from variance import files
from variance.characters import to_cell, to_json
from variance.errors import UsageError
from variance.reporting import parquet
from variance.reporting.run_table import Column, Named, Part, Table

if TYPE_CHECKING:
    import pandas as pd

FORMATS = ("csv", "json", "jsonl", "parquet")


def frame(table: Table) -> pd.DataFrame:
    """Return a table as a DataFrame, all of it in memory."""
    import pandas as pd

    parts = list(table.parts)
    return pd.DataFrame(
        {
            name: _joined([_values(part.columns[name], part.rows) for part in parts])
            for name in table.columns
        },
        columns=list(table.columns),
    )


def write(
    table: Table,
    output: str | os.PathLike[str] | TextIO,
    form: str | None = None,
    *,
    force: bool = False,
) -> None:
    """Write a table.

    Parameters
    ----------
    table : Table
    output : path-like or text file
        A path, of which `variance.files` says what becomes of it; or a file that is open.
    form : {"csv", "json", "jsonl", "parquet"}, optional
        By default what the path ends in, else csv. JSON is one list of objects, JSON Lines an
        object a line.
    force : bool
        Whether a file that is there already may be replaced.

    Raises
    ------
    UsageError
        If it cannot be written, or Parquet is asked for without a path or its library.
    """
    if not isinstance(output, str | os.PathLike):
        if form == "parquet":
            raise UsageError("Parquet needs a file", "Name one: -o runs.parquet")
        output.writelines(_texts(table, form or "csv"))
        return
    form = form or _form(output)
    with files.written(output, force=force) as file:
        if form == "parquet":
            parquet.write(table, file)
        else:
            file.writelines(text.encode() for text in _texts(table, form))


def _form(output: str | os.PathLike[str]) -> str:
    suffix = Path(output).suffix.lower().removeprefix(".").replace("ndjson", "jsonl")
    return suffix if suffix in FORMATS else "csv"


def _values(column: Column, rows: int) -> Any:
    if isinstance(column, int):
        return np.full(rows, column)
    if isinstance(column, Named):
        return np.array(column.names, dtype=object)[column.codes]
    return column


def _joined(values: Sequence[Any]) -> Any:
    if not all(isinstance(one, np.ndarray) for one in values):
        return list(chain.from_iterable(values))
    return np.concatenate(values) if values else []


def _texts(table: Table, form: str) -> Iterator[str]:
    """Yield the text of a table: what comes first, each part, what comes last."""
    spell = _Speller(_csv_cell if form == "csv" else _json_value)
    if form == "csv":
        yield ",".join(map(_csv_cell, table.columns)) + "\n"
        for part in table.parts:
            if part.rows:
                yield "\n".join(map(",".join, spell.rows(part))) + "\n"
        return
    cells = (to_json(name).replace("%", "%%") + ": %s" for name in table.columns)
    row = f"{{{', '.join(cells)}}}".__mod__
    if form == "jsonl":
        for part in table.parts:
            yield "".join(f"{row(texts)}\n" for texts in spell.rows(part))
        return
    before = "[\n "
    for part in table.parts:
        if part.rows:
            yield before + ",\n ".join(map(row, spell.rows(part)))
            before = ",\n "
    yield "[]\n" if before == "[\n " else "\n]\n"


class _Speller:
    """Turns parts into rows of texts; what a part shares with the one before is spelt once."""

    def __init__(self, spell: Callable[[Any], str]) -> None:
        self._spell = spell
        self._names: dict[tuple[str, ...], NDArray[Any]] = {}
        self._last: dict[str, tuple[Column, Sequence[str]]] = {}

    def rows(self, part: Part) -> Iterator[tuple[str, ...]]:
        columns = [self._column(name, column) for name, column in part.columns.items()]
        sized = (repeat(c, part.rows) if isinstance(c, str) else c for c in columns)
        return zip(*sized, strict=True)

    def _column(self, name: str, column: Column) -> str | Sequence[str]:
        if isinstance(column, int):
            return str(column)
        last, spelt = self._last.get(name, (None, ()))
        if last is not column:
            spelt = self._spelt(column)
            self._last[name] = column, spelt
        return spelt

    def _spelt(self, column: NDArray[Any] | Named | Sequence[Any]) -> Sequence[str]:
        if isinstance(column, Named):
            if column.names not in self._names:
                spelt = [self._spell(name) for name in column.names]
                self._names[column.names] = np.array(spelt, dtype=object)
            return self._names[column.names][column.codes].tolist()  # type: ignore[no-any-return]
        if isinstance(column, np.ndarray):
            return list(map(repr, column.tolist()))  # whole and finite real numbers alone
        return list(map(self._spell, column))


def _csv_cell(value: object) -> str:
    if not isinstance(value, str):
        return "" if value is None else repr(value)
    text = to_cell(value)
    return '"' + text.replace('"', '""') + '"' if '"' in text or "," in text else text


def _json_value(value: object) -> str:
    return to_json(value)
