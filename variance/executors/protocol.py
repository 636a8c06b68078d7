"""One contract for everything that can train seeds: submit, wait, close."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Work = Callable[[int], Any]
"""Turns a seed into a result; raises nothing, and can cross to another process."""


@dataclass(frozen=True)
class Delivery:
    """What came of one submission.

    Attributes
    ----------
    seeds : tuple of int
        The seeds that were submitted together.
    results : tuple
        One result a seed, in their order; empty if the worker died.
    seconds : float
        Wall time from submission to delivery.
    death : str
        How the worker died; empty if it did not.
    """

    seeds: tuple[int, ...]
    results: tuple[Any, ...] = ()
    seconds: float = 0.0
    death: str = ""


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
        """Return what has been delivered, waiting at most `timeout` seconds for the first."""
        ...

    def close(self) -> None:
        """Stop at once and free everything; what is under way is given up."""
        ...
