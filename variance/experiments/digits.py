"""`digits`: scikit-learn's bundled 8 x 8 digits, a second a run, no network."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from variance.experiments.fingerprint import of_arrays, of_modules
from variance.experiments.process import load_training
from variance.experiments.protocol import Trainer
from variance.experiments.recipe import Adam, Conv, Dense, Dropout, Images, Recipe
from variance.experiments.settings import setting
from variance.records import Execution

CLASSES = tuple("0123456789")
MODULES = (
    __name__,
    "variance.experiments.recipe",
    "variance.experiments.streams",
    "variance.experiments.training",
)
_SPLIT_SEED = 1797  # the split is the same in every run


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of `digits`."""

    epochs: int = setting(12, "passes over the training images", low=1)
    batch_size: int = setting(32, "images a step", low=1)
    learning_rate: float = setting(0.005, "highest step size of Adam", low=0, low_open=True)
    dropout: float = setting(
        0.25, "share of hidden units dropped in training", low=0, high=1, high_open=True
    )
    filters: int = setting(
        16, "filters of the first convolution; the second has twice as many", low=1
    )
    dense: int = setting(64, "hidden units", low=1)


class Digits:
    """A small convolutional network on 8 x 8 handwritten digits, split one third to test."""

    name = "digits"
    summary = "scikit-learn's bundled 8 x 8 digits; a small CNN, seconds a run, no network needed"
    kind = "classification"
    metric = "accuracy"
    higher_is_better = {"loss": False}
    nudgeable = True
    precisions = ("bfloat16", "float64")
    settings_type = Settings
    worker_bytes = 600_000_000

    def sources(self, settings: Settings) -> tuple[str, ...]:
        """Return ``init``, ``order`` and, where units are dropped, ``dropout``."""
        return recipe(settings).draws

    def fingerprints(self, settings: Settings) -> dict[str, str]:
        """Return digests of the split images and of the code that trains on them."""
        del settings
        data = images()
        arrays = (data.train_images, data.train_labels, data.test_images, data.test_labels)
        return {"data": of_arrays(*arrays), "code": of_modules(*MODULES)}

    def trainer(self, settings: Settings, execution: Execution) -> Trainer:
        """Load the images and build the network; imports TensorFlow."""
        cnn = load_training(execution).CnnTrainer
        trainer: Trainer = cnn(images(), recipe(settings), execution)
        return trainer


def recipe(settings: Settings) -> Recipe:
    """Return the network and how it is trained."""
    return Recipe(
        layers=(
            Conv(settings.filters, pool=True, padding="SAME"),
            Conv(2 * settings.filters, pool=True, padding="SAME"),
            Dense(settings.dense),
            Dropout(settings.dropout),
        ),
        optimizer=Adam(settings.learning_rate),
        epochs=settings.epochs,
        batch_size=settings.batch_size,
    )


@cache
def images() -> Images:
    """Return the digits, one third of each class to test on."""
    from sklearn.datasets import load_digits

    pixels, labels = load_digits(return_X_y=True)
    test = np.zeros(len(labels), bool)
    draw = np.random.Generator(np.random.PCG64(_SPLIT_SEED))
    for digit in range(len(CLASSES)):
        members = np.flatnonzero(labels == digit)
        test[draw.permutation(members)[: len(members) // 3]] = True
    pixels, labels = pixels.reshape(-1, 8, 8).astype(np.uint8), labels.astype(np.uint8)
    return Images(pixels[~test], labels[~test], pixels[test], labels[test], 16, CLASSES)
