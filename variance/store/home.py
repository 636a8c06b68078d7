"""The folder of sweeps; the one place that knows how its files are called."""

from __future__ import annotations

import os
import sqlite3
from contextlib import ExitStack, suppress
from pathlib import Path

from variance.errors import (
    StoreDamaged,
    StoreFull,
    StoreReadOnly,
    StoreUnlockable,
    SweepExists,
    SweepNotFound,
    UsageError,
    nearest,
)
from variance.store.lock import Lock, tidy
from variance.store.opening import check_journal, journal, roll_back

FOLDER = ".variance"
SUFFIX = ".sqlite"
_LONGEST = 200  # bytes; leaves room for suffixes below the usual limit of 255


class Home:
    """A folder of sweep files.

    Parameters
    ----------
    folder : path-like
        Where they lie; it need not exist yet.
    """

    def __init__(self, folder: str | os.PathLike[str]) -> None:
        self.folder = Path(folder)

    @classmethod
    def find(cls, explicit: str | os.PathLike[str] | None = None) -> Home:
        """Return the folder to use.

        Parameters
        ----------
        explicit : path-like, optional
            What the user named. Otherwise the environment variable ``VARIANCE_HOME``; else the
            nearest ``.variance`` at or above the working directory; else a new one in it.
        """
        named = explicit or os.environ.get("VARIANCE_HOME")
        if named:
            return cls(Path(named).expanduser())
        here = Path.cwd()
        for place in (here, *here.parents):
            if (place / FOLDER).is_dir():
                return cls(place / FOLDER)
        return cls(here / FOLDER)

    def make(self) -> None:
        """Create the folder, invisible to git, unless it is there; sweep up in it if it is."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            ignore = self.folder / ".gitignore"
            if not ignore.exists() and self.folder.name == FOLDER:
                ignore.write_text("*\n", encoding="utf-8")
            tidy(self.folder)
        except FileExistsError as error:
            raise UsageError(f"{self.folder} is a file, not a folder for sweeps") from error
        except OSError as error:
            raise StoreReadOnly(
                f"cannot create the folder {self.folder}: {error.strerror}",
                "Name another with --store, or set VARIANCE_HOME.",
            ) from error

    def path(self, name: str) -> Path:
        """Return where the sweep of that name lies, whether or not it is there."""
        return self.folder / f"{check_name(name)}{SUFFIX}"

    def names(self) -> list[str]:
        """Return the names of all sweeps, sorted, without files of impossible names."""
        return [path.stem for path in self.files() if not _wrong_name(path.stem)]

    def files(self) -> list[Path]:
        """Return all files that look like sweeps, sorted; hidden ones belong to somebody else."""
        found = self.folder.glob(f"[!.]*{SUFFIX}")
        return sorted(path for path in found if path.is_file())

    def existing(self, name: str) -> Path:
        """Return the path of a sweep that must be there.

        Raises
        ------
        SweepNotFound
            With the nearest name, or how to make a first sweep.
        """
        path = self.path(name)
        if path.is_file():
            return path
        names = self.names()
        hint = nearest(name, names) if names else "There are no sweeps yet: variance sweep"
        raise SweepNotFound(f"no sweep {name!r} in {self.folder}", hint)

    def resolve(self, reference: str) -> tuple[str, Path]:
        """Return the name and path of what a user calls a sweep.

        Parameters
        ----------
        reference : str
            A name, a path to a sweep file, or ``name=path``.
        """
        label, equals, path = reference.partition("=")
        if equals and path:
            return label, _existing_file(path)
        if reference.endswith(SUFFIX) or "/" in reference or os.sep in reference:
            found = _existing_file(reference)
            return found.stem, found
        return reference, self.existing(reference)

    def remove(self, *names: str) -> None:
        """Delete sweeps: all of them, or none if one is not there or is being trained.

        Raises
        ------
        SweepNotFound, StoreBusy, StoreReadOnly
        """
        paths = [self.existing(name) for name in names]
        with ExitStack() as locks:
            for path in paths:
                # No training can be under way where there are no locks, and a disk that is full
                # is what somebody may want to delete for.
                with suppress(StoreUnlockable, StoreFull):
                    locks.enter_context(Lock(path, reserve=False))
            for path in paths:
                try:
                    path.unlink()
                    journal(path).unlink(missing_ok=True)
                except OSError as error:
                    raise StoreReadOnly(f"cannot delete {path}: {error.strerror}") from error

    def rename(self, old: str, new: str) -> Path:
        """Give a sweep another name; an existing one is never replaced.

        Raises
        ------
        SweepNotFound, SweepExists, StoreBusy, StoreError
        """
        source, target = self.existing(old), self.path(new)
        if target.exists():
            raise _taken(new)
        with Lock(source, reserve=False), Lock(target, reserve=False):
            if target.exists():
                raise _taken(new)
            _end_transaction(source)
            try:
                return source.rename(target)
            except OSError as error:
                raise StoreReadOnly(f"cannot rename {source}: {error.strerror}") from error


def _taken(name: str) -> SweepExists:
    return SweepExists(f"a sweep {name!r} is there already", f"Delete it first: variance rm {name}")


def _end_transaction(path: Path) -> None:
    """Undo what a killed writer left unfinished; its journal is found by the sweep's name alone."""
    if not journal(path).exists():
        return
    check_journal(path)
    try:
        roll_back(path)
    except sqlite3.Error as error:
        raise StoreDamaged(f"{path} holds an unfinished transaction: {error}") from error


def check_name(name: str) -> str:
    """Return the name of a sweep if it can be one, else raise `UsageError`."""
    if wrong := _wrong_name(name):
        raise UsageError(f"a sweep's name {wrong}")
    return name


def _wrong_name(name: str) -> str:
    """Return why no sweep can have that name; empty if one can."""
    if not name or name != name.strip():
        return f"cannot be empty or begin or end with a space: {name!r}"
    wrong = next((c for c in name if c in "/\\=" or not c.isprintable()), None)
    if wrong is not None:
        return f"cannot contain {wrong!r}: {name!r}"
    if name[0] in ".-":
        return f"cannot begin with {name[0]!r}: {name!r}"
    if len(name.encode("utf-8", "surrogatepass")) > _LONGEST:
        return f"takes at most {_LONGEST} bytes, this one {len(name)}"
    return ""


def _existing_file(path: str) -> Path:
    found = Path(path).expanduser()
    if not found.is_file():
        raise SweepNotFound(f"no sweep file at {path}")
    return found
