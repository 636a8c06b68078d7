"""What a reader must know before believing a number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from variance.analysis import copies, order
from variance.analysis.matching import MIN_RUNS, Match
from variance.analysis.plain import count
from variance.analysis.results import Alert
from variance.analysis.sample import Sample
from variance.records import Runs, scale_of
from variance.statistics.skewness import skewness_p

FEW_RUNS = 5
SKEWED = 0.05
"""Share of sweeps with normal scores that are called skewed."""


def of_sweep(sample: Sample) -> Iterator[Alert]:
    """Yield what is unusual about one sweep."""
    runs = sample.runs
    if sample.failed:
        yield Alert(
            "failed-runs",
            f"{sample.failed} of {sample.attempted} runs of {runs.name} gave no usable score; "
            "the figures describe the others.",
        )
    if len(runs.environments) > 1:
        yield Alert(
            "mixed-environments",
            f"The runs of {runs.name} were trained in {len(runs.environments)} environments, "
            "whose differences count as luck here.",
        )
    yield from _constant(sample)
    if not nothing_varied(runs):
        yield from copies.of_sweep(runs)
    yield from _collapsed(sample)


def nothing_varied(runs: Runs) -> bool:
    """Tell whether all runs are one and the same, as far as is stored."""
    if len(runs) < 2:
        return False
    for rows in (runs.predictions, runs.confusion):
        if rows is not None:
            return bool((rows == rows[0]).all())
    columns = runs.scores.values()
    return bool(runs.scores) and all(bool((c == c[0]).all()) for c in columns)


def _constant(sample: Sample) -> Iterator[Alert]:
    runs = sample.runs
    if nothing_varied(runs):
        yield Alert(
            "nothing-varied",
            f"All {len(runs)} runs of {runs.name} are the same: its seeds changed nothing, or one "
            "run is listed again and again. Its spread is taken to be 0.",
        )
    elif len(runs) > 1 and np.ptp(sample.scores) == 0:
        yield Alert(
            "constant-score",
            f"All {len(runs)} runs of {runs.name} have the same {sample.metric}, "
            "although they differ.",
        )


def _collapsed(sample: Sample) -> Iterator[Alert]:
    """Yield runs far below (or above) the rest: a mean of two kinds of run misleads."""
    x = sample.scores
    if len(x) < 5:
        return
    deviation = np.abs(x - np.median(x))
    typical = 1.4826 * float(np.median(deviation))
    far = deviation > 10 * typical
    if typical > 0 and far.any():
        noun = "seed" if sample.runs.numbered else "run"
        which = ", ".join(str(s) for s in sample.runs.seeds[far][:3])
        yield Alert(
            "outlying-runs",
            f"Far from the rest: {int(far.sum())} of {len(x)} runs of {sample.runs.name} "
            f"({noun} {which}). The mean describes two kinds of run.",
        )


def skewed(sample: Sample) -> Iterator[Alert]:
    """Yield that the scores are skewed, where a t interval of their mean is too short."""
    if _leans(sample):
        yield Alert(
            "skewed-scores",
            f"The scores of {sample.runs.name} are skewed: the interval of the mean is a little "
            "too short, those of the SD and of a new run much too short.",
        )


def skewed_difference(match: Match) -> Iterator[Alert]:
    """Yield that what the interval of the difference rests on is skewed."""
    x, y = match.baseline.scores, match.candidate.scores
    if match.redrawn or not (len(x) and len(y)):
        return
    if match.paired:
        if skewness_p(y - x) < SKEWED:
            yield Alert(
                "skewed-scores",
                "The differences between the paired runs are skewed: the interval is a little too "
                "short.",
            )
        return
    names = [s.runs.name for s in (match.baseline, match.candidate) if _leans(s)]
    if names:
        yield Alert(
            "skewed-scores",
            f"The scores of {' and '.join(names)} are skewed: the verdict holds its error rate "
            "where both sides are skewed alike, and errs more often where they differ in shape or "
            "spread.",
        )


def _leans(sample: Sample) -> bool:
    return skewness_p(sample.scores) < SKEWED


def of_match(match: Match) -> Iterator[Alert]:
    """Yield what is unusual about two sweeps together."""
    yield from of_sweep(match.baseline)
    yield from of_sweep(match.candidate)
    first, second = match.baseline.runs, match.candidate.runs
    if scale_of(match.baseline.metric, match.baseline.scores.tolist()) == "percent":
        yield Alert(
            "in-percent",
            f"{match.baseline.metric} is given in percent: so is every number of it here, margins "
            "and JSON included.",
        )
    yield from _pairing(match)
    if not same_runs(match):
        yield from copies.of_both(first, second)
    if match.paired:
        yield from order.of_pairs(match)
    yield from skewed_difference(match)
    yield from _environments(first, second)
    if first.fingerprints.get("data") != second.fingerprints.get("data") and (
        first.fingerprints and second.fingerprints
    ):
        yield Alert("data-differs", "The sweeps were trained on different data.")
    if first.labels is None and second.labels is None and first.confusion is None:
        yield Alert(
            "test-set-unknown",
            "Only scores are known: that both sweeps were tested on the same examples is taken "
            "on trust.",
        )
    if 3 <= match.smallest < FEW_RUNS:
        alike = len(match.baseline.scores) == len(match.candidate.scores)
        where = "a side" if alike else "on one side"
        yield Alert(
            "few-runs",
            f"{match.smallest} runs {where} find only large differences, and the interval leans "
            "on normal scores; 10 are better.",
        )


def _pairing(match: Match) -> Iterator[Alert]:
    if match.pairing.dropped:
        yield Alert(
            "seeds-dropped",
            f"{count(match.pairing.dropped, 'run')} left out: the other sweep lacks the seed. The "
            f"means and SDs are those of the {match.pairing.pairs} pairs.",
        )
    if match.shared >= MIN_RUNS and not match.paired:
        yield Alert(
            "seeds-shared",
            f"{match.shared} seeds are in both sweeps, which are compared as independent.",
        )
    if same_runs(match):
        yield Alert(
            "identical-sweeps",
            f"{match.candidate.runs.name} repeats {match.baseline.runs.name} run by run: "
            "the change changed nothing.",
        )


def _environments(first: Runs, second: Runs) -> Iterator[Alert]:
    if (
        first.environments
        and second.environments
        and (set(first.environments) != set(second.environments))
    ):
        yield Alert(
            "environments-differ",
            "The sweeps were trained in different environments, which may explain a difference.",
        )


def same_runs(match: Match) -> bool:
    """Tell whether both sweeps hold the same runs, as far as is stored."""
    first, second = match.baseline.runs, match.candidate.runs
    if not len(first) or len(first) != len(second):
        return False
    for mine, theirs in (
        (first.predictions, second.predictions),
        (first.confusion, second.confusion),
        (match.baseline.scores, match.candidate.scores),
    ):
        if mine is not None and theirs is not None:
            return bool(np.array_equal(mine, theirs))
    return False
