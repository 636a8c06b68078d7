import json

import pytest

from tests.analysis.factory import normal, scored
from variance.analysis.luck import luck
from variance.errors import Refusal, UsageError


def test_ordinary_score_is_within_luck():
    found = luck(normal(30), 0.9905)
    assert found.lucky is False
    assert found.chance == found.empirical == (found.at_least + 1) / 31


def test_score_beyond_the_runs_goes_by_the_t_distribution():
    found = luck(normal(30), 0.995)
    assert found.at_least == 0
    assert found.chance == found.predicted < 0.001
    assert found.lucky is True


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
    assert found.lucky is True


def test_two_single_scores():
    near, far = (luck(normal(30), 0.99, other=o).gap_chance for o in (0.9901, 0.999))
    assert near > 0.8
    assert far < 0.001


def test_quote_is_the_mean():
    runs = normal(30)
    assert luck(runs, 0.99).mean == pytest.approx(runs.scores["accuracy"].mean())


@pytest.mark.parametrize("n", [1, 2])
def test_few_runs_do_not_judge(n):
    assert luck(normal(n), 0.99).lucky is None


def test_no_variation_predicts_nothing():
    found = luck(scored([0.9] * 5), 0.95)
    assert found.predicted is None
    assert found.chance == found.empirical
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
