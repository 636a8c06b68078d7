"""What a change of machine may do: the same seeds, computed in another way."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from variance.analysis.plain import bounds, known
from variance.analysis.rerun import compare_bits, distance
from variance.analysis.source_results import MachineArm, MachineResult
from variance.errors import Refusal, UsageError, nearest
from variance.records import Run
from variance.statistics.intervals import sd_interval
from variance.statistics.means import paired_t

__all__ = ["MachineResult", "MachineRuns", "machine"]


@dataclass(frozen=True, eq=False)
class MachineRuns:
    """The runs of one way to compute.

    Attributes
    ----------
    name : str
        Of the way.
    sweep : str
    runs : sequence of Run
    failed : int
        Seeds that failed.
    """

    name: str
    sweep: str
    runs: Sequence[Run]
    failed: int


def machine(
    reference: MachineRuns,
    arms: Sequence[MachineRuns],
    *,
    experiment: str,
    metric: str,
    inapplicable: Mapping[str, str] | None = None,
    alpha: float = 0.05,
) -> MachineResult:
    """Return how far runs move when the same seeds are computed in another way.

    Parameters
    ----------
    reference : MachineRuns
        Runs that vary every source; the more seeds, the better known what lies between seeds.
    arms : sequence of MachineRuns
        The same seeds, or some of them, computed otherwise.
    experiment : str
        Its name.
    metric : str
        One that the runs hold.
    inapplicable : mapping of str to str, optional
        Ways to compute that there are not, and why.
    alpha : float
        Intervals hold together at level 1 - alpha.

    Returns
    -------
    MachineResult

    Raises
    ------
    UsageError
        If the metric or alpha cannot be used.
    Refusal
        If the reference has no finished run.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1; it is {alpha}")
    runs = reference.runs
    if not runs:
        raise Refusal(
            f"no run of {reference.sweep} has finished ({reference.failed} failed)",
            f"See what happened: variance show {reference.sweep}",
        )
    if metric not in runs[0].metrics:
        raise UsageError(
            f"{reference.sweep} has no metric {metric!r}", nearest(metric, runs[0].metrics)
        )
    spread = sd_interval([run.metrics[metric] for run in runs])
    test = runs[0].test_set
    return MachineResult(
        experiment=experiment,
        metric=metric,
        alpha=alpha,
        reference=reference.sweep,
        runs=len(runs),
        sd=known(spread.estimate),
        between_seeds=_mean([distance(a, b) for a, b in combinations(runs, 2)]),
        regression=test is not None and not test.classes,
        arms=tuple(_arm(runs, arm, metric, 1 - alpha / len(arms)) for arm in arms),
        inapplicable=dict(inapplicable or {}),
    )


def _arm(reference: Sequence[Run], arm: MachineRuns, metric: str, level: float) -> MachineArm:
    by_seed = {run.seed: run for run in reference}
    pairs = [(by_seed[run.seed], run) for run in arm.runs if run.seed in by_seed]
    bits = [compare_bits(a, b) for a, b in pairs]
    apart = [d for d in (distance(a, b) for a, b in pairs) if d is not None]
    found = MachineArm(
        name=arm.name,
        sweep=arm.sweep,
        pairs=len(pairs),
        failed=arm.failed,
        identical=sum(found.same for found in bits),
        weights=bool(bits) and all(found.weights is not None for found in bits),
        distance=_mean(apart),
        distance_range=(min(apart), max(apart)) if apart else None,
        difference=None,
        ci=None,
        largest=None,
        reason="" if pairs else "no seed finished both here and in the reference",
    )
    return _with_difference(found, pairs, metric, level) if pairs else found


def _with_difference(
    arm: MachineArm, pairs: Sequence[tuple[Run, Run]], metric: str, level: float
) -> MachineArm:
    before, after = (
        np.array([run.metrics[metric] for run in side]) for side in zip(*pairs, strict=True)
    )
    change = paired_t(before, after, level=level)
    return replace(
        arm,
        difference=change.estimate,
        ci=bounds(change.low, change.high),
        largest=float(max(after - before, key=abs)),
        reason=change.reason if arm.identical < arm.pairs else "",
    )


def _mean(distances: Sequence[float | None]) -> float | None:
    there = [d for d in distances if d is not None]
    return math.fsum(there) / len(there) if there else None
