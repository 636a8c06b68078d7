"""Plain text: wrapped sentences, aligned columns, colours that are safe for the colour-blind."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from variance.characters import visible
from variance.reporting.document import Document, Row, Table, Text
from variance.wording.quantities import SYMBOLS

GAP = "   "
_GLUE = "\u00a0"

_INDENT = "  "
_BEFORE = {"lead": "", "line": "", "note": _INDENT, "alert": _INDENT, "legend": _INDENT}
_CODES = {"improved": "38;5;33", "regressed": "38;5;208", "bold": "1", "dim": "2"}


def render(document: Document, *, color: bool = False, width: int = 100) -> str:
    """Return a document as plain text.

    Parameters
    ----------
    document : Document
    color : bool
        Whether to add ANSI colours; a symbol or word stands beside each.
    width : int
        Columns that sentences are wrapped to; tables keep their own width.
    """
    sections = (
        "\n".join(line for block in section for line in _lines(block, color=color, width=width))
        for section in document.sections
    )
    return "\n\n".join(sections)


def _lines(block: Text | Table, *, color: bool, width: int) -> Iterator[str]:
    if isinstance(block, Text):
        mark = "! " if block.kind == "alert" else ""
        text = wrapped(f"{mark}{block.text}", width, _BEFORE[block.kind])
        yield paint(text, block.style, color=color)
        return
    if block.titled:
        yield wrapped(f"{block.caption}:", width, _INDENT)
    heads = [Row(block.heads)] if block.heads else []
    shown = [*heads, *block.rows]
    indent = _INDENT * (2 if block.titled else 1)
    lines = columns([_marked(row, block.marks) for row in shown], indent=indent)
    for line, row in zip(lines, shown, strict=True):
        yield paint(line, row.verdict, color=color)


def _marked(row: Row, column: int | None) -> tuple[str, ...]:
    """Return the cells, with the verdict's symbol where it belongs."""
    if column is None:
        return row.cells
    return (*row.cells[:column], SYMBOLS.get(row.verdict, ""), *row.cells[column:])


def paint(text: str, style: str, *, color: bool) -> str:
    """Return the text in a style: blue is better, orange worse; others are left plain."""
    code = _CODES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if color and code and text else text


def glued(text: str) -> str:
    """Return the text with a number held to its unit, and p and r to their values."""
    return re.sub(r"(?<=\d) (?=%|pp\b)|(?<=\b[pr]) (?=[=<] )|(?<=\b[pr] [=<]) ", _GLUE, text)


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Return a paragraph no wider than `width`; a number stays with its unit, p with its value."""
    return textwrap.fill(
        glued(visible(" ".join(text.splitlines()))),
        max(width, 40),
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(_GLUE, " ")


def columns(rows: Sequence[Sequence[str]], *, indent: str = "  ", right: str = "") -> list[str]:
    """Return rows of texts as aligned lines.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first may hold headings.
    indent : str
    right : str
        ``>`` for each column that is aligned at its right end, else ``<``.
    """
    rows = [tuple(map(visible, row)) for row in rows]
    sides = right.ljust(len(rows[0]), "<")
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = (
        GAP.join(f"{c:{side}{w}}" for c, w, side in zip(row, widths, sides, strict=True))
        for row in rows
    )
    return [f"{indent}{line}".rstrip() for line in lines]
