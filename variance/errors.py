"""Every error that the project raises on purpose.

::

    VarianceError                 what a caller may catch
    ├── UsageError                an argument that cannot be used
    ├── DataError                 data that are missing, damaged or of the wrong kind
    ├── StoreError                a sweep file that cannot be used
    │   ├── SweepNotFound
    │   ├── SweepExists
    │   ├── StoreDamaged          truncated or corrupted; whole runs can be salvaged
    │   ├── StoreForeign          not one of our files
    │   ├── StoreTooLarge         needs more memory than is allowed
    │   ├── StoreNewer            written by a later version
    │   ├── StoreBusy             another process writes to it
    │   ├── StoreFull             no space left where it lies
    │   ├── StoreGone             removed or moved while it was written to
    │   ├── StoreUnlockable       where it lies there are no locks
    │   └── StoreReadOnly
    ├── ConfigurationMismatch     the name is taken by a sweep with another configuration
    ├── Refusal                   data from which the question cannot be answered
    └── Interrupted               the user stopped it; what was finished is kept

A message says what is wrong and with which value; ``hint`` says what to do next.
"""

from __future__ import annotations

import difflib
import signal
from collections.abc import Iterable


class VarianceError(Exception):
    """Base of all errors raised on purpose.

    Parameters
    ----------
    message : str
        What is wrong, and with which value.
    hint : str, optional
        What to do next, as a sentence or a command.
    """

    exit_status = 2

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class UsageError(VarianceError):
    """An argument that cannot be used."""


class DataError(VarianceError):
    """Data that are missing, damaged or of the wrong kind."""


class StoreError(VarianceError):
    """A sweep file that cannot be used."""


class SweepNotFound(StoreError):
    """No sweep of that name or at that path."""


class SweepExists(StoreError):
    """A sweep of that name is there already."""


class StoreDamaged(StoreError):
    """The file is truncated or corrupted."""


class StoreForeign(StoreError):
    """The file was not written by this project."""


class StoreTooLarge(StoreError):
    """The file's arrays would take more memory than is allowed."""


class StoreNewer(StoreError):
    """The file was written by a later version."""


class StoreBusy(StoreError):
    """Another process is writing to the file."""


class StoreFull(StoreError):
    """No space is left on the disk that holds the file."""


class StoreGone(StoreError):
    """The file was removed or moved while it was written to."""


class StoreUnlockable(StoreError):
    """The file system offers no locks that keep a second writer away."""


class StoreReadOnly(StoreError):
    """The file or its folder cannot be written."""


class ConfigurationMismatch(VarianceError):
    """The sweep exists with another configuration, data or code."""


class Refusal(VarianceError):
    """The data do not allow the question to be answered."""


class Interrupted(VarianceError):
    """The user or the system stopped the work; what was finished is kept.

    Parameters
    ----------
    message, hint : str
        As for `VarianceError`.
    signum : int
        The signal that asked for it. The exit status is 128 and that number, as in a shell: 130
        after Ctrl-C, 143 after SIGTERM, 129 after SIGHUP.
    """

    def __init__(self, message: str, hint: str = "", signum: int = signal.SIGINT) -> None:
        super().__init__(message, hint)
        self.signum = int(signum)
        self.exit_status = 128 + self.signum


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a hint with the known name nearest to a mistyped one.

    Parameters
    ----------
    name : str
        What was given.
    known : iterable of str
        What would have been right.

    Returns
    -------
    str
        ``"Did you mean 'x'? Known: x, y, z."``; without the question where nothing is near.
    """
    names = list(known)
    listing = f"Known: {', '.join(names)}." if names else ""
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    return f"Did you mean {close[0]!r}? {listing}" if close else listing
