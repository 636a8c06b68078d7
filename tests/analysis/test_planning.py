import json

import pytest

from tests.analysis.factory import digits, normal, resplit, scored
from variance.analysis.planning import plan
from variance.errors import Refusal, UsageError
from variance.statistics import power


def test_one_sweep_plans_two_like_it():
    runs = normal(20)
    found = plan(runs, effect=0.001)
    sd = power.upper_sd(float(runs.scores["accuracy"].std(ddof=1)), 20)
    assert found.seeds_needed == power.seeds_needed(0.001, sd, design="two-sample")
    assert found.paired is False
    assert "beside a candidate" in found.unavailable["new_data"]


def test_two_sweeps_plan_pairs():
    found = plan(normal(20), normal(20, key=1, name="b"), effect=0.001)
    assert found.paired is True
    assert found.seeds_needed > 3


def test_predictions_tell_about_new_data():
    found = plan(digits(10, 1000), digits(10, 1000, key=1, name="b"), effect=0.03)
    assert found.seeds_needed_on_new_data >= found.seeds_needed
    assert found.examples_needed > 0
    assert found.limit in ("seeds", "examples")


def test_more_seeds_have_more_power():
    powers = [s.power for s in plan(normal(20), effect=0.001).steps]
    assert powers == sorted(powers)


def test_power_reaches_the_target_at_the_seeds_needed():
    found = plan(normal(20), effect=0.001)
    reached = power.t_power(0.001 / found.sd_upper, found.seeds_needed, design="two-sample")
    assert (
        reached
        >= 0.8
        > power.t_power(0.001 / found.sd_upper, found.seeds_needed - 1, design="two-sample")
    )


def test_overlapping_splits_put_an_end_to_seeds():
    found = plan(resplit(12), resplit(12, key=1, name="b"), effect=1e-4)
    assert found.scope == "new-data"
    assert found.seeds_needed is None


def test_sign_of_the_effect_does_not_matter():
    assert plan(normal(9), effect=-0.002) == plan(normal(9), effect=0.002)


@pytest.mark.parametrize("effect", [0, float("nan"), float("inf")])
def test_effect_must_be_a_number(effect):
    with pytest.raises(UsageError, match="effect"):
        plan(normal(5), effect=effect)


@pytest.mark.parametrize("target", [0.01, 1])
def test_power_out_of_range(target):
    with pytest.raises(UsageError, match="power"):
        plan(normal(5), effect=1, target_power=target)


def test_too_few_pilot_runs():
    with pytest.raises(Refusal, match="at least 3"):
        plan(normal(2), effect=0.1)


def test_pilots_that_cannot_be_compared():
    with pytest.raises(Refusal, match="no plan"):
        plan(normal(5), normal(5), effect=0.1)


def test_json_is_strict():
    json.dumps(plan(resplit(8), effect=0.1).to_dict(), allow_nan=False)


def test_percent_is_planned_in_percent_points():
    from variance.reporting.text import render_plan

    shown = render_plan(plan(scored([98.1, 98.4, 98.2, 98.3]), effect=0.5))

    assert "0.50 pp" in shown
    assert "50 pp" not in shown.replace("0.50 pp", "")


def test_plan_from_a_baseline_alone_says_when_pairing_pays():
    sd = plan(normal(20), effect=1).sd
    few, many = (plan(normal(20), effect=by * sd) for by in (3, 0.5))
    assert few.pairing_pays > 0.2 > many.pairing_pays
    assert plan(normal(20), normal(20, key=1, name="b"), effect=0.001).pairing_pays is None


def test_runs_without_spread_plan_nothing():
    with pytest.raises(Refusal, match="all runs of baseline have the same accuracy"):
        plan(scored([0.97] * 3), effect=0.01)
