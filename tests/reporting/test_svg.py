import base64
import re
import subprocess
import sys
from functools import cache
from xml.etree import ElementTree as ET

import matplotlib
import numpy as np
import pytest

from tests.analysis.factory import classified, fitted, normal
from variance import plots
from variance.analysis.comparison import compare
from variance.analysis.luck import luck
from variance.analysis.summary import summarize
from variance.plots.marks import told
from variance.reporting.svg import svg

HOSTILE = {
    "markup": '<script>alert(1)</script>&"quoted"',
    "mathtext": "$\\frac$",
    "right to left": "מודל בסיס",
    "long": "x" * 200,
    "emoji": "👩‍🔬🦄",
    "control": "a\x00b\u202ec\nd",
    "underscore": "_hidden",
}
DRAWN = ("path", "use", "rect", "image", "text")


@cache
def pair(names, classes):
    labels = np.arange(300) % 3
    rng = np.random.default_rng(0)
    return tuple(
        classified(
            labels,
            np.where(rng.random((12, 300)) < share, (labels + 1) % 3, labels),
            name=name,
            classes=classes,
        )
        for name, share in zip(names, (0.05, 0.15), strict=True)
    )


@cache
def judged(names, classes):
    one, other = pair(names, classes)
    return compare(one, other, margin=0.01), summarize(one), summarize(other)


def figures(names=("baseline", "candidate"), classes=("a", "b", "c")):
    """Every figure of two sweeps of classes, by name; and those of a regression and a picture."""
    one, other = pair(names, classes)
    found, first, second = judged(names, classes)
    label = one.classes[0]
    picture = plots.Picture(3, label, np.eye(4), {label: 0.5, one.classes[1]: 0.5}, 0.5)
    return {
        "runs": lambda: plots.plot_runs(one, other),
        "difference": lambda: plots.plot_difference(found),
        "parts": lambda: plots.plot_parts(found),
        "confusion": lambda: plots.plot_confusion(first),
        "confusion difference": lambda: plots.plot_confusion_difference(found, first, second),
        "spread": lambda: plots.plot_spread(first, second),
        "needed": lambda: plots.plot_needed(found),
        "best of": lambda: plots.plot_best_of(first, second),
        "luck": lambda: plots.plot_luck(luck(one, 0.99), one),
        "distribution": lambda: plots.plot_distribution(one, other),
        "example": lambda: plots.plot_example(picture),
        "predictions": lambda: plots.plot_predictions(fitted(5, examples=50)),
    }


NAMES = sorted(figures())


@cache
def once(name):
    """One of the figures and its text: most tests look at the same."""
    ax = figures()[name]()
    return ax, shown(ax)


@pytest.fixture(params=NAMES)
def drawing(request):
    return once(request.param)[0]


@pytest.fixture
def text(drawing, request):
    return once(request.node.callspec.params["drawing"])[1]


def shown(drawing, **how):
    return svg(drawing, title="A figure", description="What it shows", **how)


def parsed(text):
    return ET.fromstring(text)  # noqa: S314 - written by the code under test


def tag(element):
    return element.tag.rpartition("}")[2]


def test_it_is_one_element_that_says_what_it_is(text):
    root = parsed(text)
    ids = {e.attrib["id"]: e.text for e in root.iter() if "id" in e.attrib}

    assert tag(root) == "svg"
    assert root.attrib["role"] == "img"
    assert [ids[i] for i in root.attrib["aria-labelledby"].split()] == ["A figure", "What it shows"]


def test_it_scales(text):
    root = parsed(text)

    assert {"width", "height"} & root.attrib.keys() == set()
    assert len(root.attrib["viewBox"].split()) == 4


def test_it_stands_under_a_strict_policy(text):
    root = parsed(text)
    attributes = [(name, value) for e in root.iter() for name, value in e.attrib.items()]

    assert {tag(e) for e in root.iter()} <= {
        "svg", "title", "desc", "g", "defs", "clipPath", *DRAWN,
    }  # fmt: skip
    assert all(name != "style" and not name.startswith("on") for name, _ in attributes)
    assert all(
        value.startswith(("#", "data:image/png;base64,"))
        for name, value in attributes
        if name.endswith("href")
    )
    assert all("://" not in value for name, value in attributes)


def test_every_reference_leads_somewhere(text):
    root = parsed(text)
    ids = [e.attrib["id"] for e in root.iter() if "id" in e.attrib]
    named = re.findall(r'(?:href="#|url\(#)([^")]+)', text)

    assert set(named) <= set(ids)
    assert len(ids) == len(set(ids))


