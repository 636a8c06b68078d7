"""Trains a small convolutional network; the only module that imports TensorFlow.

Nothing here draws from a global generator. Initial weights and permutations come from NumPy, and
dropout from stateless draws, each keyed by the run's streams, so a run's bits depend on its seed
alone and not on what the process did before.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from variance.errors import UsageError
from variance.experiments.recipe import Adadelta, Adam, Conv, Dense, Images, Recipe
from variance.experiments.streams import NUDGE, Streams
from variance.records import Execution, Outcome, TestSet

_TEST_BATCH = 500


def configure(execution: Execution) -> None:
    """Fix TensorFlow's threads and kernels for this process; harmless when repeated.

    Raises
    ------
    UsageError
        If TensorFlow already computes with another number of threads.
    """
    try:
        tf.config.set_visible_devices([], "GPU")  # other hardware would give other bits
        tf.config.threading.set_intra_op_parallelism_threads(execution.threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    except RuntimeError as error:  # it has begun to compute
        raise UsageError(
            f"TensorFlow already computes in this process, not with threads={execution.threads}",
            "Train in worker processes, or in a process in which TensorFlow has done nothing yet.",
        ) from error
    tf.config.experimental.enable_op_determinism()


class CnnTrainer:
    """One network in one process, trained from its initial weights for each seed.

    Parameters
    ----------
    images : Images
        What it is trained and tested on; held in memory as bytes.
    recipe : Recipe
        The network and how it is trained.
    execution : Execution
        Threads and kernels.
    """

    def __init__(self, images: Images, recipe: Recipe, execution: Execution) -> None:
        configure(execution)
        self._recipe = recipe
        self._test_set = TestSet(
            images.test_labels, images.classes, train_size=len(images.train_labels)
        )
        self._x, self._y = (
            tf.constant(images.train_images[..., None]),
            tf.constant(images.train_labels, tf.int32),
        )
        self._test_x = tf.constant(images.test_images[..., None])
        self._test_y = tf.constant(images.test_labels, tf.int32)
        self._white = images.white
        shapes = weight_shapes(recipe, images.train_images.shape[1:], len(images.classes))
        # In bfloat16 the weights stay in float32, as is usual: small steps would be lost on them.
        self._dtype = _DTYPES[execution.precision]
        kept = tf.float64 if self._dtype == tf.float64 else tf.float32
        self._weights = [tf.Variable(tf.zeros(shape, kept)) for shape in shapes]
        self._slots = [[tf.Variable(tf.zeros(shape, kept)) for shape in shapes] for _ in range(2)]
        # Without AutoGraph, whose files would stay in the temporary folder of a killed worker.
        self._epoch = tf.function(self._train_epoch, autograph=False)
        self._score = tf.function(self._test_batch, autograph=False)

    def train(self, streams: Streams) -> Outcome:
        """Train with the given randomness; see `variance.experiments.protocol.Trainer`."""
        self._reset(streams)
        n = len(self._y)
        steps = -(-n // self._recipe.batch_size)
        rates = step_sizes(self._recipe, steps)
        for epoch in range(self._recipe.epochs):
            order = streams.generator("order", epoch).permutation(n).astype(np.int32)
            key = streams.words("dropout", epoch, count=2).view(np.int32)
            self._epoch(tf.constant(order), tf.constant(rates[epoch]), tf.constant(key))
        predictions, loss = self._test()
        return Outcome(
            predictions=predictions,
            test_set=self._test_set,
            metrics={"loss": loss},
            weights_digest=weights_digest(self.weights),
        )

    @property
    def weights(self) -> list[NDArray[np.floating]]:
        """Kernel and bias of every layer, in their order, as they are now."""
        return [weight.numpy() for weight in self._weights]

    def _reset(self, streams: Streams) -> None:
        initial = [
            initial_weights(streams, number, tuple(weight.shape))
            for number, weight in enumerate(self._weights)
        ]
        if streams.nudges:
            nudge(streams, initial)
        for weight, value in zip(self._weights, initial, strict=True):
            weight.assign(tf.cast(value, weight.dtype))
        for slot in (s for slots in self._slots for s in slots):
            slot.assign(tf.zeros(slot.shape, slot.dtype))

    def _train_epoch(self, order: tf.Tensor, rates: tf.Tensor, key: tf.Tensor) -> None:
        size = self._recipe.batch_size
        full, rest = divmod(int(order.shape[0]), size)

        def body(step: tf.Tensor) -> tf.Tensor:
            self._step(order[step * size : (step + 1) * size], size, rates[step], key, step)
            return step + 1

        # In order, one step after the other.
        tf.while_loop(lambda step: step < full, body, [tf.constant(0)], parallel_iterations=1)
        if rest:
            self._step(order[full * size :], rest, rates[full], key, full)

    def _step(
        self, chosen: tf.Tensor, size: int, rate: tf.Tensor, key: tf.Tensor, step: Any
    ) -> None:
        chosen = tf.ensure_shape(chosen, [size])
        x, y = tf.gather(self._x, chosen), tf.gather(self._y, chosen)
        with tf.GradientTape() as tape:
            logits = self._forward(x, key + tf.stack([0, step]))
            loss = tf.reduce_mean(
                tf.nn.sparse_softmax_cross_entropy_with_logits(labels=y, logits=logits)
            )
        gradients = tape.gradient(loss, self._weights)
        for weight, gradient, *slots in zip(self._weights, gradients, *self._slots, strict=True):
            _apply(self._recipe.optimizer, weight, slots, gradient, rate)

    def _test(self) -> tuple[NDArray[np.uint8], float]:
        """Return the predicted class of every test image, and the mean loss."""
        begins = range(0, len(self._test_y), _TEST_BATCH)
        batches = [
            self._score(self._test_x[b : b + _TEST_BATCH], self._test_y[b : b + _TEST_BATCH])
            for b in begins
        ]
        guesses = np.concatenate([guess.numpy() for guess, _ in batches])
        losses = np.concatenate([loss.numpy() for _, loss in batches])
        return guesses.astype(np.uint8), float(losses.mean(dtype=np.float64))

    def _test_batch(self, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        logits = self._forward(images, None)
        losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels=labels, logits=logits)
        return tf.argmax(logits, axis=1), losses

    def _forward(self, images: tf.Tensor, key: tf.Tensor | None) -> tf.Tensor:
        x = tf.cast(images, self._dtype) * (1 / self._white)
        weights = iter([tf.cast(weight, self._dtype) for weight in self._weights])
        for number, layer in enumerate(self._recipe.layers):
            if isinstance(layer, Conv):
                x = tf.nn.conv2d(x, next(weights), 1, layer.padding)
                if layer.pool:  # before bias and ReLU: the same function, on a quarter of the data
                    x = tf.nn.max_pool2d(x, 2, 2, "VALID")
                x = tf.nn.relu(tf.nn.bias_add(x, next(weights)))
            elif isinstance(layer, Dense):
                x = tf.nn.relu(tf.matmul(_flat(x), next(weights)) + next(weights))
            elif key is not None and layer.rate > 0:
                x = dropped(x, layer.rate, key + tf.constant([number, 0]))
        logits = tf.matmul(_flat(x), next(weights)) + next(weights)
        return tf.cast(logits, self._weights[0].dtype)


_DTYPES = {"default": tf.float32, "bfloat16": tf.bfloat16, "float64": tf.float64}


def weight_shapes(recipe: Recipe, image: tuple[int, ...], classes: int) -> list[tuple[int, ...]]:
    """Return the shape of every kernel and bias, in the order of the layers."""
    height, width, channels = *image, 1
    shapes: list[tuple[int, ...]] = []
    for layer in (*recipe.layers, Dense(classes)):
        if isinstance(layer, Conv):
            shapes += [(layer.kernel, layer.kernel, channels, layer.filters), (layer.filters,)]
            lost = layer.kernel - 1 if layer.padding == "VALID" else 0
            height, width, channels = height - lost, width - lost, layer.filters
            if layer.pool:
                height, width = height // 2, width // 2
        elif isinstance(layer, Dense):
            shapes += [(height * width * channels, layer.units), (layer.units,)]
            height, width, channels = 1, 1, layer.units
    return shapes


def initial_weights(streams: Streams, number: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return a bias of zeros, or a kernel drawn as Glorot and Bengio (2010) propose."""
    if len(shape) == 1:
        return np.zeros(shape, np.float32)
    field = int(np.prod(shape[:-2]))
    limit = (6 / (field * (shape[-2] + shape[-1]))) ** 0.5
    return streams.generator("init", number).uniform(-limit, limit, shape).astype(np.float32)


