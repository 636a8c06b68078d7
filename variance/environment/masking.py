"""Keeps secrets out of what is recorded: better one harmless word hidden than one key shown."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

HIDDEN = "HIDDEN"

_WORDS = r"token|key|secret|passw|passphrase|pwd|credential|auth|bearer|cookie|signature"
_NAME = re.compile(_WORDS, re.IGNORECASE)
# Text comes in runs of characters, of which names are made. To look at a run from its first
# character only, and never to give back what was read, keeps the time linear in the text's length.
_ASSIGNED = re.compile(
    rf"""((?<![\w.-])(?=[\w.-]*?(?:{_WORDS}))[\w.-]++=["']?"""
    rf"""|"(?=[\w.-]*?(?:{_WORDS}))[\w.-]*+"\s*+:\s*+"?)[^\s"',;&]++""",
    re.IGNORECASE,
)
"""``name=value``, as in options and the queries of addresses, and ``"name": value``, as in JSON."""
_IN_ADDRESS = re.compile(r"((?<![\w+.-])(?=[+.-]*+\w)[\w+.-]++://)[^/\s@]++@")
_IN_HEADER = re.compile(r"\b(bearer|basic)\s++[\w.~+/=-]++", re.IGNORECASE)
_KNOWN = re.compile(
    r"\b(?:sk|hf|gh[pousr]|github_pat|glpat|xox[abprs])[-_][\w-]{16,}|\bAKIA\w{16}\b"
)
"""What some services begin their keys with."""


def is_secret(name: str) -> bool:
    """Tell whether a variable or option by this name may hold a secret."""
    return bool(_NAME.search(name))


def masked(text: str) -> str:
    """Return a text with what looks like a secret in it hidden.

    >>> masked("--api-key=abc lr=0.1 https://me:pw@host/x")
    '--api-key=HIDDEN lr=0.1 https://HIDDEN@host/x'
    """
    text = _ASSIGNED.sub(rf"\1{HIDDEN}", text)
    text = _IN_ADDRESS.sub(rf"\1{HIDDEN}@", text)
    text = _IN_HEADER.sub(rf"\1 {HIDDEN}", text)
    return _KNOWN.sub(HIDDEN, text)


def masked_command(words: Sequence[str]) -> str:
    """Return a command line as it could be typed, its secrets hidden.

    The word after an option that is called like a secret is hidden too: ``--api-key abc``.
    """
    shown, hide = [], False
    for word in words:
        follows = hide and not word.startswith("-")
        shown.append(HIDDEN if follows else masked(word))
        hide = word.startswith("-") and "=" not in word and is_secret(word) and " " not in word
    return shlex.join(shown)
