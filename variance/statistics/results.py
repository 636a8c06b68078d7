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
    """What a t procedure needs: estimate over standard error follows Student's t.

    Attributes
    ----------
    estimate, standard_error : float
        In the unit of the data.
    df : float
        Degrees of freedom.
    stretch : tuple of float
        By how much the standard error is multiplied below and above the estimate, at least 1;
        see `hall_stretch`.
    """

    estimate: float
    standard_error: float
    df: float
    stretch: tuple[float, float] = (1.0, 1.0)

    def tail(self, value: float, *, below: bool) -> float:
        """Return the one-sided p-value of a truth of at most (`below`) or at least a value."""
        gap = self.estimate - value if below else value - self.estimate
        return t_tail(gap / (self.standard_error * self.stretch[0 if below else 1]), self.df)

    def two_sided(self) -> float:
        """Return the two-sided p-value of a truth of 0."""
        return min(1.0, 2 * min(self.tail(0.0, below=True), self.tail(0.0, below=False)))

    def reach(self, level: float) -> tuple[float, float]:
        """Return how far the two-sided interval reaches below and above the estimate."""
        half = t_quantile((1 + level) / 2, self.df) * self.standard_error
        return half * self.stretch[0], half * self.stretch[1]


def hall_stretch(skewness: float, level: float) -> tuple[float, float]:
    """Return how much longer a t interval must be where its estimate is skewed.

    The t of an estimate that is skewed to the right is skewed to the left, so that the interval
    is too short above, and the other way round.  Hall's transformation removes that to first
    order.  It would shorten the other side; that is left as it is.

    Parameters
    ----------
    skewness : float
        Third central moment of the estimate over the cube of its standard error.
    level : float
        Confidence.

    Returns
    -------
    tuple of float
        Factors of the standard error below and above, at least 1.

    References
    ----------
    Hall (1992), "On the removal of skewness by transformation", JRSS B 54.

    Examples
    --------
    >>> below, above = hall_stretch(0.1, 0.95)
    >>> below, round(above, 3)
    (1.0, 1.083)
    """
    normal = float(special.ndtri((1 + level) / 2))
    return _stretch(-skewness, normal), _stretch(skewness, normal)


HALL_REACH = 0.8
"""Skewness times normal quantile up to which the transformation is used.

At 1 it turns round; beyond 0.8 the stretch goes on as a straight line.
"""


def _stretch(skewness: float, normal: float) -> float:
    if skewness < 1e-6:
        return 1.0
    within = min(skewness, HALL_REACH / normal)
    root = math.cbrt(1 - within * (normal + within / 6))
    longer = 3 / within * (1 - root) / normal - 1
    return 1.0 + max(longer, 0.0) * skewness / within


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
        return widest(self.pivots, level)

    def tail(self, value: float, *, below: bool) -> float:
        """Return the one-sided p-value of a true difference of at most (at least) a value.

        Parameters
        ----------
        value : float
            In the unit of the data.
        below : bool
            Whether the true difference is at most `value`; otherwise at least.
        """
        return max(pivot.tail(value, below=below) for pivot in self.pivots)


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


def widest(pivots: tuple[Pivot, ...], level: float) -> tuple[float, float]:
    """Return how far below and above the estimate the widest of the intervals reach."""
    reaches = [pivot.reach(level) for pivot in pivots]
    return max(below for below, _ in reaches), max(above for _, above in reaches)


def t_fields(pivots: tuple[Pivot, ...], level: float, reason: str) -> TFields:
    """Return the numeric fields of a `Difference`; undefined ones are NaN given a reason."""
    check.probability(level, "level")
    estimate = pivots[0].estimate
    if reason:
        error = pivots[0].standard_error
        return _fields(estimate, (math.nan, math.nan), level, math.nan, (math.nan, math.nan, error))
    p, pivot = max(((p.two_sided(), p) for p in pivots), key=lambda found: found[0])
    statistic = estimate / pivot.standard_error
    below, above = widest(pivots, level)
    bounds = (estimate - below, estimate + above)
    rest = (statistic, pivot.df, pivot.standard_error)
    return _fields(estimate, bounds, level, check.never_zero(p), rest)


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
