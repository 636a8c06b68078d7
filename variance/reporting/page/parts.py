"""What a page is made of, besides the sentences and tables that text has too."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from variance.errors import Refusal
from variance.reporting.document import Block as Plain
from variance.reporting.document import Text
from variance.reporting.svg import svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCALE = 1.5
"""Pixels a point of a drawing."""
_BOX = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


@dataclass(frozen=True)
class Figure:
    """A drawing, and the same numbers for those who do not see it.

    Attributes
    ----------
    label : str
        What it is.
    svg : str
        Made by `variance.reporting.svg`; the one thing on a page that is not escaped.
    twin : tuple of Block
        Its numbers.
    shown : bool
        Whether the numbers are shown at once, or when asked for.
    """

    label: str
    svg: str
    twin: tuple[Block, ...]
    shown: bool = False


@dataclass(frozen=True)
class Beside:
    """Figures that stand side by side where there is room.

    Attributes
    ----------
    figures : tuple of Block
    wide : bool
        Whether they take more room than a line of text, where there is more.
    """

    figures: tuple[Block, ...]
    wide: bool = False


@dataclass(frozen=True)
class Code:
    """Lines to copy.

    Attributes
    ----------
    lines : tuple of str
    label : str
        What they are.
    """

    lines: tuple[str, ...]
    label: str


@dataclass(frozen=True)
class Aside:
    """What is there for those who ask for it.

    Attributes
    ----------
    summary : str
    blocks : tuple of Block
    printed : bool
        Whether paper shows it all the same.
    """

    summary: str
    blocks: tuple[Block, ...]
    printed: bool = True


@dataclass(frozen=True)
class Card:
    """One example as a picture.

    Attributes
    ----------
    source : str
        Address of the picture, which holds all of it.
    alt : str
        The picture in words.
    title, number : str
    lines : tuple of (str, str)
        Who says what of it.
    """

    source: str
    alt: str
    title: str
    number: str
    lines: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Cards:
    """Examples as pictures."""

    label: str
    cards: tuple[Card, ...]


@dataclass(frozen=True)
class Terms:
    """Words and what they mean."""

    rows: tuple[tuple[str, str], ...]


Block: TypeAlias = Plain | Figure | Beside | Code | Aside | Cards | Terms


@dataclass(frozen=True)
class Section:
    """A part of a page, under a heading.

    Attributes
    ----------
    key : str
        Its address within the page.
    title : str
    blocks : tuple of Block
    sections : tuple of Section
        Parts of it.
    """

    key: str
    title: str
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Page:
    """Everything that a page says.

    Attributes
    ----------
    title : str
    about : tuple of str
        What it speaks of, in a few words each.
    answers : tuple of Text
        The sentences that most readers come for.
    blocks : tuple of Block
        What belongs to them.
    sections : tuple of Section
    """

    title: str
    about: tuple[str, ...]
    answers: tuple[Text, ...]
    blocks: tuple[Block, ...]
    sections: tuple[Section, ...]


def figure(
    draw: Callable[[], Axes],
    key: str,
    title: str,
    description: str,
    twin: Sequence[Block],
    *,
    shown: bool = False,
) -> Block:
    """Return a figure, or why there is none.

    Parameters
    ----------
    draw : callable
        Draws it, or refuses.
    key : str
        Tells it apart from the other figures of the page.
    title, description : str
        What it is and what is to be seen, for those who do not see it.
    twin : sequence of Block
        The same numbers.
    shown : bool
        As in `Figure`.
    """
    try:
        drawn = draw()
    except Refusal as refusal:
        return Text(f"No figure: {refusal.message}.", "note")
    made = svg(drawn, title=title, description=description, key=f"figure-{key}")
    return Figure(title, _sized(made), tuple(twin), shown)


def _sized(drawing: str) -> str:
    """Return a drawing with the size at which its letters are as large as small print."""
    width, height = (SCALE * float(number) for number in _BOX.findall(drawing)[0])
    return drawing.replace("<svg ", f'<svg width="{width:.0f}" height="{height:.0f}" ', 1)
