"""Two sweeps made comparable: classes by name, examples by id, runs by the seed's number."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from variance.analysis.costs import Costs
from variance.analysis.metrics import Floats, Matrix
from variance.analysis.sample import Sample, relabel, sample
from variance.errors import UsageError
from variance.records import Runs, scale_of
from variance.statistics import components

MIN_RUNS = 3
"""Runs a side (pairs, where paired) below which there is no verdict."""


@dataclass(frozen=True)
class Pairing:
    """How the runs of two sweeps belong together.

    Attributes
    ----------
    by : str or None
        ``"seed"``; None where the sweeps are compared as independent samples.
    pairs : int
        Seeds that both have; 0 where unpaired.
    dropped : int
        Finished runs left out because the other sweep lacks their seed.
    correlation : float or None
        Pearson's r of the paired scores.
    """

    by: str | None
    pairs: int = 0
    dropped: int = 0
    correlation: float | None = None


@dataclass(frozen=True, eq=False)
class Match:
    """Two samples ready to be compared.

    Attributes
    ----------
    baseline, candidate : Sample
        The compared runs; where paired, row s of both has the same seed.
    pairing : Pairing
    shared : int
        Seeds that finished in both sweeps, whether used as pairs or not.
    redrawn : bool
        Whether the seed redraws the split.
    problem : tuple of str
        Code and message of what forbids any comparison; empty where nothing does.
    """

    baseline: Sample
    candidate: Sample
    pairing: Pairing
    shared: int
    redrawn: bool
    problem: tuple[str, ...] = ()

    @property
    def paired(self) -> bool:
        """Whether the runs are compared pair by pair."""
        return self.pairing.by is not None

    @property
    def smallest(self) -> int:
        """Runs of the smaller side, or pairs."""
        return min(len(self.baseline.scores), len(self.candidate.scores))

    @property
    def test_share(self) -> float | None:
        """Test over training examples, None where the training size is unknown."""
        train, test = self.baseline.runs.train_size, self.baseline.runs.test_size
        return test / train if train and test else None

    @property
    def groups(self) -> Matrix | None:
        """Clusters of the test examples, where either sweep knows them."""
        first, second = self.baseline.runs.groups, self.candidate.runs.groups
        return second if first is None else first

    @property
    def examples(self) -> int | None:
        """Test examples of a run."""
        return self.baseline.runs.test_size or self.candidate.runs.test_size


def match(
    baseline: Runs,
    candidate: Runs,
    *,
    metric: str | None = None,
    costs: Costs | None = None,
    paired: bool | None = None,
) -> Match:
    """Return two sweeps made comparable.

    Parameters
    ----------
    baseline, candidate : Runs
    metric : str, optional
        The baseline's own by default; ``cost`` where costs are given.
    costs : Costs, optional
    paired : bool, optional
        By default the runs are paired when the sweeps share at least three seeds, and pairing
        leaves out at most half of either sweep: decided from the seeds, before any score is
        looked at.

    Raises
    ------
    UsageError
        If the metric is unknown, has another direction in the candidate, or pairs are asked
        for and there are none.
    """
    baseline, candidate = _same_classes(baseline, candidate)
    problem = _problem(baseline, candidate)
    if not problem:
        candidate = _same_order(baseline, candidate)
        problem = _test_set_problem(baseline, candidate)
    metric = metric or (None if costs is not None else baseline.metric)
    first, second = sample(baseline, metric, costs), sample(candidate, metric, costs)
    if first.higher_is_better != second.higher_is_better:
        raise UsageError(
            f"{first.metric} is better high in one sweep and low in the other",
            "Import one of them again with the right direction.",
        )
    problem = problem or _scale_problem(first, second)
    first, second, pairing, shared = _pair(first, second, paired)
    redrawn = baseline.redrawn or candidate.redrawn
    if redrawn and not problem and pairing.by:
        problem = _split_problem(first.runs, second.runs)
    return Match(first, second, pairing, shared, redrawn, problem)


def _scale_problem(first: Sample, second: Sample) -> tuple[str, ...]:
    """Return that one sweep gives the metric as a share and the other in percent."""
    scales = [scale_of(side.metric, side.scores.tolist()) for side in (first, second)]
    if sorted(scales) != ["percent", "share"] or not (len(first.scores) and len(second.scores)):
        return ()
    share, percent = (first, second) if scales[0] == "share" else (second, first)
    return (
        "different-units",
        f"{first.metric} is a share (0 to 1) in {share.runs.name} and in percent (0 to 100) in "
        f"{percent.runs.name}",
    )


def _same_classes(baseline: Runs, candidate: Runs) -> tuple[Runs, Runs]:
    """Count the classes of both in one list of names, the baseline's first."""
    if not (baseline.classes and candidate.classes):
        return baseline, candidate
    names = tuple(dict.fromkeys((*baseline.classes, *candidate.classes)))
    return relabel(baseline, names), relabel(candidate, names)


