"""The lock that lets one process at a time write to a sweep, with a reserve of disk space.

The lock is a file beside the sweep, held by ``flock``. The system gives it back however its holder
ends, so one that is left behind is nobody's. A file system that offers no such lock is refused:
SQLite has no safe transactions there either, and a file that only says "taken" could not tell a
holder that died on another machine from one that is slow.
"""

from __future__ import annotations

import errno
import fcntl
import os
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from variance.errors import (
    StoreBusy,
    StoreError,
    StoreFull,
    StoreGone,
    StoreReadOnly,
    StoreUnlockable,
)

FREE_SOME = "Free some space there, then run the same line again: finished runs are kept."
_RESERVE = 1 << 20  # bytes at least kept free for runs that finish when the disk is full
_FULL = (errno.ENOSPC, errno.EDQUOT)
_HELD = (errno.EWOULDBLOCK, errno.EACCES)
_PATIENCE = 0.2  # seconds: a lock is also held, for a moment, to sweep up what was left behind
_ELSEWHERE = "Name another folder with --store, or set VARIANCE_HOME."


class Lock:
    """The file beside a sweep that locks it against a second writer and reserves space.

    Whoever gets it sweeps up what an earlier holder left that was killed.

    Parameters
    ----------
    path : Path
        The sweep's file, whether or not it is there.
    reserve : bool
        Whether to reserve space.

    Raises
    ------
    StoreBusy
        If another process holds it.
    StoreUnlockable
        If the file system has no locks.
    StoreFull, StoreReadOnly
        If there is no space for the reserve, or nothing can be written there.
    """

    def __init__(self, path: Path, *, reserve: bool = True) -> None:
        self._path = path.with_name(f".{path.name}.writing")
        self._sweep = path
        self._file = self._locked()
        self._kept = 0
        self._held: int | None = None
        try:
            _sweep_up(path)
            if reserve:
                self._allocate(_RESERVE)
        except OSError as error:
            self.release()
            raise cannot_write(path, error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def check(self) -> None:
        """Make sure that sweep and lock are still in their place: the same files as before.

        Raises
        ------
        StoreGone
            If one of them was removed or moved; what is written now would be lost.
        """
        try:
            now = self._sweep.stat().st_ino
        except OSError:
            now = -1
        self._held = now if self._held is None else self._held
        if now < 0 or now != self._held or not self._is_current(self._file):
            raise StoreGone(
                f"{self._sweep} was removed or moved while it was written to",
                "What it held went with it; the same line trains what is missing then.",
            )

    def give_up_reserve(self) -> None:
        """Free the space: a disk has run full."""
        os.ftruncate(self._file, 0)
        self._kept = 0

    def keep_reserve(self, size: int) -> None:
        """Make the reserve at least so large, as far as there is space."""
        with suppress(OSError):
            self._allocate(max(size, _RESERVE))

    def _allocate(self, size: int) -> None:
        if size <= self._kept:
            return
        if sys.platform == "darwin":  # it has no fallocate
            os.pwrite(self._file, bytes(size), 0)
        else:
            os.posix_fallocate(self._file, 0, size)
        self._kept = size

    def release(self) -> None:
        """Let others write."""
        if self._is_current(self._file):  # otherwise it is another's by now
            self._path.unlink(missing_ok=True)
        os.close(self._file)

    def _locked(self) -> int:
        while True:
            try:
                file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except OSError as error:
                raise cannot_write(self._sweep, error) from error
            try:
                self._wait_for(file)
            except BaseException:
                os.close(file)
                raise
            if self._is_current(file):
                return file
            os.close(file)  # its holder released it between our open and our lock

    def _wait_for(self, file: int) -> None:
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                return fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                if error.errno not in _HELD:
                    raise StoreUnlockable(
                        f"the file system of {self._sweep.parent} offers no locks "
                        f"({error.strerror}): two sweeps could write to one file unnoticed",
                        _ELSEWHERE,
                    ) from error
                if time.monotonic() > end:
                    raise StoreBusy(
                        f"another process is training {self._sweep.stem!r} ({self._sweep})",
                        "Wait until it has finished, or end it; "
                        "another sweep beside it needs another --name.",
                    ) from error
            time.sleep(_PATIENCE / 10)

    def _is_current(self, file: int) -> bool:
        try:
            return self._path.stat().st_ino == os.fstat(file).st_ino
        except OSError:
            return False


def tidy(folder: Path) -> None:
    """Remove what writers left in a folder that were killed; what is in use stays."""
    left = {path.name[1:].removesuffix(".writing") for path in folder.glob(".*.sqlite.writing")}
    left |= {path.name[1:].partition(".new")[0] for path in folder.glob(".*.sqlite.new*")}
    journals = {path.name.removesuffix("-journal") for path in folder.glob("*.sqlite-journal")}
    left |= {name for name in journals if not (folder / name).exists()}
    for name in left:
        with suppress(StoreError):
            Lock(folder / name, reserve=False).release()


def _sweep_up(path: Path) -> None:
    """Remove what a killed writer left; the caller holds the lock.

    A journal belongs to the sweep that lies beside it. One that is left without is dangerous: it
    would be rolled back into the next sweep of that name.
    """
    new = path.with_name(f".{path.name}.new")
    left = [new.with_name(f"{new.name}-journal"), new]
    if not path.exists():
        left.append(path.with_name(f"{path.name}-journal"))
    for leftover in left:
        leftover.unlink(missing_ok=True)


def cannot_write(path: Path, error: OSError) -> StoreError:
    """Return what to raise when a file beside a sweep cannot be made or changed."""
    if error.errno in _FULL:
        return StoreFull(f"no space left for {path}", FREE_SOME)
    return StoreReadOnly(f"cannot write to {path.parent}: {error.strerror}", _ELSEWHERE)
