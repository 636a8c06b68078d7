"""How much memory reading a foreign file may take: stated, and checked before it is taken."""

from __future__ import annotations

import os
from dataclasses import dataclass

from variance.amounts import enough_for, size_of, size_text
from variance.errors import DataError

VARIABLE = "VARIANCE_IMPORT_LIMIT"
"""The environment variable that raises the limit."""
DEFAULT = 2 * 10**9
"""Bytes; enough for five million predictions in a table, or hundreds of millions in arrays."""
MOST_COLUMNS = 10_000
"""Columns of a table: each costs far more than its cells."""
MOST_SWEEPS = 1_000
"""Sweeps that one file may become."""
LARGEST_TOTAL = 2**53
"""Counts up to this sum are exact as floating-point numbers too."""
LARGEST_SCORE = 1e150
"""The largest size of a score or of a regression's value: its square is still a number."""

RUN = 2_000
"""Bytes that one run takes besides its arrays."""


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
            As in `variance.amounts.size_of`.  Without it ``VARIANCE_IMPORT_LIMIT``, else 2 GB.

        Raises
        ------
        UsageError
            If it is no size.
        """
        if text is not None:
            return cls(size_of(text))
        variable = os.environ.get(VARIABLE)
        return cls(size_of(variable, VARIABLE)) if variable else cls()

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
                f"If you trust the file, raise it: --limit {enough_for(need)} (or {VARIABLE}).",
            )
