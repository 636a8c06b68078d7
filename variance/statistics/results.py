"""The two results that most functions of this package return.

"Undefined" is NaN, and then ``reason`` says why in a sentence.
NaN compares false with everything, so an undefined result never establishes anything.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Self, TypedDict

from scipy import special

from variance.statistics import _checks as check


@dataclass(frozen=True)
class Pivot:
    """What a t procedure needs.

    Attributes
    ----------
    estimate, standard_error : float
        In the unit of the data.
    df : float
        Degrees of freedom.
    """

    estimate: float
    standard_error: float
    df: float


@dataclass(frozen=True)
class Interval:
    """An estimate with its interval.

    Attributes
    ----------
    estimate : float
        In the unit of the data.
    low, high : float
        Bounds, ``low <= estimate <= high`` unless a method says otherwise; NaN where undefined.
    level : float
        Confidence (or, for a prediction, probability) of the interval, between 0 and 1.
    method : str
        What was computed, in words.
    n : int
        Runs (or trials) behind it.
    reason : str
        Why the bounds are undefined; empty where they are not.
    """

    estimate: float
    low: float
    high: float
    level: float
    method: str
    n: int
    reason: str = ""

    def excludes(self, value: float = 0.0) -> bool:
        """Tell whether the value lies outside; false where the interval is undefined."""
        return value < self.low or value > self.high

    @property
    def half_width(self) -> float:
        """Half of the interval's length."""
        return (self.high - self.low) / 2


@dataclass(frozen=True)
class Difference:
    """Candidate minus baseline: estimate, interval and p-value from one t procedure.

    ``p_value < 1 - level`` exactly when the interval excludes 0: both come from
    `standard_error` and `df`.

    Attributes
    ----------
    estimate : float
        Mean of the candidate minus mean of the baseline, in the unit of the data.
    low, high : float
        Two-sided confidence interval; NaN where undefined.
    level : float
        Its confidence.
    p_value : float
        Two-sided p-value of "no difference", in (0, 1]; NaN where undefined, never 0.
    statistic : float
        ``estimate / standard_error``.
    df : float
        Degrees of freedom.
    standard_error : float
        Of the estimate.
    method : str
        What was computed, in words.
    n : tuple of int
        Runs of baseline and candidate.
    reason : str
        Why interval and p-value are undefined; empty where they are not.
    """

    estimate: float
    low: float
    high: float
    level: float
    p_value: float
    statistic: float
    df: float
    standard_error: float
    method: str
    n: tuple[int, int]
    reason: str = ""

    @property
    def defined(self) -> bool:
        """Whether there are an interval and a p-value."""
        return not self.reason

    @property
    def bounds(self) -> tuple[float, float]:
        """Both ends of the interval."""
        return self.low, self.high

    @property
    def pivots(self) -> tuple[Pivot, ...]:
        """The t procedures behind the result; the most cautious of them decides."""
        return (Pivot(self.estimate, self.standard_error, self.df),)

    def excludes(self, value: float = 0.0) -> bool:
        """Tell whether the value lies outside the interval; false where that is undefined."""
        return value < self.low or value > self.high

    def at_level(self, level: float) -> Self:
        """Return the same result with its interval at another confidence.

        Parameters
        ----------
        level : float
            Between 0 and 1.
        """
        check.probability(level, "level")
        if not self.defined:
            return replace(self, level=level)
        below, above = self.reach(level)
        return replace(self, low=self.estimate - below, high=self.estimate + above, level=level)

    def reach(self, level: float) -> tuple[float, float]:
        """Return how far the interval at a level reaches below and above the estimate."""
        half = half_width(self.pivots, level)
        return half, half

    def tail(self, value: float, *, below: bool) -> float:
        """Return the one-sided p-value of a true difference of at most (at least) a value.

        Parameters
        ----------
        value : float
            In the unit of the data.
        below : bool
            Whether the true difference is at most `value`; otherwise at least.
        """
        gap = self.estimate - value if below else value - self.estimate
        return max(t_tail(gap / pivot.standard_error, pivot.df) for pivot in self.pivots)


def t_quantile(p: float, df: float) -> float:
    """Return Student's t quantile; NaN where `df` is not positive."""
    return float(special.stdtrit(df, p)) if df > 0 else math.nan


def t_tail(t: float, df: float) -> float:
    """Return P(T > t) of Student's t; NaN where `df` is not positive."""
    return float(special.stdtr(df, -t)) if df > 0 else math.nan


class TFields(TypedDict):
    """The fields that `t_fields` fills in."""

    estimate: float
    low: float
    high: float
    level: float
    p_value: float
    statistic: float
    df: float
    standard_error: float


UNDEFINED = Pivot(math.nan, math.nan, math.nan)


def half_width(pivots: tuple[Pivot, ...], level: float) -> float:
    """Return half the length of the widest of the pivots' intervals."""
    return max(t_quantile((1 + level) / 2, p.df) * p.standard_error for p in pivots)


def t_fields(pivots: tuple[Pivot, ...], level: float, reason: str) -> TFields:
    """Return the numeric fields of a `Difference`; undefined ones are NaN given a reason."""
    check.probability(level, "level")
    estimate = pivots[0].estimate
    if reason:
        error = pivots[0].standard_error
        return _fields(estimate, (math.nan, math.nan), level, math.nan, (math.nan, math.nan, error))
    half = half_width(pivots, level)
    p, pivot = max(((_two_sided(v), v) for v in pivots), key=lambda found: found[0])
    statistic = estimate / pivot.standard_error
    bounds = (estimate - half, estimate + half)
    return _fields(estimate, bounds, level, p, (statistic, pivot.df, pivot.standard_error))


def _two_sided(pivot: Pivot) -> float:
    return check.never_zero(2 * t_tail(abs(pivot.estimate) / pivot.standard_error, pivot.df))


def _fields(
    estimate: float,
    bounds: tuple[float, float],
    level: float,
    p: float,
    rest: tuple[float, float, float],
) -> TFields:
    return {
        "estimate": estimate, "low": bounds[0], "high": bounds[1], "level": level,
        "p_value": p, "statistic": rest[0], "df": rest[1], "standard_error": rest[2],
    }  # fmt: skip
