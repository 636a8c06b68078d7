"""One contract for everything that can train seeds: submit, wait, close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

Work = Callable[[int], Any]
"""Turns a seed into a result; raises nothing, and can cross to another process.

Where it has a method ``prepare``, a worker calls that before its first seed, so that what has to be
loaded is not counted as time of that run.
"""


@dataclass(frozen=True)
class Limits:
    """What one run may take; an executor that is given limits ends a run that goes beyond.

    Attributes
    ----------
    seconds : float, optional
        Wall time of a run, from the moment that its training begins.
    bytes : int, optional
        Resident memory of the worker and of all that it has started.
    """

    seconds: float | None = None
    bytes: int | None = None

    def __bool__(self) -> bool:
        """Return whether anything is limited."""
        return self.seconds is not None or self.bytes is not None


@dataclass(frozen=True)
class Delivery:
    """What came of one submission.

    Attributes
    ----------
    seeds : tuple of int
        The seeds that were submitted together.
    results : tuple
        One result a seed, in their order; empty if the worker died or was ended.
    seconds : float
        Wall time from submission to delivery.
    death : str
        How the worker died, or which limit a run went beyond; empty if all went well.
    reason : {"died", "timeout", "memory"}
        Whether the worker died by itself or was ended for a limit.
    culprit : int, optional
        The seed that was being trained then; None if that is not known.
    """

    seeds: tuple[int, ...]
    results: tuple[Any, ...] = ()
    seconds: float = 0.0
    death: str = ""
    reason: Literal["died", "timeout", "memory"] = "died"
    culprit: int | None = None


class Executor(Protocol):
    """Runs the work of one sweep, some seeds at a time.

    Attributes
    ----------
    lanes : int
        How many submissions can be under way at once.
    """

    lanes: int

    def free(self) -> int:
        """Return how many lanes have nothing to do."""
        ...

    def submit(self, seeds: Sequence[int]) -> None:
        """Give seeds to a free lane; they are trained one after another."""
        ...

    def wait(self, timeout: float) -> list[Delivery]:
        """Return what has been delivered, waiting at most `timeout` seconds for the first.

        A run that has gone beyond a limit is ended here, with everything that it has started.
        """
        ...

    def close(self) -> None:
        """Stop at once and free everything; what is under way is given up."""
        ...
