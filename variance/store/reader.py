"""Reading a sweep file; what is read has been checked against its digests."""

from __future__ import annotations

import hashlib
import math
import shlex
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from variance.assembly import assemble, columns
from variance.errors import StoreDamaged
from variance.records import Environment, Failure, Header, Model, Run, Runs
from variance.store import rows, schema, seal
from variance.store.codec import check_size, shape_of
from variance.store.opening import Opened, again, guard, translated


class SweepReader:
    """One sweep file, open for reading.

    Whatever a method returns was compared with the digests of the file in the same transaction.

    Parameters
    ----------
    path : Path
        The file.
    altered : bool
        Whether to read a file too of which something does not fit its digest: `damage` says what.

    Attributes
    ----------
    damage : Damage
        What does not fit its digest; nothing unless `altered`.

    Raises
    ------
    StoreDamaged, StoreForeign, StoreNewer, StoreError
        If it is not a whole sweep file that this version understands.
    """

    def __init__(self, path: Path, *, altered: bool = False) -> None:
        self.path = path
        self.damage = seal.Damage()
        self._altered = altered
        self._seen: int | None = None
        self._opened = Opened(path)
        self._db = self._opened.connection
        try:
            with translated(path):
                self.version = schema.check(self._db, path)
                if self.version < schema.VERSION:
                    self._db = _migrated_copy(self._db)
            with self._reading():
                pass
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()
        self._opened.close()

    def header(self) -> Header:
        """Return what the sweep is."""
        with self._reading():
            return rows.header_of(self._db.execute("SELECT key, value FROM sweep"))

    def environments(self) -> list[Environment]:
        """Return where the runs were trained, one entry each time training was started."""
        with self._reading():
            found = self._db.execute(
                "SELECT environment, command, started FROM session ORDER BY id"
            ).fetchall()
            return [rows.environment_of(row) for row in found]

    def sessions(self) -> dict[int, int]:
        """Return where each seed was trained, where that is known: its place in `environments`."""
        with self._reading():
            known = [key for (key,) in self._db.execute("SELECT id FROM session ORDER BY id")]
            found = self._db.execute("SELECT seed, session FROM run ORDER BY seed").fetchall()
        places = {key: place for place, key in enumerate(known)}
        return {seed: places[key] for seed, key in found if key in places}

    def model(self, seed: int) -> Model | None:
        """Return the trained model of a run, if it is kept.

        Raises
        ------
        StoreDamaged
            If its bytes do not fit their digest.
        """
        with self._reading():
            row = self._db.execute(
                "SELECT seed, form, digest, data, record FROM model WHERE seed = ?", (seed,)
            ).fetchone()
            if row is None:
                return None
            header = seal.header_digest(self._db)
        key, form, digest, data, record = row
        fits = record == seal.record("model", header, (key, form, digest, data))
        if not fits or not isinstance(data, bytes) or hashlib.sha256(data).hexdigest() != digest:
            raise StoreDamaged(
                f"the kept model of seed {seed} in {self.path} is damaged",
                f"The run itself is whole. Without the model: variance repair "
                f"{shlex.quote(str(self.path))}",
            )
        return Model(form, data)

    def seeds(self) -> dict[int, str]:
        """Return the status of each stored seed: ``finished`` or ``failed``."""
        with self._reading():
            return dict(self._db.execute("SELECT seed, status FROM run ORDER BY seed"))

    def test_sets(self) -> int:
        """Return how many test sets the finished runs were scored on."""
        with self._reading():
            count: int = self._db.execute(
                "SELECT count(DISTINCT test_set) FROM run WHERE status = 'finished'"
            ).fetchone()[0]
        return count

    def failures(self) -> tuple[Failure, ...]:
        """Return the seeds that gave no usable model, ascending."""
        with self._reading():
            found = self._db.execute(
                f"SELECT {rows.FAILURE} FROM run WHERE status = 'failed' ORDER BY seed"
            ).fetchall()
            return tuple(rows.failure_of(row) for row in found)

    def runs(self) -> Iterator[Run]:
        """Yield the finished runs, ascending by seed."""
        with self._reading():
            key, test = None, None
            for row in self._db.execute(_RUNS):
                try:
                    if row[rows.TEST] != key:
                        test, key = rows.test_set(self._db, row[rows.TEST]), row[rows.TEST]
                    run = rows.run_of(row, test)
                except ValueError as error:
                    key, test = None, None
                    if row[0] in self.damage.seeds:  # altered so that it cannot be read
                        continue
                    raise ValueError(f"seed {row[0]}: {error}") from error
                yield run

    def metrics(self) -> dict[str, NDArray[np.float64]]:
        """Return each score of the finished runs, shape (S,), ascending by seed; no predictions."""
        with self._reading():
            found = self._db.execute(
                "SELECT metrics FROM run WHERE status = 'finished' ORDER BY seed"
            ).fetchall()
            return columns([rows.metrics_of(metrics) for (metrics,) in found])

    def check_memory(self, what: str = "") -> None:
        """Raise `StoreTooLarge` if all arrays at once would take more memory than is allowed.

        Parameters
        ----------
        what : str, optional
            What would take it; by default to read this file.
        """
        with self._reading():
            classes: dict[int, int] = {}
            size = 0
            for key, *heads in self._db.execute(_TESTS_HEADS):
                classes[key] = rows.class_count(heads.pop())
                size += sum(8 * math.prod(shape_of(head)) for head in heads if head is not None)
            for key, *row in self._db.execute(_RUN_HEADS):
                size += rows.array_bytes(tuple(row), classes.get(key, 0))
        check_size(size, what or f"reading {self.path}")

    def check(self) -> None:
        """Raise `StoreDamaged` if anything that a sweep file can hold cannot be read.

        Beyond the digests, that is the list of pages, every value and every kept model.
        """
        with self._reading():
            (verdict,) = self._db.execute("PRAGMA integrity_check(1)").fetchone()
            kept = self._db.execute("SELECT seed FROM model ORDER BY seed").fetchall()
        if verdict != "ok":
            raise StoreDamaged(f"{self.path} is damaged: {verdict}", again(self.path))
        self.header()
        self.environments()
        self.failures()
        for _ in self.runs():
            pass
        for (seed,) in kept:
            self.model(seed)

    def read(self, name: str) -> Runs:
        """Return everything as labelled arrays, under the given name."""
        self.check_memory()
        return assemble(
            name, self.header(), list(self.runs()), self.failures(), self.environments()
        )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Hold the file as it is, once what changed since the last time has been checked."""
        with translated(self.path):
            if self._db.in_transaction:  # within `runs`
                yield
                return
            self._db.execute("BEGIN")
            try:
                (state,) = self._db.execute("PRAGMA data_version").fetchone()
                if state != self._seen:
                    self._examine()
                    self._seen = state
                yield
            finally:
                with suppress(sqlite3.Error):  # closed meanwhile
                    self._db.execute("ROLLBACK")

    def _examine(self) -> None:
        self.damage = seal.examine(self._db)
        if self.damage.header or (self.damage and not self._altered):
            raise StoreDamaged(
                f"{self.path} is damaged or was altered: {self.damage}", again(self.path)
            )


_RUNS = f"SELECT {rows.RUN} FROM run WHERE status = 'finished' ORDER BY seed"
_TESTS_HEADS = (
    "SELECT id, substr(labels, 1, 100), substr(examples, 1, 100), substr(groups, 1, 100), classes "
    "FROM test_set"
)
_RUN_HEADS = (
    "SELECT test_set, substr(predictions, 1, 100), substr(confusion, 1, 100) FROM run "
    "WHERE status = 'finished'"
)


def _migrated_copy(db: sqlite3.Connection) -> sqlite3.Connection:
    """Return the file's contents in a file of our own, brought to the newest schema."""
    copy = sqlite3.connect("", isolation_level=None)  # in memory, or on disk where it is large
    guard(copy)
    db.backup(copy)
    schema.migrate(copy)
    return copy
