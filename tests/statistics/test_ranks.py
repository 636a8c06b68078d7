import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from variance.errors import UsageError
from variance.statistics import ranks

VALUES = st.integers(90, 100).map(lambda k: k / 100)
SAMPLES = st.lists(VALUES, min_size=1, max_size=8)
PAIRS = st.integers(1, 9).flatmap(
    lambda n: st.tuples(*(st.lists(VALUES, min_size=n, max_size=n) for _ in range(2)))
)


@settings(deadline=None)
@given(SAMPLES, SAMPLES)
def test_superiority_counts_pairs_and_half_of_ties(x, y):
    gaps = np.subtract.outer(y, x)
    expected = ((gaps > 0) + 0.5 * (gaps == 0)).mean()
    assert ranks.superiority(x, y).estimate == pytest.approx(expected)


@settings(deadline=None, max_examples=300)
@given(SAMPLES, SAMPLES, st.sampled_from([0.01, 0.05, 0.2]))
def test_superiority_interval_and_p_value_agree(x, y, alpha):
    found = ranks.superiority(x, y, level=1 - alpha)
    outside = found.low > 0.5 or found.high < 0.5
    assert (found.p_value < alpha) == outside


@settings(deadline=None, max_examples=200)
@given(PAIRS, st.booleans())
def test_superiority_interval_stays_inside_and_holds_the_estimate(scores, paired):
    found = ranks.superiority(*scores, paired=paired)
    if len(scores[0]) > 1:
        assert 0 <= found.low <= found.estimate <= found.high <= 1
    else:
        assert math.isnan(found.low)


@pytest.mark.parametrize("paired", [True, False])
def test_superiority_under_complete_separation_has_an_interval(paired):
    found = ranks.superiority([1, 2, 3, 4, 5], [6, 7, 8, 9, 10], paired=paired)
    assert found.estimate == found.high == 1
    assert 0.5 < found.low < 1
    assert found.significant()
    assert found.meaningful()


def test_superiority_of_all_ties_is_one_half():
    found = ranks.superiority([1, 1, 1], [1, 1, 1])
    assert found.estimate == 0.5
    assert found.low < 0.5 < found.high
    assert found.p_value == 1


def test_superiority_mirrors_when_swapped():
    x, y = [1.0, 5.0, 3.0, 2.0], [2.5, 4.0, 6.0]
    there, back = ranks.superiority(x, y), ranks.superiority(y, x)
    assert (there.low, there.high) == pytest.approx((1 - back.high, 1 - back.low))


def test_superiority_of_one_run_has_no_interval():
    assert "one run" in ranks.superiority([1], [2, 3]).reason


def test_standard_error_is_brunner_and_munzels():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=9), rng.normal(0.5, 1, 7)
    error, df = ranks._error(ranks._placements(y, x), ranks._placements(x, y))
    expected = stats.brunnermunzel(x, y)
    statistic = (ranks.superiority(x, y).estimate - 0.5) / error
    assert statistic == pytest.approx(expected.statistic)
    assert 2 * stats.t.sf(abs(statistic), df) == pytest.approx(expected.pvalue)


def test_paired_standard_error_is_munzel_and_brunners():
    x, y = [1.0, 4.0, 2.0, 6.0], [3.0, 5.0, 2.5, 9.0]
    gaps = []
    for i in range(4):
        below = np.mean([v < y[i] for v in x])
        above = np.mean([v < x[i] for v in y])
        gaps.append(below - above)
    first, second = np.array(x), np.array(y)
    places = ranks._placements(second, first), ranks._placements(first, second)
    error, df = ranks._paired_error(*places)
    assert (error, df) == pytest.approx((np.std(gaps, ddof=1) / 2, 3))


def test_pairs_that_move_together_narrow_the_interval():
    rng = np.random.default_rng(0)
    x = rng.normal(size=20)
    y = x + 0.5 + 0.1 * rng.normal(size=20)
    together, apart = ranks.superiority(x, y, paired=True), ranks.superiority(x, y)
    assert together.estimate == apart.estimate
    assert together.high - together.low < 0.5 * (apart.high - apart.low)


def test_not_reaching_gamma_is_not_meaningful():
    x = np.arange(100.0)
    found = ranks.superiority(x, x + 12)
    assert found.significant()
    assert not found.meaningful()


@settings(deadline=None)
@given(PAIRS)
def test_wilcoxon_is_a_probability_and_never_below_the_smallest(scores):
    found = ranks.wilcoxon(*scores)
    assert found.smallest <= found.p_value + 1e-12
    assert found.p_value <= 1


def test_wilcoxon_of_tied_pairs_is_one():
    found = ranks.wilcoxon([1, 2, 3], [1, 2, 3])
    assert found.p_value == 1
    assert "tied" in found.reason


def test_wilcoxon_ignores_differences_that_are_rounding():
    found = ranks.wilcoxon([0.3, 0.5, 0.9], [0.1 + 0.2, 0.7, 0.95])
    assert found.smallest == 0.5


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize("n", [5, 9, 14])
def test_wilcoxon_with_ties_counts_all_signs(n, alternative):
    d = np.random.default_rng(n).integers(-3, 6, n)
    d[d == 0] = 1
    sizes = stats.rankdata(np.abs(d))
    sums = np.zeros(1)
    for size in sizes:
        sums = np.concatenate((sums, sums + size))
    seen = sizes[d > 0].sum()
    shares = {"greater": np.mean(sums >= seen), "less": np.mean(sums <= seen)}
    shares["two-sided"] = min(1, 2 * min(shares.values()))
    found = ranks.wilcoxon(np.zeros(n), d, alternative=alternative)

    assert found.exact
    assert found.p_value == pytest.approx(shares[alternative], rel=1e-12)


