"""What the runs of one sweep tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from variance.analysis import alerts, copies, metrics
from variance.analysis.costs import Costs
from variance.analysis.metrics import Floats, Matrix
from variance.analysis.plain import bounds, known
from variance.analysis.results import Alert, Interval
from variance.analysis.sample import Sample, mean_interval, sample
from variance.analysis.summary_results import (
    BootstrapIntervals,
    CellSummary,
    ClassScore,
    ClassSummary,
    ConfusionSummary,
    Figure,
    SpreadOrigin,
    Summary,
    UnstableExample,
)
from variance.errors import UsageError
from variance.records import Runs
from variance.statistics import churn, classes, components, intervals, luck

__all__ = ["Summary", "summarize"]

BEST_OF = (2, 3, 5, 10, 20)
UNSTABLE = 10
STRAY = 3.0
"""How far the SD may lie from √(error / 2T), as a factor, before it is remarked."""


def summarize(
    runs: Runs,
    *,
    metric: str | None = None,
    alpha: float = 0.05,
    costs: Costs | None = None,
    bootstrap: bool = False,
    seed: int = 0,
) -> Summary:
    """Return everything that the runs of one sweep tell.

    Parameters
    ----------
    runs : Runs
        A run that repeats another one is left out, with an alert.
    metric : str, optional
        The sweep's own by default.
    alpha : float
        Intervals are at level 1 - alpha.
    costs : Costs, optional
        What each kind of mistake costs; adds the mean cost an example.
    bootstrap : bool
        Whether to add BCa bootstrap intervals of mean and SD.
    seed : int
        Of the bootstrap.

    Returns
    -------
    Summary
        What cannot be computed is None, and named with its reason in ``unavailable``.

    Raises
    ------
    UsageError
        If the metric or alpha cannot be used.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1; it is {alpha}")
    runs, copied = copies.left_out(runs)
    chosen = sample(runs, metric or runs.metric, costs if metric == metrics.COST else None)
    found = _Case(chosen, alpha, costs, seed if bootstrap else None).summary()
    return replace(found, alerts=(*copied, *found.alerts))


