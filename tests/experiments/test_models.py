import io

import joblib
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.linear_model import LogisticRegression

from variance.errors import StoreDamaged, UsageError
from variance.experiments.diabetes import Diabetes
from variance.experiments.diabetes import Settings as DiabetesSettings
from variance.experiments.digits import Digits
from variance.experiments.digits import Settings as DigitsSettings
from variance.experiments.estimator import EstimatorExperiment
from variance.experiments.function import from_function, weights_digest
from variance.experiments.models import snapshot, weights_of
from variance.experiments.moons import Moons
from variance.experiments.moons import Settings as MoonsSettings
from variance.experiments.networks import network
from variance.experiments.streams import Streams
from variance.records import Execution, Model


class Shown:
    def __init__(self, weights):
        self.weights = weights


ARRAYS = hnp.arrays(
    st.sampled_from([np.float32, np.float64, np.int16, np.bool_]),
    hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4),
)


@given(st.lists(ARRAYS, max_size=12))
def test_weights_come_back_bit_for_bit_and_in_order(weights):
    back = weights_of(snapshot(Shown(weights)))

    assert [(w.dtype, w.shape, w.tobytes()) for w in back] == [
        (w.dtype, w.shape, w.tobytes()) for w in weights
    ]


def test_named_weights_keep_their_names_and_order():
    model = snapshot(Shown({"kernel": np.ones(2), "file": np.zeros(1)}))

    with np.load(io.BytesIO(model.data)) as archive:
        assert archive.files == ["kernel", "file"]


def test_the_same_weights_are_the_same_bytes():
    assert snapshot(Shown([np.ones(3)])).data == snapshot(Shown([np.ones(3)])).data


def test_named_weights_are_digested_by_their_values():
    assert weights_digest({"a": [1.0]}) != weights_digest({"a": [2.0]})
    assert weights_digest({"a": [1.0]}) == weights_digest([[1.0]])


@pytest.mark.parametrize("weights", [["text"], [np.array([object()])]])
def test_weights_that_are_no_numbers_are_refused(weights):
    with pytest.raises(UsageError, match="arrays of numbers"):
        snapshot(Shown(weights))


def test_a_trainer_that_hands_out_nothing_is_refused():
    def train(seed):
        return {"accuracy": 0.5}

    trainer = from_function(train).trainer(from_function(train).settings_type(), Execution())
    trainer.train(Streams(0, ["seed"]))

    with pytest.raises(UsageError, match="does not hand out its model"):
        snapshot(trainer)


def test_damaged_weights_are_refused():
    with pytest.raises(StoreDamaged):
        weights_of(Model("npz", b"PK nonsense"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@given(st.lists(st.tuples(st.integers(0), st.integers(0, 255)), min_size=1, max_size=3))
def test_altered_weights_are_read_or_refused(edits):
    data = bytearray(snapshot(Shown([np.arange(6.0), np.ones(3)])).data)
    for at, byte in edits:
        data[at % len(data)] = byte

    try:
        assert isinstance(weights_of(Model("npz", bytes(data))), list)
    except StoreDamaged:
        return


def fitted(experiment, settings):
    trainer = experiment.trainer(settings, Execution())
    outcome = trainer.train(Streams(3, experiment.sources(settings)))
    return outcome, joblib.load(io.BytesIO(snapshot(trainer).data))


def test_moons_hands_out_its_network():
    settings = MoonsSettings(epochs=3)
    outcome, model = fitted(Moons(), settings)
    from variance.experiments.moons import points

    x, _ = points(settings)
    assert np.array_equal(model.predict(x[outcome.test_set.examples]), outcome.predictions)


def test_diabetes_hands_out_its_regression():
    outcome, model = fitted(Diabetes(), DiabetesSettings())

    assert model.intercept_ == outcome.metrics["intercept"]


def test_an_estimator_is_handed_out():
    x = np.random.default_rng(0).normal(size=(60, 2))
    experiment = EstimatorExperiment(LogisticRegression(), (x, (x[:, 0] > 0).astype(int)))
    outcome, model = fitted(experiment, experiment.settings_type())

    assert np.array_equal(model.predict(x[outcome.test_set.examples]), outcome.predictions)


def test_only_networks_are_networks():
    assert network(Moons(), MoonsSettings()) is None
    assert network(Digits(), DigitsSettings(dense=7)).recipe.layers[2].units == 7
