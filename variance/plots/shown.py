"""Figures that a notebook shows by themselves, although pyplot does not know them.

A figure made without pyplot is kept alive by nobody but its holder, but a notebook prints it, or
its Axes, as a line of text. These two say what to show instead: the picture.
"""

from __future__ import annotations

import base64
import io
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

DPI = 160
"""Twice what is shown: sharp on fine screens."""

Bundle = tuple[dict[str, str], dict[str, dict[str, Any]]]


def bundle(figure: Figure, words: str) -> Bundle:
    """Return a figure as notebooks take it: a PNG, its size in pixels, and words in its place."""
    png = base64.b64encode(_png(figure)).decode()
    width, height = (round(inches * DPI / 2) for inches in figure.get_size_inches())
    about = {"width": width, "height": height, "alt": words}
    return {"image/png": png, "text/plain": words}, {"image/png": about}


def _png(figure: Figure) -> bytes:
    """Return the picture in 256 colours, a third of the bytes: notebooks keep what they show."""
    from PIL import Image

    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, metadata={"Software": None})
    picture = Image.open(drawn)
    if picture.convert("RGBA").getchannel("A").getextrema() != (255, 255):
        return drawn.getvalue()
    picture.convert("RGB").quantize(256).save(packed, format="png", optimize=True)
    return packed.getvalue()


class ShownFigure(Figure):
    """A figure that a notebook shows."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Bundle:
        del include, exclude
        titles = [ax.get_title(loc="left") for ax in self.axes]
        return bundle(self, _one_line(" | ".join(filter(None, titles)) or "a figure"))


class ShownAxes(Axes):
    """Axes whose figure a notebook shows."""

    def _repr_mimebundle_(
        self, include: Any = None, exclude: Any = None
    ) -> Bundle | dict[str, str]:
        del include, exclude
        figure = self.get_figure(root=True)
        if figure is None:
            return {}
        return bundle(figure, _one_line(self.get_title(loc="left") or "a figure"))


def _one_line(title: str) -> str:
    return " ".join(title.split())
