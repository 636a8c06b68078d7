"""What every template has: escaping, texts that names cannot turn around, tables laid out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from variance.plots.names import clean
from variance.reporting.document import Row, Table
from variance.reporting.layout import glued
from variance.wording.quantities import SYMBOLS

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

_VALUE = 44
"""A cell of so many letters is a number with its interval, which is not broken into lines."""
_LETTERS = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]+"
_TURNED = re.compile(f"({_LETTERS}(?:[ 0-9.,:_-]+{_LETTERS})*)")
"""Right-to-left writing."""


@dataclass(frozen=True)
class Cell:
    """One cell of a table as HTML has it.

    Attributes
    ----------
    text : str
    head : bool
        Whether it names its row.
    span : int
        Rows it stands for.
    verdict : str
        Shown instead of the text, if there is one.
    classes : str
        For the style sheet.
    """

    text: str
    head: bool = False
    span: int = 1
    verdict: str = ""
    classes: str = ""


@dataclass(frozen=True)
class Grid:
    """A table as HTML has it: a column for the verdict, and cells that stand for several rows."""

    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@cache
def environment() -> Environment:
    """Return the templates of the package, with what they use: `prose`, `cell` and `grid`."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("variance.reporting", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(prose=prose, cell=cell, cell_classes=cell_classes, grid=grid)
    made.globals["symbols"] = SYMBOLS
    return made


def prose(text: str) -> Markup:
    """Return a sentence: escaped, numbers kept with their unit, foreign writing to itself."""
    from markupsafe import Markup, escape

    parts = _TURNED.split(glued(clean(text)))
    return Markup().join(
        Markup("<bdi>{}</bdi>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(parts)
    )


def cell(text: str) -> Markup:
    """Return what stands in a cell: escaped, to itself."""
    from markupsafe import Markup, escape

    turned = _TURNED.search(text) is not None
    shown = glued(clean(text))
    return Markup("<bdi>{}</bdi>").format(shown) if turned else escape(shown)


def grid(table: Table) -> Grid:
    """Lay a table out."""
    judged = any(row.verdict for row in table.rows)
    column = table.marks if table.marks is not None else len(table.rows[0].cells)
    heads = table.heads
    if judged and heads:
        heads = (*heads[:column], "verdict", *heads[column:])
    laid = []
    for i, row in enumerate(table.rows):
        cells = list(_cells(table.rows, i))
        if judged:
            after = column - (len(row.cells) - len(cells))
            cells.insert(after, Cell("", verdict=row.verdict, classes="v-value"))
        laid.append(tuple(cells))
    return Grid(heads, tuple(laid))


def _cells(rows: tuple[Row, ...], i: int) -> list[Cell]:
    """Return the cells of a row, without those that the rows above stand for."""
    cells = rows[i].cells
    covered = _repeated(rows, i)
    return [
        Cell(text, head=j == 0, span=_span(rows, i, j), classes=cell_classes(text, head=j == 0))
        for j, text in enumerate(cells)
        if j >= covered
    ]


def _repeated(rows: tuple[Row, ...], i: int) -> int:
    """Return how many cells at the beginning of a row repeat those above."""
    if i == 0:
        return 0
    return next((j for j, text in enumerate(rows[i].cells) if text), 0)


def _span(rows: tuple[Row, ...], i: int, j: int) -> int:
    below = 1
    while i + below < len(rows) and j < _repeated(rows, i + below):
        below += 1
    return below


def cell_classes(text: str, *, head: bool = False) -> str:
    """Return what the style sheet needs to know of a cell."""
    part = "v-part " if head and text.startswith("  ") else ""
    return f"{part}{'v-value' if len(text) <= _VALUE else ''}".strip()
