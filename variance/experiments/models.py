"""Trained models as the contents of files."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.errors import StoreDamaged, UsageError
from variance.records import Model


def snapshot(trainer: Any) -> Model:
    """Return what a trainer has made last; see `variance.experiments.protocol.Trainer`.

    Raises
    ------
    UsageError
        If it does not show its model, or the weights are no arrays of numbers.
    """
    weights = getattr(trainer, "weights", None)
    if weights is not None:
        return Model("npz", _archive(weights))
    fitted = getattr(trainer, "model", None)
    if fitted is None:
        raise UsageError(
            "this experiment does not hand out its model, so it cannot be kept",
            "A function does so by returning a dict with the key 'weights': a list of arrays.",
        )
    import joblib

    target = io.BytesIO()
    joblib.dump(fitted, target)
    return Model("joblib", target.getvalue())


_UNREADABLE = (
    OSError, ValueError, KeyError, EOFError, MemoryError, RuntimeError, zipfile.BadZipFile,
    zlib.error, struct.error,
)  # fmt: skip
"""What reading an archive raises that was cut, altered or crafted."""


def weights_of(model: Model) -> list[NDArray[Any]]:
    """Return the weights in a model of the form ``npz``, in their order.

    Raises
    ------
    StoreDamaged
        If they cannot be read.
    """
    try:
        with np.load(io.BytesIO(model.data), allow_pickle=False) as archive:
            return [archive[name] for name in archive.files]
    except _UNREADABLE as error:
        raise StoreDamaged(f"the weights of a model cannot be read: {error}") from error


def _archive(weights: Any) -> bytes:
    """Return arrays as NumPy's archive; the same arrays give the same bytes."""
    listed = weights.items() if isinstance(weights, Mapping) else enumerate(weights)
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, value in listed:
            array = np.asarray(value)
            if array.dtype.kind not in "biufc":
                raise UsageError(f"weights are arrays of numbers, not of dtype {array.dtype}")
            label = f"arr_{name}" if isinstance(name, int) else str(name)
            with archive.open(zipfile.ZipInfo(f"{label}.npy"), "w") as file:
                np.lib.format.write_array(file, array, allow_pickle=False)
    return target.getvalue()
