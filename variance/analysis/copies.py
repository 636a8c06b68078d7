"""Runs that occur more than once, within a sweep or in both: they are not independent.

What is compared is the best that is stored: digests of weights, else predictions, else confusion
counts, else all scores.  Runs may come out alike by chance (the accuracy on 100 test examples
often does), so repeats count as copies only where chance would give so many in fewer than
one of 1,000 such sweeps; see `variance.statistics.ties` for how that is computed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from variance.analysis.plain import count
from variance.analysis.results import Alert
from variance.records import Runs
from variance.statistics import ties

RARE = 0.001
"""Chance below which repeats are called copies."""
_SHOWN = 3
TINY = 1e-300
_MOST_RUNS = 40
"""Runs whose differences are counted; with more, that many of them are."""


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
        some = ", ".join(f"{one} = {other}" for one, other in self.seeds[:_SHOWN])
        return f"{some}, …" if len(self.seeds) > _SHOWN else some


@dataclass(frozen=True, eq=False)
class _Outcomes:
    """What is stored of each run, in a form that can be compared.

    Attributes
    ----------
    keys : list of bytes
        Equal where runs are.
    rows : ndarray, optional
        Shape (S, ...): predictions or counts.
    scores : ndarray of float, shape (M, S)
        Every metric.
    ordinary : ndarray of bool, shape (S,)
        Whether nothing but a copy explains that another run is equal: perfect, constant and
        collapsed runs are alike by nature.
    """

    keys: list[bytes]
    rows: NDArray[np.generic] | None
    scores: NDArray[np.float64]
    ordinary: NDArray[np.bool_]


def within(runs: Runs) -> Copies | None:
    """Return the runs of a sweep that repeat another one of it; None where none does."""
    level = next((one for one in _LEVELS if _has(runs, one)), None)
    if level is None or len(runs) < 3:
        return None
    found = _outcomes(runs, level, tuple(runs.scores))
    first: dict[bytes, int] = {}
    pairs = [(i, first.setdefault(key, i)) for i, key in enumerate(found.keys)]
    pairs = [(i, j) for i, j in pairs if i != j]
    telling = sum(bool(found.ordinary[i]) for i, _ in pairs)
    if not telling or len(first) == 1:  # that nothing varied is told by itself
        return None
    n = int(found.ordinary.sum())
    chance = ties.chance_of_repeats(telling, n * (n - 1) // 2, _chance(found))
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
    level = next((one for one in _LEVELS if _has(baseline, one) and _has(candidate, one)), None)
    if level is None or min(len(baseline), len(candidate)) < 3:
        return None
    metrics = tuple(name for name in baseline.scores if name in candidate.scores)
    first, second = _outcomes(baseline, level, metrics), _outcomes(candidate, level, metrics)
    if not _comparable(first, second):
        return None
    number = {key: i for i, key in enumerate(first.keys)}
    mine, theirs = (np.array([number.get(k, -1) for k in one.keys]) for one in (first, second))
    equal = (mine[:, None] == theirs) & first.ordinary[:, None] & second.ordinary
    twins = _same_number(baseline, candidate)
    chance = max(_chance(first), _chance(second))
    shared = equal & ~twins
    if _probable(shared, int((~twins).sum()), chance) >= RARE:
        shared[:] = False
    alike = equal & twins
    if alike.any() and _strangers(baseline, candidate, first, second, twins & ~equal):
        chance = max(chance, _chance_of_twins(first, second, twins))
        if _probable(alike, int(twins.sum()), chance) < RARE:
            shared |= alike
    seeds = tuple(
        (int(candidate.seeds[j]), int(baseline.seeds[np.flatnonzero(shared[:, j])[0]]))
        for j in np.flatnonzero(shared.any(axis=0))
    )
    return Copies(seeds, len(candidate)) if seeds else None


def _probable(equal: NDArray[np.bool_], pairs: int, chance: float) -> float:
    """Return how probable it is that as many runs or more find an equal one."""
    return ties.chance_of_repeats(int(equal.any(axis=0).sum()), pairs, chance)


def of_sweep(runs: Runs) -> Iterator[Alert]:
    """Yield the runs of a sweep that repeat another one of it."""
    found = within(runs)
    if found is not None:
        yield Alert(
            "duplicated-runs",
            f"{count(len(found.seeds), 'run')} of {runs.name} repeat another exactly "
            f"({_noun(runs)} {found.listing()}); chance would do so in fewer than one of 1,000 "
            "such sweeps. They are not independent: list each run once.",
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
    level = next((one for one in _LEVELS if _has(baseline, one) and _has(candidate, one)), None)
    if level not in _LEVELS[:2] or not (baseline.numbered and candidate.numbered):
        return
    first, second = _outcomes(baseline, level, ()), _outcomes(candidate, level, ())
    mine = dict(zip(baseline.seeds.tolist(), first.keys, strict=True))
    theirs = dict(zip(candidate.seeds.tolist(), second.keys, strict=True))
    same = [seed for seed, key in theirs.items() if mine.get(seed) == key]
    if same:
        some = ", ".join(map(str, same[:_SHOWN]))
        yield Alert(
            "unchanged-runs",
            f"{count(len(same), 'seed')} gave the very same {level} in both sweeps "
            f"({some}{', …' if len(same) > _SHOWN else ''}): the change did not touch them.",
        )


def refusal(baseline: Runs, candidate: Runs) -> str:
    """Return why copies forbid a verdict; empty where there are none."""
    for runs in (baseline, candidate):
        found = within(runs)
        if found is not None:
            return f"{len(found.seeds)} of {found.total} runs of {runs.name} are copies of others"
    found = across(baseline, candidate)
    if found is None:
        return ""
    return (
        f"{len(found.seeds)} of {found.total} runs of {candidate.name} are runs of {baseline.name}"
    )


def _comparable(first: _Outcomes, second: _Outcomes) -> bool:
    """Tell whether runs of two sweeps could be equal, and those of each are not all so."""
    varied = all(len(set(one.keys)) > 1 for one in (first, second))
    if first.rows is None or second.rows is None:
        return varied and len(first.scores) == len(second.scores) > 0
    return varied and first.rows.shape[1] == second.rows.shape[1]


def _noun(runs: Runs) -> str:
    return "seeds" if runs.numbered else "runs"


_LEVELS = ("weights", "predictions", "confusion", "scores")


def _has(runs: Runs, level: str) -> bool:
    if level == "weights":
        return bool(runs.weights_digests) and all(runs.weights_digests)
    if level == "scores":
        return bool(runs.scores)
    return (runs.predictions if level == "predictions" else runs.confusion) is not None


def _outcomes(runs: Runs, level: str, metrics: tuple[str, ...]) -> _Outcomes:
    scores = np.array([runs.scores[name] for name in metrics], dtype=np.float64)
    scores = scores.reshape(len(metrics), len(runs))
    scores = scores[np.isfinite(scores).all(axis=1)]
    rows = _rows(runs)
    ordinary = np.ones(len(runs), dtype=bool)
    if level == "weights":
        keys = [str(digest).encode() for digest in runs.weights_digests]
    elif rows is None:
        keys = [row.tobytes() for row in scores.T]
        for values in scores:
            ordinary &= _ordinary(values)
    else:
        keys = [row.tobytes() for row in rows]
        ordinary = _fallible(runs, rows)
    return _Outcomes(keys, rows, scores, ordinary)


def _rows(runs: Runs) -> NDArray[np.generic] | None:
    """Return predictions, else counts, shape (S, ...), in one type for every sweep."""
    if runs.predictions is None:
        counts = runs.confusion
        return None if counts is None else counts.reshape(len(runs), -1).astype(np.int64)
    real = runs.predictions.dtype.kind == "f"
    rows = runs.predictions.astype(np.float64 if real else np.int32)
    if runs.labels is not None and runs.labels.ndim == 2:  # each run has examples of its own
        rows = np.concatenate([rows, runs.labels.astype(rows.dtype)], axis=1)
    return rows


def _fallible(runs: Runs, rows: NDArray[np.generic]) -> NDArray[np.bool_]:
    """Return which runs neither are right everywhere nor predict one class throughout."""
    if runs.predictions is not None:
        found = runs.predictions
        varied = (found != found[:, :1]).any(axis=1)
        wrong = varied if runs.labels is None else (found != runs.labels).any(axis=1)
        return np.asarray(varied & wrong)
    counts = np.asarray(runs.confusion)
    right = np.trace(counts, axis1=1, axis2=2)
    several = counts.any(axis=1).sum(axis=1) > 1
    return np.asarray((right < rows.astype(np.int64).sum(axis=1)) & several)


def _ordinary(scores: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return whether each score is neither a limit of the metric nor that of a collapsed model.

    Such are the lowest and the highest score where they are round (0, 0.1, 1, 500), or farther
    from the next than all the others lie apart.
    """
    values = np.unique(scores)
    ordinary = np.ones(len(scores), dtype=bool)
    if len(values) < 2:
        return ordinary
    for end, rest in ((values[0], values[1:]), (values[-1], values[:-1])):
        far = len(rest) > 2 and np.abs(end - rest).min() > np.ptp(rest)
        if far or float(f"{end:.2g}") == end:
            ordinary &= scores != end
    return ordinary


