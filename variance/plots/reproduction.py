"""Seeds trained again, beside the runs that were stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.analysis.reproduction_results import Reproduction, Rerun
from variance.errors import Refusal
from variance.plots import canvas
from variance.plots.marks import tell
from variance.plots.names import short
from variance.plots.theme import SERIES, palette
from variance.wording.quantities import Unit, level_text, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_STORED, _AGAIN = ("o", "none"), ("D", SERIES[1])


def plot_reproduction(result: Reproduction, ax: Axes | None = None) -> Axes:
    """Draw each seed's score as stored and as trained again, and where other seeds land.

    Parameters
    ----------
    result : Reproduction
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If no run has a score.
    """
    r = result
    values = [v for one in r.reruns for v in (one.stored, one.again) if v is not None]
    if not values:
        raise Refusal("there is no score to draw: every run failed")
    ax = canvas.axes(ax, 6.4, 1.5 + 0.3 * len(r.reruns))
    unit = Unit.of(r.metric, values)
    digits = max(unit.digits(r.sd), 2)
    if r.prediction is not None:
        band = ax.axvspan(*r.prediction, color=SERIES[0], alpha=0.14, lw=0, zorder=0)
        tell(band, [f"other seeds land within {unit.values(r.prediction, digits)}"])
    for i, one in enumerate(r.reruns):
        _seed(ax, -i, one, unit, digits)
    canvas.name_ticks(
        ax.yaxis, [-i for i in range(len(r.reruns))], [f"seed {one.seed}" for one in r.reruns]
    )
    ax.set_ylim(-len(r.reruns) + 0.4, 0.6)
    ax.margins(x=0.08)
    canvas.label(ax, "x", canvas.words(r.metric))
    canvas.value_axis(ax.xaxis, unit)
    canvas.title(ax, *_title(r))
    return ax


def _seed(ax: Axes, y: float, one: Rerun, unit: Unit, digits: int) -> None:
    colors = palette(ax)
    if one.stored is not None and one.again is not None:
        ax.plot([one.stored, one.again], [y, y], color=colors.muted, lw=1.0, zorder=1)
    marks = (("stored", one.stored, *_STORED, 9.0), ("again", one.again, *_AGAIN, 5.0))
    for name, value, marker, fill, size in marks:
        if value is None:
            continue
        (mark,) = ax.plot(
            [value], [y], marker, ms=size, mfc=fill, mec=colors.ink, mew=1.0, ls="none", zorder=3
        )
        tell(mark, [f"seed {one.seed}, {name}: {unit.value(value, digits)}"])


def _title(r: Reproduction) -> Iterator[str]:
    yield f"{plural(len(r.reruns), 'seed')} of {short(r.name)}, trained again"
    band = "" if r.prediction is None else (
        f"; band: where new seeds land, all at once, {level_text(r.alpha)}"
    )  # fmt: skip
    yield f"Circle: stored; diamond: trained again{band}"
