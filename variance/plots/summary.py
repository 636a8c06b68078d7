"""The runs of one sweep, and what they tell of the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from variance.analysis.summary_results import Summary
from variance.plots import canvas
from variance.plots.luck import dots
from variance.plots.marks import tell
from variance.plots.names import short, within
from variance.plots.shape import MANY, any_values, bars, edges
from variance.plots.theme import SERIES, palette
from variance.wording.quantities import Unit, half_width, level_text, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_summary(summary: Summary, ax: Axes | None = None) -> Axes:
    """Draw the runs of a sweep, their mean with its interval, and where a new run lands.

    Parameters
    ----------
    summary : Summary
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If there are no runs.
    """
    s, values = summary, np.asarray(summary.scores, dtype=np.float64)
    any_values([values], s.metric)
    ax = canvas.axes(ax, 6.4, 2.8)
    unit = Unit.of(s.metric, s.range or (s.mean,))
    _bands(ax, s, unit)
    if len(values) > MANY:
        bars(ax, values, unit, SERIES[0], within=edges(values), name=within(s.name))
        canvas.label(ax, "y", "runs")
    else:
        dots(ax, values, s.seeds, unit, unit.digits(s.sd), within(s.name))
    _mean(ax, s, unit)
    ax.margins(x=0.06)
    canvas.label(ax, "x", canvas.words(s.metric))
    canvas.value_axis(ax.xaxis, unit)
    canvas.title(ax, *_title(s, binned=len(values) > MANY))
    return ax


def _bands(ax: Axes, s: Summary, unit: Unit) -> None:
    if s.prediction is None:
        return
    band = ax.axvspan(*s.prediction, color=SERIES[0], alpha=0.14, lw=0, zorder=0)
    ends = unit.values(s.prediction, max(unit.digits(s.sd), 2))
    tell(band, [f"{level_text(s.alpha)} of single trainings score within {ends}"])


def _mean(ax: Axes, s: Summary, unit: Unit) -> None:
    """Draw the mean above the runs, with its interval."""
    if s.mean is None:
        return
    colors, top = palette(ax), ax.get_ylim()[1]
    y = top * 1.08
    ax.set_ylim(0, top * 1.2)
    digits = unit.digits(half_width(s.ci))
    says = f"mean {unit.value(s.mean, digits)}"
    if s.ci is not None:
        says += f" {unit.values(s.ci, digits)}, {level_text(s.alpha)} interval"
        (bar,) = ax.plot(s.ci, [y, y], color=colors.ink, lw=1.4, zorder=3)
        tell(bar, [says])
    (diamond,) = ax.plot(
        s.mean, y, "D", ms=6, color=SERIES[0], mec=colors.ink, mew=0.8, zorder=4, ls="none"
    )
    tell(diamond, [says])


def _title(s: Summary, *, binned: bool) -> Iterator[str]:
    yield f"{canvas.words(s.metric).capitalize()} of {plural(s.runs, 'run')} of {short(s.name)}"
    shape = "Bars: numbers of runs" if binned else "Each dot a run"
    mean = "" if s.ci is None else f"; diamond: mean with {level_text(s.alpha)} interval"
    band = "" if s.prediction is None else (
        f"; band: where {level_text(s.alpha)} of single trainings land, if normal"
    )  # fmt: skip
    yield f"{shape}{mean}{band}"
