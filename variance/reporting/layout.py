"""Plain text: wrapped sentences, aligned columns, colours that are safe for the colour-blind."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

GAP = "   "
_GLUE = "\u00a0"

_CODES = {"improved": "38;5;33", "regressed": "38;5;208", "bold": "1", "dim": "2"}


def paint(text: str, style: str, *, color: bool) -> str:
    """Return the text in a style: blue is better, orange worse; others are left plain."""
    code = _CODES.get(style)
    return f"\x1b[{code}m{text}\x1b[0m" if color and code and text else text


def wrapped(text: str, width: int, indent: str = "") -> str:
    """Return a paragraph no wider than `width`; a number stays with its unit, p with its value."""
    joined = re.sub(r"(?<=\d) (?=%|pp\b)|(?<=\bp) (?=[=<] )|(?<=\bp [=<]) ", _GLUE, text)
    return textwrap.fill(
        joined,
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
    sides = right.ljust(len(rows[0]), "<")
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = (
        GAP.join(f"{c:{side}{w}}" for c, w, side in zip(row, widths, sides, strict=True))
        for row in rows
    )
    return [f"{indent}{line}".rstrip() for line in lines]
