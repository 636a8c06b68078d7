"""Trains the seeds that are missing and hands each finished run on at once."""

from __future__ import annotations

import math
import os
import signal
import stat
import threading
import time
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from types import FrameType
from typing import Protocol

from variance.errors import Interrupted, StoreFull, VarianceError
from variance.executors import Delivery, Executor
from variance.experiments.task import Unusable
from variance.records import Failure, Run

_BATCH_SECONDS = 0.25
"""Quick runs are sent several at a time, up to about this much work: less than a person waits."""
_ECHO_SECONDS = 0.3
"""Wrappers such as `timeout` pass one Ctrl-C on twice: what follows so soon is the same one."""
_DEATHS = 2
"""How many workers may die on a seed before it is set aside as failed."""


class Sink(Protocol):
    """Where finished runs go: a sweep file.

    Attributes
    ----------
    full : bool
        Whether it took the last ones only with its reserve.
    """

    full: bool

    def add(self, results: Sequence[Run | Failure]) -> None:
        """Keep these runs for good."""
        ...


class Listener(Protocol):
    """Who is told how it goes: a progress bar."""

    def finished(self, results: Sequence[Run | Failure]) -> None:
        """Take note of runs that are now stored."""
        ...

    def note(self, message: str) -> None:
        """Show the user a sentence."""
        ...


@dataclass
class Tally:
    """What a sweep came to.

    Attributes
    ----------
    finished, failed : int
        Runs of this call that gave a model, and those that did not.
    """

    finished: int = 0
    failed: int = 0


@dataclass
class _State:
    queue: deque[int]
    alone: deque[int] = field(default_factory=deque)  # died in company: retried one by one
    deaths: Counter[int] = field(default_factory=Counter)
    pace: float | None = None  # seconds a seed, from the last delivery
    stopping: bool = False

    @property
    def left(self) -> int:
        return len(self.queue) + len(self.alone)


def train(
    seeds: Sequence[int],
    executor: Executor,
    sink: Sink,
    listener: Listener,
    *,
    fail_fast: bool = False,
) -> Tally:
    """Train seeds and store each run as it finishes.

    Parameters
    ----------
    seeds : sequence of int
        What is missing, in the order to train.
    executor : Executor
        What trains; it is closed at the end, come what may.
    sink : Sink
        Where finished runs go.
    listener : Listener
        Who is told.
    fail_fast : bool
        Whether the first failure ends the sweep.

    Returns
    -------
    Tally

    Raises
    ------
    Interrupted
        After Ctrl-C, SIGTERM or SIGHUP, once what was under way is stored; a second one gives that
        up.
    StoreFull
        If the disk is full, once what was under way is stored.
    VarianceError
        If the experiment cannot be set up at all.
    """
    state, tally = _State(deque(seeds)), Tally()
    try:
        with _interrupts() as interrupts:
            while state.left or executor.free() < executor.lanes:
                _stop_if_asked(state, interrupts, sink, listener)
                if not state.stopping:
                    _feed(state, executor)
                if executor.free() == executor.lanes:
                    break
                for delivery in executor.wait(0.2):
                    _take(delivery, state, tally, sink, listener)
                if fail_fast and tally.failed:
                    state.stopping = True
    finally:
        executor.close()
    if interrupts.count:
        raise interrupts.error(f"interrupted; {tally.finished} runs were finished and are kept")
    if sink.full and state.left:
        raise StoreFull(
            f"the disk is full; the {tally.finished} runs that were finished are stored",
            "Free some space, then run the same line again.",
        )
    return tally


def _stop_if_asked(state: _State, interrupts: _Interrupts, sink: Sink, listener: Listener) -> None:
    if state.stopping or not (interrupts.count or sink.full):
        return
    state.stopping = True
    listener.note(
        "The disk is full: finishing the runs under way."
        if sink.full
        else f"Finishing the runs under way; {interrupts.again} at once."
    )


