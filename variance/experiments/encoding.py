"""Labels and predictions as people have them, turned into class indices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.errors import UsageError


def encode(
    labels: NDArray[Any], predictions: NDArray[Any], classes: Any = None
) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]:
    """Return labels and predictions as class indices, or as real numbers for regression.

    Parameters
    ----------
    labels, predictions : ndarray, shape (T,)
        Floats are regression; text, whole numbers and booleans are classes.
    classes : sequence, optional
        The names of the classes, by index where labels are indices, in the order to show. Without
        it, the distinct labels and predictions, sorted.

    Returns
    -------
    labels, predictions : ndarray, shape (T,)
        Unsigned class indices, or float64.
    classes : tuple of str
        Empty for regression.
    """
    if labels.ndim != 1 or labels.shape != predictions.shape or not labels.size:
        raise UsageError(
            f"labels of shape {labels.shape} and predictions of shape {predictions.shape}: "
            "both must be one value an example"
        )
    if classes is None and labels.dtype.kind == "f":
        return labels.astype(np.float64), predictions.astype(np.float64), ()
    names = _class_values(labels, predictions, classes)
    if not len(names):
        raise UsageError("classes is empty")
    indexed = classes is not None and labels.dtype.kind in "ui"
    known = np.arange(len(names)) if indexed else names
    order = np.argsort(known, kind="stable")
    coded = []
    for what, values in (("label", labels), ("prediction", predictions)):
        place = np.searchsorted(known, values, sorter=order)
        index = order[np.minimum(place, len(known) - 1)]
        if not np.array_equal(known[index], values):
            stranger = values[known[index] != values][0]
            raise UsageError(f"the {what} {stranger.item()!r} is not one of the classes")
        coded.append(index.astype(np.min_scalar_type(len(known) - 1)))
    return coded[0], coded[1], tuple(str(n) for n in names)


def _class_values(labels: NDArray[Any], predictions: NDArray[Any], classes: Any) -> NDArray[Any]:
    if classes is None:
        return np.unique(np.concatenate([labels, predictions]))
    values = np.asarray(classes)
    if len(np.unique(values)) < len(values):
        raise UsageError("classes names one twice")
    return values
