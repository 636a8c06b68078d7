"""A scikit-learn estimator with its data as an experiment, for notebooks."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from variance.codefiles import Program
from variance.errors import UsageError
from variance.experiments.encoding import encode
from variance.experiments.fingerprint import of_arrays, of_callable, packages_of
from variance.experiments.settings import setting
from variance.experiments.split import redrawn_split
from variance.experiments.streams import Streams
from variance.records import Execution, Kind, Outcome, TestSet


class EstimatorExperiment:
    """Fits a clone of an estimator on a split of the data that the source ``split`` draws.

    An estimator with a ``random_state`` has the source ``training`` besides.

    Parameters
    ----------
    estimator : scikit-learn estimator
        A classifier or a regressor, not fitted.
    data : tuple of (array_like, array_like)
        Examples, shape (N, …), and their labels or targets, shape (N,).
    """

    summary = "an estimator of yours"
    metric = ""
    higher_is_better: Mapping[str, bool] = {}
    worker_bytes = 300_000_000
    carried = True

    def __init__(self, estimator: Any, data: tuple[Any, Any]) -> None:
        self._estimator = estimator
        self._x, self._y = np.asarray(data[0]), np.asarray(data[1])
        if len(self._x) != len(self._y):
            raise UsageError(f"{len(self._x)} examples, but {len(self._y)} labels")
        self.name = type(estimator).__name__
        self.kind: Kind = "classification" if _classifies(estimator) else "regression"
        self.settings_type = _settings_type(estimator)
        self.program = Program(packages=packages_of(*_parts(estimator)))

    def sources(self, settings: Any) -> tuple[str, ...]:
        """Return ``split``, and ``training`` where the estimator draws numbers itself."""
        del settings
        draws = "random_state" in self._estimator.get_params()
        return ("training", "split") if draws else ("split",)

    def fingerprints(self, settings: Any) -> dict[str, str]:
        """Return digests of the data and of classes that are not scikit-learn's own."""
        del settings
        y = self._y if self._y.dtype.kind in "biuf" else np.unique(self._y, return_inverse=True)[1]
        return {"data": of_arrays(self._x, y), **_code(self._estimator)}

    def trainer(self, settings: Any, execution: Execution) -> EstimatorTrainer:
        """Return a trainer over the data."""
        del execution  # the process already computes with the configured threads
        return EstimatorTrainer(
            self._estimator, self._x, self._y, settings.test_size, self.kind == "classification"
        )


@dataclasses.dataclass
class EstimatorTrainer:
    """Fits one clone after another; `model` is the last."""

    estimator: Any
    x: Any
    y: Any
    test_size: float
    classifies: bool
    model: Any = None

    def train(self, streams: Streams) -> Outcome:
        """Fit a clone; see `variance.experiments.protocol.Trainer`."""
        from sklearn.base import clone

        train, test = redrawn_split(len(self.y), self.test_size, streams)
        model = clone(self.estimator)
        if "random_state" in model.get_params():
            model.set_params(random_state=int(streams.words("training", count=1)[0]))
        model.fit(self.x[train], self.y[train])
        self.model = model
        classes = np.unique(self.y) if self.classifies else None
        truth, guess = self.y[test], model.predict(self.x[test])
        if self.classifies:  # by name, so that whole-number labels need not count from 0
            labels, predictions, names = encode(
                truth.astype(str), guess.astype(str), np.asarray(classes).astype(str)
            )
        else:
            labels, predictions, names = encode(truth.astype(float), guess.astype(float))
        return Outcome(predictions, TestSet(labels, names, examples=test, train_size=len(train)))


def _classifies(estimator: Any) -> bool:
    from sklearn.base import is_classifier

    return bool(is_classifier(estimator))


def _code(estimator: Any) -> dict[str, str]:
    """Return a digest of the classes that the estimator is made of; a version tells the others."""
    own = [part for part in _parts(estimator) if not part.__module__.startswith("sklearn.")]
    return {"code": of_callable(*own)} if own else {}


def _parts(estimator: Any) -> list[type]:
    """Return the classes of an estimator and of those within it."""
    every = {type(part) for part in (estimator, *estimator.get_params().values())}
    return sorted((p for p in every if hasattr(p, "fit")), key=lambda p: p.__qualname__)


def _settings_type(estimator: Any) -> type[Any]:
    """Return the hyper-parameters: the estimator with its own, and the size of the test set."""
    described = " ".join(repr(estimator).split())
    return dataclasses.make_dataclass(
        "Settings",
        [
            ("estimator", str, setting(described, "the estimator", choices=(described,))),
            (
                "test_size",
                float,
                setting(0.33, "share to test on", low=0, high=1, low_open=True, high_open=True),
            ),
        ],
        frozen=True,
    )
