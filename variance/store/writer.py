"""Writing a sweep file: one process at a time, each run whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

import numpy as np

from variance.errors import (
    StoreDamaged,
    StoreError,
    StoreFull,
    StoreReadOnly,
    SweepExists,
)
from variance.records import Environment, Failure, Header, Run, TestSet
from variance.store import schema
from variance.store.codec import pack, smallest_unsigned
from variance.store.lock import FREE_SOME, Lock
from variance.store.reader import SweepReader, connect, translated

_RESERVE_RUNS = 8  # and as many times what one delivery took


class SweepWriter:
    """One sweep file, open for writing; `create` and `open` are the ways to get one.

    While it is open, a file beside it holds a lock and a reserve of disk space. When the disk
    runs full, the reserve is given up so that the runs in flight can still be stored.

    Attributes
    ----------
    full : bool
        Whether the disk ran full.
    """

    def __init__(self, path: Path, lock: Lock, connection: sqlite3.Connection) -> None:
        self.path = path
        self._lock = lock
        self._db = connection
        lock.check()
        self._session: int | None = None
        self._tests: dict[str, int] = {}
        self.full = False

    @classmethod
    def create(cls, path: Path, header: Header) -> Self:
        """Make a new sweep file; it appears under its name only when it is complete.

        Raises
        ------
        SweepExists, StoreReadOnly, StoreFull, StoreBusy
        """
        lock = Lock(path)
        try:
            if path.exists():
                raise SweepExists(f"{path} is there already")
            fresh = path.with_name(f".{path.name}.new")
            fresh.unlink(missing_ok=True)
            with _writing(path):
                connection = connect(fresh, "rwc")
                schema.migrate(connection)
                _insert_header(connection, header)
                connection.close()
            fresh.rename(path)
            return cls(path, lock, _tuned(path))
        except BaseException:
            lock.release()
            raise

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open an existing sweep file, migrated to this version's schema.

        Raises
        ------
        StoreDamaged, StoreForeign, StoreNewer, StoreReadOnly, StoreFull, StoreBusy
        """
        lock = Lock(path)
        try:
            SweepReader(path).close()  # refuses what is not a whole file of a known version
            connection = _tuned(path)
            with _writing(path):
                verdict = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
                if verdict != "ok":
                    raise StoreDamaged(f"{path} is damaged: {verdict}")
                schema.migrate(connection)
            return cls(path, lock, connection)
        except BaseException:
            lock.release()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let others write to it."""
        self._db.close()
        self._lock.release()

    def add_session(self, environment: Environment) -> None:
        """Record where the runs that follow are trained."""
        with _writing(self.path):
            self._session = self._db.execute(
                "INSERT INTO session (started, command, environment) VALUES (?, ?, ?)",
                (environment.started, environment.command, json.dumps(dict(environment.facts))),
            ).lastrowid

    def add(self, results: Sequence[Run | Failure]) -> None:
        """Store runs in one transaction; a failure of the same seed is replaced.

        When the disk is full the reserve makes room for them, and `full` becomes True: nothing
        more should be started.

        Raises
        ------
        StoreFull
            If not even the reserve sufficed.
        """
        self._lock.check()
        before = self.path.stat().st_size
        try:
            self._add(results)
        except StoreFull:
            self.full = True
            self._lock.give_up_reserve()
            self._add(results)
        self._lock.check()  # again: whoever removed it meanwhile has these runs too
        taken = self.path.stat().st_size - before
        self._lock.keep_reserve(_RESERVE_RUNS * taken)  # where the disk is full, what is left

    def _add(self, results: Iterable[Run | Failure]) -> None:
        try:
            with _writing(self.path), _transaction(self._db):
                for result in results:
                    if isinstance(result, Run):
                        self._add_run(result)
                    else:
                        self._add_failure(result)
        except BaseException:
            self._tests.clear()  # some of them may have been rolled back
            raise

    def _add_run(self, run: Run) -> None:
        test = None if run.test_set is None else self._test_set(run.test_set)
        predictions, confusion = run.predictions, run.confusion
        if predictions is not None and predictions.dtype.kind in "ui":
            predictions = smallest_unsigned(predictions)
        self._db.execute(
            "INSERT OR REPLACE INTO run (seed, status, session, started, seconds, sources, "
            "metrics, test_set, predictions, confusion, weights_digest, digest) "
            "VALUES (?, 'finished', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                run.seed,
                self._session,
                run.started,
                run.seconds,
                json.dumps(dict(run.sources)),
                json.dumps(dict(run.metrics)),
                test,
                None if predictions is None else pack(predictions),
                None if confusion is None else pack(smallest_unsigned(confusion)),
                run.weights_digest,
                run_digest(run),
            ),
        )
        if run.model is not None:
            self._db.execute(
                "INSERT OR REPLACE INTO model (seed, form, data, digest) VALUES (?, ?, ?, ?)",
                (
                    run.seed,
                    run.model.form,
                    run.model.data,
                    hashlib.sha256(run.model.data).hexdigest(),
                ),
            )

    def _add_failure(self, failure: Failure) -> None:
        self._db.execute(
            "INSERT OR REPLACE INTO run (seed, status, session, started, seconds, attempts, "
            "reason, error, traceback) VALUES (?, 'failed', ?, ?, ?, ?, ?, ?, ?)",
            (
                failure.seed,
                self._session,
                failure.started,
                failure.seconds,
                failure.attempts,
                failure.reason,
                failure.error,
                failure.traceback,
            ),
        )

    def _test_set(self, test: TestSet) -> int:
        """Return the key of a test set, storing it once."""
        if test.digest not in self._tests:
            if len(self._tests) > 64:  # a redrawn split: there is nothing to remember
                self._tests.clear()
            row = self._db.execute(
                "SELECT id FROM test_set WHERE digest = ?", (test.digest,)
            ).fetchone()
            self._tests[test.digest] = row[0] if row else self._insert_test_set(test)
        return self._tests[test.digest]

    def _insert_test_set(self, test: TestSet) -> int:
        ids = [
            None if values is None else pack(smallest_unsigned(values))
            for values in (test.examples, test.groups)
        ]
        key = self._db.execute(
            "INSERT INTO test_set (digest, labels, examples, groups, classes, train_size) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            (test.digest, pack(test.labels), *ids, json.dumps(test.classes), test.train_size),
        ).lastrowid
        if key is None:  # SQLite always sets it after an insert
            raise StoreError(f"{self.path} did not take a test set")
        return key


def salvage(path: Path) -> tuple[Path, int]:
    """Replace a damaged sweep file by one with every run that is still whole.

    Parameters
    ----------
    path : Path
        The damaged file.

    Returns
    -------
    kept : Path
        Where the damaged file now lies.
    count : int
        How many runs were saved.

    Raises
    ------
    StoreDamaged
        If not even the header can be read; the file then stays as it is.
    """
    kept = next(
        p
        for n in range(1, 10_000)
        if not (p := path.with_name(f"{path.stem}.damaged-{n}")).exists()
    )
    try:
        with SweepReader(path, salvage=True) as damaged:
            header, environments = damaged.header(), damaged.environments()
            results: list[Run | Failure] = list(damaged.whole_runs())
    except StoreError as error:
        raise StoreDamaged(
            f"nothing can be read from {path}", f"Move it away, then run the line again: {path}"
        ) from error
    path.rename(kept)
    with SweepWriter.create(path, header) as writer:
        for environment in environments:
            writer.add_session(environment)
        writer.add(results)
    return kept, len(results)


def run_digest(run: Run) -> str:
    """Return the SHA-256 of a run's metrics, predictions and test set."""
    sha = hashlib.sha256(json.dumps(dict(run.metrics), sort_keys=True).encode())
    if run.predictions is not None:
        predictions = run.predictions
        if predictions.dtype.kind in "ui":
            predictions = smallest_unsigned(predictions)
        sha.update(np.ascontiguousarray(predictions).tobytes())
    if run.test_set is not None:
        sha.update(run.test_set.digest.encode())
    return sha.hexdigest()


