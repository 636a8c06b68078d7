"""The lock that lets one process at a time write to a sweep, with a reserve of disk space."""

from __future__ import annotations

import errno
import fcntl
import os
import sys
from contextlib import suppress
from pathlib import Path

from variance.errors import StoreBusy, StoreError, StoreFull, StoreReadOnly

FREE_SOME = "Free some space there, then run the same line again: finished runs are kept."
_RESERVE = 1 << 20  # bytes at least kept free for runs that finish when the disk is full
_FULL = (errno.ENOSPC, errno.EDQUOT)


class Lock:
    """The file beside a sweep that locks it against a second writer and reserves space."""

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f".{path.name}.writing")
        self._sweep = path
        self._file = self._locked()
        self._kept = 0
        try:
            self._allocate(_RESERVE)
        except OSError as error:
            self.release()
            raise StoreFull(f"no space left for {self._sweep}", FREE_SOME) from error

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
        self._path.unlink(missing_ok=True)
        os.close(self._file)

    def _locked(self) -> int:
        while True:
            try:
                file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                raise cannot_write(self._sweep, error) from error
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(file)
                raise StoreBusy(
                    f"another process is training {self._sweep.stem!r} ({self._sweep})",
                    "Wait until it has finished, or give this sweep another --name.",
                ) from error
            if self._is_current(file):
                return file
            os.close(file)  # its holder released it between our open and our lock

    def _is_current(self, file: int) -> bool:
        try:
            return self._path.stat().st_ino == os.fstat(file).st_ino
        except FileNotFoundError:
            return False


def cannot_write(path: Path, error: OSError) -> StoreError:
    """Return what to raise when a file beside a sweep cannot be made or changed."""
    if error.errno in _FULL:
        return StoreFull(f"no space left for {path}", FREE_SOME)
    return StoreReadOnly(
        f"cannot write to {path.parent}: {error.strerror}",
        "Name another folder with --store, or set VARIANCE_HOME.",
    )
