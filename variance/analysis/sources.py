"""Which source of randomness the spread between runs comes from, one arm a source."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.analysis import metrics
from variance.analysis.metrics import Floats
from variance.analysis.plain import bounds, known
from variance.analysis.sample import take
from variance.analysis.source_results import (
    Arm,
    ArmKind,
    Pair,
    Ratio,
    Relation,
    Sameness,
    SourcesResult,
    SumOfVariances,
)
from variance.errors import Refusal, UsageError
from variance.records import Runs
from variance.statistics import churn as flips
from variance.statistics import classes, intervals, paired_spread
from variance.statistics.multiplicity import holm
from variance.statistics.paired_spread import SdRatio

__all__ = ["ArmRuns", "SourcesResult", "sources"]

OWN_EXAMPLES = "every run has test examples of its own"


@dataclass(frozen=True, eq=False)
class ArmRuns:
    """One arm before it is analysed.

    Attributes
    ----------
    name : str
    kind : {"all", "source", "nudge", "none"}
    runs : Runs
    """

    name: str
    kind: ArmKind
    runs: Runs


def sources(
    arms: Sequence[ArmRuns],
    *,
    experiment: str,
    inapplicable: Mapping[str, str] | None = None,
    metric: str | None = None,
    alpha: float = 0.05,
) -> SourcesResult:
    """Return what varying each source by itself does to the spread between runs.

    Parameters
    ----------
    arms : sequence of ArmRuns
        In the order to show. Runs of two arms with one seed share the randomness of the sources
        that vary in both, so arms are compared in pairs of seeds. Those pairs are independent of
        each other only if none has the seed at which sources are held.
    experiment : str
        Its name.
    inapplicable : mapping of str to str, optional
        Sources that there are not, and why.
    metric : str, optional
        The experiment's own by default.
    alpha : float
        Intervals are at level 1 - alpha.

    Returns
    -------
    SourcesResult

    Raises
    ------
    UsageError
        If the metric or alpha cannot be used.
    Refusal
        If no arm has a finished run.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1; it is {alpha}")
    there = [arm.runs for arm in arms if len(arm.runs)]
    if not there:
        failed = sum(len(arm.runs.failures) for arm in arms)
        raise Refusal(f"no arm of {experiment} has a finished run ({failed} failed)")
    name = metric or there[0].metric
    usable = [_usable(arm, name) for arm in arms]
    described = [_arm(arm, scores, alpha) for arm, scores in usable]
    values = {arm.name: (arm.runs.seeds, scores) for arm, scores in usable}
    return SourcesResult(
        experiment=experiment,
        metric=name,
        alpha=alpha,
        arms=tuple(_with_ratios(described, values, alpha)),
        inapplicable=dict(inapplicable or {}),
        pairs=tuple(_pairs(described, values, alpha)),
        variances=_variances(described, values, alpha),
    )


Values: TypeAlias = Mapping[str, tuple[NDArray[np.int64], Floats]]
"""Seeds and scores of each arm."""


def _usable(arm: ArmRuns, metric: str) -> tuple[ArmRuns, Floats]:
    """Return the arm with the runs that have a finite score, and their scores."""
    if not len(arm.runs):
        return arm, np.empty(0)
    scores = metrics.per_run(arm.runs, metric, None)
    finite = np.flatnonzero(np.isfinite(scores))
    return replace(arm, runs=take(arm.runs, finite)), scores[finite]


def _arm(arm: ArmRuns, scores: Floats, alpha: float) -> Arm:
    runs = arm.runs
    failed = len(runs.failures)
    first = Arm(arm.name, arm.kind, runs.name, len(scores), failed, redrawn=runs.redrawn)
    if not len(scores):
        return replace(first, unavailable={"sd": f"every run failed ({failed})"})
    plain = intervals.sd_interval(scores, level=1 - alpha)
    robust = intervals.robust_sd_interval(scores, level=1 - alpha)
    between, no_churn = _churn(runs)
    missing = {"sd_ci": plain.reason, "robust_ci": robust.reason, "churn": no_churn}
    return replace(
        first,
        mean=float(scores.mean()),
        sd=known(plain.estimate),
        sd_ci=bounds(plain.low, plain.high),
        robust_ci=bounds(robust.low, robust.high),
        same=_same(runs, scores),
        churn=between,
        per_class=_per_class(runs),
        seeds=tuple(runs.seeds.tolist()),
        scores=tuple(scores.tolist()),
        unavailable={name: reason for name, reason in missing.items() if reason},
    )


def _same(runs: Runs, scores: Floats) -> Sameness:
    """Return what is the same in every run, as far as it is known."""
    if len(runs) < 2 or np.ptp(scores) > 0:
        return ""
    if runs.predictions is None:
        weights = set(runs.weights_digests)
        return "scores" if None in weights or len(weights) != 1 else "bits"
    own = runs.labels is not None and runs.labels.ndim > 1
    if own or (runs.predictions != runs.predictions[0]).any():
        return ""
    digests = set(runs.weights_digests)
    others = all(np.ptp(values) == 0 for values in runs.scores.values())
    return "bits" if len(digests) == 1 and None not in digests and others else "predictions"


