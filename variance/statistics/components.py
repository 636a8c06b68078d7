"""Where the spread of the scores comes from: the runs, the test examples, or both.

A score matrix has one row a run and one column an example: correctness as bool or 0/1, or
any per-example metric.  The model is the two-way random-effects one without replication,
``x_st = mean + run_s + example_t + rest_st``, estimated by the unbiased analysis of variance.
Matrices of 1,000 x 10,000 bytes are read in blocks of rows, never copied as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.intervals import NO_SPREAD, ONE_VALUE, kurtosis
from variance.statistics.results import Interval

BLOCK = 2_000_000
"""Entries that are held as float64 at a time."""


@dataclass(frozen=True)
class TwoWay:
    """Means and mean squares of a score matrix.

    Attributes
    ----------
    run_means : ndarray of float, shape (S,)
        A run's metric.
    example_means : ndarray of float, shape (T,)
        An example's mean over runs.
    residual : float
        Unbiased variance of the rest, that is, of the runs x examples interaction;
        NaN unless there are two runs and two examples.
    """

    run_means: check.Floats
    example_means: check.Floats
    residual: float

    @property
    def shape(self) -> tuple[int, int]:
        """Runs and examples."""
        return self.run_means.size, self.example_means.size

    @property
    def between_runs(self) -> float:
        """Unbiased variance of the runs' metrics; NaN for one run."""
        return _variance(self.run_means)

    @property
    def between_examples(self) -> float:
        """Unbiased variance of the examples' means; NaN for one example."""
        return _variance(self.example_means)


def _variance(means: check.Floats) -> float:
    """Return the unbiased variance: exactly 0 for equal values, NaN for one."""
    if means.size < 2:
        return math.nan
    return float(means.var(ddof=1)) if means.min() < means.max() else 0.0


def two_way(scores: ArrayLike, minus: ArrayLike | None = None) -> TwoWay:
    """Return means and mean squares of a score matrix, or of a difference of two.

    Parameters
    ----------
    scores : array_like of bool, int or float, shape (S, T)
        One row a run, one column an example.
    minus : array_like, shape (S, T), optional
        What is subtracted, row by row.

    Returns
    -------
    TwoWay

    Raises
    ------
    UsageError
        If the shapes differ or are not two-dimensional.
    Refusal
        If there are no entries, or some are not finite.
    """
    first = check.matrix(scores, "scores")
    second = None if minus is None else check.matrix(minus, "the subtracted scores")
    if second is not None and second.shape != first.shape:
        raise UsageError(f"The score matrices differ in shape: {first.shape}, {second.shape}.")
    rows = np.concatenate([block.mean(axis=1) for _, block in _blocks(first, second)])
    columns = sum(block.sum(axis=0) for _, block in _blocks(first, second)) / len(first)
    scale = max(check.largest(first), 0.0 if second is None else check.largest(second))
    df = (rows.size - 1) * (columns.size - 1)
    squares = math.fsum(
        float(np.square(_interaction(block, rows[where], columns)).sum())
        for where, block in _blocks(first, second)
    )
    residual = squares / df if df else math.nan
    return TwoWay(
        settle(rows, scale), settle(columns, scale),
        0.0 if check.constant(math.sqrt(residual), scale) and df else residual,
    )  # fmt: skip


def _interaction(block: check.Floats, rows: check.Floats, columns: check.Floats) -> check.Floats:
    block -= columns
    block -= (rows - columns.mean())[:, None]
    return block


