import numpy as np
import pytest

from variance.experiments import digits
from variance.experiments.networks import Network
from variance.experiments.process import load_keras_file, load_training
from variance.experiments.recipe import Adam, Conv, Dense, Dropout, Images, Recipe
from variance.experiments.streams import Streams
from variance.records import Execution

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tensorflow,
    # TensorFlow's own modules, while a model is loaded.
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
]

NETWORKS = {
    "like mnist": (
        Conv(4, pool=True, padding="SAME"),
        Conv(5, pool=True, padding="SAME"),
        Dense(6),
        Dropout(0.25),
    ),
    "like mnist-classic": (
        Conv(4, pool=False),
        Conv(5, pool=True),
        Dropout(0.25),
        Dense(6),
        Dropout(0.5),
    ),
    "dense alone": (Dense(6),),
    "no hidden layer": (),
}


def images(size=(9, 7), n=300):
    """Noise with a brighter band, whose place is the class."""
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 13, (2, n, *size)).astype(np.uint8)
    labels = draw.integers(0, 3, (2, n)).astype(np.uint8)
    bands = np.arange(size[0]) // 3 == labels[..., None]
    pixels += 4 * bands[..., None].astype(np.uint8)
    return Images(pixels[0], labels[0], pixels[1], labels[1], 16, ("a", "b", "c"))


def saved(tmp_path, data, recipe, execution, weights):
    import keras

    path = tmp_path / "model.keras"
    shape = data.train_images.shape[1:]
    described = Network(recipe, shape, data.white, data.classes)
    load_keras_file(execution).write(path, described, weights, execution.precision)
    return keras.models.load_model(path)


@pytest.mark.parametrize("precision", ["default", "float64", "bfloat16"])
@pytest.mark.parametrize("layers", NETWORKS.values(), ids=NETWORKS)
def test_the_loaded_model_predicts_what_the_run_predicted(tmp_path, layers, precision):
    data, execution = images(), Execution(precision=precision)
    recipe = Recipe(layers, Adam(0.01), epochs=4, batch_size=32)
    trainer = load_training(execution).CnnTrainer(data, recipe, execution)
    outcome = trainer.train(Streams(3, recipe.draws))
    assert len(np.unique(outcome.predictions)) > 1  # otherwise the comparison shows little

    model = saved(tmp_path, data, recipe, execution, trainer.weights)
    logits = model.predict(data.test_images, verbose=0)

    np.testing.assert_array_equal(logits.argmax(axis=1), outcome.predictions)


def test_the_loaded_model_of_digits_is_ready_to_be_evaluated(tmp_path):
    settings, data = digits.Settings(epochs=2), digits.images()
    trainer = digits.Digits().trainer(settings, Execution())
    outcome = trainer.train(Streams(5, ("init", "order", "dropout")))

    model = saved(tmp_path, data, digits.recipe(settings), Execution(), trainer.weights)
    loss, accuracy = model.evaluate(data.test_images, data.test_labels, verbose=0)

    assert accuracy == pytest.approx((outcome.predictions == data.test_labels).mean(), abs=1e-6)
    assert loss == pytest.approx(outcome.metrics["loss"], rel=1e-5)
