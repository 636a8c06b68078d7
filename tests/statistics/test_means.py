import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from variance.errors import Refusal, UsageError
from variance.statistics import means

RNG_SEEDS = range(5)
PLAIN = st.floats(-1e6, 1e6, allow_nan=False)
TIED = st.integers(95, 100).map(lambda k: k / 100)
TINY = st.integers(-3, 3).map(lambda k: 0.99 + k * 1e-12)
SCORES = st.one_of(PLAIN, TIED, TINY)


@st.composite
def pairs_of_scores(draw):
    n = draw(st.integers(1, 12))
    kind = draw(st.sampled_from([PLAIN, TIED, TINY, SCORES]))
    both = st.lists(kind, min_size=n, max_size=n)
    return draw(both), draw(both)


def consistent(found, alpha):
    return (found.p_value < alpha) == found.excludes(0.0)


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_paired_t_is_scipys(seed):
    x, y = np.random.default_rng(seed).normal(size=(2, 7))
    found, expected = means.paired_t(x, y), stats.ttest_rel(y, x)
    bounds = expected.confidence_interval(0.95)
    np.testing.assert_allclose(
        (found.statistic, found.p_value, found.df, found.low, found.high),
        (expected.statistic, expected.pvalue, expected.df, bounds.low, bounds.high),
    )


@pytest.mark.parametrize("seed", RNG_SEEDS)
def test_welch_t_is_scipys(seed):
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=5), rng.normal(1, 3, size=9)
    found, expected = means.welch_t(x, y), stats.ttest_ind(y, x, equal_var=False)
    bounds = expected.confidence_interval(0.95)
    np.testing.assert_allclose(
        (found.statistic, found.p_value, found.df, found.low, found.high),
        (expected.statistic, expected.pvalue, expected.df, bounds.low, bounds.high),
    )


def test_pooled_t_is_scipys():
    x, y = [1.0, 2.0, 4.0], [2.0, 5.0, 7.0, 9.0]
    found, expected = means.pooled_t(x, y), stats.ttest_ind(y, x)
    np.testing.assert_allclose((found.p_value, found.df), (expected.pvalue, expected.df))


def test_difference_is_candidate_minus_baseline():
    assert means.paired_t([1, 2, 3], [2, 4, 5]).estimate == pytest.approx(5 / 3)


def test_swapping_the_sides_mirrors_the_interval():
    there, back = means.paired_t([1, 2, 4], [2, 4, 5]), means.paired_t([2, 4, 5], [1, 2, 4])
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))


def test_corrected_t_widens_by_the_known_factor():
    x, y = [0.1, 0.3, 0.2, 0.5], [0.2, 0.3, 0.4, 0.9]
    plain, corrected = means.paired_t(x, y), means.corrected_resampled_t(x, y, test_share=0.25)
    ratio = corrected.standard_error / plain.standard_error
    assert ratio == pytest.approx(math.sqrt((1 / 4 + 0.25) / (1 / 4)))


@pytest.mark.parametrize("share", [0, -1, math.nan, math.inf])
def test_corrected_t_needs_a_test_share(share):
    with pytest.raises(UsageError, match="test_share"):
        means.corrected_resampled_t([1, 2], [2, 4], test_share=share)


def test_one_run_has_no_interval():
    found = means.paired_t([0.1], [0.2])
    assert math.isnan(found.p_value)
    assert math.isnan(found.low)
    assert found.estimate == pytest.approx(0.1)
    assert "one run" in found.reason


@pytest.mark.parametrize("compare", [means.paired_t, means.welch_t, means.pooled_t])
def test_constant_difference_without_spread_is_undefined(compare):
    found = compare([0.5, 0.5, 0.5], [0.6, 0.6, 0.6])
    assert math.isnan(found.p_value)
    assert not found.excludes(0.0)
    assert "nothing varied" in found.reason
    assert found.estimate == pytest.approx(0.1)


def test_differences_equal_up_to_rounding_count_as_equal():
    x = np.array([0.1, 0.7, 0.3, 0.9])
    assert not means.paired_t(x, x + 0.1).defined


def test_identical_runs_are_undefined():
    found = means.paired_t([0.1, 0.2, 0.3], [0.1, 0.2, 0.3])
    assert found.estimate == 0
    assert not found.defined


