import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from variance.errors import Refusal, UsageError
from variance.statistics import permutation

VALUES = st.integers(90, 100).map(lambda k: k / 100)
PAIRS = st.integers(1, 7).flatmap(
    lambda n: st.tuples(*(st.lists(VALUES, min_size=n, max_size=n) for _ in range(2)))
)


def flip(x, y, **options):
    return permutation.sign_flip(x, y, rng=np.random.default_rng(0), **options)


def reassign(x, y, **options):
    return permutation.two_sample_permutation(x, y, rng=np.random.default_rng(0), **options)


@settings(deadline=None)
@given(PAIRS)
def test_sign_flip_is_the_enumeration(scores):
    x, y = (np.array(s) for s in scores)
    d = np.round((y - x) * 100)
    sums = [abs(np.dot(signs, d)) for signs in product((1, -1), repeat=d.size)]
    assert flip(x, y).p_value == np.mean([s >= abs(d.sum()) for s in sums])


@settings(deadline=None, max_examples=50)
@given(st.lists(VALUES, min_size=1, max_size=4), st.lists(VALUES, min_size=1, max_size=4))
def test_two_sample_is_the_enumeration(x, y):
    both = np.round(np.array([*x, *y]) * 100)
    gaps = []
    for chosen in combinations(range(both.size), len(y)):
        inside = np.isin(np.arange(both.size), chosen)
        gaps.append(both[inside].mean() - both[~inside].mean())
    gaps = np.array(gaps)
    observed = np.round(np.array(y) * 100).mean() - np.round(np.array(x) * 100).mean()
    one_sided = min((gaps >= observed - 1e-9).mean(), (gaps <= observed + 1e-9).mean())
    assert reassign(x, y).p_value == pytest.approx(min(1, 2 * one_sided))


@pytest.mark.parametrize("alternative", permutation.ALTERNATIVES)
def test_sign_flip_is_scipys(alternative):
    x, y = np.random.default_rng(1).normal(size=(2, 9))
    expected = stats.permutation_test(
        (y - x,), np.mean, permutation_type="samples", n_resamples=np.inf,
        alternative=alternative,
    )  # fmt: skip
    assert flip(x, y, alternative=alternative).p_value == pytest.approx(expected.pvalue)


def test_random_signs_approach_the_exact_ones(monkeypatch):
    x, y = np.random.default_rng(2).normal(size=(2, 12))
    exact = flip(x, y)
    monkeypatch.setattr(permutation, "EXACT_SIGNS", 5)
    random = flip(x, y)
    assert exact.exact
    assert not random.exact
    assert random.p_value == pytest.approx(exact.p_value, abs=0.01)


def test_random_p_value_is_never_zero():
    found = flip(np.zeros(40), np.arange(1.0, 41), resamples=999)
    assert found.p_value == 1 / 1000


def test_exact_up_to_twenty_pairs():
    x, y = np.zeros(20), np.ones(20)
    found = flip(x, y)
    assert found.exact
    assert found.p_value == found.smallest == 2 / 2**20


def test_two_sample_beyond_the_limit_is_random():
    rng = np.random.default_rng(3)
    found = reassign(rng.normal(size=12), rng.normal(3, 1, 12), resamples=999)
    assert not found.exact
    assert found.p_value == 2 / 1000


@pytest.mark.parametrize("test", [flip, reassign])
def test_identical_scores_give_one(test):
    assert test([0.5, 0.6], [0.5, 0.6]).p_value == 1


@pytest.mark.parametrize("test", [flip, reassign])
def test_constant_scores_give_one(test):
    assert test([0.5] * 3, [0.5] * 3).p_value == 1


@pytest.mark.parametrize("test", [flip, reassign])
def test_one_run_can_show_nothing(test):
    found = test([0.1], [0.9])
    assert found.p_value == found.smallest == 1


@pytest.mark.parametrize("alternative", permutation.ALTERNATIVES)
def test_two_sample_is_scipys(alternative):
    x, y = np.random.default_rng(1).normal(size=(2, 5))
    expected = stats.permutation_test(
        (y, x), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis), n_resamples=np.inf,
        alternative=alternative, vectorized=True,
    )  # fmt: skip
    assert reassign(x, y, alternative=alternative).p_value == pytest.approx(expected.pvalue)


def test_random_splits_approach_the_exact_ones(monkeypatch):
    x, y = np.random.default_rng(2).normal(size=(2, 6))
    exact = reassign(x, y)
    monkeypatch.setattr(permutation, "EXACT_SPLITS", 5)
    assert reassign(x, y, resamples=50_000).p_value == pytest.approx(exact.p_value, abs=0.02)


@pytest.mark.parametrize("test", [flip, reassign])
def test_greater_means_the_candidate_is_higher(test):
    x, y = [1.0, 2.0, 3.0, 4.0], [11.0, 12.5, 13.0, 14.0]
    assert test(x, y, alternative="greater").p_value < 0.1
    assert test(x, y, alternative="less").p_value == 1


def test_unknown_alternative_is_refused():
    with pytest.raises(UsageError, match="two-sided"):
        flip([1, 2], [2, 3], alternative="both")


def test_failed_runs_are_refused():
    with pytest.raises(Refusal, match="non-finite"):
        reassign([1, math.nan], [2, 3])


@pytest.mark.parametrize(("n", "p"), [(1, 1), (5, 2 / 32), (6, 2 / 64)])
def test_smallest_paired_p(n, p):
    assert permutation.smallest_p(n, paired=True) == p


@pytest.mark.parametrize(("n", "m", "p"), [(1, 1, 1), (3, 3, 0.1), (5, 5, 2 / 252)])
def test_smallest_unpaired_p(n, m, p):
    assert permutation.smallest_p(n, m, paired=False) == pytest.approx(p)


def test_smallest_p_is_never_zero():
    assert permutation.smallest_p(5000, paired=True) > 0
    assert permutation.smallest_p(5000, 5000, paired=False) > 0


def test_smallest_unpaired_p_needs_both_sizes():
    with pytest.raises(UsageError, match="other side"):
        permutation.smallest_p(3, paired=False)
