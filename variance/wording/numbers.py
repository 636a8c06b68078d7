"""Numbers as people read them: digits chosen by their uncertainty, never a false 0 or 100."""

from __future__ import annotations

import math


def fixed(value: float, digits: int) -> str:
    """Return a number with so many decimals, without a false 0 and without ``-0``."""
    if not math.isfinite(value):
        return "—"
    text = f"{value:.{digits}f}"
    if float(text) == 0:
        return f"{value:.1e}" if value != 0 and digits >= 12 else f"{0:.{digits}f}"
    return text


def percent(share: float, digits: int) -> str:
    """Return a share as percent; less than 1 is never printed as 100, more than 0 never as 0."""
    if not math.isfinite(share):
        return "—"
    for finer in range(digits, 13):
        text = f"{100 * share:.{finer}f}"
        if share in (0, 1) or 0 < float(text) < 100:
            return f"{text} %"
    return f"{100 * share!r} %"
