"""Reads MNIST from idx files (plain or gzip) or ``mnist.npz``, and verifies every byte."""

from __future__ import annotations

import gzip
import hashlib
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from variance.errors import DataError


@dataclass(frozen=True)
class Mnist:
    """The data set.

    Attributes
    ----------
    train_images : ndarray of uint8, shape (60000, 28, 28)
    train_labels : ndarray of uint8, shape (60000,)
    test_images : ndarray of uint8, shape (10000, 28, 28)
    test_labels : ndarray of uint8, shape (10000,)
    """

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]


@dataclass(frozen=True)
class Part:
    """One of the four arrays, as it was published.

    Attributes
    ----------
    idx : str
        Name of its idx file, without ``.gz``.
    npz : str
        Its name in ``mnist.npz``.
    shape : tuple of int
        Its shape.
    sha256 : str
        Digest of its bytes, without the header of the idx file.
    """

    idx: str
    npz: str
    shape: tuple[int, ...]
    sha256: str


PARTS: Mapping[str, Part] = {
    "train_images": Part(
        "train-images-idx3-ubyte",
        "x_train",
        (60_000, 28, 28),
        "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
    ),
    "train_labels": Part(
        "train-labels-idx1-ubyte",
        "y_train",
        (60_000,),
        "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
    ),
    "test_images": Part(
        "t10k-images-idx3-ubyte",
        "x_test",
        (10_000, 28, 28),
        "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
    ),
    "test_labels": Part(
        "t10k-labels-idx1-ubyte",
        "y_test",
        (10_000,),
        "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
    ),
}
"""What was published, by the names that `Mnist` gives the arrays."""

NPZ = "mnist.npz"
_UNSIGNED_BYTES = 8  # the type code of an idx header
_DAMAGED = "It is not the published file: delete it and fetch it anew (variance data --fetch)."


def read(path: Path) -> Mnist:
    """Read and verify the data set.

    Parameters
    ----------
    path : Path
        A folder with the four idx files, or an npz file.

    Returns
    -------
    Mnist

    Raises
    ------
    DataError
        If anything is missing, unreadable, or not what was published; names the file.
    """
    if path.is_dir():
        files = {name: idx_file(path, part) for name, part in PARTS.items()}
        missing = [PARTS[name].idx for name, file in files.items() if file is None]
        if missing:
            raise DataError(
                f"{path} lacks {', '.join(missing)} (.gz or plain)",
                "MNIST is four files: put all of them there.",
            )
        arrays = {name: read_idx(file) for name, file in files.items() if file is not None}
        where = {name: str(file) for name, file in files.items()}
    else:
        arrays = read_npz(path)
        where = {name: f"{part.npz} in {path}" for name, part in PARTS.items()}
    for name, array in arrays.items():
        verify(array, PARTS[name], where[name])
    return Mnist(**arrays)


def idx_file(folder: Path, part: Part) -> Path | None:
    """Return the idx file of one array in a folder, plain or gzip; None if it is not there."""
    dotted = part.idx.replace("-idx", ".idx")  # as some unpackers name it
    names = (part.idx, part.idx + ".gz", dotted, dotted + ".gz")
    return next((folder / name for name in names if (folder / name).is_file()), None)


def read_idx(path: Path) -> NDArray[np.uint8]:
    """Read one idx file of unsigned bytes, gzip or plain by its contents.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    ndarray of uint8
        In the shape that the header gives; read-only.

    Raises
    ------
    DataError
        If it cannot be read, is truncated or too long, or has another magic number.
    """
    content = _bytes(path)
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != _UNSIGNED_BYTES:
        raise DataError(
            f"{path} is not an idx file of unsigned bytes: its magic number is "
            f"0x{content[:4].hex() or '(empty)'}",
            _DAMAGED,
        )
    dimensions = content[3]
    header = 4 + 4 * dimensions
    shape = tuple(
        int(n) for n in np.frombuffer(content[4:header], ">u4", len(content[4:header]) // 4)
    )
    expected = header + int(np.prod(shape, dtype=np.int64))
    if len(shape) != dimensions or len(content) != expected:
        raise DataError(
            f"{path} has {len(content)} bytes unpacked; its header promises {expected} "
            f"(shape {shape})",
            _DAMAGED,
        )
    return np.frombuffer(content, np.uint8, offset=header).reshape(shape)


def read_npz(path: Path) -> dict[str, NDArray[np.uint8]]:
    """Read the four arrays of an npz file, by the names that `Mnist` gives them.

    Raises
    ------
    DataError
        If it cannot be read or lacks an array.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return {name: archive[part.npz] for name, part in PARTS.items()}
    except KeyError as error:
        wanted = ", ".join(part.npz for part in PARTS.values())
        raise DataError(f"{path} lacks an array: {error}", f"It must hold {wanted}.") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, TypeError) as error:
        raise DataError(f"{path} cannot be read as npz: {error}", _DAMAGED) from error


def verify(array: NDArray[np.uint8], part: Part, where: str) -> None:
    """Raise DataError unless the array is the published one.

    Parameters
    ----------
    array : ndarray
        What was read.
    part : Part
        What it must be.
    where : str
        What to call it in the message.
    """
    if array.dtype != np.uint8 or array.shape != part.shape:
        raise DataError(
            f"{where} holds {array.dtype} of shape {array.shape}, not uint8 of shape {part.shape}",
            _DAMAGED,
        )
    if array.ndim == 1 and array.max() > 9:
        raise DataError(f"{where} holds a label {array.max()}; MNIST has 0 to 9", _DAMAGED)
    found = hashlib.sha256(np.ascontiguousarray(array).data).hexdigest()
    if found != part.sha256:
        raise DataError(
            f"{where} is not MNIST as published: the SHA-256 of its contents is {found}, "
            f"not {part.sha256}",
            _DAMAGED,
        )


def _bytes(path: Path) -> bytes:
    try:
        content = path.read_bytes()
        return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DataError(f"{path} is a truncated or damaged gzip file: {error}", _DAMAGED) from error
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror or error}") from error
