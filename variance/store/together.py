"""Whole sweeps that appear in a folder together, or not at all."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from variance.errors import StoreFull, SweepExists
from variance.records import Failure, Header, Run
from variance.store.home import Home
from variance.store.lock import Lock, cannot_write
from variance.store.reader import SweepReader
from variance.store.writer import SweepWriter

Whole: TypeAlias = "tuple[Header, Sequence[Run | Failure]]"
"""What a sweep is, and all it holds."""

_PREFIX = ".importing-"
_AGAIN = "Nothing was stored. Free some space there, then run the same line again."


def create_all(home: Home, sweeps: Mapping[str, Whole]) -> None:
    """Store whole sweeps under their names: all of them, or none.

    They are made in a folder beside the sweeps, which the next call removes if a kill leaves it
    behind, and then moved. Only a kill in the instant between two moves parts them.

    Parameters
    ----------
    home : Home
        The folder, which is made if it is not there.
    sweeps : mapping of str to (Header, sequence of Run or Failure)
        By name.

    Raises
    ------
    SweepExists, StoreFull, StoreReadOnly, StoreBusy, StoreTooLarge
        Nothing is stored then.
    """
    for name in sweeps:
        _check_free(home, name)
    home.make()
    try:
        with _beside(home.folder) as folder:
            made = {name: folder / home.path(name).name for name in sweeps}
            for name, (header, results) in sweeps.items():
                SweepWriter.create(made[name], header, results).close()
                with SweepReader(made[name]) as reader:
                    reader.check_memory(f"reading {name!r} again")
            _move(home, made)
    except StoreFull as full:
        raise StoreFull(f"no space left for {home.folder}", _AGAIN) from full


def _check_free(home: Home, name: str) -> None:
    if home.path(name).exists():
        raise SweepExists(
            f"a sweep {name!r} is there already",
            f"Delete it first (variance rm {name}), or give another --name.",
        )


def _move(home: Home, made: Mapping[str, Path]) -> None:
    """Give files their place; where one cannot have it, none has."""
    moved: list[Path] = []
    try:
        for name, file in made.items():
            place = home.path(name)
            lock = Lock(place)
            try:
                _check_free(home, name)  # somebody else may have been quicker
                file.rename(place)
                moved.append(place)
            finally:
                lock.release()
    except BaseException:
        for place in moved:
            place.unlink(missing_ok=True)
        raise


@contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """Make a folder that is gone at the end; as long as it is held, nobody else removes it."""
    _clear(folder)
    try:
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=folder))
        held = os.open(made, os.O_RDONLY)
    except OSError as error:
        raise cannot_write(folder / "a sweep", error) from error
    try:
        with suppress(OSError):  # a file system without locks: then nothing is cleared either
            fcntl.flock(held, fcntl.LOCK_EX)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        os.close(held)


def _clear(folder: Path) -> None:
    """Remove what killed processes left behind."""
    for left in folder.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            held = os.open(left, os.O_RDONLY)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(left)
            finally:
                os.close(held)
