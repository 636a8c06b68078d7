"""Texts of any origin made inert: shown by a terminal, taken up by a table, by JSON.

A name, a class or the message of an exception may hold characters that a terminal obeys instead of
showing them: escape sequences, backspaces, orders to write from right to left. And a spreadsheet
takes a cell that begins with ``=`` for a formula.
"""

from __future__ import annotations

import json
import re
from typing import Any

_ACTING = "\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""Control characters, ends of lines and paragraphs, bidirectional orders, halves of characters."""
_ACTS = re.compile(f"[{_ACTING}]")
_ACTS_IN_LINES = re.compile(f"(?!\n)[{_ACTING}]")
_SPELLED = r"x(?:[01][0-9a-f]|[7-9][0-9a-f])|u(?:202[89a-e]|206[6-9]|d[89a-f][0-9a-f]{2})"
_TO_SPELL = re.compile(rf"(\\*)([{_ACTING}])|(\\+)(?={_SPELLED})")
_TO_READ = re.compile(rf"(\\+)({_SPELLED})")

_FORMULA = re.compile(r"[=+\-@\uff1d\uff0b\uff0d\uff20]")
_WHOLE = re.compile(r"0|-?[1-9][0-9]{0,17}")
_MISSING = frozenset(
    {
        "", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN",
        "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null", "true", "false",
    }
)  # fmt: skip
"""What readers of tables take for a gap, or for a truth value."""


def visible(text: str) -> str:
    r"""Return a text on one line in which nothing acts: ``\x1b`` stands for an escape character."""
    return _ACTS.sub(_spelled, text)


def lines(text: str) -> str:
    r"""Return a text of several lines in which nothing else acts; see `visible`."""
    return _ACTS_IN_LINES.sub(_spelled, text)


def spelled(text: str) -> str:
    """Return a text of which everything is seen, for a person who is to judge it.

    Besides what acts, characters that show nothing are spelled as escapes: a zero-width space could
    make one path look like another.
    """
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def to_json(data: Any, **options: Any) -> str:
    r"""Return data as JSON in which nothing acts: what would is written ``\u009b``.

    Raises
    ------
    ValueError
        If a number is not finite.
    """
    text = json.dumps(data, allow_nan=False, ensure_ascii=False, **options)
    return _ACTS_IN_LINES.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def to_cell(text: str) -> str:
    r"""Return a text as a cell of a CSV file that no program acts on; `from_cell` is the inverse.

    An apostrophe stands before what a spreadsheet would compute (``=1+1``), and before a text that
    readers would take for something else: ``1.0``, ``01``, ``NA``. Whole numbers stay as they are.
    Characters that act are spelled: ``\x1b``. Backslashes before one are doubled, and before what
    only looks like one.
    """
    escaped = _TO_SPELL.sub(_escaped, text)
    return f"'{escaped}" if _misread(escaped.lstrip("'")) else escaped


def from_cell(cell: str) -> str:
    """Return the text of a cell that `to_cell` wrote; others nearly always stay as they are."""
    guarded = cell.startswith("'") and _misread(cell.lstrip("'"))
    return _TO_READ.sub(_unspelled, cell[1:] if guarded else cell)


def _misread(text: str) -> bool:
    """Tell whether a program may take a text in a table for something else."""
    if _WHOLE.fullmatch(text):
        return False
    if text in _MISSING or text.lower() in _MISSING or _FORMULA.match(text):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def _escaped(found: re.Match[str]) -> str:
    before, acting, alike = found.groups()
    return 2 * alike if alike else 2 * before + visible(acting)


def _unspelled(found: re.Match[str]) -> str:
    slashes, code = found.groups()
    acts = len(slashes) % 2
    return slashes[: len(slashes) // 2] + (chr(int(code[1:], 16)) if acts else code)
