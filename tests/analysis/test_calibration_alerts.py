"""Where docs/calibration.md found a bound missed, the tool says so."""

import numpy as np
import pytest

from tests.analysis.factory import classified, normal, scored
from variance.analysis.comparison import compare
from variance.analysis.luck import luck
from variance.analysis.summary import summarize
from variance.records import Runs


def codes(result):
    return {alert.code for alert in result.alerts}


@pytest.mark.parametrize(
    ("method", "runs", "warned"),
    [
        ("bca", 10, True),
        ("bayes-signed-rank", 5, True),
        ("bayes-signed-rank", 12, False),
        ("aso", 29, True),
        ("aso", 30, False),
    ],
)
def test_method_that_finds_too_much_is_warned_of(method, runs, warned):
    paired = None if method != "aso" else False
    found = compare(normal(runs), normal(runs, key=1, name="b"), method=method, paired=paired)

    assert ("oversure-method" in codes(found)) is warned


def test_default_method_is_not_warned_of():
    assert "oversure-method" not in codes(compare(normal(5), normal(5, key=1, name="b")))


@pytest.mark.parametrize(("runs", "warned"), [(5, True), (10, False)])
def test_verdicts_on_classes_from_few_runs_are_warned_of(runs, warned):
    labels = np.repeat([0, 1], 200)
    rng = np.random.default_rng(0)
    base = np.where(rng.random((runs, 400)) < 0.2, 1 - labels, labels)
    better = np.where(rng.random((runs, 400)) < 0.02, 1 - labels, labels)
    found = compare(classified(labels, base), classified(labels, better, name="b"))

    assert {part.verdict for part in found.per_class} == {"improved"}
    assert ("few-runs-classes" in codes(found)) is warned


def test_skewed_scores_are_warned_of():
    values = 0.99 - np.random.default_rng(0).exponential(0.01, 40)

    assert "skewed-scores" in codes(summarize(scored(values)))


def test_normal_scores_are_seldom_called_skewed():
    warned = [
        "skewed-scores" in codes(summarize(normal(20, key=key, mean=0.5))) for key in range(200)
    ]

    assert np.mean(warned) < 0.1


@pytest.mark.parametrize("n", [5, 8, 30])
def test_compare_warns_of_a_run_far_below_the_others(n):
    values = np.append(np.linspace(0.980, 0.982, n - 1), 0.90)
    paired = compare(normal(n), scored(values, name="b"))
    apart = compare(normal(n), scored(values, name="b"), paired=False)

    assert "skewed-scores" in codes(paired)
    assert "skewed-scores" in codes(apart)


def test_skew_that_pairing_takes_out_is_not_warned_of():
    # Each seed's luck is skewed, and the same on both sides.
    rng = np.random.default_rng(0)
    common = 0.99 - rng.exponential(0.01, 20)
    x, y = (scored(common + rng.normal(0, 1e-3, 20), name=name) for name in "ab")

    assert "skewed-scores" in codes(compare(x, y, paired=False))
    assert "skewed-scores" not in codes(compare(x, y))


@pytest.mark.parametrize(("score", "warned"), [(0.999, True), (0.99, False)])
def test_more_than_luck_rests_on_a_tail_that_nobody_has_seen(score, warned):
    assert ("beyond-the-data" in codes(luck(normal(20), score))) is warned


def regression(change, examples, runs=5):
    """Return two sweeps of predictions whose squared errors differ by a function of the error."""
    rng = np.random.default_rng(0)
    target = rng.standard_normal(examples)
    error = rng.standard_normal(examples)
    sides = []
    for name, loss in (("a", error**2), ("b", np.maximum(error**2 + change(error), 0))):
        wrong = np.sqrt(loss) + 0.01 * rng.standard_normal((runs, examples))
        mse = (wrong**2).mean(axis=1)
        sides.append(Runs(
            name, "regression", np.arange(runs), {"mse": mse}, "mse", {"mse": False},
            labels=target, predictions=target + wrong,
        ))  # fmt: skip
    return sides


@pytest.mark.parametrize(("examples", "warned"), [(60, True), (20_000, False)])
def test_examples_too_few_for_their_skewness_are_warned_of(examples, warned):
    found = compare(*regression(lambda e: 0.2 * (1 - e**2), examples))

    assert ("skewed-examples" in codes(found)) is warned


@pytest.mark.parametrize(("examples", "warned"), [(60, True), (400, False)])
def test_claim_from_few_examples_is_warned_of(examples, warned):
    found = compare(*regression(lambda e: 0 * e + 1.0, examples))

    assert found.verdicts["new-data"] == "regressed"
    assert ("few-examples" in codes(found)) is warned
