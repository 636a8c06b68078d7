"""Where MNIST is found: ``VARIANCE_DATA``, the cache, Keras' cache; or else downloaded."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from variance.errors import DataError
from variance.experiments.mnist_files import NPZ, PARTS, Mnist, idx_file, read

VARIABLE = "VARIANCE_DATA"
_BELOW = ("", "mnist", "MNIST", "MNIST/raw")
"""Where below a data folder the files may lie; the last is how torchvision keeps them."""
_TIMEOUT = (3.05, 10)
"""Seconds to connect, and to wait for the next bytes: without a network it must fail fast."""


@dataclass(frozen=True)
class Place:
    """Somewhere MNIST is looked for.

    Attributes
    ----------
    source : str
        What it is called: ``VARIANCE_DATA``, ``cache``, ``Keras' cache`` or ``download``.
    path : str
        The folder, file or address; empty where none is set.
    status : str
        What is there, in words.
    found : bool
        Whether the data set is there (its contents are verified when it is read).
    """

    source: str
    path: str
    status: str
    found: bool = False


@dataclass(frozen=True)
class Mirror:
    """A server with the files.

    Attributes
    ----------
    url : str
        Their folder.
    files : tuple of (str, str)
        Name and digest (``algorithm:hex``) of each.
    """

    url: str
    files: tuple[tuple[str, str], ...]


_IDX_FILES = (
    ("train-images-idx3-ubyte.gz", "md5:f68b3c2dcbeaaa9fbdd348bbdeb94873"),
    ("train-labels-idx1-ubyte.gz", "md5:d53e105ee54ea40749a09fcbcd1e9432"),
    ("t10k-images-idx3-ubyte.gz", "md5:9fb629c4189551a2d022fa330f9573f3"),
    ("t10k-labels-idx1-ubyte.gz", "md5:ec29112dd5afa0611ce80d1b7f02629c"),
)
_NPZ_DIGEST = "sha256:731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1"
MIRRORS = (
    Mirror(
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
        ((NPZ, _NPZ_DIGEST),),
    ),
    Mirror("https://ossci-datasets.s3.amazonaws.com/mnist/", _IDX_FILES),
    Mirror("https://storage.googleapis.com/cvdf-datasets/mnist/", _IDX_FILES),
)


def load(*, fetch_missing: bool = True) -> Mnist:
    """Return MNIST, verified byte for byte.

    Parameters
    ----------
    fetch_missing : bool
        Whether to download it where it is not on this machine.

    Raises
    ------
    DataError
        If it is nowhere, or what is there is damaged or not MNIST.
    """
    path = locate()
    if path is None and fetch_missing:
        path = fetch()
    if path is None:
        raise DataError("MNIST is not on this machine", _advice())
    return read(path)


def locate() -> Path | None:
    """Return the folder or npz file that is to be read, without using the network.

    Returns
    -------
    Path or None
        None where MNIST is not on this machine.

    Raises
    ------
    DataError
        If ``VARIANCE_DATA`` names a path that does not exist, or only some of the four files.
    """
    for source, root in _roots():
        if source == VARIABLE and root is not None and not root.exists():
            raise DataError(
                f"{VARIABLE} is {str(root)!r}, which does not exist", "Correct it, or unset it."
            )
        path = None if root is None else _search(root)
        if path is not None:
            return path
    return None


def available() -> bool:
    """Return whether MNIST is on this machine; cheap, contents unread."""
    return locate() is not None


def fetch(*, progress: bool = False) -> Path:
    """Download MNIST to the cache, verifying checksums; files already there are kept.

    Parameters
    ----------
    progress : bool
        Whether to show a bar on stderr.

    Returns
    -------
    Path
        The folder or npz file to read.

    Raises
    ------
    DataError
        If no mirror could deliver; names each with what went wrong.
    """
    troubles = []
    for mirror in MIRRORS:
        try:
            return _download(mirror, cache_folder(), progress=progress)
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; pooch's ValueErrors
            troubles.append(f"{mirror.url} ({_brief(error)})")
    tried = ", ".join(troubles)
    raise DataError(f"MNIST could not be downloaded from {tried}", _advice())


def describe() -> list[Place]:
    """Return every place that is looked at, in their order; the first found is the one used."""
    places = []
    for source, root in _roots():
        if root is None:
            places.append(Place(source, "", "not set"))
            continue
        try:
            path = _search(root)
        except DataError as error:
            places.append(Place(source, str(root), error.message))
            continue
        missing = "not there" if root.exists() or source != VARIABLE else "does not exist"
        status = missing if path is None else "found"
        places.append(Place(source, str(path or root), status, found=path is not None))
    needed = "not needed" if any(place.found for place in places) else "would be fetched"
    return [*places, *(Place("download", mirror.url, needed) for mirror in MIRRORS)]


def cache_folder() -> Path:
    """Return the folder that downloads go to."""
    from platformdirs import user_cache_path

    return user_cache_path("variance") / "mnist"


def _roots() -> Iterator[tuple[str, Path | None]]:
    given = os.environ.get(VARIABLE)
    yield VARIABLE, Path(given).expanduser() if given else None
    yield "cache", cache_folder()
    keras = os.environ.get("KERAS_HOME")
    home = Path(keras).expanduser() if keras else Path("~/.keras").expanduser()
    yield "Keras' cache", home / "datasets" / NPZ


def _search(root: Path) -> Path | None:
    """Return the folder or file at or below a path that holds the data set."""
    if root.is_file():
        return root
    for folder in (root / below for below in _BELOW):
        present = [idx_file(folder, part) is not None for part in PARTS.values()]
        if all(present):
            return folder
        if (folder / NPZ).is_file():
            return folder / NPZ
        if any(present):
            lacking = [p.idx for p, there in zip(PARTS.values(), present, strict=True) if not there]
            raise DataError(
                f"{folder} lacks {', '.join(lacking)} (.gz or plain)",
                "MNIST is four files: put all of them there.",
            )
    return None


def _download(mirror: Mirror, folder: Path, *, progress: bool) -> Path:
    import pooch

    pooch.get_logger().setLevel(logging.WARNING)  # it announces every file otherwise
    downloader = pooch.HTTPDownloader(progressbar=progress, timeout=_TIMEOUT)
    paths = [
        pooch.retrieve(mirror.url + name, digest, name, folder, downloader=downloader)
        for name, digest in mirror.files
    ]
    return Path(paths[0]) if len(paths) == 1 else folder


def _brief(error: Exception) -> str:
    """Return the cause at the bottom of a chain of network errors, in one line."""
    reason = getattr(error.args[0], "reason", error) if error.args else error
    return f"{type(reason).__name__}: {reason}".splitlines()[0][:200]


def _advice() -> str:
    return (
        f"Set {VARIABLE} to a folder with the four idx files (plain or .gz) or to an {NPZ}, "
        "or train on bundled data: variance sweep digits"
    )
