"""How lucky a single score is, and whether a published one was reproduced."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np

from variance.analysis import alerts, copies, metrics
from variance.analysis.claim import Claim, claim, warnings
from variance.analysis.matching import MIN_RUNS
from variance.analysis.plain import as_data, bounds, count, known
from variance.analysis.presented import Presented
from variance.analysis.results import Alert, Interval
from variance.analysis.sample import Sample, sample
from variance.analysis.scale import check_size, wide_margin
from variance.analysis.stated import Stated, check_scale
from variance.errors import Refusal, UsageError
from variance.records import Runs
from variance.statistics import claims, intervals, tails
from variance.statistics import luck as statistics

__all__ = ["LuckResult", "luck"]

GapVerdict: TypeAlias = Literal["consistent", "more-than-luck", "refused"]


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
        The chance of one new training if scores are normal; told, never deciding.
    chance : float
        Of one training: `empirical` while a run reaches the score; beyond all runs that of a
        normal or an exponential tail, the larger, and at most `empirical`.
    chance_best_of : float
        The same for the best of `best_of` trainings.
    expected_best : float or None
        What the best of `best_of` trainings scores on average.
    lucky : bool or None
        Whether `claim` says ``lucky``; None where it is refused.
    claim : Claim
        Whether the runs could have given the score, as what it is claimed to be.
    other : float or None
        A second single score.
    other_claim : Claim or None
        The same of the second score.
    gap_chance : float or None
        The chance that two trainings of this same model differ by as much as the two scores: of
        normal or of exponential scores, the larger.
    gap_verdict : str or None
        ``more-than-luck`` where `gap_chance` lies below alpha, else ``consistent``; ``refused`` for
        fewer than three runs and where nothing varied. None for one score.
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
    claim: Claim
    other: float | None = None
    other_claim: Claim | None = None
    gap_chance: float | None = None
    gap_verdict: GapVerdict | None = None
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
        The baseline; a run that repeats another one is left out, with an alert.
    score : float
        In the metric's own unit.
    best_of : int
        How many trainings the score was the best of.
    other : float, optional
        A second single score, to be set beside the first: each is judged, and their gap.
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
    runs, copied = copies.left_out(runs)
    chosen = sample(runs, metric, None)
    x = chosen.scores
    if not len(x):
        raise Refusal(f"{runs.name} has no usable runs", "Train some: variance sweep")
    check_scale(chosen, stated)
    check_size(chosen, margin, "margin")
    if other is not None:
        check_scale(chosen, Stated(other))
    higher = chosen.higher_is_better
    found = statistics.luck(x, score, higher_is_better=higher)
    chance = _chance(chosen, score, 1)
    best, unavailable = _expected_best(x, best_of, higher)
    new = intervals.prediction_interval(x, level=1 - alpha)
    ends = bounds(new.low, new.high)
    judged = claim(chosen, stated, alpha=alpha, chance=chance)
    second = None if other is None else _second(chosen, other, alpha)
    gap, apart, without = _gap(x, score, other, alpha)
    reasons = {"prediction": new.reason, "predicted": found.reason, "expected_best": unavailable,
               "gap_verdict": without}  # fmt: skip
    return LuckResult(
        runs.name, chosen.metric, higher, alpha, len(x), float(score), best_of,
        mean=found.quote,
        sd=known(intervals.sd_interval(x).estimate),
        prediction=None if new.reason else metrics.within_limits(ends, chosen.metric, x),
        at_least=found.at_least,
        empirical=found.empirical,
        predicted=known(found.predicted),
        chance=chance,
        chance_best_of=_chance(chosen, score, best_of),
        expected_best=best,
        lucky=None if judged.verdict == "refused" else judged.verdict == "lucky",
        claim=judged,
        other=other,
        other_claim=second,
        gap_chance=gap,
        gap_verdict=apart,
        scores=tuple(x.tolist()),
        seeds=tuple(chosen.runs.seeds.tolist()),
        unavailable={name: reason for name, reason in reasons.items() if reason},
        alerts=(
            *copied,
            *alerts.of_sweep(chosen),
            *_alerts(
                chosen,
                best_of,
                tail=_in_a_tail(judged) or _in_a_tail(second),
                gap=apart == "more-than-luck",
            ),
            *wide_margin(chosen, margin),
            *warnings(chosen, stated, judged, alpha=alpha),
        ),
    )  # fmt: skip


def _chance(chosen: Sample, score: float, best_of: int) -> float:
    """Return the chance that the best of so many trainings does at least as well."""
    x, higher = chosen.scores, chosen.higher_is_better
    found = claims.best_of(x, score, best_of, higher_is_better=higher)
    if not found.reason:
        return found.at_least
    reached = statistics.luck(x, score, higher_is_better=higher).at_least
    return tails.reached_by_rank(reached, len(x), best_of)


def _second(chosen: Sample, score: float, alpha: float) -> Claim:
    return claim(chosen, Stated(score), alpha=alpha, chance=_chance(chosen, score, 1))


def _gap(
    x: Any, score: float, other: float | None, alpha: float
) -> tuple[float | None, GapVerdict | None, str]:
    """Return the chance of so large a gap, what it says, and why it says nothing."""
    if other is None:
        return None, None, ""
    found = statistics.chance_of_gap(x, abs(score - other))
    if found.reason or len(x) < MIN_RUNS:
        return (
            known(found.empirical),
            "refused",
            found.reason or f"{count(len(x), 'run')} cannot tell",
        )
    return found.cautious, "more-than-luck" if found.cautious < alpha else "consistent", ""


def _expected_best(x: Any, k: int, higher: bool) -> tuple[float | None, str]:
    found = statistics.expected_best(x, k, higher_is_better=higher)
    if math.isfinite(found.estimate):
        return found.estimate, ""
    if len(x) < 3 or not np.ptp(x):
        return None, found.reason
    return statistics.normal_best(
        float(x.mean()), float(x.std(ddof=1)), k, higher_is_better=higher
    ), ""


def _in_a_tail(judged: Claim | None) -> bool:
    """Tell whether a verdict rests on the tail of a distribution that nobody has seen."""
    if judged is None or judged.kind not in {"single", "best-of"} or judged.by_rank:
        return False
    return judged.verdict in {"not-reproduced", "better-than-claimed"}


def _alerts(chosen: Sample, best_of: int, *, tail: bool, gap: bool) -> Iterator[Alert]:
    n = len(chosen.scores)
    if n < 10:
        yield Alert(
            "few-runs",
            f"{count(n, 'run')} give{'s' * (n == 1)} only a rough idea of how far luck reaches.",
        )
    if tail and n >= 3:
        yield Alert(
            "beyond-the-data",
            "No run reaches so far: the chance assumes that the scores' tail falls off at least as "
            "fast as an exponential one. If some runs collapse, or the tail is heavier, such a "
            f"score is luck more often{', above all as the best of several' * (best_of > 1)}.",
        )
    if gap:
        yield Alert(
            "gap-beyond-the-data",
            "The chance of the gap, too, assumes a tail that falls off at least as fast as an "
            "exponential one: of log-normal scores up to 7 % of the gaps between two trainings of "
            "one model are called more than luck, instead of 5 %.",
        )
    if best_of > n:
        yield Alert(
            "beyond-the-runs",
            f"The best of {best_of} lies beyond {n} runs: its expectation assumes normal scores.",
        )
