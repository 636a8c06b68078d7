"""Arrays as compact bytes: a line ``<dtype>:<shape>:<how>``, then the values.

``how`` is ``zlib`` or ``raw``; real numbers are kept raw, since they do not shrink.
"""

from __future__ import annotations

import math
import os
import re
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.amounts import enough_for, size_of, size_text
from variance.errors import StoreTooLarge

_LEVEL = 6  # level 1 is twice as fast, but its files are a fifth larger
_HEAD = re.compile(rb"([<|][biuf][1248]):(\d{0,18}(?:,\d{1,18}){0,3}):(zlib|raw)")
_LONGEST_HEAD = 100
LIMIT_NAME = "VARIANCE_ARRAY_LIMIT"
DEFAULT_LIMIT = 512 * 10**6  # bytes


def pack(array: NDArray[Any]) -> bytes:
    """Return an array of numbers as bytes; `unpack` is the inverse.

    Parameters
    ----------
    array : ndarray
        At most four dimensions, a boolean or numeric dtype of at most 8 bytes.

    Returns
    -------
    bytes
    """
    array = np.asarray(array, order="C")
    if array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
        raise TypeError(f"only numbers can be stored, not dtype {array.dtype}")
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    shape = ",".join(map(str, array.shape))
    head = f"{little.dtype.str}:{shape}:"
    if array.dtype.kind == "f":
        return f"{head}raw\n".encode() + little.tobytes()
    return f"{head}zlib\n".encode() + zlib.compress(little.tobytes(), _LEVEL)


def unpack(data: bytes) -> NDArray[Any]:
    """Return the array that `pack` wrote, bit for bit.

    No more memory is taken than the array is said to need, and that is checked first.

    Raises
    ------
    ValueError
        If the bytes are damaged.
    StoreTooLarge
        If the array would need more memory than `limit` allows.
    """
    dtype, shape, how, body = _parts(data)
    size = math.prod(shape) * dtype.itemsize
    check_size(size, "a stored array")
    values = _inflated(body, size) if how == b"zlib" else body
    if len(values) != size:
        raise ValueError(
            f"a stored array is damaged: {len(values):,} bytes instead of {size:,} are there"
        )
    return np.frombuffer(values, dtype).reshape(shape)


def shape_of(data: bytes) -> tuple[int, ...]:
    """Return the shape of a packed array; its first 100 bytes suffice.

    Raises
    ------
    ValueError
        If the bytes are damaged.
    """
    return _parts(data)[1]


def limit() -> int:
    """Return how many bytes the arrays of one sweep may take: ``VARIANCE_ARRAY_LIMIT``.

    Raises
    ------
    UsageError
        If the variable holds no size.
    """
    variable = os.environ.get(LIMIT_NAME)
    return size_of(variable, LIMIT_NAME) if variable else DEFAULT_LIMIT


def check_size(size: int, what: str) -> None:
    """Raise `StoreTooLarge` if so many bytes are more than `limit` allows."""
    if size > (most := limit()):
        raise StoreTooLarge(
            f"{what} would take {size_text(size)} of memory; the limit is {size_text(most)}",
            f"If you trust the file, raise it: {LIMIT_NAME}={enough_for(size)}",
        )


def smallest_unsigned(values: NDArray[Any]) -> NDArray[Any]:
    """Return non-negative whole numbers in the smallest unsigned type that holds them."""
    top = int(values.max()) if values.size else 0
    return values.astype(np.min_scalar_type(top), copy=False)


def _parts(data: bytes) -> tuple[np.dtype[Any], tuple[int, ...], bytes, bytes]:
    """Return dtype, shape, encoding and body of a packed array."""
    end = data.find(b"\n", 0, _LONGEST_HEAD)
    head = _HEAD.fullmatch(data[:end]) if end >= 0 else None
    if head is None:
        raise ValueError("a stored array is damaged: it does not say what it holds")
    try:
        dtype = np.dtype(head[1].decode())
    except TypeError as error:  # such as a boolean of 8 bytes
        raise ValueError(f"a stored array is damaged: {error}") from error
    shape = tuple(int(n) for n in head[2].split(b",") if n)
    return dtype, shape, head[3], data[end + 1 :]


def _inflated(body: bytes, size: int) -> bytes:
    """Return at most one byte more than `size` of what was compressed."""
    inflater = zlib.decompressobj()
    try:
        values = inflater.decompress(body, size + 1)
    except zlib.error as error:
        raise ValueError(f"a stored array is damaged: {error}") from error
    if len(values) == size and (not inflater.eof or inflater.unused_data):
        raise ValueError("a stored array is damaged: its end is missing")
    return values
