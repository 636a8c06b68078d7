"""Trains in worker processes of this machine (loky, by way of joblib).

A lane is a pool with a single worker. A worker that dies breaks its own pool and nothing else, so
it costs only the seeds that it was given, and it is known which these were.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from joblib.externals.loky.process_executor import ProcessPoolExecutor

from variance.executors.protocol import Delivery, Work

_WATCH = 0.5  # seconds between two looks at whether the parent still lives


@dataclass(frozen=True)
class _Underway:
    lane: int
    seeds: tuple[int, ...]
    begin: float


class Processes:
    """Worker processes that outlive neither their work nor their parent.

    Parameters
    ----------
    work : callable
        Turns a seed into a result; it is sent to each worker once a submission.
    jobs : int
        How many workers, at least 1.
    environment : mapping of str to str
        Environment variables that a worker must have before it imports anything.
    """

    def __init__(self, work: Work, jobs: int, environment: Mapping[str, str]) -> None:
        self.lanes = jobs
        self._work = work
        self._environment = dict(environment)
        self._pools: list[ProcessPoolExecutor | None] = [None] * jobs
        self._groups: dict[int, tuple[int, ...]] = {}
        self._idle = list(range(jobs))
        self._underway: dict[Future[Any], _Underway] = {}

    def free(self) -> int:
        """Return the number of idle workers; see `Executor.free`."""
        return len(self._idle)

    def submit(self, seeds: Sequence[int]) -> None:
        """Send the seeds to an idle worker, starting one if need be; see `Executor.submit`."""
        lane = self._idle.pop(0)
        with _interrupts_held():  # a worker inherits this until it has settled
            pool = self._pools[lane] or self._start(lane)
            future = pool.submit(_train, self._work, tuple(seeds))
        # Read now: a broken pool forgets its processes.
        self._groups[lane] = tuple(pool._processes)  # noqa: SLF001 - loky has no public way
        self._underway[future] = _Underway(lane, tuple(seeds), time.perf_counter())

    def wait(self, timeout: float) -> list[Delivery]:
        """Return what the workers delivered; see `Executor.wait`."""
        done, _ = wait(self._underway, timeout=timeout, return_when=FIRST_COMPLETED)
        return [self._delivery(future) for future in done]

    def close(self) -> None:
        """Kill the workers; see `Executor.close`."""
        for lane in range(self.lanes):
            self._bury(lane)
        self._underway.clear()

    def _start(self, lane: int) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(
            max_workers=1,
            env=self._environment,
            initializer=_settle,
            initargs=(os.getpid(),),
        )
        self._pools[lane] = pool
        return pool

    def _bury(self, lane: int) -> None:
        """Kill the worker of a lane, if it still lives, and whatever it has started."""
        pool, self._pools[lane] = self._pools[lane], None
        if pool is None:
            return
        groups = self._groups.pop(lane, ())
        pool.shutdown(wait=True, kill_workers=True)
        for group in groups:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(group, signal.SIGKILL)

    def _delivery(self, future: Future[Any]) -> Delivery:
        underway = self._underway.pop(future)
        self._idle.append(underway.lane)
        seconds = time.perf_counter() - underway.begin
        error = future.exception()
        if error is None:
            return Delivery(underway.seeds, future.result(), seconds)
        self._bury(underway.lane)
        return Delivery(underway.seeds, (), seconds, death=_cause(error))


def _train(work: Work, seeds: tuple[int, ...]) -> tuple[Any, ...]:
    return tuple(work(seed) for seed in seeds)


def _settle(parent: int) -> None:
    """Make this worker leave Ctrl-C to the parent, and end with it, even amid a training.

    The worker leads a process group of its own: what it starts ends with it.
    """
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.stdin = Path(os.devnull).open(encoding="ascii")  # noqa: SIM115 - for the worker's whole life

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True, name="parent-watch").start()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cause(error: BaseException) -> str:
    """Return how a worker died, in one line."""
    text = str(error)
    if "SIGKILL" in text:
        return "its process was killed (SIGKILL), often for want of memory"
    if "SIGSEGV" in text:
        return "its process crashed (SIGSEGV)"
    return f"its process died: {text.strip().splitlines()[0] if text.strip() else repr(error)}"
