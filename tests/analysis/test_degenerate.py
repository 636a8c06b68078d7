"""Inputs at the edge: each has a defined answer."""

from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.factory import classified, digits, fitted, normal, resplit, scored
from variance.analysis.comparison import compare
from variance.analysis.summary import summarize
from variance.errors import UsageError


def codes(result):
    return {alert.code for alert in result.alerts}


@pytest.mark.parametrize("n", [1, 2])
def test_fewer_than_three_runs_are_refused(n):
    found = compare(normal(n), normal(n, key=1, name="b"))
    assert found.verdict == "refused"
    assert "at least 3" in found.refused["test-set"]
    assert found.test_set.ci is None
    assert found.test_set.estimate is not None


def test_three_runs_are_judged_with_a_warning():
    found = compare(normal(3), normal(3, key=1, name="b"))
    assert found.verdict != "refused"
    assert "few-runs" in codes(found)


def test_one_run_has_no_interval():
    side = compare(normal(1), normal(3, name="b")).baseline
    assert (side.sd, side.ci) == (None, None)


def test_one_side_without_variation_is_judged_where_its_runs_were_trained_here():
    found = compare(
        scored([0.9] * 5, vary=("init",)), scored([0.95, 0.96, 0.95, 0.96, 0.955], name="b")
    )
    assert found.verdict == "improved"
    assert found.baseline.sd == 0
    assert "nothing-varied" in codes(found)


def test_both_sides_without_variation_are_refused():
    found = compare(scored([0.9] * 5), scored([0.95] * 5, name="b"))
    assert found.verdict == "refused"
    assert "nothing varied" in found.refused["test-set"]
    assert found.test_set.estimate == pytest.approx(0.05)


def test_a_sweep_against_itself_is_refused():
    found = compare(digits(5), digits(5, name="copy"))
    assert set(found.verdicts.values()) == {"refused"}
    assert "identical-sweeps" in codes(found)
    assert found.per_class is None


def test_all_runs_failed():
    found = compare(normal(5), scored([], name="b", failures=5))
    assert found.refused["test-set"] == "every run of b failed (5)"
    assert found.candidate.mean is None
    assert found.failures.p_value < 0.05


def test_no_runs_at_all():
    assert compare(normal(5), scored([], name="b")).verdict == "refused"


def test_no_runs_with_predictions():
    labels = np.zeros(5, dtype=int)
    empty = classified(labels, np.zeros((0, 5), dtype=int), classes="ab")
    found = compare(empty, classified(labels, np.zeros((3, 5), dtype=int), classes="ab", name="b"))
    assert found.refused["test-set"].startswith("0 runs a side")
    assert summarize(empty).unavailable == {"mean": "there are no runs"}


def test_class_absent_from_the_test_set():
    labels = np.tile([0, 1], 50)
    rng = np.random.default_rng(0)
    sweeps = [
        classified(labels, np.where(rng.random((5, 100)) < 0.1, 1 - labels, labels),
                   classes=("cat", "dog", "eel"), name=name)
        for name in "ab"
    ]  # fmt: skip
    eel = compare(*sweeps).per_class[2]
    assert (eel.support, eel.baseline, eel.difference) == (0, None, None)
    assert eel.verdict == "refused"
    assert "no such examples" in eel.reason


def test_class_never_predicted():
    labels = np.tile([0, 1, 2], 40)
    rng = np.random.default_rng(0)
    guesses = [rng.integers(0, 2, (5, 120)) for _ in range(2)]
    found = compare(
        classified(labels, guesses[0], classes="abc"),
        classified(labels, guesses[1], classes="abc", name="b"),
    )
    never = found.per_class[2]
    assert (never.baseline, never.candidate, never.difference) == (0, 0, 0)
    assert never.verdict == "refused"
    summary = summarize(classified(labels, guesses[0], classes="abc"))
    assert summary.per_class[2].precision.mean is None


def test_perfect_models():
    labels = np.tile([0, 1], 20)
    perfect = classified(labels, np.tile(labels, (5, 1)))
    found = compare(perfect, replace(perfect, name="b"))
    assert found.verdict == "refused"
    summary = summarize(perfect)
    assert (summary.mean, summary.sd) == (1, 0)
    assert summary.churn == 0
    assert summary.unstable == ()


def test_perfect_against_imperfect():
    labels = np.tile([0, 1], 200)
    perfect = classified(labels, np.tile(labels, (6, 1)), name="b")
    rng = np.random.default_rng(0)
    flawed = classified(labels, np.where(rng.random((6, 400)) < 0.1, 1 - labels, labels))
    assert compare(flawed, perfect).verdicts == {"test-set": "improved", "new-data": "improved"}


def test_intervals_of_shares_stay_within_their_limits():
    found = compare(scored([0.99, 1, 1]), scored([0.2, 0.9, 1], name="b"))
    assert 0 <= found.baseline.ci[0] <= found.baseline.ci[1] == 1
    assert summarize(scored([0.99, 1, 1])).prediction[1] == 1


def test_small_classes_keep_their_limits():
    labels = np.array([0, 0, 1] * 4)
    rng = np.random.default_rng(3)
    a, b = (classified(labels, rng.integers(0, 2, (3, 12)), name=n) for n in "ab")
    for part in compare(a, b).per_class:
        assert -1 <= part.ci[0] <= part.ci[1] <= 1


