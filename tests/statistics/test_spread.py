import math

import numpy as np
import pytest
from scipy import stats

from variance.statistics import spread


def test_is_scipys_levene_from_the_median():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=8), rng.normal(0, 4, size=6)
    expected = stats.levene(x, y, center="median")
    found = spread.brown_forsythe(x, y)
    assert (found.statistic, found.p_value) == (expected.statistic, expected.pvalue)


def test_ratio_is_candidate_over_baseline():
    assert spread.brown_forsythe([1, 2, 3, 5], [2, 4, 6, 10]).ratio == pytest.approx(2)


def test_one_constant_side_is_still_compared():
    found = spread.brown_forsythe([1, 1, 1, 1], [1, 2, 3, 5])
    assert found.ratio == math.inf
    assert 0 < found.p_value < 1


@pytest.mark.parametrize(
    ("x", "y", "reason"),
    [
        ([1, 2], [1, 2, 3], "fewer than 3"),
        ([1, 1, 1], [2, 2, 2], "nothing varied"),
        ([1, 1, 1, 1], [1, 2, 1, 2], "deviations"),
    ],
)
def test_undefined_cases_say_why(x, y, reason):
    found = spread.brown_forsythe(x, y)
    assert reason in found.reason
    assert math.isnan(found.p_value)
