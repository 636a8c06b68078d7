"""Archives of arrays (``.npz``): what they declare is checked before it is loaded."""

from __future__ import annotations

import math
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from variance.errors import DataError, UsageError, nearest
from variance.ingest.limits import Limit
from variance.ingest.parsing import parsing

NAMES = ("predictions", "labels", "seeds", "classes", "examples", "groups")
"""The arrays that are read; others stay in the file."""


def read_archive(file: Path, names: Mapping[str, str], limit: Limit) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file by our names.

    Parameters
    ----------
    file : Path
    names : mapping of str to str
        What the file calls our arrays.
    limit : Limit
        Holds for all arrays together.

    Raises
    ------
    DataError
        If the file cannot be read, an array holds objects (which only unpickling, and so running
        code, could load), or the arrays would take too much memory.
    UsageError
        If the file lacks an array that was named.
    """
    limit.check(file.stat().st_size, str(file))
    with parsing(file), zipfile.ZipFile(file) as archive:
        members = {info.filename.removesuffix(".npy"): info for info in archive.infolist()}
        chosen = _chosen(file, members, names)
        need = sum(_size(archive, info, file) for info in chosen.values())
        limit.check(need, f"{file}: what its arrays hold")
        return {ours: _load(archive, info) for ours, info in chosen.items()}


def _chosen(
    file: Path, members: Mapping[str, zipfile.ZipInfo], names: Mapping[str, str]
) -> dict[str, zipfile.ZipInfo]:
    for theirs in names.values():
        if theirs not in members:
            raise UsageError(f"{file} has no array {theirs!r}", nearest(theirs, members))
    taken = set(names.values())
    mine = {name: members[name] for name in NAMES if name in members and name not in taken}
    chosen = {**mine, **{ours: members[theirs] for ours, theirs in names.items()}}
    for needed in ("predictions", "labels"):
        if needed not in chosen:
            raise DataError(
                f"{file.name} has no array {needed!r}; it has {', '.join(members) or 'none'}",
                f"Say what it is called: --map {needed}=…",
            )
    return chosen


def _size(archive: zipfile.ZipFile, info: zipfile.ZipInfo, file: Path) -> int:
    """Return the bytes that an array's own header declares, without loading the array."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise DataError(f"{file} cannot be read: {info.filename} is packed in an unusual way")
    with archive.open(info) as stream:
        shape, dtype = _declared(stream)
        begin = stream.tell()
    if dtype.hasobject:
        raise DataError(
            f"{file}: the array {info.filename} holds Python objects, which are not loaded",
            "Save numbers or text.",
        )
    size = math.prod(shape) * dtype.itemsize
    if begin + size > info.file_size:
        raise DataError(f"{file} cannot be read: {info.filename} is shorter than it declares")
    return size


def _declared(stream: IO[bytes]) -> tuple[tuple[int, ...], np.dtype[Any]]:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
    else:  # of versions 2 and 3 only the encoding of the names of fields differs
        shape, _, dtype = np.lib.format.read_array_header_2_0(stream)
    return shape, dtype


def _load(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> NDArray[Any]:
    with archive.open(info) as stream:
        array = np.asarray(np.lib.format.read_array(stream, allow_pickle=False))
    if array.dtype.kind == "U" and array.size:
        codes = np.ascontiguousarray(array).view(f"{array.dtype.byteorder}u4")
        if ((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))).any():
            raise DataError(f"{info.filename} holds what is no text")
    return array
