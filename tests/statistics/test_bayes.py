import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from variance.errors import Refusal, UsageError
from variance.statistics import bayes

VALUES = st.lists(st.integers(80, 100).map(lambda k: k / 100), min_size=4, max_size=4)


def signed_rank(x, y, **options):
    return bayes.signed_rank(x, y, rng=np.random.default_rng(0), **options)


@given(VALUES, VALUES, st.sampled_from([0.0, 0.01, 0.1]))
def test_probabilities_sum_to_one(x, y, rope):
    for found in (
        bayes.correlated_t(x, y, rope=rope),
        signed_rank(x, y, rope=rope, draws=200),
    ):
        assert found.worse + found.same + found.better == pytest.approx(1)
        assert min(found.worse, found.same, found.better) >= 0


def test_swapping_the_sides_mirrors():
    x, y = [0.1, 0.2, 0.4], [0.2, 0.5, 0.4]
    there, back = bayes.correlated_t(x, y, rope=0.05), bayes.correlated_t(y, x, rope=0.05)
    assert (there.worse, there.same) == pytest.approx((back.better, back.same))


def test_flat_prior_without_correlation_is_the_one_sided_t_test():
    x, y = np.random.default_rng(0).normal(size=(2, 6))
    expected = stats.ttest_rel(y, x, alternative="greater").pvalue
    assert bayes.correlated_t(x, y).worse == pytest.approx(expected)


def test_one_pair_is_refused():
    with pytest.raises(Refusal, match="at least 2"):
        bayes.correlated_t([1], [2])


@pytest.mark.parametrize("test", [bayes.correlated_t, signed_rank])
def test_rope_is_not_negative(test):
    with pytest.raises(UsageError, match="ROPE"):
        test([1, 2], [2, 3], rope=-1)


def test_signed_rank_sees_a_clear_winner():
    x = np.linspace(0.8, 0.9, 15)
    assert signed_rank(x, x + 0.05, rope=0.01).better > 0.99


@pytest.mark.parametrize("shift", [0.001, -0.007, 0.007])
def test_signed_rank_sees_practical_equivalence(shift):
    x = np.linspace(0.8, 0.9, 15)
    assert signed_rank(x, x + shift, rope=0.01).same > 0.99


def test_signed_rank_of_identical_runs_is_even():
    found = signed_rank([0.5, 0.6], [0.5, 0.6])
    assert (found.worse, found.better) == (0.5, 0.5)


def test_signed_rank_weighs_walsh_averages_one_by_one():
    d, rng = np.array([0.0, 0.3, -0.1, 0.2]), np.random.default_rng(0)
    weights = rng.dirichlet([0.5, 1, 1, 1], 500)
    wins = 0.0
    for w in weights:
        above = sum(
            w[i] * w[j] * (1.0 if d[i] + d[j] > 0 else 0.5 if d[i] + d[j] == 0 else 0.0)
            for i in range(4)
            for j in range(4)
        )
        wins += above > 0.5
    assert signed_rank(np.zeros(3), d[1:], draws=500).better == pytest.approx((wins + 0.5) / 501)


def test_no_number_of_draws_makes_an_outcome_certain():
    x = np.linspace(0.8, 0.9, 15)
    assert signed_rank(x, x + 5, draws=99).better == pytest.approx(1 - 0.5 / 100)
    assert signed_rank(x, x + 5, rope=1, draws=99).better == pytest.approx(1 - (2 / 3) / 100)
