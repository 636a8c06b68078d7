"""A table as a Parquet file, written group by group."""

from __future__ import annotations

from typing import Any, BinaryIO

import numpy as np

from variance.errors import UsageError
from variance.reporting.run_table import Column, Named, Part, Table

_GROUP_ROWS = 500_000
"""Rows that are written together; readers take such a group at a time."""


def write(table: Table, file: BinaryIO) -> None:
    """Write a table into a file that is open.

    Raises
    ------
    UsageError
        If pyarrow is not installed.
    """
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetWriter
    except ImportError as error:
        raise UsageError(
            "writing Parquet needs pyarrow", "pip install 'model-variance[parquet]'"
        ) from error
    groups = (pa.table(_arrow(part, pa)) for part in table.parts)
    first = next(groups)
    with ParquetWriter(file, first.schema) as writer:
        held = [first]
        for group in groups:
            if sum(map(len, held)) >= _GROUP_ROWS:
                writer.write_table(pa.concat_tables(held))
                held = []
            held.append(group)
        writer.write_table(pa.concat_tables(held))


def _arrow(part: Part, pa: Any) -> dict[str, Any]:
    """Return the columns of a part as Arrow's arrays."""
    return {name: _arrow_array(name, c, part.rows, pa) for name, c in part.columns.items()}


def _arrow_array(name: str, column: Column, rows: int, pa: Any) -> Any:
    if isinstance(column, int):
        return pa.array(np.full(rows, column, dtype=np.int64))
    if isinstance(column, Named):
        return pa.array(column.names, pa.string()).take(pa.array(column.codes))
    if isinstance(column, np.ndarray):
        return pa.array(column)
    made = pa.array(column)
    return pa.array(column, _TYPES.get(name, "float64")) if pa.types.is_null(made.type) else made


_TYPES = {
    **dict.fromkeys(("seed", "train_size", "test_size"), "int64"),
    **dict.fromkeys(("status", "weights_digest", "error"), "string"),
}
"""What columns without a value hold; all others are scores."""
