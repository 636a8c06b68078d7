"""`diabetes`: a regression whose spread comes from the split alone; milliseconds a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn import config_context
from sklearn.datasets import load_diabetes
from sklearn.linear_model import Lasso, LinearRegression, Ridge

from variance.errors import UsageError, nearest
from variance.experiments.fingerprint import of_arrays, of_modules
from variance.experiments.settings import setting
from variance.experiments.split import redrawn_split
from variance.experiments.streams import Streams
from variance.records import Execution, Outcome, TestSet

FEATURES = ("age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6")
MODULES = (__name__, "variance.experiments.split", "variance.experiments.streams")


@dataclass(frozen=True)
class Settings:
    """Hyper-parameters of `diabetes`."""

    model: Literal["linear", "ridge", "lasso", "forest"] = setting(
        "linear", "what is fitted", choices=("linear", "ridge", "lasso", "forest")
    )
    features: str = setting("9", "columns to fit on: numbers or names with commas, or all")
    alpha: float = setting(1.0, "penalty of ridge and lasso", low=0)
    trees: int = setting(100, "trees of the forest", low=1)
    test_size: float = setting(
        0.33, "share of the patients to test on", low=0, high=1, low_open=True, high_open=True
    )

    def __post_init__(self) -> None:
        """Check the columns."""
        columns(self.features)


class Diabetes:
    """Progression of diabetes after a year, from what is known of 442 patients."""

    name = "diabetes"
    summary = "scikit-learn's bundled diabetes data; a linear model, the split redrawn by the seed"
    kind = "regression"
    metric = "r2"
    higher_is_better = {"r2": True, "mse": False, "rmse": False, "mae": False}
    settings_type = Settings
    worker_bytes = 200_000_000

    def sources(self, settings: Settings) -> tuple[str, ...]:
        """Return ``split``, and ``training`` where the model itself draws (the forest)."""
        return ("split", "training") if settings.model == "forest" else ("split",)

    def fingerprints(self, settings: Settings) -> dict[str, str]:
        """Return digests of the data and of the code that trains on them."""
        return {"data": of_arrays(*patients(settings)), "code": of_modules(*MODULES)}

    def trainer(self, settings: Settings, execution: Execution) -> Trainer:
        """Return a trainer over the patients."""
        del execution  # the process already computes with the configured threads
        return Trainer(settings)


class Trainer:
    """The patients, and how to fit them; see `Diabetes`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._names = tuple(FEATURES[i] for i in columns(settings.features))
        self._x, self._y = patients(settings)
        self.model: Any = None
        # The data are checked once here, not once a run.
        self._unchecked = lambda: config_context(assume_finite=True, skip_parameter_validation=True)

    def train(self, streams: Streams) -> Outcome:
        """Fit one model; see `variance.experiments.protocol.Trainer`."""
        train, test = redrawn_split(len(self._y), self._settings.test_size, streams)
        model = self.model = _estimator(self._settings, streams)
        with config_context(assume_finite=True, skip_parameter_validation=True):  # once is enough
            model.fit(self._x[train], self._y[train])
            predictions = self._predict(model, test)
        learned = self._coefficients(model)
        return Outcome(
            predictions=predictions,
            test_set=TestSet(self._y[test], examples=test, train_size=len(train)),
            metrics=learned,
            weights_digest=of_arrays(np.array(list(learned.values()))) if learned else None,
        )

    def _predict(self, model: Any, test: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what ``model.predict`` does, without its checks where it is one product."""
        if self._settings.model == "forest":
            return np.asarray(model.predict(self._x[test]), dtype=np.float64)
        return np.asarray(self._x[test] @ model.coef_ + model.intercept_)

    def _coefficients(self, model: Any) -> dict[str, float]:
        """Return slope and intercept; one slope a feature where there are several."""
        if self._settings.model == "forest":
            return {}
        slopes = [float(c) for c in np.ravel(model.coef_)]
        if len(slopes) == 1:
            named = {"slope": slopes[0]}
        else:
            named = {f"slope_{n}": c for n, c in zip(self._names, slopes, strict=True)}
        return {**named, "intercept": float(model.intercept_)}


def patients(settings: Settings) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the chosen columns, shape (442, p), and the progression, shape (442,)."""
    x, y = load_diabetes(return_X_y=True)
    return np.ascontiguousarray(x[:, columns(settings.features)]), y.astype(np.float64)


def columns(features: str) -> list[int]:
    """Return the column numbers that a text such as ``9``, ``bmi,bp`` or ``all`` names."""
    if features.strip() == "all":
        return list(range(len(FEATURES)))
    chosen = [_column(word.strip()) for word in features.split(",")]
    if len(set(chosen)) < len(chosen):
        raise UsageError(f"features names a column twice: {features!r}")
    return chosen


def _column(word: str) -> int:
    if word in FEATURES:
        return FEATURES.index(word)
    if word.isascii() and word.isdigit() and int(word) < len(FEATURES):
        return int(word)
    raise UsageError(
        f"features must be numbers from 0 to {len(FEATURES) - 1} or names, not {word!r}",
        nearest(word, (*FEATURES, "all")),
    )


def _estimator(settings: Settings, streams: Streams) -> Any:
    if settings.model == "linear":
        return LinearRegression()
    if settings.model == "ridge":
        return Ridge(alpha=settings.alpha)
    if settings.model == "lasso":
        return Lasso(alpha=settings.alpha)
    from sklearn.ensemble import RandomForestRegressor

    seed = int(streams.words("training", count=1)[0])
    return RandomForestRegressor(settings.trees, random_state=seed)
