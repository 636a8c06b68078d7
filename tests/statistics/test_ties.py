import numpy as np
import pytest

from variance.statistics import ties


def accuracies(examples, n=15, key=0):
    return np.random.default_rng(key).binomial(examples, 0.84, n) / examples


@pytest.mark.parametrize("examples", [100, 1000, 9815, 50_000, 1_000_000, 9_999_991])
def test_step_of_accuracies_is_one_example(examples):
    assert ties.step(accuracies(examples)) == pytest.approx(1 / examples, rel=1e-9)


@pytest.mark.parametrize("scale", [1, 100])
def test_step_survives_single_precision_and_percent(scale):
    kept = accuracies(9815).astype(np.float32).astype(np.float64) * scale

    assert ties.step(kept) == pytest.approx(scale / 9815, rel=1e-4)


def test_step_of_rounded_scores_is_the_last_decimal():
    rounded = np.round(np.random.default_rng(0).normal(0.9, 0.01, 20), 4)

    assert ties.step(rounded) == pytest.approx(1e-4, rel=1e-9)


def test_step_of_scores_with_many_digits_is_next_to_nothing():
    assert ties.step(np.random.default_rng(0).normal(0.9, 0.01, 20)) < 1e-13


def test_equal_scores_have_no_step():
    assert ties.step([0.9, 0.9]) == 0


@pytest.mark.parametrize(("examples", "n"), [(100, 10), (1000, 20), (10_000, 20)])
def test_chance_of_a_tie_is_cautious_but_not_absurd(examples, n):
    rng = np.random.default_rng(0)
    many = rng.binomial(examples, 0.95, (20_000, 2))
    true = (many[:, 0] == many[:, 1]).mean()
    found = np.median(
        [ties.chance_of_tie(rng.binomial(examples, 0.95, n) / examples) for _ in range(15)]
    )

    assert true < found < 4 * true


def test_nothing_is_rare_where_nothing_differs():
    assert ties.chance_of_tie([0.5, 0.5]) == ties.chance_of_agreement([]) == 1


def test_agreement_is_rarer_than_independent_examples_would_make_it_common():
    rng = np.random.default_rng(0)
    flips = rng.poisson(3, 100)

    assert ties.chance_of_agreement(flips) >= np.exp(-flips.mean())


def test_repeats_follow_poisson():
    assert ties.chance_of_repeats(1, 10, 0.02) == pytest.approx(1 - np.exp(-0.2))
    assert ties.chance_of_repeats(0, 10, 0.0) == 1
