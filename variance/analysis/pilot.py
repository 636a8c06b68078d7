"""What planning rests on, kept with a comparison."""

from __future__ import annotations

import math
from dataclasses import dataclass

from variance.analysis.metrics import Floats
from variance.statistics.planned import upper_sum

EXACT = 10**9
"""Runs behind a variance that is taken as it is."""


@dataclass(frozen=True)
class Pilot:
    """What these runs tell about runs to come: all that planning rests on.

    Attributes
    ----------
    runs : int
        Pairs, or runs of the smaller side.
    paired : bool
    sd, sd_upper : float
        SD of the paired differences (of one side's scores, where unpaired), and its upper 80 %
        limit, which seeds are planned with.
    sides : tuple of tuple
        Variance over runs, and runs: of the pairs' differences, or of baseline and candidate.
    test_share : float or None
        Test over training examples where the split is redrawn.
    examples : int or None
        Test examples, or groups of them, behind the components.
    seed_component, example_component, rest_component : float or None
        Variance of the difference between seeds, between examples, and of the rest; with S seeds
        a side and T examples the estimate has the variance ``seed/S + example/T + rest/(S T)``.
        None where nothing can be said about new data.
    example_df : float or None
        Degrees of freedom of the variance between examples.
    """

    runs: int
    paired: bool
    sd: float
    sd_upper: float
    sides: tuple[tuple[float, int], ...]
    test_share: float | None = None
    examples: int | None = None
    seed_component: float | None = None
    example_component: float | None = None
    rest_component: float | None = None
    example_df: float | None = None

    @property
    def overlap(self) -> float:
        """Test over training examples where the split is redrawn, else 0."""
        return self.test_share or 0.0

    @classmethod
    def of_scores(cls, *scores: Floats, paired: bool, test_share: float | None = None) -> Pilot:
        """Return what scores alone tell: those of one side, or of baseline and candidate.

        Parameters
        ----------
        *scores : ndarray of float, shape (n,)
            One sweep stands for two that are as steady as it.
        paired : bool
        test_share : float, optional
        """
        if paired:
            scores = (scores[1] - scores[0],)
        known = [(float(x.var(ddof=1)), len(x)) for x in scores]
        k = len(known)
        terms = [(v / k, n - 1.0) for v, n in known]
        sd, upper = math.sqrt(sum(v for v, _ in terms)), math.sqrt(upper_sum(*terms))
        if k == 1 and not paired:  # both planned sides have this one's spread, whatever it is
            known = [(upper**2, EXACT)] * 2
        runs = min(len(x) for x in scores)
        return cls(runs, paired, sd, upper, tuple(known), test_share)
