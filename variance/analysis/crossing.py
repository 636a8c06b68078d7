"""What two crossed sources give by themselves, and what only both together give."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from variance.analysis import metrics
from variance.analysis.metrics import Floats
from variance.analysis.plain import bounds, known
from variance.analysis.results import Interval
from variance.analysis.source_results import CrossedResult, Effect
from variance.errors import Refusal, UsageError
from variance.records import Runs
from variance.statistics.factorial import FEWEST, Component, factorial

__all__ = ["CrossedResult", "crossing"]


def crossing(
    rows: Mapping[int, Runs],
    *,
    experiment: str,
    first: str,
    second: str,
    held: Sequence[str] = (),
    repeats: bool | None = None,
    metric: str | None = None,
    alpha: float = 0.05,
    seed: int = 0,
) -> CrossedResult:
    """Return the variance components of two crossed sources.

    Parameters
    ----------
    rows : mapping of int to Runs
        Seed at which the first source was held, and the runs that varied the second one.
    experiment : str
        Its name.
    first, second : str
        The sources.
    held : sequence of str
        The others.
    repeats : bool, optional
        Whether repeated runs are the same.
    metric : str, optional
        The experiment's own by default.
    alpha : float
        Intervals are at level 1 - alpha.
    seed : int
        Of the draws behind the intervals.

    Returns
    -------
    CrossedResult
        Of the rows and columns that are complete: those with most failed cells are left out first.

    Raises
    ------
    UsageError
        If the metric or alpha cannot be used.
    Refusal
        If fewer than 3 complete rows or columns remain.
    """
    if not 0 < alpha < 1:
        raise UsageError(f"alpha must lie between 0 and 1; it is {alpha}")
    there = [runs for runs in rows.values() if len(runs)]
    if not there:
        raise Refusal(f"no run of {experiment} has finished in the crossed design")
    name = metric or there[0].metric
    table, levels, others = _table(rows, name)
    failed = int(np.isnan(table).sum())
    keep_rows, keep_columns = _complete(np.isnan(table))
    if min(len(keep_rows), len(keep_columns)) < FEWEST:
        raise Refusal(
            f"{failed} of {table.size} runs of the crossed design failed: "
            f"{len(keep_rows)} x {len(keep_columns)} complete levels are left, "
            f"at least {FEWEST} of each source are needed",
            "Cross more levels (--levels).",
        )
    cells = table[np.ix_(keep_rows, keep_columns)]
    found = factorial(cells, level=1 - alpha, rng=np.random.default_rng(seed))
    return CrossedResult(
        experiment=experiment,
        metric=name,
        alpha=alpha,
        first=first,
        second=second,
        first_levels=tuple(levels[i] for i in keep_rows),
        second_levels=tuple(others[i] for i in keep_columns),
        scores=tuple(tuple(row) for row in cells.tolist()),
        mean=float(cells.mean()),
        main_first=_effect(found.first),
        main_second=_effect(found.second),
        interaction=_effect(found.interaction),
        sd=math.sqrt(found.total),
        sd_ci=_roots(found.total_low, found.total_high),
        held=tuple(held),
        repeats=repeats,
        failed=failed,
        redrawn=any(runs.redrawn for runs in there) or "split" in (first, second),
        reason=found.reason,
    )


def _table(rows: Mapping[int, Runs], metric: str) -> tuple[Floats, list[int], list[int]]:
    """Return the scores with NaN where a run failed, and the seeds of rows and columns."""
    seeds = {f.seed for runs in rows.values() for f in runs.failures}
    seeds |= {int(s) for runs in rows.values() for s in runs.seeds}
    columns = sorted(seeds)
    table = np.full((len(rows), len(columns)), math.nan)
    for row, runs in zip(table, rows.values(), strict=True):
        if len(runs):
            scores = metrics.per_run(runs, metric, None)
            row[np.searchsorted(columns, runs.seeds)] = np.where(
                np.isfinite(scores), scores, math.nan
            )
    return table, list(rows), columns


def _complete(
    missing: NDArray[np.bool_],
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return rows and columns without missing cells, leaving out the emptiest one at a time."""
    rows, columns = (np.arange(n) for n in missing.shape)
    while (left := missing[np.ix_(rows, columns)]).any():
        shares = left.mean(axis=1), left.mean(axis=0)
        if shares[0].max() >= shares[1].max():
            rows = np.delete(rows, int(shares[0].argmax()))
        else:
            columns = np.delete(columns, int(shares[1].argmax()))
    return rows, columns


def _effect(part: Component) -> Effect:
    return Effect(
        sd=part.sd,
        ci=_roots(part.low, part.high),
        share=known(part.share),
        share_ci=bounds(part.share_low, part.share_high),
        p_value=known(part.p_value),
    )


def _roots(low: float, high: float) -> Interval:
    return bounds(math.sqrt(max(low, 0.0)), math.sqrt(high)) if high >= 0 else None
