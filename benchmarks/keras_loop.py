"""One seed of `mnist` as one would write it in plain Keras; prints ``{"accuracy": …}``.

The opponent of `benchmarks/sweep.py`: the same network, data, optimizer, one-cycle learning rate,
batch size and epochs, with `model.fit` and everything else as Keras and TensorFlow choose it.

    python benchmarks/keras_loop.py 0
"""

from __future__ import annotations

import json
import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from variance.experiments import mnist, mnist_data
from variance.experiments.recipe import Adam


@keras.saving.register_keras_serializable()
class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rates of the recipe, looked up by step."""

    def __init__(self, rates: list[float]) -> None:
        self.rates = keras.ops.convert_to_tensor(np.array(rates, np.float32))

    def __call__(self, step: keras.KerasTensor) -> keras.KerasTensor:
        """Return the learning rate of a step."""
        return keras.ops.take(self.rates, keras.ops.cast(step, "int32"))


def main(seed: int) -> None:
    settings = mnist.Settings()
    data = mnist_data.load(fetch_missing=False)
    keras.utils.set_random_seed(seed)
    model = network(settings)
    steps = settings.epochs * -(-len(data.train_labels) // settings.batch_size)
    rates = Adam(settings.learning_rate).learning_rates(steps).tolist()
    model.compile(
        keras.optimizers.Adam(OneCycle(rates)),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    model.fit(
        data.train_images[..., None].astype("float32") / 255,
        data.train_labels,
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        verbose=0,
    )
    test = data.test_images[..., None].astype("float32") / 255
    _, accuracy = model.evaluate(test, data.test_labels, verbose=0)
    print(json.dumps({"seed": seed, "accuracy": accuracy}))


def network(settings: mnist.Settings) -> keras.Model:
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(settings.filters_1, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(settings.filters_2, 3, padding="same", activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(settings.dense, activation="relu"),
            layers.Dropout(settings.dropout),
            layers.Dense(10, activation="softmax"),
        ]
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
