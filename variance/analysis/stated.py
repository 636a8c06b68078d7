"""What is known of a published result, checked before it is held against runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, TypeAlias

from variance.analysis.sample import Sample
from variance.errors import UsageError
from variance.records import SHARES

_MOST_RUNS = 10**9
_LARGEST_SD = 1e75
"""The squares of variances must be numbers too."""

Kind: TypeAlias = Literal["single", "best-of", "mean", "mean-and-sd"]


@dataclass(frozen=True)
class Stated:
    """What is known of a claim.

    Attributes
    ----------
    score : float
    best_of : int
    n : int or None
        Runs whose mean it is.
    sd : float or None
        Over these runs.
    margin : float or None
    """

    score: float
    best_of: int = 1
    n: int | None = None
    sd: float | None = None
    margin: float | None = None

    @property
    def kind(self) -> Kind:
        """What the score is taken for."""
        if self.sd is not None:
            return "mean-and-sd"
        if self.n is not None and self.n > 1:
            return "mean"
        return "best-of" if self.best_of > 1 else "single"

    def check(self) -> None:
        """Raise UsageError for what contradicts itself."""
        _check_whole(self.best_of, "best_of")
        if self.n is not None:
            _check_whole(self.n, "claimed_n")
        if self.margin is not None and not (math.isfinite(self.margin) and self.margin > 0):
            raise UsageError(f"the margin must be a positive number; it is {self.margin}")
        if self.sd is not None:
            self._check_sd(self.sd)
        if self.best_of > 1:
            self._check_best()

    def _check_sd(self, sd: float) -> None:
        if not 0 < sd <= _LARGEST_SD:
            raise UsageError(
                f"the claimed SD must be a positive number, at most {_LARGEST_SD:g}; it is {sd:g}",
                "An SD of 0 was rounded away or comes from runs that did not differ: leave it out.",
            )
        if self.n is None:
            raise UsageError(
                f"a mean ± SD is that of some runs; of how many is {self.score:g} ± {sd:g}?",
                "Add the number of runs: --claimed-n (in the library: claimed_n).",
            )
        if self.n < 2:
            raise UsageError(
                f"{self.n} run has no SD, but {sd:g} is claimed",
                "Give the number of runs behind the mean, or leave the SD out.",
            )

    def _check_best(self) -> None:
        if self.sd is not None or (self.n is not None and self.n > 1):
            raise UsageError(
                f"the best of {self.best_of} is one training, not a mean over {self.n} runs",
                "Give --best-of for a best score, or --claimed-n (and --claimed-sd) for a mean.",
            )
        if self.margin is not None:
            raise UsageError(
                f"the best of {self.best_of} cannot be held against a mean within a margin",
                "A margin goes with a mean or a single score.",
            )


def _check_whole(value: int, name: str) -> None:
    if isinstance(value, bool) or value != value // 1 or not 1 <= value <= _MOST_RUNS:
        raise UsageError(f"{name} must be a whole number from 1 to {_MOST_RUNS:,}; it is {value}")


def check_scale(chosen: Sample, stated: Stated) -> None:
    """Raise UsageError where a claim is surely given in another unit than the runs.

    Parameters
    ----------
    chosen : Sample
    stated : Stated
    """
    score, x, share = stated.score, chosen.scores, chosen.metric in SHARES
    if not math.isfinite(score):
        raise UsageError(f"the score must be a number; it is {score}")
    in_percent = 1 < score <= 100 and x.min() >= 0 and x.max() <= 1 and x.min() * 50 <= score
    if in_percent and chosen.higher_is_better:
        raise UsageError(
            f"{score:g} is not on the scale of {chosen.metric}, which lies in [0, 1]",
            f"Did you mean {score / 100:g}?",
        )
    if share and chosen.higher_is_better and 0 < score <= 1 and x.min() > 1 and x.max() <= 100:
        raise UsageError(
            f"{score:g} is not on the scale of {chosen.metric}, which is in percent here",
            f"Did you mean {100 * score:g}?",
        )
    # No values within [0, 1] have an SD above √½, which two at the ends have.
    if share and stated.sd is not None and stated.sd > math.sqrt(0.5) and 0 <= score <= 1:
        raise UsageError(
            f"{stated.sd:g} cannot be the SD of {chosen.metric}, which lies in [0, 1]",
            f"Did you mean {stated.sd / 100:g}?",
        )
