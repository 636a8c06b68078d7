"""The few colours that figures are drawn in, each with a role that a page may fill anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Palette:
    """The colours that depend on the background.

    Attributes
    ----------
    ink : str
        Text and what decides.
    muted : str
        What is there but establishes nothing, and notes.
    grid : str
        Lines to read values by, bands.
    background : str
    """

    ink: str
    muted: str
    grid: str
    background: str


LIGHT = Palette("#222222", "#6b6b6b", "#dcdcdc", "#ffffff")
DARK = Palette("#e8e8e8", "#a3a3a3", "#3c3c3c", "#1b1b1b")

SERIES = ("#3f7fbf", "#d1661a", "#2e8b40", "#b8508f", "#1f8fa3", "#858585")
"""At least 3:1 against both backgrounds; never alone in telling things apart."""
MARKERS = ("o", "s", "^", "v", "P", "X")

VERDICT_COLORS: Mapping[str, str | None] = {
    "improved": SERIES[0], "regressed": SERIES[1], "equivalent": SERIES[2],
    "inconclusive": None, "refused": None,
}  # fmt: skip
"""None: muted."""
VERDICT_MARKERS: Mapping[str, str] = {
    "improved": "^", "regressed": "v", "equivalent": "s", "inconclusive": "o", "refused": "o",
}  # fmt: skip


def roles(palette: Palette = LIGHT) -> dict[str, str]:
    """Return the colour of each role on a background, such as ``ink`` or ``series-1``."""
    named = {name: getattr(palette, name) for name in ("ink", "muted", "grid", "background")}
    return named | {f"series-{i + 1}": color for i, color in enumerate(SERIES)}


def palette(ax: Axes) -> Palette:
    """Return the colours that can be read on these Axes: a dark style of matplotlib's has its own.

    A background that lets through what is behind it counts as light, as paper is.
    """
    from matplotlib.colors import to_rgba

    red, green, blue, opaque = to_rgba(ax.get_facecolor())
    dark = 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.4
    return DARK if dark and opaque > 0.5 else LIGHT


def series(i: int) -> tuple[str, str]:
    """Return colour and marker of the i-th sweep."""
    return SERIES[i % len(SERIES)], MARKERS[i % len(MARKERS)]


def verdict_style(verdict: str, colors: Palette) -> tuple[str, str]:
    """Return colour and marker of a verdict."""
    return VERDICT_COLORS[verdict] or colors.muted, VERDICT_MARKERS[verdict]
