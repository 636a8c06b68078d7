import math

import pytest

from tests.analysis.factory import digits, normal, resplit
from variance.analysis.comparison import compare
from variance.analysis.curve import curve, step

PAIRS = {
    "predictions": lambda **how: (digits(8, 2000, **how), digits(8, 2000, error=0.046, key=1)),
    "scores": lambda **how: (normal(8, **how), normal(8, mean=0.9905, key=1)),
    "redrawn": lambda **how: (resplit(**how), resplit(noise=0.9, key=1)),
}


def compared(kind, **options):
    return compare(*PAIRS[kind](), **options)


@pytest.mark.parametrize("kind", PAIRS)
@pytest.mark.parametrize("paired", [True, False])
def test_first_step_that_reaches_the_target_is_what_the_sentences_name(kind, paired):
    found = compared(kind, paired=paired)
    target = curve(found).target

    for name, needed in [
        ("test_set", found.seeds_needed if found.scope == "test-set" else None),
        ("new_data", found.seeds_needed_on_new_data or
         (found.seeds_needed if found.scope == "new-data" else None)),
    ]:  # fmt: skip
        if needed is None or needed <= 3:
            continue
        assert getattr(step(found.pilot, needed, found.alpha), name) <= target * (1 + 1e-6)
        assert getattr(step(found.pilot, needed - 1, found.alpha), name) > target


def test_some_numbers_of_seeds_are_named_in_each_case():
    assert all(compared(kind).seeds_needed for kind in PAIRS)


@pytest.mark.parametrize("kind", PAIRS)
def test_steps_fall_and_new_data_asks_for_no_less(kind):
    steps = curve(compared(kind)).steps

    for scope in ("test_set", "new_data"):
        values = [getattr(s, scope) for s in steps if getattr(s, scope) is not None]
        assert values == sorted(values, reverse=True)
    assert all(s.new_data >= s.test_set for s in steps if s.new_data and s.test_set)


@pytest.mark.parametrize("kind", ["predictions", "redrawn"])
def test_no_number_of_seeds_finds_what_lies_below_the_floor(kind):
    found = compared(kind)
    floor = curve(found).floor
    less = compared(kind, margin=0.99 * floor)

    assert less.seeds_needed_on_new_data is None
    if kind == "redrawn":
        assert less.seeds_needed is None


def test_run_and_needed_seeds_are_among_the_steps():
    found = compared("predictions")

    assert {8, found.seeds_needed} <= {s.seeds for s in curve(found).steps}


def test_margin_is_the_target_where_there_is_one():
    assert curve(compared("scores", margin=0.01)).target == 0.01
    found = compared("scores")
    assert curve(found).target == abs(found.test_set.estimate)


def test_nothing_follows_from_runs_that_cannot_be_compared():
    assert curve(compare(normal(2), normal(2, key=1))) is None


def test_pilot_is_part_of_the_contract():
    pilot = compared("predictions").to_dict()["pilot"]

    assert pilot["runs"] == 8
    assert pilot["sd_upper"] > pilot["sd"] > 0
    assert all(math.isfinite(pilot[f"{part}_component"]) for part in ("seed", "example", "rest"))
