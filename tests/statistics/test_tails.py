"""Chances beyond all runs: exact for exponential scores, cautious for lighter tails."""

import math

import numpy as np
import pytest

from variance.statistics import claims, tails


def share_rejected(draw, n, k, *, level, every=False, trials=4000):
    """Return how often a true score beyond all runs has a chance below the level."""
    rejected = 0
    for _ in range(trials):
        x, new = np.sort(draw(n)), draw(k)
        excess = (new.min() if every else new.max()) - x[-1]
        rejected += excess > 0 and tails.exponential_tail(x, excess, k, every=every) < level
    return rejected / trials


@pytest.mark.parametrize(("n", "k"), [(3, 1), (10, 1), (6, 4)])
def test_chance_that_all_lie_beyond_is_exact_for_exponential_scores(n, k):
    # Below the chance by rank, that all k lie above all n, the level is met to a hair.
    level = tails.missed_by_rank(0, n, k) / 2
    draw = np.random.default_rng(n).standard_exponential
    rate = share_rejected(draw, n, k, level=level, every=True)

    assert rate == pytest.approx(level, abs=3.5 * math.sqrt(level / 4000))


def test_chance_that_one_of_several_lies_beyond_is_at_most_the_level():
    rate = share_rejected(np.random.default_rng(0).standard_exponential, 10, 5, level=0.05)

    assert 0.03 < rate < 0.05 + 3.5 * 0.0034


@pytest.mark.parametrize("name", ["standard_normal", "random", "gamma"])
def test_lighter_tails_lie_beyond_less_often(name):
    rng = np.random.default_rng(1)
    draw = (lambda n: rng.gamma(2.0, size=n)) if name == "gamma" else getattr(rng, name)

    assert share_rejected(draw, 8, 1, level=0.05) < 0.05


@pytest.mark.parametrize("every", [False, True])
@pytest.mark.parametrize("k", [1, 3])
def test_limit_is_where_the_chance_falls_below_a_level(k, every):
    x = np.sort(np.random.default_rng(2).normal(size=9))
    limit = tails.exponential_limit(x, 1e-4, k, every=every)

    assert tails.exponential_tail(x, limit, k, every=every) == pytest.approx(1e-4)


def test_chance_ends_at_the_chance_by_rank():
    x = np.arange(5.0)

    assert tails.exponential_tail(x, 0.0, 1) == pytest.approx(1 / 6)
    assert tails.exponential_tail(x, 0.0, 2, every=True) == pytest.approx(1 / 21)


def test_upper_half_without_spread_tells_nothing():
    assert tails.exponential_tail(np.array([0.0, 1.0, 1.0, 1.0]), 0.5, 1) == 0.0


def test_scale_of_the_scores_does_not_matter():
    x = np.sort(np.random.default_rng(3).normal(size=7))
    one, other = claims.best_of(x, 4.0), claims.best_of(1e-6 * x, 4e-6)

    assert one.at_least == pytest.approx(other.at_least)
