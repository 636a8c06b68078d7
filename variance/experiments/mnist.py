"""`mnist` and `mnist-classic`: handwritten digits with the official split of 60,000 and 10,000."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from variance.experiments import mnist_data
from variance.experiments.fingerprint import of_modules
from variance.experiments.mnist_files import PARTS
from variance.experiments.process import load_training
from variance.experiments.protocol import Trainer
from variance.experiments.recipe import Adadelta, Adam, Conv, Dense, Dropout, Images, Recipe
from variance.experiments.settings import setting
from variance.records import Execution

CLASSES = tuple("0123456789")
MODULES = (
    __name__,
    "variance.experiments.recipe",
    "variance.experiments.streams",
    "variance.experiments.training",
)


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of `mnist`."""

    epochs: int = setting(4, "passes over the training images", low=1)
    batch_size: int = setting(128, "images a step", low=1, high=60_000)
    learning_rate: float = setting(0.005, "highest step size of Adam", low=0, low_open=True)
    dropout: float = setting(
        0.25, "share of hidden units dropped in training", low=0, high=1, high_open=True
    )
    filters_1: int = setting(16, "filters of the first convolution", low=1)
    filters_2: int = setting(32, "filters of the second convolution", low=1)
    dense: int = setting(128, "hidden units", low=1)
    train_size: int = setting(60_000, "train on the first so many images", low=10, high=60_000)


@dataclass(frozen=True)
class ClassicSettings:
    """Hyper-parameters of `mnist-classic`."""

    epochs: int = setting(12, "passes over the training images", low=1)
    batch_size: int = setting(128, "images a step", low=1, high=60_000)
    learning_rate: float = setting(1.0, "learning rate of Adadelta", low=0, low_open=True)
    dropout_1: float = setting(
        0.25, "share dropped after pooling, in training", low=0, high=1, high_open=True
    )
    dropout_2: float = setting(
        0.5, "share of hidden units dropped in training", low=0, high=1, high_open=True
    )
    filters_1: int = setting(32, "filters of the first convolution", low=1)
    filters_2: int = setting(64, "filters of the second convolution", low=1)
    dense: int = setting(128, "hidden units", low=1)
    train_size: int = setting(60_000, "train on the first so many images", low=10, high=60_000)


class _OfficialSplit:
    """What the two experiments share: the data, and how a recipe becomes a trainer."""

    kind = "classification"
    metric = "accuracy"
    higher_is_better = {"loss": False}
    nudgeable = True
    precisions = ("bfloat16", "float64")
    recipe: Callable[[Any], Recipe]

    def sources(self, settings: Any) -> tuple[str, ...]:
        """Return ``init``, ``order`` and, where units are dropped, ``dropout``."""
        return self.recipe(settings).draws

    def fingerprints(self, settings: Any) -> dict[str, str]:
        """Return digests of the images and of the code.

        The images are read and verified, and fetched where they are not on this machine, so that
        what is wrong with them is said before a run is started.
        """
        mnist_data.load()
        return {"data": published_digest(settings.train_size), "code": of_modules(*MODULES)}

    def trainer(self, settings: Any, execution: Execution) -> Trainer:
        """Load the images and build the network; imports TensorFlow."""
        cnn = load_training(execution).CnnTrainer
        trainer: Trainer = cnn(images(settings.train_size), self.recipe(settings), execution)
        return trainer


class Mnist(_OfficialSplit):
    """A small, quick network: 16 and 32 filters, four epochs of Adam over one cycle."""

    name = "mnist"
    summary = "handwritten digits, 60,000 + 10,000; a small CNN, 4 epochs a run"
    settings_type = Settings
    worker_bytes = 1_000_000_000

    def recipe(self, settings: Settings) -> Recipe:
        """Return the network and how it is trained."""
        return Recipe(
            layers=(
                Conv(settings.filters_1, pool=True, padding="SAME"),
                Conv(settings.filters_2, pool=True, padding="SAME"),
                Dense(settings.dense),
                Dropout(settings.dropout),
            ),
            optimizer=Adam(settings.learning_rate),
            epochs=settings.epochs,
            batch_size=settings.batch_size,
        )


class MnistClassic(_OfficialSplit):
    """The network of the well-known Keras script: 32 and 64 filters, twelve epochs of Adadelta."""

    name = "mnist-classic"
    summary = "the well-known Keras script for MNIST: 32 + 64 filters, 12 epochs, minutes a run"
    settings_type = ClassicSettings
    worker_bytes = 1_200_000_000

    def recipe(self, settings: ClassicSettings) -> Recipe:
        """Return the network and how it is trained."""
        return Recipe(
            layers=(
                Conv(settings.filters_1, pool=False),
                Conv(settings.filters_2, pool=True),
                Dropout(settings.dropout_1),
                Dense(settings.dense),
                Dropout(settings.dropout_2),
            ),
            optimizer=Adadelta(settings.learning_rate),
            epochs=settings.epochs,
            batch_size=settings.batch_size,
        )


def images(train_size: int) -> Images:
    """Return MNIST with the first `train_size` training images and all test images."""
    data = mnist_data.load()
    return Images(
        data.train_images[:train_size],
        data.train_labels[:train_size],
        data.test_images,
        data.test_labels,
        255,
        CLASSES,
    )


def published_digest(train_size: int) -> str:
    """Return a digest of the data: every byte is verified against it before training."""
    known = "".join(part.sha256 for part in PARTS.values())
    return hashlib.sha256(f"{known}{train_size}".encode()).hexdigest()
