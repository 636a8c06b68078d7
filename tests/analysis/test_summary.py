import json
from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.factory import classified, digits, fitted, normal, resplit, scored
from variance.analysis.summary import summarize
from variance.errors import UsageError
from variance.statistics import intervals, luck


def test_centre_and_spread():
    runs = normal(10)
    x, found = runs.scores["accuracy"], summarize(runs)
    mean, sd = intervals.mean_interval(x), intervals.sd_interval(x)
    assert found.ci == (mean.low, mean.high)
    assert found.sd_ci == (sd.low, sd.high)
    assert found.median == np.median(x)
    assert found.range == (x.min(), x.max())
    assert found.prediction[0] < found.ci[0] < found.ci[1] < found.prediction[1]


def test_spread_is_split():
    found = summarize(digits(20, 1000))
    assert found.origin.noise > 0
    assert found.origin.genuine >= 0
    assert found.origin.genuine**2 + found.origin.noise**2 == pytest.approx(found.sd**2, rel=0.3)


def test_per_class_has_undefined_not_zero():
    labels = np.zeros(20, dtype=int)
    found = summarize(classified(labels, np.zeros((3, 20), dtype=int), classes="ab"))
    absent = found.per_class[1]
    assert (absent.recall.mean, absent.precision.mean, absent.one_run) == (None, None, None)


def test_churn_and_majority():
    labels = np.zeros(4, dtype=int)
    predictions = [[0, 0, 1, 0], [0, 0, 0, 0], [0, 1, 0, 0]]
    found = summarize(classified(labels, predictions, classes="ab"))
    assert found.churn == pytest.approx((1 + 2 + 1) / 3 / 4)
    assert found.majority == 1
    assert {e.example for e in found.unstable} == {1, 2}


def test_unstable_examples_go_by_their_id():
    labels = np.zeros(3, dtype=int)
    runs = classified(labels, [[0, 1, 0], [0, 0, 0]], classes="ab", examples=np.array([7, 8, 9]))
    assert [e.example for e in summarize(runs).unstable] == [8]


def test_confusions_that_move():
    found = summarize(digits(6, 500))
    assert len(found.confusion.mean) == 10
    cell = found.confusion.moving[0]
    assert cell.true != cell.predicted


def test_best_of_k():
    runs = normal(10)
    expected = luck.expected_best(runs.scores["accuracy"], 5).estimate
    assert summarize(runs).best_of == {
        k: pytest.approx(v) for k, v in summarize(runs).best_of.items()
    }
    assert summarize(runs).best_of[5] == expected
    assert 20 not in summarize(runs).best_of


def test_bootstrap_on_request():
    found = summarize(normal(20), bootstrap=True)
    assert found.bootstrap.ci == pytest.approx(found.ci, abs=2e-4)
    assert found.bootstrap.sd_ci[0] < found.sd < found.bootstrap.sd_ci[1]
    assert summarize(normal(20)).bootstrap is None


def test_bootstrap_of_two_runs_is_undefined():
    found = summarize(normal(2), bootstrap=True)
    assert found.bootstrap.ci is None
    assert found.unavailable["bootstrap"] == "fewer than 3 runs"


def test_what_scores_alone_do_not_tell_is_said():
    missing = summarize(normal(5)).unavailable
    assert {"origin", "per_class", "confusion", "churn", "unstable", "majority"} <= missing.keys()


def test_one_run_has_no_intervals():
    found = summarize(digits(1))
    assert (found.ci, found.sd, found.prediction) == (None, None, None)
    assert {"ci", "prediction"} <= found.unavailable.keys()


def test_no_runs():
    found = summarize(scored([], failures=2))
    assert found.mean is None
    assert found.unavailable == {"mean": "every run failed (2)"}


def test_redrawn_interval_is_corrected():
    found = summarize(resplit(20))
    naive = intervals.mean_interval(resplit(20).scores["r2"])
    assert found.ci[1] - found.ci[0] > 2 * (naive.high - naive.low)


def test_redrawn_without_training_size_has_no_interval():
    found = summarize(replace(resplit(5), train_size=None))
    assert found.ci is None
    assert "training size unknown" in found.unavailable["ci"]


def test_regression_has_no_classes_and_does_not_apologise():
    found = summarize(fitted(5))
    assert found.per_class is None
    assert "per_class" not in found.unavailable
    assert found.origin is not None


def test_collapsed_runs_are_told():
    values = [0.99, 0.991, 0.99, 0.9905, 0.9895, 0.1]
    assert "outlying-runs" in {a.code for a in summarize(scored(values)).alerts}


def test_unstable_training_is_told():
    labels = np.zeros(1000, dtype=int)
    rng = np.random.default_rng(0)
    rates = rng.uniform(0, 0.4, 20)[:, None]
    runs = classified(labels, rng.random((20, 1000)) < rates, classes="ab")
    assert "unstable-training" in {a.code for a in summarize(runs).alerts}


def test_seeds_that_change_nothing_are_told():
    labels = np.zeros(10, dtype=int)
    runs = classified(labels, np.tile(np.arange(10) % 2, (4, 1)), classes="ab")
    assert "nothing-varied" in {a.code for a in summarize(runs).alerts}


def test_json_is_strict():
    for runs in (digits(4, 100), normal(1), scored([], failures=1), resplit(4), fitted(3)):
        json.dumps(summarize(runs).to_dict(), allow_nan=False)


def test_alpha_out_of_range():
    with pytest.raises(UsageError, match="alpha"):
        summarize(normal(3), alpha=1)