def _churn(runs: Runs) -> tuple[float | None, str]:
    if len(runs) < 2:
        return None, intervals.ONE_VALUE
    if runs.kind != "classification" or runs.predictions is None:
        return None, "there are no predicted classes"
    if runs.labels is not None and runs.labels.ndim > 1:
        return None, OWN_EXAMPLES
    return flips.churn(runs.predictions, len(runs.classes)), ""


def _per_class(runs: Runs) -> dict[str, float | None]:
    """Return the SD of each class's recall over the runs in which it is defined."""
    counts = metrics.confusion(runs)
    if counts is None or len(runs) < 2:
        return {}
    recall = classes.class_scores(counts).recall
    columns = (column[~np.isnan(column)] for column in recall.T)
    spreads = [known(intervals.sd_interval(c).estimate) if len(c) else None for c in columns]
    return dict(zip(runs.classes, spreads, strict=True))


def _ratio(values: Values, first: str, second: str, alpha: float) -> SdRatio:
    """Return the ratio of two arms' SDs over the seeds that both finished."""
    (mine, x), (theirs, y) = values[first], values[second]
    _, here, there = np.intersect1d(mine, theirs, return_indices=True)
    if not len(here):
        nan = math.nan
        return SdRatio(nan, nan, nan, 1 - alpha, nan, "none", 0, "no seed finished in both arms")
    return paired_spread.sd_ratio(x[here], y[there], level=1 - alpha)


def _judged(found: Sequence[SdRatio], alpha: float) -> list[Ratio]:
    """Return ratios that are judged together, with Holm's correction."""
    adjusted = holm([ratio.p_value for ratio in found]) if found else ()
    return [
        Ratio(
            estimate=known(ratio.estimate),
            ci=_limits(ratio),
            p_value=known(ratio.p_value),
            p_adjusted=known(p),
            relation=_relation(ratio, p < alpha),
            pairs=ratio.n,
            reason=ratio.reason,
        )
        for ratio, p in zip(found, adjusted, strict=True)
    ]


def _limits(ratio: SdRatio) -> tuple[float, float] | None:
    """Return the interval; None where it says nothing at all."""
    if math.isnan(ratio.low) or (ratio.low <= 0 and math.isinf(ratio.high)):
        return None
    return float(ratio.low), float(ratio.high)


def _relation(ratio: SdRatio, rejected: bool) -> Relation:
    if not (rejected and ratio.excludes()):
        return "open"
    return "less" if ratio.estimate < 1 else "more"


def _with_ratios(arms: Sequence[Arm], values: Values, alpha: float) -> list[Arm]:
    """Return the arms with their ratios to the arm that varies all."""
    whole = next((arm for arm in arms if arm.kind == "all"), None)
    if whole is None or not whole.sd:
        return list(arms)
    parts = [arm for arm in arms if arm.kind in ("source", "nudge") and arm.sd]
    ratios = _judged([_ratio(values, part.name, whole.name, alpha) for part in parts], alpha)
    by_name = {part.name: ratio for part, ratio in zip(parts, ratios, strict=True)}
    return [replace(arm, ratio=by_name.get(arm.name)) for arm in arms]


def _pairs(arms: Sequence[Arm], values: Values, alpha: float) -> list[Pair]:
    """Return each pair of sources, judged together."""
    names = [arm.name for arm in arms if arm.kind == "source" and arm.sd]
    both = list(combinations(names, 2))
    ratios = _judged([_ratio(values, a, b, alpha) for a, b in both], alpha)
    return [Pair(a, b, ratio) for (a, b), ratio in zip(both, ratios, strict=True)]


def _variances(arms: Sequence[Arm], values: Values, alpha: float) -> SumOfVariances | None:
    """Return the sum of the sources' variances over that of all, where every source has an arm."""
    whole = next((arm for arm in arms if arm.kind == "all"), None)
    parts = [arm for arm in arms if arm.kind == "source"]
    if whole is None or not whole.sd or len(parts) < 2 or not all(arm.runs > 1 for arm in parts):
        return None
    seeds = set(whole.seeds).intersection(*(arm.seeds for arm in parts))
    if len(seeds) < paired_spread.FEWEST:
        return None
    shared = [_at(values[arm.name], seeds) for arm in (*parts, whole)]
    found = paired_spread.sum_of_variances(shared[:-1], shared[-1], level=1 - alpha)
    if not math.isfinite(found.estimate):
        return None
    return SumOfVariances(found.estimate, None if found.reason else (found.low, found.high))


def _at(values: tuple[NDArray[np.int64], Floats], seeds: set[int]) -> Floats:
    return values[1][np.isin(values[0], list(seeds))]
