import math

import pytest

from variance.wording.quantities import Unit
from variance.wording.sources import called, ratio_text, sd_text, share_of_spread


@pytest.mark.parametrize(
    ("ratio", "words"),
    [
        (0.0, "next to nothing of the spread of"),
        (0.04, "next to nothing of the spread of"),
        (0.11, "about one tenth of the spread of"),
        (0.5, "about half of the spread of"),
        (0.94, "about nine tenths of the spread of"),
        (0.96, "about as much spread as"),
        (1.04, "about as much spread as"),
        (1.23, "about 1.2 times the spread of"),
    ],
)
def test_ratios_are_said_in_tenths(ratio, words):
    assert share_of_spread(ratio) == words


def test_known_sources_have_names():
    assert called("order") == "the order of the training examples"
    assert called("mixup") == "the source mixup"


def test_a_ratio_stands_with_its_interval():
    assert ratio_text(0.94, (0.6, 1.3)) == "0.94 [0.60, 1.30]"
    assert ratio_text(0.94, None) == "0.94"


def test_a_bound_that_is_not_there_is_shown_as_such():
    assert ratio_text(0.94, (0.1, math.inf)) == "0.94 [0.10, ∞)"


def test_large_ratios_have_no_decimals():
    assert ratio_text(1234.5, (12.3, 5000.0)) == "1,234 [12, 5,000]"


def test_sd_stands_with_its_interval_in_percent_points():
    assert sd_text(Unit(share=True), 0.00392, (0.0031, 0.0053)) == "0.39 pp [0.31, 0.53]"
    assert sd_text(Unit(share=True), 0.00392, None) == "0.39 pp"
