import json
from dataclasses import replace

import numpy as np
import pytest

from tests.analysis import factory
from variance.analysis.reproduction import reproduce
from variance.errors import Refusal
from variance.records import Failure, Run, TestSet


def records(runs):
    """Return labelled arrays as single runs."""
    own = runs.labels is not None and runs.labels.ndim == 2
    found = []
    for i, seed in enumerate(runs.seeds):
        test = None
        if runs.labels is not None:
            labels = runs.labels[i] if own else runs.labels
            examples = runs.examples[i] if runs.examples is not None else None
            test = TestSet(labels, runs.classes, examples=examples)
        found.append(
            Run(
                int(seed),
                {name: float(values[i]) for name, values in runs.scores.items()},
                None if runs.predictions is None else runs.predictions[i],
                test,
                weights_digest=f"weights of {seed}",
            )
        )
    return found


def judged(runs, again, **options):
    return reproduce(runs, records(runs), again, **options)


def scored(run, predictions):
    """Return a run with other predictions, and their accuracy."""
    accuracy = float((predictions == run.test_set.labels).mean())
    other = {"accuracy": accuracy}
    return replace(run, predictions=predictions, metrics=other, weights_digest="other")


def flipped(run, count):
    """Return a run that predicts another class on the first so many examples."""
    predictions = run.predictions.copy()
    predictions[:count] = (predictions[:count] + 1) % 10
    return scored(run, predictions)


DIGITS = factory.digits(12, 500, vary=("init",))


def test_the_same_bits_are_identical():
    found = judged(DIGITS, records(DIGITS)[2:4])

    assert found.judgement == "identical"
    assert [one.seed for one in found.reruns] == [2, 3]
    assert [one.distance for one in found.reruns] == [0, 0]


def test_predictions_in_another_integer_type_are_the_same():
    run = records(DIGITS)[0]
    wide = replace(run, predictions=run.predictions.astype(np.int64))

    assert judged(DIGITS, [wide]).judgement == "identical"


@pytest.mark.parametrize(
    ("change", "attribute", "value"),
    [
        ({"weights_digest": "other"}, "same_weights", False),
        ({"metrics": {"accuracy": 0.95, "loss": 0.1}}, "different_scores", ("accuracy", "loss")),
    ],
)
def test_anything_that_differs_is_different_bits(change, attribute, value):
    rerun = judged(DIGITS, [replace(records(DIGITS)[0], **change)]).reruns[0]

    assert rerun.judgement != "identical"
    assert getattr(rerun, attribute) == value


def test_weights_alone_may_differ_within_the_variation():
    found = judged(DIGITS, [replace(records(DIGITS)[0], weights_digest="other")])

    assert found.judgement == "within"
    assert found.reruns[0].same_predictions


def test_a_run_without_digest_is_compared_by_its_predictions():
    found = judged(DIGITS, [replace(records(DIGITS)[0], weights_digest=None)])

    assert (found.judgement, found.reruns[0].same_weights) == ("identical", None)
    assert [alert.code for alert in found.alerts] == ["no-weights"]


def test_the_run_of_another_seed_is_within_the_variation():
    stranger = factory.digits(1, 500, key=99, vary=("init",))
    again = scored(records(DIGITS)[4], stranger.predictions[0])

    found = judged(DIGITS, [again])

    assert found.judgement == "within"
    assert 0 < found.reruns[0].distance <= found.reruns[0].limit


def test_few_flips_are_counted():
    rerun = judged(DIGITS, [flipped(records(DIGITS)[0], 5)]).reruns[0]

    assert (rerun.judgement, rerun.changed, rerun.examples) == ("within", 5, 500)
    assert rerun.distance == 0.01


def test_a_score_far_from_the_others_is_beyond():
    rerun = judged(DIGITS, [flipped(records(DIGITS)[0], 250)]).reruns[0]

    assert rerun.judgement == "beyond"
    assert "accuracy lies outside" in rerun.reason


