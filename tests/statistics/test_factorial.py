import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.errors import Refusal
from variance.statistics.factorial import factorial

JUDGES = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    dtype=float,
)
"""Six targets, four judges: Shrout and Fleiss (1979), Psychological Bulletin 86, table 2."""


def analysed(table, key=0, **options):
    return factorial(table, rng=np.random.default_rng(key), **options)


def table(rng, rows, columns, first, second, both):
    """Scores with these variance components."""
    return (
        math.sqrt(first) * rng.standard_normal((rows, 1))
        + math.sqrt(second) * rng.standard_normal((1, columns))
        + math.sqrt(both) * rng.standard_normal((rows, columns))
    )


def test_published_table_of_targets_and_judges():
    # The paper's mean squares: targets 11.24, judges 32.49, residual 1.02; ICC(2,1) = .29.
    found = analysed(JUDGES)

    assert found.first.variance == pytest.approx((11.24 - 1.02) / 4, abs=0.005)
    assert found.second.variance == pytest.approx((32.49 - 1.02) / 6, abs=0.005)
    assert found.interaction.variance == pytest.approx(1.02, abs=0.005)
    assert found.first.share == pytest.approx(0.29, abs=0.005)


def test_published_interval_of_the_targets_share():
    # McGraw and Wong's approximate interval of ICC(2,1), as R's psych::ICC prints it: .019 to .761.
    found = analysed(JUDGES)

    assert found.first.share_low == pytest.approx(0.019, abs=0.02)
    assert found.first.share_high == pytest.approx(0.761, abs=0.03)


def test_published_test_of_the_targets():
    # R's psych::ICC: F = 11.03 on 5 and 15 df, p = 0.00013.
    assert analysed(JUDGES).first.p_value == pytest.approx(0.00013, abs=5e-6)


def test_worked_by_hand():
    # Row means 2, 4, 6; column means 3, 4, 5; what is left is ±1 in the corners of one pattern.
    additive = np.array([[1, 2, 3], [3, 4, 5], [5, 6, 7.0]])
    cells = additive + np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 0]])

    found = analysed(cells)

    residual = 4 / 4  # sum of squares 4 on (3-1)(3-1) df
    assert found.interaction.variance == pytest.approx(residual)
    assert found.first.variance == pytest.approx((12 - residual) / 3)  # mean square 3 * 8 / 2
    assert found.second.variance == pytest.approx((3 - residual) / 3)  # mean square 3 * 2 / 2
    assert found.total == pytest.approx(residual + (12 - residual) / 3 + (3 - residual) / 3)


def test_the_interval_of_the_interaction_is_the_exact_one():
    from scipy import stats

    found = analysed(JUDGES)

    squares = found.interaction.variance * 15
    low, high = squares / stats.chi2.ppf([0.975, 0.025], 15)
    assert found.interaction.low == pytest.approx(low, rel=0.02)
    assert found.interaction.high == pytest.approx(high, rel=0.02)


@pytest.mark.parametrize("truth", [(1.0, 0.5, 0.25), (0.0, 0.3, 1.0), (0.0, 0.0, 1.0)])
def test_estimates_are_unbiased(truth):
    rng = np.random.default_rng(1)
    found = [analysed(table(rng, 4, 5, *truth), draws=10) for _ in range(400)]
    parts = np.array([(f.first.variance, f.second.variance, f.interaction.variance) for f in found])

    error = parts.std(axis=0) / math.sqrt(len(parts))

    assert (np.abs(parts.mean(axis=0) - truth) < 4 * error).all()


