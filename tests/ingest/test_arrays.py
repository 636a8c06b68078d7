import numpy as np
import pandas as pd
import pytest

import variance as va
from variance.errors import DataError, UsageError


def test_scores_become_a_sweep():
    sweep = va.from_scores({"accuracy": [0.990, 0.991, 0.989]}, name="a")

    assert sweep.scores["accuracy"].tolist() == [0.990, 0.991, 0.989]
    assert repr(sweep).startswith("<Sweep 'a': 3 runs of a, accuracy 99.0")


def test_list_of_scores_is_one_score():
    sweep = va.from_scores([0.98, 0.97], name="a")

    assert sweep.scores["score"].tolist() == [0.98, 0.97]
    assert sweep.runs.higher_is_better == {"score": True}


def test_columns_of_a_data_frame_are_scores():
    frame = pd.DataFrame({"accuracy": [0.9, 0.8], "loss": [1, 2]})

    assert list(va.from_scores(frame, name="a").scores) == ["accuracy", "loss"]
    assert list(va.from_scores(frame["loss"], name="a").scores) == ["score"]


def test_list_of_losses_is_told_its_direction():
    sweep = va.from_scores(np.array([2.0, 3.0]), name="a", higher_is_better=False)

    assert sweep.runs.higher_is_better == {"score": False}


@pytest.mark.parametrize("scores", [None, 3.0, "abc", [[1, 2]], ["a", "b"]])
def test_what_is_no_list_of_scores_is_refused(scores):
    with pytest.raises(DataError):
        va.from_scores(scores)


@pytest.mark.parametrize(
    ("predictions", "labels", "options", "message"),
    [
        ([["a"], ["b"]], [0.5], {}, "real numbers, but predictions are text"),
        ([[1.5], [2.5]], [0.5], {"classes": ["a", "b"]}, "which have no classes"),
        ([[1j], [2j]], [0], {}, "of the type complex128"),
        ([[], []], [], {}, "holds no examples"),
        ([[1], [1]], [1], {"examples": [1, 2]}, "examples must be one id an example"),
        ([[1], [1]], [1], {"seeds": [True, False]}, "seed True is not a whole number"),
        ([[1], [1]], [1], {"seeds": ["x", "y"]}, "seed x is not a whole number"),
        ([[1e200], [1]], [1.0], {}, "predictions has 1e\\+200"),
    ],
)
def test_unusable_predictions_are_refused(predictions, labels, options, message):
    with pytest.raises(DataError, match=message):
        va.from_predictions(predictions, labels, name="b", **options)


def test_numbers_and_text_are_compared_as_text():
    sweep = va.from_predictions([["1", "2"], ["1", "1"]], [1, 2], name="b")

    assert sweep.classes == ("1", "2")
    assert sweep.scores["accuracy"].tolist() == [1, 0.5]


def test_runs_without_seeds_are_not_numbered():
    assert not va.from_scores({"accuracy": [0.1, 0.2]}, name="a").runs.numbered
    assert va.from_scores({"accuracy": [0.1, 0.2]}, name="a", seeds=[4, 2]).runs.numbered


def test_runs_are_in_order_of_their_seeds():
    sweep = va.from_scores({"accuracy": [0.1, 0.2]}, name="a", seeds=[4, 2])

    assert sweep.scores["accuracy"].tolist() == [0.2, 0.1]


def test_direction_may_be_one_for_all():
    sweep = va.from_scores({"speed": [1, 2]}, name="a", higher_is_better=False)

    assert sweep.runs.higher_is_better == {"speed": False}


def test_predictions_become_a_sweep():
    sweep = va.from_predictions([["x", "y"], ["y", "y"]], ["x", "y"], name="b")

    assert sweep.scores["accuracy"].tolist() == [1, 0.5]
    assert sweep.classes == ("x", "y")
    assert sweep.confusion.shape == (2, 2, 2)


def test_runs_on_the_same_labels_share_a_test_set():
    sweep = va.from_predictions([["x", "y"], ["y", "y"]], ["x", "y"], name="b")

    assert not sweep.runs.redrawn
    assert sweep.labels.shape == (2,)


def test_groups_are_kept():
    sweep = va.from_predictions([[0, 1], [1, 1]], [0, 1], name="b", groups=["p", "p"])

    assert len(set(sweep.runs.groups.tolist())) == 1


@pytest.mark.parametrize(
    ("scores", "message"),
    [
        ({}, "holds no scores"),
        ({"accuracy": []}, "holds no scores"),
        ({"accuracy": [0.1]}, "one run"),
        ({"accuracy": [0.1, np.nan]}, "nan at position"),
        ({"accuracy": [0.1, np.inf]}, "inf at position"),
        ({"accuracy": ["high", "low"]}, "not numbers"),
        ({"accuracy": [[0.1], [0.2]]}, "one a run"),
        ({"accuracy": [0.1, 0.2], "f1": [0.1]}, "different numbers of runs"),
    ],
)
def test_unusable_scores_are_refused(scores, message):
    with pytest.raises(DataError, match=message):
        va.from_scores(scores, name="a")


def test_unknown_metric_needs_a_direction():
    with pytest.raises(UsageError, match="more speed is better is not known"):
        va.from_scores({"speed": [1, 2]}, name="a")


def test_ragged_predictions_are_refused():
    with pytest.raises(DataError, match="lists of different lengths"):
        va.from_predictions([[0, 1], [1]], [0, 1], name="b")
