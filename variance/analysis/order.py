"""Scores that rise or fall with the seed: lists that were sorted, whose rows are no seeds."""

from __future__ import annotations

from collections.abc import Iterator

from variance.analysis.matching import Match
from variance.analysis.results import Alert
from variance.statistics.order import trend_p_value

RARE = 0.005
"""Level for each of the two sweeps: together they raise a false alarm in 1 % of the pairs."""


def of_pairs(match: Match) -> Iterator[Alert]:
    """Yield which of two paired sweeps has scores that follow the number of the seed.

    Sorted lists put the best run of one sweep beside the best of the other; pairs then agree by
    that order alone, and a paired test is far too sure.  A perfect order is noticed from 6 runs
    on: of 5 runs one in 60 is in order by chance.
    """
    sides = (match.baseline, match.candidate)
    sorted_ones = [
        (side.runs.name, p)
        for side in sides
        if (p := trend_p_value(side.scores) if len(side.scores) > 1 else 1.0) < RARE
    ]
    if sorted_ones:
        names = " and ".join(name for name, _ in sorted_ones)
        yield Alert(
            "scores-follow-seeds",
            f"The scores of {names} rise or fall with the seed's number (Kendall's test, "
            f"p = {min(p for _, p in sorted_ones):.1g}; called at {RARE} for each sweep, so that "
            "1 % of all pairs of sweeps are by chance). If the list was sorted and its seeds are "
            "row numbers, the pairs mean nothing: --unpaired.",
        )