@pytest.mark.parametrize("levels", [(3, 3), (5, 5), (4, 8), (10, 10)])
@pytest.mark.parametrize("truth", [(0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (1.0, 0.0, 0.2)])
def test_intervals_hold_their_level(levels, truth):
    rng = np.random.default_rng([*levels, int(truth[0]), int(truth[1])])
    trials, whole = 200, sum(truth)
    held = np.zeros(7)
    for _ in range(trials):
        found = analysed(table(rng, *levels, *truth), key=3, draws=2000)
        for i, part in enumerate((found.first, found.second, found.interaction)):
            held[i] += part.low <= truth[i] <= part.high
            held[3 + i] += part.share_low <= truth[i] / whole <= part.share_high
        held[6] += found.total_low <= whole <= found.total_high
    floor = 0.94 - 2.7 * math.sqrt(0.94 * 0.06 / trials)
    assert (held / trials >= floor).all(), held / trials


def test_p_values_are_uniform_where_a_source_gives_nothing():
    rng = np.random.default_rng(4)
    p = [analysed(table(rng, 5, 5, 0, 1, 0.5), draws=10).first.p_value for _ in range(600)]

    assert np.mean(np.array(p) < 0.05) == pytest.approx(0.05, abs=0.025)
    assert np.mean(np.array(p) < 0.5) == pytest.approx(0.5, abs=0.06)


@given(st.integers(0, 200), st.floats(0.1, 100), st.floats(-10, 10))
def test_units_do_not_matter(key, scale, shift):
    cells = table(np.random.default_rng(key), 3, 4, 1, 1, 1)

    plain, other = (analysed(c, draws=500) for c in (cells, shift + scale * cells))

    assert other.first.variance == pytest.approx(scale**2 * plain.first.variance, rel=1e-6)
    assert other.interaction.share_high == pytest.approx(plain.interaction.share_high)


@given(st.integers(0, 200))
def test_exchanging_the_sources_exchanges_the_components(key):
    cells = table(np.random.default_rng(key), 3, 5, 1, 0.2, 1)

    one, other = analysed(cells, draws=10), analysed(cells.T, draws=10)

    assert one.first.variance == pytest.approx(other.second.variance)
    assert one.first.p_value == pytest.approx(other.second.p_value)
    assert one.total == pytest.approx(other.total)


@given(st.integers(0, 200))
def test_intervals_and_shares_lie_where_they_can(key):
    found = analysed(table(np.random.default_rng(key), 3, 3, 0.1, 0.1, 1), draws=500)

    for part in (found.first, found.second, found.interaction):
        assert 0 <= part.low <= part.high
        assert 0 <= part.share_low <= part.share_high <= 1
        assert 0 <= part.share <= 1


def test_where_neither_source_is_known_to_do_anything_the_interaction_may_be_everything():
    found = analysed(table(np.random.default_rng(2), 4, 4, 0, 0, 1))

    assert (found.first.share_low, found.second.share_low) == (0, 0)
    assert found.interaction.share < 1
    assert found.interaction.share_high == 1


def test_where_one_source_does_something_the_interaction_is_not_everything():
    assert analysed(JUDGES).interaction.share_high < 1


def test_same_generator_same_intervals():
    assert analysed(JUDGES, key=7) == analysed(JUDGES, key=7)


def test_additive_table_has_no_interaction():
    found = analysed(np.add.outer([1.0, 2.0, 4.0], [0.0, 3.0, 5.0]))

    assert (found.interaction.variance, found.interaction.sd) == (0.0, 0.0)
    assert 0 < found.first.p_value < 1e-6


def test_a_source_that_does_nothing_has_an_sd_of_zero():
    rng = np.random.default_rng(0)
    cells = table(rng, 4, 4, 0, 0, 1)
    cells -= cells.mean(axis=1, keepdims=True)

    found = analysed(cells).first

    assert found.variance < 0
    assert found.sd == 0


def test_constant_table_has_no_intervals():
    found = analysed(np.full((3, 4), 0.1))

    assert (found.total, found.reason) == (0.0, "nothing varied between the runs")
    assert math.isnan(found.first.low)


@pytest.mark.parametrize("shape", [(2, 5), (5, 2), (1, 5)])
def test_too_few_levels_are_refused(shape):
    with pytest.raises(Refusal, match="at least 3 levels"):
        analysed(np.ones(shape))


def test_a_missing_run_is_refused():
    with pytest.raises(Refusal, match="non-finite"):
        analysed([[1.0, 2.0, math.nan], [1.0, 2.0, 3.0], [3.0, 2.0, 1.0]])
