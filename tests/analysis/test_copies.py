"""Runs that occur more than once are named, and no verdict rests on them."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.factory import classified, digits, normal, scored
from variance.analysis.comparison import compare
from variance.analysis.copies import across, within
from variance.analysis.luck import luck
from variance.analysis.planning import plan
from variance.analysis.summary import summarize
from variance.errors import Refusal

RNG = np.random.default_rng(1)
SCORES, OTHERS = RNG.normal(0.97, 0.002, (2, 20))
HALF = np.concatenate([SCORES[:10], OTHERS[10:]])
PREDICTED, ANOTHER = digits(20, 1000), digits(20, 1000, key=1, name="b")


def predicting(rows, **fields):
    """Return a sweep on the test set of `PREDICTED` with other predictions."""
    return classified(PREDICTED.labels, rows, classes=PREDICTED.classes, **fields)


def with_first(rows, others):
    """Return rows of which the first ten are others."""
    return np.concatenate([others[:10], rows[10:]])


def alerts(found):
    return {alert.code: alert.message for alert in found.alerts}


@pytest.mark.parametrize(
    "values",
    [
        np.tile(SCORES[:5], 4),
        np.repeat(SCORES[:5], 4),
        np.tile(np.round(SCORES[:5], 4), 4),
        np.array([*SCORES[:7], SCORES[2], SCORES[2], *SCORES[7:]]),
    ],
    ids=["a list four times", "each four times", "rounded", "three bit-identical"],
)
def test_repeated_scores_are_named_and_not_judged(values):
    found = compare(scored(values), scored(OTHERS, name="b"))

    assert found.verdict == "refused"
    assert "copies of others" in found.refused["test-set"]
    assert " = " in alerts(found)["duplicated-runs"]


def test_repeated_predictions_are_named_with_their_seeds():
    found = within(predicting(np.tile(PREDICTED.predictions[:5], (4, 1))))

    assert len(found.seeds) == 15
    assert found.seeds[:2] == ((5, 0), (6, 1))


def test_three_bit_identical_runs_are_named_by_their_predictions():
    rows = PREDICTED.predictions.copy()
    rows[3] = rows[4] = rows[2]

    assert within(predicting(rows)).seeds == ((3, 2), (4, 2))


def test_summary_names_copies_too():
    assert "duplicated-runs" in alerts(summarize(scored(np.tile(SCORES[:5], 4))))


@pytest.mark.parametrize(
    "fields",
    [{}, {"seeds": np.arange(100, 120)}, {"numbered": False}],
    ids=["same seeds", "other seeds", "no seeds"],
)
def test_runs_shared_by_both_sides_are_named_and_not_judged(fields):
    numbered = {"numbered": False} if "numbered" in fields else {}
    found = compare(scored(SCORES, **numbered), scored(HALF, name="b", **fields))

    assert found.verdict == "refused"
    assert "10 of 20 runs of b are runs of baseline" in found.refused["test-set"]
    assert "shared-runs" in alerts(found)


def test_shared_predictions_are_found():
    rows = with_first(ANOTHER.predictions, PREDICTED.predictions)

    assert len(across(PREDICTED, predicting(rows, name="b")).seeds) == 10


def test_whole_copy_in_another_order_is_found():
    mixed = scored(SCORES[::-1], name="b", numbered=False)

    assert len(across(scored(SCORES, numbered=False), mixed).seeds) == 20


def test_shared_accuracies_of_ten_thousand_examples_are_found_by_their_seeds():
    assert across(scored(np.round(SCORES, 4)), scored(np.round(HALF, 4), name="b")) is not None


def test_same_seeds_trained_here_may_give_the_same_runs():
    rows = with_first(ANOTHER.predictions, PREDICTED.predictions)
    trained = [replace(one, vary=("init",)) for one in (PREDICTED, predicting(rows, name="b"))]
    found = compare(*trained)

    assert found.verdict != "refused"
    assert "10 seeds" in alerts(found)["unchanged-runs"]


def test_change_of_few_predictions_is_no_copy():
    rows = PREDICTED.predictions.copy()
    rows[np.arange(8), np.arange(8)] = (rows[np.arange(8), np.arange(8)] + 1) % 10
    touched = predicting(rows, name="b")

    assert across(PREDICTED, touched) is None
    assert across(*(scored(one.scores["accuracy"]) for one in (PREDICTED, touched))) is None


@pytest.mark.parametrize("examples", [100, 1000])
def test_accuracies_on_few_examples_tie_by_chance(examples):
    rng = np.random.default_rng(0)
    for _ in range(25):
        first, second = (scored(rng.binomial(examples, 0.95, 20) / examples) for _ in range(2))
        assert within(first) is None
        assert across(first, second) is None


def test_predictions_on_few_examples_are_equal_by_chance():
    first, second = (digits(20, 40, error=0.03, key=key) for key in (0, 1))

    assert len({row.tobytes() for row in first.predictions}) < 20
    assert within(first) is None
    assert across(first, second) is None


@pytest.mark.parametrize("value", [1.0, 0.0980])
def test_perfect_and_collapsed_runs_are_alike_by_nature(value):
    values = SCORES.copy()
    values[[2, 5, 11]] = value

    assert within(scored(values)) is None


def test_runs_that_predict_one_class_are_alike_by_nature():
    rows = PREDICTED.predictions.copy()
    rows[[2, 5, 11]] = 4

    assert within(predicting(rows)) is None


def test_sweep_that_never_varies_is_told_by_another_alert():
    found = compare(scored([0.9] * 5), normal(5, key=1, name="b"))

    assert "duplicated-runs" not in alerts(found)
    assert "listed again and again" in alerts(found)["nothing-varied"]


def test_sorted_scores_are_noticed_where_they_are_paired():
    first, second = (scored(np.sort(x), name=n) for x, n in ((SCORES, "a"), (OTHERS, "b")))

    assert "a and b rise or fall" in alerts(compare(first, second))["scores-follow-seeds"]
    assert "scores-follow-seeds" not in alerts(compare(first, second, paired=False))


def test_scores_in_any_order_are_not():
    assert "scores-follow-seeds" not in alerts(compare(scored(SCORES), scored(OTHERS, name="b")))


def test_a_list_four_times_tells_no_more_than_once():
    once, often = scored(SCORES[:5]), scored(np.tile(SCORES[:5], 4))
    claimed = {"claimed_n": 5, "metric": "accuracy"}

    first, then = (luck(runs, 0.98, **claimed) for runs in (once, often))
    assert (then.runs, then.prediction, then.claim) == (5, first.prediction, first.claim)
    assert "left out here" in alerts(then)["duplicated-runs"]

    first, then = (summarize(runs) for runs in (once, often))
    assert (then.runs, then.ci, then.sd_ci) == (5, first.ci, first.sd_ci)
    assert "left out here" in alerts(then)["duplicated-runs"]


def test_no_plan_rests_on_copies():
    with pytest.raises(Refusal, match="15 of 20 runs of baseline are copies of others"):
        plan(scored(np.tile(SCORES[:5], 4)), effect=0.001)


def test_one_run_listed_again_and_again_is_not_judged():
    found = compare(scored([0.9] * 5), scored(SCORES, name="b"))

    assert found.verdict == "refused"
    assert "all 5 runs of baseline are the same" in found.refused["test-set"]


def test_both_lists_of_five_in_order_are_noticed():
    first, second = (scored(np.sort(x[:5]), name=n) for x, n in ((SCORES, "a"), (OTHERS, "b")))

    assert "a and b rise or fall" in alerts(compare(first, second))["scores-follow-seeds"]
    one = compare(first, scored(OTHERS[:5], name="b"))
    assert "scores-follow-seeds" not in alerts(one)
