"""Whether the candidate is better than the baseline, or lucky."""

from __future__ import annotations

from variance.analysis import methods
from variance.analysis.case import Case
from variance.analysis.costs import Costs
from variance.analysis.matching import match
from variance.analysis.results import SCOPES, Comparison, Scope
from variance.analysis.scale import check_size
from variance.analysis.verdicts import check_margin
from variance.errors import UsageError, nearest
from variance.records import Runs

__all__ = ["Comparison", "compare"]


def compare(
    baseline: Runs,
    candidate: Runs,
    *,
    metric: str | None = None,
    scope: Scope | None = None,
    margin: float | None = None,
    alpha: float = 0.05,
    paired: bool | None = None,
    costs: Costs | None = None,
    method: str | None = None,
    seed: int = 0,
) -> Comparison:
    """Say whether the candidate is better than the baseline.

    Parameters
    ----------
    baseline, candidate : Runs
        Two sweeps.
    metric : str, optional
        The baseline's own by default; ``cost`` where costs are given.
    scope : {"test-set", "new-data"}, optional
        Which question the verdict answers: whether other trainings of both would show the
        difference on these very examples (the default), or on fresh ones too (the default
        where the seed redraws the split).  Both are answered where the data allow.
    margin : float, optional
        The largest difference that does not matter, in the metric's own unit.
    alpha : float
        Error rate of each verdict; intervals are at level 1 - alpha.
    paired : bool, optional
        Whether runs with the same seed are compared with each other.  By default they are when
        the sweeps share at least three seeds and half of either sweep's.
    costs : Costs, optional
        What each kind of mistake costs.
    method : str, optional
        One of `variance.analysis.methods.METHODS`, to decide in place of the default procedure;
        to be chosen before looking.
    seed : int
        Of the resampling.

    Returns
    -------
    Comparison
        What cannot be answered has the verdict ``refused`` and a reason; nothing is raised for
        it.

    Raises
    ------
    UsageError
        If an argument cannot be used.
    """
    return case(
        baseline, candidate, metric=metric, scope=scope, margin=margin, alpha=alpha,
        paired=paired, costs=costs, method=method, seed=seed,
    ).comparison()  # fmt: skip


def case(
    baseline: Runs,
    candidate: Runs,
    *,
    metric: str | None,
    scope: Scope | None,
    margin: float | None,
    alpha: float,
    paired: bool | None,
    costs: Costs | None,
    method: str | None,
    seed: int,
) -> Case:
    """Return the question, its arguments checked and the sweeps matched; as for `compare`."""
    if scope is not None and scope not in SCOPES:
        raise UsageError(f"unknown scope {scope!r}", nearest(scope, SCOPES))
    if not 0 < alpha < 0.5:
        raise UsageError(f"alpha must lie between 0 and 0.5; it is {alpha}")
    check_margin(margin)
    methods.check(method)
    matched = match(baseline, candidate, metric=metric, costs=costs, paired=paired)
    check_size(matched.baseline, margin, "margin")
    chosen: Scope = scope or ("new-data" if matched.redrawn else "test-set")
    if method:
        chosen = methods.scope_of(method, matched, scope)
    return Case(matched, chosen, margin, alpha, seed, method)
