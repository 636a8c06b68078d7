"""How lucky a single score is."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from variance.analysis import alerts
from variance.analysis.plain import as_data, bounds, count, known
from variance.analysis.results import Alert, Interval
from variance.analysis.sample import Sample, sample
from variance.errors import Refusal, UsageError
from variance.records import Runs
from variance.statistics import intervals
from variance.statistics import luck as statistics

__all__ = ["LuckResult", "luck"]


@dataclass(frozen=True)
class LuckResult:
    """How often the baseline alone would score as well; see `luck`.

    Attributes
    ----------
    name, metric : str
    higher_is_better : bool
    alpha : float
    runs : int
    score : float
        The score in question.
    best_of : int
        How many trainings it was the best of.
    mean, sd : float or None
        Of the runs; the mean is the score to quote instead.
    prediction : tuple of float or None
        Where one new training lands, at level 1 - alpha.
    at_least : int
        Runs that score at least as well.
    empirical : float
        ``(at_least + 1) / (runs + 1)``.
    predicted : float or None
        The chance of one new training, from the t distribution; the only guide beyond the data.
    chance : float
        Of one training: `empirical` while a run reaches the score, else `predicted`.
    chance_best_of : float
        The same for the best of `best_of` trainings.
    expected_best : float or None
        What the best of `best_of` trainings scores on average.
    lucky : bool or None
        Whether `chance_best_of` lies below alpha; None for fewer than three runs.
    other : float or None
        A second single score.
    gap_chance : float or None
        The chance that two trainings of this same model differ by as much as the two scores.
    unavailable : mapping of str to str
        What could not be computed, and why.
    alerts : tuple of Alert
    schema : int
    """

    name: str
    metric: str
    higher_is_better: bool
    alpha: float
    runs: int
    score: float
    best_of: int
    mean: float | None
    sd: float | None
    prediction: Interval
    at_least: int
    empirical: float
    predicted: float | None
    chance: float
    chance_best_of: float
    expected_best: float | None
    lucky: bool | None
    other: float | None = None
    gap_chance: float | None = None
    unavailable: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    schema: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; missing is None."""
        data: dict[str, Any] = as_data(self)
        return {"schema": data.pop("schema"), **data}


def luck(
    runs: Runs,
    score: float,
    *,
    best_of: int = 1,
    other: float | None = None,
    metric: str | None = None,
    alpha: float = 0.05,
) -> LuckResult:
    """Say how often trainings of one model score at least as well by chance.

    Parameters
    ----------
    runs : Runs
        The baseline.
    score : float
        In the metric's own unit.
    best_of : int
        How many trainings the score was the best of.
    other : float, optional
        A second single score, to be set beside the first.
    metric : str, optional
        The sweep's own by default.
    alpha : float
        Chance below which the score is called more than luck; 1 - alpha is the interval's level.

    Returns
    -------
    LuckResult

    Raises
    ------
    Refusal
        If there are no usable runs.
    UsageError
        If the score is no number, or surely on another scale than the runs.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1; it is {alpha}")
    chosen = sample(runs, metric, None)
    x = chosen.scores
    if not len(x):
        raise Refusal(f"{runs.name} has no usable runs", "Train some: variance sweep")
    for value in (score, *(() if other is None else (other,))):
        _check_scale(chosen, value)
    higher = chosen.higher_is_better
    found = statistics.luck(x, score, best_of=best_of, higher_is_better=higher)
    beyond = found.at_least == 0 and math.isfinite(found.predicted)
    chance = min(found.predicted, found.empirical) if beyond else found.empirical
    best, unavailable = _expected_best(x, best_of, higher)
    new = intervals.prediction_interval(x, level=1 - alpha)
    reasons = {"prediction": new.reason, "predicted": found.reason, "expected_best": unavailable}
    many = statistics.best_chance(chance, best_of)
    return LuckResult(
        runs.name, chosen.metric, higher, alpha, len(x), float(score), best_of,
        mean=found.quote,
        sd=known(intervals.sd_interval(x).estimate),
        prediction=None if new.reason else bounds(new.low, new.high),
        at_least=found.at_least,
        empirical=found.empirical,
        predicted=known(found.predicted),
        chance=chance,
        chance_best_of=many,
        expected_best=best,
        lucky=many < alpha if len(x) >= 3 else None,
        other=other,
        gap_chance=None if other is None else _gap_chance(x, abs(score - other)),
        unavailable={name: reason for name, reason in reasons.items() if reason},
        alerts=(*alerts.of_sweep(chosen), *_alerts(chosen, best_of, rare=many < alpha)),
    )  # fmt: skip


def _check_scale(chosen: Sample, score: float) -> None:
    if not math.isfinite(score):
        raise UsageError(f"the score must be a number; it is {score}")
    x = chosen.scores
    in_percent = 1 < score <= 100 and x.min() >= 0 and x.max() <= 1 and x.min() * 50 <= score
    if in_percent and chosen.higher_is_better:
        raise UsageError(
            f"{score:g} is not on the scale of {chosen.metric}, which lies in [0, 1]",
            f"Did you mean {score / 100:g}?",
        )


def _expected_best(x: Any, k: int, higher: bool) -> tuple[float | None, str]:
    found = statistics.expected_best(x, k, higher_is_better=higher)
    if math.isfinite(found.estimate):
        return found.estimate, ""
    if len(x) < 3 or not np.ptp(x):
        return None, found.reason
    return statistics.normal_best(
        float(x.mean()), float(x.std(ddof=1)), k, higher_is_better=higher
    ), ""


def _gap_chance(x: Any, gap: float) -> float | None:
    found = statistics.chance_of_gap(x, gap)
    if not math.isfinite(found.predicted):
        return known(found.empirical)
    return float(found.predicted)


def _alerts(chosen: Sample, best_of: int, *, rare: bool) -> Iterator[Alert]:
    n = len(chosen.scores)
    if n < 10:
        yield Alert(
            "few-runs",
            f"{count(n, 'run')} give{'s' * (n == 1)} only a rough idea of how far luck reaches.",
        )
    if rare and n >= 3:
        yield Alert(
            "normal-tail",
            "The chance rests on normally distributed scores: if they are skewed, a lucky score "
            "passes for more than luck up to three times as often as it should.",
        )
    if best_of > n:
        yield Alert(
            "beyond-the-runs",
            f"The best of {best_of} lies beyond {n} runs: its expectation assumes normal scores.",
        )
