"""How a process ended, in words."""

from __future__ import annotations

import signal
from pathlib import Path

_COUNTS = Path("/proc/vmstat")
_CRASHES = ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE")


def death(status: int | None, *, short_of_memory: bool) -> str:
    """Return how a worker ended that had not delivered.

    Parameters
    ----------
    status : int or None
        Its exit status, negative for the signal that ended it; None if that is not known.
    short_of_memory : bool
        Whether the system has killed a process for want of memory meanwhile.
    """
    if status is None:
        return "its process ended, it is not known how"
    if status >= 0:
        return f"its process ended itself with exit status {status}, as os._exit({status}) does"
    name = name_of(-status)
    if name == "SIGKILL":
        why = ": the system was out of memory" if short_of_memory else ", often for want of memory"
        return f"its process was killed ({name}){why}"
    what = {"SIGABRT": "aborted", **dict.fromkeys(_CRASHES, "crashed")}.get(name, "was ended")
    return f"its process {what} ({name})"


def killed_for_memory() -> int:
    """Return how many processes the system has killed for want of memory; 0 if it does not say."""
    try:
        lines = _COUNTS.read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("oom_kill ")), 0)


def name_of(signum: int) -> str:
    """Return what a signal is called."""
    try:
        return signal.Signals(signum).name
    except ValueError:
        return f"signal {signum}"
