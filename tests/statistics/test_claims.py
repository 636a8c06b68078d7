import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from variance.errors import UsageError
from variance.statistics import claims, means, tails

SCORES = st.lists(
    st.integers(900, 1000).map(lambda k: k / 1000), min_size=2, max_size=12, unique=True
)
X = np.array([0.98, 0.99, 0.97, 0.985, 0.991])


@pytest.mark.parametrize("n", [2, 3, 5, 30, 500])
@pytest.mark.parametrize("t", [-40.0, -2.0, 0.0, 0.7, 3.0, 1e4])
def test_tail_of_one_training_is_a_t_tail(n, t):
    scaled = t / math.sqrt(1 + 1 / n)
    up, down = tails.normal_tail(t, n, 1), tails.normal_tail(t, n, 1, upper=False)

    assert up == pytest.approx(stats.t.sf(scaled, n - 1), rel=1e-8, abs=1e-300)
    assert down == pytest.approx(stats.t.cdf(scaled, n - 1), rel=1e-8, abs=1e-300)


@pytest.mark.parametrize(("n", "k", "t"), [(3, 5, 1.0), (5, 10, 2.0), (30, 3, 1.5)])
def test_tail_of_the_best_is_that_of_a_multivariate_t(n, k, t):
    # The k standardised scores share the mean and the SD of the n: correlation 1 / (n + 1).
    shape = np.full((k, k), 1 / (n + 1))
    np.fill_diagonal(shape, 1)
    joint = stats.multivariate_t(shape=shape, df=n - 1, seed=0)

    expected = joint.cdf(np.full(k, t / math.sqrt(1 + 1 / n)))
    assert tails.normal_tail(t, n, k, upper=False) == pytest.approx(expected, abs=5e-4)


def test_tail_of_a_shifted_best_is_that_of_a_simulation():
    rng = np.random.default_rng(0)
    x, best = rng.standard_normal((200_000, 4)), rng.standard_normal((200_000, 3)).max(axis=1) + 0.8
    found = (best > x.mean(axis=1) + 1.5 * x.std(axis=1, ddof=1)).mean()

    assert tails.normal_tail(1.5, 4, 3, shift=0.8) == pytest.approx(found, abs=0.004)


@pytest.mark.parametrize(("n", "k"), [(2, 1), (4, 2), (3, 4)])
def test_ranks_are_counted_over_all_orders(n, k):
    from itertools import combinations

    # Where the k others lie among the n + k, best first, all places being equally likely.
    better = [min(places) for places in combinations(range(n + k), k)]
    for r in range(n + 1):
        assert tails.reached_by_rank(r, n, k) == pytest.approx(np.mean([b <= r for b in better]))
        assert tails.missed_by_rank(n - r, n, k) == pytest.approx(np.mean([b >= r for b in better]))


@settings(max_examples=40, deadline=None)
@given(SCORES, st.integers(850, 1050).map(lambda k: k / 1000 + 0.0005), st.integers(1, 12))
def test_range_and_chances_reject_the_same_scores(scores, score, k):
    found = claims.best_of(scores, score, k)

    assert (found.at_least < 0.025) == (score > found.high)
    assert (found.at_most < 0.025) == (score < found.low)


@settings(max_examples=40, deadline=None)
@given(SCORES, st.floats(0.8, 1.1), st.integers(1, 12))
def test_direction_is_a_mirror(scores, score, k):
    up = claims.best_of(scores, score, k)
    down = claims.best_of([-x for x in scores], -score, k, higher_is_better=False)

    assert (down.at_least, down.at_most) == pytest.approx((up.at_least, up.at_most), rel=1e-6)
    assert (down.low, down.high) == pytest.approx((-up.low, -up.high))


def test_from_40_runs_on_a_single_score_needs_no_distribution():
    x = np.random.default_rng(0).normal(size=40)
    few, enough = claims.best_of(x[:39], 0.0), claims.best_of(x, 0.0)

    assert few.high > x[:39].max()
    assert (enough.low, enough.high) == (x.min(), x.max())


def test_score_that_a_run_reached_is_never_rejected_by_few_runs():
    straggler = [0.9, 0.9001, 0.9002, 0.9001, 0.95]

    assert claims.best_of(straggler, 0.95).at_least == pytest.approx(2 / 6)


