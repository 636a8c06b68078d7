import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.wording.quantities import (
    Unit,
    about,
    chance_text,
    mean_and_sd,
    p_phrase,
    p_text,
    plus_minus,
)

SHARE, OWN = Unit(share=True), Unit(share=False)
PERCENT = Unit(share=False, percent=True)


@pytest.mark.parametrize(
    ("p", "shown"),
    [
        (0.052, "0.052"), (2e-9, "2e-09"), (0.0004, "0.0004"), (0.9999, "1"), (0.52, "0.52"),
        (0, "< 1e-12"), (1e-300, "< 1e-12"), (0.04999, "0.04999"), (0.0502, "0.0502"),
        (None, "—"), (1, "1"), (0.996, "0.996"),
    ],
)  # fmt: skip
def test_p_values(p, shown):
    assert p_text(p) == shown


@given(st.floats(0, 1))
def test_p_is_never_zero_nor_on_the_wrong_side_of_alpha(p):
    shown = p_text(p, 0.05)
    if shown.startswith("<"):
        assert p < 1e-12
    else:
        assert float(shown) > 0
        assert (float(shown) < 0.05) == (p < 0.05)


def test_phrase():
    assert (p_phrase(0.0), p_phrase(0.3)) == ("p < 1e-12", "p = 0.30")


@pytest.mark.parametrize(
    ("half", "digits"), [(0.0003, 2), (0.002, 2), (0.00003, 3), (0.02, 1), (None, 2), (0, 2)]
)
def test_digits_of_percent_follow_the_half_width(half, digits):
    assert SHARE.digits(half) == digits


@pytest.mark.parametrize(("half", "digits"), [(0.03, 3), (12.0, 0), (1e-5, 6)])
def test_digits_of_own_units_follow_the_half_width(half, digits):
    assert OWN.digits(half) == digits


@given(st.floats(0, 1), st.integers(0, 6))
def test_no_false_hundred_and_no_false_zero(value, digits):
    shown = SHARE.value(value, digits)
    number = float(shown.removesuffix(" %"))
    assert (number == 100) == (value == 1)
    assert (number == 0) == (value == 0)


def test_almost_perfect_is_not_a_hundred():
    assert SHARE.value(0.99997, 2) == "99.997 %"
    assert SHARE.value(0.999999, 2) == "99.9999 %"


def test_bound_of_an_interval_is_no_false_hundred():
    assert SHARE.values((0.9991, 0.99998), 2) == "[99.91, 99.998] %"
    assert OWN.values((-0.5, 1.25), 2) == "[-0.50, 1.25]"


def test_sign_of_a_bound_survives_rounding():
    assert SHARE.interval((-0.00001, 0.0029), 2) == "[-0.00, +0.29]"


def test_differences_are_percent_points():
    assert SHARE.difference(0.0014, 2) == "+0.14 pp"
    assert OWN.difference(-0.5, 1) == "-0.5"


def test_percent_needs_a_share():
    assert Unit.of("accuracy", (0.9, None)).share
    assert Unit.of("accuracy", (99.1, 99.2)) == PERCENT
    assert Unit.of("accuracy", (99.1, 0.0)) == PERCENT
    assert Unit.of("accuracy", (0.98, 98.1)) == OWN
    assert Unit.of("accuracy", (98.1, 101.0)) == OWN
    assert Unit.of("error", (3.2, 4.1)) == OWN
    assert not Unit.of("r2", (0.5, 0.6)).share


@given(st.integers(1, 10**9))
def test_about_rounds_up_to_two_digits(number):
    shown = int(about(number).replace(",", ""))
    assert number <= shown <= number * 1.1 + 1
    assert len(str(shown).rstrip("0")) <= 2 or number < 100


def test_missing_is_a_dash():
    assert SHARE.value(None, 2) == SHARE.difference(None, 2) == "—"
    assert SHARE.interval(None, 2) == ""


def test_infinite_half_width_falls_back():
    assert SHARE.digits(math.inf) == 2


@pytest.mark.parametrize(
    ("share", "shown"),
    [(0, "0 %"), (1e-9, "< 0.1 %"), (0.02, "2.0 %"), (0.5, "50 %"), (0.9999, "> 99.9 %")],
)
def test_no_chance_is_shown_as_certain(share, shown):
    assert chance_text(share) == shown


@pytest.mark.parametrize(("unit", "scale"), [(SHARE, 0.01), (PERCENT, 1)], ids=["share", "percent"])
def test_percent_reads_alike_however_it_is_given(unit, scale):
    mean, sd, low, high = (v * scale for v in (99.03, 0.02, 98.99, 99.07))

    assert plus_minus(unit, mean, sd) == "99.03 % ± 0.02"
    assert unit.values((low, high), 2) == "[98.99, 99.07] %"
    assert unit.difference(0.14 * scale, 2) == "+0.14 pp"
    assert unit.size(0.14 * scale) == "0.14 pp"
    assert unit.digits(sd) == 2


@given(st.lists(st.floats(1.5, 100), min_size=2, max_size=9))
def test_percent_is_never_multiplied_again(values):
    shown = mean_and_sd("accuracy", np.array(values))

    assert float(shown.partition(" %")[0]) <= 100


def test_mean_and_sd_in_a_unit_of_its_own():
    assert plus_minus(Unit.of("r2", (0.131,)), 0.131, 0.047) == "0.131 ± 0.047"


def test_one_run_has_no_spread():
    assert mean_and_sd("accuracy", np.array([0.5])) == "50.00 % (1 run)"
