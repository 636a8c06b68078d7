"""Every run of some sweeps, and their means."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from variance.analysis.metrics import within_limits
from variance.analysis.plain import bounds
from variance.analysis.sample import mean_interval
from variance.errors import Refusal
from variance.plots import canvas
from variance.plots.marks import tell
from variance.plots.names import short, within
from variance.plots.shape import MANY, Floats, Integers, any_values, bars, edges, values_of
from variance.plots.theme import palette, series
from variance.records import Runs
from variance.wording.quantities import Unit, half_width, level_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

ALPHA = 0.05
_HALF = 0.14
"""Half the width over which the runs of a sweep stand."""


def plot_runs(
    *runs: Runs, metric: str | None = None, ax: Axes | None = None, alpha: float = ALPHA
) -> Axes:
    """Draw every run as a dot, runs with the same seed joined, and each mean with its interval.

    Sweeps of more than 150 runs are drawn in bins, none joined.

    Parameters
    ----------
    *runs : Runs
        One sweep or more, in the order to show.
    metric : str, optional
        What to show; the first sweep's own metric by default.
    ax : Axes, optional
        Where to draw; a new figure by default.
    alpha : float
        The intervals of the means are at level 1 - alpha.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If there is nothing to draw.
    """
    if not any(len(one) for one in runs):
        raise Refusal("there are no runs to draw")
    metric = metric or next(one.metric for one in runs if len(one))
    found = [values_of(one, metric) for one in runs]
    scores = [values for values, _ in found]
    any_values(scores, metric)
    ax = canvas.axes(ax, 2.6 + 1.5 * len(runs), 3.8)
    unit = Unit.of(metric, np.concatenate(scores).tolist())
    binned = any(len(values) > MANY for values in scores)
    joined = False if binned else _join(ax, runs, found, unit)
    for i, one in enumerate(runs):
        _draw(ax, i, one, found[i], unit, binned=binned)
        _mean(ax, i, one, scores[i], metric, unit, alpha)
    _dress(ax, runs, scores, metric, unit)
    what = "Every run a dot, runs with the same seed joined" if joined else "Every run a dot"
    _title(ax, "Runs in bins, the wider the more" if binned else what, runs, scores, alpha)
    return ax


def _draw(
    ax: Axes,
    i: int,
    runs: Runs,
    found: tuple[Floats, Integers],
    unit: Unit,
    *,
    binned: bool,
) -> None:
    values, seeds = found
    color, marker = series(i)
    if not len(values):
        return
    if binned:
        bars(
            ax, values, unit, color, within=edges(values), centre=i, half=2 * _HALF,
            name=within(runs.name),
        )  # fmt: skip
        return
    digits = _digits(values, unit)
    dots = ax.scatter(
        _places(i, len(values)), values, s=22, color=color, marker=marker, alpha=0.9,
        linewidths=0, zorder=2,
    )  # fmt: skip
    number = "seed" if runs.numbered else "run"
    tell(
        dots,
        [
            f"{within(runs.name)}, {number} {seed}: {unit.value(value, digits)}"
            for seed, value in zip(seeds.tolist(), values.tolist(), strict=True)
        ],
    )


def _digits(values: Floats, unit: Unit) -> int:
    return unit.digits(float(values.std(ddof=1)) if len(values) > 1 else None)


def _places(i: int, count: int) -> Floats:
    """Return where the runs of one sweep stand, side by side in the order of their seeds."""
    return np.asarray(i + (np.linspace(-_HALF, _HALF, count) if count > 1 else np.zeros(count)))


def _join(
    ax: Axes, runs: Sequence[Runs], found: Sequence[tuple[Floats, Integers]], unit: Unit
) -> bool:
    """Join the runs of neighbouring sweeps that share a seed, and tell whether any do."""
    from matplotlib.collections import LineCollection

    any_joined = False
    for i in range(len(runs) - 1):
        if not (runs[i].numbered and runs[i + 1].numbered):
            continue
        (left, mine), (right, theirs) = found[i], found[i + 1]
        seeds, a, b = np.intersect1d(mine, theirs, return_indices=True)
        if not len(seeds):
            continue
        x, y = _places(i, len(left))[a], _places(i + 1, len(right))[b]
        ends = np.stack([np.stack([x, left[a]], 1), np.stack([y, right[b]], 1)], 1)
        color = palette(ax).muted
        lines = LineCollection(list(ends), colors=[color], linewidths=0.6, alpha=0.5, zorder=1)
        ax.add_collection(lines)
        steps = (right[b] - left[a]).tolist()
        digits = _digits(np.asarray(steps), unit)
        tell(
            lines,
            [
                f"seed {seed}: {unit.difference(step, digits)}"
                for seed, step in zip(seeds.tolist(), steps, strict=True)
            ],
        )
        any_joined = True
    return any_joined


def _mean(
    ax: Axes, i: int, runs: Runs, values: Floats, metric: str, unit: Unit, alpha: float
) -> None:
    if len(values) < 2:
        return
    found = mean_interval(runs, values, 1 - alpha)
    ci = None if found.reason else bounds(found.low, found.high)
    ci = within_limits(ci, metric, values)
    colors = palette(ax)
    x = i + 2.6 * _HALF * (1 if i else -1)
    if ci:
        ax.errorbar(
            x, found.estimate, [[found.estimate - ci[0]], [ci[1] - found.estimate]],
            fmt="none", color=colors.ink, ecolor=colors.ink, elinewidth=1.2, capsize=4, zorder=3,
        )  # fmt: skip
    (diamond,) = ax.plot(
        x, found.estimate, "D", ms=6, color=series(i)[0], mec=colors.ink, mew=0.8, zorder=4,
        ls="none",
    )  # fmt: skip
    digits = unit.digits(half_width(ci))
    ends = f" {unit.values(ci, digits)}, {level_text(alpha)} interval" if ci else ""
    tell(
        diamond,
        [f"{within(runs.name)}, mean of {len(values)}: {unit.value(found.estimate, digits)}{ends}"],
    )


def _dress(
    ax: Axes, runs: Sequence[Runs], scores: Sequence[Floats], metric: str, unit: Unit
) -> None:
    canvas.name_ticks(ax.xaxis, range(len(runs)), [short(one.name) for one in runs])
    ax.set_xlim(-0.6, len(runs) - 0.4)
    ax.margins(y=0.12)
    for i, values in enumerate(scores):
        canvas.note(
            ax, i, 0, f"n = {len(values)}", (0, 4), xycoords=("data", "axes fraction"), ha="center"
        )
    canvas.label(ax, "y", canvas.words(metric))
    canvas.value_axis(ax.yaxis, unit)


def _title(
    ax: Axes, what: str, runs: Sequence[Runs], scores: Sequence[Floats], alpha: float
) -> None:
    details = []
    if any(len(values) > 1 for values in scores):
        redrawn = ", overlapping splits allowed for" if any(r.redrawn for r in runs) else ""
        details = [f"Diamond: mean with {level_text(alpha)} interval{redrawn}"]
    canvas.title(ax, what, *details)
