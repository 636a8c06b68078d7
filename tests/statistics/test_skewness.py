"""Sample skewness against that of normal scores."""

import numpy as np
import pytest
from scipy import stats

from variance.statistics.skewness import skewness_p


@pytest.mark.parametrize("n", [5, 8, 19, 20, 60])
def test_normal_scores_are_called_skewed_as_often_as_said(n):
    rng = np.random.default_rng(n)
    rate = np.mean([skewness_p(rng.normal(size=n)) < 0.05 for _ in range(1500)])
    assert rate == pytest.approx(0.05, abs=3.5 * np.sqrt(0.0475 / 1500))


def test_five_scores_can_be_called_skewed():
    assert skewness_p([1.0, 1.01, 0.99, 1.0, 0.5]) < 0.05


def test_small_and_large_samples_meet():
    x = np.random.default_rng(0).gamma(2, size=19)
    assert skewness_p(x) == pytest.approx(stats.skewtest(x).pvalue, rel=0.15)


@pytest.mark.parametrize("scores", [[0.1], [0.1, 0.1, 0.9, 0.1], [0.5] * 9])
def test_too_few_or_constant_scores_are_not_called_skewed(scores):
    assert skewness_p(scores) == 1
