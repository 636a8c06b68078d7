"""One sweep reduced to the metric that is analysed and the runs that have it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from variance.analysis import metrics
from variance.analysis.costs import Costs
from variance.analysis.metrics import Floats, Matrix
from variance.errors import Refusal
from variance.records import Runs
from variance.statistics import intervals, resampled
from variance.statistics.results import Interval


@dataclass(frozen=True, eq=False)
class Sample:
    """The runs of a sweep that have a finite score.

    Attributes
    ----------
    runs : Runs
        Only those runs.
    metric : str
    higher_is_better : bool
    scores : ndarray of float, shape (S,)
        The metric of each run.
    failed : int
        Runs without a usable score: recorded failures and scores that are not finite.
    attempted : int
        Runs in all, failed ones included.
    costs : ndarray of float, shape (K, K), optional
        In the order of ``runs.classes``.
    """

    runs: Runs
    metric: str
    higher_is_better: bool
    scores: Floats
    failed: int
    attempted: int
    costs: Floats | None = None

    @cached_property
    def confusion(self) -> NDArray[np.int64] | None:
        """Confusion matrices, shape (S, K, K), where there are any."""
        return metrics.confusion(self.runs)

    @cached_property
    def per_example(self) -> tuple[Matrix | None, str]:
        """The metric on each example, shape (S, T), or why there is none."""
        if not len(self.runs):
            return None, "there are no runs"
        return metrics.per_example(self.runs, self.metric, self.costs)

    def keep(self, seeds: NDArray[np.int64]) -> Sample:
        """Return the sample of the runs with these seeds, ascending."""
        index = np.flatnonzero(np.isin(self.runs.seeds, seeds))
        if len(index) == len(self.runs):
            return self
        return replace(self, runs=take(self.runs, index), scores=self.scores[index])


def sample(runs: Runs, metric: str | None, costs: Costs | None) -> Sample:
    """Return the sample of a sweep.

    Parameters
    ----------
    runs : Runs
    metric : str, optional
        ``cost`` where costs are given, else the sweep's own metric.
    costs : Costs, optional
        What each kind of mistake costs.
    """
    name = metric or (metrics.COST if costs is not None else runs.metric)
    if costs is not None and not runs.classes:
        raise Refusal(f"{runs.name} has no classes to put a cost on")
    matrix = None if costs is None else costs.for_classes(runs.classes)
    scores = metrics.per_run(runs, name, matrix)
    higher = name != metrics.COST and metrics.direction(runs, name)
    index = np.flatnonzero(np.isfinite(scores))
    every = len(runs.failures) + len(scores)
    failed = every - len(index)
    return Sample(take(runs, index), name, higher, scores[index], failed, every, matrix)


def take(runs: Runs, index: NDArray[np.intp]) -> Runs:
    """Return some of the runs, by position."""
    if len(index) == len(runs) and np.array_equal(index, np.arange(len(runs))):
        return runs
    own = runs.labels is not None and runs.labels.ndim == 2
    own_examples = runs.examples is not None and runs.examples.ndim == 2
    return replace(
        runs,
        seeds=runs.seeds[index],
        scores={name: values[index] for name, values in runs.scores.items()},
        labels=runs.labels[index] if own and runs.labels is not None else runs.labels,
        examples=runs.examples[index]
        if own_examples and runs.examples is not None
        else runs.examples,
        predictions=None if runs.predictions is None else runs.predictions[index],
        confusion=None if runs.confusion is None else runs.confusion[index],
        weights_digests=tuple(runs.weights_digests[i] for i in index)
        if runs.weights_digests
        else (),
    )


def mean_interval(runs: Runs, scores: Floats, level: float) -> Interval:
    """Return the interval of a mean over runs, corrected where the seed redraws the split.

    Parameters
    ----------
    runs : Runs
        How the runs were made.
    scores : ndarray of float, shape (S,)
        One a run.
    level : float
        Confidence.
    """
    if not runs.redrawn:
        return intervals.mean_interval(scores, level=level)
    if runs.train_size and runs.test_size:
        share = runs.test_size / runs.train_size
        return resampled.corrected_mean_interval(scores, test_share=share, level=level)
    mean = float(scores.mean()) if len(scores) else math.nan
    reason = "the split is redrawn and the training size unknown"
    return Interval(mean, math.nan, math.nan, level, "none", len(scores), reason)


def relabel(runs: Runs, classes: Sequence[str]) -> Runs:
    """Return the runs with their class indices counted in another list of names.

    Parameters
    ----------
    runs : Runs
    classes : sequence of str
        Holds every class of the runs.
    """
    if tuple(classes) == runs.classes:
        return runs
    new = np.array([list(classes).index(name) for name in runs.classes], dtype=np.int64)
    counts = None
    if runs.confusion is not None:
        counts = np.zeros((len(runs), len(classes), len(classes)), dtype=np.int64)
        counts[:, new[:, None], new[None, :]] = runs.confusion
    compact = new.astype(np.min_scalar_type(len(classes)))
    return replace(
        runs,
        classes=tuple(classes),
        labels=None if runs.labels is None else compact[runs.labels],
        predictions=None if runs.predictions is None else compact[runs.predictions],
        confusion=counts,
    )