@dataclass(eq=False)
class _Case:
    """One summary while it is being made."""

    sample: Sample
    alpha: float
    costs: Costs | None
    seed: int | None = None

    def summary(self) -> Summary:
        chosen, runs, x = self.sample, self.sample.runs, self.sample.scores
        result = Summary(
            runs.name,
            chosen.metric,
            chosen.higher_is_better,
            self.alpha,
            len(x),
            chosen.failed,
            runs.test_size,
            redrawn=runs.redrawn,
            scores=tuple(x.tolist()),
            seeds=tuple(runs.seeds.tolist()),
        )
        if not len(x):
            reason = f"every run failed ({chosen.failed})" if chosen.failed else "there are no runs"
            return replace(result, unavailable={"mean": reason}, alerts=self._alerts(result))
        missing: dict[str, str] = {}
        fields = self._center(missing)
        for name, part in self._parts().items():
            value, reason = part()
            fields[name] = value
            if reason:
                missing[name] = reason
        result = replace(result, **fields, unavailable=missing)
        return replace(result, alerts=self._alerts(result))

    def _center(self, missing: dict[str, str]) -> dict[str, Any]:
        x, level = self.sample.scores, 1 - self.alpha
        mean, reason = self._mean_interval(x)
        deviation = intervals.sd_interval(x, level=level)
        new = intervals.prediction_interval(x, level=level)
        if reason:
            missing["ci"] = reason
        for name, found in (("sd_ci", deviation), ("prediction", new)):
            if found.reason:
                missing[name] = found.reason
        if self.sample.runs.redrawn:
            missing.setdefault("sd_ci", "runs on overlapping splits are not independent")
        return {
            "mean": float(x.mean()),
            "sd": known(deviation.estimate),
            "median": float(np.median(x)),
            "ci": self._limits(mean),
            "sd_ci": None if self.sample.runs.redrawn else bounds(deviation.low, deviation.high),
            "range": (float(x.min()), float(x.max())),
            "prediction": None if new.reason else self._limits(bounds(new.low, new.high)),
        }

    def _limits(self, ci: Interval) -> Interval:
        """Return the interval without what the metric cannot reach."""
        return metrics.within_limits(ci, self.sample.metric, self.sample.scores)

    def _mean_interval(self, x: Floats) -> tuple[Interval, str]:
        found = mean_interval(self.sample.runs, x, 1 - self.alpha)
        return (None if found.reason else bounds(found.low, found.high)), found.reason

    def _parts(self) -> dict[str, Callable[[], tuple[Any, str]]]:
        every: dict[str, Callable[[], tuple[Any, str]]] = {
            "origin": self._origin,
            "best_of": self._best_of,
        }
        if self.sample.runs.kind != "regression":
            every |= {
                "expected_sd": self._expected_sd,
                "per_class": self._classes,
                "confusion": self._confusion,
                "churn": self._churn,
                "unstable": self._unstable,
                "majority": self._majority,
            }
        if self.seed is not None:
            every["bootstrap"] = self._bootstrap
        if self.costs is not None:
            every["cost"] = self._cost
        return every

    def _bootstrap(self) -> tuple[BootstrapIntervals | None, str]:
        if self.sample.runs.redrawn:
            return None, "runs on overlapping splits are not independent"
        rng, level = np.random.default_rng(self.seed), 1 - self.alpha
        found = [
            intervals.bca(self.sample.scores, statistic, level=level, rng=rng)
            for statistic in (np.mean, _sd)
        ]
        ends = [bounds(i.low, i.high) for i in found]
        return BootstrapIntervals(*ends), found[0].reason

    def _origin(self) -> tuple[SpreadOrigin | None, str]:
        scores, reason = self.sample.per_example
        if scores is None:
            return None, reason
        found = components.split_spread(scores, level=1 - self.alpha)
        if not np.isfinite(found.genuine):
            return None, found.reason
        low, high = np.sqrt(found.low), np.sqrt(found.high)
        noise = float(np.sqrt(max(found.noise, 0.0)))
        return SpreadOrigin(
            noise, found.genuine_sd, bounds(low, high), known(found.genuine_share)
        ), found.reason

    def _best_of(self) -> tuple[dict[int, float], str]:
        x, higher = self.sample.scores, self.sample.higher_is_better
        found = {
            k: luck.expected_best(x, k, higher_is_better=higher).estimate
            for k in BEST_OF
            if k <= len(x)
        }
        return found, "" if found else "one run has no best"

    def _expected_sd(self) -> tuple[float | None, str]:
        runs = self.sample.runs
        if "accuracy" not in metrics.available(runs) or not runs.test_size:
            return None, "accuracy and the size of the test set are not both known"
        error = float(1 - metrics.per_run(runs, "accuracy", None).mean())
        if not 0 <= error <= 1:
            return None, "accuracy is not a share of the examples"
        return components.expected_sd(error, runs.test_size), ""

    def _classes(self) -> tuple[tuple[ClassSummary, ...] | None, str]:
        counts = self.sample.confusion
        if counts is None:
            return None, "neither predictions nor confusion counts are stored"
        scores = classes.class_scores(counts)
        columns = [
            classes.over_runs(scores.recall, scores.support),
            classes.over_runs(scores.precision, scores.predicted),
            classes.over_runs(scores.f1, scores.support + scores.predicted),
        ]
        support = scores.support.mean(axis=0)
        return tuple(
            ClassSummary(
                name,
                float(support[k]),
                _class_score(columns[0], k),
                _class_score(columns[1], k),
                _class_score(columns[2], k),
                self._one_run(columns[0].mean[k], support[k]),
            )
            for k, name in enumerate(self.sample.runs.classes)
        ), ""

    def _one_run(self, recall: float, support: float) -> Interval:
        if not support:
            return None
        trials = round(support)
        found = intervals.wilson(min(round(recall * trials), trials), trials, level=1 - self.alpha)
        return bounds(found.low, found.high)

    def _confusion(self) -> tuple[ConfusionSummary | None, str]:
        counts, names = self.sample.confusion, self.sample.runs.classes
        if counts is None:
            return None, "neither predictions nor confusion counts are stored"
        found = classes.cells(counts)
        moving = tuple(
            CellSummary(names[i], names[j], float(found.mean[i, j]), known(found.sd[i, j]))
            for i, j in found.moving
        )
        return ConfusionSummary(
            tuple(tuple(row) for row in found.mean.tolist()),
            tuple(tuple(known(v) for v in row) for row in found.sd.tolist()),
            moving,
        ), ""

    def _shared(self) -> tuple[Matrix, Matrix] | str:
        """Return labels and predictions of one test set, or why there are none."""
        runs = self.sample.runs
        if runs.labels is None or runs.predictions is None:
            return "no predictions are stored"
        if runs.labels.ndim != 1:
            return "every run has a test set of its own"
        return runs.labels, runs.predictions

    def _churn(self) -> tuple[float | None, str]:
        found = self._shared()
        if isinstance(found, str):
            return None, found
        share = churn.churn(found[1], len(self.sample.runs.classes))
        return known(share), "" if np.isfinite(share) else "one run differs from no other"

    def _unstable(self) -> tuple[tuple[UnstableExample, ...], str]:
        found, runs = self._shared(), self.sample.runs
        if isinstance(found, str):
            return (), found
        labels, predictions = found
        worst = churn.unstable(labels, predictions, len(runs.classes), top=UNSTABLE)
        ids = np.arange(labels.size) if runs.examples is None else runs.examples
        rows = zip(worst.index, worst.disagreement, worst.right, strict=True)
        return tuple(
            UnstableExample(int(ids[t]), runs.classes[labels[t]], float(d), float(r))
            for t, d, r in rows
        ), ""

    def _majority(self) -> tuple[float | None, str]:
        found = self._shared()
        if isinstance(found, str):
            return None, found
        return churn.majority_accuracy(*found, len(self.sample.runs.classes)), ""

    def _cost(self) -> tuple[Figure | None, str]:
        counts, runs = self.sample.confusion, self.sample.runs
        if counts is None or self.costs is None:
            return None, "neither predictions nor confusion counts are stored"
        x = classes.mean_cost(counts, self.costs.for_classes(runs.classes))
        sd = float(x.std(ddof=1)) if len(x) > 1 else None
        return Figure(float(x.mean()), sd, self._mean_interval(x)[0]), ""

    def _alerts(self, result: Summary) -> tuple[Alert, ...]:
        return (*alerts.of_sweep(self.sample), *alerts.skewed(self.sample), *_sanity(result))


