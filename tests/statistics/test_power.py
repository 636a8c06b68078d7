import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from variance.errors import UsageError
from variance.statistics import means, power, simulation


@settings(deadline=None, max_examples=60)
@given(st.floats(0.05, 3), st.floats(0.5, 0.99), st.sampled_from(power.DESIGNS), st.booleans())
def test_needed_runs_reach_the_power(size, wanted, design, one_sided):
    options = {"design": design, "one_sided": one_sided}
    n = power.runs_needed(size, power=wanted, **options)
    assert power.t_power(size, n, **options) >= wanted - 1e-6
    assert n == 2 or power.t_power(size, n, **options) == pytest.approx(wanted, abs=1e-6)


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 2000), st.floats(0.5, 0.99), st.sampled_from(power.DESIGNS))
def test_detectable_effect_is_detected(n, wanted, design):
    effect = power.detectable_effect(n, design=design, power=wanted)
    assert power.t_power(effect, n, design=design) == pytest.approx(wanted, abs=1e-6)


def test_power_without_effect_is_alpha():
    assert power.t_power(0, 10, alpha=0.03) == pytest.approx(0.03)


def test_power_ignores_the_sign_of_a_two_sided_effect():
    assert power.t_power(-0.5, 10) == power.t_power(0.5, 10)


@pytest.mark.parametrize("size", [20, 1e3, 1e8])
@pytest.mark.parametrize("n", [3, 30, 1000])
def test_power_of_huge_effects_is_one(size, n):
    assert power.t_power(size, n) == pytest.approx(1, abs=1e-3)


def test_power_is_what_a_simulation_finds():
    def found(rng):
        x = rng.normal(size=6)
        return means.paired_t(np.zeros(6), x + 1.2).p_value < 0.05

    rate = simulation.rate(found, 2000, seed=0)
    assert rate.low - 0.01 <= power.t_power(1.2, 6) <= rate.high + 0.01


def test_no_effect_needs_endlessly_many_runs():
    assert power.runs_needed(0.0) == math.inf


def test_seeds_are_whole_and_at_least_three():
    assert power.seeds_needed(0.5, 1.0) == 34
    assert power.seeds_needed(10, 1.0) == 3
    assert power.seeds_needed(1, 0.0) == 3


@pytest.mark.parametrize("effect", [0, math.nan])
def test_effect_must_be_something(effect):
    with pytest.raises(UsageError, match="effect"):
        power.seeds_needed(effect, 1)


def test_upper_limit_of_the_sd_is_above_it_with_its_confidence():
    rng = np.random.default_rng(0)
    limits = [power.upper_sd(rng.normal(size=5).std(ddof=1), 5) for _ in range(4000)]
    assert np.mean(np.array(limits) > 1) == pytest.approx(0.8, abs=0.02)


def test_power_must_exceed_alpha():
    with pytest.raises(UsageError, match="exceed"):
        power.runs_needed(0.5, power=0.04)


def test_unknown_design_is_refused():
    with pytest.raises(UsageError, match="paired, two-sample"):
        power.t_power(1, 5, design="crossover")


@pytest.mark.parametrize("shift", np.linspace(3, 8, 51))
def test_power_is_defined_where_the_other_tail_underflows(shift):
    assert 0 < power.t_power(shift / np.sqrt(30), 30, alpha=0.001) <= 1
