import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from variance.errors import Refusal, UsageError
from variance.statistics import crossed, means, power, simulation


def pilot(seed=0, runs=6, examples=200, paired=True, **options):
    model = simulation.CrossedModel(**options)
    a, b = model.draw((runs, runs), examples, np.random.default_rng(seed))
    return (crossed.crossed_paired if paired else crossed.crossed_unpaired)(a, b)


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


def test_more_examples_help_where_examples_are_the_limit():
    found = pilot(example_sd=2.0, run_sd=0.0)
    assert found.limit == "examples"
    assert math.isfinite(power.examples_needed(found, 0.04))
    assert power.seeds_needed_on_new_data(found, 0.04) == math.inf


def test_more_examples_do_not_help_where_seeds_are_the_limit():
    found = pilot(run_sd=2.0, example_sd=0.0)
    assert power.examples_needed(found, 0.01) == math.inf
    assert math.isfinite(power.seeds_needed_on_new_data(found, 0.01))


@pytest.mark.parametrize("paired", [True, False])
def test_needed_examples_reach_the_power(paired):
    found = pilot(example_sd=2.0, runs=10, paired=paired)
    needed = power.examples_needed(found, 0.03)
    assert power.crossed_power(found, 0.03, seeds=10, examples=needed) >= 0.8
    assert power.crossed_power(found, 0.03, seeds=10, examples=needed - 1) < 0.8


def test_crossed_power_is_what_a_simulation_finds():
    def scores(rng, shift, seeds, examples):
        run, example = 0.5 * rng.normal(size=(seeds, 1)), 2 * rng.normal(size=examples)
        return shift + run + example + rng.normal(size=(seeds, examples))

    def found(rng):
        d = scores(rng, 1.0, 6, 40)
        return crossed.crossed_paired(np.zeros_like(d), d).p_value < 0.05

    big = scores(np.random.default_rng(1), 0, 300, 3000)
    components = crossed.crossed_paired(np.zeros_like(big), big)
    expected = power.crossed_power(components, 1.0, seeds=6, examples=40)
    rate = simulation.rate(found, 1000, seed=0)
    assert rate.rate == pytest.approx(expected, abs=0.05)


@pytest.mark.parametrize(("paired", "design"), [(True, "paired"), (False, "two-sample")])
def test_crossed_power_without_examples_is_that_of_the_t_test(paired, design):
    first, second = np.array([0.0, 1, 5, 2])[:, None], np.array([2.0, 4, 3, 9])[:, None]
    a, b = first + np.zeros(7), second + np.zeros(7)
    found = (crossed.crossed_paired if paired else crossed.crossed_unpaired)(a, b)
    variance = np.var(second - first, ddof=1)
    if not paired:
        variance = (np.var(first, ddof=1) + np.var(second, ddof=1)) / 2
    expected = power.t_power(6 / math.sqrt(variance), 5, design=design)
    assert power.crossed_power(found, 6, seeds=5, examples=7) == pytest.approx(expected)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize(("seeds", "examples"), [(3, 50), (10, 400), (200, 2), (1e6, 30)])
def test_crossed_detectable_effect_is_found_with_the_power(paired, seeds, examples):
    found = pilot(example_sd=2.0, runs=10, paired=paired)
    effect = power.crossed_detectable(found, seeds=seeds, examples=examples, power=0.7, alpha=0.01)
    assert power.crossed_power(
        found, effect, seeds=seeds, examples=examples, alpha=0.01
    ) == pytest.approx(0.7, abs=1e-6)


def test_without_any_variance_every_difference_is_detectable():
    found = crossed.crossed_paired(np.zeros((3, 5)), np.ones((3, 5)))
    assert power.crossed_detectable(found, seeds=3, examples=5) == 0


def test_plans_need_components():
    with pytest.raises(Refusal, match="one run"):
        power.examples_needed(crossed.crossed_paired([[1, 0]], [[0, 0]]), 0.1)


def test_pilot_without_any_variance_has_full_power():
    found = crossed.crossed_paired(np.zeros((3, 5)), np.ones((3, 5)))
    assert power.crossed_power(found, 0.1, seeds=3, examples=5) == 1


@pytest.mark.parametrize("shift", np.linspace(3, 8, 51))
def test_power_is_defined_where_the_other_tail_underflows(shift):
    assert 0 < power.t_power(shift / np.sqrt(30), 30, alpha=0.001) <= 1
