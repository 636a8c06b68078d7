"""The processes below a process: to find them, and to end them all.

A process that is started by a run may start others, leave its process group, even make a session of
its own. Where the system is Linux, `adopt_orphans` keeps all of them below the worker, so that
`end_below` finds each.

Run as a script with the identifier of its parent, this file is the guard of a worker: it waits
until the worker has ended, however it ended, and then ends what the worker has started. It is a
process of its own because a thread cannot run while a library holds the interpreter's lock, and
imports the standard library alone, so that it starts within milliseconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PROC = Path("/proc")
_TELLS = (_PROC / "self" / "stat").is_file()  # Linux: who started whom can be read there
_PR_SET_PDEATHSIG = 1  # see prctl(2)
_PR_SET_CHILD_SUBREAPER = 36
_WATCH = 0.5  # seconds between two looks of a guard at its worker
_ROUNDS = 200  # how often to look for what is left: a process may start others while it is ended
_PAUSE = 0.01  # seconds between two of them
_adopts = False
_guard: subprocess.Popen[bytes] | None = None
_GONE = (FileNotFoundError, ProcessLookupError, PermissionError, NotADirectoryError)


def adopt_orphans() -> None:
    """Make this process the parent of any process below it that loses its own; Linux only.

    From then on `end_left_by` ends everything below it.
    """
    global _adopts  # noqa: PLW0603 - a property of the process
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    _adopts = _TELLS


def end_with_parent(parent: int) -> None:
    """Let the system kill this process when its parent ends; Linux only.

    That needs no turn of this process's interpreter. The parent is, to be exact, the thread that
    started this process.

    Parameters
    ----------
    parent : int
        Its identifier; this process ends at once if that has ended already.
    """
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def keep_guarded() -> None:
    """Start a guard of this process, unless it has one."""
    global _guard  # noqa: PLW0603 - likewise
    if _guard is not None and _guard.poll() is None:
        return
    _guard = subprocess.Popen(  # noqa: S603 - this very file
        [sys.executable, "-I", "-S", __file__, str(os.getpid())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def below(pid: int) -> Iterator[int]:
    """Return the processes below a process, parents first; those that have ended left out."""
    for child in _children(pid):
        if not _ended(child):
            yield child
        yield from below(child)


def end_below(pid: int, spared: int | None = None) -> None:
    """Kill every process below a process, and those that they start meanwhile.

    Parameters
    ----------
    pid : int
        Whose descendants are to end; it is left alone itself.
    spared : int, optional
        A child that is left alone.
    """
    for _ in range(_ROUNDS):
        left = [other for other in below(pid) if other != spared]
        if not left:
            return
        for other in left:
            _kill(other)
        time.sleep(_PAUSE)


def end_left_by(command: int) -> None:
    """Kill what a command has left behind that has ended itself.

    Parameters
    ----------
    command : int
        Its number, and that of its process group. Of a process that adopts orphans nothing else is
        expected to run either, and whatever has left the group is found too.
    """
    with suppress(*_GONE):
        os.killpg(command, signal.SIGKILL)
    if _adopts:
        end_below(os.getpid(), spared=None if _guard is None else _guard.pid)
        _reap()


def _reap() -> None:
    """Take note of the end of adopted processes, which nobody else waits for."""
    for child in _children(os.getpid()):
        if (_guard is None or child != _guard.pid) and _ended(child):
            with suppress(ChildProcessError):
                os.waitpid(child, os.WNOHANG)


def end_whole(pid: int) -> None:
    """Kill a process and every process below it; it can start no others meanwhile."""
    with suppress(*_GONE):
        os.kill(pid, signal.SIGSTOP)
    end_below(pid)
    _kill(pid)


def end_session(session: int) -> None:
    """Kill every process of a session, whether or not its leader still lives."""
    for _ in range(_ROUNDS):
        left = [pid for pid in _all() if _session(pid) == session and not _ended(pid)]
        if not left:
            return
        for pid in left:
            _kill(pid)
        time.sleep(_PAUSE)


def resident(pid: int) -> int:
    """Return the bytes of memory that a process has; 0 if it is gone."""
    import psutil

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:
        return 0


def _watch(worker: int) -> None:
    """Wait for the end of the worker, then end its session and those that it has begun."""
    mine, apart = os.getpid(), set()
    while os.getppid() == worker:
        if _TELLS:
            apart = {(p, _born(p)) for p in below(worker) if p != mine and _session(p) != worker}
        time.sleep(_WATCH)
    with suppress(*_GONE):
        os.killpg(worker, signal.SIGKILL)
    if _TELLS:
        end_session(worker)
    for pid, born in apart:
        if born and _born(pid) == born:
            end_session(_session(pid))


def _kill(pid: int) -> None:
    with suppress(*_GONE):
        os.kill(pid, signal.SIGKILL)


def _all() -> list[int]:
    if _TELLS:
        return [int(entry.name) for entry in _PROC.iterdir() if entry.name.isdigit()]
    import psutil  # not in a guard, which has the standard library alone

    return list(psutil.pids())


def _children(pid: int) -> list[int]:
    if not _TELLS:
        return _children_elsewhere(pid)
    found = []
    with suppress(*_GONE):
        for thread in (_PROC / str(pid) / "task").iterdir():
            with suppress(*_GONE):
                found += [int(child) for child in (thread / "children").read_text().split()]
    return found


def _children_elsewhere(pid: int) -> list[int]:
    import psutil

    try:
        return [child.pid for child in psutil.Process(pid).children()]
    except psutil.Error:
        return []


def _session(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def _stat(pid: int) -> list[str]:
    """Return what the system says about a process, from its state on; empty if it is gone."""
    try:
        text = (_PROC / str(pid) / "stat").read_text(errors="replace")
    except _GONE:
        return []
    return text.rpartition(")")[2].split()


def _ended(pid: int) -> bool:
    return _TELLS and (_stat(pid) or "Z")[0] in "ZX"


def _born(pid: int) -> str:
    """Return when a process began: with its number, that tells it from any other."""
    return (_stat(pid) or [""] * 20)[19]


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    _watch(int(sys.argv[1]))
