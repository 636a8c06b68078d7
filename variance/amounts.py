"""Amounts of memory and time as people write and read them: 2GB, 500M, 5m."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from variance.errors import UsageError

_TIMES = {"": 1, "s": 1, "m": 60, "min": 60, "h": 3600}
_SIZES = {"": 1, "b": 1} | {
    f"{letter}{i}{b}": base ** (power + 1)
    for power, letter in enumerate("kmgt")
    for i, base in (("", 1000), ("i", 1024))
    for b in ("", "b")
}
_AMOUNT = re.compile(r"([0-9]{0,12}\.?[0-9]{1,12})\s*([a-z]*)")


def time_of(asked: float | str, name: str = "a time limit") -> float:
    """Return the seconds of a duration.

    Parameters
    ----------
    asked : float or str
        Seconds, or a number with ``s``, ``m`` or ``h`` after it.
    name : str
        What the duration is for: the subject of the message.

    Raises
    ------
    UsageError
        If it is no duration, or not positive.
    """
    return _amount(asked, _TIMES, f"{name} is a positive number such as 90, 90s, 5m or 1h")


def size_of(asked: float | str, name: str = "a memory limit") -> int:
    """Return the bytes of an amount of memory.

    Parameters
    ----------
    asked : int or str
        Bytes, or a number with ``K``, ``M``, ``G`` or ``T`` after it: thousands, millions and so
        on, or powers of 1,024 with ``i`` (``2GiB``). A ``B`` may follow.
    name : str
        What the memory is for: the subject of the message.

    Raises
    ------
    UsageError
        If it is no amount, or less than a byte.
    """
    rule = f"{name} is a positive number of bytes such as 500M or 2G"
    size = round(_amount(asked, _SIZES, rule))
    if size < 1:
        raise UsageError(f"{rule}, not {asked!r}")
    return size


def size_text(size: int) -> str:
    """Return bytes as people read them, such as ``4.9 GB``."""
    for unit, name in ((10**12, "TB"), (10**9, "GB"), (10**6, "MB"), (10**3, "kB")):
        if size >= unit:
            value = size / unit
            return f"{value:,.0f} {name}" if value >= 10 else f"{value:.3g} {name}"
    return f"{size} bytes"


def enough_for(need: int) -> str:
    """Return a limit that suffices, as an argument: whole megabytes or gigabytes, rounded up."""
    unit, name = (10**9, "GB") if need >= 10**9 else (10**6, "MB")
    return f"{-(-need // unit)}{name}"


def _amount(asked: float | str, units: Mapping[str, int], rule: str) -> float:
    if isinstance(asked, int | float) and 0 < asked < math.inf:
        return float(asked)
    parts = _AMOUNT.fullmatch(str(asked).strip().lower())
    if parts is None or parts[2] not in units or not float(parts[1]) > 0:
        raise UsageError(f"{rule}, not {asked!r}")
    return float(parts[1]) * units[parts[2]]
