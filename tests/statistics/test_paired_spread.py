import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from variance.errors import UsageError
from variance.statistics import simulation
from variance.statistics.paired_spread import sd_ratio, sum_of_variances


def draws(n, key=0, sd=1.0):
    return sd * np.random.default_rng(key).standard_normal(n)


def like_shaped(shape, n, rng, correlation):
    """Two sides of one shape with equal spread, the second partly made of the first."""
    x, other = simulation.scores(shape, n, rng), simulation.scores(shape, n, rng)
    return x, correlation * x + math.sqrt(1 - correlation**2) * other


def test_ratio_is_that_of_the_sds():
    x, y = draws(8), draws(8, 1, 3.0)

    assert sd_ratio(x, y).estimate == pytest.approx(x.std(ddof=1) / y.std(ddof=1))


def test_p_value_is_never_below_pitmans():
    for key in range(50):
        x, y = draws(9, key), draws(9, 100 + key, 1.5)

        pitman = stats.pearsonr(x + y, x - y).pvalue

        assert sd_ratio(x, y).p_value >= pitman * (1 - 1e-9)


def test_p_value_is_never_below_that_of_the_absolute_deviations():
    for key in range(50):
        x, y = draws(9, key), draws(9, 100 + key, 1.5)

        u, v = np.abs(x - np.median(x)), np.abs(y - np.median(y))

        assert sd_ratio(x, y).p_value >= stats.ttest_rel(u, v).pvalue * (1 - 1e-9)


def test_p_value_is_the_larger_of_the_two():
    x, y = draws(9, 3), draws(9, 4, 2.5)
    u, v = np.abs(x - np.median(x)), np.abs(y - np.median(y))

    expected = max(stats.pearsonr(x + y, x - y).pvalue, stats.ttest_rel(u, v).pvalue)

    assert sd_ratio(x, y).p_value == pytest.approx(expected, rel=1e-9)


@given(st.integers(0, 500), st.sampled_from([4, 6, 10, 25]), st.floats(0.2, 5))
def test_p_is_below_alpha_exactly_where_the_interval_excludes_one(key, n, scale):
    x, y = draws(n, key), draws(n, key + 1000, scale)
    for level in (0.8, 0.95):
        found = sd_ratio(x, y, level=level)
        if math.isfinite(found.high):
            assert found.excludes(1.0) == (found.p_value < 1 - level)


@given(st.integers(0, 500))
def test_exchanging_the_sides_inverts_the_ratio(key):
    x, y = draws(30, key), draws(30, key + 1000, 2.0)

    there, back = sd_ratio(x, y), sd_ratio(y, x)

    assert there.estimate == pytest.approx(1 / back.estimate)
    assert (there.low, there.high) == pytest.approx((1 / back.high, 1 / back.low))
    assert there.p_value == pytest.approx(back.p_value)


@given(st.integers(0, 500), st.floats(0.01, 100), st.floats(-5, 5))
def test_units_do_not_matter(key, scale, shift):
    x, y = draws(12, key), draws(12, key + 1000, 2.0)

    found = sd_ratio(shift + scale * x, shift + scale * y)

    expected = sd_ratio(x, y)
    assert found.low == pytest.approx(expected.low, rel=1e-5)
    assert found.high == pytest.approx(expected.high, rel=1e-5)


@given(st.integers(0, 1000), st.sampled_from([3, 4, 7, 10, 30]))
def test_the_estimate_lies_in_its_interval(key, n):
    x, y = draws(n, key), draws(n, key + 2000, 3.0)

    found = sd_ratio(x, y)

    assert 0 <= found.low <= found.estimate <= found.high


def test_equal_sides_have_a_ratio_of_one_and_no_evidence():
    x = draws(10)

    found = sd_ratio(x, x)

    assert (found.estimate, found.p_value) == (1.0, 1.0)
    assert not found.excludes(1.0)


def test_exactly_proportional_sides_are_told_apart():
    x = draws(12)

    found = sd_ratio(x, 3 * x)

    assert found.excludes(1.0)
    assert 0 < found.p_value < 0.01


def test_few_runs_give_no_upper_bound_rather_than_a_wrong_one():
    found = sd_ratio(draws(4), draws(4, 1))

    assert math.isinf(found.high)