def test_other_predictions_with_a_usual_score_are_beyond_too():
    runs = factory.digits(30, 2000, vary=("init",))
    run = records(runs)[0]
    wrong = np.flatnonzero(run.predictions != run.test_set.labels)
    right = np.flatnonzero(run.predictions == run.test_set.labels)
    predictions = run.test_set.labels.copy()  # its mistakes mended, as many made elsewhere
    predictions[right[-len(wrong) :]] = (predictions[right[-len(wrong) :]] + 5) % 10
    easy = scored(run, predictions)
    assert easy.metrics["accuracy"] == pytest.approx(run.metrics["accuracy"])

    rerun = judged(runs, [easy]).reruns[0]

    assert rerun.judgement == "beyond"
    assert "further from the stored run" in rerun.reason


def test_an_outlier_that_comes_close_again_is_within():
    values = [0.99, 0.991, 0.992, 0.9905, 0.9915, 0.9912, 0.9902, 0.9, 0.9907, 0.9903]
    runs = factory.scored(values, vary=("seed",))
    stored = records(runs)

    found = reproduce(runs, stored, [replace(stored[7], metrics={"accuracy": 0.8999})])

    assert found.judgement == "within"
    low, _ = found.prediction
    assert low > 0.8  # otherwise the example shows nothing


def test_scores_alone_are_judged_by_the_prediction_interval():
    runs = factory.normal(20, vary=("seed",))
    stored = records(runs)

    def again(score):
        return reproduce(runs, stored, [replace(stored[3], metrics={"accuracy": score})]).judgement

    assert again(0.9901) == "within"
    assert again(0.95) == "beyond"


def test_few_runs_cannot_tell():
    runs = factory.digits(4, 500, vary=("init",))

    found = judged(runs, [flipped(records(runs)[0], 5)])

    assert found.judgement == "unknown"
    assert "4 runs cannot tell" in found.reruns[0].reason


def test_without_any_spread_it_cannot_be_told():
    runs = factory.scored([0.99] * 8, vary=("seed",))
    again = replace(records(runs)[0], metrics={"accuracy": 0.991})

    assert reproduce(runs, records(runs), [again]).judgement == "unknown"


def test_where_nothing_varies_every_other_bit_is_beyond():
    runs = factory.scored([0.99] * 8, vary=())
    again = replace(records(runs)[0], metrics={"accuracy": np.nextafter(0.99, 1)})

    found = reproduce(runs, records(runs), [again])

    assert found.judgement == "beyond"
    assert "no source of randomness varies" in found.reruns[0].reason


def test_other_test_examples_are_beyond():
    run = records(DIGITS)[0]
    labels = run.test_set.labels.copy()
    labels[0] = (labels[0] + 1) % 10

    again = replace(run, test_set=TestSet(labels, run.test_set.classes))

    assert "other test examples" in judged(DIGITS, [again]).reruns[0].reason


def test_regression_is_judged_by_the_root_mean_square_change():
    runs = factory.fitted(12, vary=("seed",))
    run = records(runs)[5]

    def again(noise):
        draw = np.random.default_rng(1).normal(0, noise, len(run.predictions))
        return judged(runs, [replace(run, predictions=run.predictions + draw)]).reruns[0]

    assert again(0.1).judgement == "within"
    assert again(0.1).distance == pytest.approx(0.1, rel=0.2)
    assert again(2).judgement == "beyond"


def test_a_redrawn_split_is_judged_on_shared_examples():
    runs = factory.resplit(20, vary=("split",))
    run = records(runs)[5]
    draw = np.random.default_rng(1)

    def again(noise):
        changed = run.predictions + draw.normal(0, noise, len(run.predictions))
        return judged(runs, [replace(run, predictions=changed)]).reruns[0]

    assert again(0.1).judgement == "within"
    assert again(3).judgement == "beyond"


def test_a_run_that_fails_now_is_beyond():
    found = judged(DIGITS, [Failure(1, "raised", "ValueError: boom")])

    assert found.judgement == "beyond"
    assert "fails now (ValueError: boom)" in found.reruns[0].reason


@pytest.mark.parametrize(
    ("again", "judgement"),
    [
        (Failure(50, "raised", "ValueError: boom", seconds=9.0), "identical"),
        (Failure(50, "raised", "ValueError: another"), "unknown"),
        (Run(50, {"accuracy": 0.9}), "unknown"),
    ],
)
def test_a_failure_is_compared_with_the_failure(again, judgement):
    stored = [*records(DIGITS), Failure(50, "raised", "ValueError: boom")]

    assert reproduce(DIGITS, stored, [again]).judgement == judgement


