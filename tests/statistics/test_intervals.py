import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from variance.errors import Refusal, UsageError
from variance.statistics import intervals

X = np.array([0.98, 0.99, 0.97, 0.985, 0.992])


def test_mean_interval_is_scipys():
    expected = stats.ttest_1samp(X, 0).confidence_interval(0.9)
    found = intervals.mean_interval(X, level=0.9)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))


def test_sd_interval_is_the_chi_squared_one():
    low, high = stats.chi2.ppf((0.975, 0.025), 4)
    found = intervals.sd_interval(X)
    expected = X.std(ddof=1) * np.sqrt(4 / np.array((low, high)))
    np.testing.assert_allclose((found.low, found.high), expected)


def test_prediction_is_wider_by_the_root_of_n_plus_one():
    mean, one = intervals.mean_interval(X), intervals.prediction_interval(X)
    assert one.half_width / mean.half_width == pytest.approx(math.sqrt(6))


@pytest.mark.parametrize(
    "interval", [intervals.mean_interval, intervals.prediction_interval, intervals.sd_interval]
)
def test_one_run_has_no_interval(interval):
    found = interval([0.99])
    assert math.isnan(found.low)
    assert "one run" in found.reason
    assert not found.excludes(0.0)


def test_runs_that_do_not_vary_have_a_point():
    found = intervals.mean_interval([0.5, 0.5, 0.5])
    assert (found.low, found.high) == (0.5, 0.5)
    assert "nothing varied" in found.reason


def test_sd_of_runs_that_do_not_vary_is_zero_without_bounds():
    found = intervals.sd_interval([0.1 + 0.2, 0.3])
    assert found.estimate == 0
    assert math.isnan(found.high)


def test_no_runs_are_refused():
    with pytest.raises(Refusal, match="scores has 0"):
        intervals.mean_interval([])


def test_a_table_is_not_a_sample():
    with pytest.raises(UsageError, match="one-dimensional"):
        intervals.mean_interval([[1.0, 2.0]])


def test_robust_sd_interval_widens_with_heavy_tails():
    light, heavy = np.linspace(-1, 1, 20), np.r_[np.linspace(-0.1, 0.1, 18), -3, 3]
    ratios = [i.high / i.low for i in map(intervals.robust_sd_interval, (light, heavy))]
    assert ratios[0] < intervals.sd_factors(20)[1] / intervals.sd_factors(20)[0] < ratios[1]


def test_robust_sd_interval_is_bonetts():
    # Written out from the paper: ln(c s²) ± z·c·√((kurtosis - (n-3)/n) / (n-1)).
    x, z = np.array([1.0, 2.0, 4.0, 7.0, 11.0, 12.0]), stats.norm.ppf(0.975)
    c, kept = 6 / (6 - z), x[2:-2]
    kurtosis = 6 * ((x - kept.mean()) ** 4).sum() / ((x - x.mean()) ** 2).sum() ** 2
    centre, half = math.log(c * x.var(ddof=1)), z * c * math.sqrt((kurtosis - 0.5) / 5)
    found = intervals.robust_sd_interval(x)
    assert found.low == pytest.approx(math.exp((centre - half) / 2))
    assert found.high == pytest.approx(math.exp((centre + half) / 2))


@pytest.mark.parametrize(
    ("values", "reason"), [([1, 2, 3, 4], "fewer than 5"), ([1] * 6, "nothing"), ([1], "fewer")]
)
def test_robust_sd_interval_is_undefined_without_enough(values, reason):
    found = intervals.robust_sd_interval(values)
    assert reason in found.reason
    assert math.isnan(found.low)


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_stays_inside_and_holds_the_estimate(counts):
    found = intervals.wilson(*counts)
    assert 0 <= found.low <= found.estimate <= found.high <= 1


@pytest.mark.parametrize(("k", "n"), [(0, 7), (3, 7), (7, 7)])
def test_wilson_is_scipys(k, n):
    expected = stats.binomtest(k, n).proportion_ci(method="wilson")
    found = intervals.wilson(k, n)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_without_trials_is_undefined():
    assert intervals.wilson(0, 0).reason == "there are no trials"


def test_wilson_with_more_successes_than_trials_is_refused():
    with pytest.raises(UsageError, match="impossible"):
        intervals.wilson(3, 2)


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=20))
def test_mean_interval_holds_the_mean(values):
    found = intervals.mean_interval(values)
    assert found.low <= found.estimate <= found.high


@pytest.mark.parametrize(("values", "reason"), [([1, 2], "fewer"), ([1, 1, 1], "nothing varied")])
def test_bootstrap_refuses_to_guess(values, reason):
    found = intervals.bca(values, rng=np.random.default_rng(0))
    assert reason in found.reason
    assert math.isnan(found.low)


def test_bootstrap_of_a_statistic_that_does_not_move_is_undefined():
    found = intervals.bca([1, 1, 1, 1, 1, 1, 1, 2], np.median, rng=np.random.default_rng(0))
    assert "does not vary" in found.reason
    assert math.isnan(found.low)


def test_bootstrap_repeats_with_its_generator():
    first, second = (intervals.bca(X, rng=np.random.default_rng(3)) for _ in range(2))
    assert first == second


def test_bootstrap_leaves_the_global_state_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002 (the very thing to be left alone)
    intervals.bca(X, np.median, rng=np.random.default_rng(0), resamples=999)
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


def test_live_interval_does_not_load_scipy_stats():
    code = (
        "import sys; from variance.statistics.intervals import mean_interval;"
        "mean_interval([1., 2., 3.]); sys.exit('scipy.stats' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
