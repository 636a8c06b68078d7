import math

import numpy as np
import pytest

from variance.errors import UsageError
from variance.statistics import means, resampled

X, Y = [0.1, 0.3, 0.2, 0.5], [0.2, 0.6, 0.4]


def test_interval_of_the_mean_is_widened_by_the_known_factor():
    spread = np.std(X, ddof=1)
    found = resampled.corrected_mean_interval(X, test_share=0.25)
    assert found.half_width == pytest.approx(3.182446305284263 * spread * math.sqrt(1 / 4 + 0.25))


def test_one_split_has_no_interval():
    found = resampled.corrected_mean_interval([0.3], test_share=0.25)
    assert math.isnan(found.low)
    assert "one run" in found.reason


def test_splits_that_do_not_vary_have_a_point():
    found = resampled.corrected_mean_interval([0.3, 0.3], test_share=0.25)
    assert (found.low, found.high) == (0.3, 0.3)
    assert found.reason


def test_unpaired_becomes_welch_as_the_share_vanishes():
    found, welch = resampled.corrected_welch_t(X, Y, test_share=1e-12), means.welch_t(X, Y)
    assert (found.low, found.df) == pytest.approx((welch.low, welch.df))


def test_unpaired_is_wider_than_welch():
    found, welch = resampled.corrected_welch_t(X, Y, test_share=0.25), means.welch_t(X, Y)
    assert found.low < welch.low < welch.high < found.high


@pytest.mark.parametrize(("x", "y", "reason"), [([1], [2, 3], "one run"), ([1, 1], [2, 2], "not")])
def test_undefined_cases_say_why(x, y, reason):
    found = resampled.corrected_welch_t(x, y, test_share=0.25)
    assert reason in found.reason
    assert not found.excludes(0.0)


@pytest.mark.parametrize("share", [0, -1, math.nan])
def test_test_share_is_positive(share):
    with pytest.raises(UsageError, match="test_share"):
        resampled.corrected_mean_interval(X, test_share=share)