def _blocks(
    first: check.Matrix, second: check.Matrix | None
) -> Iterator[tuple[slice, check.Floats]]:
    height = max(1, BLOCK // first.shape[1])
    for start in range(0, len(first), height):
        where = slice(start, start + height)
        block = first[where].astype(np.float64)
        if second is not None:
            block -= second[where]
        yield where, block


def settle(means: check.Floats, scale: float) -> check.Floats:
    """Make means that differ by rounding alone equal, so that their variance is exactly 0."""
    if means.size > 1 and check.constant(float(means.std()), scale):
        return np.full_like(means, means[0])
    return means


@dataclass(frozen=True)
class SpreadSplit:
    """The spread of one sweep's scores, split by what causes it.

    Variances, in the square of the metric's unit.

    Attributes
    ----------
    total : float
        Unbiased variance of the runs' metrics on this test set.
    noise : float
        What independent flips on a finite test set produce by themselves.
    excess : float
        ``total - noise``.
    genuine : float
        Variance between runs that would remain on an endless test set,
        ``T/(T-1) * excess``; unbiased, hence sometimes negative: show it as 0.
    low, high : float
        Interval of `genuine`, cut off at 0; NaN where undefined.
    level : float
        Its confidence.
    n : tuple of int
        Runs and examples.
    reason : str
        Why something is undefined.
    """

    total: float
    noise: float
    excess: float
    genuine: float
    low: float
    high: float
    level: float
    n: tuple[int, int]
    reason: str = ""

    @property
    def genuine_sd(self) -> float:
        """SD between runs on an endless test set; 0 where the estimate is negative."""
        return math.sqrt(max(self.genuine, 0.0))

    @property
    def genuine_share(self) -> float:
        """Share of the total variance that is genuine, within [0, 1]; NaN if nothing varied."""
        return min(max(self.genuine, 0.0) / self.total, 1.0) if self.total > 0 else math.nan


def split_spread(scores: ArrayLike, *, level: float = 0.95) -> SpreadSplit:
    """Split the spread of a sweep into test-set noise and genuine difference between runs.

    Parameters
    ----------
    scores : array_like of bool, int or float, shape (S, T)
        Correctness (or any per-example metric) of each run on each example.
    level : float
        Confidence of the interval of the genuine variance.

    Returns
    -------
    SpreadSplit
        With NaN and a reason for one run or one example.

    Notes
    -----
    For 0/1 scores the noise is ``1/T² Σ_t S/(S-1) p_t (1 - p_t)`` with p_t the share of runs
    that are right on example t.

    The genuine variance is a U-statistic of the examples, ``Σ_{t≠u} cov_s(c_t, c_u) / T(T-1)``,
    and example t's projection is ``h_t = (cov_s(c_t, m) - s_t²/T) T/(T-1)``.  So the uncertainty
    that the draw of examples adds is ``4 Var_t(h)/T``, less what the runs put into that variance,
    ``mean(s_t²) s_m²/(S-1)``.  The runs add ``2 s_m⁴/ν`` with ν = S-1 for normal run metrics and
    fewer where their kurtosis is higher, as in Bonett's interval.  The interval is the χ² one of
    the total variance with the degrees of freedom that give the sum, less the noise, whose own
    uncertainty is negligible beside it.

    References
    ----------
    Hoeffding (1948), "A class of statistics with asymptotically normal distribution", Annals of
    Mathematical Statistics 19, for the projection.
    Bonett (2006), Computational Statistics & Data Analysis 50.
    Jordan (2024), "On the variance of neural network training with respect to test sets and
    distributions", arXiv 2304.01910.

    Examples
    --------
    >>> s = split_spread([[1, 1, 0, 1], [1, 0, 0, 1], [1, 1, 1, 1], [1, 0, 0, 1]])
    >>> round(s.total, 5), round(s.noise, 5), round(s.genuine, 5)
    (0.05729, 0.03646, 0.02778)
    """
    check.probability(level, "level")
    table = two_way(scores)
    runs, examples = table.shape
    nan = math.nan
    if runs == 1:
        return SpreadSplit(nan, nan, nan, nan, nan, nan, level, table.shape, ONE_VALUE)
    total = table.between_runs
    if examples == 1:
        why = "one example: noise and genuine difference cannot be told apart"
        return SpreadSplit(total, nan, nan, nan, nan, nan, level, table.shape, why)
    # A column's variance over runs holds the residual and its share of the run effects.
    noise = ((examples - 1) * table.residual / examples + total) / examples
    stretch = examples / (examples - 1)
    genuine = stretch * (total - noise)
    if total == 0:
        return SpreadSplit(total, noise, -noise, genuine, nan, nan, level, table.shape, NO_SPREAD)
    factors = _chi2_factors(_total_df(scores, table, total), level)
    low, high = (max(0.0, stretch * (total * f - noise)) for f in factors)
    return SpreadSplit(total, noise, total - noise, genuine, low, high, level, table.shape)


def _total_df(scores: ArrayLike, table: TwoWay, total: float) -> float:
    """Return the degrees of freedom that runs and examples leave to the total variance.

    At least 1: below, the interval says nothing that could be read.
    """
    runs, examples = table.shape
    own, shared = _example_variances(check.matrix(scores, "scores"), table)
    projection = (shared - own / examples) * examples / (examples - 1)
    by_runs = float(own.mean()) * total / (runs - 1)
    by_examples = max(float(projection.var(ddof=1)) - by_runs, 0.0)
    shape = max(kurtosis(table.run_means), 3.0) if runs >= 5 else 3.0
    inverse = (shape - (runs - 3) / runs if runs >= 5 else 2.0) / (2 * (runs - 1))
    return 1 / min(inverse + 2 * by_examples / examples / total**2, 1.0)


def _example_variances(matrix: check.Matrix, table: TwoWay) -> tuple[check.Floats, check.Floats]:
    """Return each example's variance over runs, and its covariance with the runs' metrics."""
    centred = table.run_means - table.run_means.mean()
    own, shared = np.zeros(table.shape[1]), np.zeros(table.shape[1])
    for where, block in _blocks(matrix, None):
        own += np.square(block - table.example_means).sum(axis=0)
        shared += centred[where] @ block
    return own / (table.shape[0] - 1), shared / (table.shape[0] - 1)


def _chi2_factors(df: float, level: float) -> tuple[float, float]:
    tail = (1 - level) / 2
    return df / float(special.chdtri(df, tail)), df / float(special.chdtri(df, 1 - tail))


def expected_sd(error: float, examples: int) -> float:
    """Return the SD that well-trained runs are expected to show: √(error / 2T).

    Parameters
    ----------
    error : float
        Mean error rate, in [0, 1].
    examples : int
        Test examples T, at least 1.

    Returns
    -------
    float
        Much more spread points to unstable training, much less to seeds that change nothing.

    References
    ----------
    Jordan (2024), arXiv 2304.01910, for calibrated binary classifiers.
    """
    if not 0 <= error <= 1:
        raise UsageError(f"The error rate lies in [0, 1]; it is {error}.")
    return math.sqrt(error / (2 * check.whole(examples, "examples")))


def correlation(baseline: ArrayLike, candidate: ArrayLike) -> Interval:
    """Return Pearson's correlation between paired scores, with Fisher's 95 % interval.

    Parameters
    ----------
    baseline, candidate : array_like of float, shape (n,)
        Scores of the same seeds.

    Returns
    -------
    Interval
        Undefined where either side is constant; bounds undefined below n = 4.
    """
    x, y = check.pair(baseline, candidate)
    nan, n, words = math.nan, x.size, "Pearson correlation (Fisher z)"
    if not (check.sd(x) > 0 and check.sd(y) > 0):
        return Interval(nan, nan, nan, 0.95, words, n, NO_SPREAD)
    dx, dy = _unit(x - x.mean()), _unit(y - y.mean())
    r = float(np.clip(dx @ dy, -1, 1))
    if n < 4 or abs(r) == 1:
        return Interval(r, nan, nan, 0.95, words, n, "fewer than 4 pairs, or all on one line")
    half = float(special.ndtri(0.975)) / math.sqrt(n - 3)
    z = math.atanh(r)
    return Interval(r, math.tanh(z - half), math.tanh(z + half), 0.95, words, n)


def _unit(deviations: check.Floats) -> check.Floats:
    """Return a vector scaled to length 1, however tiny its entries are."""
    scaled = deviations / np.abs(deviations).max()
    return np.asarray(scaled / math.sqrt(float(scaled @ scaled)))