def _problem(baseline: Runs, candidate: Runs) -> tuple[str, ...]:
    kinds = {baseline.kind, candidate.kind} - {"scores"}
    if len(kinds) == 2:
        return (
            "different-kinds",
            f"{baseline.name} is a {baseline.kind}, {candidate.name} a {candidate.kind}",
        )
    if baseline.redrawn != candidate.redrawn and len(baseline) and len(candidate):
        one, other = (baseline, candidate) if baseline.redrawn else (candidate, baseline)
        return (
            "split-redrawn-in-one",
            f"the seed redraws the split in {one.name} but not in {other.name}",
        )
    return ()


def _same_order(baseline: Runs, candidate: Runs) -> Runs:
    """Put the candidate's examples in the order of the baseline's, where their ids allow it."""
    ids, others = baseline.examples, candidate.examples
    if ids is None or others is None or ids.ndim != 1 or ids.shape != others.shape:
        return candidate
    if np.array_equal(ids, others) or len(np.unique(ids)) < len(ids):
        return candidate
    if not np.array_equal(np.sort(ids), np.sort(others)):
        return candidate
    order = np.argsort(others)[np.argsort(np.argsort(ids))]
    return replace(
        candidate,
        examples=ids,
        labels=None if candidate.labels is None else candidate.labels[order],
        predictions=None if candidate.predictions is None else candidate.predictions[:, order],
        groups=None if candidate.groups is None else candidate.groups[order],
    )


def _test_set_problem(baseline: Runs, candidate: Runs) -> tuple[str, ...]:
    """Return how the fixed test sets differ; nothing where they agree or are unknown."""
    first, second = baseline.labels, candidate.labels
    if baseline.redrawn or not (len(baseline) and len(candidate)):
        return ()
    if first is None or second is None:
        return _support_problem(baseline, candidate)
    how = _label_difference(baseline, candidate, first, second)
    return _different(how) if how else ()


def _label_difference(baseline: Runs, candidate: Runs, first: Matrix, second: Matrix) -> str:
    if first.shape != second.shape:
        return (
            f"{baseline.name} was tested on {first.size:,} examples, "
            f"{candidate.name} on {second.size:,}"
        )
    if not np.array_equal(_ids(baseline, first), _ids(candidate, second)):
        return "they were tested on different examples"
    wrong = int((first != second).sum())
    if wrong and np.array_equal(np.sort(first), np.sort(second)):
        return "the same labels stand in another order; give the examples' ids to align them"
    return f"{wrong:,} of {first.size:,} labels differ" if wrong else ""


def _support_problem(baseline: Runs, candidate: Runs) -> tuple[str, ...]:
    if baseline.confusion is None or candidate.confusion is None:
        return ()
    supports = np.concatenate([baseline.confusion.sum(2), candidate.confusion.sum(2)])
    if (supports == supports[0]).all():
        return ()
    return _different("the classes have different numbers of test examples")


def _different(how: str) -> tuple[str, ...]:
    return ("different-test-data", f"different test data: {how}")


def _ids(runs: Runs, labels: Matrix) -> Matrix:
    return np.arange(labels.size) if runs.examples is None else runs.examples


def _split_problem(baseline: Runs, candidate: Runs) -> tuple[str, ...]:
    """Return whether paired runs were tested on different splits."""
    for mine, theirs in (
        (baseline.examples, candidate.examples),
        (baseline.labels, candidate.labels),
    ):
        if mine is None or theirs is None:
            continue
        if mine.shape != theirs.shape or not np.array_equal(mine, theirs):
            return _different("the same seed drew different splits in the two sweeps")
    return ()


def _pair(
    first: Sample, second: Sample, paired: bool | None
) -> tuple[Sample, Sample, Pairing, int]:
    mine, theirs = numbered(first.runs), numbered(second.runs)
    shared = np.intersect1d(mine, theirs)
    if paired and not len(shared):
        raise UsageError(
            f"{first.runs.name} and {second.runs.name} share no seed, so nothing can be paired",
            "Compare them unpaired.",
        )
    few = len(shared) < max(MIN_RUNS, len(mine) / 2, len(theirs) / 2)
    if paired is False or (paired is None and few):
        return first, second, Pairing(None), len(shared)
    dropped = len(first.scores) + len(second.scores) - 2 * len(shared)
    first, second = first.keep(shared), second.keep(shared)
    pairing = Pairing("seed", len(shared), dropped, _correlation(first.scores, second.scores))
    return first, second, pairing, len(shared)


def numbered(runs: Runs) -> NDArray[np.int64]:
    """Return the seeds by which runs may be paired: none where they are merely counted."""
    return runs.seeds if runs.numbered else runs.seeds[:0]


def _correlation(x: Floats, y: Floats) -> float | None:
    r = components.correlation(x, y).estimate if len(x) > 2 else np.nan
    return float(r) if np.isfinite(r) else None
