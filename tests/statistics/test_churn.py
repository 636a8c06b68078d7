import math
from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from variance.errors import Refusal, UsageError
from variance.statistics import churn


def sweeps(runs):
    return hnp.arrays(np.uint8, st.tuples(runs, st.just(7)), elements=st.integers(0, 3))


MANY, LABELS = sweeps(st.integers(2, 6)), hnp.arrays(np.uint8, 7, elements=st.integers(0, 3))


@given(MANY)
def test_churn_is_the_mean_over_pairs(p):
    expected = np.mean([(a != b).mean() for a, b in combinations(p, 2)])
    assert churn.churn(p, 4) == pytest.approx(expected, abs=1e-12)


@given(LABELS, MANY, MANY)
def test_churn_between_is_the_mean_over_pairs_of_one_each(y, p, q):
    found = churn.churn_between(y, p, q, 4)
    pairs = list(product(p, q))
    expected = {
        "between": np.mean([(a != b).mean() for a, b in pairs]),
        "gained": np.mean([((a != y) & (b == y)).mean() for a, b in pairs]),
        "lost": np.mean([((a == y) & (b != y)).mean() for a, b in pairs]),
        "within_baseline": churn.churn(p, 4),
        "within_candidate": churn.churn(q, 4),
    }
    for name, value in expected.items():
        assert getattr(found, name) == pytest.approx(value, abs=1e-12)


@given(LABELS, MANY, MANY)
def test_gained_less_lost_is_the_difference_in_accuracy(y, p, q):
    found = churn.churn_between(y, p, q, 4)
    assert found.gained - found.lost == pytest.approx((q == y).mean() - (p == y).mean())


def test_votes_do_not_depend_on_blocks(monkeypatch):
    p = np.random.default_rng(0).integers(4, size=(9, 7))
    whole = churn.votes(p, 4)
    monkeypatch.setattr(churn, "BLOCK", 10)
    assert (churn.votes(p, 4) == whole).all()


def test_one_run_has_no_churn():
    assert math.isnan(churn.churn([[0, 1, 2]], 3))


def test_one_run_has_no_churn_within():
    found = churn.churn_between([0, 1], [[0, 1]], [[0, 0]], 2)
    assert math.isnan(found.within_baseline)
    assert found.between == 0.5


def test_identical_runs_have_none():
    assert churn.churn([[0, 1], [0, 1], [0, 1]], 2) == 0


def test_unstable_examples_come_first_and_stable_ones_not_at_all():
    p = np.array([[0, 0, 1], [0, 1, 1], [0, 2, 1], [0, 1, 0]])
    found = churn.unstable([0, 1, 1], p, 3)
    assert found.index.tolist() == [1, 2]
    assert found.right.tolist() == [0.5, 0.75]
    assert found.disagreement[0] == pytest.approx(5 / 6)


def test_unstable_of_one_run_is_empty():
    assert churn.unstable([0, 1], [[0, 0]], 2).index.size == 0


def test_majority_outvotes_single_mistakes():
    p = np.array([[0, 1, 0], [0, 0, 1], [1, 1, 1]])
    assert churn.majority_accuracy([0, 1, 1], p, 2) == 1


def test_majority_shares_ties():
    assert churn.majority_accuracy([0], [[0], [1]], 2) == 0.5
    assert churn.majority_accuracy([2], [[0], [1]], 3) == 0


def test_majority_of_one_run_is_its_accuracy():
    assert churn.majority_accuracy([0, 1], [[0, 0]], 2) == 0.5


def test_largest_flips_are_named():
    a = np.array([[1, 1, 0, 1], [1, 0, 0, 1]], dtype=bool)
    b = np.array([[0, 1, 1, 1], [0, 1, 1, 1]], dtype=bool)
    found = churn.largest_flips(a, b)
    assert found.index.tolist() == [0, 2, 1]
    assert found.change.tolist() == [-1, 1, 0.5]


def test_labels_must_fit():
    with pytest.raises(UsageError, match="3 labels and 2"):
        churn.churn_between([0, 1, 1], [[0, 1]], [[0, 1]], 2)


def test_classes_out_of_range_are_refused():
    with pytest.raises(Refusal, match="class 5"):
        churn.churn([[0, 5]], 3)
