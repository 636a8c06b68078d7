"""A/A comparisons: the same model twice must seldom look different."""

import numpy as np
import pytest

from tests.analysis.factory import digits, resplit, scored
from variance.analysis.case import Case
from variance.analysis.comparison import case
from variance.analysis.many import compare_many
from variance.analysis.parts import class_family, part_effects
from variance.statistics import simulation

REPEATS = 400
LIMIT = 0.05 + 3 * np.sqrt(0.05 * 0.95 / REPEATS)


def question(first, second, **options) -> Case:
    defaults = {
        "metric": None, "scope": None, "margin": None, "alpha": 0.05, "paired": None,
        "costs": None, "method": None, "seed": 0,
    }  # fmt: skip
    return case(first, second, **{**defaults, **options})


@pytest.mark.parametrize("paired", [True, False])
@pytest.mark.parametrize("n", [3, 10])
def test_verdicts_on_the_test_set(paired, n):
    rng = np.random.default_rng(n)
    alarms = 0
    for _ in range(REPEATS):
        x, y = rng.normal(0.99, 0.001, (2, n))
        asked = question(scored(x), scored(y, name="b"), paired=paired)
        alarms += asked.differences["test-set"].excludes(0.0)
    assert alarms / REPEATS <= LIMIT


@pytest.mark.parametrize("shape", ["skewed", "tied"])
def test_verdicts_on_the_test_set_of_odd_scores(shape):
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(REPEATS):
        x, y = (simulation.scores(shape, 10, rng) for _ in range(2))
        alarms += question(scored(x), scored(y, name="b")).differences["test-set"].excludes(0.0)
    assert alarms / REPEATS <= LIMIT


def test_verdicts_on_new_data():
    alarms = 0
    for key in range(REPEATS):
        first = digits(4, 150, key=2 * key, truth=key, error=0.1)
        second = digits(4, 150, key=2 * key + 1, truth=key, error=0.1, name="b")
        alarms += question(first, second).differences["new-data"].excludes(0.0)
    assert alarms / REPEATS <= LIMIT


def test_verdicts_on_redrawn_splits():
    alarms = 0
    for key in range(REPEATS // 2):
        first = resplit(8, pool=60, test=20, key=2 * key, truth=key)
        second = resplit(8, pool=60, test=20, key=2 * key + 1, truth=key, name="b")
        alarms += question(first, second).differences["new-data"].excludes(0.0)
    assert alarms / (REPEATS // 2) <= LIMIT


def test_family_of_classes():
    alarms = 0
    for key in range(60):
        first = digits(6, 300, key=2 * key, truth=key, error=0.2)
        second = digits(6, 300, key=2 * key + 1, truth=key, error=0.2, name="b")
        asked = question(first, second)
        rows = part_effects(class_family(asked.match), asked.match, asked.design, "test-set", 0.05)
        alarms += any(row.verdict in ("improved", "regressed") for row in rows)
    assert alarms / 60 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)


def test_several_candidates():
    rng = np.random.default_rng(2)
    alarms = 0
    for _ in range(60):
        sweeps = [scored(rng.normal(0.9, 0.01, 6), name=f"s{k}") for k in range(4)]
        verdicts = [c.verdict for c in compare_many(sweeps[0], sweeps[1:]).comparisons]
        alarms += any(v != "inconclusive" for v in verdicts)
    assert alarms / 60 <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 60)
