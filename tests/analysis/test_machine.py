import json

import numpy as np
import pytest
from scipy import stats

from variance.analysis.machine import MachineRuns, machine
from variance.errors import Refusal, UsageError
from variance.records import Run, TestSet

LABELS = np.array([0, 1, 1, 0], np.uint8)
TESTS = TestSet(LABELS, ("no", "yes"))


def run(seed, predictions, digest="same", **metrics):
    guess = np.array(predictions, np.uint8)
    accuracy = float((guess == LABELS).mean())
    return Run(seed, {"accuracy": accuracy, **metrics}, guess, TESTS, weights_digest=digest)


def way(name, *runs, failed=0):
    return MachineRuns(name, f"toy-{name}", runs, failed)


REFERENCE = way("all", run(1, [0, 1, 1, 0]), run(2, [0, 1, 1, 1]), run(3, [0, 0, 0, 0]))
AGAIN = way("again", *REFERENCE.runs)


def found(*arms, **options):
    return machine(REFERENCE, arms, experiment="toy", **{"metric": "accuracy", **options})


def test_the_same_runs_are_identical():
    (arm,) = found(AGAIN).arms

    assert (arm.identical, arm.pairs, arm.weights, arm.distance) == (3, 3, True, 0.0)
    assert (arm.difference, arm.ci, arm.largest, arm.reason) == (0.0, None, 0.0, "")


def test_other_weights_are_not_identical_though_the_predictions_are():
    (arm,) = found(way("float64", run(1, [0, 1, 1, 0], "other"))).arms

    assert (arm.identical, arm.pairs, arm.distance) == (0, 1, 0.0)


def test_distance_is_the_share_of_examples_that_change():
    arm = found(way("x", run(1, [0, 1, 1, 1]), run(2, [1, 1, 0, 0]))).arms[0]

    assert arm.distance == pytest.approx((1 / 4 + 3 / 4) / 2)
    assert arm.distance_range == (0.25, 0.75)


def test_seeds_are_paired_by_number():
    arm = found(way("x", run(3, [0, 0, 0, 0]), run(1, [0, 1, 1, 0]), run(9, [1, 1, 1, 1]))).arms[0]

    assert (arm.pairs, arm.identical) == (2, 2)


def test_distance_between_seeds_is_the_mean_over_pairs_of_the_reference():
    assert found(AGAIN).between_seeds == pytest.approx((1 / 4 + 2 / 4 + 3 / 4) / 3)


def test_change_of_the_metric_with_intervals_that_hold_together():
    arms = [way("x", run(1, [0, 1, 1, 1]), run(2, [1, 1, 0, 0]), run(3, [0, 1, 1, 0])), AGAIN]

    arm = found(*arms).arms[0]

    change = np.array([0.75 - 1, 0.5 - 0.75, 1 - 0.5])
    half = stats.t.ppf(1 - 0.05 / 2 / 2, 2) * change.std(ddof=1) / np.sqrt(3)
    assert arm.difference == pytest.approx(change.mean())
    assert arm.ci == pytest.approx((change.mean() - half, change.mean() + half))
    assert abs(arm.largest) == 0.5


def test_no_seed_in_common_says_so():
    arm = found(way("x", run(7, [0, 1, 1, 0]), failed=2)).arms[0]

    assert (arm.pairs, arm.failed, arm.difference) == (0, 2, None)
    assert arm.reason == "no seed finished both here and in the reference"


def test_regression_has_distances_in_the_unit_of_the_target():
    test = TestSet(np.array([1.0, 2.0]))
    reference = way("all", Run(1, {"r2": 0.5}, np.array([1.0, 2.0]), test))
    other = way("x", Run(1, {"r2": 0.4}, np.array([1.0, 2.5]), test))

    result = machine(reference, [other], experiment="toy", metric="r2")

    assert result.regression
    assert result.arms[0].distance == pytest.approx(np.sqrt(0.5**2 / 2))


def test_scores_alone_can_be_identical_without_weights():
    reference = way("all", Run(1, {"loss": 0.5}), Run(2, {"loss": 0.25}))

    result = machine(
        reference, [way("again", Run(1, {"loss": 0.5}))], experiment="t", metric="loss"
    )

    assert (result.arms[0].identical, result.arms[0].weights) == (1, False)
    assert (result.arms[0].distance, result.between_seeds) == (None, None)


def test_reference_without_runs_is_refused():
    with pytest.raises(Refusal, match=r"no run of toy-all has finished \(3 failed\)"):
        machine(way("all", failed=3), [AGAIN], experiment="toy", metric="accuracy")


def test_unknown_metric_is_refused():
    with pytest.raises(UsageError, match="no metric 'speed'"):
        found(AGAIN, metric="speed")


def test_impossible_alpha_is_refused():
    with pytest.raises(UsageError, match="alpha"):
        found(AGAIN, alpha=1.5)


def test_result_is_json():
    data = found(AGAIN, inapplicable={"bfloat16": "no"}).to_dict()

    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert next(iter(data)) == "schema"
