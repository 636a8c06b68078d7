import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from variance.errors import Refusal, UsageError
from variance.statistics import luck

SCORES = st.lists(st.integers(90, 100).map(lambda k: k / 100), min_size=1, max_size=8)


@given(SCORES, st.integers(1, 8), st.booleans())
def test_expected_best_is_the_mean_over_all_choices(scores, k, up):
    found = luck.expected_best(scores, k, higher_is_better=up)
    if k > len(scores):
        assert math.isnan(found.estimate)
        assert "beyond" in found.reason
    else:
        best = max if up else min
        expected = np.mean([best(c) for c in combinations(scores, k)])
        assert found.estimate == pytest.approx(expected)


def test_expected_best_of_many_runs_is_computed():
    x = np.random.default_rng(0).normal(size=5000)
    assert luck.expected_best(x, 5000).estimate == pytest.approx(x.max())
    assert luck.expected_best(x, 1).estimate == pytest.approx(x.mean())


@pytest.mark.parametrize("k", [1, 2, 10, 500])
def test_normal_best_is_that_of_normal_order_statistics(k):
    expected = stats.norm.expect(lambda z: z * k * stats.norm.cdf(z) ** (k - 1), lb=-10, ub=10)
    assert luck.normal_best(0, 1, k) == pytest.approx(expected, abs=1e-7)
    assert luck.normal_best(5, 2, k, higher_is_better=False) == pytest.approx(5 - 2 * expected)


def test_share_counts_itself():
    found = luck.luck([0.1, 0.2, 0.3, 0.4], 0.3)
    assert (found.at_least, found.empirical) == (2, 0.6)


def test_direction_turns_the_share():
    assert luck.luck([0.1, 0.2, 0.3, 0.4], 0.1, higher_is_better=False).at_least == 1


def test_share_beyond_the_data_is_not_zero():
    found = luck.luck([0.1, 0.2, 0.3], 9.0)
    assert found.empirical == 0.25
    assert 0 < found.predicted < 0.001


def test_predicted_is_the_t_tail_of_a_new_run():
    x = np.array([0.98, 0.99, 0.97, 0.985])
    t = (0.995 - x.mean()) / (x.std(ddof=1) * math.sqrt(1.25))
    assert luck.luck(x, 0.995).predicted == pytest.approx(stats.t.sf(t, 3))


def test_score_equal_up_to_rounding_counts():
    assert luck.luck([0.1 + 0.2, 0.5], 0.3).at_least == 2
    assert luck.luck([0.3, 0.5], 0.1 + 0.2).at_least == 2


@pytest.mark.parametrize(("scores", "reason"), [([0.5], "one run"), ([0.5] * 3, "nothing varied")])
def test_nothing_can_be_predicted_without_spread(scores, reason):
    found = luck.luck(scores, 0.6)
    assert math.isnan(found.predicted)
    assert reason in found.reason


def test_quote_is_the_mean():
    assert luck.luck([1, 2, 6], 5).quote == 3


@given(SCORES, st.integers(0, 10).map(lambda k: k / 100))
def test_gap_counts_pairs(scores, gap):
    found = luck.chance_of_gap(scores, gap)
    pairs = list(combinations(scores, 2))
    if pairs:
        apart = sum(abs(a - b) >= gap - 1e-9 for a, b in pairs)
        assert found.empirical == pytest.approx((apart + 1) / (len(pairs) + 1))
    else:
        assert math.isnan(found.empirical)


def test_predicted_gap_is_a_t_tail():
    x = np.array([1.0, 2.0, 4.0])
    expected = 2 * stats.t.sf(3 / (x.std(ddof=1) * math.sqrt(2)), 2)
    assert luck.chance_of_gap(x, 3).predicted == pytest.approx(expected)


@pytest.mark.parametrize("gap", [-1, math.nan])
def test_gap_is_not_negative(gap):
    with pytest.raises(UsageError, match="gap"):
        luck.chance_of_gap([1, 2], gap)


def test_score_must_be_a_number():
    with pytest.raises(UsageError, match="score"):
        luck.luck([1, 2], math.nan)


def test_failed_runs_are_not_scores():
    with pytest.raises(Refusal, match="failed"):
        luck.luck([1, math.nan], 1)


@pytest.mark.parametrize("side", [1, -1])
def test_chance_of_a_gap_is_exact_for_exponential_scores_or_cautious(side):
    rng = np.random.default_rng(0)
    x, pair = side * rng.exponential(size=(4000, 6)), side * rng.exponential(size=(4000, 2))
    gaps = np.abs(pair[:, 0] - pair[:, 1])
    found = [luck.chance_of_gap(row, gap).cautious for row, gap in zip(x, gaps, strict=True)]
    plain = [luck.chance_of_gap(row, gap).predicted for row, gap in zip(x, gaps, strict=True)]

    assert np.mean(np.array(found) < 0.05) <= 0.05
    assert np.mean(np.array(plain) < 0.05) > 0.07


def test_chance_of_a_gap_is_never_below_that_of_normal_scores():
    found = luck.chance_of_gap([1.0, 2.0, 4.0], 30)
    assert found.cautious >= found.predicted
