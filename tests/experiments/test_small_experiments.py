import numpy as np
import pytest

from variance.errors import UsageError
from variance.experiments import registry
from variance.experiments.diabetes import columns
from variance.experiments.scoring import confusion_matrix, regression_scores
from variance.experiments.settings import resolve
from variance.experiments.split import redrawn_split
from variance.experiments.streams import Streams
from variance.experiments.task import Task
from variance.records import Configuration, Execution, Failure


def trained(name, seed=0, **settings):
    experiment = registry.find(name)
    resolved = resolve(experiment.settings_type, settings)
    streams = Streams(seed, experiment.sources(resolved))
    return experiment.trainer(resolved, Execution()).train(streams)


def test_moons_are_learnt():
    found = trained("moons")

    assert np.mean(found.predictions == found.test_set.labels) > 0.88


@pytest.mark.parametrize("model", ["linear", "ridge", "lasso", "forest"])
def test_diabetes_has_its_models(model):
    found = trained("diabetes", model=model, features="all", trees=5)

    assert found.predictions.shape == (146,)


def test_forest_draws_from_a_source_of_its_own():
    experiment = registry.find("diabetes")
    forest = resolve(experiment.settings_type, {"model": "forest"})

    assert experiment.sources(forest) == ("split", "training")


def test_several_features_have_a_slope_each():
    assert {"slope_bmi", "slope_bp", "intercept"} <= trained(
        "diabetes", features="bmi,bp"
    ).metrics.keys()


@pytest.mark.parametrize(
    ("text", "found"), [("9", [9]), ("bmi, 3", [2, 3]), ("all", list(range(10)))]
)
def test_columns_are_numbers_or_names(text, found):
    assert columns(text) == found


@pytest.mark.parametrize("text", ["", "10", "-1", "weight", "9,s6"])
def test_unusable_columns_are_refused(text):
    with pytest.raises(UsageError, match="features"):
        columns(text)


def test_split_has_the_size_that_scikit_learn_would_give_it():
    train, test = redrawn_split(442, 0.33, Streams(0, ["split"]))

    assert (len(train), len(test)) == (296, 146)
    assert sorted([*train, *test]) == list(range(442))


def test_split_that_leaves_nothing_to_train_on_is_refused():
    with pytest.raises(UsageError, match="none of 3 examples"):
        redrawn_split(3, 0.99, Streams(0, ["split"]))


def test_scores_of_a_regression_are_those_of_scikit_learn():
    from sklearn import metrics

    rng = np.random.default_rng(0)
    truth, guess = rng.normal(size=50), rng.normal(size=50)
    found = regression_scores(truth, guess)

    assert found["r2"] == pytest.approx(metrics.r2_score(truth, guess), rel=1e-12)
    assert found["mse"] == pytest.approx(metrics.mean_squared_error(truth, guess), rel=1e-12)
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(truth, guess), rel=1e-12)


def test_confusion_matrix_is_that_of_scikit_learn():
    from sklearn import metrics

    rng = np.random.default_rng(0)
    truth, guess = rng.integers(0, 4, (2, 200)).astype(np.uint8)

    assert np.array_equal(confusion_matrix(truth, guess, 4), metrics.confusion_matrix(truth, guess))


def test_r2_of_equal_targets_is_undefined():
    assert np.isnan(regression_scores(np.ones(3), np.zeros(3))["r2"])


def test_task_records_which_seed_each_source_followed():
    experiment = registry.find("moons")
    settings = {"epochs": 1, "samples": 60}
    full = {**Configuration("moons", {}, ()).settings, **settings}
    from variance.experiments.settings import as_dict

    full = as_dict(resolve(experiment.settings_type, settings))
    run = Task(Configuration("moons", full, ("training",)))(7)

    assert not isinstance(run, Failure)
    assert run.sources == {"training": 7, "split": 0}
