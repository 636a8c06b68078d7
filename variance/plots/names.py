"""Names that people chose, made fit to be drawn: never parsed, shortened, with glyphs there are."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from variance.wording.quantities import LONGEST_NAME

_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_ISOLATE, _END = "\u2068", "\u2069"


def clean(text: str) -> str:
    """Return the text on one line, without what is no character or turns its surroundings."""
    spaced = " ".join(text.split())
    return "".join(c for c in spaced if unicodedata.category(c) not in {"Cc", "Cs", "Cf", "Cn"})


def short(name: str, most: int = LONGEST_NAME) -> str:
    """Return a name fit for a label, with an ellipsis where something is left out."""
    tidy = clean(name) or "(no name)"
    return tidy if len(tidy) <= most else f"{tidy[: most - 1]}…"


def within(name: str, most: int = 60) -> str:
    """Return a name for the middle of a sentence; right-to-left names keep to themselves there."""
    shown = short(name, most)
    turned = any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in shown)
    return f"{_ISOLATE}{shown}{_END}" if turned else shown


def drawable(text: str) -> str:
    """Return the text with a box for each character that the fonts in use do not have."""
    from matplotlib import rcParams

    meant = (rcParams["font.sans-serif"], rcParams["font.serif"], rcParams["font.monospace"])
    known = _glyphs(tuple(rcParams["font.family"]), tuple(map(tuple, meant)))
    box = "\u25a1" if ord("\u25a1") in known else "?"
    visible = (c for c in text if c not in (_ISOLATE, _END))
    return "".join(c if ord(c) in known or c == "\n" else box for c in visible)


@lru_cache(maxsize=8)
def _glyphs(families: tuple[str, ...], meant: tuple[tuple[str, ...], ...]) -> frozenset[int]:
    """Return the characters that fonts have; `meant`, by "serif" and so on, tells calls apart."""
    del meant
    from matplotlib.font_manager import FontProperties, findfont, get_font

    found = {findfont(FontProperties(family=[family])) for family in families}
    return frozenset(code for path in found for code in get_font(path).get_charmap())
