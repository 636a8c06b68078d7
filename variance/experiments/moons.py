"""`moons`: a small scikit-learn network on the two moons; milliseconds a run, no TensorFlow."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from variance.experiments.fingerprint import of_arrays, of_modules
from variance.experiments.settings import setting
from variance.experiments.split import redrawn_split
from variance.experiments.streams import Streams
from variance.records import Execution, Outcome, TestSet

CLASSES = ("upper", "lower")
MODULES = (__name__, "variance.experiments.split", "variance.experiments.streams")
_DATA_SEED = 20  # the points themselves are the same in every run


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of `moons`."""

    hidden: int = setting(16, "units of the hidden layer", low=1)
    epochs: int = setting(40, "passes over the training points", low=1)
    batch_size: int = setting(32, "points a step", low=1)
    learning_rate: float = setting(0.02, "step size of Adam", low=0, low_open=True)
    alpha: float = setting(1e-4, "L2 penalty", low=0)
    samples: int = setting(900, "points in all", low=20)
    noise: float = setting(0.25, "standard deviation of the points around the moons", low=0)
    test_size: float = setting(
        0.33, "share of the points to test on", low=0, high=1, low_open=True, high_open=True
    )


class Moons:
    """Two interleaving half circles, told apart by a multi-layer perceptron."""

    name = "moons"
    summary = "scikit-learn's two moons, 2-D; a small MLP, milliseconds a run"
    kind = "classification"
    metric = "accuracy"
    higher_is_better = {"loss": False}
    settings_type = Settings
    worker_bytes = 200_000_000

    def sources(self, settings: Settings) -> tuple[str, ...]:
        """Return ``training`` (scikit-learn draws init and order from one generator), ``split``."""
        del settings
        return ("training", "split")

    def fingerprints(self, settings: Settings) -> dict[str, str]:
        """Return digests of the points and of the code that trains on them."""
        return {"data": of_arrays(*points(settings)), "code": of_modules(*MODULES)}

    def trainer(self, settings: Settings, execution: Execution) -> Trainer:
        """Return a trainer over the points."""
        del execution  # the process already computes with the configured threads
        return Trainer(settings)


class Trainer:
    """The points, and how to train on them; see `Moons`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._x, self._y = points(settings)
        self.model: Any = None

    def train(self, streams: Streams) -> Outcome:
        """Train one network; see `variance.experiments.protocol.Trainer`."""
        train, test = redrawn_split(len(self._y), self._settings.test_size, streams)
        model = self.model = self.fit(streams, train)
        probabilities = model.predict_proba(self._x[test])
        truth = self._y[test]
        chosen = np.clip(probabilities[np.arange(len(test)), truth], 1e-12, 1)
        return Outcome(
            predictions=np.argmax(probabilities, axis=1).astype(np.uint8),
            test_set=TestSet(truth, CLASSES, examples=test, train_size=len(train)),
            metrics={"loss": float(-np.log(chosen).mean())},
            weights_digest=of_arrays(*model.coefs_, *model.intercepts_),
        )

    def fit(self, streams: Streams, train: NDArray[np.int64]) -> Any:
        """Return the fitted network, for those who want to draw its decision boundary."""
        model = MLPClassifier(
            hidden_layer_sizes=(self._settings.hidden,),
            max_iter=self._settings.epochs,
            batch_size=min(self._settings.batch_size, len(train)),
            learning_rate_init=self._settings.learning_rate,
            alpha=self._settings.alpha,
            random_state=int(streams.words("training", count=1)[0]),
        )
        with warnings.catch_warnings():  # a fixed number of epochs is the recipe, not a failure
            warnings.simplefilter("ignore", ConvergenceWarning)
            return model.fit(self._x[train], self._y[train])


def points(settings: Settings) -> tuple[NDArray[np.float64], NDArray[np.uint8]]:
    """Return the points, shape (samples, 2), and their moon, shape (samples,)."""
    x, y = make_moons(settings.samples, noise=settings.noise, random_state=_DATA_SEED)
    return x, y.astype(np.uint8)
