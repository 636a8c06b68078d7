"""A sweep file appears, or is replaced, in one step: the old one or the new one, whole."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from variance.errors import StoreDamaged, StoreFull, StoreReadOnly
from variance.store import schema, seal
from variance.store.lock import FREE_SOME, cannot_write
from variance.store.opening import Opened, connect, journal, translated


@contextmanager
def replaced(path: Path) -> Iterator[sqlite3.Connection]:
    """Give a connection to a new file that takes the place of `path` once it is complete.

    Whatever happens before that leaves `path` as it is, and nothing beside it; what a kill leaves
    behind goes with the next call. The caller holds the lock.

    Parameters
    ----------
    path : Path
        Where the file is to appear; there may be one already.

    Raises
    ------
    StoreFull, StoreReadOnly
    """
    real = path.resolve()  # a link goes on leading to it
    new = real.with_name(f".{real.name}.new")
    try:
        _remove(new)
        with writing(path):
            connection = connect(new, "rwc")
            connection.execute("PRAGMA synchronous = OFF")  # it is settled once, as a whole
            connection.execute("PRAGMA journal_mode = MEMORY")
            try:
                yield connection
            finally:
                connection.close()
        _forget_journal(real)
        if real.exists():
            shutil.copymode(real, new)
        _settle(new)
        new.replace(real)
        with suppress(OSError):  # not every folder can be asked to
            _settle(real.parent)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        with suppress(OSError):
            _remove(new)


def migrated(path: Path) -> None:
    """Bring a file of an older version to the newest; until that is done, the old one stays.

    The caller holds the lock.

    Raises
    ------
    StoreDamaged, StoreFull, StoreReadOnly
        The file is then as it was.
    """
    opened = Opened(path)
    try:
        with replaced(path) as new:
            opened.connection.backup(new)
            schema.migrate(new)
            new.execute("BEGIN")
            if damage := seal.examine(new):
                raise StoreDamaged(f"{path} is damaged or was altered: {damage}")
            new.execute("COMMIT")
    finally:
        opened.close()


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn SQLite's errors while writing into ours."""
    with translated(path):
        try:
            yield
        except sqlite3.OperationalError as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code == sqlite3.SQLITE_FULL or _disk_is_full(path):
                raise StoreFull(f"no space left for {path}", FREE_SOME) from error
            if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
                raise StoreReadOnly(
                    f"cannot write to {path}: {error}", "Make it writable, or use another --store."
                ) from error
            raise


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Keep all that is written meanwhile, or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself has rolled back after some errors
            connection.execute("ROLLBACK")
        raise


def _forget_journal(path: Path) -> None:
    """See to it that no journal of another file is ever replayed onto the new one."""
    if path.exists():  # whoever holds the lock has read it, and so rolled back what there was
        with suppress(FileNotFoundError), journal(path).open("rb") as file:
            if file.read(1).strip(b"\0"):
                raise StoreReadOnly(
                    f"{journal(path)} holds a transaction that cannot be undone",
                    "Make the folder writable, then try again.",
                )
    journal(path).unlink(missing_ok=True)


def _remove(file: Path) -> None:
    for one in (journal(file), file):
        one.unlink(missing_ok=True)


def _settle(place: Path) -> None:
    """Have the disk remember a file, or the names in a folder."""
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _disk_is_full(path: Path) -> bool:
    """Return whether an I/O error is explained by a disk without a free block."""
    try:
        free = os.statvfs(path.parent)
    except OSError:
        return False
    return free.f_bavail == 0
