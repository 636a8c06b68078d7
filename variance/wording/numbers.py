"""Numbers as people read them: digits chosen by their uncertainty, never a false 0 or 100."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from variance.records import SHARES


def digits_for(half_width: float) -> int:
    """Return the decimals that show a half-width with two significant digits, from 0 to 12."""
    if not math.isfinite(half_width) or half_width <= 0:
        return 2
    return min(12, max(0, 1 - math.floor(math.log10(half_width))))


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


def plus_minus(metric: str, value: float, half_width: float | None) -> str:
    """Return a value of a metric with its ±, such as ``99.12 % ± 0.03``."""
    share = metric in SHARES
    scale = 100 if share else 1
    digits = 2 if half_width is None else digits_for(half_width * scale)
    shown = percent(value, digits) if share else fixed(value, max(digits, 2))
    if half_width is None:
        return shown
    return f"{shown} ± {fixed(half_width * scale, digits if share else max(digits, 2))}"


def mean_and_sd(metric: str, values: NDArray[np.float64]) -> str:
    """Return ``mean ± SD (SD over n runs)``; one run has no ±."""
    if len(values) == 0:
        return "no finished runs"
    if len(values) == 1:
        return f"{plus_minus(metric, float(values[0]), None)} (1 run)"
    same = values.min() == values.max()  # rounding would give equal scores a spread
    spread = 0.0 if same else float(np.std(values, ddof=1))
    return f"{plus_minus(metric, float(np.mean(values)), spread)} (SD over {len(values)} runs)"
