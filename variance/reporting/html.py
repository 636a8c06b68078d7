"""The report as one HTML file: laid out from its page, written whole or not at all."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
import shutil
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from variance._version import __version__
from variance.errors import UsageError
from variance.plots.names import clean
from variance.reporting.document import Table
from variance.reporting.page.parts import Page
from variance.reporting.templating import environment

if TYPE_CHECKING:
    from jinja2 import Environment

MARK = b'<meta name="generator" content="variance '
"""What tells our files from others'; it stands near their beginning."""
_HEAD = 4096
_FEW = 2
"""Rows that need no sorting."""
_AGAIN = "Name another file with -o."


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
    made.filters.update(form=_form, sortable=_sortable, tidy=clean)
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


def check_target(path: Path, *, force: bool = False) -> None:
    """Refuse a target that a page must not be written to, before anything is computed.

    Parameters
    ----------
    path : Path
    force : bool
        Whether a file that is not ours may be replaced.

    Raises
    ------
    UsageError
        If it is a folder, or somebody else's file.
    """
    if path.is_dir():
        raise UsageError(f"{path} is a folder, not a file", _AGAIN)
    if not path.exists():
        return
    if not path.is_file():
        raise UsageError(f"{path} is not a file that can be replaced", _AGAIN)
    if not force and not _is_ours(path):
        raise UsageError(
            f"{path} is there already, and variance did not write it",
            f"{_AGAIN[:-1]}, or replace it: --force",
        )


def _is_ours(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return MARK in file.read(_HEAD)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", _AGAIN) from error


def write(text: str, path: Path, *, force: bool = False) -> None:
    """Write a page: beside its place first, then into it at once.

    Parameters
    ----------
    text : str
    path : Path
        Its folder is made where it is not there.
    force : bool
        As in `check_target`.

    Raises
    ------
    UsageError
        If it cannot be written; what was there is as before then.
    """
    check_target(path, force=force)
    target = path.resolve()  # a link stays a link
    beside = target.with_name(f".variance-{secrets.token_hex(6)}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
        if target.exists():
            shutil.copymode(target, beside)
        beside.replace(target)
    except OSError as error:
        reason = error.strerror or error
        raise UsageError(f"cannot write {path}: {reason}", _AGAIN) from error
    finally:  # where all went well it is not there any more
        with contextlib.suppress(OSError):
            beside.unlink()
