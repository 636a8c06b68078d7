"""What a published result is worth beside one's own runs, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.wording.quantities import (
    Unit,
    chance_text,
    half_width,
    level_text,
    p_phrase,
    plural,
)

if TYPE_CHECKING:
    from variance.analysis.claim import Claim
    from variance.analysis.luck import LuckResult
    from variance.analysis.results import Effect


def claim_sentence(r: LuckResult, claim: Claim, unit: Unit, score: str) -> str:
    """Return the verdict on a claim as a sentence.

    Parameters
    ----------
    r : LuckResult
    claim : Claim
        Its claim.
    unit : Unit
        Of the metric.
    score : str
        Metric and score, such as ``accuracy 99.25 %``.
    """
    what = f"{score}{_as(claim, unit)}"
    if claim.verdict == "refused":
        few = f" by {plural(r.runs, 'run')} of {r.name}" if r.runs < 3 else f" by {r.name}"
        return f"{what} CANNOT BE JUDGED{few}: {claim.reason}."
    if claim.verdict == "reproduced":
        return _reproduced(r, claim, unit, what)
    if claim.kind in {"single", "best-of"}:
        return _of_a_draw(r, claim, unit, what)
    return _of_a_mean(r, claim, unit, what)


def _as(claim: Claim, unit: Unit) -> str:
    if claim.kind == "best-of":
        return f" as the best of {claim.n}"
    if claim.kind == "mean":
        return f" as a mean over {claim.n} runs"
    if claim.sd is not None:
        return f" ± {unit.spread(claim.sd, max(unit.digits(claim.sd), 2))} over {claim.n} runs"
    return ""


def _of_a_draw(r: LuckResult, claim: Claim, unit: Unit, what: str) -> str:
    trainings = f"sets of {claim.n} of its trainings" if claim.n > 1 else "its trainings"
    reach = chance_words(claim.at_least)
    if claim.verdict == "not-reproduced":
        return (
            f"{what} is NOT REPRODUCED by {r.name}, MORE THAN LUCK: {few_words(claim.at_least)} of "
            f"{trainings} would reach it."
        )
    if claim.verdict == "better-than-claimed":
        worse = "low" if r.higher_is_better else "high"
        return (
            f"{r.name} is BETTER THAN CLAIMED by {what}: {few_words(claim.at_most)} of "
            f"{trainings} would stay so {worse}."
        )
    if claim.verdict == "lucky":
        whole = f" ({reach} of {trainings} would reach it)" if claim.n > 1 else ""
        return (
            f"{what} is LUCKY: {r.name} can give it{whole}, but {few_words(claim.chance)} of "
            "single trainings do as well."
        )
    margin = (
        "" if claim.margin is None else f", nor is agreement within {unit.size(claim.margin)} shown"
    )
    reached = f"{reach} of {trainings} would reach it"
    if claim.n == 1 and claim.at_least == 1:  # what is never seen to fail is not certain
        reached = f"all {plural(r.runs, 'run')} reach it"
    return (
        f"{what} is CONSISTENT, WITHIN THE LUCK of {r.name}: {reached}. "
        f"That does not make the models the same{margin}."
    )


def _of_a_mean(r: LuckResult, claim: Claim, unit: Unit, what: str) -> str:
    found = claim.difference
    if found is None or found.estimate is None or claim.verdict == "consistent":
        margin = "" if claim.margin is None else f", nor agreement within {unit.size(claim.margin)}"
        return (
            f"{what} is CONSISTENT with {r.name}: no difference is established{margin}, which "
            "does not make them the same."
        )
    size = unit.size(abs(found.estimate))
    beyond = ""
    if claim.margin is not None and found.beyond_margin:
        beyond = f", by more than the margin of {unit.size(claim.margin)}"
    if claim.verdict == "not-reproduced":
        return f"{what} is NOT REPRODUCED by {r.name}, whose mean is {size} worse{beyond}."
    return f"{r.name} is BETTER THAN CLAIMED by {what}: its mean is {size} better{beyond}."


def _reproduced(r: LuckResult, claim: Claim, unit: Unit, what: str) -> str:
    found, margin = claim.difference, unit.size(claim.margin or 0.0)
    apart = ""
    if found is not None and found.ci is not None and not found.ci[0] <= 0 <= found.ci[1]:
        apart = ", though a smaller difference is established"
    return f"{what} is REPRODUCED by {r.name} within the margin of {margin}{apart}."


def claim_rows(r: LuckResult, claim: Claim, unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield label and text of what the verdict rests on.

    Parameters
    ----------
    r : LuckResult
    claim : Claim
        Its claim.
    unit : Unit
        Of the metric.
    """
    yield from range_rows(r, claim, unit)
    if claim.verdict in {"lucky", "not-reproduced"} and claim.consistent_with is not None:
        needed = claim.best_of_needed
        many = "more than 1,000" if needed is None else f"about {needed:,}"
        yield "trainings whose best reaches it as often as not", many
    if claim.difference is not None and claim.difference.ci is not None:
        yield f"mean of {r.name} − claim", _difference(claim.difference, unit, r.alpha)
    if claim.detectable is not None:
        yield "smallest difference found 4 times in 5", unit.size(claim.detectable)


def range_rows(r: LuckResult, claim: Claim, unit: Unit) -> Iterator[tuple[str, str]]:
    """Yield the scores with which the runs would be consistent; parameters as `claim_rows`."""
    if claim.consistent_with is not None:
        digits = max(unit.digits(r.sd), 2)
        of = f"the best of {claim.n}" if claim.n > 1 else "one training"
        label = f"{level_text(r.alpha)} of the time, {of} scores"
        yield label, unit.values(claim.consistent_with, digits)


def _difference(found: Effect, unit: Unit, alpha: float) -> str:
    digits = unit.digits(half_width(found.ci))
    return (
        f"{unit.difference(found.estimate, digits)} {unit.interval(found.ci, digits)}, "
        f"{p_phrase(found.p_value, alpha)} ({found.method})"
    )


def few_words(share: float | None) -> str:
    """Return ``only about 2.3 %``, or ``fewer than 0.1 %``."""
    shown = chance_words(share)
    return f"only {shown}" if shown.startswith("about") else shown


def chance_words(share: float | None) -> str:
    """Return ``about 23 %``; far out only a bound, for no tail is known to a digit there."""
    if share is None or share < 0.001:
        return "fewer than 0.1 %"
    if share > 0.999:
        return "more than 99.9 %"
    return f"about {chance_text(share)}"
