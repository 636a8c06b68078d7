import numpy as np
import pytest

from variance.errors import UsageError
from variance.experiments.encoding import encode
from variance.experiments.function import from_file, from_function, outcome
from variance.experiments.settings import resolve
from variance.experiments.streams import Streams
from variance.records import Execution


def trained(experiment, seed=0, vary=("init", "order", ""), **settings):
    resolved = resolve(experiment.settings_type, settings)
    return experiment.trainer(resolved, Execution()).train(Streams(seed, vary))


def two_sources(init_seed, order_seed, lr=0.1):
    return {"a": init_seed / 2**32, "b": order_seed / 2**32, "lr": lr}


def test_seed_parameters_are_sources():
    experiment = from_function(two_sources)

    assert experiment.sources(None) == ("init", "order")


def test_parameter_called_seed_is_a_source_of_that_name():
    assert from_function(lambda seed: {"a": 1}).sources(None) == ("seed",)


def test_defaults_are_hyper_parameters():
    assert trained(from_function(two_sources), lr="0.5").metrics["lr"] == 0.5


def test_source_that_is_held_gets_the_same_number_in_every_run():
    experiment = from_function(two_sources)
    runs = [trained(experiment, seed, vary=("order",)).metrics for seed in range(3)]

    assert len({r["a"] for r in runs}) == 1
    assert len({r["b"] for r in runs}) == 3


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda: None, "takes no seed"),
        (lambda seed, data: None, "'data' has no default"),
        (lambda seed, x=None: None, "default of 'x' is None"),
    ],
)
def test_unusable_signature_is_refused(function, message):
    with pytest.raises(UsageError, match=message):
        from_function(function)


def test_predictions_and_labels_are_encoded_by_name():
    found = outcome((["dog", "cat", "dog"], ["dog", "dog", "cat"]))

    assert found.test_set.classes == ("cat", "dog")
    assert found.predictions.tolist() == [1, 0, 1]
    assert found.test_set.labels.tolist() == [1, 1, 0]


def test_floats_are_regression():
    found = outcome(([1.5, 2.0], [1.0, 2.0]))

    assert found.test_set.classes == ()
    assert found.predictions.dtype == np.float64


def test_scores_alone_will_do():
    assert outcome({"accuracy": np.float32(0.5)}).metrics == {"accuracy": 0.5}


def test_weights_are_digested():
    one = outcome({"metrics": {"a": 1}, "weights": [np.zeros(3)]}).weights_digest
    other = outcome({"metrics": {"a": 1}, "weights": [np.ones(3)]}).weights_digest

    assert one is not None
    assert one != other


@pytest.mark.parametrize(
    ("returned", "message"),
    [
        (None, "returned NoneType"),
        ({}, "not scores or predictions"),
        ({"predictions": [1]}, "without labels"),
        (([1, 2], [1]), "one value an example"),
        (([], []), "one value an example"),
        ({"accuracy": "high"}, "not a number"),
        ({"metrics": {}, "label": 1}, "(?s)unknown key 'label'.*'labels'"),
        ({"predictions": [1], "labels": [2], "classes": ["a", "b"]}, "label 2 is not one"),
        ({"predictions": [1], "labels": [1], "examples": [1, 2]}, "examples has shape"),
    ],
)
def test_unusable_return_value_is_refused(returned, message):
    with pytest.raises(UsageError, match=message):
        outcome(returned)


def test_class_indices_go_with_given_names():
    labels, predictions, classes = encode(np.array([0, 2]), np.array([1, 2]), ["x", "y", "z"])

    assert (labels.tolist(), predictions.tolist(), classes) == ([0, 2], [1, 2], ("x", "y", "z"))


def test_named_labels_keep_the_given_order_of_classes():
    labels, _, classes = encode(np.array(["b", "a"]), np.array(["a", "a"]), ["b", "a"])

    assert (labels.tolist(), classes) == ([0, 1], ("b", "a"))


def test_class_named_twice_is_refused():
    with pytest.raises(UsageError, match="twice"):
        encode(np.array([0]), np.array([0]), ["a", "a"])


def test_file_may_import_its_neighbours(tmp_path):
    (tmp_path / "neighbour_of_mine.py").write_text("VALUE = 0.25\n")
    (tmp_path / "own.py").write_text(
        "from neighbour_of_mine import VALUE\ndef f(seed):\n    return {'accuracy': VALUE}\n"
    )

    assert trained(from_file(str(tmp_path / "own.py"), "f")).metrics == {"accuracy": 0.25}


def test_changed_file_has_another_fingerprint(tmp_path):
    file = tmp_path / "own.py"
    file.write_text("def f(seed):\n    return {'accuracy': 1}\n")
    before = from_file(str(file), "f").fingerprints(None)
    file.write_text("def f(seed):\n    return {'accuracy': 0}\n")

    assert from_file(str(file), "f").fingerprints(None) != before


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("def g(seed): pass", "(?s)no function 'f'.*Known: g"),
        ("def f(seed) pass", "cannot be run: SyntaxError"),
        ("import no_such_module", "cannot be run: ModuleNotFoundError"),
    ],
)
def test_unusable_file_is_refused(tmp_path, text, message):
    (tmp_path / "own.py").write_text(text)

    with pytest.raises(UsageError, match=message):
        from_file(str(tmp_path / "own.py"), "f")


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match="cannot read"):
        from_file(str(tmp_path / "none.py"), "f")