def test_every_colour_has_a_role(text):
    root = parsed(text)
    colours = {
        value for e in root.iter() for name, value in e.attrib.items() if name in ("fill", "stroke")
    }

    assert all(re.fullmatch(r"none|var\(--v-[a-z0-9-]+, #[0-9a-f]{6}\)", c) for c in colours)


def test_every_mark_says_something(drawing, text):
    expected = sorted(t for texts in told(drawing.figure).values() for t in texts)
    root = parsed(text)
    titles = [
        child.text for e in root.iter() for child in e if tag(child) == "title" and e is not root
    ]

    assert sorted(titles) == expected
    assert len(titles) > 2


def test_text_is_text(drawing, text):
    root = parsed(text)
    found = {e.text for e in root.iter() if tag(e) == "text"}

    assert set(drawing.get_title(loc="left").split("\n")) <= found


def test_it_is_the_same_again(drawing, text):
    assert shown(drawing) == text


@pytest.mark.parametrize("name", ["runs", "confusion", "needed", "example"])
def test_it_is_the_same_for_the_same_figure(name):
    assert shown(figures()[name]()) == once(name)[1]


def test_drawing_leaves_the_figure_as_it_was(drawing):
    figure = drawing.figure
    before = [a.get_gid() for a in figure.findobj()]
    shown(drawing)

    assert [a.get_gid() for a in figure.findobj()] == before
    assert figure.patch.get_visible()
    assert drawing.patch.get_visible() or not drawing.axison


def test_it_is_the_same_in_another_process():
    script = "from tests.reporting.test_svg import *; print(shown(figures()['runs']()), end='')"
    told_by = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )

    assert told_by.stdout == shown(figures()["runs"]())


def test_two_figures_share_no_id():
    drawn = [once(name)[1] for name in NAMES]
    ids = [i for text in drawn for i in re.findall(r' id="([^"]+)"', text)]

    assert len(ids) == len(set(ids))


def test_ids_begin_with_the_key():
    text = shown(figures()["runs"](), key="all-runs")

    assert all(i.startswith("all-runs-") for i in re.findall(r' id="([^"]+)"', text))


def test_axes_and_figure_are_drawn_alike():
    ax = figures()["parts"]()

    assert shown(ax) == shown(ax.figure)


def test_thirty_runs_a_side_are_small_and_thousands_hardly_larger():
    small = shown(plots.plot_runs(normal(30), normal(30, key=1, name="other")))
    large = shown(plots.plot_runs(normal(1000), normal(1000, key=1, name="other")))

    assert len(small.encode()) < 60_000
    assert len(large.encode()) < 1.5 * len(small.encode())


def test_pixels_travel_within():
    text = shown(figures()["example"]())
    (data,) = re.findall(r"data:image/png;base64,([^\"]+)", text)

    assert base64.b64decode(data).startswith(b"\x89PNG")
    assert "image-rendering" in text


def test_dark_styles_give_the_same_roles():
    light = shown(figures()["parts"]())
    with matplotlib.rc_context({"figure.facecolor": "black", "axes.facecolor": "black"}):
        dark = shown(figures()["parts"]())

    assert dark == light


def test_settings_of_the_user_do_not_matter():
    plain = shown(figures()["runs"]())
    with matplotlib.rc_context({"savefig.bbox": "tight", "svg.fonttype": "path"}):
        assert shown(figures()["runs"]()) == plain


@pytest.mark.parametrize("turn", [0, 5], ids=["one way", "the other"])
@pytest.mark.parametrize("figure", NAMES)
def test_hostile_names_are_shown_as_text(figure, turn):
    names = list(HOSTILE.values()) * 2
    ax = figures(tuple(names[turn : turn + 2]), tuple(names[turn + 2 : turn + 5]))[figure]()
    root = parsed(shown(ax))  # warnings are errors here

    assert {tag(e) for e in root.iter()} <= {
        "svg", "title", "desc", "g", "defs", "clipPath", *DRAWN,
    }  # fmt: skip
    ax.figure.canvas.draw()


@pytest.mark.parametrize("kind", ["markup", "mathtext", "right to left", "emoji", "underscore"])
def test_names_are_written_out_in_the_page(kind):
    name = HOSTILE[kind]
    ax = plots.plot_runs(*pair((name, "other"), ("a", "b", "c")))
    texts = {e.text for e in parsed(shown(ax)).iter() if tag(e) == "text"}
    expected = name.replace("\u200d", "")

    assert any(t == expected or (t.endswith("…") and expected.startswith(t[:-1])) for t in texts)


def test_hostile_titles_are_text():
    text = svg(plots.plot_runs(normal(3)), title="<b>\x00", description="</svg><script>")

    assert parsed(text)[0].text == "<b>"
    assert "<script>" not in text
