"""Unpaired means of unequally many runs: Welch's t joined with shuffling."""

import math
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from variance.statistics import means
from variance.statistics.unpaired import ShuffledDifference, splits, unpaired_t

SIZES = [(3, 4), (4, 3), (3, 6), (5, 3), (2, 5)]
SHAPES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "skewed": lambda rng, n: rng.lognormal(size=n),
    "tied": lambda rng, n: rng.binomial(20, 0.85, size=n) / 20,
}


def pair(shape, n, m, seed=0, gap=0.0):
    rng = np.random.default_rng(seed)
    return SHAPES[shape](rng, n), SHAPES[shape](rng, m) + gap


def statistic(x, y):
    error = math.sqrt(x.var(ddof=1) / x.size + y.var(ddof=1) / y.size)
    gap = y.mean() - x.mean()
    return gap / error if error > 1e-12 else math.copysign(math.inf, gap)


def share_as_extreme(x, y, difference, *, below):
    """Count by listing every split, as the definition has it."""
    y = y - difference
    both, observed = np.concatenate((x, y)), statistic(x, y)
    sign, slack = 1 if below else -1, 1e-9 * abs(observed)
    extreme = [
        sign * statistic(both[list(mine)], np.delete(both, mine)) >= sign * observed - slack
        for mine in combinations(range(both.size), x.size)
    ]
    return np.sum(extreme), len(extreme)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n", "m"), SIZES)
def test_shuffling_counts_the_splits_that_are_as_extreme(shape, n, m):
    x, y = pair(shape, n, m, seed=3)
    found = unpaired_t(x, y)
    for difference in (0.0, 0.4, -0.9):
        below = difference <= found.estimate
        count, total = share_as_extreme(x, y, difference, below=below)
        tail = found.shuffles.tail(abs(found.estimate - difference), below=below)
        assert tail == pytest.approx(count / total if count > 1 else 0.0)


@pytest.mark.parametrize("shape", SHAPES)
def test_level_is_exact_for_two_sides_of_one_shape(shape):
    both = np.concatenate(pair(shape, 3, 5, seed=1))
    p = [
        unpaired_t(both[list(mine)], np.delete(both, mine)).p_value
        for mine in combinations(range(8), 3)
    ]
    for alpha in (2 / 56, 0.05, 0.1, 0.2):
        assert np.mean(np.array(p) < alpha) <= alpha


scores = st.integers(0, 60).map(lambda k: k / 60)
sides = st.tuples(
    st.lists(scores, min_size=2, max_size=5), st.lists(scores, min_size=2, max_size=7)
)


@settings(deadline=None, max_examples=60)
@given(sides, st.sampled_from([0.01, 0.05, 0.2]))
def test_p_value_and_interval_never_contradict(lists, alpha):
    found = unpaired_t(*lists, level=1 - alpha)

    assert (found.p_value < alpha) == found.excludes(0.0)
    assert found.p_value >= means.capped_welch_t(*lists).p_value or not found.defined


@settings(deadline=None, max_examples=60)
@given(sides, st.floats(0.01, 0.7), st.sampled_from([0.01, 0.05, 0.2]))
def test_equivalent_where_the_inner_interval_lies_within_the_margin(lists, margin, alpha):
    difference = unpaired_t(*lists)
    found = means.equivalence(difference, margin, alpha=alpha)
    inside = max(abs(found.low), abs(found.high)) < margin
    assert difference.defined == math.isfinite(found.low)
    near = any(math.isclose(abs(b), margin, rel_tol=1e-6) for b in (found.low, found.high))

    assert found.equivalent == inside or near


@pytest.mark.parametrize(("n", "m"), [(3, 4), (3, 7), (5, 50)])
def test_sides_swapped_turn_the_sign_and_nothing_else(n, m):
    x, y = pair("skewed", n, m)
    forth, back = unpaired_t(x, y), unpaired_t(y, x)

    assert back.p_value == pytest.approx(forth.p_value)
    assert back.bounds == pytest.approx((-forth.high, -forth.low))


