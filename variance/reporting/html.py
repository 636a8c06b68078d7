"""The report as one HTML text, laid out from its page."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from variance._version import __version__
from variance.characters import visible
from variance.plots.names import clean
from variance.reporting.document import Table
from variance.reporting.page.parts import Page
from variance.reporting.templating import environment

if TYPE_CHECKING:
    from jinja2 import Environment

MARK = b'<meta name="generator" content="variance '
"""What tells our pages from other files; it stands near their beginning."""
_FEW = 2
"""Rows that need no sorting."""


def render(page: Page) -> str:
    """Return a page as HTML that needs nothing else and may do nothing else.

    Parameters
    ----------
    page : Page
    """
    style, script = _asset("page.css"), _asset("page.js")
    text = (
        _environment()
        .get_template("page.html")
        .render(
            page=page,
            style=style,
            script=script,
            policy=_policy(style, script),
            version=__version__,
        )
    )
    # What cannot be written as text, such as half a character in a command line, becomes "?".
    return text.encode("utf-8", "replace").decode("utf-8")


@cache
def _environment() -> Environment:
    made = environment().overlay()
    made.filters.update(form=_form, sortable=_sortable, tidy=clean, visible=visible)
    return made


def _form(block: object) -> str:
    """Return which macro shows a block."""
    return type(block).__name__.lower()


def _sortable(table: Table) -> bool:
    """Tell whether rows may change places: each is named, and there is something to sort."""
    named = all(row.cells[0] for row in table.rows) and bool(table.heads and table.heads[0])
    return named and len(table.rows) > _FEW


@cache
def _asset(name: str) -> str:
    return (files("variance.reporting") / "templates" / name).read_text(encoding="utf-8")


def _policy(style: str, script: str) -> str:
    """Return the content policy: this very style and script, pictures in the page, else nothing."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