def nudge(streams: Streams, weights: list[NDArray[np.float32]]) -> None:
    """Move one weight of the kernels, drawn at random, up by one unit in the last place."""
    kernels = [weight for weight in weights if weight.ndim > 1]
    place = int(streams.generator(NUDGE).integers(sum(kernel.size for kernel in kernels)))
    for kernel in kernels:
        if place < kernel.size:
            flat = kernel.reshape(-1)
            flat[place] = np.nextafter(flat[place], np.float32(np.inf))
            return
        place -= kernel.size


def step_sizes(recipe: Recipe, steps: int) -> NDArray[np.float32]:
    """Return the learning rate of each step, shape (epochs, steps); Adam's without its bias."""
    count = recipe.epochs * steps
    rates = recipe.optimizer.learning_rates(count)
    if isinstance(recipe.optimizer, Adam):
        t = np.arange(1, count + 1)
        rates = rates * np.sqrt(1 - recipe.optimizer.beta_2**t) / (1 - recipe.optimizer.beta_1**t)
    return rates.reshape(recipe.epochs, steps).astype(np.float32)


def weights_digest(weights: list[NDArray[np.floating]]) -> str:
    """Return the SHA-256 of weights: shapes and bytes, in order."""
    sha = hashlib.sha256()
    for weight in weights:
        sha.update(str(weight.shape).encode() + weight.tobytes())
    return sha.hexdigest()


