"""Trains in worker processes of this machine (loky, by way of joblib).

A lane is a pool with a single worker. A worker that dies breaks its own pool and nothing else, so
it costs only the seeds that it was given, and it is known which these were.
"""

from __future__ import annotations

import multiprocessing.resource_tracker
import os
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import joblib.externals.loky.backend.resource_tracker as loky_tracker
from joblib.externals.loky.process_executor import ProcessPoolExecutor, TerminatedWorkerError

from variance.amounts import size_text
from variance.descendants import below, end_session, end_whole, resident
from variance.errors import UsageError
from variance.executors.death import death, killed_for_memory
from variance.executors.protocol import Delivery, Limits, Work
from variance.executors.worker import SIGNALS, Board, settle, train

_SET_UP = 600.0  # seconds that a worker may take to start and to load data, where runs are limited
_LOOK = 0.2  # seconds between two looks at how much memory the workers take


class _Excess(NamedTuple):
    """A limit that a run is beyond, and by what."""

    limit: Literal["timeout", "memory"]
    text: str
    seconds: float  # that the run took


@dataclass
class _Lane:
    """A worker: its pool, what it was given last, and since when."""

    pool: ProcessPoolExecutor
    board: Board
    workers: tuple[Any, ...] = ()  # loky's processes; one, as a rule
    seeds: tuple[int, ...] = ()
    begin: float = 0.0
    killed: int = 0  # processes that the system had killed for want of memory by then
    fresh: bool = True  # nothing was delivered yet

    def submit(self, work: Work, seeds: tuple[int, ...]) -> Future[Any]:
        self.seeds, self.begin, self.killed = seeds, time.monotonic(), killed_for_memory()
        self.board.write(-1, training=False)
        future: Future[Any] = self.pool.submit(train, work, seeds)
        # Read now: a broken pool forgets its processes.
        self.workers = tuple(self.pool._processes.values())  # noqa: SLF001 - loky has no public way
        return future

    @property
    def seconds(self) -> float:
        """How long ago the submission was made."""
        return time.monotonic() - self.begin

    @property
    def culprit(self) -> int | None:
        """The seed that the worker began last; None if it had not begun."""
        place = self.board.read()
        return self.seeds[place.index] if place.index >= 0 else None

    def excess(self, limits: Limits, *, weigh: bool) -> _Excess | None:
        """Return which limit the worker is beyond; `weigh` says whether to look at its memory."""
        place = self.board.read()
        seconds = time.monotonic() - place.since
        if limits.seconds is not None:
            if place.training and seconds > limits.seconds:
                return _Excess("timeout", f"it took longer than {limits.seconds:g} s", seconds)
            if not place.training and seconds > max(_SET_UP, limits.seconds):
                raise UsageError(
                    f"a worker was not ready to train after {seconds:.0f} s",
                    "See what the experiment does before it trains; without --timeout it may.",
                )
        if weigh and limits.bytes is not None and (taken := self._memory()) > limits.bytes:
            text = f"{size_text(taken)} of memory, more than {size_text(limits.bytes)}"
            if self.fresh and place.index < 0:
                raise UsageError(f"a worker takes {text}, before it trains", "Give more --memory.")
            return _Excess("memory", f"it took {text}", seconds)
        return None

    def _memory(self) -> int:
        """Return the resident bytes of the worker and of all that it has started."""
        return sum(
            resident(pid) for worker in self.workers for pid in (worker.pid, *below(worker.pid))
        )

    def bury(self) -> None:
        """End the worker, if it still lives, and whatever it has started."""
        for worker in self.workers:
            if worker.exitcode is None:  # otherwise its number may be another's by now
                end_whole(worker.pid)
        self.pool.shutdown(wait=True, kill_workers=True)
        for worker in self.workers:
            end_session(worker.pid)
        self.board.close()

    def cause(self) -> str:
        """Return how the worker ended."""
        status = next((w.exitcode for w in self.workers if w.exitcode is not None), None)
        return death(status, short_of_memory=killed_for_memory() > self.killed)


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
    limits : Limits, optional
        What a run may take. Memory is looked at a few times a second: a shorter peak goes
        unnoticed.
    """

    def __init__(
        self,
        work: Work,
        jobs: int,
        environment: Mapping[str, str],
        limits: Limits | None = None,
    ) -> None:
        self.lanes = jobs
        self._work = work
        self._environment = dict(environment)
        self._limits = limits or Limits()
        self._weighed = 0.0
        self._idle: list[_Lane | None] = [None] * jobs  # None: not started
        self._underway: dict[Future[Any], _Lane] = {}

    def free(self) -> int:
        """Return the number of idle workers; see `Executor.free`."""
        return len(self._idle)

    def submit(self, seeds: Sequence[int]) -> None:
        """Send the seeds to an idle worker, starting one if need be; see `Executor.submit`."""
        with _signals_held():  # a worker inherits this until it has settled
            lane = self._idle.pop(0) or self._start()
            self._underway[lane.submit(self._work, tuple(seeds))] = lane

    def wait(self, timeout: float) -> list[Delivery]:
        """Return what the workers delivered; see `Executor.wait`."""
        done, waiting = wait(self._underway, timeout=timeout, return_when=FIRST_COMPLETED)
        deliveries = [self._delivery(future) for future in done]
        weigh = time.monotonic() - self._weighed > _LOOK
        if weigh:
            self._weighed = time.monotonic()
        for future in waiting:
            excess = self._underway[future].excess(self._limits, weigh=weigh)
            if excess is not None and not future.done():
                deliveries.append(self._ended(future, excess))
        return deliveries

    def close(self) -> None:
        """Kill the workers; see `Executor.close`."""
        for lane in (*self._idle, *self._underway.values()):
            if lane is not None:
                lane.bury()
        self._idle = [None] * self.lanes
        self._underway.clear()

    def _start(self) -> _Lane:
        board = Board()
        pool = ProcessPoolExecutor(
            max_workers=1,
            env=self._environment,
            initializer=settle,
            initargs=(os.getpid(), board),
        )
        return _Lane(pool, board)

    def _delivery(self, future: Future[Any]) -> Delivery:
        lane, error = self._underway[future], future.exception()
        if error is None:
            del self._underway[future]
            self._idle.append(lane)
            lane.fresh = False
            return Delivery(lane.seeds, future.result(), lane.seconds)
        culprit = self._bury(future)
        cause = lane.cause() if isinstance(error, TerminatedWorkerError) else _first_line(error)
        return Delivery(lane.seeds, (), lane.seconds, cause, culprit=culprit)

    def _ended(self, future: Future[Any], excess: _Excess) -> Delivery:
        lane, culprit = self._underway[future], self._bury(future)
        return Delivery(lane.seeds, (), excess.seconds, excess.text, excess.limit, culprit)

    def _bury(self, future: Future[Any]) -> int | None:
        """End the worker that has a submission, and return which seed it had begun last.

        Its lane is free for another.
        """
        lane = self._underway[future]
        culprit = lane.culprit
        lane.bury()
        del self._underway[future]
        self._idle.append(None)
        return culprit


@contextmanager
def _signals_held() -> Iterator[None]:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        # Two helpers that are started once; one of them then lets signals through again.
        multiprocessing.resource_tracker.ensure_running()
        loky_tracker.ensure_running()
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _first_line(error: BaseException) -> str:
    """Return what a worker raised that did not end it, in one line."""
    text = str(error).strip()
    return f"its process failed: {text.splitlines()[0] if text else repr(error)}"
