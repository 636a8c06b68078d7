"""What a mark says when it is pointed at, kept beside the artist that draws it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from matplotlib.text import Text

    AnyArtist = TypeVar("AnyArtist", bound=Artist)

_TIPS: WeakKeyDictionary[Artist, tuple[str, ...]] = WeakKeyDictionary()
_WHOLE: WeakKeyDictionary[Text, str] = WeakKeyDictionary()
EVERY_GLYPH: ContextVar[bool] = ContextVar("EVERY_GLYPH", default=False)
"""Whether the text is drawn by a browser, which has glyphs for everything."""


def tell(artist: AnyArtist, texts: Iterable[str]) -> AnyArtist:
    """Have the marks of an artist say something each, in the order in which they are drawn.

    Parameters
    ----------
    artist : Artist
        A collection of marks, or one mark.
    texts : iterable of str
        One a mark, or a single one for all of them together.
    """
    _TIPS[artist] = tuple(texts)
    return artist


def told(figure: Figure) -> dict[Artist, tuple[str, ...]]:
    """Return what the marks of a figure say, in the order in which they are drawn."""
    return {a: _TIPS[a] for a in figure.findobj() if a in _TIPS and a.get_visible()}


def spell(text: Text, whole: str) -> Text:
    """Remember the text as it is where the font that draws it lacks some glyphs."""
    if text.get_text() != whole:
        _WHOLE[text] = whole
    return text


def _is_cut(artist: Artist) -> bool:
    return artist in _WHOLE


@contextmanager
def every_glyph(figure: Figure) -> Iterator[None]:
    """Show texts as they are, for a drawing whose reader has every glyph."""
    from matplotlib.text import Text

    cut = {t: t.get_text() for t in figure.findobj(_is_cut) if isinstance(t, Text)}
    token = EVERY_GLYPH.set(True)
    try:
        for text in cut:
            text.set_text(_WHOLE[text])
        yield
    finally:
        EVERY_GLYPH.reset(token)
        for text, shown in cut.items():
            text.set_text(shown)