def _apply(
    optimizer: Adam | Adadelta,
    weight: tf.Variable,
    slots: list[tf.Variable],
    gradient: tf.Tensor,
    rate: tf.Tensor,
) -> None:
    first, second = (slot.handle for slot in slots)

    def number(value: float | tf.Tensor) -> tf.Tensor:
        return tf.cast(value, weight.dtype)

    if isinstance(optimizer, Adam):
        tf.raw_ops.ResourceApplyAdam(
            var=weight.handle,
            m=first,
            v=second,
            beta1_power=number(0.0),
            beta2_power=number(0.0),  # the bias is corrected in the rate
            lr=number(rate),
            beta1=number(optimizer.beta_1),
            beta2=number(optimizer.beta_2),
            epsilon=number(optimizer.epsilon),
            grad=gradient,
            use_locking=False,
            use_nesterov=False,
        )
    else:
        tf.raw_ops.ResourceApplyAdadelta(
            var=weight.handle,
            accum=first,
            accum_update=second,
            lr=number(rate),
            rho=number(optimizer.rho),
            epsilon=number(optimizer.epsilon),
            grad=gradient,
        )


def dropped(x: tf.Tensor, rate: float, key: tf.Tensor) -> tf.Tensor:
    """Return x with a random share of it set to zero, and the rest scaled up to the same mean."""
    keep = tf.random.stateless_uniform(tf.shape(x), key) >= rate
    return tf.where(keep, x * (1 / (1 - rate)), tf.zeros([], x.dtype))


def _flat(x: tf.Tensor) -> tf.Tensor:
    return tf.reshape(x, [x.shape[0], -1])
