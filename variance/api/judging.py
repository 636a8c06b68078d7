"""What the runs of one sweep tell, and what one sweep tells against another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

from variance.api.keeping import AnySweep, runs_of
from variance.errors import UsageError

if TYPE_CHECKING:
    from variance.analysis.comparison import Comparison
    from variance.analysis.luck import LuckResult
    from variance.analysis.many import Comparisons
    from variance.analysis.planning import Plan
    from variance.analysis.summary import Summary


def summarize(sweep: AnySweep, **options: Any) -> Summary:
    """Return what the runs of one sweep tell; see `variance.analysis.summary.summarize`."""
    from variance.analysis import summary

    return summary.summarize(runs_of(sweep), **options)


@overload
def compare(baseline: AnySweep, candidate: AnySweep, /, **options: Any) -> Comparison: ...


@overload
def compare(
    baseline: AnySweep, candidate: AnySweep, /, *others: AnySweep, **options: Any
) -> Comparison | Comparisons: ...


def compare(
    baseline: AnySweep, candidate: AnySweep, /, *others: AnySweep, **options: Any
) -> Comparison | Comparisons:
    """Say whether a candidate is better than the baseline, or lucky.

    Parameters
    ----------
    baseline, candidate, *others : Sweep, Runs, str or Path
        Sweeps, their runs, names or files. Several candidates are each judged against the
        baseline, with Holm's correction.
    **options
        ``metric``, ``scope``, ``margin``, ``alpha``, ``paired``, ``costs``, ``method``; see
        `variance.analysis.comparison.compare`.

    Returns
    -------
    Comparison or Comparisons
        Its attributes are the keys of ``variance compare --format json``.

    Raises
    ------
    UsageError
        If an argument cannot be used. What the data cannot answer is not raised: its verdict is
        ``refused``, with the reason.
    """
    from variance.analysis import comparison, many

    if not others:
        return comparison.compare(runs_of(baseline), runs_of(candidate), **options)
    if options.pop("method", None) is not None:
        raise UsageError("another method decides between two sweeps only, not among several")
    return many.compare_many(
        runs_of(baseline), [runs_of(one) for one in (candidate, *others)], **options
    )


def luck(sweep: AnySweep, score: float, **options: Any) -> LuckResult:
    """Say how lucky a single score is; see `variance.analysis.luck.luck`."""
    from variance.analysis import luck as analysis

    return analysis.luck(runs_of(sweep), score, **options)


def plan(baseline: AnySweep, candidate: AnySweep | None = None, **options: Any) -> Plan:
    """Say how many runs establish an effect; see `variance.analysis.planning.plan`."""
    from variance.analysis import planning

    pilot = None if candidate is None else runs_of(candidate)
    return planning.plan(runs_of(baseline), pilot, **options)