@pytest.mark.parametrize(
    ("x", "y", "estimate", "reason"),
    [
        ([1.0, 1.0, 1.0], [1.0, 2.0, 3.0], 0.0, "nothing varied on one side"),
        ([1.0, 2.0, 3.0], [1.0, 1.0, 1.0], math.inf, "nothing varied on one side"),
        ([1.0, 2.0], [1.0, 3.0], 0.5, "fewer than 3 pairs"),
    ],
)
def test_where_there_is_no_interval_the_reason_is_told(x, y, estimate, reason):
    found = sd_ratio(x, y)

    assert (found.estimate, found.reason) == (pytest.approx(estimate), reason)
    assert math.isnan(found.low)
    assert math.isnan(found.p_value)


def test_nothing_varied_on_either_side():
    found = sd_ratio([2.0] * 5, [3.0] * 5)

    assert math.isnan(found.estimate)
    assert found.reason == "nothing varied on either side"


def test_unequal_numbers_are_refused():
    with pytest.raises(UsageError, match="differ in number"):
        sd_ratio([1.0, 2.0, 3.0], [1.0, 2.0])


@pytest.mark.parametrize("shape", ["normal", "skewed", "heavy-tailed", "tied"])
@pytest.mark.parametrize("correlation", [0.0, 0.7])
@pytest.mark.parametrize("n", [5, 10, 30])
def test_interval_holds_its_level_where_both_sides_have_one_shape(shape, correlation, n):
    rng = np.random.default_rng([n, int(10 * correlation), len(shape)])
    trials = 400
    held = 0
    for _ in range(trials):
        x, y = like_shaped(shape, n, rng, correlation)
        held += not (np.ptp(x) and np.ptp(y)) or not sd_ratio(x, y).excludes(1.0)
    assert held / trials >= 0.95 - 2.5 * math.sqrt(0.95 * 0.05 / trials)


def arms(rng, n, interaction):
    """Runs of two arms as sources derive them: one varies a, one a and b; b is held at seed 0."""
    a, b, held = rng.standard_normal(n), rng.standard_normal(n), float(rng.standard_normal())
    one = a + held + interaction * a * held
    both = a + b + interaction * a * b
    return one, both, abs(1 + interaction * held) / math.sqrt(2 + interaction**2)


@pytest.mark.parametrize("interaction", [0.0, 1.0])
@pytest.mark.parametrize("n", [10, 30])
def test_interval_holds_for_arms_that_share_the_streams_of_their_seeds(interaction, n):
    rng = np.random.default_rng([n, int(interaction)])
    trials = 600
    held = 0
    for _ in range(trials):
        one, both, truth = arms(rng, n, interaction)
        held += not sd_ratio(one, both).excludes(truth)
    assert held / trials >= 0.94 - 2.5 * math.sqrt(0.94 * 0.06 / trials)


def test_sum_of_variances_is_the_sum_of_squared_ratios():
    x, y, z = draws(20), draws(20, 1, 2.0), draws(20, 2, 3.0)

    found = sum_of_variances([x, y], z)

    expected = (x.var(ddof=1) + y.var(ddof=1)) / z.var(ddof=1)
    assert found.estimate == pytest.approx(expected)
    assert found.low <= expected <= found.high


def test_bounds_of_the_sum_are_those_of_the_parts_together():
    x, y, z = draws(20), draws(20, 1, 2.0), draws(20, 2, 3.0)

    found = sum_of_variances([x, y], z, level=0.9)

    parts = [sd_ratio(part, z, level=0.95) for part in (x, y)]
    assert found.low == pytest.approx(sum(part.low**2 for part in parts))
    assert found.high == pytest.approx(sum(part.high**2 for part in parts))


def test_sum_of_variances_covers_the_truth():
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        a, b = rng.standard_normal((2, 15))
        found = sum_of_variances([a, b], a + b)  # independent sources: the sum is 1
        held += found.low <= 1 <= found.high
    assert held / 400 >= 0.95


def test_a_part_that_did_not_vary_adds_nothing():
    x, z = draws(20), draws(20, 2, 3.0)

    assert sum_of_variances([x, np.ones(20)], z) == sum_of_variances([x], z)


def test_a_sum_of_parts_that_did_not_vary_has_no_interval():
    found = sum_of_variances([np.ones(5), np.ones(5)], draws(5))

    assert (found.estimate, found.reason) == (0.0, "nothing varied between the runs")
