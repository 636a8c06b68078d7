"""Scores that rise or fall with the seed: lists that were sorted, whose rows are no seeds."""

from __future__ import annotations

from collections.abc import Iterator

from variance.analysis.matching import Match
from variance.analysis.results import Alert
from variance.statistics.order import trend_p_value

RARE = 0.005
"""Level for each of the two sweeps: together they raise a false alarm in 1 % of the pairs."""
RARE_IN_BOTH = 0.02
"""Level where both sweeps show it: 5 runs in order reach it, and both do by chance in one of 3,600
pairs of sweeps whose scores do not depend on each other, in one of 60 where they agree fully."""


def of_pairs(match: Match) -> Iterator[Alert]:
    """Yield which of two paired sweeps has scores that follow the number of the seed.

    Sorted lists put the best run of one sweep beside the best of the other; pairs then agree by
    that order alone, and a paired test is far too sure.  A perfect order of one sweep is noticed
    from 6 runs on, for of 5 runs one in 60 is in order by chance; that of both from 5 on.
    """
    sides = (match.baseline, match.candidate)
    trends = [
        (side.runs.name, trend_p_value(side.scores) if len(side.scores) > 1 else 1.0)
        for side in sides
    ]
    level = RARE_IN_BOTH if all(p < RARE_IN_BOTH for _, p in trends) else RARE
    sorted_ones = [(name, p) for name, p in trends if p < level]
    if sorted_ones:
        names = " and ".join(name for name, _ in sorted_ones)
        yield Alert(
            "scores-follow-seeds",
            f"The scores of {names} rise or fall with the seed's number (Kendall's test, "
            f"p = {min(p for _, p in sorted_ones):.1g}; chance alone calls 1 to 2 % of all pairs "
            "of sweeps). If the list was sorted and its seeds are "
            "row numbers, the pairs mean nothing: --unpaired.",
        )
