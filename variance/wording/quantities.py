"""Metrics, differences and p-values as words: every number in a unit, none falsely exact."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from variance.records import SHARES
from variance.wording.numbers import fixed, percent

SMALLEST_P = 1e-12
NOTHING = "—"
LONGEST_NAME = 24
SYMBOLS = {
    "improved": "▲", "regressed": "▼", "equivalent": "=", "inconclusive": "~", "refused": "·",
}  # fmt: skip
"""Of verdicts."""

_SHARES = SHARES | {"macro_recall", "macro_precision"}


@dataclass(frozen=True)
class Unit:
    """How a metric is shown.

    Attributes
    ----------
    share : bool
        In percent, its differences in percent points (pp); else in its own unit.
    """

    share: bool

    @classmethod
    def of(cls, metric: str, values: Iterable[float | None]) -> Unit:
        """Return the unit of a metric: percent where it is a share of examples, in [0, 1]."""
        there = [v for v in values if v is not None]
        return cls(metric in _SHARES and all(0 <= v <= 1 for v in there))

    def digits(self, half_width: float | None) -> int:
        """Return the decimals that an uncertainty deserves."""
        if half_width is None or not half_width > 0 or not math.isfinite(half_width):
            return 2 if self.share else 4
        order = math.floor(math.log10(half_width * (100 if self.share else 1)))
        if self.share:
            return min(12, max(-order, 2 if order < 0 else 1))
        return min(12, max(0, 1 - order))

    def value(self, value: float | None, digits: int) -> str:
        """Return a value, such as ``99.04 %``."""
        if value is None:
            return NOTHING
        return percent(value, digits) if self.share else fixed(value, digits)

    def spread(self, value: float | None, digits: int) -> str:
        """Return what follows a ±, in the unit of the value before it."""
        if value is None:
            return NOTHING
        return "0" if value == 0 else fixed(value * (100 if self.share else 1), digits)

    def signed(self, value: float | None, digits: int) -> str:
        """Return a difference without its unit, such as ``+0.14``; the sign survives rounding."""
        if value is None:
            return NOTHING
        return f"{value * (100 if self.share else 1):+.{digits}f}"

    def difference(self, value: float | None, digits: int) -> str:
        """Return a difference with its unit, such as ``+0.14 pp``."""
        shown = self.signed(value, digits)
        return f"{shown} pp" if self.share and value is not None else shown

    def size(self, value: float) -> str:
        """Return the size of a difference, such as ``0.14 pp``, with two significant digits."""
        if value == 0 or not math.isfinite(value):
            return "0"
        order = math.floor(math.log10(abs(value) * (100 if self.share else 1)))
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
        return f"[{low}, {high}]{' %' if self.share else ''}"


def half_width(ci: tuple[float, float] | None) -> float | None:
    """Return half the length of an interval."""
    return None if ci is None else (ci[1] - ci[0]) / 2


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