def test_tiny_differences_are_seen():
    x = np.full(5, 0.99)
    found = means.paired_t(x, x + np.array([1, 2, 3, 2, 1]) * 1e-12)
    assert found.defined
    assert found.estimate == pytest.approx(1.8e-12, rel=1e-3)


def test_welch_needs_spread_on_one_side_only():
    found = means.welch_t([0.5, 0.5, 0.5], [0.6, 0.7, 0.8])
    assert found.defined
    assert found.df == pytest.approx(2)


def test_p_value_is_never_zero():
    rng = np.random.default_rng(0)
    found = means.paired_t(rng.normal(0, 1e-3, 200), rng.normal(1e6, 1e-3, 200))
    assert found.p_value == np.finfo(float).tiny


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_non_finite_scores_are_refused_with_their_place(bad):
    with pytest.raises(Refusal, match=r"candidate has 1 non-finite .* at 1"):
        means.paired_t([1, 2, 3], [1, bad, 3])


def test_no_scores_are_refused():
    with pytest.raises(Refusal, match="baseline has 0"):
        means.welch_t([], [1, 2])


def test_unequal_lengths_cannot_be_paired():
    with pytest.raises(UsageError, match="2 baseline, 3 candidate"):
        means.paired_t([1, 2], [1, 2, 3])


def test_text_is_not_a_score():
    with pytest.raises(UsageError, match="real numbers"):
        means.paired_t(["a", "b"], [1, 2])


@pytest.mark.parametrize("level", [0, 1, -0.1, 95])
def test_level_must_be_a_probability(level):
    with pytest.raises(UsageError, match="level"):
        means.paired_t([1, 2], [2, 4], level=level)


@settings(deadline=None, max_examples=300)
@given(pairs_of_scores(), st.sampled_from([0.01, 0.05, 0.2]))
def test_p_value_and_interval_agree(scores, alpha):
    x, y = scores
    for found in (
        means.paired_t(x, y, level=1 - alpha),
        means.welch_t(x, y, level=1 - alpha),
        means.corrected_resampled_t(x, y, test_share=0.3, level=1 - alpha),
    ):
        assert consistent(found, alpha)
        assert math.isnan(found.p_value) == (not found.defined)
        assert not found.p_value <= 0


def test_other_levels_give_nested_intervals():
    found = means.paired_t([1, 2, 3, 4], [2, 4, 5, 4])
    wide = found.at_level(0.99)
    assert wide.low < found.low < found.high < wide.high
    assert wide.p_value == found.p_value


def test_undefined_stays_undefined_at_other_levels():
    assert math.isnan(means.paired_t([1], [2]).at_level(0.9).low)


@settings(deadline=None, max_examples=200)
@given(pairs_of_scores(), st.floats(1e-6, 1e6))
def test_equivalence_is_the_inner_interval_within_the_margin(scores, margin):
    found = means.equivalence(means.paired_t(*scores), margin)
    within = -margin < found.low and found.high < margin
    assert found.equivalent == within


def test_equivalence_takes_lopsided_margins():
    difference = means.paired_t([0.1, 0.2, 0.3, 0.4], [0.11, 0.22, 0.31, 0.42])
    assert means.equivalence(difference, (-0.001, 0.1)).equivalent
    assert not means.equivalence(difference, (-0.1, 0.001)).equivalent


@pytest.mark.parametrize("margin", [0, -1, math.nan, math.inf, (1, 2)])
def test_margin_must_hold_zero_inside(margin):
    with pytest.raises(UsageError, match="margin"):
        means.equivalence(means.paired_t([1, 2], [2, 4]), margin)


def test_undefined_difference_is_not_equivalent():
    found = means.equivalence(means.paired_t([1, 1], [1, 1]), 0.5)
    assert not found.equivalent
    assert math.isnan(found.p_value)


def test_satterthwaite_of_one_term_is_that_term():
    assert means.satterthwaite((4.0, 7)) == pytest.approx((2.0, 7))


def test_satterthwaite_does_not_underflow():
    error, df = means.satterthwaite((1e-300, 3), (1e-300, 3))
    assert df == pytest.approx(6)
    assert error > 0


@pytest.mark.parametrize("test", [means.dietterich_t, means.alpaydin_f])
def test_five_by_two_without_spread_is_undefined(test):
    assert "nothing varied" in test(np.zeros((5, 2))).reason


def test_five_by_two_wants_its_shape():
    with pytest.raises(Refusal, match="Five replications"):
        means.dietterich_t(np.zeros((4, 2)))
