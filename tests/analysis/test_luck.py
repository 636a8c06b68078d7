import json

import numpy as np
import pytest

from tests.analysis.factory import normal, scored
from variance.analysis.luck import luck
from variance.errors import Refusal, UsageError


def test_ordinary_score_is_within_luck():
    found = luck(normal(30), 0.9905)
    assert found.claim.verdict == "consistent"
    assert found.chance == pytest.approx(found.empirical)
    assert found.empirical == (found.at_least + 1) / 31


def test_score_beyond_the_runs_is_more_than_luck_even_if_tails_are_exponential():
    found = luck(normal(30), 0.995)
    assert found.at_least == 0
    assert found.predicted < found.chance < 0.005
    assert found.claim.verdict == "not-reproduced"


@pytest.mark.parametrize("score", [0.9895, 0.9915, 0.9922, 0.9945, 0.98, None])
@pytest.mark.parametrize("known", [{}, {"best_of": 5}, {"claimed_n": 3}])
def test_lucky_means_what_the_claim_says(score, known):
    runs = normal(30) if score else normal(2)
    found = luck(runs, score or 0.99, **known)
    refused = found.claim.verdict == "refused"
    assert found.lucky == (None if refused else found.claim.verdict == "lucky")


def test_rare_score_that_a_run_reached_is_lucky():
    runs = normal(30)
    found = luck(runs, float(np.sort(runs.scores["accuracy"])[-1]) + 1e-6)
    assert found.lucky is True


def test_chance_of_a_best_is_that_of_its_claim():
    found = luck(normal(12), 0.9925, best_of=4)
    assert found.chance_best_of == found.claim.at_least
    assert found.chance == found.claim.chance < found.chance_best_of


def test_best_of_five_is_easier_to_reach():
    one, five = luck(normal(30), 0.9915), luck(normal(30), 0.9915, best_of=5)
    assert five.chance_best_of > one.chance_best_of
    assert five.expected_best > one.expected_best


def test_best_of_more_than_there_are_runs_is_told():
    found = luck(normal(5), 0.99, best_of=20)
    assert found.expected_best is not None
    assert "beyond-the-runs" in {a.code for a in found.alerts}


def test_lower_is_better():
    found = luck(scored([0.3, 0.31, 0.32, 0.33], metric="loss"), 0.1)
    assert found.at_least == 0
    assert found.claim.verdict == "not-reproduced"


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.99, 0.9901, "consistent"),
        (0.9895, 0.9945, "more-than-luck"),
        (0.98, 0.991, "more-than-luck"),
    ],
)
def test_gap_of_two_scores_is_judged_in_either_order(low, high, verdict, turned):
    one, other = (high, low) if turned else (low, high)
    found = luck(normal(30), one, other=other)
    assert found.gap_verdict == verdict
    assert (found.gap_chance < 0.05) == (verdict == "more-than-luck")
    assert found.gap_chance == luck(normal(30), other, other=one).gap_chance


def test_each_of_two_scores_is_judged_as_it_is_alone():
    found = luck(normal(30), 0.995, other=0.99)
    assert found.claim == luck(normal(30), 0.995).claim
    assert found.other_claim == luck(normal(30), 0.99).claim


@pytest.mark.parametrize(
    ("runs", "reason"), [(normal(2), "2 runs cannot tell"), (scored([0.9] * 5), "nothing varied")]
)
def test_gap_without_a_yardstick_is_refused(runs, reason):
    found = luck(runs, 0.9, other=0.8)
    assert found.gap_verdict == "refused"
    assert reason in found.unavailable["gap_verdict"]


def test_one_score_has_no_gap():
    assert luck(normal(5), 0.99).gap_verdict is None


def test_quote_is_the_mean():
    runs = normal(30)
    assert luck(runs, 0.99).mean == pytest.approx(runs.scores["accuracy"].mean())


@pytest.mark.parametrize("n", [1, 2])
def test_few_runs_do_not_judge(n):
    assert luck(normal(n), 0.99).lucky is None


def test_no_variation_predicts_nothing():
    found = luck(scored([0.9] * 5), 0.95)
    assert found.predicted is None
    assert found.chance == pytest.approx(found.empirical)
    assert "predicted" in found.unavailable


def test_no_runs():
    with pytest.raises(Refusal, match="no usable runs"):
        luck(scored([], failures=1), 0.9)


def test_percent_given_for_a_share():
    with pytest.raises(UsageError, match=r"Did you mean 0\.9921"):
        luck(normal(5), 99.21)


@pytest.mark.parametrize("score", [float("nan"), float("inf")])
def test_score_must_be_a_number(score):
    with pytest.raises(UsageError, match="must be a number"):
        luck(normal(5), score)


def test_json_is_strict():
    json.dumps(luck(normal(1), 0.9, other=0.8).to_dict(), allow_nan=False)


def test_gap_beyond_luck_names_its_tail():
    found = luck(normal(10), 0.98, other=0.99)

    assert found.gap_verdict == "more-than-luck"
    assert "gap-beyond-the-data" in {alert.code for alert in found.alerts}
    assert "gap-beyond-the-data" not in {
        a.code for a in luck(normal(10), 0.99, other=0.9901).alerts
    }


def test_claimed_mean_may_hold_collapses_that_no_run_shows():
    found = {alert.code: alert.message for alert in luck(normal(10), 0.98, claimed_n=5).alerts}

    assert "a chance of 26 %" in found["unseen-collapses"]
    assert "unseen-collapses" not in {a.code for a in luck(normal(10), 0.99, claimed_n=5).alerts}


def test_new_training_stays_within_what_the_metric_can_reach():
    found = luck(scored([0.97, 0.98, 0.99, 0.98, 0.2]), 0.97)

    assert found.prediction[1] == 1
