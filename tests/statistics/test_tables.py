import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from variance.errors import Refusal, UsageError
from variance.statistics import tables


@pytest.mark.parametrize("method", ["boschloo", "fisher"])
def test_no_failures_differ_in_nothing(method):
    assert tables.failures((0, 30), (0, 30), method=method).p_value == 1


def test_all_failed_differ_in_nothing():
    assert tables.failures((5, 5), (7, 7)).p_value == 1


def test_fisher_is_the_hypergeometric():
    found = tables.failures((0, 10), (5, 10), method="fisher")
    assert found.p_value == pytest.approx(2 * stats.hypergeom.pmf(5, 20, 5, 10))


def test_boschloo_is_sharper_than_fisher():
    sharp = tables.failures((0, 10), (5, 10)).p_value
    assert 0 < sharp < tables.failures((0, 10), (5, 10), method="fisher").p_value


def test_many_runs_are_compared_by_fisher():
    assert "Fisher" in tables.failures((1, 200), (9, 200)).method


def test_no_runs_are_undefined():
    assert "no runs" in tables.failures((0, 0), (1, 3)).reason


@pytest.mark.parametrize("counts", [(4, 3), (-1, 3)])
def test_impossible_counts_are_refused(counts):
    with pytest.raises(UsageError, match="impossible"):
        tables.failures(counts, (0, 3))


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_binomial(b, c):
    n, k = b + c, min(b, c)
    expected = min(1, 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n)
    assert tables.mcnemar([[5, b], [c, 7]]).p_value == pytest.approx(expected)


@pytest.mark.parametrize("table", [[[1, 2, 3]], [[1, -2], [3, 4]], [[1, 0.5], [1, 1]]])
def test_mcnemar_wants_counts(table):
    with pytest.raises(UsageError, match="2 x 2"):
        tables.mcnemar(table)


def test_mcnemar_table_wants_equal_lengths():
    with pytest.raises(UsageError, match="shape"):
        tables.mcnemar_table([0, 1], [0, 1], [0])


def test_cochran_without_disagreement_is_undefined():
    assert "agree" in tables.cochran_q([[1, 0], [1, 0], [1, 0]]).reason


@pytest.mark.parametrize(("correct", "words"), [([[1, 0]], "1 row"), ([[1, 2], [0, 1]], "correct")])
def test_cochran_refuses(correct, words):
    with pytest.raises(Refusal, match=words):
        tables.cochran_q(correct)


def test_friedman_is_scipys():
    x = np.random.default_rng(0).integers(5, size=(4, 9))
    expected = stats.friedmanchisquare(*x)
    found = tables.friedman(x)
    assert (found.chi2, found.p_value) == pytest.approx((expected.statistic, expected.pvalue))


def test_friedman_of_ties_is_undefined():
    assert "tied" in tables.friedman(np.ones((3, 4))).reason


def test_friedman_of_perfect_agreement_is_not_zero():
    found = tables.friedman(np.arange(3)[:, None] + np.zeros((3, 5)))
    assert found.iman_davenport == math.inf
    assert found.iman_davenport_p > 0


def test_friedman_needs_three_methods():
    with pytest.raises(Refusal, match="Wilcoxon"):
        tables.friedman(np.ones((2, 5)))
