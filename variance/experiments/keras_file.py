"""Writes a trained network down as a Keras model.

Its source is on purpose not part of any experiment's code digest: nothing is trained here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf
from numpy.typing import NDArray

from variance.experiments.networks import Network
from variance.experiments.recipe import Conv, Dense
from variance.experiments.training import weights_digest
from variance.records import Precision

__all__ = ["model_of", "weights_digest", "write"]

keras = tf.keras

_POLICIES = {"default": "float32", "float64": "float64", "bfloat16": "mixed_bfloat16"}


def model_of(
    network: Network, weights: Sequence[NDArray[Any]], precision: Precision = "default"
) -> Any:
    """Return the Keras model that computes what the network does.

    It takes the images as they are, pixels from 0 to white, and gives logits: one number a class,
    the highest for the class that it predicts. It is compiled, so that ``evaluate`` works.

    Parameters
    ----------
    network : Network
    weights : sequence of ndarray
        Kernel and bias of every layer, in their order.
    precision : {"default", "bfloat16", "float64"}
        What the network computed in.

    Returns
    -------
    keras.Model
    """
    with tf.device("CPU"):  # where the network was trained; a GPU would gain nothing
        model = keras.Sequential(
            [keras.Input((*network.image, 1)), *_layers(network, _POLICIES[precision])]
        )
        model.set_weights(list(weights))
        model.compile(
            optimizer="sgd",  # has no state to store; whoever goes on training chooses another
            loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            metrics=["accuracy"],
        )
    return model


def write(
    path: Path, network: Network, weights: Sequence[NDArray[Any]], precision: Precision = "default"
) -> None:
    """Write the Keras model into a file, whose name must end in ``.keras``."""
    model_of(network, weights, precision).save(path)


def _layers(network: Network, policy: str) -> Iterator[Any]:
    """Yield the layers; bias and ReLU come before the pool here, after it in training: the same."""
    yield keras.layers.Rescaling(1 / network.white, dtype=policy)
    flat = False
    for layer in (*network.recipe.layers, None):
        if isinstance(layer, Conv):
            yield keras.layers.Conv2D(
                layer.filters,
                layer.kernel,
                padding=layer.padding.lower(),
                activation="relu",
                dtype=policy,
            )
            if layer.pool:
                yield keras.layers.MaxPooling2D(2, dtype=policy)
            continue
        if not flat and not _drops(layer):
            yield keras.layers.Flatten(dtype=policy)
            flat = True
        if layer is None:
            yield keras.layers.Dense(len(network.classes), dtype=policy, name="logits")
        elif isinstance(layer, Dense):
            yield keras.layers.Dense(layer.units, activation="relu", dtype=policy)
        else:
            yield keras.layers.Dropout(layer.rate, dtype=policy)


def _drops(layer: Any) -> bool:
    return layer is not None and not isinstance(layer, Conv | Dense)