@pytest.mark.parametrize(("scores", "reason"), [([0.5], "one run"), ([0.5] * 3, "nothing varied")])
def test_nothing_can_be_placed_without_spread(scores, reason):
    found = claims.best_of(scores, 0.6, 3)

    assert math.isnan(found.at_least)
    assert math.isnan(found.high)
    assert reason in found.reason


@pytest.mark.parametrize(("n", "k"), [(3, 1), (3, 10), (10, 5), (30, 1), (60, 1)])
def test_true_claim_is_seldom_rejected(n, k):
    rng = np.random.default_rng(n + k)

    def outside():
        found = claims.best_of(rng.standard_normal(n), 0.0, k)
        high, low = stats.norm.cdf([found.high, found.low]) ** k
        return 1 - high, low

    missed = np.array([outside() for _ in range(120)])
    error = 3.5 * missed.std(axis=0) / math.sqrt(120)
    assert (missed.mean(axis=0) - error <= 0.025).all()


@pytest.mark.parametrize("n", [2, 3, 2000])
def test_extremes_are_computed(n):
    x = np.random.default_rng(0).normal(size=n)
    far, sure = claims.best_of(x, 1e300, 5), claims.best_of(x, 0.0, 5, level=1 - 1e-16)

    assert 0 < far.at_least <= far.at_least_by_rank
    assert sure.low <= x.min() < x.max() <= sure.high


def test_lead_that_is_detectable_is_detected_so_often():
    lead, rng = claims.detectable_lead(2.5, 10, 3), np.random.default_rng(0)
    x, best = rng.standard_normal((50_000, 10)), rng.standard_normal((50_000, 3)).max(axis=1) + lead

    found = (best > x.mean(axis=1) + 2.5 * x.std(axis=1, ddof=1)).mean()
    assert found == pytest.approx(0.8, abs=0.01)


def test_mean_without_spread_is_a_cautious_t_test_with_the_runs_own():
    found = claims.against_mean(X, 0.99, 4)
    t = (X.mean() - 0.99) / (X.std(ddof=1) * math.sqrt(1 / 5 + 1 / 4))

    assert found.df == pytest.approx(5 / 8 * math.sqrt(5))
    assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), found.df))
    assert found.estimate == pytest.approx(X.mean() - 0.99)


def test_mean_of_endless_runs_is_a_one_sample_statistic():
    expected = stats.ttest_1samp(X, 0.99)

    assert claims.against_mean(X, 0.99, 10**12).statistic == pytest.approx(expected.statistic)


def test_difference_that_is_detectable_is_detected_so_often():
    rng = np.random.default_rng(0)
    x, other = rng.standard_normal((40_000, 8)), rng.standard_normal((40_000, 4)).mean(axis=1)
    one = claims.against_mean(x[0], 0.0, 4)
    shift = claims.detectable_difference(one, 7) / one.standard_error * math.sqrt(1 / 8 + 1 / 4)

    error = x.std(axis=1, ddof=1) * math.sqrt(1 / 8 + 1 / 4)
    found = (x.mean(axis=1) - other + shift) / error > stats.t.isf(0.025, one.df)
    assert found.mean() == pytest.approx(0.8, abs=0.01)


def test_sample_is_compared_by_welch():
    expected = stats.ttest_ind_from_stats(
        X.mean(), X.std(ddof=1), 5, 0.992, 0.003, 8, equal_var=False
    )
    found = claims.against_sample(X, 0.992, 0.003, 8)

    assert found.method == "Welch t"
    assert (found.statistic, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))
    assert (found.low, found.high) == pytest.approx(
        stats.ttest_ind(X, _sample(0.992, 0.003, 8), equal_var=False).confidence_interval()
    )


def _sample(mean, sd, n):
    x = np.arange(n, dtype=float)
    return mean + sd * (x - x.mean()) / x.std(ddof=1)


@pytest.mark.parametrize("n", [3, 4, 8])
def test_published_runs_give_the_p_value_of_the_runs_themselves(n):
    theirs = np.random.default_rng(n).normal(0.99, 0.003, n)
    moments = (theirs.mean(), theirs.std(ddof=1), n)
    found, known = claims.against_sample(X, *moments), means.capped_welch_t(theirs, X)

    assert (found.p_value, found.df) == pytest.approx((known.p_value, known.df))
    assert found.bounds == pytest.approx(known.bounds)


