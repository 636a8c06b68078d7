"""The digests in a sweep file: what was altered, added or removed since it was written is found.

Each row of the tables in `COLUMNS` carries its *record*: the SHA-256 of the table's name, the
header's digest and every other column as it is stored. The table ``seal`` holds the digest of the
header and, for each table, the number of rows and the sum of their records modulo 2^256: it changes
with each row at little cost, whatever the order.

They find accidents and careless edits. Whoever sets out to forge a file computes them anew.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from variance.records import Run
from variance.store import rows
from variance.store.codec import smallest_unsigned

FIRST_VERSION = 3
"""The version of the schema from which on files are sealed."""
COLUMNS = {
    "session": "id, started, command, environment",
    "test_set": "id, digest, labels, examples, groups, classes, train_size",
    "run": (
        "seed, status, session, started, seconds, attempts, sources, metrics, test_set, "
        "predictions, confusion, weights_digest, digest, reason, error, traceback"
    ),
    "model": "seed, form, digest, data",  # of the data, their digest alone is covered
}
"""What the record of a row covers; the first column is its key."""
SEALED = ("session", "test_set", "run")
_TEST = COLUMNS["run"].split(", ").index("test_set")
_LARGE = 1 << 16


@dataclass(frozen=True)
class Damage:
    """What in a sweep file does not fit the digests that were written with it.

    Attributes
    ----------
    header : bool
        Whether the header is another one.
    sessions, test_sets : tuple of int
        Keys of altered rows.
    seeds : tuple of int
        Seeds whose run was altered, or whose test set was.
    counts : tuple of str
        The tables that have lost or gained rows.
    """

    header: bool = False
    sessions: tuple[int, ...] = ()
    test_sets: tuple[int, ...] = ()
    seeds: tuple[int, ...] = ()
    counts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.header or self.sessions or self.test_sets or self.seeds or self.counts)

    def __str__(self) -> str:
        parts = []
        if self.header:
            parts.append("its header does not fit its digest")
        if self.test_sets:
            parts.append("the test set does not fit its digest")
        if self.seeds and not self.header:
            parts.append(altered(self.seeds))
        if self.sessions:
            parts.append("the record of where runs were trained does not fit its digest")
        if self.counts and not (self.header or self.test_sets or self.seeds or self.sessions):
            parts.append(_COUNTS[self.counts[0]])
        return "; ".join(parts)


_COUNTS = {
    "run": "runs were added or removed since it was written",
    "test_set": "test sets were added or removed since it was written",
    "session": "records of where runs were trained were added or removed",
}


def seed_list(seeds: Sequence[int]) -> str:
    """Return ``seed 7`` or ``seeds 7, 9``; of many, the first ten."""
    more = f" and {len(seeds) - 10} more" if len(seeds) > 10 else ""
    listed = ", ".join(map(str, seeds[:10]))
    return f"seed {listed}" if len(seeds) == 1 else f"seeds {listed}{more}"


def altered(seeds: Sequence[int]) -> str:
    """Return the sentence that the runs of these seeds are not what was written."""
    does = "does not fit the digest written with it"
    return f"{seed_list(seeds)} {does if len(seeds) == 1 else does.replace('does', 'do', 1)}"


def digest_of(values: Iterable[str | int | float | bytes | None]) -> str:
    """Return the SHA-256 of values, each with its type and length.

    Parameters
    ----------
    values : iterable of str, int, float, bytes or None
        As SQLite holds them.
    """
    sha, pending = hashlib.sha256(), bytearray()
    for value in values:
        kind, data = _encoded(value)
        pending += b"%c%d:" % (kind, len(data))
        if len(data) < _LARGE:
            pending += data
        else:  # not copied
            sha.update(pending)
            sha.update(data)
            pending.clear()
    sha.update(pending)
    return sha.hexdigest()


def _encoded(value: object) -> tuple[bytes, bytes]:
    if value is None:
        return b"n", b""
    if isinstance(value, str):
        return b"s", value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytes):
        return b"b", value
    if isinstance(value, float):
        return b"f", struct.pack("<d", value)
    if isinstance(value, int):
        return b"i", b"%d" % value
    raise TypeError(f"SQLite holds no {type(value).__name__}")


def header_digest(connection: sqlite3.Connection) -> str:
    """Return the digest of what the sweep is."""
    facts = connection.execute("SELECT key, value FROM sweep ORDER BY key").fetchall()
    return digest_of(("sweep", *(one for fact in facts for one in fact)))


def record(table: str, header: str, row: Sequence[Any]) -> str:
    """Return the record of a row.

    Parameters
    ----------
    table : str
    header : str
        The header's digest.
    row : sequence
        The columns of `COLUMNS`, as they are stored.
    """
    covered = row[:-1] if table == "model" else row
    return digest_of((table, header, *covered))


def insert(connection: sqlite3.Connection, header: str, table: str, row: Sequence[Any]) -> None:
    """Store a row with its record, in the place of one with the same key.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction.
    header : str
        The header's digest.
    table : str
    row : sequence
        The columns of `COLUMNS`, as SQLite will hold them.
    """
    columns = COLUMNS[table]
    key = columns.partition(",")[0]
    made = record(table, header, row)
    before = connection.execute(f"SELECT record FROM {table} WHERE {key} = ?", row[:1]).fetchone()
    places = ", ".join("?" * (len(row) + 1))
    connection.execute(
        f"INSERT OR REPLACE INTO {table} ({columns}, record) VALUES ({places})", (*row, made)
    )
    if table in SEALED:
        (total,) = connection.execute("SELECT sum FROM seal WHERE name = ?", (table,)).fetchone()
        new = int(total, 16) + int(made, 16) - (int(before[0], 16) if before else 0)
        connection.execute(
            "UPDATE seal SET count = count + ?, sum = ? WHERE name = ?",
            (0 if before else 1, _modulo(new), table),
        )


def examine(connection: sqlite3.Connection) -> Damage:
    """Return what in an open file does not fit its digests; the data of kept models are left out.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction; of the newest version.

    Raises
    ------
    ValueError
        If rows are out of order: then pages are damaged.
    """
    header = header_digest(connection)
    seals = {name: tuple(seal) for name, *seal in connection.execute("SELECT * FROM seal")}
    if seals.get("sweep") != (1, header):
        return Damage(header=True)
    found: dict[str, tuple[int, ...]] = {}
    counts: list[str] = []
    tests: set[int | None] = {None}
    for table in SEALED:
        total = 0
        keys: list[int] = []
        wrong: list[int] = []
        for *row, stored in _stored_rows(connection, table):
            made = record(table, header, row)
            if keys and row[0] <= keys[-1]:
                raise ValueError(f"the rows of {table} are out of order")
            keys.append(row[0])
            if made == stored:
                total += int(made, 16)
            if made != stored or (table == "run" and row[_TEST] not in tests):
                wrong.append(row[0])
        if not wrong and seals.get(table) != (len(keys), _modulo(total)):
            counts.append(table)
        found[table] = tuple(wrong)
        if table == "test_set":
            tests |= set(keys).difference(wrong)
    return Damage(False, found["session"], found["test_set"], found["run"], tuple(counts))


def sign(
    connection: sqlite3.Connection, unfit: Mapping[str, Collection[int]] = MappingProxyType({})
) -> None:
    """Seal a file that has no seal yet.

    Parameters
    ----------
    connection : sqlite3.Connection
        In a transaction.
    unfit : mapping of str to collection of int
        For each table the keys of the rows to leave unsigned; see `unfit_rows`.
    """
    header = header_digest(connection)
    connection.execute("DELETE FROM seal")
    connection.execute("INSERT INTO seal VALUES ('sweep', 1, ?)", (header,))
    for table, columns in COLUMNS.items():
        key = columns.partition(",")[0]
        every = f"SELECT {key} FROM {table} NOT INDEXED"  # an index may tell another story
        total, keys = 0, connection.execute(every).fetchall()
        for (one,) in keys:
            if one in unfit.get(table, ()):
                continue
            row = connection.execute(
                f"SELECT {columns} FROM {table} WHERE {key} = ?", (one,)
            ).fetchone()
            if row is None:
                raise ValueError(f"a row of {table} cannot be found by its key")
            made = record(table, header, row)
            total += int(made, 16)
            connection.execute(f"UPDATE {table} SET record = ? WHERE {key} = ?", (made, one))
        if table in SEALED:
            connection.execute(
                "INSERT INTO seal VALUES (?, ?, ?)", (table, len(keys), _modulo(total))
            )


def unfit_rows(connection: sqlite3.Connection) -> dict[str, set[int]]:
    """Return the rows of a file from before the seal that do not fit the digests of its time."""
    return {"test_set": set(_unfit_tests(connection)), "run": set(_unfit_runs(connection))}


def run_digest(run: Run) -> str:
    """Return the SHA-256 of a run's metrics, predictions and test set: all that there was before.

    Files of version 1 and 2 keep it in the column ``digest`` of their finished runs.
    """
    sha = hashlib.sha256(json.dumps(dict(run.metrics), sort_keys=True).encode())
    if run.predictions is not None:
        predictions = run.predictions
        if predictions.dtype.kind in "ui":
            predictions = smallest_unsigned(predictions)
        sha.update(np.ascontiguousarray(predictions).tobytes())
    if run.test_set is not None:
        sha.update(run.test_set.digest.encode())
    return sha.hexdigest()


def _stored_rows(connection: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    columns = COLUMNS[table]
    key = columns.partition(",")[0]
    return connection.execute(f"SELECT {columns}, record FROM {table} ORDER BY {key}")


def _unfit_tests(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the test sets of an older file that do not fit their digest."""
    every = f"SELECT id, digest, {rows.TEST_SET} FROM test_set"
    for key, digest, *row in connection.execute(every):
        try:
            if rows.tests_of(tuple(row)).digest != digest:
                yield key
        except ValueError:
            yield key


def _unfit_runs(connection: sqlite3.Connection) -> Iterator[int]:
    """Yield the seeds of an older file whose run does not fit its digest."""
    known, test = None, None
    finished = f"SELECT digest, {rows.RUN} FROM run WHERE status = 'finished'"
    for digest, *row in connection.execute(finished):
        try:
            if row[rows.TEST] != known or known is None:
                test, known = rows.test_set(connection, row[rows.TEST]), row[rows.TEST]
            if run_digest(rows.run_of(tuple(row), test)) != digest:
                yield row[0]
        except ValueError:
            known = None
            yield row[0]


def _modulo(total: int) -> str:
    return f"{total % 2**256:064x}"