def _sd(x: Floats, axis: int = -1) -> Floats:
    return np.asarray(x.std(axis=axis, ddof=1) if x.shape[axis] > 1 else np.nan)


def _class_score(column: classes.OverRuns, k: int) -> ClassScore:
    mean, sd, floor = known(column.mean[k]), known(column.sd[k]), known(column.floor[k])
    ends = known(column.low[k]), known(column.high[k])
    return ClassScore(mean, sd, ends[0], ends[1], floor, int(column.defined[k]))


def _sanity(result: Summary) -> list[Alert]:
    """Compare the spread with what well-trained runs show."""
    if result.metric != "accuracy" or not result.sd or not result.expected_sd or result.redrawn:
        return []
    ratio = result.sd / result.expected_sd
    if result.sd_ci is None or 1 / STRAY <= ratio <= STRAY:
        return []
    if result.sd_ci[0] > result.expected_sd:
        return [
            Alert(
                "unstable-training",
                f"The spread is {ratio:.1f} times what well-trained runs show: some trainings "
                "went differently, not only by luck with the test set.",
            )
        ]
    if result.sd_ci[1] < result.expected_sd:
        return [
            Alert(
                "little-variation",
                f"The spread is {ratio:.2g} of what well-trained runs show: the seeds change "
                "little.",
            )
        ]
    return []
