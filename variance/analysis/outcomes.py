"""What is stored of runs, in a form that tells which are equal, and how rarely by chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from variance.records import Runs
from variance.statistics import ties

LEVELS = ("weights", "predictions", "confusion", "scores")
"""What runs are compared by: the first that is stored."""
_T = TypeVar("_T")
_MOST_RUNS = 40
"""Runs whose differences are counted; with more, that many of them are."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The runs of a sweep, as far as they are stored.

    Attributes
    ----------
    keys : list of bytes
        Equal where runs are.
    rows : ndarray, optional
        Shape (S, T): predictions; shape (S, K²), of int64: counts.
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

    @classmethod
    def of(cls, runs: Runs, level: str, metrics: tuple[str, ...]) -> Outcomes:
        """Return the runs of a sweep, compared by one of `LEVELS`."""
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
        return cls(keys, rows, scores, ordinary)

    def chance(self) -> float:
        """Return the chance that two runs which know nothing of each other are equal."""
        chances = [ties.chance_of_tie(values) for values in self.scores if np.ptp(values) > 0]
        if self.rows is not None:
            distinct = np.unique(self.rows[_some(np.flatnonzero(self.ordinary).tolist())], axis=0)
            apart = np.array([_apart(a, b) for i, a in enumerate(distinct) for b in distinct[:i]])
            chances.append(ties.chance_of_agreement(apart))
        return min(chances, default=1.0)

    def distances(self, other: Outcomes, pairs: Sequence[tuple[int, int]]) -> NDArray[np.float64]:
        """Return how far apart runs are, pair by pair: in examples, or else in the first score."""
        pairs = _some(pairs, _MOST_RUNS**2)
        if self.rows is not None and other.rows is not None:
            return np.array([_apart(self.rows[i], other.rows[j]) for i, j in pairs])
        return np.array([abs(self.scores[0, i] - other.scores[0, j]) for i, j in pairs])

    def chance_of_pairs(self, other: Outcomes, pairs: Sequence[tuple[int, int]]) -> float:
        """Return the chance that a run equals its partner, judged by the pairs that differ."""
        if self.rows is not None:
            apart = self.distances(other, pairs)
            return ties.chance_of_agreement(apart[apart > 0])
        mine, theirs = np.array(pairs).T
        chances = []
        for x, y in zip(self.scores, other.scores, strict=True):
            step = ties.step(np.concatenate([x, y]))
            chances.append(ties.chance_of_zero(x[mine] - y[theirs], step) if step else 1.0)
        return min(chances)


def level_of(*sweeps: Runs) -> str | None:
    """Return what runs are compared by; None where they have nothing in common."""
    return next((one for one in LEVELS if all(_has(runs, one) for runs in sweeps)), None)


def some_pairs(baseline: Runs, candidate: Runs) -> list[tuple[int, int]]:
    """Return pairs of runs of different number, as places in the two sweeps."""
    mine, theirs = (_some(range(len(one))) for one in (baseline, candidate))
    return [(i, j) for i in mine for j in theirs if baseline.seeds[i] != candidate.seeds[j]]


def _some(several: Sequence[_T], most: int = _MOST_RUNS) -> Sequence[_T]:
    """Return so many at most, evenly taken."""
    return several[:: -(-len(several) // most) or 1]


def _has(runs: Runs, level: str) -> bool:
    if level == "weights":
        return bool(runs.weights_digests) and all(runs.weights_digests)
    if level == "scores":
        return bool(runs.scores)
    return (runs.predictions if level == "predictions" else runs.confusion) is not None


def _apart(first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
    """Return on how many examples two runs differ; of counts, half of how many differ."""
    if first.dtype == np.int64:
        return float(np.abs(first.astype(np.int64) - second.astype(np.int64)).sum() / 2)
    return float((first != second).sum())


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
