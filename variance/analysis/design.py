"""Which procedure answers a question, chosen from the design and never from the scores."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from variance.analysis.matching import MIN_RUNS, Match
from variance.analysis.metrics import Floats, Matrix
from variance.statistics import crossed, means, resampled, unpaired
from variance.statistics.crossed import CrossedDifference
from variance.statistics.results import Difference


@dataclass(frozen=True)
class Design:
    """How runs are compared.

    Attributes
    ----------
    paired : bool
        Pair by pair, or as independent samples.
    test_share : float or None
        Test over training examples where the split is redrawn, None where it is fixed.
    level : float
        Confidence of the intervals.
    seed : int
        Of what is shuffled.
    """

    paired: bool
    test_share: float | None
    level: float
    seed: int = 0

    @classmethod
    def of(cls, match: Match, alpha: float, seed: int = 0) -> Design:
        """Return the design of two matched sweeps."""
        share = match.test_share if match.redrawn else None
        return cls(match.paired, share, 1 - alpha, seed)

    def over_seeds(
        self, baseline: Floats, candidate: Floats, *, shuffled: bool = True
    ) -> Difference:
        """Compare one score a run: t over pairs, unpaired t, or corrected for redrawn splits.

        Without `shuffled`, unequally many unpaired runs are compared by Welch's t alone.
        """
        if self.paired and self.test_share is not None:
            return means.corrected_resampled_t(
                baseline, candidate, test_share=self.test_share, level=self.level
            )
        if self.test_share is not None:
            return resampled.corrected_welch_t(
                baseline, candidate, test_share=self.test_share, level=self.level
            )
        if self.paired:
            return means.paired_t(baseline, candidate, level=self.level)
        if not shuffled:
            return means.capped_welch_t(baseline, candidate, level=self.level)
        return unpaired.unpaired_t(baseline, candidate, level=self.level, seed=self.seed)

    def over_seeds_and_examples(
        self, baseline: Matrix, candidate: Matrix, groups: Matrix | None
    ) -> CrossedDifference:
        """Compare one score a run and example, both random.

        Unequally many unpaired runs must differ by the test of this test set, too.
        """
        if self.paired:
            return crossed.crossed_paired(baseline, candidate, groups=groups, level=self.level)
        found = crossed.crossed_unpaired(baseline, candidate, groups=groups, level=self.level)
        if len(baseline) == len(candidate):
            return found
        return crossed.holding(
            found, self.over_seeds(baseline.mean(axis=1), candidate.mean(axis=1))
        )


def enough(baseline: Floats, candidate: Floats) -> bool:
    """Tell whether both sides have runs enough for a verdict."""
    return min(len(baseline), len(candidate)) >= MIN_RUNS


def nothing(baseline: Floats, candidate: Floats, level: float, reason: str) -> Difference:
    """Return a difference without interval, and why it has none."""
    nan = math.nan
    both = len(baseline) and len(candidate)
    gap = float(np.mean(candidate) - np.mean(baseline)) if both else nan
    n = (len(baseline), len(candidate))
    return Difference(gap, nan, nan, level, nan, nan, nan, nan, "none", n, reason)
