"""Is the difference there on new data too: seeds and test examples both random, crossed.

The variance of the mean difference has a part from the seeds, which the spread of the runs'
scores measures, and a part from the examples, ``Var(example means) / T`` less what the seeds
put into it.  Both are unbiased; a negative part of the examples counts as 0.

One t procedure decides: the estimate, the root of that sum, and degrees of freedom.  These are
Satterthwaite's, but never so many that the interval is shorter than that of the seeds alone.
By themselves Satterthwaite's reject up to 7.8 % of true null hypotheses at three seeds when the
examples' part is a few times that of the seeds (with a run variance of two degrees of freedom
estimated low, they come out high at the same time); with the rule it stays within 5.6 %.

Differences on examples may be skewed: a few large losses against many small gains.  The t
interval is then too short on the side of the rare ones, and Hall's transformation lengthens it
there (`results.hall_stretch`).  That holds the error rate from 200 examples on; with fewer, and
too few for their skewness by Cochran's rule, nothing is claimed against the rare ones.
Clusters of examples enter by the jackknife that leaves one out at a time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.components import TwoWay, two_way
from variance.statistics.means import satterthwaite, welch_df
from variance.statistics.results import (
    UNDEFINED,
    Difference,
    Pivot,
    TFields,
    hall_stretch,
    t_fields,
    t_quantile,
)

ONE_RUN = "one run a side has no spread to measure"
ONE_EXAMPLE = "one test example (or one group of them) cannot stand for new data"
COCHRAN = 25
"""Examples per squared skewness from which a t interval of their mean can be trusted.

Cochran (1977), "Sampling Techniques", section 2.15.
"""
ENOUGH_FOR_HALL = 200
"""Examples (or groups) from which the lengthened interval errs in at most 6 %, however skewed."""
NO_SPREAD = "nothing varied: neither seeds nor examples make a difference"


@dataclass(frozen=True)
class CrossedDifference(Difference):
    """A difference that is claimed for new data, with its variance components.

    Beside the attributes of `Difference` (of which ``df``, ``statistic`` and
    ``standard_error`` belong to the procedure that gave the p-value):

    Attributes
    ----------
    examples : int
        Test examples, or groups of them.
    seed_part, example_part : float
        What seeds and examples add to the variance of the estimate; the second is never
        negative here.
    seed_component, example_component, rest_component : float
        Unbiased variance of the difference between (pairs of) runs, between examples, and of
        the rest; may be negative.  With S seeds a side and T examples the estimate has the
        variance ``seed/S + example/T + rest/(S T)``.
    paired : bool
        Whether runs were compared seed by seed.
    stretch : tuple of float
        By how much the interval is longer than t times the standard error, below and above, for
        the skewness of the estimate (`results.hall_stretch`) or by `holding`.
    example_skewness : float
        Of the examples' mean differences (of the groups'); NaN where undefined.
    example_df : float
        Degrees of freedom of the variance between the examples' mean differences, by their
        kurtosis; planning rests on it.
    sides : tuple of tuple
        Variance over runs of the metric, and runs: of the pairs' differences, or of each side.
    crossed, seeds_only : Pivot
        The two procedures that the deciding one is made of.
    """

    examples: int = 0
    seed_part: float = math.nan
    example_part: float = math.nan
    seed_component: float = math.nan
    example_component: float = math.nan
    rest_component: float = math.nan
    paired: bool = True
    stretch: tuple[float, float] = (1.0, 1.0)
    example_skewness: float = math.nan
    example_df: float = math.nan
    sides: tuple[tuple[float, int], ...] = ()
    overlap: float = 0.0
    crossed: Pivot = UNDEFINED
    seeds_only: Pivot = UNDEFINED

    @property
    def pivots(self) -> tuple[Pivot, ...]:
        """The procedure that decides."""
        return (Pivot(self.estimate, self.standard_error, self.df, self.stretch),)

    @property
    def few_for_skewness(self) -> bool:
        """Whether the examples are too few for their skewness, by Cochran's rule: T < 25 γ²."""
        return self.examples < COCHRAN * self.example_skewness**2

    @property
    def limit(self) -> str:
        """Which adds more to the uncertainty: ``"seeds"``, ``"examples"`` or, unknown, ``""``."""
        if math.isnan(self.seed_part) or math.isnan(self.example_part):
            return ""
        return "examples" if self.example_part > self.seed_part else "seeds"


