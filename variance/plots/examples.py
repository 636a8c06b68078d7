"""Examples on which the runs disagree, as pictures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from variance.errors import Refusal
from variance.plots import canvas
from variance.plots.marks import tell
from variance.plots.names import short, within
from variance.plots.theme import SERIES
from variance.wording.quantities import share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_VOTES = 3


@dataclass(frozen=True, eq=False)
class Picture:
    """An example and how the runs voted on it.

    Attributes
    ----------
    example : int
        Its id, or its position where there are no ids.
    label : str
        Its true class.
    pixels : ndarray, shape (h, w) or (h, w, 3)
        Grey or colours; bytes, or numbers from 0 to 1.
    votes : mapping of str to float
        Class to the share of runs that predict it.
    right : float
        Share of the runs that are right.
    """

    example: int
    label: str
    pixels: NDArray[Any]
    votes: Mapping[str, float]
    right: float


def plot_example(picture: Picture, ax: Axes | None = None) -> Axes:
    """Draw one example, its true class above and what the runs say below.

    Parameters
    ----------
    picture : Picture
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If the pixels are no picture.
    """
    shape = picture.pixels.shape
    if not (len(shape) == 2 or (len(shape) == 3 and shape[2] == 3)) or 0 in shape:
        raise Refusal(f"example {picture.example} is no picture: its pixels have the shape {shape}")
    ax = canvas.axes(ax, 1.6, 2.2)
    top = 255 if picture.pixels.dtype.kind in "ui" else 1
    # Without interpolation a page keeps the very pixels.
    image = ax.imshow(picture.pixels, cmap="gray", vmin=0, vmax=top, interpolation="none")
    tell(image, [_says(picture)])
    ax.set_axis_off()
    canvas.title(ax, f"true: {short(picture.label, 14)}")
    _votes(ax, picture)
    return ax


def _sorted(picture: Picture) -> list[tuple[str, float]]:
    return sorted(picture.votes.items(), key=lambda vote: -vote[1])


def _says(picture: Picture) -> str:
    votes = ", ".join(f"{within(c)} {share_text(s)}" for c, s in _sorted(picture))
    return (
        f"example {picture.example}, true class {within(picture.label)}: right in "
        f"{share_text(picture.right)} of the runs; they say {votes}"
    )


def _votes(ax: Axes, picture: Picture) -> None:
    """Draw the commonest answers as bars below the picture, in its own coordinates."""
    from matplotlib.patches import Rectangle

    height, width = picture.pixels.shape[:2]
    line = 0.19 * width
    for i, (name, share) in enumerate(_sorted(picture)[:MOST_VOTES]):
        y = height - 0.5 + line * (i + 1)
        color = SERIES[0] if name == picture.label else SERIES[1]
        size = max(share, 0.005) * width, 0.28 * line
        bar = Rectangle((-0.5, y - size[1]), *size, color=color, lw=0)
        ax.add_patch(bar)
        tell(bar, [f"{share_text(share)} of the runs say {within(name)}"])
        right = " ✓" if name == picture.label else ""
        words = f"{short(name, 12)}: {share_text(share)}{right}"
        canvas.write(ax, -0.5, y - 1.15 * size[1], words, fontsize=7, va="bottom")
    ax.set_xlim(-0.5, width - 0.5)
    ax.set_ylim(height - 0.5 + line * (MOST_VOTES + 0.2), -0.5)


def plot_examples(
    pictures: Sequence[Picture], figure: Figure | None = None, *, columns: int = 5
) -> Figure:
    """Draw several examples beside each other.

    Parameters
    ----------
    pictures : sequence of Picture
    figure : Figure, optional
        Where to draw; a new one by default.
    columns : int
        Pictures a line.

    Returns
    -------
    Figure

    Raises
    ------
    Refusal
        If there are none.
    """
    if not pictures:
        raise Refusal("there are no pictures to draw")
    from variance.plots.shown import ShownFigure

    lines = math.ceil(len(pictures) / columns)
    wide = min(columns, len(pictures))
    if figure is None:
        figure = ShownFigure(figsize=(1.5 * wide, 2.2 * lines), layout="constrained")
    # All places first: where a title begins depends on whether its Axes are alone.
    places = [figure.add_subplot(lines, wide, i + 1) for i in range(len(pictures))]
    for picture, ax in zip(pictures, places, strict=True):
        plot_example(picture, ax)
    return figure
