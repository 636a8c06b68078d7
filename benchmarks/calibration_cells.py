"""Cells of a simulation, and the promises that they are held to.

A module ``calibration_*.py`` beside this one adds to the page by what it exposes: ``STUDIES``,
name to study; ``BOUNDS``, the promises about them; and, where there is a ``calibration_*.md`` of
the same name, the text that ``{{section *}}`` in ``calibration_page.md`` stands for.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias
from zlib import crc32

import numpy as np

Row: TypeAlias = dict[str, Any]
Trial: TypeAlias = Callable[[np.random.Generator], dict[str, bool]]
Study: TypeAlias = Callable[["Budget"], Iterator[Row]]
Found: TypeAlias = dict[str, list[Row]]

SIZES = (3, 5, 10, 30)
SEED = 20_240_101

CLEAR = 4.0
"""Standard errors from its bound at which a cell counts as settled.

A cell that lies on its bound is taken for settled by chance in 6 of 100,000 looks, so of a thousand
cells with up to four looks hardly one.
"""
MOST = 8
"""So many times its first trials a cell gets at most."""


@dataclass(frozen=True)
class Bound:
    """A promise, and the cells that it is about.

    Attributes
    ----------
    text : str
        The bound as people read it.
    what : str
        What is bounded.
    study : str
    keep : callable
        Tells which rows of the study it is about.
    low, high : float
        Where the rate has to lie.
    """

    text: str
    what: str
    study: str
    keep: Callable[[Row], bool]
    low: float = 0.0
    high: float = 1.0

    def rows(self, found: Found) -> list[Row]:
        """Return the cells that the promise is about."""
        return [r for r in found.get(self.study, []) if "rate" in r and self.keep(r)]

    def excess(self, row: Row) -> float:
        """Return how far a cell lies outside; negative inside."""
        above = row["rate"] - self.high if self.high < 1 else -math.inf
        below = self.low - row["rate"] if self.low > 0 else -math.inf
        return float(max(above, below))

    def settled(self, row: Row) -> bool:
        """Tell whether the cell lies clearly inside or clearly outside."""
        ends = [end for end in (self.low, self.high) if 0 < end < 1]
        return all(
            abs(row["rate"] - end) > CLEAR * math.sqrt(end * (1 - end) / row["trials"])
            for end in ends
            if row["trials"]
        )


def error(row: Row) -> float:
    """Return the Monte-Carlo standard error of a rate; 0 where it is exact."""
    if not row["trials"]:
        return 0.0
    p = min(max(row["rate"], 1 / row["trials"]), 1 - 1 / row["trials"])
    return math.sqrt(p * (1 - p) / row["trials"])


def unimodal(row: Row) -> bool:
    """Tell whether no run collapses."""
    return row.get("shape") != "bimodal"


def named(*names: str) -> Callable[[Row], bool]:
    """Return whether a row is of one of the procedures."""
    return lambda row: row["procedure"] in names


def shaped(*names: str, least: int = 3) -> Callable[[Row], bool]:
    """Return whether a row is of a procedure, has so many runs, and none that collapses."""
    return lambda r: r["procedure"] in names and r["n"] >= least and unimodal(r)


@dataclass(frozen=True)
class Trials:
    """How often a cell is tried: `first`, then again until all its rows are settled, or `most`."""

    first: int
    most: int
    bounds: Sequence[Bound] = ()

    def settled(self, found: list[Row]) -> bool:
        """Tell whether more trials would decide nothing."""
        return all(b.settled(r) for b in self.bounds for r in found if b.keep(r))


@dataclass(frozen=True)
class Budget:
    """How many trials are spent: `factor` times those of the full form.

    Attributes
    ----------
    factor : float
    bounds : sequence of Bound
        Those of the study that is run.
    """

    factor: float = 1.0
    bounds: Sequence[Bound] = ()

    def __call__(self, trials: int, *, most: int | None = None) -> Trials:
        """Return the trials of a cell, at least ten."""
        first = self.number(trials)
        cap = MOST * first if most is None else max(first, self.number(most))
        return Trials(first, cap if self.factor >= 1 else first, self.bounds)

    def number(self, trials: int) -> int:
        """Return a plain number of trials, at least ten."""
        return max(10, round(trials * self.factor))


def stream(cell: Row) -> np.random.Generator:
    """Return the random numbers of a cell: each has its own."""
    return np.random.default_rng([SEED, crc32(repr(sorted(cell.items())).encode())])


def rows(cell: Row, trial: Trial, trials: Trials) -> Iterator[Row]:
    """Yield how often each thing that `trial` reports happened."""

    def batch(rng: np.random.Generator, size: int) -> dict[str, int]:
        hits: dict[str, int] = {}
        for _ in range(size):
            for name, happened in trial(rng).items():
                hits[name] = hits.get(name, 0) + bool(happened)
        return hits

    yield from batches(cell, batch, trials)


def batches(
    cell: Row, batch: Callable[[np.random.Generator, int], dict[str, int]], trials: Trials
) -> Iterator[Row]:
    """Yield the same where `batch` does many trials at once and counts what happened.

    While a row is not settled against a bound the number of trials is doubled.
    """
    rng, done, hits, found = stream(cell), 0, dict[str, int](), list[Row]()
    more = trials.first
    while more:
        for name, count in batch(rng, more).items():
            hits[name] = hits.get(name, 0) + count
        done += more
        found = [
            {"procedure": name, **cell, "rate": count / done, "trials": done}
            for name, count in hits.items()
        ]
        more = 0 if trials.settled(found) else min(done, trials.most - done)
    yield from found


def rejects(found: Any, alpha: float = 0.05) -> bool:
    """Tell whether a result is significant."""
    return bool(found.p_value < alpha)


def holds(interval: Any, truth: float) -> bool:
    """Tell whether an interval holds the truth; one that is undefined does."""
    return bool(interval.reason) or bool(interval.low <= truth <= interval.high)
