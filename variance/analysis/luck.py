"""How lucky a single score is, and whether a published one was reproduced."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from variance.analysis import alerts
from variance.analysis.claim import Claim, claim, warnings
from variance.analysis.plain import as_data, bounds, count, known
from variance.analysis.presented import Presented
from variance.analysis.results import Alert, Interval
from variance.analysis.sample import Sample, sample
from variance.analysis.stated import Stated, check_scale
from variance.errors import Refusal, UsageError
from variance.records import Runs
from variance.statistics import intervals
from variance.statistics import luck as statistics

__all__ = ["LuckResult", "luck"]


@dataclass(frozen=True)
class LuckResult(Presented):
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
        Whether `chance_best_of` lies below alpha: the score is then more than luck. None for
        fewer than three runs. It is a one-sided question; `claim` asks a two-sided one.
    other : float or None
        A second single score.
    gap_chance : float or None
        The chance that two trainings of this same model differ by as much as the two scores.
    claim : Claim or None
        Whether the runs could have given the score, as what it is claimed to be; None where there
        are two scores.
    scores : tuple of float
        The metric of each run, in the order of `seeds`.
    seeds : tuple of int
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
    claim: Claim | None = None
    scores: tuple[float, ...] = ()
    seeds: tuple[int, ...] = ()
    unavailable: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    schema: int = 1

    def __repr__(self) -> str:
        many = f", best of {self.best_of}" if self.best_of > 1 else ""
        return (
            f"<LuckResult {self.metric} {self.score:.6g}{many} among {self.runs} runs of "
            f"{self.name}: chance {self.chance_best_of:.2g}>"
        )

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
    claimed_n: int | None = None,
    claimed_sd: float | None = None,
    margin: float | None = None,
    metric: str | None = None,
    alpha: float = 0.05,
) -> LuckResult:
    """Say how often trainings of one model score at least as well, and whether they reproduce it.

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
    claimed_n : int, optional
        The score is a published mean over so many runs.
    claimed_sd : float, optional
        Their published SD, in the metric's own unit.
    margin : float, optional
        The largest difference that does not matter: within it, a mean is reproduced.
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
        If the score is no number, or surely on another scale than the runs; if what is known of
        the claim contradicts itself.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1; it is {alpha}")
    stated = Stated(float(score), best_of, claimed_n, claimed_sd, margin)
    stated.check()
    if other is not None and stated != Stated(stated.score):
        raise UsageError(
            "two scores can be set beside each other, but a claim is one score",
            "Judge the published one by itself.",
        )
    chosen = sample(runs, metric, None)
    x = chosen.scores
    if not len(x):
        raise Refusal(f"{runs.name} has no usable runs", "Train some: variance sweep")
    check_scale(chosen, stated)
    if other is not None:
        check_scale(chosen, Stated(other))
    higher = chosen.higher_is_better
    found = statistics.luck(x, score, best_of=best_of, higher_is_better=higher)
    beyond = found.at_least == 0 and math.isfinite(found.predicted)
    chance = min(found.predicted, found.empirical) if beyond else found.empirical
    best, unavailable = _expected_best(x, best_of, higher)
    new = intervals.prediction_interval(x, level=1 - alpha)
    reasons = {"prediction": new.reason, "predicted": found.reason, "expected_best": unavailable}
    many = statistics.best_chance(chance, best_of)
    judged = None if other is not None else claim(chosen, stated, alpha=alpha, chance=chance)
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
        scores=tuple(x.tolist()),
        seeds=tuple(chosen.runs.seeds.tolist()),
        claim=judged,
        unavailable={name: reason for name, reason in reasons.items() if reason},
        alerts=(
            *alerts.of_sweep(chosen),
            *_alerts(chosen, best_of, tail=_in_a_tail(judged, many < alpha)),
            *(warnings(chosen, stated, judged, alpha=alpha) if judged else ()),
        ),
    )  # fmt: skip


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


def _in_a_tail(judged: Claim | None, rare: bool) -> bool:
    """Tell whether a verdict rests on the tail of a distribution that nobody has seen."""
    if judged is None:
        return rare
    single = judged.kind in {"single", "best-of"} and not judged.by_rank
    return single and (rare or judged.verdict == "better-than-claimed")


def _alerts(chosen: Sample, best_of: int, *, tail: bool) -> Iterator[Alert]:
    n = len(chosen.scores)
    if n < 10:
        yield Alert(
            "few-runs",
            f"{count(n, 'run')} give{'s' * (n == 1)} only a rough idea of how far luck reaches.",
        )
    if tail and n >= 3:
        yield Alert(
            "normal-tail",
            "The chance rests on normally distributed scores: if they are skewed, a lucky score "
            "passes for more than luck up to three times as often as it should"
            f"{', the best of ten up to seven times' * (best_of > 1)}.",
        )
    if best_of > n:
        yield Alert(
            "beyond-the-runs",
            f"The best of {best_of} lies beyond {n} runs: its expectation assumes normal scores.",
        )
