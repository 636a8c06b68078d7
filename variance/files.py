"""The one place that writes files for people and other programs.

- Where there is nothing yet, the file appears under its name when it is complete, and not before.
- A file that is there is kept, unless it is to be replaced; then it is replaced at once. Its
  permissions and its owner stay, and a symbolic link to it stays a link.
- A device, a pipe or a descriptor such as ``/dev/stdout`` is written to and never replaced.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from variance.errors import UsageError

_ANOTHER = "Name another file."
_MOST_LINKS = 40
"""As many symbolic links in a row as Linux follows."""


def check(
    path: str | os.PathLike[str], *, force: bool = False, mark: bytes = b"", folder: bool = False
) -> None:
    """Refuse a path that cannot or must not be written to, before anything is computed for it.

    Parameters
    ----------
    path : path-like
    force : bool
        Whether a file that is there may be replaced.
    mark : bytes, optional
        What tells files that may be replaced without being forced: it stands in their first 4 kB.
    folder : bool
        Whether the folder is made where it is not there.

    Raises
    ------
    UsageError
        If it is a folder, a disk, a file that must be kept, or nothing that can be written to.
    """
    if _descriptor(path) is not None:
        return
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        _check_folder(path, made=folder)
    except OSError as error:
        raise _cannot_write(path, error) from error
    else:
        _check_found(path, found, force=force, mark=mark)


@contextmanager
def written(
    path: str | os.PathLike[str], *, force: bool = False, mark: bytes = b"", folder: bool = False
) -> Iterator[BinaryIO]:
    """Open a file to be written: what comes out is the whole of it, or nothing.

    Parameters
    ----------
    path, force, mark, folder
        As in `check`.

    Yields
    ------
    binary file
        An exception while it is open leaves everything as it was; so does the end of the process.

    Raises
    ------
    UsageError
        As in `check`, and if writing fails: a full disk, a folder that takes no files.
    BrokenPipeError
        If who reads the pipe has had enough.
    """
    check(path, force=force, mark=mark, folder=folder)
    try:
        stream = _stream(path)
        if stream is not None:
            with stream:
                yield stream
            return
        target = Path(os.path.realpath(path))
        if folder:
            target.parent.mkdir(parents=True, exist_ok=True)
        with _draft(target) as file:
            yield file
    except BrokenPipeError:
        raise
    except FileExistsError as error:
        raise _there_already(path) from error
    except OSError as error:
        raise _cannot_write(path, error) from error


def write(
    path: str | os.PathLike[str],
    data: str | bytes,
    *,
    force: bool = False,
    mark: bytes = b"",
    folder: bool = False,
) -> None:
    """Write text (as UTF-8) or bytes into a file; everything else is as in `written`."""
    with written(path, force=force, mark=mark, folder=folder) as file:
        file.write(data.encode() if isinstance(data, str) else data)


def append(path: str | os.PathLike[str], text: str) -> None:
    """Add text at the end of a file, device or pipe; a file takes all of it or nothing.

    Raises
    ------
    UsageError
        If it cannot be written.
    """
    data = text.encode()
    try:
        with Path(path).open("ab", buffering=0) as file:
            before = os.fstat(file.fileno()).st_size
            try:
                while data:
                    data = data[file.write(data) :]
            except OSError:
                if stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    os.ftruncate(file.fileno(), before)
                raise
    except OSError as error:
        raise _cannot_write(path, error) from error


def _check_found(
    path: str | os.PathLike[str], found: os.stat_result, *, force: bool, mark: bytes
) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise UsageError(f"{path} is a folder, not a file", _ANOTHER)
    if stat.S_ISBLK(found.st_mode):
        raise UsageError(f"{path} is a disk, not a file", _ANOTHER)
    if not stat.S_ISREG(found.st_mode):
        return
    if not force and not (mark and _holds(path, mark)):
        raise _there_already(path, ", and variance did not write it" if mark else "")
    if found.st_nlink > 1:
        raise UsageError(
            f"{path} has {found.st_nlink} names (hard links), and only one would get the new file",
            f"{_ANOTHER[:-1]}, or delete this one first.",
        )
    if not os.access(path, os.W_OK):
        raise UsageError(f"{path} is read-only", _ANOTHER)
    _check_folder(path, made=False)


def _check_folder(path: str | os.PathLike[str], *, made: bool) -> None:
    parent = Path(os.path.realpath(path)).parent
    if not parent.exists():
        if not made:
            raise UsageError(f"cannot write {path}: there is no folder {parent}", "Make it first.")
    elif not os.access(parent, os.W_OK | os.X_OK):
        raise UsageError(f"cannot write {path}: the folder {parent} takes no new files", _ANOTHER)


def _holds(path: str | os.PathLike[str], mark: bytes) -> bool:
    try:
        with Path(path).open("rb") as file:
            return mark in file.read(4096)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}", _ANOTHER) from error


def _there_already(path: str | os.PathLike[str], why: str = "") -> UsageError:
    return UsageError(
        f"{path} is there already{why}", f"{_ANOTHER[:-1]}, or replace this one: --force"
    )


def _cannot_write(path: str | os.PathLike[str], error: OSError) -> UsageError:
    hint = "Free some space there." if error.errno in (errno.ENOSPC, errno.EDQUOT) else _ANOTHER
    return UsageError(f"cannot write {path}: {error.strerror or error}", hint)


def _descriptor(path: str | os.PathLike[str]) -> int | None:
    """Return which of our open descriptors a path means, as /dev/stdout and /dev/fd/3 do."""
    place = Path(path)
    ours = (Path("/dev/fd"), Path(f"/proc/{os.getpid()}/fd"))
    for _ in range(_MOST_LINKS):
        place = Path(os.path.realpath(place.parent)) / place.name
        if place.name.isdecimal() and place.parent in ours:
            return int(place.name)
        if not place.is_symlink():
            return None
        place = place.parent / place.readlink()
    return None


def _stream(path: str | os.PathLike[str]) -> BinaryIO | None:
    """Open what is written to as it is: a descriptor, a device, a pipe; None for a file."""
    number = _descriptor(path)
    if number is not None:
        if sys.stdout is not None:
            sys.stdout.flush()
        return os.fdopen(os.dup(number), "wb")
    try:
        if stat.S_ISREG(Path(path).stat().st_mode):
            return None
    except FileNotFoundError:
        return None
    return os.fdopen(os.open(path, os.O_WRONLY), "wb")


@contextmanager
def _draft(target: Path) -> Iterator[BinaryIO]:
    """Open a file that takes its place when it is complete, and is gone if it never is."""
    try:
        before = target.stat()
    except FileNotFoundError:
        before = None
    beside = target.with_name(f".variance-{secrets.token_hex(6)}.tmp")
    unnamed = _unnamed(target.parent)
    new = (
        os.open(beside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666) if unnamed is None else unnamed
    )
    try:
        with os.fdopen(new, "wb") as file:
            yield file
            file.flush()
            if before is not None:
                _resemble(new, before)
            os.fsync(new)
            place = target if before is None else beside
            if unnamed is not None:
                _name(new, place)
            elif before is None:
                _link(beside, target)
        if before is not None:
            beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
    _settle(target.parent)


def _unnamed(folder: Path) -> int | None:
    """Open a file without a name, which the end of the process takes away; None without them."""
    if not hasattr(os, "O_TMPFILE"):
        return None
    try:
        return os.open(folder, os.O_TMPFILE | os.O_WRONLY, 0o666)
    except OSError:  # this file system has none; whatever else is wrong, a named one tells
        return None


def _name(descriptor: int, path: Path) -> None:
    """Give an unnamed file its name; a file that has the name already stays."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:  # only with a folder does Python make the call that follows the link in /proc
        source = f"/proc/self/fd/{descriptor}"
        os.link(source, path.name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=True)
    finally:
        os.close(folder)


def _link(draft: Path, target: Path) -> None:
    """Give a draft its final name; a file that has it already stays."""
    try:
        os.link(draft, target)
    except FileExistsError:
        raise
    except OSError:  # no hard links on this file system
        draft.rename(target)


def _resemble(descriptor: int, before: os.stat_result) -> None:
    """Give a file the owner, where that is allowed, and the permissions of the one before it."""
    with suppress(OSError):
        os.fchown(descriptor, before.st_uid, before.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(before.st_mode))


def _settle(folder: Path) -> None:
    """Make a name as durable as the file, where the system can."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
