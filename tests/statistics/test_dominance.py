import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.statistics import dominance

VALUES = st.lists(st.integers(0, 9).map(float), min_size=1, max_size=6)


@given(VALUES, VALUES)
def test_violation_is_the_integral_over_quantiles(x, y):
    grid = math.lcm(len(x), len(y))
    gap = np.repeat(np.sort(x), grid // len(x)) - np.repeat(np.sort(y), grid // len(y))
    found, total = dominance.violation_ratio(x, y), (gap**2).sum()
    if total == 0:
        assert math.isnan(found)
    else:
        assert found == pytest.approx((gap[gap > 0] ** 2).sum() / total)


@given(VALUES, VALUES)
def test_violations_of_both_directions_sum_to_one(x, y):
    both = dominance.violation_ratio(x, y) + dominance.violation_ratio(y, x)
    assert math.isnan(both) or both == pytest.approx(1)


def order(x, y):
    return dominance.almost_stochastic_order(x, y, rng=np.random.default_rng(0))


def test_full_dominance_has_no_violation():
    found = order([1, 2, 3, 4], [11, 12, 13, 14])
    assert (found.violation, found.upper) == (0, 0)


def test_the_loser_violates_everything():
    assert order([11, 12, 13], [1, 2, 3]).violation == 1


def test_upper_bound_lies_above_and_within_one():
    rng = np.random.default_rng(1)
    found = order(rng.normal(size=8), rng.normal(size=8))
    assert found.violation < found.upper <= 1


@pytest.mark.parametrize(
    ("x", "y", "reason"), [([1], [2, 3], "fewer than 2"), ([1, 2], [1, 2], "identical")]
)
def test_undefined_cases_say_why(x, y, reason):
    found = order(x, y)
    assert reason in found.reason
    assert math.isnan(found.upper)


def test_error_rate_at_equal_distributions():
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(300):
        found = dominance.almost_stochastic_order(
            rng.normal(size=15), rng.normal(size=15), rng=rng, resamples=200
        )
        wrong += found.upper < 0.2
    assert wrong / 300 < 0.1
