"""How much memory reading a foreign file may take: stated, and checked before it is taken."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

from variance.errors import DataError, UsageError

VARIABLE = "VARIANCE_IMPORT_LIMIT"
"""The environment variable that raises the limit."""
DEFAULT = 2 * 10**9
"""Bytes; enough for five million predictions in a table, or hundreds of millions in arrays."""
MOST_COLUMNS = 10_000
"""Columns of a table: each costs far more than its cells."""
MOST_SWEEPS = 1_000
"""Sweeps that one file may become."""
LARGEST_SEED = 2**63 - 1
"""The largest whole number that a sweep file holds."""
LARGEST_TOTAL = 2**53
"""Counts up to this sum are exact as floating-point numbers too."""
LARGEST_SCORE = 1e150
"""The largest size of a score or of a regression's value: its square is still a number."""

RUN = 2_000
"""Bytes that one run takes besides its arrays."""

_UNITS = {"": 1, "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


@dataclass(frozen=True)
class Limit:
    """The memory that reading may take.

    Attributes
    ----------
    size : int
        Bytes.
    """

    size: int = DEFAULT

    @classmethod
    def of(cls, text: str | None = None) -> Limit:
        """Return the limit that a text such as ``4GB`` states.

        Parameters
        ----------
        text : str, optional
            A number of bytes, or one with the unit kB, MB, GB or TB.  Without it
            ``VARIANCE_IMPORT_LIMIT``, else 2 GB.

        Raises
        ------
        UsageError
            If it is no size.
        """
        text = text or os.environ.get(VARIABLE)
        if not text:
            return cls()
        found = re.fullmatch(r"(\d{1,12}(?:\.\d{1,6})?)\s*([kmgt]?b?)", text.strip().lower())
        unit = None if found is None else _UNITS.get(found[2])
        if found is None or unit is None:
            raise UsageError(f"{text!r} is not a size", "Give one such as 500MB or 8GB.")
        return cls(int(float(found[1]) * unit))

    def check(self, need: int, what: str) -> None:
        """Refuse what needs more memory than may be taken.

        Parameters
        ----------
        need : int
            Bytes.
        what : str
            What needs them: the subject of the message.

        Raises
        ------
        DataError
        """
        if need > self.size:
            raise DataError(
                f"{what} would take about {size_text(need)} of memory; "
                f"the limit is {size_text(self.size)}",
                f"If you trust the file, raise it: --limit {_enough(need)} (or {VARIABLE}).",
            )


def size_text(size: int) -> str:
    """Return bytes as people read them, such as ``4.9 GB``."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            value = size / unit
            return f"{value:,.0f} {name}" if value >= 10 else f"{value:.2g} {name}"
    return f"{size} bytes"


def _enough(need: int) -> str:
    """Return a size that suffices, as an argument: whole megabytes or gigabytes, rounded up."""
    unit, name = (10**9, "GB") if need >= 10**9 else (10**6, "MB")
    return f"{-(-need // unit)}{name}"