def test_redrawn_splits_widen_both_sides():
    plain = claims.against_sample(X, 0.992, 0.003, 8).standard_error
    wide = claims.against_sample(X, 0.992, 0.003, 8, test_share=0.5).standard_error

    assert wide**2 - plain**2 == pytest.approx(0.5 * (X.var(ddof=1) + 0.003**2))


@pytest.mark.parametrize("n", [3, 5, 30])
@pytest.mark.parametrize("m", [2, 3, 5, 30])
@pytest.mark.parametrize("ratio", [0.35, 1.0, 3.0])
def test_true_mean_and_sd_are_seldom_rejected(n, m, ratio):
    rng = np.random.default_rng(n + m)

    def rejects():
        y = ratio * rng.standard_normal(m)
        return claims.against_sample(rng.standard_normal(n), y.mean(), y.std(ddof=1), m).excludes(0)

    rate = np.mean([rejects() for _ in range(800)])
    assert rate <= 0.055 + 3.5 * math.sqrt(0.055 * 0.945 / 800)


@pytest.mark.parametrize("m", [1, 2, 30])
def test_true_mean_is_seldom_rejected(m):
    rng = np.random.default_rng(m)

    def rejects():
        claim = rng.standard_normal(m).mean()
        return claims.against_mean(rng.standard_normal(3), claim, m).excludes(0)

    assert np.mean([rejects() for _ in range(1500)]) <= 0.05 + 3.5 * 0.0057


def test_ratio_of_spreads_is_an_f_interval():
    found = claims.ratio_of_spreads(X, 0.003, 8)
    ratio = 0.003 / X.std(ddof=1)
    low, high = ratio / np.sqrt(stats.f.ppf([0.975, 0.025], 7, 4))

    assert (found.estimate, found.low, found.high) == pytest.approx((ratio, low, high))


@pytest.mark.parametrize("sd", [0, -1, math.nan, math.inf])
def test_sd_must_be_positive(sd):
    with pytest.raises(UsageError, match="sd must be a positive number"):
        claims.against_sample(X, 0.99, sd, 5)


def test_sd_of_one_run_is_refused():
    with pytest.raises(UsageError, match="at least 2"):
        claims.against_sample(X, 0.99, 0.1, 1)


SKEWED = {"log-normal": lambda rng, size: np.exp(rng.standard_normal(size)),
          "gamma": lambda rng, size: rng.gamma(2.0, size=size)}  # fmt: skip


@pytest.mark.parametrize("shape", SKEWED)
@pytest.mark.parametrize(("m", "n"), [(3, 10), (10, 100)])
def test_true_mean_of_skewed_scores_is_seldom_rejected(shape, m, n):
    rng = np.random.default_rng(m)
    x, claimed = SKEWED[shape](rng, (4000, m)), SKEWED[shape](rng, (4000, n)).mean(axis=1)
    t = (x.mean(axis=1) - claimed) / (x.std(axis=1, ddof=1) * math.sqrt(1 / m + 1 / n))
    critical = stats.t.isf(0.025, claims.against_mean(x[0], 0.0, n).df)

    assert (np.abs(t) > critical).mean() <= 0.06
    # With m - 1 degrees of freedom it is rejected far too often.
    assert (np.abs(t) > stats.t.isf(0.025, m - 1)).mean() > 0.06


@pytest.mark.parametrize("shape", SKEWED)
@pytest.mark.parametrize(("m", "n"), [(3, 100), (30, 5), (10, 12), (8, 8)])
def test_true_mean_and_sd_of_skewed_scores_is_seldom_rejected(shape, m, n):
    rng = np.random.default_rng(m)
    x, y = SKEWED[shape](rng, (1500, m)), SKEWED[shape](rng, (1500, n))
    found = [
        claims.for_skewed(claims.against_sample(one, other.mean(), other.std(ddof=1), n))
        for one, other in zip(x, y, strict=True)
    ]

    assert np.mean([one.excludes(0) for one in found]) <= 0.06
    assert all(one.excludes(0) == (one.p_value < 0.05) for one in found)


def test_equally_many_runs_need_no_caution():
    found = claims.against_sample(X, 0.992, 0.003, 5)

    assert claims.for_skewed(found) is found
    assert claims.for_skewed(claims.against_sample(X, 0.992, 0.003, 50)).df < 2