def crossed_paired(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> CrossedDifference:
    """Compare per-example scores of runs that share their seeds, on new seeds and examples.

    Parameters
    ----------
    baseline, candidate : array_like of bool, int or float, shape (S, T)
        Score of each run on each example; row s of both comes from the same seed, column t
        is the same example.
    groups : array_like, shape (T,), optional
        Ids of the clusters that examples belong to (author, patient, page); clusters are then
        what is drawn at random.
    level : float
        Confidence of the interval.

    Returns
    -------
    CrossedDifference
        Undefined, with a reason, for one run, one example (or group), or no variation.

    Raises
    ------
    UsageError
        If shapes differ.
    Refusal
        If entries are missing or not finite.

    References
    ----------
    Searle, Casella and McCulloch (1992), "Variance Components", chapter 4.
    Satterthwaite (1946), Biometrics Bulletin 2.
    Hall (1992), "On the removal of skewness by transformation", JRSS B 54.
    """
    first, second = check.matrix(baseline, "baseline"), check.matrix(candidate, "candidate")
    if groups is None:
        table = two_way(second, first)
    else:
        table = two_way(_grouped(second, groups), _grouped(first, groups))
    scale = check.largest(first, second)
    return _result([table], table.example_means, level, "paired seeds x examples", scale)


def crossed_unpaired(
    baseline: ArrayLike,
    candidate: ArrayLike,
    *,
    groups: ArrayLike | None = None,
    level: float = 0.95,
) -> CrossedDifference:
    """Compare per-example scores of runs with unrelated seeds, on new seeds and examples.

    Parameters
    ----------
    baseline : array_like of bool, int or float, shape (S, T)
    candidate : array_like of bool, int or float, shape (U, T)
        Score of each run on each example; column t is the same example in both.
    groups, level
        As in `crossed_paired`.

    Returns
    -------
    CrossedDifference
        As in `crossed_paired`; its components are sums over both sweeps.
    """
    first, second = check.matrix(baseline, "baseline"), check.matrix(candidate, "candidate")
    if first.shape[1] != second.shape[1]:
        raise UsageError(
            f"The sweeps have {first.shape[1]} and {second.shape[1]} examples.",
            "Score both on the same test examples.",
        )
    if groups is None:
        tables = [two_way(first), two_way(second)]
    else:
        tables = [two_way(_grouped(first, groups)), two_way(_grouped(second, groups))]
    scale = check.largest(first, second)
    gaps = tables[1].example_means - tables[0].example_means
    return _result(tables, gaps, level, "unpaired seeds x examples", scale)


def holding(found: CrossedDifference, seeds_only: Difference) -> CrossedDifference:
    """Return a difference whose interval holds that of another test of the seeds alone.

    Parameters
    ----------
    found : CrossedDifference
    seeds_only : Difference
        The same difference on this test set, at the same level.

    Returns
    -------
    CrossedDifference
        Stretched on the sides on which it was shorter; as it was where either is undefined.
    """
    if not (found.defined and seeds_only.defined):
        return found
    reach = t_quantile((1 + found.level) / 2, found.df) * found.standard_error
    stretch = (
        max(found.stretch[0], (seeds_only.estimate - seeds_only.low) / reach),
        max(found.stretch[1], (seeds_only.high - seeds_only.estimate) / reach),
    )
    pivot = Pivot(found.estimate, found.standard_error, found.df, stretch)
    return replace(found, stretch=stretch, **t_fields((pivot,), found.level, ""))


def _grouped(scores: check.Matrix, groups: ArrayLike) -> check.Floats:
    """Return the pseudo-values of each run's mean when one group at a time is left out.

    Their variance over the G groups, over G, is the delete-one-group jackknife variance of the
    run's mean over examples, which is a ratio where groups differ in size.  They are shifted by
    a constant a run, so that their mean is the run's.

    References
    ----------
    Efron and Stein (1981), "The jackknife estimate of variance", Annals of Statistics 9.
    """
    ids = np.asarray(groups)
    if ids.shape != (scores.shape[1],):
        raise UsageError(
            f"groups must name one group an example: its shape is {ids.shape}, "
            f"the examples number {scores.shape[1]}."
        )
    _, member = np.unique(ids, return_inverse=True)
    count = int(member.max()) + 1
    sizes = np.bincount(member, minlength=count)
    sums = np.stack([np.bincount(member, row, minlength=count) for row in scores])
    means = sums.sum(axis=1, keepdims=True) / ids.size
    if count == 1:
        return np.asarray(means)
    pseudo = (sums - means * sizes) * ((count - 1) / (ids.size - sizes))
    return np.asarray(pseudo - pseudo.mean(axis=1, keepdims=True) + means)


def _result(
    tables: list[TwoWay], gaps: check.Floats, level: float, method: str, scale: float
) -> CrossedDifference:
    estimate = float(gaps.mean())
    runs, examples = [t.shape[0] for t in tables], gaps.size
    n = (runs[0], runs[-1])
    reason = ONE_RUN if min(runs) == 1 else ONE_EXAMPLE if examples == 1 else ""
    if reason:
        blank = Pivot(estimate, math.nan, math.nan)
        fields = t_fields((blank,), level, reason)
        return CrossedDifference(**fields, method=method, n=n, reason=reason, examples=examples)
    return _decompose(tables, gaps, level, method, scale)


def _decompose(
    tables: list[TwoWay], gaps: check.Floats, level: float, method: str, scale: float
) -> CrossedDifference:
    estimate, examples = float(gaps.mean()), gaps.size
    n = (tables[0].shape[0], tables[-1].shape[0])
    seeds = [_seed_term(table) for table in tables]
    rest = [_rest_term(table) for table in tables]
    gap_variance = float(gaps.var(ddof=1))
    if check.constant(math.sqrt(gap_variance), scale):
        gap_variance = 0.0
    seed_part = math.fsum(value for value, _ in seeds)
    raw_part = gap_variance / examples + math.fsum(value for value, _ in rest)
    seeds_only = across = Pivot(estimate, *welch_df(*seeds))
    if raw_part > 0:
        terms = [(gap_variance / examples, examples - 1.0), *rest]
        if seeds_only.standard_error > 0:
            terms.append((seeds_only.standard_error**2, seeds_only.df))
        across = Pivot(estimate, *satterthwaite(*terms))
    # Seeds that change nothing at all leave the examples as the only source.
    seeds_only = seeds_only if seeds_only.standard_error > 0 else across
    reason = NO_SPREAD if across.standard_error == 0 else ""
    skewness, kurtosis = _shape(gaps) if gap_variance else (0.0, math.nan)
    stretch = (1.0, 1.0)
    if not reason:
        third = skewness * (gap_variance / examples) ** 1.5 / math.sqrt(examples)
        third += _third_moment(tables)
        stretch = hall_stretch(third / across.standard_error**3, level)
    df = _cautious_df(across, seeds_only, level)
    pivot = Pivot(estimate, across.standard_error, df, stretch)
    fields = t_fields((pivot,), level, reason)
    if not reason and _against_the_rare(fields, skewness, examples):
        reason = (
            f"the differences on {examples} examples are too skewed for a claim against the few "
            f"large ones: that takes {COCHRAN * skewness**2:,.0f} examples, or {ENOUGH_FOR_HALL}"
        )
        fields = t_fields((pivot,), level, reason)
    return CrossedDifference(
        **fields,
        method=method, n=n, reason=reason, examples=examples,
        seed_part=seed_part, example_part=max(raw_part, 0.0),
        seed_component=math.fsum(t.between_runs - t.residual / examples for t in tables),
        example_component=raw_part * examples,
        rest_component=math.fsum(t.residual for t in tables),
        paired=len(tables) == 1, stretch=stretch, example_skewness=skewness,
        example_df=2 * examples / max(kurtosis - 1, 2.0) if gap_variance else math.nan,
        sides=tuple((t.between_runs, t.shape[0]) for t in tables),
        crossed=across, seeds_only=seeds_only,
    )  # fmt: skip


def _third_moment(tables: list[TwoWay]) -> float:
    """Return the third central moment that the runs of unequally many seeds give the estimate.

    In a difference of equally many the skewness of one shape on both sides cancels.  Few runs
    do not show theirs, so both sides' standardised scores are taken together.
    """
    runs = [table.shape[0] for table in tables]
    if min(runs) == max(runs) or not all(table.between_runs for table in tables):
        return 0.0
    cubes = [float((_standardised(table.run_means) ** 3).sum()) for table in tables]
    errors = [
        (table.between_runs / n) ** 1.5 / math.sqrt(n)
        for table, n in zip(tables, runs, strict=True)
    ]
    return float(math.fsum(cubes) / math.fsum(runs) * (errors[1] - errors[0]))


def _standardised(x: check.Floats) -> check.Floats:
    return np.asarray((x - x.mean()) / x.std())


def _against_the_rare(fields: TFields, skewness: float, examples: int) -> bool:
    """Tell whether few examples with large differences contradict what would be claimed."""
    claimed = fields["low"] > 0 or fields["high"] < 0
    few = examples < min(COCHRAN * skewness**2, ENOUGH_FOR_HALL)
    return claimed and few and fields["estimate"] * skewness < 0


def _cautious_df(across: Pivot, seeds_only: Pivot, level: float) -> float:
    """Return the crossed df, lowered until its interval holds that of the seeds alone."""
    reach = t_quantile((1 + level) / 2, seeds_only.df) * seeds_only.standard_error
    if not reach > t_quantile((1 + level) / 2, across.df) * across.standard_error:
        return across.df
    # Rounding must not make the interval the shorter one after all.
    return float(special.stdtridf((1 + level) / 2, reach / across.standard_error)) * (1 - 1e-9)


def _shape(gaps: check.Floats) -> tuple[float, float]:
    """Return skewness and kurtosis (3 for normal values)."""
    z = _standardised(gaps)
    return float((z**3).mean()), float((z**4).mean())


def _seed_term(table: TwoWay) -> tuple[float, float]:
    """Return what the seeds add to the variance of the mean, and its degrees of freedom.

    Where all runs happen to have the same score although they disagree on examples (few runs,
    few examples), the disagreement is put in the place of a variance that is surely not 0.
    """
    runs, examples = table.shape
    spread = table.between_runs or table.residual / examples
    return spread / runs, runs - 1


def _rest_term(table: TwoWay) -> tuple[float, float]:
    runs, examples = table.shape
    return -table.residual / (runs * examples), (runs - 1) * (examples - 1)
