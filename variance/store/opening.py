"""How a sweep file is opened: whatever its state, and wherever it came from."""

from __future__ import annotations

import shlex
import shutil
import sqlite3
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

from variance.errors import StoreBusy, StoreDamaged, StoreError, StoreForeign
from variance.store import schema

PATIENCE = 10.0  # seconds to wait for another process that is writing
_MAGIC = b"SQLite format 3\0"
_SUPER_JOURNAL = b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
_LIMITS = {
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 100_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 200,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 1,
}
"""More than we ever need; a file from elsewhere may not ask for more."""


def again(path: Path) -> str:
    """Return how to save what is whole of a damaged file."""
    return (
        f"Run the same `variance sweep` line again, or: variance repair {shlex.quote(str(path))}\n"
        "Both keep the damaged file beside and save every run that is whole."
    )


class Opened:
    """A connection that only reads, to the file or to a private copy of it.

    A transaction that a killed process has left unfinished is rolled back first: in the file where
    it can be written, otherwise in a private copy.

    Parameters
    ----------
    path : Path
    torn : bool
        Whether to open a file too that is shorter than it should be.

    Raises
    ------
    StoreDamaged, StoreForeign, StoreBusy, StoreError
        If it is no whole SQLite file of ours. Its tables have not been looked at.
    """

    def __init__(self, path: Path, *, torn: bool = False) -> None:
        check_file(path, torn=torn)
        self._copy: tempfile.TemporaryDirectory[str] | None = None
        try:
            with translated(path):
                found = _touched(path, torn)
                if found is None:
                    self._end_transaction(path)
                    found = _touched(self._at, torn)
            if found is None:
                raise StoreDamaged(f"{path} is damaged: its journal cannot be rolled back")
        except BaseException:
            self._delete_copy()
            raise
        self.connection = found

    def close(self) -> None:
        """Close the connection and delete the private copy."""
        self.connection.close()
        self._delete_copy()

    def _delete_copy(self) -> None:
        if self._copy is not None:
            self._copy.cleanup()

    def _end_transaction(self, path: Path) -> None:
        """Roll back what a killed process left unfinished, in the file or in a copy."""
        check_journal(path)
        self._at = path
        try:
            roll_back(path)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            self._copy = _temporary(path)
            self._at = copy_with_journal(path, Path(self._copy.name))
            roll_back(self._at)


def _temporary(path: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix="variance-")
    except OSError as error:
        raise StoreError(f"cannot copy {path} to read it: {error.strerror}") from error


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """Open the file with SQLite, guarded; ``mode`` is ``ro``, ``rw`` or ``rwc``."""
    uri = f"file:{quote(str(path.absolute()))}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    guard(connection)
    if mode == "ro":
        connection.execute("PRAGMA query_only = ON")
    return connection


def guard(connection: sqlite3.Connection) -> None:
    """Allow a file's own schema nothing, and little of everything."""
    for limit, most in _LIMITS.items():
        connection.setlimit(limit, most)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    # Text that is no UTF-8 is damaged: it is read all the same, so that its digest can tell.
    connection.text_factory = lambda data: data.decode("utf-8", "surrogateescape")


def roll_back(path: Path) -> None:
    """Undo a transaction that was never finished; needs to write the file and beside it."""
    connection = connect(path, "rw")
    try:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    finally:
        connection.close()


def copy_with_journal(path: Path, folder: Path) -> Path:
    """Copy a file and its journal; the journal first: replayed twice it does the same."""
    copy = folder / path.name
    try:
        with suppress(FileNotFoundError):  # another process has rolled back meanwhile
            shutil.copyfile(journal(path), journal(copy))
        shutil.copyfile(path, copy)
    except OSError as error:
        raise StoreError(f"cannot copy {path} to read it: {error.strerror}") from error
    return copy


def journal(path: Path) -> Path:
    """Return where SQLite keeps what it needs to undo an unfinished transaction."""
    real = path.resolve()  # beside the file itself, not beside a link to it
    return real.with_name(f"{real.name}-journal")


def check_file(path: Path, *, torn: bool = False) -> None:
    """Raise the error that fits a file which is not a whole SQLite file of ours."""
    try:
        with path.open("rb") as file:
            head = file.read(100)
        size = path.stat().st_size
    except OSError as error:
        raise StoreError(f"cannot read {path}: {error.strerror}") from error
    if not _MAGIC.startswith(head[:16]):
        raise StoreForeign(f"{path} is not a sweep file")
    if len(head) < 100:
        raise StoreDamaged(f"{path} is truncated to {size} bytes", again(path))
    if head[68:72] != struct.pack(">I", schema.APPLICATION_ID):
        raise StoreForeign(f"{path} is an SQLite file of another program")
    if head[18:20] != b"\1\1":
        raise StoreForeign(
            f"{path} was put into another journal mode, in which it cannot be read safely",
            f"Put it back: sqlite3 {path} 'PRAGMA journal_mode = DELETE'",
        )
    page = struct.unpack(">H", head[16:18])[0]
    whole = struct.unpack(">I", head[28:32])[0] * (65536 if page == 1 else page)
    if size < whole and not torn and not journal(path).exists():  # it may have more to undo
        raise StoreDamaged(
            f"{path} is truncated: {size:,} of {whole:,} bytes are there", again(path)
        )


def check_journal(path: Path) -> None:
    """Refuse a journal that would reach other files: ours never do."""
    try:
        with journal(path).open("rb") as file:
            file.seek(0, 2)
            file.seek(max(file.tell() - len(_SUPER_JOURNAL), 0))
            end = file.read()
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"cannot read {journal(path)}: {error.strerror}") from error
    if end == _SUPER_JOURNAL:
        raise StoreForeign(
            f"{journal(path)} was written by another program", "Delete it, then try again."
        )


def _touched(path: Path, torn: bool) -> sqlite3.Connection | None:
    """Return a connection that has read something; None if a transaction must be undone first."""
    connection = connect(path, "ro")
    try:
        if torn:
            connection.execute("PRAGMA writable_schema = ON")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode == sqlite3.SQLITE_READONLY_ROLLBACK:
            return None
        raise
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn SQLite's errors, and those of values that cannot be, into ours."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", None)
        primary = None if code is None else code & 0xFF
        if primary in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise StoreBusy(
                f"{path} has been locked by another process for {PATIENCE:.0f} s",
                "Wait until it has finished, or end it.",
            ) from error
        if primary in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            raise StoreDamaged(f"{path} is damaged: {error}", again(path)) from error
        raise StoreError(f"cannot read {path}: {error}") from error
    except ValueError as error:
        raise StoreDamaged(f"{path} is damaged: {error}", again(path)) from error
