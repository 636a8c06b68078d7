"""Runs that occur more than once, within a sweep or in both: they are not independent.

What is compared is the best that is stored: digests of weights, else predictions, else confusion
counts, else all scores.  Runs may come out alike by chance (the accuracy on 100 test examples
often does), so repeats count as copies only where chance would give so many in fewer than
one of 1,000 such sweeps; see `variance.statistics.ties` for how that is computed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from variance.analysis.outcomes import LEVELS, Outcomes, level_of, some_pairs
from variance.analysis.plain import count
from variance.analysis.results import Alert
from variance.analysis.sample import take
from variance.records import Runs
from variance.statistics import ties

RARE = 0.001
"""Chance below which repeats are called copies."""
_SHOWN = 3


@dataclass(frozen=True)
class Copies:
    """Runs that repeat others.

    Attributes
    ----------
    seeds : tuple of tuple of int
        The seed of each run that repeats another, and the seed of that one.
    total : int
        Runs that were looked at.
    """

    seeds: tuple[tuple[int, int], ...]
    total: int

    def listing(self) -> str:
        """Return some of the pairs of seeds, such as ``5 = 0, 6 = 1, …``."""
        return _listing([f"{one} = {other}" for one, other in self.seeds])


def within(runs: Runs) -> Copies | None:
    """Return the runs of a sweep that repeat another one of it; None where none does."""
    level = level_of(runs)
    if level is None or len(runs) < 3:
        return None
    found = Outcomes.of(runs, level, tuple(runs.scores))
    first: dict[bytes, int] = {}
    pairs = [(i, first.setdefault(key, i)) for i, key in enumerate(found.keys)]
    pairs = [(i, j) for i, j in pairs if i != j]
    telling = sum(bool(found.ordinary[i]) for i, _ in pairs)
    if not telling or len(first) == 1:  # that nothing varied is told by itself
        return None
    n = int(found.ordinary.sum())
    chance = ties.chance_of_repeats(telling, n * (n - 1) // 2, found.chance())
    if min(chance, _chance_of_order(found.keys)) >= RARE:
        return None
    seeds = tuple((int(runs.seeds[i]), int(runs.seeds[j])) for i, j in pairs)
    return Copies(seeds, len(runs))


def across(baseline: Runs, candidate: Runs) -> Copies | None:
    """Return the runs of the candidate that are runs of the baseline; None where none is.

    Runs with the same seed may be equal because the change did not touch them.  They count only
    where the other pairs of the same seed are as different as pairs of different seeds are: then
    the seed ties them no closer than chance.  Where both sweeps were trained here, they never do.
    """
    level = level_of(baseline, candidate)
    if level is None or min(len(baseline), len(candidate)) < 3:
        return None
    metrics = tuple(name for name in baseline.scores if name in candidate.scores)
    first, second = (Outcomes.of(one, level, metrics) for one in (baseline, candidate))
    if not _comparable(first, second):
        return None
    twins = _twins(baseline, candidate)
    equal = _equal(first, second, twins)
    if not equal:
        return None
    apart = set(equal) - set(twins)
    copied = _unrelated(first, second, sorted(apart), twins)
    copied += _related(baseline, candidate, (first, second), twins, set(equal))
    seeds = {int(candidate.seeds[j]): int(baseline.seeds[i]) for i, j in reversed(copied)}
    return Copies(tuple(sorted(seeds.items())), len(candidate)) if seeds else None


def _equal(
    first: Outcomes, second: Outcomes, twins: list[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Return equal runs: for each of the second sweep two of the first, and its twin."""
    places = defaultdict(list)
    for i in np.flatnonzero(first.ordinary).tolist():
        places[first.keys[i]].append(i)
    ordinary = np.flatnonzero(second.ordinary).tolist()
    equal = [(i, j) for j in ordinary for i in places.get(second.keys[j], [])[:2]]
    alike = [(i, j) for i, j in twins if first.keys[i] == second.keys[j]]
    return equal + [(i, j) for i, j in alike if first.ordinary[i] and second.ordinary[j]]


def _unrelated(
    first: Outcomes,
    second: Outcomes,
    equal: list[tuple[int, int]],
    twins: list[tuple[int, int]],
) -> list[tuple[int, int]]:
    """Return the pairs of different seeds that are equal, if chance would not make so many."""
    pairs = len(first.keys) * len(second.keys) - len(twins)
    repeats = len({j for _, j in equal})
    chance = max(first.chance(), second.chance()) if equal else 1.0
    return equal if ties.chance_of_repeats(repeats, pairs, chance) < RARE else []


def _related(
    baseline: Runs,
    candidate: Runs,
    outcomes: tuple[Outcomes, Outcomes],
    twins: list[tuple[int, int]],
    equal: set[tuple[int, int]],
) -> list[tuple[int, int]]:
    """Return the pairs of one seed that are equal, if neither chance nor the seed explains them."""
    first, second = outcomes
    alike = [pair for pair in twins if pair in equal]
    others = [pair for pair in twins if pair not in equal]
    if not alike:
        return []
    if baseline.numbered:
        if baseline.vary is not None and candidate.vary is not None:
            return []  # trained here, from the seed: the change left them alone
        apart = first.distances(second, some_pairs(baseline, candidate))
        same = first.distances(second, others)
        if not len(same) or not len(apart) or same.mean() < apart[apart > 0].mean() / 2:
            return []
    chance = max(first.chance(), second.chance(), first.chance_of_pairs(second, twins))
    return alike if ties.chance_of_repeats(len(alike), len(twins), chance) < RARE else []


