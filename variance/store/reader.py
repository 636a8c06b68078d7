"""Reading a sweep file; never changes it."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from variance.assembly import assemble, columns
from variance.errors import StoreBusy, StoreDamaged, StoreError, StoreForeign, StoreNewer
from variance.records import (
    Configuration,
    Environment,
    Failure,
    Header,
    Model,
    Run,
    Runs,
    TestSet,
)
from variance.store import schema
from variance.store.codec import unpack

_PATIENCE = 10.0  # seconds to wait for another process that is writing
_MAGIC = b"SQLite format 3\0"
_AGAIN = (
    "Run the same `variance sweep` line again: it keeps the damaged file beside, "
    "saves every run that is whole, and trains only the missing ones."
)


class SweepReader:
    """One sweep file, open for reading.

    Parameters
    ----------
    path : Path
        The file.
    salvage : bool
        Whether to read what can be read of a damaged file.

    Raises
    ------
    StoreDamaged, StoreForeign, StoreNewer, StoreError
        If it is not a whole sweep file that this version understands.
    """

    def __init__(self, path: Path, *, salvage: bool = False) -> None:
        self.path = path
        if not salvage:
            check_file(path)
        with translated(path):
            self._db = connect(path, "ro")
            if salvage:  # lets SQLite open a file that is shorter than its header says
                self._db.execute("PRAGMA writable_schema = ON")
            version = schema.version_of(self._db)
        if version > schema.VERSION:
            raise StoreNewer(
                f"{path} was written by a later version: its schema is {version}, "
                f"the newest known here {schema.VERSION}",
                "Upgrade: pip install --upgrade model-variance",
            )
        if version < schema.VERSION:
            self._db = _migrated_copy(self._db)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def header(self) -> Header:
        """Return what the sweep is."""
        with translated(self.path):
            rows = self._db.execute("SELECT key, value FROM sweep").fetchall()
        facts: dict[str, Any] = {key: json.loads(value) for key, value in rows}
        if "experiment" not in facts:
            raise StoreDamaged(f"{self.path} does not say what was trained", _AGAIN)
        configuration = facts.pop("configuration", None)
        if "redrawn_split" in facts:
            facts["redrawn_split"] = tuple(facts["redrawn_split"])
        return Header(
            configuration=Configuration.from_dict(configuration) if configuration else None, **facts
        )

    def environments(self) -> list[Environment]:
        """Return where the runs were trained, one entry each time training was started."""
        with translated(self.path):
            rows = self._db.execute(
                "SELECT environment, command, started FROM session ORDER BY id"
            ).fetchall()
        return [Environment(json.loads(facts), command, at) for facts, command, at in rows]

    def sessions(self) -> dict[int, int]:
        """Return where each seed was trained, where that is known: its place in `environments`."""
        with translated(self.path):
            known = [key for (key,) in self._db.execute("SELECT id FROM session ORDER BY id")]
            rows = self._db.execute("SELECT seed, session FROM run ORDER BY seed").fetchall()
        places = {key: place for place, key in enumerate(known)}
        return {seed: places[key] for seed, key in rows if key in places}

    def digests(self) -> dict[int, str]:
        """Return the digest that was written with each finished run; see `run_digest`."""
        with translated(self.path):
            return dict(
                self._db.execute(
                    "SELECT seed, digest FROM run WHERE status = 'finished' AND digest IS NOT NULL "
                    "ORDER BY seed"
                )
            )

    def model(self, seed: int) -> Model | None:
        """Return the trained model of a run, if it is kept.

        Raises
        ------
        StoreDamaged
            If its bytes do not fit their digest.
        """
        with translated(self.path):
            row = self._db.execute(
                "SELECT form, data, digest FROM model WHERE seed = ?", (seed,)
            ).fetchone()
        if row is None:
            return None
        form, data, digest = row
        if hashlib.sha256(data).hexdigest() != digest:
            raise StoreDamaged(f"the kept model of seed {seed} in {self.path} is damaged")
        return Model(form, data)

    def seeds(self) -> dict[int, str]:
        """Return the status of each stored seed: ``finished`` or ``failed``."""
        with translated(self.path):
            return dict(self._db.execute("SELECT seed, status FROM run ORDER BY seed"))

    def test_sets(self) -> int:
        """Return how many test sets the finished runs were scored on."""
        with translated(self.path):
            count: int = self._db.execute(
                "SELECT count(DISTINCT test_set) FROM run WHERE status = 'finished'"
            ).fetchone()[0]
        return count

    def failures(self) -> tuple[Failure, ...]:
        """Return the seeds that gave no usable model, ascending."""
        with translated(self.path):
            rows = self._db.execute(
                "SELECT seed, reason, error, traceback, seconds, started, attempts FROM run "
                "WHERE status = 'failed' ORDER BY seed"
            ).fetchall()
        return tuple(Failure(*row) for row in rows)

    def runs(self) -> Iterator[Run]:
        """Yield the finished runs, ascending by seed."""
        tests: dict[int, TestSet] = {}
        with translated(self.path):
            for row in self._db.execute(_RUNS):
                yield self._run(row, tests)

    def whole_runs(self) -> Iterator[Run | Failure]:
        """Yield every run of a damaged file that can still be read whole, ascending by seed."""
        tests: dict[int, TestSet] = {}
        for seed in _readable_seeds(self._db):
            try:
                row = self._db.execute(f"{_RUNS_OF} seed = ?", (seed,)).fetchone()
                if row is not None:
                    yield replace(self._run(row, tests), model=self._whole_model(seed))
            except (sqlite3.DatabaseError, ValueError, TypeError):
                continue

    def _whole_model(self, seed: int) -> Model | None:
        """Return a kept model of a damaged file; without it, the run itself is worth saving."""
        try:
            return self.model(seed)
        except StoreError:
            return None

    def metrics(self) -> dict[str, NDArray[np.float64]]:
        """Return each score of the finished runs, shape (S,), ascending by seed; no predictions."""
        with translated(self.path):
            rows = self._db.execute(
                "SELECT metrics FROM run WHERE status = 'finished' ORDER BY seed"
            ).fetchall()
        return columns([json.loads(metrics) for (metrics,) in rows])

    def read(self, name: str) -> Runs:
        """Return everything as labelled arrays, under the given name."""
        return assemble(
            name, self.header(), list(self.runs()), self.failures(), self.environments()
        )

    def _run(self, row: tuple[Any, ...], tests: dict[int, TestSet]) -> Run:
        seed, metrics, predictions, confusion, sources, seconds, started, weights, test = row
        if test is not None and test not in tests:
            tests[test] = self._test_set(test)
        return Run(
            seed=seed,
            metrics=json.loads(metrics),
            predictions=None if predictions is None else unpack(predictions),
            test_set=None if test is None else tests[test],
            confusion=None if confusion is None else unpack(confusion).astype(np.int64),
            sources=json.loads(sources or "{}"),
            seconds=seconds,
            started=started,
            weights_digest=weights,
        )

    def _test_set(self, key: int) -> TestSet:
        labels, examples, groups, classes, train_size = self._db.execute(
            "SELECT labels, examples, groups, classes, train_size FROM test_set WHERE id = ?",
            (key,),
        ).fetchone()
        return TestSet(
            labels=unpack(labels),
            classes=tuple(json.loads(classes)),
            examples=None if examples is None else unpack(examples).astype(np.int64),
            groups=None if groups is None else unpack(groups).astype(np.int64),
            train_size=train_size,
        )


_RUNS_OF = (
    "SELECT seed, metrics, predictions, confusion, sources, seconds, started, weights_digest, "
    "test_set FROM run WHERE status = 'finished' AND"
)
_RUNS = f"{_RUNS_OF} true ORDER BY seed"


def check_file(path: Path) -> None:
    """Raise the error that fits a file which is not a whole sweep file."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
        size = path.stat().st_size
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    if not _MAGIC.startswith(head[:16]) or (head and len(head) < 100 and head[:1] != b"S"):
        raise StoreForeign(f"{path} is not a sweep file")
    if len(head) < 100:
        raise StoreDamaged(f"{path} is truncated to {size} bytes", _AGAIN)
    if head[68:72] != struct.pack(">I", schema.APPLICATION_ID):
        raise StoreForeign(f"{path} is an SQLite file of another program")
    page = struct.unpack(">H", head[16:18])[0]
    whole = struct.unpack(">I", head[28:32])[0] * (65536 if page == 1 else page)
    journal = path.with_name(path.name + "-journal")
    if size < whole and not journal.exists():  # with a journal, SQLite itself restores the file
        raise StoreDamaged(f"{path} is truncated: {size:,} of {whole:,} bytes are there", _AGAIN)


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file with SQLite; ``mode`` is ``ro``, ``rw`` or ``rwc``."""
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_PATIENCE, isolation_level=None)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(
                f"{path} has been locked by another process for {_PATIENCE:.0f} s",
                "Wait until it has finished, or end it.",
            ) from error
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StoreDamaged(f"{path} is damaged: {error}", _AGAIN) from error
        raise StoreError(f"cannot read {path}: {error}") from error
    except ValueError as error:
        raise StoreDamaged(f"{path} is damaged: {error}", _AGAIN) from error


def _readable_seeds(db: sqlite3.Connection) -> list[int]:
    """Return the seeds that can be read: from both ends, then one by one across the damage."""
    ascending = _until_damage(db, "SELECT seed FROM run ORDER BY seed ASC")
    descending = _until_damage(db, "SELECT seed FROM run ORDER BY seed DESC")
    low = ascending[-1] + 1 if ascending else 0
    high = min(descending[-1] if descending else low + _PROBES, low + _PROBES)
    between: list[int] = []
    for seed in range(low, high):
        between += _until_damage(db, "SELECT seed FROM run WHERE seed = ?", seed)
    return sorted({*ascending, *between, *descending})


_PROBES = 100_000


def _until_damage(db: sqlite3.Connection, query: str, *values: int) -> list[int]:
    found: list[int] = []
    try:
        for (seed,) in db.execute(query, values):
            found.append(seed)
    except sqlite3.DatabaseError:
        pass
    return found


def _migrated_copy(db: sqlite3.Connection) -> sqlite3.Connection:
    """Return the file's contents in memory, brought to the newest schema."""
    copy = sqlite3.connect(":memory:", isolation_level=None)
    db.backup(copy)
    db.close()
    schema.migrate(copy)
    return copy
