"""From predictions to scores, the same for every experiment and for runs made elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


def confusion_matrix(
    labels: NDArray[Any], predictions: NDArray[Any], classes: int
) -> NDArray[np.int64]:
    """Return the confusion matrix.

    Parameters
    ----------
    labels, predictions : ndarray of integers in [0, K), shape (T,)
        True and predicted class.
    classes : int
        K.

    Returns
    -------
    ndarray of int64, shape (K, K)
        Counts, rows true class, columns predicted class.
    """
    cells = labels.astype(np.int64) * classes + predictions
    return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)


def accuracy(labels: NDArray[Any], predictions: NDArray[Any]) -> float:
    """Return the share of examples whose predicted class is the true one."""
    return float(np.mean(labels == predictions))


def regression_scores(
    targets: NDArray[np.float64], predictions: NDArray[np.float64]
) -> dict[str, float]:
    """Return R², MSE, RMSE and MAE.

    Parameters
    ----------
    targets, predictions : ndarray of float64, shape (T,)
        True and predicted values; R² and its unit-free reading need at least two different targets.

    Returns
    -------
    dict
        ``r2`` is NaN where all targets are equal.
    """
    residuals = targets - predictions
    mse = float(residuals @ residuals) / len(targets)
    centred = targets - targets.mean()
    total = float(centred @ centred) / len(targets)
    return {
        "r2": 1 - mse / total if total > 0 else float("nan"),
        "mse": mse,
        "rmse": mse**0.5,
        "mae": float(np.mean(np.abs(residuals))),
    }