def test_the_worst_seed_decides():
    same, other = records(DIGITS)[:2]

    found = judged(DIGITS, [same, flipped(other, 250)])

    assert [one.judgement for one in found.reruns] == ["identical", "beyond"]
    assert found.judgement == "beyond"


def test_an_altered_record_is_told():
    found = judged(DIGITS, [records(DIGITS)[0]], altered=[0], damage="seed 0 does not fit")

    assert found.judgement == found.reruns[0].judgement == "altered"
    assert found.reruns[0].altered
    assert found.alerts[0].code == "altered-record"


def test_an_alteration_elsewhere_is_told():
    found = judged(DIGITS, [records(DIGITS)[0]], damage="seed 7 does not fit")

    assert (found.judgement, found.reruns[0].judgement) == ("altered", "identical")
    assert "seed 7 does not fit" in found.alerts[0].message


def test_nothing_trained_is_refused():
    with pytest.raises(Refusal):
        judged(DIGITS, [])


def test_it_is_json():
    found = judged(DIGITS, [flipped(records(DIGITS)[0], 5)])

    assert json.loads(json.dumps(found.to_dict(), allow_nan=False))["schema"] == 1


@pytest.mark.parametrize("count", [1, 3])
def test_draws_with_fresh_seeds_are_seldom_beyond(count):
    """The promise: at most about alpha, for all reruns of a call together."""
    trials, wrong = 400, 0
    for trial in range(trials):
        every = factory.digits(10 + count, 200, key=trial, vary=("init",))
        runs = factory.classified(
            every.labels, every.predictions[:10], classes=every.classes, vary=("init",)
        )
        stored = records(runs)
        fresh = every.predictions[10:]
        again = [scored(run, other) for run, other in zip(stored, fresh, strict=False)]
        wrong += reproduce(runs, stored, again, alpha=0.1).judgement == "beyond"

    assert wrong / trials < 0.1 + 3 * (0.1 * 0.9 / trials) ** 0.5


def rescored(values, seeds, again):
    """Return what comes of reruns of which only other scores are known."""
    runs = factory.scored(values, vary=("seed",))
    stored = records(runs)
    reruns = [
        replace(stored[seed], metrics={"accuracy": float(score)}, weights_digest="other")
        for seed, score in zip(seeds, again, strict=True)
    ]
    return reproduce(runs, stored, reruns)


def test_score_outside_of_few_runs_is_unknown():
    values = np.random.default_rng(0).normal(0.5, 0.01, 15)
    one, two = rescored(values, [3], [0.9]), rescored(values, [3, 4], [0.9, 0.9])

    assert one.judgement == "beyond"
    assert two.judgement == "unknown"
    assert "it takes 8 for each seed that gave other bits" in two.reruns[0].reason


def test_reruns_with_the_same_bits_take_no_runs():
    values = np.random.default_rng(0).normal(0.5, 0.01, 15)

    assert rescored(values, [3, 4], [0.9, values[4]]).judgement == "unknown"  # other weights
    runs = factory.scored(values, vary=("seed",))
    stored = records(runs)
    other = replace(stored[3], metrics={"accuracy": 0.9})
    assert reproduce(runs, stored, [other, *stored[4:8]]).judgement == "beyond"


SHAPES = {
    "log-normal": lambda rng, n: np.exp(rng.standard_normal(n)),
    "gamma": lambda rng, n: rng.gamma(2.0, size=n),
    "one in ten diverges": lambda rng, n: rng.normal(size=n) - 30 * (rng.random(n) < 0.1),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("reruns", [1, 2])
def test_another_draw_of_the_same_training_is_seldom_beyond(shape, reruns):
    rng = np.random.default_rng(1)
    found = []
    for _ in range(400):
        x = SHAPES[shape](rng, 10 * reruns + reruns)
        found.append(rescored(x[reruns:], range(reruns), x[:reruns]).judgement)

    assert found.count("beyond") / 400 <= 0.06 + 2 * 0.012
    assert found.count("within") / 400 > 0.85


def test_range_of_a_share_ends_at_one():
    found = judged(DIGITS, [flipped(records(DIGITS)[0], 5)])

    assert 0.9 < found.prediction[0] < found.prediction[1] <= 1
