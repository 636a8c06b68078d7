"""Writing a sweep file: one process at a time, each run whole or not at all."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

from variance.errors import StoreDamaged, StoreFull, SweepExists
from variance.records import Environment, Failure, Header, Run
from variance.store import schema
from variance.store.entries import Entries, insert_header
from variance.store.lock import Lock
from variance.store.opening import again, connect
from variance.store.reader import SweepReader
from variance.store.replacing import migrated, replaced, transaction, writing

_RESERVE_RUNS = 8  # at least so many times what one delivery took is kept free


class SweepWriter:
    """One sweep file, open for writing; `create` and `open` are the ways to get one.

    While it is open, a file beside it holds a lock and a reserve of disk space. When the disk
    runs full, the reserve is given up so that the runs in flight can still be stored.

    Attributes
    ----------
    full : bool
        Whether the disk ran full.
    """

    def __init__(self, path: Path, lock: Lock) -> None:
        self.path = path
        self._lock = lock
        self._db = _tuned(path)
        self._rows = Entries(self._db)
        lock.check()
        self._session: int | None = None
        self.full = False

    @classmethod
    def create(cls, path: Path, header: Header, results: Sequence[Run | Failure] = ()) -> Self:
        """Make a new sweep file; it appears under its name only when it is complete.

        Parameters
        ----------
        path : Path
            Where.
        header : Header
            What the sweep is.
        results : sequence of Run or Failure
            Runs that it holds from the first.

        Raises
        ------
        SweepExists, StoreReadOnly, StoreFull, StoreBusy
        """
        lock = Lock(path)
        try:
            if path.exists():
                raise SweepExists(f"{path} is there already")
            with replaced(path) as connection:
                schema.migrate(connection)
                with transaction(connection):
                    insert_header(connection, header)
                    Entries(connection).add(results, None)
            try:
                return cls(path, lock)
            except BaseException:
                path.unlink(missing_ok=True)
                raise
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
            with SweepReader(path) as reader:  # refuses what is not a whole file
                older = reader.version < schema.VERSION
            if older:
                migrated(path)
            return cls(path, lock)
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
        with writing(self.path), transaction(self._db):
            self._session = self._rows.session(environment)

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
            with writing(self.path), transaction(self._db):
                self._rows.add(results, self._session)
        except BaseException:
            self._rows.forget()  # some of them may have been rolled back
            raise


def _tuned(path: Path) -> sqlite3.Connection:
    """Return a connection whose commits survive a crash of process or machine."""
    with writing(path):
        connection = connect(path, "rw")
        try:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("PRAGMA synchronous = FULL")
            # Proves that the file can be written before anything is trained for it.
            connection.execute("BEGIN IMMEDIATE")
            connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
            connection.execute("COMMIT")
            (verdict,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        except BaseException:
            connection.close()
            raise
    if verdict != "ok":
        connection.close()
        raise StoreDamaged(f"{path} is damaged: {verdict}", again(path))
    return connection
