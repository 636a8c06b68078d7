import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from variance.errors import Refusal, UsageError
from variance.statistics import classes

CONFUSIONS = hnp.arrays(
    np.int64, st.tuples(st.integers(1, 4), st.just(3), st.just(3)), elements=st.integers(0, 9)
)


def test_confusion_counts_every_run():
    found = classes.confusion([0, 1, 1], np.array([[0, 1, 0], [1, 1, 1]], np.uint8), 2)
    assert found.tolist() == [[[1, 0], [1, 1]], [[0, 1], [0, 2]]]


def test_a_class_that_is_absent_has_no_recall():
    found = classes.class_scores([[[3, 1], [0, 0]]])
    assert math.isnan(found.recall[0, 1])
    assert found.precision[0, 1] == 0
    assert found.f1[0, 1] == 0


def test_a_class_that_is_never_predicted_has_no_precision():
    found = classes.class_scores([[[3, 0], [2, 0]]])
    assert math.isnan(found.precision[0, 1])
    assert found.recall[0, 1] == 0
    assert found.f1[0, 1] == 0


def test_a_class_that_is_neither_has_no_f1():
    assert math.isnan(classes.class_scores([[[3, 0], [0, 0]]]).f1[0, 1])


def test_a_perfect_model_scores_one():
    found = classes.class_scores([np.diag([3, 4, 5])])
    assert found.recall.tolist() == found.precision.tolist() == found.f1.tolist() == [[1, 1, 1]]


@given(CONFUSIONS)
def test_scores_are_shares_or_undefined(c):
    found = classes.class_scores(c)
    for values in (found.recall, found.precision, found.f1):
        known = values[~np.isnan(values)]
        assert ((known >= 0) & (known <= 1)).all()


@given(CONFUSIONS)
def test_metrics_of_all_runs_are_those_of_each(c):
    for name in classes.METRICS:
        together = classes.metric(c, name)
        alone = np.concatenate([classes.metric(run, name) for run in c])
        np.testing.assert_allclose(together, alone)


@settings(deadline=None, max_examples=30)
@given(CONFUSIONS)
def test_metrics_are_scikit_learns(c):
    metrics = pytest.importorskip("sklearn.metrics")
    c = c + 1
    for run in c:
        y, p = np.nonzero(np.ones((3, 3)))
        weights = run.ravel()
        keep = {"sample_weight": weights}
        for name, expected in (
            ("accuracy", metrics.accuracy_score(y, p, **keep)),
            ("macro_f1", metrics.f1_score(y, p, average="macro", **keep)),
            ("weighted_f1", metrics.f1_score(y, p, average="weighted", **keep)),
            ("balanced_accuracy", metrics.balanced_accuracy_score(y, p, **keep)),
            ("macro_precision", metrics.precision_score(y, p, average="macro", **keep)),
            ("mcc", metrics.matthews_corrcoef(y, p, **keep)),
        ):
            assert classes.metric(run, name)[0] == pytest.approx(expected, abs=1e-12)


def test_macro_average_leaves_out_undefined_classes():
    assert classes.metric([[[3, 1], [0, 0]]], "macro_recall")[0] == pytest.approx(0.75)


def test_mcc_of_one_predicted_class_is_zero():
    assert classes.metric([[[3, 0], [2, 0]]], "mcc")[0] == 0


def test_metrics_of_no_examples_are_undefined():
    assert math.isnan(classes.metric(np.zeros((1, 2, 2)), "accuracy")[0])


def test_unknown_metric_names_the_known():
    with pytest.raises(UsageError, match="macro_f1"):
        classes.metric(np.ones((1, 2, 2)), "f2")


def test_over_runs_summarises_each_class():
    found = classes.over_runs([[0.5, math.nan], [0.7, math.nan]], [[10, 0], [10, 0]])
    assert found.mean[0] == pytest.approx(0.6)
    assert found.sd[0] == pytest.approx(np.std([0.5, 0.7], ddof=1))
    assert (found.low[0], found.high[0]) == (0.5, 0.7)
    assert found.floor[0] == pytest.approx(math.sqrt(0.6 * 0.4 / 10))
    assert math.isnan(found.mean[1])
    assert math.isnan(found.low[1])
    assert found.defined.tolist() == [2, 0]


def test_over_one_run_there_is_no_sd():
    assert math.isnan(classes.over_runs([[0.5]], [[10]]).sd[0])


def test_a_score_defined_in_some_runs_is_averaged_over_those():
    found = classes.over_runs([[0.5], [math.nan], [0.7]], [[5], [0], [5]])
    assert found.mean[0] == pytest.approx(0.6)


def test_cells_name_the_pairs_that_move_most():
    runs = np.array([[[9, 1, 0], [0, 8, 2], [0, 0, 5]], [[5, 5, 0], [0, 7, 3], [0, 0, 5]]])
    found = classes.cells(runs)
    assert found.moving == ((0, 1), (1, 2))
    assert found.mean[0, 1] == 3
    assert found.sd[0, 1] == pytest.approx(np.std([1, 5], ddof=1))


def test_cells_of_one_run_have_no_sd():
    found = classes.cells(np.ones((1, 2, 2)))
    assert np.isnan(found.sd).all()
    assert found.moving == ()


def test_mean_cost_is_the_mean_of_the_examples_costs():
    rng = np.random.default_rng(0)
    y, p = rng.integers(3, size=20), rng.integers(3, size=(4, 20))
    costs = rng.random((3, 3))
    by_example = classes.example_costs(y, p, costs)
    found = classes.mean_cost(classes.confusion(y, p, 3), costs)
    np.testing.assert_allclose(found, by_example.mean(axis=1))


def test_cost_of_mistakes_is_the_error_rate():
    c = np.array([[[3, 1], [2, 4]]])
    assert classes.mean_cost(c, 1 - np.eye(2))[0] == pytest.approx(0.3)


@pytest.mark.parametrize(
    ("costs", "error", "words"),
    [
        (np.ones((2, 3)), UsageError, "square"),
        (np.ones((3, 3)), UsageError, "2 classes"),
        ([[0, -1], [1, 0]], Refusal, r"\(0, 1\)"),
        ([[0, math.nan], [1, 0]], Refusal, "non-finite"),
    ],
)
def test_unusable_costs_are_refused(costs, error, words):
    with pytest.raises(error, match=words):
        classes.mean_cost(np.ones((1, 2, 2)), costs)


@pytest.mark.parametrize(
    ("labels", "predictions", "error", "words"),
    [
        ([0, 1], [[0, 2]], Refusal, "class 2"),
        ([0, -1], [[0, 1]], Refusal, "class -1"),
        ([0, 1], [[0.0, 1.0]], UsageError, "indices"),
        ([0, 1], [[0, 1, 1]], UsageError, "2 labels and 3"),
        ([0, 1], [0, 1], UsageError, "dimension"),
    ],
)
def test_unusable_predictions_are_refused(labels, predictions, error, words):
    with pytest.raises(error, match=words):
        classes.confusion(labels, np.array(predictions), 2)


def test_negative_counts_are_refused():
    with pytest.raises(Refusal, match="negative"):
        classes.class_scores([[[1, -1], [0, 1]]])


def test_a_confusion_array_is_square():
    with pytest.raises(UsageError, match="S, K, K"):
        classes.class_scores(np.ones((2, 2, 3)))