def _feed(state: _State, executor: Executor) -> None:
    """Give every free lane seeds; near the end less each, so that all lanes finish together."""
    while state.left and executor.free():
        if state.alone:
            executor.submit([state.alone.popleft()])
            continue
        size = 1
        if state.pace is not None:
            fair = -(-len(state.queue) // (2 * executor.lanes))
            size = max(1, min(int(_BATCH_SECONDS / max(state.pace, 1e-6)), fair))
        executor.submit([state.queue.popleft() for _ in range(min(size, len(state.queue)))])


def _take(delivery: Delivery, state: _State, tally: Tally, sink: Sink, listener: Listener) -> None:
    if delivery.death:
        results = _after_death(delivery, state, listener)
    else:
        results = [_usable(result) for result in delivery.results]
        state.pace = delivery.seconds / len(results)
    if not results:
        return
    sink.add(results)
    failed = sum(isinstance(result, Failure) for result in results)
    tally.failed += failed
    tally.finished += len(results) - failed
    listener.finished(results)


def _usable(result: object) -> Run | Failure:
    if isinstance(result, Unusable):
        raise VarianceError(result.message, result.hint)
    if isinstance(result, Run | Failure):
        return result
    raise TypeError(f"a worker returned {type(result).__name__}")


def _after_death(delivery: Delivery, state: _State, listener: Listener) -> list[Run | Failure]:
    """Return the seed to be set aside, if one is; the others are tried again."""
    blamed, seeds = delivery.culprit, delivery.seeds
    if blamed is None and len(seeds) == 1:
        blamed = seeds[0]
    if blamed is None:  # it may have been any of them: each by itself, then
        state.alone.extend(seeds)
        named = ", ".join(map(str, seeds))
        listener.note(f"A worker died on seed {named} ({delivery.death}); it is tried again.")
        return []
    state.queue.extendleft(seed for seed in reversed(seeds) if seed != blamed)
    state.deaths[blamed] += 1
    ended = delivery.reason != "died" and delivery.culprit is not None
    what = f"Seed {blamed} was ended" if ended else f"A worker died on seed {blamed}"
    if not ended and state.deaths[blamed] < _DEATHS:
        state.alone.append(blamed)
        listener.note(f"{what} ({delivery.death}); it is tried again.")
        return []
    listener.note(f"{what} ({delivery.death}); set aside as failed.")
    return [
        Failure(
            blamed,
            delivery.reason,
            delivery.death,
            seconds=delivery.seconds,
            attempts=state.deaths[blamed],
        )
    ]


class _Interrupts:
    """Counts the signals that ask for an end; the second is raised.

    Attributes
    ----------
    count : int
        How many came.
    signum : int
        The first of them.
    """

    def __init__(self) -> None:
        self.count = 0
        self.signum = 0
        self._last = -math.inf

    def __call__(self, signum: int, frame: FrameType | None) -> None:
        del frame
        if signum == signal.SIGHUP:
            _leave_terminal()
        again = time.monotonic() - self._last > _ECHO_SECONDS
        self._last = time.monotonic()
        self.count += again
        self.signum = self.signum or signum
        if again and self.count > 1:
            raise self.error("interrupted at once; the runs that were finished are kept")

    @property
    def again(self) -> str:
        """What ends it at once."""
        if self.signum == signal.SIGINT:
            return "Ctrl-C again stops"
        return f"a second {signal.Signals(self.signum).name} stops"

    def error(self, message: str) -> Interrupted:
        """Return what to raise."""
        return Interrupted(message, signum=self.signum)


def _leave_terminal() -> None:
    """Say nothing more to a terminal that has been closed: each word would be an error."""
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        with suppress(OSError):
            kind = os.fstat(stream)
            device = stat.S_ISCHR(kind.st_mode) and kind.st_rdev != os.fstat(nowhere).st_rdev
            if device and not os.isatty(stream):
                os.dup2(nowhere, stream)
    os.close(nowhere)


@contextmanager
def _interrupts() -> Iterator[_Interrupts]:
    """Handle what asks for an end; in other threads than the main one it stays as it was.

    What this process was told to ignore, as by ``nohup``, it goes on to ignore.
    """
    interrupts = _Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    heeded = [
        signum
        for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        if signum == signal.SIGINT or signal.getsignal(signum) is not signal.SIG_IGN
    ]
    before = [signal.signal(signum, interrupts) for signum in heeded]
    try:
        yield interrupts
    finally:
        for signum, handler in zip(heeded, before, strict=True):
            signal.signal(signum, handler)
