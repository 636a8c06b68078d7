"""What happens in a worker process: it settles, trains, and says which seed it is at."""

from __future__ import annotations

import mmap
import os
import signal
import struct
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing import reduction
from pathlib import Path
from types import FrameType
from typing import Any

from variance.descendants import adopt_orphans, end_with_parent, keep_guarded
from variance.executors.protocol import Work

_PLACE = struct.Struct("=q?d")
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What the parent heeds for all its workers: it decides what is still finished."""


@dataclass(frozen=True)
class Place:
    """Where a worker is in its submission.

    Attributes
    ----------
    index : int
        The last seed that it began, counted within the submission; -1 before the first.
    training : bool
        Whether it is training that one now.
    since : float
        When this began, by the monotonic clock, which all processes share.
    """

    index: int
    training: bool
    since: float


class Board:
    """A piece of memory in which a worker writes where it is, and its parent reads it.

    It crosses to the worker when that is started.

    Parameters
    ----------
    file : int, optional
        The file behind it; a new one, without a name, by default.
    """

    def __init__(self, file: int | None = None) -> None:
        if file is None:
            with tempfile.TemporaryFile() as fresh:
                fresh.write(bytes(_PLACE.size))
                fresh.flush()
                file = os.dup(fresh.fileno())
        self._file = file
        self._memory = mmap.mmap(file, _PLACE.size)

    def __reduce__(self) -> tuple[Any, ...]:
        return _passed_on, (reduction.DupFd(self._file),)

    def write(self, index: int, *, training: bool) -> None:
        """Say where the worker is now."""
        _PLACE.pack_into(self._memory, 0, index, training, time.monotonic())

    def read(self) -> Place:
        """Return where the worker is."""
        before = None
        while before != (now := _PLACE.unpack_from(self._memory)):  # unless it changes meanwhile
            before = now
        return Place(*now)

    def close(self) -> None:
        """Give the memory back."""
        if not self._memory.closed:
            self._memory.close()
            os.close(self._file)


def _passed_on(file: Any) -> Board:
    return Board(file.detach())


_board: Board | None = None


def settle(parent: int, board: Board) -> None:
    """Make this process a worker, which ends with its parent and heeds no signal meant for it.

    It leads a session of its own: no terminal reaches it, and what it starts can be found.
    """
    global _board  # noqa: PLW0603 - a process is one worker
    end_with_parent(parent)
    os.setsid()
    adopt_orphans()
    for signum in SIGNALS:
        # A handler, not SIG_IGN, which the commands that a run starts would inherit.
        signal.signal(signum, _leave_to_parent)
        signal.siginterrupt(signum, False)
    os.register_at_fork(before=_hold, after_in_parent=_resume, after_in_child=_heed)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    sys.stdin = Path(os.devnull).open(encoding="ascii")  # noqa: SIM115 - for the worker's whole life
    _board = board


def train(work: Work, seeds: tuple[int, ...]) -> tuple[Any, ...]:
    """Train seeds one after another."""
    keep_guarded()
    prepare = getattr(work, "prepare", None)
    if prepare is not None:
        prepare()
    return tuple(_train(work, index, seed) for index, seed in enumerate(seeds))


def _train(work: Work, index: int, seed: int) -> Any:
    if _board is None:
        return work(seed)
    _board.write(index, training=True)
    result = work(seed)
    _board.write(index, training=False)
    return result


def _leave_to_parent(signum: int, frame: FrameType | None) -> None:
    del signum, frame


_mask = threading.local()


def _hold() -> None:
    _mask.before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)


def _resume() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _mask.before)


def _heed() -> None:
    """Give a process that a run forks the usual signals: libraries end their helpers by SIGTERM."""
    for signum in SIGNALS:
        if signal.getsignal(signum) is _leave_to_parent:
            usual = signal.default_int_handler if signum == signal.SIGINT else signal.SIG_DFL
            signal.signal(signum, usual)
    _resume()