def of_sweep(runs: Runs) -> Iterator[Alert]:
    """Yield the runs of a sweep that repeat another one of it."""
    found = within(runs)
    if found is not None:
        yield _repeats(runs, found, "They are not independent: list each run once.")


def left_out(runs: Runs) -> tuple[Runs, tuple[Alert, ...]]:
    """Return a sweep without the runs that repeat another one of it, and the alert that says so."""
    found = within(runs)
    if found is None:
        return runs, ()
    copied = [one for one, _ in found.seeds]
    others = take(runs, np.flatnonzero(~np.isin(runs.seeds, copied)))
    return others, (_repeats(runs, found, "They are not independent, and are left out here."),)


def _repeats(runs: Runs, found: Copies, then: str) -> Alert:
    return Alert(
        "duplicated-runs",
        f"{count(len(found.seeds), 'run')} of {runs.name} repeat another exactly "
        f"({_noun(runs)} {found.listing()}); chance would do so in fewer than one of 1,000 "
        f"such sweeps. {then}",
    )


def of_both(baseline: Runs, candidate: Runs) -> Iterator[Alert]:
    """Yield the runs of the candidate that are runs of the baseline."""
    found = across(baseline, candidate)
    if found is None:
        yield from _untouched(baseline, candidate)
    else:
        yield Alert(
            "shared-runs",
            f"{count(len(found.seeds), 'run')} of {candidate.name} are runs of {baseline.name} "
            f"({_noun(candidate)} {found.listing()}); chance would make so many alike in fewer "
            "than one of 1,000 such pairs of sweeps. Leave them out of one side or both.",
        )


def _untouched(baseline: Runs, candidate: Runs) -> Iterator[Alert]:
    """Yield the seeds at which the change left every weight or prediction as it was."""
    level = level_of(baseline, candidate)
    if level not in LEVELS[:2] or not (baseline.numbered and candidate.numbered):
        return
    first, second = (Outcomes.of(one, level, ()) for one in (baseline, candidate))
    mine = dict(zip(baseline.seeds.tolist(), first.keys, strict=True))
    theirs = dict(zip(candidate.seeds.tolist(), second.keys, strict=True))
    same = [seed for seed, key in theirs.items() if mine.get(seed) == key]
    if same:
        yield Alert(
            "unchanged-runs",
            f"{count(len(same), 'seed')} gave the very same {level} in both sweeps "
            f"({_listing(list(map(str, same)))}): the change did not touch them.",
        )


def refusal_of_one(runs: Runs) -> str:
    """Return why copies in one sweep forbid to build on it; empty where there are none."""
    if _may_be_one(runs):
        return f"all {len(runs)} runs of {runs.name} are the same, and may be one run"
    found = within(runs)
    if found is None:
        return ""
    return f"{len(found.seeds)} of {found.total} runs of {runs.name} are copies of others"


def _may_be_one(runs: Runs) -> bool:
    """Tell whether all runs may be one that is listed again and again.

    Runs that were trained here are not, and perfect ones, or ones that predict a single class, are
    alike by nature.
    """
    level = level_of(runs)
    if level is None or len(runs) < 2 or runs.vary is not None:
        return False
    found = Outcomes.of(runs, level, tuple(runs.scores))
    return len(set(found.keys)) == 1 and bool(found.ordinary.any())


def refusal(baseline: Runs, candidate: Runs) -> str:
    """Return why copies forbid a verdict; empty where there are none."""
    for runs in (baseline, candidate):
        reason = refusal_of_one(runs)
        if reason:
            return reason
    found = across(baseline, candidate)
    if found is None:
        return ""
    return (
        f"{len(found.seeds)} of {found.total} runs of {candidate.name} are runs of {baseline.name}"
    )


def _comparable(first: Outcomes, second: Outcomes) -> bool:
    """Tell whether runs of two sweeps could be equal, and those of each are not all so."""
    varied = all(len(set(one.keys)) > 1 for one in (first, second))
    if first.rows is None or second.rows is None:
        return varied and len(first.scores) == len(second.scores) > 0
    return varied and first.rows.shape[1] == second.rows.shape[1]


def _listing(items: Sequence[str]) -> str:
    """Return the first few items, with an ellipsis for the others."""
    return ", ".join([*items[:_SHOWN], "…"] if len(items) > _SHOWN else items)


def _noun(runs: Runs) -> str:
    return "seeds" if runs.numbered else "runs"


def _twins(baseline: Runs, candidate: Runs) -> list[tuple[int, int]]:
    """Return which runs have the same seed, or the same place in lists without seeds."""
    if baseline.numbered != candidate.numbered:
        return []
    places = {int(seed): j for j, seed in enumerate(candidate.seeds)}
    return [(i, places[int(s)]) for i, s in enumerate(baseline.seeds) if int(s) in places]


def _chance_of_order(keys: list[bytes]) -> float:
    """Return how probable it is that the list of runs ends as it begins.

    A list of runs that was put behind itself repeats whole stretches; in a random order of the
    same runs a stretch of ``m`` is repeated with chance ``q**m`` for each of the n places, where
    ``q`` is the share of pairs that are equal.
    """
    n, overlap = len(keys), _overlap(keys)
    equal = sum(times * (times - 1) for times in Counter(keys).values())
    return float(min(1.0, n * (equal / (n * (n - 1))) ** overlap)) if overlap > 1 else 1.0


def _overlap(keys: list[bytes]) -> int:
    """Return the length of the longest end of a list that is its beginning, too.

    The prefix function of Knuth, Morris and Pratt.
    """
    longest = [0]
    for key in keys[1:]:
        length = longest[-1]
        while length and keys[length] != key:
            length = longest[length - 1]
        longest.append(length + (keys[length] == key))
    return longest[-1]
