"""What planning rests on, kept with a comparison."""

from __future__ import annotations

from dataclasses import dataclass


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
    test_share : float or None
        Test over training examples where the split is redrawn.
    examples : int or None
        Test examples, or groups of them, behind the components.
    seed_component, example_component, rest_component : float or None
        Variance of the difference between seeds, between examples, and of the rest; with S seeds
        a side and T examples the estimate has the variance ``seed/S + example/T + rest/(S T)``.
        None where nothing can be said about new data.
    """

    runs: int
    paired: bool
    sd: float
    sd_upper: float
    test_share: float | None = None
    examples: int | None = None
    seed_component: float | None = None
    example_component: float | None = None
    rest_component: float | None = None
