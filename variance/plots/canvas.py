"""What every figure has: Axes of its own where none are given, a title, axes in words."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from variance.plots.marks import EVERY_GLYPH, spell
from variance.plots.names import clean, drawable
from variance.plots.theme import palette

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    from variance.wording.quantities import Unit

TITLE_SIZE = 9.0
SMALL = 8.0
_EM = 0.56
"""Width of an average letter of matplotlib's font, in its size."""


def axes(ax: Axes | None, width: float, height: float) -> Axes:
    """Return the given Axes, or those of a new figure of so many inches, plainly dressed.

    The figure is made without pyplot, so that nothing keeps it alive and no window opens.
    """
    if ax is None:
        from variance.plots.shown import ShownAxes, ShownFigure

        figure = ShownFigure(figsize=(width, height), layout="constrained")
        ax = figure.add_subplot(axes_class=ShownAxes)
    colors = palette(ax)
    ax.spines[["top", "right"]].set_visible(False)
    for spine in ax.spines.values():
        spine.set_color(colors.muted)
        spine.set_linewidth(0.6)
    ax.tick_params(colors=colors.ink, labelsize=SMALL, width=0.6, color=colors.muted)
    return ax


def title(ax: Axes, text: str, *details: str) -> None:
    """Write what is to be seen, and below it how to read it."""
    figure = ax.get_figure(root=True)
    width = 6.0 if figure is None else float(figure.get_size_inches()[0])
    alone = figure is not None and len(figure.axes) == 1
    room = width * (0.97 if alone else ax.get_position().width)
    letters = max(int(room * 72 / (TITLE_SIZE * _EM)), 20)
    lines = [line for part in (text, *details) for line in _lines(part, letters)]
    whole = "\n".join(lines)
    drawn = ax.set_title(
        drawable(whole), loc="left", fontsize=TITLE_SIZE, color=palette(ax).ink, parse_math=False
    )
    spell(drawn, whole)
    if figure is not None and alone:
        _from_the_edge(drawn, figure)


def _lines(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False)


def _from_the_edge(drawn: Text, figure: Figure) -> None:
    """Begin a title where the figure does: beside long names the Axes begin far to the right."""
    from matplotlib.transforms import blended_transform_factory

    drawn.set_x(0.012)
    drawn.set_transform(blended_transform_factory(figure.transFigure, drawn.get_transform()))


def write(ax: Axes, x: float, y: float, text: str, **options: Any) -> Text:
    """Write a text as it is, without mathematics in it."""
    options = {"fontsize": SMALL, "color": palette(ax).ink, **options}
    return spell(ax.text(x, y, drawable(text), parse_math=False, **options), text)


def note(
    ax: Axes, x: float, y: float, text: str, shift: tuple[float, float], **options: Any
) -> Text:
    """Write a text beside a point, some typographic points away; `x` and `y` as in `annotate`."""
    options = {"fontsize": SMALL, "color": palette(ax).muted, **options}
    drawn = ax.annotate(
        drawable(text), (x, y), shift, textcoords="offset points", parse_math=False, **options
    )
    return spell(drawn, text)


def label(ax: Axes, which: Literal["x", "y"], text: str) -> None:
    """Name an axis, with its unit."""
    put = ax.set_xlabel if which == "x" else ax.set_ylabel
    drawn = put(drawable(text), fontsize=TITLE_SIZE, color=palette(ax).ink, parse_math=False)
    axis = ax.xaxis if which == "x" else ax.yaxis
    spell(drawn or axis.label, text)


def name_ticks(axis: Axis, places: Sequence[float], names: Sequence[str], **options: Any) -> None:
    """Write names at places along an axis, as they are."""
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    shown = [drawable(name) for name in names]

    def text(_: float, position: int | None) -> str:
        at = position or 0
        known = names if EVERY_GLYPH.get() else shown
        return known[at] if at < len(known) else ""

    axis.set_major_locator(FixedLocator(list(places)))
    axis.set_major_formatter(FuncFormatter(text))
    axis.set_minor_locator(NullLocator())
    for tick in axis.get_major_ticks(len(places)):
        tick.label1.set(parse_math=False, **options)


def value_axis(axis: Axis, unit: Unit) -> None:
    """Show values of a metric along an axis, shares in percent."""
    from variance.plots.ticks import Even

    axis.set_major_formatter(Even(unit.factor, " %") if unit.points else Even())


def words(metric: str) -> str:
    """Return a metric's name as people say it."""
    return "R²" if metric == "r2" else clean(metric.replace("_", " "))


def scale(unit: Unit) -> float:
    """Return what a difference is multiplied with to be drawn."""
    return float(unit.factor)


def in_unit(text: str, unit: Unit) -> str:
    """Return the name of an axis of differences or SDs."""
    return f"{text} (pp)" if unit.points else text


def say(text: Text, words: str) -> None:
    """Give a text that is there already something to say, as it is."""
    text.set_parse_math(False)
    text.set_text(drawable(words))
    spell(text, words)


def legend(ax: Axes) -> None:
    """Say beside the Axes' marks what they are, names as they are."""
    # A label that begins with "_" is hidden by matplotlib, so all are set afterwards.
    found = [(h, str(h.get_label())) for h in (*ax.collections, *ax.lines) if _named(h)]
    if not found:
        return
    box = ax.legend([h for h, _ in found], ["." for _ in found], frameon=False, fontsize=SMALL)
    for text, (_, name) in zip(box.get_texts(), found, strict=True):
        say(text, name)
        text.set_color(palette(ax).ink)


def _named(handle: Artist) -> bool:
    label = str(handle.get_label())
    return bool(label) and not label.startswith(("_child", "_nolegend_"))
