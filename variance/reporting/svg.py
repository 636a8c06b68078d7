"""Figures as inline SVG: text as text, colours by role, something to read at every mark."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias
from xml.etree import ElementTree as ET

from variance.plots.marks import every_glyph, told
from variance.plots.names import clean
from variance.plots.theme import DARK, LIGHT, roles

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    RcSettings: TypeAlias = dict[Any, Any]

_DRAWN = frozenset({"path", "use", "rect", "image", "text"})
_INHERITED = frozenset(
    {
        "fill", "fill-opacity", "stroke", "stroke-opacity", "stroke-width", "stroke-linejoin",
        "stroke-linecap", "font-size", "text-anchor",
    }
)  # fmt: skip
"""Attributes that a group hands down, so that its marks need not repeat them."""
_INITIAL = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
"""What matplotlib takes for granted; the root says it once."""
_PLAIN = {"#000000": "ink"}
"""Colours that matplotlib puts itself where no role was given."""
_COORDINATES = ("d", "x", "y", "x1", "x2", "y1", "y2", "points", "transform", "width", "height")
_NUMBER = re.compile(r"-?\d+\.\d+(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"(?:^|\s)(?P<size>[\d.]+)px\s")
_TIP = "tip-"


def svg(drawing: Figure | Axes, *, title: str, description: str, key: str | None = None) -> str:
    """Return a figure as one ``<svg>`` element to stand in an HTML page.

    It needs nothing from outside and no ``style`` attribute, so it may stand under the strictest
    content policy. Colours are the custom properties ``--v-ink``, ``--v-muted``, ``--v-grid``,
    ``--v-background`` and ``--v-series-1`` to ``--v-series-6``, with those of a light page where
    the page does not set them. Every mark that has something to say holds it as its ``<title>``.

    Parameters
    ----------
    drawing : Figure or Axes
        The whole figure is drawn.
    title, description : str
        What it is and what is to be seen, for those who do not see it.
    key : str, optional
        Begins every id; by default it follows from title, description and drawing, so that two
        figures on a page do not share one.

    Returns
    -------
    str
        The same for the same drawing.
    """
    figure = drawing.get_figure(root=True)
    if figure is None:
        raise ValueError("the Axes belong to no figure")
    title, description = clean(title), clean(description)
    root, tips, pictures = _drawn(figure)
    _bare(root)
    for element in root.iter():
        _attributes(element)
    _tips(root, tips, pictures)
    _lighten(root)
    _identify(root, "")
    body = ET.tostring(root, encoding="unicode")
    digest = hashlib.sha256(f"{title}\0{description}\0{body}".encode()).hexdigest()
    key = key or f"v{digest[:8]}"
    _identify(root, key)
    _entitle(root, key, title, description)
    return ET.tostring(root, encoding="unicode")


_Tips: TypeAlias = Mapping[str, tuple[str, ...]]


def _drawn(figure: Figure) -> tuple[ET.Element, _Tips, list[str]]:
    """Return matplotlib's drawing, what its marked groups say by their id, and its pictures."""
    from matplotlib import rc_context
    from matplotlib.image import AxesImage

    said = told(figure)
    names = {artist: f"{_TIP}{i}" for i, artist in enumerate(said)}
    before = {artist: artist.get_gid() for artist in said}
    grounds = [figure.patch, *(ax.patch for ax in figure.axes)]
    visible = [ground.get_visible() for ground in grounds]
    settings: RcSettings = {
        "svg.fonttype": "none", "svg.hashsalt": "variance", "svg.image_inline": True,
        "image.composite_image": False,
        "savefig.bbox": None, "savefig.facecolor": "auto", "savefig.transparent": False,
    }  # fmt: skip
    target = io.StringIO()
    try:
        _name(names)
        for ground in grounds:
            ground.set_visible(False)
        _start_afresh(figure)
        with rc_context(settings), every_glyph(figure), warnings.catch_warnings():
            # Only matplotlib's measure of the text suffers: the browser has the glyphs.
            warnings.filterwarnings("ignore", "Glyph .* missing", UserWarning)
            figure.savefig(target, format="svg", metadata={"Date": None, "Creator": None})
    finally:
        _name(before)
        for ground, was in zip(grounds, visible, strict=True):
            ground.set_visible(was)
    # What is parsed was written the line before, by matplotlib.
    root = ET.fromstring(target.getvalue())  # noqa: S314
    # Pictures are drawn without a group that could carry an id.
    pictures = ["".join(said.get(one, ())) for one in figure.findobj(AxesImage)]
    return root, {names[artist]: texts for artist, texts in said.items()}, pictures


def _start_afresh(figure: Figure) -> None:
    """Forget where an earlier drawing put the Axes: the layout goes on from there, a bit aside."""
    for ax in figure.axes:
        place = ax.get_subplotspec()
        if figure.get_layout_engine() is not None and place is not None and ax.get_in_layout():
            ax.set_position(place.get_position(figure))
            ax.set_in_layout(True)  # taken out by what stands above


def _name(ids: Mapping[Artist, str | None]) -> None:
    for artist, gid in ids.items():
        artist.set_gid(gid)


def _bare(root: ET.Element) -> None:
    """Drop name spaces, metadata, matplotlib's style sheet and sizes in points."""
    for parent in root.iter():
        parent.tag = parent.tag.rpartition("}")[2]
        parent.attrib = {k.rpartition("}")[2]: v for k, v in parent.attrib.items()}
        for child in list(parent):
            name = child.tag.rpartition("}")[2]
            if name == "metadata" or (name == "defs" and _only_style(child)):
                parent.remove(child)
    box = root.attrib["viewBox"]
    root.attrib = {"xmlns": "http://www.w3.org/2000/svg", "viewBox": box, **_INITIAL}


