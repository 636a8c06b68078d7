"""From a difference to a verdict, by the scope's own interval alone."""

from __future__ import annotations

from variance.analysis.plain import bounds, known
from variance.analysis.results import Effect, Equivalence, Verdict
from variance.errors import UsageError
from variance.statistics import means
from variance.statistics.results import Difference


def check_margin(margin: float | None) -> None:
    """Refuse a margin that is no positive number."""
    if margin is not None and not 0 < margin < float("inf"):
        raise UsageError(f"the margin must be a positive number; it is {margin}")


def verdict(
    difference: Difference, *, higher_is_better: bool, margin: float | None, alpha: float
) -> Verdict:
    """Return what an interval establishes.

    Parameters
    ----------
    difference : Difference
        Candidate minus baseline, its interval at level 1 - alpha.
    higher_is_better : bool
    margin : float, optional
        The largest difference that does not matter.
    alpha : float

    Returns
    -------
    str
        ``improved`` or ``regressed`` where the interval excludes 0, else ``equivalent`` where
        the interval at level 1 - 2 alpha lies within the margin, else ``inconclusive``;
        ``refused`` where there is no interval.
    """
    if not difference.defined:
        return "refused"
    if difference.excludes(0.0):
        return "improved" if (difference.estimate > 0) == higher_is_better else "regressed"
    if margin is not None and means.equivalence(difference, margin, alpha=alpha).equivalent:
        return "equivalent"
    return "inconclusive"


def effect(
    difference: Difference,
    *,
    margin: float | None,
    alpha: float,
    examples: int | None,
    groups: int | None = None,
) -> Effect:
    """Return a difference as the contract has it."""
    defined = difference.defined
    within = beyond = inner = None
    if margin is not None and defined:
        within, inner = within_margin(difference, margin, alpha)
        beyond = difference.low > margin or difference.high < -margin
    return Effect(
        estimate=known(difference.estimate),
        ci=bounds(difference.low, difference.high),
        p_value=known(difference.p_value),
        method=difference.method,
        df=known(difference.df),
        examples=examples,
        groups=groups,
        standard_error=known(difference.standard_error) if defined else None,
        equivalent=within,
        beyond_margin=beyond,
        equivalence=inner,
        reason=difference.reason,
    )


def within_margin(difference: Difference, margin: float, alpha: float) -> tuple[bool, Equivalence]:
    """Return whether a difference lies within the margin, and by which interval."""
    found = means.equivalence(difference, margin, alpha=alpha)
    ci = (float(found.low), float(found.high))
    return found.equivalent, Equivalence(ci, 1 - 2 * alpha, found.p_value)
