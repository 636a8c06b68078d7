import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.wording.numbers import fixed, percent


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
