"""A published result beside runs of one's own: reproduced or not."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal, TypeAlias

import numpy as np

from variance.analysis import alerts, metrics
from variance.analysis.matching import MIN_RUNS
from variance.analysis.plain import bounds, count, known
from variance.analysis.results import Alert, Effect, Interval
from variance.analysis.sample import Sample
from variance.analysis.stated import Kind, Stated
from variance.analysis.verdicts import effect
from variance.statistics import claims, intervals, planned
from variance.statistics.results import Difference

__all__ = ["Claim", "claim"]

ClaimVerdict: TypeAlias = Literal[
    "consistent", "lucky", "reproduced", "not-reproduced", "better-than-claimed", "refused"
]

FIRM = ("not-reproduced", "better-than-claimed", "reproduced")
"""Verdicts that claim something."""
MOST_TRAININGS = 1000
"""Beyond so many, how many trainings reach a score is not told: the tail is a guess."""


@dataclass(frozen=True)
class Claim:
    """What a published result is worth beside the runs; see `claim`.

    Attributes
    ----------
    verdict : str
        ``consistent``: the runs could well have given it, which does not make it the same.
        ``lucky``: they could, but fewer than alpha of single trainings do as well.
        ``not-reproduced``: they do not reach it. ``better-than-claimed``: they surpass it.
        ``reproduced``: the means are the same within the margin. ``refused``: see `reason`.
    kind : str
        What the score is taken for: ``single``, ``best-of``, ``mean`` or ``mean-and-sd``.
    n : int
        Runs behind the score.
    sd : float or None
        As claimed.
    margin : float or None
        The largest difference that does not matter.
    at_least, at_most : float or None
        Chance that the best of as many new trainings does at least, and at most, as well; of a
        mean None. Either below alpha / 2 is a verdict.
    chance : float or None
        Of one training, to do at least as well; of a mean None.
    by_rank : bool
        Whether the verdict follows from ranks alone, whatever the distribution of the scores.
    consistent_with : tuple of float or None
        The scores, of that kind, with which the runs would be consistent; of a mean None.
    difference : Effect or None
        Mean of the runs minus the claim; of single scores only where there is a margin.
    detectable : float or None
        The smallest true difference that would have been found with 80 % power.
    best_of_needed : int or None
        Of how many trainings the best reaches a single score as often as not; None above 1,000.
    assumptions : tuple of str
    reason : str
        Why it is refused.
    """

    verdict: ClaimVerdict
    kind: Kind
    n: int
    sd: float | None = None
    margin: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    chance: float | None = None
    by_rank: bool = False
    consistent_with: Interval = None
    difference: Effect | None = None
    detectable: float | None = None
    best_of_needed: int | None = None
    assumptions: tuple[str, ...] = ()
    reason: str = ""


def claim(chosen: Sample, stated: Stated, *, alpha: float, chance: float) -> Claim:
    """Say whether runs could have given a published result.

    Parameters
    ----------
    chosen : Sample
        The runs.
    stated : Stated
        The claim, checked.
    alpha : float
        Two-sided error rate.
    chance : float
        That one training does as well.

    Returns
    -------
    Claim
        Refused for fewer than three runs, where nothing varied, and for means where the split is
        redrawn and the training size unknown.
    """
    base = Claim(
        "refused", stated.kind, max(stated.best_of, stated.n or 1), stated.sd, stated.margin,
        assumptions=_assumptions(chosen, stated),
    )  # fmt: skip
    reason = _refusal(chosen, stated)
    if reason:
        return replace(base, reason=reason)
    if stated.kind in {"single", "best-of"}:
        return _draw(base, chosen, stated, alpha, chance)
    return _mean(base, chosen, stated, alpha)


def _refusal(chosen: Sample, stated: Stated) -> str:
    n = len(chosen.scores)
    if n < MIN_RUNS:
        return f"{count(n, 'run')} cannot tell; at least {MIN_RUNS} are needed"
    if alerts.nothing_varied(chosen.runs):
        return "all its runs are the same, so there is no yardstick"
    means = stated.kind in {"mean", "mean-and-sd"} or stated.margin is not None
    if means and _share(chosen) is None:
        return "the split is redrawn and the training size unknown"
    if stated.kind != "mean-and-sd" and not np.ptp(chosen.scores):
        return f"all its runs have the same {chosen.metric}, so there is no yardstick"
    return ""


def _share(chosen: Sample) -> float | None:
    """Return n_test / n_train where the seed redraws the split, else 0; None where unknown."""
    runs = chosen.runs
    if not runs.redrawn:
        return 0.0
    return runs.test_size / runs.train_size if runs.test_size and runs.train_size else None


def _assumptions(chosen: Sample, stated: Stated) -> tuple[str, ...]:
    where = "the split drawn from the same data" if chosen.runs.redrawn else "the same test set"
    found = [where, "independent runs"]
    if stated.kind == "single":
        found.append("the score of one training" if stated.n else "the score of one training, not"
                     " a mean (--claimed-n) or a best (--best-of)")  # fmt: skip
    if stated.kind == "best-of":
        found.append(f"{stated.best_of} trainings in all, and this the best of them on that test"
                     " set")  # fmt: skip
    if stated.kind == "mean":
        found.append("the claimed runs vary as much as these, and no run collapses but for those"
                     " seen")  # fmt: skip
    if stated.kind == "mean-and-sd":
        found.append("the ± is an SD over runs")
    return tuple(found)


def _draw(base: Claim, chosen: Sample, stated: Stated, alpha: float, chance: float) -> Claim:
    """Judge a single score, or the best of several."""
    x, higher, k = chosen.scores, chosen.higher_is_better, stated.best_of
    found = claims.best_of(x, stated.score, k, level=1 - alpha, higher_is_better=higher)
    apart = None
    # Of skewed scores all the error may lie on one side, so each gets half (as in `_mean`).
    if stated.margin is not None:
        corrected = claims.against_mean(
            x, stated.score, 1, test_share=_share(chosen) or 0.0, level=1 - alpha
        )
        apart = effect(corrected, margin=stated.margin, alpha=alpha / 2, examples=None)
    return replace(
        base,
        verdict=_verdict_on_draw(found, apart, alpha, chance),
        at_least=found.at_least,
        at_most=found.at_most,
        chance=chance,
        by_rank=min(found.at_least_by_rank, found.at_most_by_rank) < alpha / 2,
        consistent_with=_range(chosen, found),
        difference=apart,
        detectable=_detectable_lead(chosen, found),
        best_of_needed=_needed(chance),
    )


def _verdict_on_draw(
    found: claims.Draw, apart: Effect | None, alpha: float, chance: float
) -> ClaimVerdict:
    if apart is not None and apart.equivalent:
        return "reproduced"
    if found.at_least < alpha / 2:
        return "not-reproduced"
    if found.at_most < alpha / 2:
        return "better-than-claimed"
    return "lucky" if chance < alpha else "consistent"


def _range(chosen: Sample, found: claims.Draw) -> Interval:
    ends = bounds(*sorted((found.low, found.high)))
    return metrics.within_limits(ends, chosen.metric, chosen.scores)


def _detectable_lead(chosen: Sample, found: claims.Draw) -> float | None:
    x = chosen.scores
    sd = intervals.sd_interval(x).estimate
    if sd == 0:
        return None
    limit = abs(found.high - float(x.mean())) / sd
    return known(claims.detectable_lead(limit, found.n, found.k) * sd * _caution(found.n - 1))


def _caution(df: float) -> float:
    """Return the upper limit of an SD over its estimate, so that a promised power is kept."""
    return math.sqrt(planned.upper_sum((1.0, df)))


def _needed(chance: float) -> int | None:
    if chance >= 0.5:
        return 1
    needed = math.ceil(math.log(0.5) / math.log1p(-chance))
    return needed if needed <= MOST_TRAININGS else None


def _mean(base: Claim, chosen: Sample, stated: Stated, alpha: float) -> Claim:
    found, df = _difference(chosen, stated, alpha)
    apart = effect(found, margin=stated.margin, alpha=alpha / 2, examples=None)
    least = known(claims.detectable_difference(found, df) * _caution(df)) if found.defined else None
    return replace(
        base,
        verdict=_verdict_on_mean(found, apart, higher=chosen.higher_is_better),
        difference=apart,
        detectable=least,
    )


def _difference(chosen: Sample, stated: Stated, alpha: float) -> tuple[Difference, float]:
    """Return the runs minus the claim, and the degrees of freedom without caution."""
    x, n, share = chosen.scores, stated.n or 1, _share(chosen) or 0.0
    if stated.sd is None:
        return claims.against_mean(x, stated.score, n, test_share=share, level=1 - alpha), len(
            x
        ) - 1
    found = claims.against_sample(x, stated.score, stated.sd, n, test_share=share, level=1 - alpha)
    return claims.for_skewed(found), found.df


def _verdict_on_mean(found: Difference, apart: Effect, *, higher: bool) -> ClaimVerdict:
    if apart.equivalent:
        return "reproduced"
    if not found.excludes(0.0):
        return "consistent"
    better = (found.estimate > 0) == higher
    return "better-than-claimed" if better else "not-reproduced"


def warnings(chosen: Sample, stated: Stated, found: Claim, *, alpha: float) -> Iterator[Alert]:
    """Yield what may be wrong with the claim as it was given.

    Parameters
    ----------
    chosen : Sample
    stated : Stated
    found : Claim
        The verdict.
    alpha : float
    """
    if found.verdict == "refused":
        return

    def judged(other: Stated) -> ClaimVerdict:
        return claim(chosen, other, alpha=alpha, chance=1.0).verdict

    yield from _unseen_collapses(chosen, stated, found)
    yield from _rounded(stated, found, judged)
    if stated.sd is not None and stated.n is not None:
        yield from _odd_spread(chosen, stated, stated.sd, stated.n, judged)


def _unseen_collapses(chosen: Sample, stated: Stated, found: Claim) -> Iterator[Alert]:
    """Yield that runs which collapse too rarely to be among these may explain a verdict."""
    if stated.kind != "mean" or found.verdict not in FIRM:
        return
    n = len(chosen.scores)
    yield Alert(
        "unseen-collapses",
        f"{n} runs show no collapse, of which each training may well have a chance of "
        f"{100 * (1 - 0.05 ** (1 / n)):.0f} %; the claimed mean may hold some. Its SD would tell "
        "(--claimed-sd).",
    )


def _rounded(
    stated: Stated, found: Claim, judged: Callable[[Stated], ClaimVerdict]
) -> Iterator[Alert]:
    """Yield that a verdict hangs on digits which were not printed."""
    half = 0.5 * 10.0 ** min(int(Decimal(repr(stated.score)).as_tuple().exponent), 0)
    if found.verdict not in FIRM:
        return
    ends = [replace(stated, score=stated.score + side * half) for side in (-1, 1)]
    if all(judged(end) == found.verdict for end in ends):
        return
    yield Alert(
        "rounded-claim",
        f"If {stated.score!r} was rounded, the score lies between {ends[0].score:.10g} and "
        f"{ends[1].score:.10g}, and the verdict would not hold for all of these: look for more "
        "digits.",
    )


def _odd_spread(
    chosen: Sample, stated: Stated, sd: float, n: int, judged: Callable[[Stated], ClaimVerdict]
) -> Iterator[Alert]:
    """Yield that the claimed spread is probably not an SD in this unit."""
    as_sd, as_error, as_percent = (
        claims.ratio_of_spreads(chosen.scores, value, n)
        for value in (sd, sd * math.sqrt(n), sd / 100)
    )
    if as_sd.high < 1 and not as_error.excludes(1):
        other = judged(replace(stated, sd=sd * math.sqrt(n)))
        yield Alert(
            "standard-error",
            f"The claimed SD is {as_sd.estimate:.2g} of that of the runs; as a standard error over "
            f"{n} runs, an SD of {sd * math.sqrt(n):.3g}, it would fit. The verdict would then be: "
            f"{other.replace('-', ' ')}.",
        )
    elif as_sd.low > 1 and as_sd.estimate > 20 and not as_percent.excludes(1):
        yield Alert(
            "claimed-sd-scale",
            f"The claimed SD, {sd:g}, is {as_sd.estimate:.0f} times that of the runs: was "
            f"{sd / 100:g} meant, in the unit of the score?",
        )
    elif as_sd.excludes(1):
        yield Alert(
            "spreads-differ",
            f"The claimed SD is {as_sd.estimate:.2g} times that of the runs, more than luck "
            "explains: the procedures are hardly the same, whatever the means say.",
        )
