"""How many runs this machine can train at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import joblib
import psutil

from variance.amounts import size_text
from variance.errors import UsageError


@dataclass(frozen=True)
class Jobs:
    """How many workers to start, and what the user should know about it.

    Attributes
    ----------
    count : int
        At least 1.
    warning : str
        Empty if there is nothing to say.
    """

    count: int
    warning: str = ""


def choose_jobs(asked: int | None, *, threads: int, worker_bytes: int, runs: int) -> Jobs:
    """Return how many workers to start.

    Parameters
    ----------
    asked : int or None
        What the user asked for; None: as many as cores and memory allow.
    threads : int
        Threads of each.
    worker_bytes : int
        Memory that each needs.
    runs : int
        How many runs there are to train.

    Raises
    ------
    UsageError
        If that many do not fit into memory, or fewer than one is asked for.
    """
    if asked is not None and asked < 1:
        raise UsageError(f"jobs must be at least 1, not {asked}")
    cores, memory = joblib.cpu_count(), available_bytes()
    fitting = memory // worker_bytes
    if asked is None:
        wanted = max(1, min(cores // threads, runs))
        if fitting >= wanted:
            return Jobs(wanted)
        count = max(1, fitting)
        return Jobs(count, f"Memory for {count} at a time only: {_need(worker_bytes, memory)}.")
    if asked > max(fitting, 1):
        raise UsageError(
            f"{asked} jobs need more memory than there is: {_need(worker_bytes, memory)}",
            f"Ask for at most {max(fitting, 1)} jobs.",
        )
    count = min(asked, runs)
    if count * threads > cores:
        return Jobs(
            count,
            f"{count} jobs of {threads} thread{'s' * (threads > 1)} on {cores} cores "
            "will not be faster.",
        )
    return Jobs(count)


def available_bytes() -> int:
    """Return the memory that new processes can use, within the limit of a container."""
    free = int(psutil.virtual_memory().available)
    for folder, limit, used in (
        ("/sys/fs/cgroup", "memory.max", "memory.current"),
        ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        try:
            most = Path(folder, limit).read_text(encoding="ascii").strip()
            now = Path(folder, used).read_text(encoding="ascii").strip()
        except OSError:
            continue
        if most.isdigit():
            free = min(free, max(0, int(most) - int(now)))
    return free


def _need(worker_bytes: int, memory: int) -> str:
    return f"a worker takes about {size_text(worker_bytes)}, {size_text(memory)} are free"