def _tuned(path: Path) -> sqlite3.Connection:
    """Return a connection whose commits survive a crash of process or machine."""
    with _writing(path):
        connection = connect(path, "rw")
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = FULL")
        # Proves that the file can be written before anything is trained for it.
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
        connection.execute("COMMIT")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[None]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself has rolled back after some errors
            connection.execute("ROLLBACK")
        raise


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn SQLite's errors while writing into ours."""
    with translated(path):
        try:
            yield
        except sqlite3.OperationalError as error:
            code = error.sqlite_errorcode & 0xFF
            if code == sqlite3.SQLITE_FULL or _disk_is_full(path):
                raise StoreFull(f"no space left for {path}", FREE_SOME) from error
            if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
                raise StoreReadOnly(
                    f"cannot write to {path}: {error}", "Make it writable, or use another --store."
                ) from error
            raise


def _disk_is_full(path: Path) -> bool:
    """Return whether an I/O error is explained by a disk without a free block."""
    try:
        free = os.statvfs(path.parent)
    except OSError:
        return False
    return free.f_bavail == 0


def _insert_header(connection: sqlite3.Connection, header: Header) -> None:
    facts: dict[str, Any] = asdict(header)
    facts["configuration"] = header.configuration.as_dict() if header.configuration else None
    if header.redrawn_split is None:  # few sweeps have one; the others stay as they always were
        del facts["redrawn_split"]
    with _transaction(connection):
        connection.executemany(
            "INSERT INTO sweep (key, value) VALUES (?, ?)",
            [(key, json.dumps(value)) for key, value in facts.items()],
        )