def test_accuracy_in_percent_is_cut_at_a_hundred():
    assert 99 < summarize(scored([98.0, 99.0, 97.0])).ci[1] <= 100


def test_share_and_percent_are_not_compared():
    found = compare(scored([98.0, 99.0, 97.0]), scored([0.98, 0.99, 0.975], name="b"))

    assert found.verdict == "refused"
    assert "share (0 to 1) in b and in percent (0 to 100) in baseline" in found.refused["test-set"]


def test_percent_is_said():
    found = compare(scored([98.0, 99.0, 97.0]), scored([98.5, 99.0, 97.2], name="b"))

    assert "in-percent" in codes(found)


def test_ties_everywhere():
    found = compare(scored([0.9, 0.9, 0.8, 0.8]), scored([0.9, 0.8, 0.9, 0.8], name="b"))
    assert found.verdict == "inconclusive"
    assert found.superiority.estimate == 0.5


def test_test_set_of_one_example():
    labels = np.array([1])
    first = classified(labels, [[1], [0], [1], [1]], classes="ab")
    second = classified(labels, [[0], [0], [1], [0]], classes="ab", name="b")
    found = compare(first, second)
    assert found.verdicts["new-data"] == "refused"
    assert "one test example" in found.refused["new-data"]
    assert summarize(first).origin is None


def test_differences_of_a_trillionth_are_seen():
    rng = np.random.default_rng(0)
    base = rng.normal(0.5, 0.1, 10)
    shifted = base + rng.normal(1e-12, 1e-13, 10)
    found = compare(scored(base), scored(shifted, name="b"))
    assert found.verdict == "improved"
    assert found.test_set.estimate == pytest.approx(1e-12, rel=0.2)


def test_rounding_is_not_a_difference():
    base = np.array([0.1, 0.2, 0.3])
    found = compare(scored(base), scored(base + 1e-17, name="b"))
    assert found.verdict == "refused"


def test_labels_in_another_order_are_refused_with_the_remedy():
    first = digits(4, 200)
    order = np.random.default_rng(0).permutation(200)
    mixed = replace(first, name="b", labels=first.labels[order],
                    predictions=digits(4, 200, key=1).predictions[:, order])  # fmt: skip
    found = compare(first, mixed)
    assert "another order" in found.refused["test-set"]
    assert "different-test-data" in codes(found)
    assert found.test_set is None


def test_examples_in_another_order_are_aligned_by_id():
    ids = np.arange(200) + 1000
    first = replace(digits(4, 200), examples=ids)
    second = replace(digits(4, 200, key=1, name="b"), examples=ids)
    order = np.random.default_rng(0).permutation(200)
    mixed = replace(second, labels=second.labels[order], examples=ids[order],
                    predictions=second.predictions[:, order])  # fmt: skip
    assert compare(first, mixed).to_dict() == compare(first, second).to_dict()


def test_classes_in_another_order_are_aligned_by_name():
    first, second = digits(4, 200), digits(4, 200, key=1, name="b")
    turned = replace(second, classes=second.classes[::-1], labels=9 - second.labels,
                     predictions=9 - second.predictions)  # fmt: skip
    assert compare(first, turned).to_dict() == compare(first, second).to_dict()


@pytest.mark.parametrize(
    "other",
    [digits(4, 300, name="b"), replace(digits(4, 200, name="b"), examples=np.arange(200) + 7),
     replace(digits(4, 200, name="b"), labels=np.roll(np.arange(200) % 10, 1) // 2)],
    ids=["size", "examples", "labels"],
)  # fmt: skip
def test_different_test_data_are_refused(other):
    found = compare(digits(4, 200), other)
    assert found.refused["test-set"].startswith("different test data")
    assert found.refused["new-data"] == found.refused["test-set"]


def test_classes_against_numbers_are_refused():
    with pytest.raises(UsageError, match="no metric 'accuracy'"):
        compare(digits(4, 200), fitted(4, name="b"))


def test_redrawn_in_one_only_is_refused():
    first = resplit(5)
    found = compare(first, replace(fitted(5, name="b"), metric="r2"))
    assert "redraws the split in" in found.refused["new-data"]


def test_same_seed_other_split_is_refused():
    first, second = resplit(5), resplit(5, key=1, name="b")
    other = replace(second, examples=second.examples + 1)
    assert "different splits" in compare(first, other).refused["new-data"]


def test_confusion_counts_alone():
    first, second = digits(6, 500), digits(6, 500, error=0.2, key=1, name="b")
    bare = [
        replace(r, confusion=counts(r), predictions=None, labels=None, kind="scores")
        for r in (first, second)
    ]
    found, whole = compare(*bare), compare(first, second)
    assert found.verdict == "regressed"
    assert found.refused["new-data"] == "no predictions are stored"
    assert [p.difference for p in found.per_class] == pytest.approx(
        [p.difference for p in whole.per_class]
    )
    assert found.churn is None


def counts(runs):
    from variance.statistics.classes import confusion

    return confusion(runs.labels, runs.predictions, len(runs.classes))


def test_few_runs_beside_many_are_said_to_be_on_one_side():
    found = compare(normal(3), normal(30, key=1, name="b"), paired=False)

    message = next(a.message for a in found.alerts if a.code == "few-runs")
    assert message.startswith("3 runs on one side")
