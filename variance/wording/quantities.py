"""Metrics, differences and p-values as words: every number in a unit, none falsely exact."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from variance.records import scale_of
from variance.wording.numbers import fixed, percent

SMALLEST_P = 1e-12
NOTHING = "—"
LONGEST_NAME = 24
SYMBOLS = {
    "improved": "▲", "regressed": "▼", "equivalent": "=", "inconclusive": "~", "refused": "·",
}  # fmt: skip
"""Of verdicts."""


@dataclass(frozen=True)
class Unit:
    """How a metric is shown.

    Attributes
    ----------
    share : bool
        A share of examples: shown in percent, its differences in percent points (pp).
    percent : bool
        Given in percent already, and shown like a share; else in a unit of its own.
    """

    share: bool
    percent: bool = False

    @classmethod
    def of(cls, metric: str, values: Iterable[float | None]) -> Unit:
        """Return the unit of a metric, by how these values of it are given."""
        scale = scale_of(metric, (v for v in values if v is not None))
        return cls(scale == "share", scale == "percent")

    @property
    def factor(self) -> int:
        """What a value is multiplied with to be shown."""
        return 100 if self.share else 1

    @property
    def points(self) -> bool:
        """Whether values are shown in percent, and differences in percent points."""
        return self.share or self.percent

    def digits(self, half_width: float | None) -> int:
        """Return the decimals that an uncertainty deserves."""
        if half_width is None or not half_width > 0 or not math.isfinite(half_width):
            return 2 if self.points else 4
        order = math.floor(math.log10(half_width * self.factor))
        if self.points:
            return min(12, max(-order, 2 if order < 0 else 1))
        return min(12, max(0, 1 - order))

    def value(self, value: float | None, digits: int) -> str:
        """Return a value, such as ``99.04 %``."""
        if value is None:
            return NOTHING
        if self.points:
            return percent(value if self.share else value / 100, digits)
        return fixed(value, digits)

    def spread(self, value: float | None, digits: int) -> str:
        """Return what follows a ±, in the unit of the value before it."""
        if value is None:
            return NOTHING
        return "0" if value == 0 else fixed(value * self.factor, digits)

    def signed(self, value: float | None, digits: int) -> str:
        """Return a difference without its unit, such as ``+0.14``; the sign survives rounding."""
        if value is None:
            return NOTHING
        return f"{value * self.factor:+.{digits}f}"

    def difference(self, value: float | None, digits: int) -> str:
        """Return a difference with its unit, such as ``+0.14 pp``."""
        shown = self.signed(value, digits)
        return f"{shown} pp" if self.points and value is not None else shown

    def size(self, value: float) -> str:
        """Return the size of a difference, such as ``0.14 pp``, with two significant digits."""
        if value == 0 or not math.isfinite(value):
            return "0"
        order = math.floor(math.log10(abs(value) * self.factor))
        return self.difference(abs(value), min(12, max(0, 1 - order))).removeprefix("+")

    def interval(self, ci: tuple[float, float] | None, digits: int) -> str:
        """Return ``[+0.11, +0.17]``; empty where there is none."""
        if ci is None:
            return ""
        return f"[{self.signed(ci[0], digits)}, {self.signed(ci[1], digits)}]"

    def values(self, ci: tuple[float, float] | None, digits: int) -> str:
        """Return an interval of values rather than of differences."""
        if ci is None:
            return ""
        low, high = (self.value(bound, digits).removesuffix(" %") for bound in ci)
        return f"[{low}, {high}]{' %' if self.points else ''}"


def half_width(ci: tuple[float, float] | None) -> float | None:
    """Return half the length of an interval."""
    return None if ci is None else (ci[1] - ci[0]) / 2


def plus_minus(unit: Unit, value: float, half_width: float | None) -> str:
    """Return a value with its ±, such as ``99.12 % ± 0.03``."""
    digits = unit.digits(half_width)
    shown = unit.value(value, digits)
    return shown if half_width is None else f"{shown} ± {unit.spread(half_width, digits)}"


def mean_and_sd(metric: str, values: NDArray[np.float64]) -> str:
    """Return ``mean ± SD (SD over n runs)``; one run has no ±."""
    if len(values) == 0:
        return "no finished runs"
    unit = Unit.of(metric, values.tolist())
    if len(values) == 1:
        return f"{plus_minus(unit, float(values[0]), None)} (1 run)"
    same = values.min() == values.max()  # rounding would give equal scores a spread
    spread = 0.0 if same else float(np.std(values, ddof=1))
    return f"{plus_minus(unit, float(np.mean(values)), spread)} (SD over {len(values)} runs)"


def p_text(p: float | None, alpha: float = 0.05) -> str:
    """Return a p-value: never 0, never rounded onto alpha or to 1 by accident."""
    if p is None:
        return NOTHING
    if p < SMALLEST_P:
        return f"< {SMALLEST_P:.0e}"
    if p < 1e-4:
        return f"{p:.0e}"
    if p > 0.995:
        return "1" if p > 0.9995 else f"{p:.3f}"
    digits = 2 if p >= 0.1 else 1 - math.floor(math.log10(p))
    if p < 0.01:
        digits -= 1
    while float(f"{p:.{digits}f}") == alpha and p != alpha and digits < 12:
        digits += 1
    return f"{p:.{digits}f}"


def p_phrase(p: float | None, alpha: float = 0.05) -> str:
    """Return ``p = 0.012`` or ``p < 1e-12``."""
    shown = p_text(p, alpha)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"


def share_text(share: float, digits: int = 0) -> str:
    """Return a share in percent; never a false 0 or 100."""
    return percent(share, digits)


def chance_text(share: float) -> str:
    """Return a chance in percent; beyond 0.1 and 99.9 % only a bound, for no tail is so well known.

    0 itself is shown: it is what cannot be, such as "the same" without a margin.
    """
    if share == 0:
        return "0 %"
    if not 0.001 <= share <= 0.999:
        return "< 0.1 %" if share < 0.5 else "> 99.9 %"
    return share_text(share, 0 if 0.1 <= share <= 0.9 else 1)


def power_text(share: float) -> str:
    """Return a power in percent; beyond 99.9 % only a bound, for the plan is no better."""
    return "> 99.9 %" if share > 0.999 else share_text(share)


def about(number: int) -> str:
    """Return a count with two significant digits, rounded up, such as ``13,000``."""
    if number < 100:
        return str(number)
    unit = 10 ** (math.floor(math.log10(number)) - 1)
    return f"{math.ceil(number / unit) * unit:,}"


def level_text(alpha: float) -> str:
    """Return the confidence, such as ``95 %``."""
    return f"{100 * (1 - alpha):g} %"


def reasons_text(reasons: Mapping[str, str], names: Mapping[str, str]) -> str:
    """Return what could not be computed and why, what shares a reason together.

    Parameters
    ----------
    reasons : mapping of str to str
        Attribute to reason.
    names : mapping of str to str
        What people call the attributes.
    """
    together: dict[str, list[str]] = {}
    for name, reason in reasons.items():
        together.setdefault(reason, []).append(names.get(name, name.replace("_", " ")))
    return "; ".join(f"{', '.join(found)}: {reason}" for reason, found in together.items())


def plural(number: int, noun: str) -> str:
    """Return ``1 run`` or ``30 runs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
