import subprocess
import sys

import numpy as np
import pytest

from variance.errors import UsageError
from variance.experiments import digits
from variance.experiments.process import load_training, prepare_process
from variance.experiments.recipe import Adadelta, Adam, Conv, Dense, Dropout, Images, Recipe
from variance.experiments.streams import NUDGE, Streams
from variance.records import Execution

pytestmark = pytest.mark.tensorflow

ALL = ("init", "order", "dropout")
DIGEST_IN_A_FRESH_PROCESS = """
from variance.experiments import digits
from variance.experiments.streams import NUDGE, Streams
from variance.records import Execution
trainer = digits.Digits().trainer(digits.Settings(epochs=1), Execution())
print(trainer.train(Streams(5, ("init", "order", "dropout"))).weights_digest)
"""


@pytest.fixture(scope="module")
def training():
    return load_training(Execution())


@pytest.fixture(scope="module")
def trainer(training):
    settings = digits.Settings(epochs=1)
    return training.CnnTrainer(digits.images(), digits.recipe(settings), Execution())


def digest(trainer, seed, vary=ALL):
    return trainer.train(Streams(seed, vary)).weights_digest


def images(n=70, side=8):
    draw = np.random.default_rng(0)
    pixels = draw.integers(0, 17, (2, n, side, side)).astype(np.uint8)
    labels = draw.integers(0, 3, (2, n)).astype(np.uint8)
    return Images(pixels[0], labels[0], pixels[1], labels[1], 16, ("a", "b", "c"))


def recipe(optimizer, epochs=2, batch_size=32, rate=0.0):
    layers = (
        Conv(4, pool=False),
        Conv(5, pool=True, padding="SAME"),
        Dropout(rate),
        Dense(6),
    )
    return Recipe(layers, optimizer, epochs, batch_size)


def test_a_seed_gives_the_same_bits_first_or_later(trainer):
    first = trainer.train(Streams(5, ALL))
    for seed in (1, 2):
        digest(trainer, seed)
    later = trainer.train(Streams(5, ALL))

    assert later.weights_digest == first.weights_digest
    assert later.metrics == first.metrics
    np.testing.assert_array_equal(later.predictions, first.predictions)


@pytest.mark.slow
def test_a_seed_gives_the_same_bits_in_a_fresh_process(trainer):
    digest(trainer, 1)
    command = [sys.executable, "-c", DIGEST_IN_A_FRESH_PROCESS]
    fresh = subprocess.run(command, capture_output=True, text=True, check=True)

    assert fresh.stdout.strip() == digest(trainer, 5)
    assert not fresh.stderr


def test_global_generators_play_no_part(trainer):
    import tensorflow as tf

    before = digest(trainer, 5)
    tf.random.set_seed(99)
    np.random.seed(99)  # noqa: NPY002 - the very generator that must not matter

    assert digest(trainer, 5) == before


@pytest.mark.parametrize("source", ALL)
def test_each_source_alone_changes_the_weights(trainer, source):
    assert digest(trainer, 1, (source,)) != digest(trainer, 2, (source,))


def test_with_every_source_held_all_seeds_agree(trainer):
    assert digest(trainer, 1, ()) == digest(trainer, 2, ())


def test_without_dropout_that_source_is_not_drawn_from():
    assert recipe(Adam(0.01), rate=0.0).draws == ("init", "order")
    assert recipe(Adam(0.01), rate=0.1).draws == ALL


@pytest.mark.slow
@pytest.mark.parametrize("optimizer", [Adam(0.01), Adadelta(1.0)], ids=["adam", "adadelta"])
def test_keras_trains_to_the_same_weights(training, optimizer):
    data, plan, streams = images(), recipe(optimizer), Streams(3, ALL)
    trainer = training.CnnTrainer(data, plan, Execution())
    outcome = trainer.train(streams)
    model = keras_twin(training, data, plan, streams)

    for mine, theirs in zip(trainer.weights, model.get_weights(), strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-4)
    pixels = data.test_images[..., None] / np.float32(16)
    loss, accuracy = model.evaluate(pixels, data.test_labels, verbose=0)
    assert outcome.metrics["loss"] == pytest.approx(loss, abs=1e-3)
    assert np.mean(outcome.predictions == data.test_labels) == pytest.approx(accuracy)


