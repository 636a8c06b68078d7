"""Digests that tell whether data, code and weights are the same as before."""

from __future__ import annotations

import hashlib
import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def of_arrays(*arrays: NDArray[Any]) -> str:
    """Return the SHA-256 of arrays: their types, shapes and values, in order."""
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(f"{array.dtype.str}{array.shape}".encode())
        sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()


def of_modules(*names: str) -> str:
    """Return the SHA-256 of the source files of modules, which are not imported for it."""
    sha = hashlib.sha256()
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(name)
        sha.update(Path(spec.origin).read_bytes())
    return sha.hexdigest()
