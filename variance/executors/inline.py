"""Trains in this very process, one seed after another: for tests and for debugging."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence

from threadpoolctl import threadpool_limits

from variance.executors.protocol import Delivery, Work


class Inline:
    """One lane in the calling process; an error in the work itself reaches the debugger.

    Parameters
    ----------
    work : Work
        What trains a seed.
    threads : int, optional
        Threads that linear algebra may use meanwhile; as many as it likes by default.
    """

    lanes = 1

    def __init__(self, work: Work, threads: int | None = None) -> None:
        self._work = work
        self._threads = threads
        self._waiting: deque[tuple[int, ...]] = deque()

    def free(self) -> int:
        """Return 1 unless something waits; see `Executor.free`."""
        return 0 if self._waiting else 1

    def submit(self, seeds: Sequence[int]) -> None:
        """Keep the seeds for the next `wait`; see `Executor.submit`."""
        self._waiting.append(tuple(seeds))

    def wait(self, timeout: float) -> list[Delivery]:
        """Train what was submitted first, however long it takes; see `Executor.wait`."""
        del timeout
        if not self._waiting:
            return []
        seeds = self._waiting.popleft()
        begin = time.perf_counter()
        with threadpool_limits(self._threads):
            results = tuple(self._work(seed) for seed in seeds)
        return [Delivery(seeds, results, time.perf_counter() - begin)]

    def close(self) -> None:
        """Forget what waits; see `Executor.close`."""
        self._waiting.clear()
