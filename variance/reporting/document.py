"""What is shown of a result, as data: the same sentences and tables for a terminal and a page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["lead", "line", "note", "alert", "legend"]


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes
    ----------
    text : str
    kind : {"lead", "line", "note", "alert", "legend"}
        The answer; what it speaks of; a remark; a warning; how to read the table above.
    style : str
        A verdict, or ``bold``.
    """

    text: str
    kind: Kind = "line"
    style: str = ""


@dataclass(frozen=True)
class Row:
    """One line of a table; cells that are empty at its beginning repeat those above.

    Attributes
    ----------
    cells : tuple of str
        A cell that begins with two spaces is a part of the one above.
    verdict : str
        Empty where the line judges nothing.
    """

    cells: tuple[str, ...]
    verdict: str = ""


@dataclass(frozen=True)
class Table:
    """Texts in rows and columns.

    Attributes
    ----------
    caption : str
        What the table holds, for those who do not see it beside its sentence.
    rows : tuple of Row
    heads : tuple of str
        Empty where the first column says everything.
    titled : bool
        Whether the caption is shown to everybody.
    marks : int or None
        The column in which plain text has the verdict's symbol; None where it has none.
    """

    caption: str
    rows: tuple[Row, ...]
    heads: tuple[str, ...] = ()
    titled: bool = False
    marks: int | None = None


Block: TypeAlias = Text | Table
Section: TypeAlias = tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """What is shown of a result.

    Attributes
    ----------
    sections : tuple of tuple of (Text or Table)
        Set apart from each other; none is empty.
    """

    sections: tuple[Section, ...]

    @classmethod
    def of(cls, *sections: Iterable[Block]) -> Document:
        """Return a document of those sections that hold something."""
        made = (tuple(section) for section in sections)
        return cls(tuple(section for section in made if section))


def rows(cells: Iterable[tuple[str, ...]]) -> tuple[Row, ...]:
    """Return rows that judge nothing."""
    return tuple(Row(one) for one in cells)
