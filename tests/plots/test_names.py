import warnings

import matplotlib
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure

from variance.plots import canvas
from variance.plots.names import clean, drawable, short, within
from variance.plots.theme import DARK, LIGHT, SERIES, palette
from variance.plots.ticks import Even


@pytest.mark.parametrize(
    ("raw", "tidy"),
    [
        ("a\nb\tc", "a b c"),
        ("a\x00b\x1b[1m", "ab[1m"),
        ("a\u202eb", "ab"),
        ("\ud800x", "x"),
        ("$\\frac$", "$\\frac$"),
    ],
)
def test_what_is_no_character_is_left_out(raw, tidy):
    assert clean(raw) == tidy


def test_long_names_are_shortened():
    assert short("x" * 200) == "x" * 23 + "…"
    assert short("x" * 24) == "x" * 24


def test_empty_names_are_called_so():
    assert short("\n") == "(no name)"


def test_right_to_left_names_keep_to_themselves():
    assert within("שלום") == "\u2068שלום\u2069"
    assert within("hello") == "hello"


@given(st.text())
def test_every_name_can_be_drawn_without_a_warning(name):
    assert len(clean(short(name))) <= 24
    figure = Figure()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.text(0, 0, drawable(short(name)), parse_math=False)
        figure.draw_without_rendering()


def test_text_the_font_has_is_drawn_as_it_is():
    assert drawable("ñ ▲ Ω 7") == "ñ ▲ Ω 7"
    assert drawable("a🦄b") == "a□b"


def test_glyphs_are_those_of_the_font_in_use():
    with matplotlib.rc_context({"font.family": ["cmr10"]}):
        assert drawable("Ω") == "?"


def luminance(color):
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("shades", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_stand_out_from_the_background(shades):
    assert all(contrast(color, shades.background) >= 3 for color in SERIES)
    assert contrast(shades.ink, shades.background) >= 7
    assert contrast(shades.muted, shades.background) >= 4.5


def test_dark_styles_get_colours_that_can_be_read_on_them():
    with matplotlib.rc_context({"axes.facecolor": "black"}):
        assert palette(Figure().add_subplot()) is DARK
    assert palette(Figure().add_subplot()) is LIGHT


def test_transparent_axes_count_as_paper():
    with matplotlib.rc_context({"axes.facecolor": "none"}):
        assert palette(Figure().add_subplot()) is LIGHT


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ([0.99, 0.9925], ["99.00 %", "99.25 %"]),
        ([0.5, 1.0], ["50 %", "100 %"]),
        ([0.0, 1e-5], ["0 %", "0.001 %"]),
        ([], []),
    ],
)
def test_ticks_have_equally_many_decimals_and_no_more_than_needed(values, shown):
    assert Even(100, " %").format_ticks(values) == shown


def test_signed_ticks():
    assert Even(signed=True).format_ticks([-0.1, 0.0, 0.05]) == ["-0.10", "0", "+0.05"]


def test_titles_are_wrapped_to_the_figure():
    ax = canvas.axes(None, 4.0, 2.0)
    canvas.title(ax, "word " * 40)

    assert max(map(len, ax.get_title(loc="left").split("\n"))) <= 4.0 * 72 / (9 * 0.5)
