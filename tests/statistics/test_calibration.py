"""Small, seeded simulations: what the calibration page shows at length.

The bounds leave room for the simulation's own error (three and a half standard errors).
"""

import numpy as np
import pytest

from variance.statistics import (
    components,
    crossed,
    intervals,
    means,
    multiplicity,
    ranks,
    simulation,
)


def below(limit, trials):
    return limit + 3.5 * np.sqrt(limit * (1 - limit) / trials)


@pytest.mark.parametrize("n", [3, 5, 10, 30])
@pytest.mark.parametrize("shape", ["normal", "skewed", "heavy-tailed", "tied"])
def test_type_one_error_on_this_test_set(shape, n):
    def rejects(rng):
        x, y = simulation.paired_scores(shape, n, rng, shared=0.0)
        return means.paired_t(x, y).p_value < 0.05, means.welch_t(x, y).p_value < 0.05

    for test in (0, 1):
        found = simulation.rate(lambda rng, test=test: rejects(rng)[test], 1000, seed=n)
        assert found.rate <= below(0.05, 1000)


@pytest.mark.parametrize("runs", [3, 10])
@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("options", [{"run_sd": 0.3, "example_sd": 0.0}, {"example_sd": 1.0}])
def test_type_one_error_on_new_data(options, paired, runs):
    model = simulation.CrossedModel(skill=3.0, paired_share=0.5 * paired, **options)
    compare = crossed.crossed_paired if paired else crossed.crossed_unpaired

    def rejects(rng):
        return compare(*model.draw((runs, runs), 200, rng)).p_value < 0.05

    assert simulation.rate(rejects, 600, seed=1).rate <= below(0.05, 600)


def test_type_one_error_on_new_data_of_few_runs_beside_many():
    model = simulation.CrossedModel(skill=3.0, run_sd=0.3, example_sd=0.0)

    def rejects(rng):
        few, many = model.draw((3, 30), 200, rng)
        return crossed.crossed_unpaired(few, many).p_value < 0.05

    assert simulation.rate(rejects, 600, seed=1).rate <= below(0.05, 600)


def test_type_one_error_with_clusters_of_examples():
    def rejects(rng):
        groups = np.repeat(np.arange(40), rng.integers(1, 8, 40))
        skill = 3 + 2 * rng.standard_normal(groups.size)
        sides = [
            skill + rng.standard_normal(40)[groups] + rng.standard_normal((5, groups.size)) > 0
            for _ in range(2)
        ]
        return crossed.crossed_unpaired(*sides, groups=groups).p_value < 0.05

    assert simulation.rate(rejects, 600, seed=7).rate <= below(0.05, 600)


def test_family_wise_error_of_ten_classes():
    def rejects(rng):
        x, y = rng.binomial(100, 0.9, (2, 10, 8)) / 100
        p = [means.paired_t(a, b).p_value for a, b in zip(x, y, strict=True)]
        return (multiplicity.holm(p) < 0.05).any()

    assert simulation.rate(rejects, 500, seed=2).rate <= below(0.05, 500)


@pytest.mark.parametrize("shape", ["normal", "tied"])
def test_coverage_of_the_mean(shape):
    truth = {"normal": 0.0, "tied": 0.975}[shape]

    def misses(rng):
        return intervals.mean_interval(simulation.scores(shape, 10, rng)).excludes(truth)

    assert simulation.rate(misses, 1000, seed=3).rate <= below(0.05, 1000)


def test_coverage_of_a_new_run():
    def misses(rng):
        x = rng.normal(size=11)
        return intervals.prediction_interval(x[:10]).excludes(x[10])

    assert simulation.rate(misses, 1000, seed=4).rate <= below(0.05, 1000)


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("n", [5, 10])
def test_coverage_of_superiority(n, paired):
    def misses(rng):
        found = ranks.superiority(rng.normal(size=n), rng.normal(1, 1, n), paired=paired)
        return not found.low <= 0.7602 <= found.high

    assert simulation.rate(misses, 600, seed=5).rate <= below(0.06, 600)


def test_coverage_of_the_genuine_spread():
    def misses(rng):
        chance = 0.9 + 0.02 * rng.standard_normal((10, 1))
        found = components.split_spread(rng.random((10, 300)) < chance)
        return not found.low <= 0.02**2 <= found.high

    assert simulation.rate(misses, 600, seed=6).rate <= below(0.06, 600)