@pytest.mark.parametrize(("n", "m"), [(3, 7), (5, 50)])
def test_shifted_candidate_shifts_the_interval(n, m):
    x, y = pair("skewed", n, m)
    near, far = unpaired_t(x, y), unpaired_t(x, y + 3)

    assert np.array(far.bounds) == pytest.approx(np.array(near.bounds) + 3)


def test_equally_many_runs_are_plain_welch():
    x, y = pair("normal", 5, 5)
    assert unpaired_t(x, y) == means.welch_t(x, y)


@pytest.mark.parametrize("more", [0.974, 0.973, 0.975])
def test_one_more_run_does_not_take_a_verdict_back(more):
    x, y = [0.970, 0.971, 0.972], [0.973, 0.974, 0.975]
    assert unpaired_t(x, y).p_value < 0.05
    assert unpaired_t(x, [*y, more]).p_value < 0.05
    assert unpaired_t([*x, more - 0.003], y).p_value < 0.05


@pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("n", [3, 4, 5, 10, 30])
def test_one_more_run_at_the_mean_of_its_side_never_raises_p(n, alpha):
    gap = stats.t.isf(alpha / 2, 2 * n - 2) * math.sqrt(2 / n)
    before = means.from_moments((0, 1, n), (gap, 1, n))
    after = means.from_moments((0, 1, n), (gap, math.sqrt((n - 1) / n), n + 1))

    assert before.p_value == pytest.approx(alpha)
    assert after.p_value < before.p_value


@pytest.mark.parametrize(("m", "limit"), [(6, 3.125), (30, 3.001)])
def test_limit_of_the_df_binds_where_the_larger_side_spreads(m, limit):
    found = means.from_moments((0, 0.1, 3), (1, 3.0, m))
    assert found.df == pytest.approx(limit)


def test_two_runs_beside_others_have_one_degree_of_freedom():
    assert means.capped_welch_t([1.0, 2.0], [2.0, 4.0, 5.0]).df == 1


def test_one_long_tail_on_both_sides_is_not_called_a_difference():
    # Of 100,000 such pairs Welch's t rejects 10.3 %.
    rng = np.random.default_rng(0)
    sweeps = [(rng.lognormal(size=3), rng.lognormal(size=15)) for _ in range(200)]
    joined, alone = (
        np.mean([compare(x, y).p_value < 0.05 for x, y in sweeps])
        for compare in (unpaired_t, means.welch_t)
    )
    assert joined <= 0.05
    assert alone > 0.08


def test_df_are_missing_where_shuffling_decides():
    x, y = pair("skewed", 5, 50)
    found = unpaired_t(x, y)

    assert found.p_value > means.capped_welch_t(x, y).p_value
    assert math.isnan(found.df)


def test_df_are_those_of_the_t_where_it_decides():
    x, y = np.array([0.1, 0.2, 0.3]), np.array([2.0, 2.1, 2.2, 2.3])
    found, t = unpaired_t(x, y), means.capped_welch_t(x, y)

    assert isinstance(found, ShuffledDifference)
    assert (found.df, found.p_value, found.bounds) == (t.df, t.p_value, t.bounds)


def test_one_constant_side_is_compared():
    found = unpaired_t([0.5, 0.5, 0.5], [0.6, 0.61, 0.62, 0.63])
    assert found.defined
    assert found.p_value < 0.05


def test_neither_side_varies():
    assert "nothing varied" in unpaired_t([0.5] * 3, [0.6] * 4).reason


def test_random_splits_are_those_of_the_seed():
    assert (splits(5, 50, 1) == splits(5, 50, 1)).all()
    assert (splits(5, 50, 1) != splits(5, 50, 2)).any()


def test_seeds_agree_within_the_error_of_their_splits():
    x, y = pair("skewed", 5, 50)
    p = [unpaired_t(x, y, seed=seed).p_value for seed in range(4)]
    error = 2 * math.sqrt(np.mean(p) / 2 / 20_000)

    assert len(set(p)) > 1
    assert np.ptp(p) < 6 * error


def test_random_splits_that_draw_the_observed_one_warn_of_nothing():
    rng = np.random.default_rng(3)
    rows = splits(4, 30, 0)
    assert (np.sort(rows, axis=1) == np.arange(4)).all(axis=1).any()

    assert unpaired_t(rng.normal(size=4), rng.normal(size=30)).defined
