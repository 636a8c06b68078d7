"""How results show themselves although the analysis knows nothing of text, tables and figures.

A result is asked to show itself by whoever holds it: a notebook calls `_repr_html_`, a person
calls ``.plot()``. Both need layers that lie above the analysis, so the dependency is turned
around: results ask a `Presenter`, and the layer that knows one hands it in (`present_with`, called
by `variance.api`). What is handed in is a function, so that neither matplotlib nor jinja2 is
imported before something is shown. It is the one thing in this package that is set from outside;
it changes how results look, never what they say. Without it results show their ``repr``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from variance.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class Presenter(Protocol):
    """What shows results of every kind."""

    def text(self, result: Presented) -> str:
        """Return the whole result as plain text."""
        ...

    def html(self, result: Presented) -> str:
        """Return the same as a piece of HTML."""
        ...

    def frame(self, result: Presented) -> pd.DataFrame:
        """Return its numbers as a table."""
        ...

    def plot(self, result: Presented, ax: Axes | None) -> Axes:
        """Draw it."""
        ...


_found: list[Callable[[], Presenter]] = []


def present_with(find: Callable[[], Presenter]) -> None:
    """Have results show themselves by what `find` returns when it is first needed."""
    _found[:] = [find]


class Presented:
    """A result that shows itself in a notebook, as a table and as a figure.

    ``repr`` stays one line; ``print`` shows everything, and so does a notebook.
    """

    __slots__ = ()

    def __str__(self) -> str:
        return _found[0]().text(self) if _found else repr(self)

    def _repr_html_(self) -> str | None:
        return _found[0]().html(self) if _found else None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows, and its twin in text; notebooks pick what they know."""
        del include, exclude
        html = self._repr_html_()
        return {"text/plain": str(self), **({} if html is None else {"text/html": html})}

    def to_frame(self) -> pd.DataFrame:
        """Return the numbers as a tidy table; `variance.reporting.frames` names its columns."""
        return _presenter().frame(self)

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw the result.

        Parameters
        ----------
        ax : Axes, optional
            Where to draw; a new figure by default, which a notebook shows.

        Returns
        -------
        Axes

        Raises
        ------
        Refusal
            If there is nothing to draw, with the reason.
        """
        return _presenter().plot(self, ax)


def _presenter() -> Presenter:
    if not _found:
        raise UsageError("nothing is loaded that draws or tabulates results", "import variance.api")
    return _found[0]()