def _chance(found: _Outcomes) -> float:
    """Return the chance that two runs which know nothing of each other are equal."""
    chances = [ties.chance_of_tie(values) for values in found.scores if np.ptp(values) > 0]
    if found.rows is not None:
        distinct = np.unique(found.rows[found.ordinary], axis=0)
        distinct = distinct[:: -(-len(distinct) // _MOST_RUNS) or 1]
        apart = _apart(distinct, distinct)
        chances.append(ties.chance_of_agreement(apart[np.triu_indices(len(distinct), 1)]))
    return min(chances, default=1.0)


def _apart(first: NDArray[np.generic], second: NDArray[np.generic]) -> NDArray[np.float64]:
    """Return on how many examples each run of one sweep differs from each of another.

    Of counts, shape (S, K²) of int64, half of how many differ.
    """
    if first.dtype == np.int64:
        gaps = [np.abs(second - row).sum(axis=1) / 2 for row in first]
    else:
        gaps = [(second != row).sum(axis=1) for row in first]
    return np.array(gaps, dtype=np.float64).reshape(len(first), len(second))


def _chance_of_order(keys: list[bytes]) -> float:
    """Return how probable it is that the list of runs ends as it begins.

    A list of runs that was put behind itself repeats whole stretches; in a random order of the
    same runs a stretch of ``m`` is repeated with chance ``q**m`` for each of the n places, where
    ``q`` is the share of pairs that are equal.
    """
    n = len(keys)
    overlap = next((n - lag for lag in range(1, n) if keys[lag:] == keys[:-lag]), 0)
    equal = sum(a == b for a in keys for b in keys) - n
    return float(min(1.0, n * (equal / (n * (n - 1))) ** overlap)) if overlap > 1 else 1.0


def _same_number(baseline: Runs, candidate: Runs) -> NDArray[np.bool_]:
    """Return which pairs of runs have the same seed, or the same place where there are none."""
    if baseline.numbered != candidate.numbered:
        return np.zeros((len(baseline), len(candidate)), dtype=bool)
    return np.asarray(baseline.seeds[:, None] == candidate.seeds[None, :])


def _strangers(
    baseline: Runs,
    candidate: Runs,
    first: _Outcomes,
    second: _Outcomes,
    pairs: NDArray[np.bool_],
) -> bool:
    """Tell whether pairs of the same seed that are not equal differ like those of two seeds."""
    if not (baseline.numbered and candidate.numbered):
        return True  # the place in a list ties runs to nothing
    if baseline.vary is not None and candidate.vary is not None:
        return False  # trained here, from the seed: equal runs are what the change left alone
    apart = _distance(first, second)
    others = apart[~_same_number(baseline, candidate) & (apart > 0)]
    same = apart[pairs]
    return bool(len(same) and len(others) and same.mean() >= others.mean() / 2)


def _chance_of_twins(first: _Outcomes, second: _Outcomes, twins: NDArray[np.bool_]) -> float:
    """Return the chance that two runs of one seed are equal, judged by those that are not."""
    if first.rows is not None:
        apart = _distance(first, second)[twins]
        return ties.chance_of_agreement(apart[apart > 0])
    mine, theirs = np.nonzero(twins)
    return min(
        ties.chance_of_zero(x[mine] - y[theirs], max(ties.step(np.concatenate([x, y])), TINY))
        for x, y in zip(first.scores, second.scores, strict=True)
    )


def _distance(first: _Outcomes, second: _Outcomes) -> NDArray[np.float64]:
    """Return how far apart the runs of every pair are: in examples, or in their first score."""
    if first.rows is not None and second.rows is not None:
        return _apart(first.rows, second.rows)
    return np.asarray(np.abs(first.scores[0][:, None] - second.scores[0]))
