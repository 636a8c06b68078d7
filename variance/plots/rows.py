"""Estimates with their intervals, one a row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from variance.plots import canvas
from variance.plots.marks import tell
from variance.plots.theme import palette

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Row:
    """One estimate.

    Attributes
    ----------
    name : str
        At the left.
    value : float or None
        As drawn; None where there is only something to say.
    ci : tuple of float or None
    color, marker : str
    says : str
        When pointed at.
    beside : str
        At the right.
    muted : bool
        Whether it establishes nothing.
    """

    name: str
    value: float | None
    ci: tuple[float, float] | None
    color: str
    marker: str
    says: str
    beside: str = ""
    muted: bool = False


def draw(ax: Axes, rows: Sequence[Row]) -> None:
    """Draw rows from top to bottom, each with its name at the left and a word at the right."""
    colors = palette(ax)
    for i, row in enumerate(rows):
        y = len(rows) - 1 - i
        if row.value is not None:
            _mark(ax, y, row, row.value)
        if row.beside:
            tone = colors.muted if row.muted else colors.ink
            canvas.write(
                ax, 1.015, y, row.beside, color=tone, va="center",
                transform=ax.get_yaxis_transform(),
            )  # fmt: skip
    places = [len(rows) - 1 - i for i in range(len(rows))]
    canvas.name_ticks(ax.yaxis, places, [row.name for row in rows])
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(-0.6, len(rows) - 0.4)


def _mark(ax: Axes, y: float, row: Row, value: float) -> None:
    if row.ci is not None:
        (bar,) = ax.plot(
            row.ci, [y, y], color=row.color, lw=1.4 if row.muted else 2.2, solid_capstyle="butt",
            zorder=2,
        )  # fmt: skip
        tell(bar, [row.says])
    hollow = palette(ax).background if row.muted else row.color
    (dot,) = ax.plot(
        [value], [y], row.marker, ms=6, color=row.color, mfc=hollow, mew=1.2, ls="none", zorder=3
    )
    tell(dot, [row.says])


def zero(ax: Axes) -> None:
    """Draw the line of no difference."""
    ax.axvline(0, color=palette(ax).ink, lw=0.8, zorder=1)
