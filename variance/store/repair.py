"""Saving what is whole of a damaged sweep file; what was altered is never signed again."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from variance.errors import StoreDamaged, StoreError
from variance.store import rows, schema, seal
from variance.store.entries import Entries
from variance.store.lock import Lock, cannot_write
from variance.store.opening import Opened, translated
from variance.store.reader import SweepReader
from variance.store.replacing import replaced, transaction

_MOST_SEEDS = 1_000_000
_UNREADABLE = (sqlite3.DatabaseError, ValueError, TypeError)


@dataclass(frozen=True)
class Saved:
    """What came of repairing a sweep file.

    Attributes
    ----------
    kept : Path
        Where the damaged file now lies.
    damage : str
        What was wrong with it.
    runs, failures : int
        Finished and failed runs that were saved.
    altered : tuple of int
        Seeds that could be read, but do not fit their digest: they are lost.
    unreadable : tuple of int
        Seeds of which more than the number could not be read.
    missing : int
        Runs of which not even the seed could be read.
    models : tuple of int
        Seeds whose kept model was lost; the runs themselves were saved.
    sessions : int
        Records of where runs were trained that were lost; the runs themselves were saved.
    """

    kept: Path
    damage: str
    runs: int
    failures: int = 0
    altered: tuple[int, ...] = ()
    unreadable: tuple[int, ...] = ()
    missing: int = 0
    models: tuple[int, ...] = ()
    sessions: int = 0

    def __str__(self) -> str:
        runs = "1 whole run was" if self.runs == 1 else f"{self.runs} whole runs were"
        failed = {0: "", 1: " and 1 failed one"}.get(
            self.failures, f" and {self.failures} failed ones"
        )
        lost = "; ".join(self._lost()) or "nothing"
        return (
            f"{self.damage}: {runs} saved{failed}; lost: {lost}. "
            f"The damaged file is kept: {self.kept}"
        )

    def _lost(self) -> list[str]:
        parts = []
        if self.altered:
            parts.append(f"{seal.seed_list(self.altered)} (not what was written)")
        if self.unreadable:
            parts.append(f"{seal.seed_list(self.unreadable)} (unreadable)")
        if self.missing:
            parts.append(f"{self.missing} more whose seed cannot be read")
        if self.models:
            parts.append(f"the kept model of {seal.seed_list(self.models)}")
        if self.sessions:
            parts.append("the record of where some runs were trained")
        return parts


def repair(path: Path) -> Saved | None:
    """Replace a damaged sweep file by one with every run that is still whole.

    A run is saved if it fits the digest that was written with it, and its test set does. Until all
    that is done the damaged file stays as it is; then it is kept beside.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Saved or None
        None where nothing is wrong with it.

    Raises
    ------
    StoreDamaged
        If not even the header can be read and trusted; the file then stays as it is.
    StoreForeign, StoreNewer, StoreReadOnly, StoreFull, StoreBusy
    """
    lock = Lock(path)
    try:
        damage = _damage(path)
        return _replaced(path, damage) if damage else None
    finally:
        lock.release()


def _damage(path: Path) -> str:
    """Return what is wrong with a file; empty for nothing."""
    try:
        with SweepReader(path) as reader:
            reader.check()
    except StoreDamaged as error:
        return error.message
    return ""


def _replaced(path: Path, damage: str) -> Saved:
    opened: Opened | None = None
    try:
        opened = Opened(path, torn=True)
        with translated(path):
            remains = _Remains(opened.connection, schema.check(opened.connection, path))
    except StoreError as error:
        if opened is not None:
            opened.close()
        raise StoreDamaged(
            f"{damage}; nothing can be saved from it: {error.message}",
            f"Move it away, then run the same line again: {path}",
        ) from error
    try:
        kept = _kept_name(path)
        with replaced(path) as new:
            schema.migrate(new)
            with transaction(new):
                remains.save(new)
            _keep(path, kept)
        return remains.account(kept, damage)
    finally:
        opened.close()


@dataclass
class _Remains:
    """What can be read of a damaged file, and is what was written."""

    db: sqlite3.Connection
    version: int
    counts: dict[str, int] = field(default_factory=lambda: {"finished": 0, "failed": 0})
    sessions: set[int] = field(default_factory=set)
    tests: dict[int, Any] = field(default_factory=dict)
    altered: list[int] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    models: list[int] = field(default_factory=list)
    lost_sessions: int = 0

    def __post_init__(self) -> None:
        self.facts = self.db.execute("SELECT key, value FROM sweep ORDER BY key").fetchall()
        rows.header_of(self.facts)
        self.header = seal.header_digest(self.db)
        if self.version >= seal.FIRST_VERSION and not self._header_is_vouched_for():
            raise ValueError("its header does not fit its digest")

    def save(self, new: sqlite3.Connection) -> None:
        """Write all that is whole into a new file."""
        new.executemany("INSERT INTO sweep (key, value) VALUES (?, ?)", self.facts)
        seal.sign(new)
        entries = Entries(new)
        self._save_sessions(entries)
        for seed in _readable_keys(self.db, "run", "seed", 1000 + 2 * self._sealed_count()):
            try:
                self._save_run(seed, entries)
            except sqlite3.DatabaseError:
                self.unreadable.append(seed)
            except (ValueError, TypeError):
                self.altered.append(seed)

    def account(self, kept: Path, damage: str) -> Saved:
        """Return what was saved and lost."""
        saved = sum(self.counts.values())
        known = saved + len(self.altered) + len(self.unreadable)
        return Saved(
            kept,
            damage,
            self.counts["finished"],
            self.counts["failed"],
            tuple(self.altered),
            tuple(self.unreadable),
            max(0, self._sealed_count() - known),
            tuple(self.models),
            self.lost_sessions,
        )

    def _header_is_vouched_for(self) -> bool:
        """Return whether the header fits its digest, or that of any row: one of them is enough."""
        with suppress(sqlite3.DatabaseError):
            found = self.db.execute("SELECT sum FROM seal WHERE name = 'sweep'").fetchone()
            if found == (self.header,):
                return True
        for table in seal.SEALED:
            with suppress(*_UNREADABLE):
                for *row, record in self.db.execute(
                    f"SELECT {seal.COLUMNS[table]}, record FROM {table}"
                ):
                    if record == seal.record(table, self.header, row):
                        return True
        return False

    def _save_sessions(self, entries: Entries) -> None:
        for key in _readable_keys(self.db, "session", "id", 1000):
            try:
                row = self._row("session", key)
                rows.environment_of((row[3], row[2], row[1]))
                entries.insert("session", *row)
                self.sessions.add(key)
            except _UNREADABLE:
                self.lost_sessions += 1

    def _save_run(self, seed: int, entries: Entries) -> None:
        row = list(self._row("run", seed))
        if row[_STATUS] == "failed":
            found = self.db.execute(f"SELECT {rows.FAILURE} FROM run WHERE seed = ?", (seed,))
            rows.failure_of(found.fetchone())
        else:
            self._check_run(seed, row, entries)
        if row[_SESSION] not in self.sessions:
            row[_SESSION] = None
        entries.insert("run", *row)
        self.counts[str(row[_STATUS])] += 1
        if self.version > 1:
            self._save_model(seed, entries)

    def _check_run(self, seed: int, row: list[Any], entries: Entries) -> None:
        """Raise `ValueError` unless a finished run and its test set are what was written."""
        key = row[_TEST]
        if key is not None and key not in self.tests:
            self.tests = {key: self._save_test_set(key, entries)}
        found = self.db.execute(f"SELECT {rows.RUN} FROM run WHERE seed = ?", (seed,)).fetchone()
        run = rows.run_of(found, None if key is None else self.tests[key])
        if self.version < seal.FIRST_VERSION and seal.run_digest(run) != row[_DIGEST]:
            raise ValueError("the run does not fit its digest")

    def _save_test_set(self, key: int, entries: Entries) -> Any:
        row = self._row("test_set", key)
        test = rows.tests_of(row[2:])
        if self.version < seal.FIRST_VERSION and test.digest != row[1]:
            raise ValueError("the test set does not fit its digest")
        entries.insert("test_set", *row)
        return test

    def _save_model(self, seed: int, entries: Entries) -> None:
        """Save a kept model; without it, the run itself is worth saving."""
        try:
            if not self.db.execute("SELECT 1 FROM model WHERE seed = ?", (seed,)).fetchone():
                return
            row = self._row("model", seed)
            if hashlib.sha256(row[3]).hexdigest() != row[2]:
                raise ValueError("the model does not fit its digest")
            entries.insert("model", *row)
        except _UNREADABLE:
            self.models.append(seed)

    def _row(self, table: str, key: int) -> tuple[Any, ...]:
        """Return a row as it was written; raise `ValueError` if it does not fit its record."""
        columns = seal.COLUMNS[table]
        name = columns.partition(",")[0]
        sealed = self.version >= seal.FIRST_VERSION
        row = self.db.execute(
            f"SELECT {columns}{', record' if sealed else ''} FROM {table} WHERE {name} = ?", (key,)
        ).fetchone()
        if row is None:
            raise ValueError(f"{table} {key} is not there")
        if not sealed:
            return tuple(row)
        if row[-1] != seal.record(table, self.header, row[:-1]):
            raise ValueError(f"{table} {key} does not fit its record")
        return tuple(row[:-1])

    def _sealed_count(self) -> int:
        if self.version < seal.FIRST_VERSION:
            return 0
        with suppress(*_UNREADABLE):
            (count,) = self.db.execute("SELECT count FROM seal WHERE name = 'run'").fetchone()
            return count if isinstance(count, int) and 0 <= count <= _MOST_SEEDS else 0
        return 0


_NAMES = seal.COLUMNS["run"].split(", ")
_STATUS, _SESSION, _TEST, _DIGEST = map(_NAMES.index, ("status", "session", "test_set", "digest"))


def _readable_keys(db: sqlite3.Connection, table: str, key: str, probes: int) -> list[int]:
    """Return the keys that can be read: from both ends, then one by one across the damage."""
    ascending = _until_damage(db, f"SELECT {key} FROM {table} NOT INDEXED ORDER BY {key} ASC")
    descending = _until_damage(db, f"SELECT {key} FROM {table} NOT INDEXED ORDER BY {key} DESC")
    low = max(ascending) + 1 if ascending else 0
    high = min([*descending, low + probes])
    between: list[int] = []
    for one in range(low, high):
        between += _until_damage(db, f"SELECT {key} FROM {table} WHERE {key} = ?", one)
    return sorted({*ascending, *between, *descending})


def _until_damage(db: sqlite3.Connection, query: str, *values: int) -> list[int]:
    found: list[int] = []
    with suppress(sqlite3.DatabaseError):
        for (key,) in db.execute(query, values):
            if found and len(found) > 1 and (key - found[-1]) * (found[1] - found[0]) <= 0:
                break  # out of order: a page that leads back would lead on for ever
            found.append(key)
    return found


def _kept_name(path: Path) -> Path:
    """Return where to keep the damaged file; the same again after a kill."""
    for number in range(1, 10_000):
        kept = path.with_name(f"{path.stem}.damaged-{number}")
        if not kept.exists() or kept.samefile(path):
            return kept
    raise StoreError(f"there are 10,000 damaged files beside {path}", "Delete some of them.")


def _keep(path: Path, kept: Path) -> None:
    """Give the file a second name, or, where that cannot be, a copy under it."""
    if kept.exists():  # a kill came between this and what follows
        return
    try:
        os.link(path.resolve(), kept)
    except OSError:
        copy = kept.with_name(f".{kept.name}.new")
        try:
            shutil.copyfile(path, copy)
            copy.replace(kept)
        except OSError as error:
            with suppress(OSError):
                copy.unlink(missing_ok=True)
            raise cannot_write(kept, error) from error