def keras_twin(training, data, plan, streams):
    """Train the same network from the same weights in the same order, by Keras."""
    import keras

    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            layers.Conv2D(4, 3, activation="relu"),
            layers.Conv2D(5, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(6, activation="relu"),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.set_weights(
        [training.initial_weights(streams, i, w.shape) for i, w in enumerate(model.get_weights())]
    )
    adadelta = keras.optimizers.Adadelta(1.0, rho=0.95, epsilon=1e-7)
    optimizer = keras.optimizers.Adam(0.01) if isinstance(plan.optimizer, Adam) else adadelta
    model.compile(optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    pixels, n = data.train_images[..., None] / np.float32(16), len(data.train_labels)
    steps = -(-n // plan.batch_size)
    rates = iter(plan.optimizer.learning_rates(plan.epochs * steps))
    for epoch in range(plan.epochs):
        order = streams.generator("order", epoch).permutation(n)
        for chosen in np.split(order, range(plan.batch_size, n, plan.batch_size)):
            optimizer.learning_rate = next(rates)
            model.train_on_batch(pixels[chosen], data.train_labels[chosen])
    return model


def test_what_is_left_over_makes_a_last_smaller_batch(training):
    plan = recipe(Adam(0.01), epochs=1, batch_size=64)
    whole = training.CnnTrainer(images(70), plan, Execution())
    whole.train(Streams(0, ALL))
    twin = keras_twin(training, images(70), plan, Streams(0, ALL))

    assert int(twin.optimizer.iterations) == 2
    np.testing.assert_allclose(whole.weights[0], twin.get_weights()[0], atol=2e-4)


def test_a_batch_larger_than_the_data_is_one_step(training):
    trainer = training.CnnTrainer(images(10), recipe(Adam(0.01), batch_size=64), Execution())

    assert len(trainer.train(Streams(0, ALL)).predictions) == 10


def test_dropout_drops_its_share_and_keeps_the_mean(training):
    import tensorflow as tf

    dropped = training.dropped(tf.ones([400, 500]), 0.25, tf.constant([1, 2])).numpy()

    assert np.mean(dropped == 0) == pytest.approx(0.25, abs=0.005)
    assert set(np.unique(dropped)) == {np.float32(0), np.float32(1 / 0.75)}


def test_initial_kernels_fill_glorots_interval(training):
    kernel = training.initial_weights(Streams(0, ALL), 2, (3, 3, 16, 32))
    limit = np.sqrt(6 / (9 * (16 + 32)))

    assert limit * 0.99 < np.abs(kernel).max() <= limit
    assert kernel.dtype == np.float32


def test_the_digest_depends_on_the_shapes(training):
    flat = np.zeros(6, np.float32)

    assert training.weights_digest([flat]) != training.weights_digest([flat.reshape(2, 3)])


def test_other_threads_are_refused_once_it_computes(training, trainer):
    digest(trainer, 0)

    with pytest.raises(UsageError, match="threads=3"):
        training.configure(Execution(threads=3))


def test_other_kernels_are_refused_after_import(training):
    assert training

    with pytest.raises(UsageError, match="onednn=False"):
        prepare_process(Execution(onednn=False))


def test_weights_that_are_not_finite_show_in_the_loss(training):
    trainer = training.CnnTrainer(images(), recipe(Adam(1e30)), Execution())

    assert not np.isfinite(trainer.train(Streams(0, ALL)).metrics["loss"])


def test_a_nudge_moves_one_weight_by_one_unit_in_the_last_place(training):
    plain = [np.float32([[0.5, -0.25], [0.125, 1.0]]), np.zeros(2, np.float32)]
    nudged = [weight.copy() for weight in plain]

    training.nudge(Streams(3, (NUDGE,)), nudged)

    moved = np.flatnonzero(plain[0] != nudged[0])
    assert len(moved) == 1
    place = np.unravel_index(moved[0], plain[0].shape)
    assert nudged[0][place] == np.nextafter(plain[0][place], np.float32(np.inf))
    assert (nudged[1] == 0).all()  # biases begin at zero, where a unit in the last place is no unit


def test_a_nudge_reaches_every_kernel(training):
    kernels = [np.ones((2, 2), np.float32), np.ones((3, 2), np.float32)]
    places = set()
    for seed in range(1, 200):
        nudged = [kernel.copy() for kernel in kernels]
        training.nudge(Streams(seed, (NUDGE,)), nudged)
        places |= {(k, int(i)) for k in (0, 1) for i in np.flatnonzero(nudged[k] != 1)}

    assert len(places) == 10


def test_a_nudge_gives_another_training(trainer):
    assert digest(trainer, 1, (NUDGE,)) != digest(trainer, 0, (NUDGE,))


def test_the_run_of_seed_0_is_not_nudged(trainer):
    assert digest(trainer, 0, (NUDGE,)) == digest(trainer, 0, ALL)


@pytest.mark.parametrize("precision", ["bfloat16", "float64"])
def test_another_precision_computes_nearly_the_same(training, precision):
    data, plan, streams = images(), recipe(Adam(0.01)), Streams(3, ALL)
    usual = training.CnnTrainer(data, plan, Execution())
    other = training.CnnTrainer(data, plan, Execution(precision=precision))

    usual_loss, other_loss = (t.train(streams).metrics["loss"] for t in (usual, other))

    assert other_loss != usual_loss
    assert other_loss == pytest.approx(usual_loss, rel=0.05)


def test_in_float64_the_weights_are_float64(training):
    trainer = training.CnnTrainer(images(), recipe(Adam(0.01)), Execution(precision="float64"))

    assert {weight.dtype for weight in trainer.weights} == {np.dtype(np.float64)}