def _only_style(defs: ET.Element) -> bool:
    return all(child.tag.endswith("}style") for child in defs)


def _attributes(element: ET.Element) -> None:
    """Turn a style into attributes, colours into roles, and round numbers."""
    style = element.attrib.pop("style", "")
    for part in filter(None, (p.strip() for p in style.split(";"))):
        name, _, value = (text.strip() for text in part.partition(":"))
        if name == "font":
            element.attrib["font-size"] = _size(value)
        elif name not in ("font-family", "font-stretch") and _INITIAL.get(name) != value:
            element.attrib[name] = value
    for name in ("fill", "stroke"):
        value = element.attrib.get(name, "")
        if value.startswith("#"):
            element.attrib[name] = _role(value)
    if element.tag == "text":
        element.attrib.setdefault("fill", _role(LIGHT.ink))
    for name in _COORDINATES:
        if name in element.attrib:
            element.attrib[name] = _NUMBER.sub(_short, element.attrib[name])
    if element.attrib.get("transform", "").startswith("rotate(-0 "):
        del element.attrib["transform"]
    for name in ("d", "transform"):
        if name in element.attrib:
            element.attrib[name] = " ".join(element.attrib[name].split())


def _size(font: str) -> str:
    found = _FONT.search(f" {font} ")
    return found["size"] if found else "10"


_ROLES = {color: role for shades in (DARK, LIGHT) for role, color in roles(shades).items()}
_DEFAULTS = roles()


def _role(color: str) -> str:
    role = _ROLES.get(color.lower()) or _PLAIN.get(color.lower())
    return f"var(--v-{role}, {_DEFAULTS[role]})" if role else color


def _short(number: re.Match[str]) -> str:
    text = f"{float(number[0]):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _tips(root: ET.Element, tips: _Tips, pictures: Sequence[str]) -> None:
    """Give each mark of a marked group its title, and each picture."""
    for image, text in zip(root.iter("image"), pictures, strict=True):
        _title(image, text)
    for group in root.iter("g"):
        texts = tips.get(group.attrib.get("id", ""))
        if texts is None:
            continue
        marks = list(_marks(group))
        if len(texts) == 1:
            marks = [group]
        for mark, text in zip(marks, texts, strict=True):
            _title(mark, text)


def _title(mark: ET.Element, text: str) -> None:
    if text:
        child = ET.Element("title")
        child.text = text
        mark.insert(0, child)


def _marks(group: ET.Element) -> Iterator[ET.Element]:
    for child in group:
        if child.tag in _DRAWN:
            yield child
        elif child.tag != "defs":
            # Marks lie within their Axes: what would cut them off is left out.
            child.attrib.pop("clip-path", None)
            yield from _marks(child)


def _lighten(root: ET.Element) -> None:
    """Drop groups that hold nothing together, and hand shared attributes up to their group."""
    used = set(_references(root))
    for element in root.iter():
        if element.attrib.get("id") not in used:
            element.attrib.pop("id", None)
    _unwrap(root)
    root.text = None
    for group in root.iter("g"):
        _hoist(group)


def _references(root: ET.Element) -> Iterator[str]:
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "href" and value.startswith("#"):
                yield value[1:]
            yield from _REFERENCE.findall(value)


def _unwrap(parent: ET.Element) -> None:
    for child in list(parent):
        _unwrap(child)
        if child.tag in ("g", "defs") and not len(child):
            parent.remove(child)
        elif child.tag == "g" and not child.attrib and not any(c.tag == "title" for c in child):
            at = list(parent).index(child)
            parent.remove(child)
            for i, grandchild in enumerate(child):
                parent.insert(at + i, grandchild)
    for element in parent:
        element.tail = None
        if element.tag not in ("text", "tspan", "title"):
            element.text = None


def _hoist(group: ET.Element) -> None:
    drawn = [child for child in group if child.tag in _DRAWN]
    if len(drawn) < 2 or len(drawn) != sum(c.tag not in ("defs", "title") for c in group):
        return
    for name in sorted(_INHERITED & drawn[0].attrib.keys()):
        values = {child.attrib.get(name) for child in drawn}
        if len(values) == 1:
            group.attrib.setdefault(name, drawn[0].attrib[name])
            for child in drawn:
                del child.attrib[name]


def _identify(root: ET.Element, key: str) -> None:
    """Give every id that is used its figure's key and a short number."""
    new: dict[str, str] = {}
    for element in root.iter():
        if "id" in element.attrib:
            new[element.attrib["id"]] = element.attrib["id"] = f"{key}-{len(new)}"
    for element in root.iter():
        for name, value in element.attrib.items():
            if name == "href" and value.startswith("#"):
                element.attrib[name] = f"#{new[value[1:]]}"
            elif "url(#" in value:
                element.attrib[name] = _REFERENCE.sub(lambda m: f"url(#{new[m[1]]})", value)


def _entitle(root: ET.Element, key: str, title: str, description: str) -> None:
    for i, (name, text) in enumerate((("title", title), ("desc", description))):
        child = ET.Element(name, {"id": f"{key}-{name}"})
        child.text = text
        root.insert(i, child)
    root.attrib |= {"role": "img", "aria-labelledby": f"{key}-title {key}-desc"}
