"""Unpaired means of unequally many runs: Welch's t joined with a studentized permutation test.

Welch's t takes scores to be nearly normal, or the two sides to be skewed alike so that it cancels.
With unequally many runs it does not cancel.  Shuffling is exact for two sides of one shape,
whatever that is, and Welch's t holds for normal scores of unequal spread; the larger p decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import combinations, pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from variance.statistics import _checks as check
from variance.statistics.means import capped_welch_t
from variance.statistics.results import Difference, Pivot

Rows: TypeAlias = NDArray[np.intp]

EXACT = 20_000
"""Splits of the runs into two sides up to which all are tried."""

DRAWN = 19_999
"""Random splits beyond; at p = 0.05 their own standard error is 0.002."""

FEWEST, WORK = 999, 4_000_000
"""Random splits that many runs leave, and the random numbers that drawing them may take."""

METHOD = "Welch t and shuffling"

SLACK = 1e-9
"""Two statistics that differ by less are tied but for rounding."""


@dataclass(frozen=True)
class Shuffles:
    """How far the true difference can lie off before a split of the runs is less extreme.

    Attributes
    ----------
    below, above : ndarray of float
        For every split but the observed one, rising: the distance below (above) the estimate up to
        which that split of the shifted runs is at least as extreme as the observed one; negative
        where it never is.
    total : int
        Splits, with the observed one.
    """

    below: check.Floats
    above: check.Floats
    total: int

    def tail(self, distance: float, *, below: bool) -> float:
        """Return the one-sided p-value of a true difference so far below or above the estimate.

        It is 0 where no other split is as extreme as the observed one: then shuffling has nothing
        to say against a difference, however few splits there are.
        """
        exits = self.below if below else self.above
        others = exits.size - int(np.searchsorted(exits, distance))
        return (1 + others) / self.total if others else 0.0

    def reach(self, tail: float, *, below: bool) -> float:
        """Return the distance beyond which `tail` is undercut; the inverse of the above."""
        exits = self.below if below else self.above
        others = max(1, math.ceil(tail * self.total - SLACK * self.total) - 1)
        return float(exits[-others])


@dataclass(frozen=True)
class ShuffledDifference(Difference):
    """A difference of unpaired means: Welch's t and shuffling, the more cautious one decides.

    Attributes
    ----------
    shuffles : Shuffles
    welch_df : float
        Degrees of freedom of the t; `df` is NaN where shuffling decides.
    """

    shuffles: Shuffles = field(
        default_factory=lambda: Shuffles(np.empty(0), np.empty(0), 1), repr=False, compare=False
    )
    welch_df: float = math.nan

    @property
    def pivots(self) -> tuple[Pivot, ...]:
        """The t procedure alone."""
        return (Pivot(self.estimate, self.standard_error, self.welch_df),)

    def reach(self, level: float) -> tuple[float, float]:
        """Return how far the interval reaches below and above the estimate."""
        by_t, tail = super().reach(level), (1 - level) / 2
        below, above = (self.shuffles.reach(tail, below=side) for side in (True, False))
        return max(by_t[0], below), max(by_t[1], above)

    def tail(self, value: float, *, below: bool) -> float:
        """Return the one-sided p-value of a true difference of at most (at least) a value."""
        distance = self.estimate - value if below else value - self.estimate
        shuffled = self.shuffles.tail(distance, below=below)
        return max(super().tail(value, below=below), shuffled)


def unpaired_t(
    baseline: ArrayLike, candidate: ArrayLike, *, level: float = 0.95, seed: int = 0
) -> Difference:
    """Compare scores of unrelated seeds, equally many on both sides or not.

    Parameters
    ----------
    baseline : array_like of float, shape (n,)
    candidate : array_like of float, shape (m,)
        Scores.
    level : float
        Confidence of the interval.
    seed : int
        Of the random splits, where there are more than 20,000.

    Returns
    -------
    Difference
        Welch's for ``n == m``.  Else Welch's t, with the degrees of freedom of `means.welch_df`,
        joined with a studentized permutation test: the larger p-value and the wider bounds.
        p-value, interval and equivalence come from the two together.
        `df` is NaN where shuffling decides the p-value or a bound.

    Notes
    -----
    A true difference δ is tested by taking it off the candidate's runs and shuffling all runs;
    the interval holds every δ that is not rejected.  Where one split is as extreme for several
    ranges of δ, it counts up to the last, so that p falls steadily with the distance.  Exact for
    two sides that differ by a shift only.  A split no other one matches is no reason to doubt
    Welch's t, so that few runs (3 + 4 have 35 splits) are not barred from any verdict.

    References
    ----------
    Janssen (1997), Statistics & Probability Letters 36; Chung and Romano (2013), Annals of
    Statistics 41.

    Examples
    --------
    >>> r = unpaired_t([0.970, 0.971, 0.972], [0.973, 0.974, 0.975, 0.974])
    >>> round(r.estimate, 4), round(r.p_value, 3), round(r.df, 2)
    (0.003, 0.018, 3.42)
    """
    x, y = check.vector(baseline, "baseline"), check.vector(candidate, "candidate")
    plain = capped_welch_t(x, y, level=level)
    if x.size == y.size or not plain.defined:
        return plain
    return _joined(plain, _shuffles(x, y, plain.standard_error, seed))


def _joined(plain: Difference, shuffles: Shuffles) -> ShuffledDifference:
    fields = {**vars(plain), "method": METHOD, "shuffles": shuffles, "welch_df": plain.df}
    joined = ShuffledDifference(**fields)
    p = min(1.0, 2 * min(joined.tail(0.0, below=side) for side in (True, False)))
    low, high = joined.at_level(plain.level).bounds
    decided = p > plain.p_value or (low, high) != plain.bounds
    df = math.nan if decided else plain.df
    return ShuffledDifference(
        **{**fields, "p_value": max(p, plain.p_value), "low": low, "high": high, "df": df}
    )


def _shuffles(x: check.Floats, y: check.Floats, error: float, seed: int) -> Shuffles:
    """Return the distances, from a table of splits of the smaller side."""
    few, many = (x, y) if x.size < y.size else (y, x)
    rows = splits(few.size, many.size, seed)
    curves = _curves(few, many, rows, error)
    up, down = error * _last_exits(*curves), error * _last_exits(*_mirrored(*curves))
    # The few minus the many lie `up` above; as candidate minus baseline that is below.
    below, above = (up, down) if few is y else (down, up)
    return Shuffles(np.sort(below), np.sort(above), rows.shape[0] + 1)


@lru_cache(maxsize=8)
def splits(few: int, many: int, seed: int) -> Rows:
    """Return which runs form the smaller side, one split a row, without the observed one.

    Parameters
    ----------
    few, many : int
        Runs of each side; the first `few` of all are the observed smaller side.
    seed : int
        Of the random splits.

    Returns
    -------
    ndarray of int, shape (splits, few)
    """
    both = few + many
    if math.comb(both, few) <= EXACT:
        rows = np.array(list(combinations(range(both), few))[1:], dtype=np.intp)
        return _frozen(rows)
    rng = np.random.default_rng([seed, few, many])
    count = int(np.clip(WORK // both, FEWEST, DRAWN))
    height = max(1, WORK // (2 * both))
    blocks = [min(height, count - start) for start in range(0, count, height)]
    drawn = [rng.random((size, both)).argpartition(few - 1, axis=1)[:, :few] for size in blocks]
    return _frozen(np.concatenate(drawn))


def _frozen(rows: Rows) -> Rows:
    rows.setflags(write=False)
    return rows


Curves: TypeAlias = tuple[check.Floats, ...]
"""Of every split: e, a, q₀, q₁, q₂, such that with the smaller side v above the larger one its
statistic is ``(e + a v) / √(q₀ + q₁ v + q₂ v²)``; that of the observed split is v itself."""


def _curves(few: check.Floats, many: check.Floats, rows: Rows, error: float) -> Curves:
    n, m = few.size, many.size
    rest = np.concatenate((few - few.mean(), many - many.mean())) / error
    own = np.arange(n + m) < n
    kept, total = own[rows].sum(axis=1), rest[rows].sum(axis=1)
    squares, mixed = (rest**2)[rows].sum(axis=1), (rest * own)[rows].sum(axis=1)
    first, second = 1 / (n * (n - 1)), 1 / (m * (m - 1))
    left = n - kept
    e, a = total * (1 / n + 1 / m), kept / n - left / m
    q0 = first * (squares - total**2 / n) + second * (float(rest @ rest) - squares - total**2 / m)
    q1 = 2 * first * (mixed - total * kept / n) - 2 * second * (mixed - total * left / m)
    q2 = first * (kept - kept**2 / n) + second * (left - left**2 / m)
    return e, a, q0, q1, q2


def _mirrored(e: check.Floats, a: check.Floats, *q: check.Floats) -> Curves:
    """Return the curves for v below 0, as seen in a mirror."""
    return -e, a, q[0], -q[1], q[2]


def _last_exits(
    e: check.Floats, a: check.Floats, q0: check.Floats, q1: check.Floats, q2: check.Floats
) -> check.Floats:
    """Return the largest v ≥ 0 at which each split is at least as extreme as the observed one.

    It is -1 where there is none, and infinite for a split with the same members.
    """

    def extreme(v: check.Floats | float) -> NDArray[np.bool_]:
        spread = np.sqrt(np.maximum(q0 + v * (q1 + v * q2), 0.0))
        return np.asarray(e + a * v >= v * spread * (1 - SLACK) - SLACK)

    inside, outside = _bracketed(extreme, _beyond(e, a, q0, q1, q2))
    for _ in range(40):
        middle = (inside + outside) / 2
        within = extreme(middle)
        inside, outside = np.where(within, middle, inside), np.where(within, outside, middle)
    exits = np.where(inside > 0, outside, np.where(extreme(0.0), 0.0, -1.0))
    return np.where(q2 > 0, exits, math.inf)


def _beyond(
    e: check.Floats, a: check.Floats, q0: check.Floats, q1: check.Floats, q2: check.Floats
) -> check.Floats:
    """Return a bound on the roots of ``v² q(v) = (e + a v)²`` (Lagrange's, of a quartic).

    It is 0 for a split with the same members as the observed one, which has none.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        sizes = np.abs([q1, q0 - a**2, 2 * e * a, e**2]) / q2
        most = 2 * (sizes ** np.array([[1], [0.5], [1 / 3], [0.25]])).max(axis=0)
    return np.asarray(np.nan_to_num(most, posinf=0.0))


STEPS = np.concatenate((np.geomspace(1, 1e-4, 40), [0.0]))


def _bracketed(
    extreme: Callable[[check.Floats], NDArray[np.bool_]], most: check.Floats
) -> tuple[check.Floats, check.Floats]:
    """Return where each split is extreme for the last time on a grid, and the next step outward."""
    inside, outside = np.zeros_like(most), np.zeros_like(most)
    open_ = np.ones(most.size, dtype=bool)
    for before, step in pairwise(STEPS):
        hit = open_ & extreme(most * step)
        inside[hit], outside[hit] = (most * step)[hit], (most * before)[hit]
        open_ &= ~hit
    return inside, outside
