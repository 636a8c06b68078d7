from dataclasses import replace

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from tests.analysis.factory import digits, fitted, scored
from variance.analysis import metrics
from variance.analysis.comparison import compare
from variance.analysis.sample import relabel, take

LINEARISED = ("macro_f1", "balanced_accuracy", "macro_precision", "weighted_f1", "mcc")


@pytest.mark.parametrize("name", ["accuracy", "error_rate", *LINEARISED])
def test_mean_over_examples_is_the_run_s_metric(name):
    runs = digits(4, 300, error=0.2)
    per_example, reason = metrics.per_example(runs, name, None)
    assert reason == ""
    assert per_example.mean(axis=1) == pytest.approx(metrics.per_run(runs, name, None))


@pytest.mark.parametrize("name", metrics.REGRESSION)
def test_mean_over_examples_of_a_regression(name):
    runs = fitted(4)
    per_example, _ = metrics.per_example(runs, name, None)
    assert per_example.mean(axis=1) == pytest.approx(runs.scores[name])


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("macro_f1", lambda y, p: sklearn_metrics.f1_score(y, p, average="macro")),
        ("balanced_accuracy", sklearn_metrics.balanced_accuracy_score),
        ("mcc", sklearn_metrics.matthews_corrcoef),
    ],
)
def test_derived_metrics_agree_with_scikit_learn(name, theirs):
    runs = digits(3, 300, error=0.2)
    expected = [theirs(runs.labels, p) for p in runs.predictions]
    assert metrics.per_run(runs, name, None) == pytest.approx(expected)


@pytest.mark.parametrize("name", LINEARISED)
def test_linearised_spread_is_that_of_a_bootstrap_over_examples(name):
    runs = digits(1, 600, error=0.3)
    per_example, _ = metrics.per_example(runs, name, None)
    analytic = per_example[0].std() / np.sqrt(600)
    rng = np.random.default_rng(0)
    drawn = []
    for _ in range(400):
        t = rng.integers(600, size=600)
        again = replace(runs, labels=runs.labels[t], predictions=runs.predictions[:, t], scores={})
        drawn.append(metrics.per_run(again, name, None)[0])
    assert analytic == pytest.approx(np.std(drawn), rel=0.15)


def test_stored_metric_that_is_not_that_of_the_predictions():
    runs = digits(4, 300)
    scaled = replace(runs, scores={"accuracy": 100 * runs.scores["accuracy"]})
    matrix, reason = metrics.per_example(scaled, "accuracy", None)
    assert matrix is None
    assert "not that of the stored predictions" in reason


def test_metric_without_predictions_behind_it():
    runs = digits(4, 300)
    loss = replace(runs, scores={"loss": np.array([0.1, 0.2, 0.15, 0.12])}, metric="loss")
    other = replace(loss, name="b", predictions=digits(4, 300, key=1).predictions)
    found = compare(loss, other)
    assert "does not follow from the predictions" in found.refused["new-data"]


def test_available_lists_what_follows():
    assert "macro_f1" in metrics.available(digits(2, 50))
    assert metrics.available(scored([1.0])) == ("accuracy",)


def test_taking_runs_keeps_what_belongs_together():
    runs = digits(5, 50)
    some = take(runs, np.array([1, 3]))
    assert some.seeds.tolist() == [1, 3]
    assert np.array_equal(some.predictions, runs.predictions[[1, 3]])


def test_relabelling_moves_confusion_counts_too():
    runs = digits(2, 100)
    counted = replace(runs, confusion=metrics.confusion(runs))
    turned = relabel(counted, ("extra", *runs.classes[::-1]))
    assert np.array_equal(turned.confusion[:, 1:, 1:], counted.confusion[:, ::-1, ::-1])
    assert np.array_equal(metrics.confusion(replace(turned, confusion=None)), turned.confusion)
