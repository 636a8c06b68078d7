"""Runs x tasks: one number over many benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.ranks import effect_sizes


@dataclass(frozen=True)
class Aggregate:
    """Scores over runs and tasks, each in the scores' own (normalised) unit.

    Attributes
    ----------
    mean : float
        Over all cells.
    median : float
        Of the tasks' means.
    iqm : float
        Interquartile mean: of the middle half of all cells.
    """

    mean: float
    median: float
    iqm: float


def aggregate(scores: ArrayLike) -> Aggregate:
    """Aggregate normalised scores over runs and tasks.

    Parameters
    ----------
    scores : array_like of float, shape (runs, tasks)

    References
    ----------
    Agarwal et al. (2021), "Deep reinforcement learning at the edge of the statistical
    precipice", NeurIPS.
    """
    from scipy import stats

    x = check.matrix(scores, "scores").astype(np.float64)
    return Aggregate(
        float(x.mean()), float(np.median(x.mean(axis=0))),
        float(stats.trim_mean(x, 0.25, axis=None)),
    )  # fmt: skip


def probability_of_improvement(baseline: ArrayLike, candidate: ArrayLike) -> float:
    """Return P(candidate run > baseline run) + ½ P(tie), averaged over tasks.

    Parameters
    ----------
    baseline : array_like of float, shape (n, tasks)
    candidate : array_like of float, shape (m, tasks)

    Returns
    -------
    float
        In [0, 1].
    """
    x, y = check.matrix(baseline, "baseline"), check.matrix(candidate, "candidate")
    if x.shape[1] != y.shape[1]:
        raise UsageError(f"Different numbers of tasks: {x.shape[1]}, {y.shape[1]}.")
    tasks = zip(x.T, y.T, strict=True)
    return float(np.mean([effect_sizes(a, b).superiority for a, b in tasks]))
