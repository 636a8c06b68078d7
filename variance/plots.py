"""Figures, each drawn by one function onto given Axes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from variance.analysis.metrics import per_run
from variance.errors import Refusal
from variance.records import SHARES, Runs
from variance.statistics.intervals import mean_interval

if TYPE_CHECKING:
    from matplotlib.axes import Axes

COLORS = ("#4477aa", "#ee7733", "#228833", "#aa3377", "#66ccee", "#bbbbbb")
"""Told apart by people who see colours differently; the places on the axis tell them apart too."""
_JITTER = 0.12


def plot_runs(*sweeps: Runs, metric: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw every run as a dot, runs with the same seed joined, and each mean with its interval.

    Parameters
    ----------
    *sweeps : Runs
        One or more, in the order to show.
    metric : str, optional
        What to show; the first sweep's own metric by default.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If there is nothing to draw.
    """
    if not any(len(runs) for runs in sweeps):
        raise Refusal("there are no runs to draw")
    from matplotlib.ticker import PercentFormatter

    metric = metric or sweeps[0].metric
    ax = ax or _new_axes(len(sweeps))
    scores = [per_run(runs, metric, None) for runs in sweeps]
    places = [i + _spread(len(values)) for i, values in enumerate(scores)]
    _join(ax, sweeps, places, scores)
    for i, (runs, values) in enumerate(zip(sweeps, scores, strict=True)):
        color = COLORS[i % len(COLORS)]
        ax.scatter(places[i], values, s=22, color=color, alpha=0.75, linewidths=0, zorder=2)
        _mean(ax, i, values, color)
        ax.annotate(
            f"n = {len(runs)}", (i, 0), (0, 4), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", fontsize=8, color="#555555",
        )  # fmt: skip
    ax.set_xticks(range(len(sweeps)), [runs.name for runs in sweeps])
    ax.set_xlim(-0.6, len(sweeps) - 0.4)
    ax.set_ylabel(metric.replace("_", " "))
    if metric in SHARES:
        ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.set_title("Every run, seeds joined; diamonds: mean with 95 % interval", fontsize=9)
    ax.spines[["top", "right"]].set_visible(False)
    ax.margins(y=0.12)
    return ax


def _new_axes(count: int) -> Axes:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2.2 + 1.5 * count, 3.8), layout="constrained")
    return figure.add_subplot()


def _spread(count: int) -> Any:
    """Return where the dots of one sweep stand, side by side in the order of their seeds."""
    return np.linspace(-_JITTER, _JITTER, count) if count > 1 else np.zeros(count)


def _join(ax: Axes, sweeps: tuple[Runs, ...], places: list[Any], scores: list[Any]) -> None:
    """Join the runs of neighbouring sweeps that share a seed."""
    for i in range(len(sweeps) - 1):
        _, mine, theirs = np.intersect1d(sweeps[i].seeds, sweeps[i + 1].seeds, return_indices=True)
        ends = zip(
            places[i][mine], places[i + 1][theirs], scores[i][mine], scores[i + 1][theirs],
            strict=True,
        )  # fmt: skip
        for left, right, low, high in ends:
            ax.plot([left, right], [low, high], color="#999999", lw=0.5, alpha=0.6, zorder=1)


def _mean(ax: Axes, place: int, values: Any, color: str) -> None:
    if len(values) < 2:
        return
    found = mean_interval(values)
    x = place + 2.4 * _JITTER * (1 if place else -1)
    ax.errorbar(
        x, found.estimate, [[found.estimate - found.low], [found.high - found.estimate]],
        fmt="D", ms=6, color=color, mec="black", mew=0.8, ecolor="black", capsize=4, zorder=3,
    )  # fmt: skip