@pytest.mark.parametrize("n", [20, 50])
def test_wilcoxon_without_ties_is_that_of_scipy(n):
    d = np.random.default_rng(n).normal(0.3, 1, n)
    exact = stats.wilcoxon(d, method="exact").pvalue

    assert ranks.wilcoxon(np.zeros(n), d).p_value == pytest.approx(exact, rel=1e-9)


def test_wilcoxon_of_more_pairs_than_are_counted_is_normal():
    d = np.random.default_rng(0).normal(0.1, 1, 301)
    found = ranks.wilcoxon(np.zeros(301), d)

    assert not found.exact
    assert found.p_value == pytest.approx(stats.wilcoxon(d, method="asymptotic").pvalue)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
@pytest.mark.parametrize(("n", "m"), [(3, 4), (6, 5), (2, 9)])
def test_mann_whitney_with_ties_counts_all_splits(n, m, alternative):
    both = np.random.default_rng(n).integers(0, 5, n + m)
    sizes = stats.rankdata(both)
    sums = np.array([sizes[list(mine)].sum() for mine in combinations(range(n + m), m)])
    seen = sizes[n:].sum()
    shares = {"greater": np.mean(sums >= seen), "less": np.mean(sums <= seen)}
    shares["two-sided"] = min(1, 2 * min(shares.values()))
    found = ranks.mann_whitney(both[:n], both[n:], alternative=alternative)

    assert found.exact
    assert found.p_value == pytest.approx(shares[alternative], rel=1e-12)
    assert alternative != "two-sided" or found.p_value >= found.smallest


@pytest.mark.parametrize(("n", "m"), [(5, 30), (20, 20), (20, 200)])
def test_mann_whitney_without_ties_is_that_of_scipy(n, m):
    rng = np.random.default_rng(n)
    x, y = rng.normal(size=n), rng.normal(0.4, 1, m)
    exact = stats.mannwhitneyu(y, x, method="exact")
    found = ranks.mann_whitney(x, y)

    assert (found.statistic, found.p_value) == pytest.approx((exact.statistic, exact.pvalue))
    assert found.exact


def test_wilcoxon_ties_differences_that_rounding_parts():
    x, y = np.array([0.970, 0.971, 0.3, 0.5]), np.array([0.973, 0.974, 0.1, 0.9])
    assert ranks.wilcoxon(x, y).p_value == ranks.wilcoxon(x * 0, [3, 3, -200, 400]).p_value


@pytest.mark.parametrize(("n", "m", "spread", "gap"), [(30, 3, 2.5, 0.0), (10, 100, 0.4, 2.0)])
def test_superiority_of_unequally_many_runs_covers(n, m, spread, gap):
    # Brunner and Munzel's interval alone covers 91 % and 85 % here.
    rng, truth = np.random.default_rng(n), stats.norm.cdf(gap / math.hypot(1, spread))
    found = [ranks.superiority(rng.normal(size=n), rng.normal(gap, spread, m)) for _ in range(500)]
    held = np.mean([one.low <= truth <= one.high for one in found])

    assert held >= 0.94 - 2 * math.sqrt(0.06 * 0.94 / 500)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_mann_whitney_is_scipys(alternative):
    x, y = [1.1, 2.2, 5.5], [2.1, 6.6, 7.7, 8.8]
    expected = stats.mannwhitneyu(y, x, alternative=alternative, method="exact")
    found = ranks.mann_whitney(x, y, alternative=alternative)
    assert (found.statistic, found.p_value) == (expected.statistic, expected.pvalue)
    assert found.exact


def test_mann_whitney_of_equal_scores_is_one():
    assert ranks.mann_whitney([1, 1], [1, 1, 1]).p_value == 1


def test_mann_whitney_of_many_tied_runs_is_normal():
    x = np.tile([1, 2, 3], 30)
    found, known = ranks.mann_whitney(x, x + (x == 2)), stats.mannwhitneyu(x + (x == 2), x)

    assert not found.exact
    assert found.p_value == pytest.approx(known.pvalue)


def test_effect_sizes_without_spread_are_undefined():
    found = ranks.effect_sizes([1, 1, 1], [2, 2, 2])
    assert math.isnan(found.cohen_d)
    assert (found.superiority, found.cliff_delta) == (1, 1)


def test_effect_sizes_of_one_run_each():
    found = ranks.effect_sizes([1], [2])
    assert math.isnan(found.hedges_g)
    assert found.superiority == 1


def test_rank_biserial_needs_pairs_that_differ():
    assert math.isnan(ranks.effect_sizes([1, 2], [1, 2], paired=True).rank_biserial)
    assert math.isnan(ranks.effect_sizes([1, 2], [1, 3]).rank_biserial)
    assert ranks.effect_sizes([1, 2], [2, 4], paired=True).rank_biserial == 1


def test_pairs_need_equal_lengths():
    with pytest.raises(UsageError, match="differ in number"):
        ranks.superiority([1, 2], [1, 2, 3], paired=True)


def test_placements_that_differ_by_rounding_alone_have_no_spread():
    found = ranks.superiority([0.99, 0.94, 0.97], [1.0, 0.95, 0.98], paired=True)

    assert found.low < 0.5 < found.high
    assert found.p_value > 0.5
    assert "no spread" in found.method
