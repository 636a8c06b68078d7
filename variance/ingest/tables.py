"""Tables (``.csv``, ``.tsv``, ``.jsonl``, ``.parquet``) as data frames, within a limit."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from variance.errors import DataError, UsageError, nearest
from variance.ingest import exported
from variance.ingest.limits import MOST_COLUMNS, MOST_SWEEPS, Limit
from variance.ingest.parsing import parsing

_CSV = 25
"""Memory over size of a file of text; rows of empty cells take the most."""
_JSON = 25
"""The same for JSON lines; empty objects take the most."""
_CELL = 40
"""Bytes of one value while JSON lines are put into columns."""
_PACKED = (".gz", ".bz2", ".xz", ".zip", ".zst", ".tar")


def read_table(file: Path, limit: Limit) -> Any:
    """Return a table with columns of numbers, truth values or text, each under its own name.

    Parameters
    ----------
    file : Path
        What its name ends in says what it is; if that is unknown, it is read as CSV.
    limit : Limit

    Raises
    ------
    DataError
        If it cannot be read, or would take too much memory.
    """
    import pandas as pd

    suffix = file.suffix.lower()
    if suffix in _PACKED:
        raise DataError(f"{file} is compressed", "Unpack it first.")
    read = _READERS.get(suffix, _read_csv)
    with parsing(file):
        if file.stat().st_size == 0:
            raise DataError(f"{file} is empty")
        table = read(file, limit)
        table.columns = [_text(name) for name in table.columns]
        double = table.columns[table.columns.duplicated()]
        if len(double):
            raise DataError(f"{file}: there are two columns {double[0]!r}")
        return pd.DataFrame({name: _plain(table[name]) for name in table.columns})


def _read_csv(file: Path, limit: Limit, separator: str = ",") -> Any:
    import pandas as pd

    limit.check(_CSV * file.stat().st_size, f"{file}: its table")
    with file.open("rb") as stream:
        head = stream.readline(16 * MOST_COLUMNS + 1)
    columns = head.count(separator.encode()) + 1
    if columns > MOST_COLUMNS or len(head) > 16 * MOST_COLUMNS:
        raise DataError(f"{file}: its first line has more than {MOST_COLUMNS:,} columns")
    exact = _exact(pd.__version__)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)  # a row longer than the first
        try:
            table = pd.read_csv(
                file, sep=separator, compression=None, index_col=False, low_memory=False, **exact
            )
        except pd.errors.EmptyDataError as error:
            raise DataError(f"{file} is empty") from error
    return exported.unguarded(table)


def _read_tsv(file: Path, limit: Limit) -> Any:
    return _read_csv(file, limit, "\t")


def _exact(pandas_version: str) -> dict[str, Any]:
    """Return what makes pandas read every digit; from 3.1 on it does so by itself."""
    release = tuple(int(part) for part in pandas_version.split(".")[:2])
    return {} if release >= (3, 1) else {"float_precision": "round_trip"}


def _read_json(file: Path, limit: Limit) -> Any:
    """Read a list of objects, as `variance export` writes it; or one object a line."""
    with file.open(encoding="utf-8-sig") as stream:
        first = stream.read(1)
    if first != "[":
        return _read_json_lines(file, limit)
    limit.check(_JSON * file.stat().st_size, f"{file}: its table")
    return exported.json_table(file)


def _read_json_lines(file: Path, limit: Limit) -> Any:
    """Read one object a line, or a list of them; pandas would fill every key in every row."""
    import pandas as pd

    limit.check(_JSON * file.stat().st_size, f"{file}: its table")
    rows: list[dict[str, Any]] = []
    keys: dict[str, None] = {}
    with file.open(encoding="utf-8-sig") as stream:
        for number, row in _json_values(stream, file):
            if not isinstance(row, dict) or any(isinstance(v, dict | list) for v in row.values()):
                raise DataError(
                    f"{file} cannot be read: row {number} is not one object of numbers and text"
                )
            rows.append(row)
            keys.update(dict.fromkeys(row))
    if len(keys) > MOST_COLUMNS:
        raise DataError(f"{file} has more than {MOST_COLUMNS:,} columns")
    limit.check(_CELL * len(rows) * len(keys), f"{file}: its table")
    return pd.DataFrame({key: [row.get(key) for row in rows] for key in keys})


def _json_values(stream: TextIO, file: Path) -> Iterator[tuple[int, Any]]:
    """Yield what a file holds one a line, or else in one list, with its number."""
    first = next((line for line in stream if line.strip()), "")
    stream.seek(0)
    if first.lstrip().startswith("["):
        yield from enumerate(json.load(stream), 1)
        return
    for number, line in enumerate(stream, 1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except ValueError as error:
            raise DataError(f"{file} cannot be read: line {number}: {error}") from error


def _read_parquet(file: Path, limit: Limit) -> Any:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError as error:
        raise UsageError(
            "reading Parquet needs pyarrow", "pip install 'model-variance[parquet]'"
        ) from error

    limit.check(file.stat().st_size, str(file))
    with pq.ParquetFile(file) as stored:
        about, schema = stored.metadata, stored.schema_arrow
        if len(schema) > MOST_COLUMNS:
            raise DataError(f"{file} has more than {MOST_COLUMNS:,} columns")
        nested = [field.name for field in schema if pa.types.is_nested(field.type)]
        if nested:
            raise DataError(f"{file}: the cells of {nested[0]!r} are lists or records")
        groups = (about.row_group(i) for i in range(about.num_row_groups))
        unpacked = sum(max(group.total_byte_size, 0) for group in groups)
        limit.check(2 * unpacked + 16 * about.num_rows * len(schema), f"{file}: its table")
        # One long text may stand for millions of rows: it must not be copied into each.
        texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_binary(f.type)]
    with pq.ParquetFile(file, read_dictionary=texts) as stored:
        frame = stored.read(use_threads=False).to_pandas(use_threads=False)
    return frame.reset_index() if frame.index.name else frame


_READERS: Mapping[str, Callable[[Path, Limit], Any]] = {
    ".tsv": _read_tsv,
    ".parquet": _read_parquet,
    ".jsonl": _read_json_lines,
    ".ndjson": _read_json_lines,
    ".json": _read_json,
}


def _plain(column: Any) -> Any:
    """Return a column as numbers, truth values, or text; what is missing stays so."""
    import pandas as pd

    if column.dtype.kind in "iufb":
        return column.astype("float64" if column.hasnans else column.dtype.type)
    codes, values = pd.factorize(column)
    texts = np.array([*map(_text, values), None], dtype=object)  # -1 stands for what is missing
    return pd.Series(texts[codes], column.index, dtype=object)


def _text(value: object) -> str:
    """Return a value as text; half of a character, which JSON can write, raises."""
    return str(value).encode().decode()


def rename(table: Any, names: Mapping[str, str]) -> Any:
    """Return the table under our names; a column that bore one of them before gives way.

    Parameters
    ----------
    table : DataFrame
    names : mapping of str to str
        Ours to theirs.

    Raises
    ------
    UsageError
        If there is no such column, or one is named twice.
    """
    import pandas as pd

    if not names:
        return table
    for theirs in names.values():
        if theirs not in table.columns:
            raise UsageError(f"there is no column {theirs!r}", nearest(theirs, table))
    ours = {theirs: name for name, theirs in names.items()}
    if len(ours) < len(names):
        raise UsageError("one column cannot be mapped to two names")
    kept = [c for c in table.columns if c in ours or c not in names]
    return pd.DataFrame({ours.get(c, c): table[c] for c in kept})


def groups_of(table: Any, groups: Mapping[str, str | None]) -> list[tuple[str, Any]]:
    """Return the rows of each sweep, with the label that tells it from the others.

    Parameters
    ----------
    table : DataFrame
    groups : mapping of str to str or None
        Columns that tell sweeps apart: with a value, its rows are picked.

    Raises
    ------
    UsageError
        If there is no such column or value.
    DataError
        If there would be more than a thousand sweeps.
    """
    for column, value in groups.items():
        if column not in table.columns:
            raise UsageError(f"there is no column {column!r}", nearest(column, table))
        if value is not None:
            values = table[column].astype(str)
            if not (values == value).any():
                known = islice(values.unique(), MOST_SWEEPS)
                raise UsageError(f"the column {column!r} has no {value!r}", nearest(value, known))
            table = table[values == value]
    apart = [column for column, value in groups.items() if value is None]
    table = table.drop(columns=[c for c in groups if c not in apart])
    if not apart:
        return [("", table)]
    gaps = [column for column in apart if table[column].isna().any()]
    if gaps:
        raise DataError(f"the column {gaps[0]!r} has rows without a value")
    grouped = table.groupby(apart, sort=True)
    if grouped.ngroups > MOST_SWEEPS:
        raise DataError(
            f"{' and '.join(apart)} would make {grouped.ngroups:,} sweeps of the file; "
            f"{MOST_SWEEPS:,} are the most"
        )
    return [(" ".join(map(str, key)), rows.drop(columns=apart)) for key, rows in grouped]
