"""The section of examples on which runs disagree, as pictures where there are any."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.analysis.disputed import Disputed, Opinion
from variance.errors import Refusal
from variance.plots.names import short
from variance.reporting.document import Table, Text, rows
from variance.reporting.page.material import Gallery, Material
from variance.reporting.page.parts import Aside, Block, Card, Cards
from variance.wording.quantities import NOTHING, share_text

MOST_VOTES = 3
"""Mistaken answers that are named."""


def examples(m: Material) -> Iterator[Block]:
    """Yield the examples that are not decided."""
    if all(runs.kind == "regression" for runs in m.runs):
        return  # predicted against true shows every example
    if m.no_galleries:
        raise Refusal(m.no_galleries)
    there = [gallery for gallery in m.galleries if gallery.examples]
    if not there:
        yield Text("All runs agree on every example.")
        return
    for reason in dict.fromkeys(g.no_pixels for g in there if g.no_pixels):
        yield Text(f"Without pictures: {reason}.", "note")
    for gallery in there:
        if gallery.pixels:
            yield Text(f"{gallery.title}.")
            yield Cards(gallery.title, tuple(_card(gallery, one) for one in gallery.examples))
            yield Aside("The same as a table", (_table(gallery),), printed=False)
        else:
            yield _table(gallery)


def _card(gallery: Gallery, one: Disputed) -> Card:
    return Card(
        data_address(gallery.pixels[one.example]),
        f"Example {one.example}, true class {short(one.label)}",
        f"true: {short(one.label)}",
        f"example {one.example}",
        tuple(
            (name, f"{share_text(opinion.right)} right{_mistaken(opinion, one.label)}")
            for name, opinion in zip(gallery.names, one.opinions, strict=True)
        ),
    )


def _mistaken(opinion: Opinion, label: str) -> str:
    """Return what the other runs say, such as ``, 33 % say 2``."""
    wrong = [(name, share) for name, share in opinion.votes.items() if name != label]
    shown = [f"{share_text(share)} say {short(name, 12)}" for name, share in wrong[:MOST_VOTES]]
    return "".join(f", {text}" for text in (*shown, *(["…"] if len(wrong) > MOST_VOTES else [])))


def _table(gallery: Gallery) -> Table:
    heads = [head for name in gallery.names for head in (f"{name}: right", "mistaken")]
    return Table(
        gallery.title,
        rows((str(one.example), one.label, *_said(one)) for one in gallery.examples),
        ("example", "true class", *heads),
        titled=True,
    )


def _said(one: Disputed) -> Iterator[str]:
    for opinion in one.opinions:
        yield share_text(opinion.right)
        yield _mistaken(opinion, one.label).removeprefix(", ") or NOTHING


def data_address(pixels: NDArray[Any]) -> str:
    """Return a picture as an address that holds it, as PNG.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (h, w) or (h, w, 3)
    """
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
