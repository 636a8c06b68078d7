import dataclasses

import numpy as np
import pytest

from tests.plots.helpers import says, texts, title
from variance.errors import Refusal
from variance.plots import Picture, plot_example, plot_examples


@pytest.fixture
def picture():
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    return Picture(17, "four", pixels, {"nine": 0.4, "four": 0.57, "one": 0.02, "two": 0.01}, 0.57)


def test_pixels_are_drawn_as_they_are(picture):
    (image,) = plot_example(picture).images

    assert np.array_equal(image.get_array(), picture.pixels)
    assert image.get_interpolation() == "none"
    assert image.get_clim() == (0, 255)


def test_colours_are_drawn(picture):
    coloured = dataclasses.replace(picture, pixels=np.zeros((3, 4, 3)))

    assert plot_example(coloured).images[0].get_array().shape == (3, 4, 3)


def test_true_class_stands_above_and_the_commonest_answers_below(picture):
    ax = plot_example(picture)

    assert title(ax) == "true: four"
    assert texts(ax) == ["four: 57 % ✓", "nine: 40 %", "one: 2 %"]


def test_bars_are_as_long_as_the_shares(picture):
    ax = plot_example(picture)

    assert [bar.get_width() / 4 for bar in ax.patches] == pytest.approx([0.57, 0.4, 0.02])


def test_picture_says_all_votes(picture):
    assert says(plot_example(picture))[0] == (
        "example 17, true class four: right in 57 % of the runs; they say four 57 %, nine 40 %, "
        "one 2 %, two 1 %"
    )


@pytest.mark.parametrize("shape", [(4,), (2, 2, 4), (0, 3)])
def test_what_is_no_picture_is_refused(picture, shape):
    with pytest.raises(Refusal, match="example 17 is no picture"):
        plot_example(dataclasses.replace(picture, pixels=np.zeros(shape)))


def test_several_are_drawn_beside_each_other(picture):
    assert len(plot_examples([picture] * 7, columns=3).axes) == 7


def test_no_pictures_are_refused():
    with pytest.raises(Refusal, match="no pictures"):
        plot_examples([])
