import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.wording.numbers import digits_for, fixed, mean_and_sd, percent, plus_minus


@pytest.mark.parametrize(
    ("half", "digits"), [(0.07, 3), (0.3, 2), (3.2, 1), (45, 0), (0, 2), (float("nan"), 2)]
)
def test_digits_follow_the_uncertainty(half, digits):
    assert digits_for(half) == digits


@given(st.floats(0, 1, exclude_min=True, exclude_max=True), st.integers(0, 4))
def test_share_strictly_between_is_never_shown_as_0_or_100(share, digits):
    assert 0 < float(percent(share, digits).removesuffix(" %")) < 100


@pytest.mark.parametrize(("share", "text"), [(0, "0.0 %"), (1, "100.0 %"), (0.9997, "99.97 %")])
def test_whole_shares_are_shown_as_such(share, text):
    assert percent(share, 1) == text


def test_no_negative_zero():
    assert fixed(-0.0001, 2) == "0.00"


def test_what_is_not_a_number_is_a_dash():
    assert fixed(float("nan"), 2) == "—"


def test_shares_are_percent_and_others_are_not():
    assert plus_minus("accuracy", 0.99123, 0.0007) == "99.123 % ± 0.070"
    assert plus_minus("r2", 0.131, 0.047) == "0.131 ± 0.047"


def test_one_run_has_no_spread():
    assert mean_and_sd("accuracy", np.array([0.5])) == "50.00 % (1 run)"
