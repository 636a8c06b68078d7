"""Named streams of randomness, each derived from the run's seed by one rule.

The rule: source ``s`` of the run with seed ``n`` draws from
``numpy.random.SeedSequence(entropy=n, spawn_key=(crc32(s), *key))``, where ``key`` tells apart the
draws of one source (an epoch, a layer). A source that is held uses ``n = 0`` in every run, or the
number that it is held at.
NumPy promises that ``SeedSequence`` keeps giving the same words, so a seed means the same streams
on every machine.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

HELD_SEED = 0
"""The seed that every run uses for a source that does not vary, unless held at another."""

NUDGE = "nudge"
"""The source that moves one initial weight by one unit in the last place, and varies only if asked.

Held, or in the run of seed 0, it moves nothing."""


@dataclass(frozen=True)
class Streams:
    """The randomness of one run.

    Parameters
    ----------
    seed : int
        The run's seed, 0 or more.
    vary : iterable of str
        The sources that follow the seed; all others are held.
    held : mapping of str to int, optional
        The seeds that sources are held at; 0 for those not named.
    """

    seed: int
    vary: frozenset[str]
    held: Mapping[str, int]

    def __init__(
        self, seed: int, vary: Iterable[str], held: Mapping[str, int] | None = None
    ) -> None:
        object.__setattr__(self, "seed", seed)
        object.__setattr__(self, "vary", frozenset(vary))
        object.__setattr__(self, "held", dict(held or {}))

    def seed_of(self, source: str) -> int:
        """Return the seed that a source follows: the run's, or the one it is held at."""
        return self.seed if source in self.vary else self.held.get(source, HELD_SEED)

    @property
    def nudges(self) -> bool:
        """Whether one initial weight is to be moved by one unit in the last place."""
        return self.seed_of(NUDGE) != HELD_SEED

    def words(self, source: str, *key: int, count: int = 4) -> NDArray[np.uint32]:
        """Return words that seed another program's generator.

        Parameters
        ----------
        source : str
            Name of the source.
        *key : int
            Which of its draws, for example the epoch.
        count : int
            How many words.

        Returns
        -------
        ndarray of uint32, shape (count,)
        """
        return self._sequence(source, key).generate_state(count).astype(np.uint32, copy=False)

    def generator(self, source: str, *key: int) -> np.random.Generator:
        """Return a fresh NumPy generator (PCG64) for one draw of one source."""
        return np.random.Generator(np.random.PCG64(self._sequence(source, key)))

    def _sequence(self, source: str, key: tuple[int, ...]) -> np.random.SeedSequence:
        return np.random.SeedSequence(
            entropy=self.seed_of(source), spawn_key=(zlib.crc32(source.encode()), *key)
        )
