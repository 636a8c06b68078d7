"""Seeds and test examples that a pilot promises to suffice, and what so many of them find.

A pilot's variances are estimates, and a plan made with them as they are misses its power about
half of the time.  Every number here is therefore planned with the upper limit of the variance
that the plan leads to: at the confidence asked for (0.8 by default), the plan has at least the
power that it states.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from scipy import special

from variance.errors import Refusal, UsageError
from variance.statistics import _checks as check
from variance.statistics import power as t_tests
from variance.statistics.means import satterthwaite, welch_df

CONFIDENCE = 0.8
"""With which a plan keeps its power."""

Sizes = float | tuple[float, float]
"""Runs a side: one number, or those of baseline and candidate."""


class Pilot(Protocol):
    """What planning rests on; `crossed.CrossedDifference` and `analysis.pilot.Pilot` have it."""

    @property
    def sides(self) -> tuple[tuple[float, int], ...]:
        """Variance over runs, and runs: of the pairs' differences, or of each side."""

    @property
    def overlap(self) -> float:
        """Test over training examples where the split is redrawn, else 0."""

    @property
    def examples(self) -> int | None:
        """Test examples behind the components; None where there are none."""

    @property
    def seed_component(self) -> float | None:
        """Variance of the difference between (pairs of) runs."""

    @property
    def example_component(self) -> float | None:
        """Variance of the difference between examples."""

    @property
    def rest_component(self) -> float | None:
        """Of the rest."""

    @property
    def example_df(self) -> float | None:
        """Degrees of freedom of the variance between examples."""


def upper_sum(*terms: tuple[float, float], confidence: float = CONFIDENCE) -> float:
    """Return the upper limit of a sum of variances that are estimated independently.

    Parameters
    ----------
    *terms : tuple of float
        ``(value, df)`` each, values not negative.
    confidence : float
        One-sided, at least 0.5.

    Returns
    -------
    float
        Exact for one term; for several close to, and seldom below, its confidence.

    References
    ----------
    Graybill and Wang (1980), "Confidence intervals on nonnegative linear combinations of
    variances", JASA 75.
    """
    return math.fsum(v for v, _ in terms) + _excess(terms, confidence)


def _excess(terms: tuple[tuple[float, float], ...], confidence: float) -> float:
    """Return how far the upper limit of a sum of variances lies above it."""
    if not 0.5 <= confidence < 1:
        raise UsageError(f"confidence must lie between 0.5 and 1; it is {confidence}.")
    if confidence == 0.5:  # the estimate itself
        return 0.0
    return math.sqrt(
        math.fsum((v * (df / float(special.chdtri(df, confidence)) - 1)) ** 2 for v, df in terms)
    )


def over_seeds(
    pilot: Pilot, seeds: Sizes, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return standard error and df of the planned difference with the examples held fixed.

    Parameters
    ----------
    pilot : Pilot
    seeds : float or tuple of float
        Planned runs a side, at least 2.
    confidence : float
        Of the upper limit of the standard error; 0.5 takes the estimate itself.
    """
    planned = _by_side(pilot, seeds)
    shares = [1 / n + pilot.overlap for n in planned]
    values = [v * share for (v, _), share in zip(pilot.sides, shares, strict=True)]
    known = [(value, n - 1.0) for value, (_, n) in zip(values, pilot.sides, strict=True)]
    join = satterthwaite if pilot.overlap else welch_df
    df = join(*((value, n - 1) for value, n in zip(values, planned, strict=True)))[1]
    return math.sqrt(upper_sum(*known, confidence=confidence)), df


def _by_side(pilot: Pilot, seeds: Sizes) -> tuple[float, ...]:
    planned = seeds if isinstance(seeds, tuple) else (seeds, seeds)
    return planned[: len(pilot.sides)]


def over_both(
    pilot: Pilot, seeds: Sizes, examples: float, *, confidence: float = CONFIDENCE
) -> tuple[float, float]:
    """Return standard error and df of the planned difference on new seeds and examples.

    Parameters
    ----------
    pilot : Pilot
        With variance components.
    seeds, confidence
        As in `over_seeds`.
    examples : float
        Planned test examples (or groups).
    """
    seed, example, rest, shown = _components(pilot)
    planned = _by_side(pilot, seeds)
    _, seed_df = over_seeds(pilot, seeds, confidence=0.5)
    runs = len(planned) / math.fsum(1 / n for n in planned)
    flips = rest / (runs * examples)
    between = max(example, 0.0) / examples
    total = max(seed, 0.0) / runs + between + flips
    _, df = satterthwaite(
        (max(seed, 0.0) / runs + flips, seed_df), (between + flips, examples - 1),
        (-flips, seed_df * (examples - 1)),
    )  # fmt: skip
    # The mean square between examples holds the pilot's own flips, too.
    mean_square = max(example, 0.0) + rest / min(n for _, n in pilot.sides)
    spread = _excess(
        (
            *((v / n, m - 1.0) for (v, m), n in zip(pilot.sides, planned, strict=True)),
            (mean_square / examples, shown),
        ),
        confidence,
    )
    return math.sqrt(max(total + spread, 0.0)), df


def _components(pilot: Pilot) -> tuple[float, float, float, float]:
    parts = (pilot.seed_component, pilot.example_component, pilot.rest_component, pilot.example_df)
    known = [math.nan if part is None else part for part in parts]
    if any(math.isnan(part) for part in known[:3]):
        raise Refusal(
            "No variance components to plan with.", "Train at least 3 seeds a side and keep "
            "predictions.",
        )  # fmt: skip
    seed, example, rest, df = known
    return seed, example, rest, (pilot.examples or 2) - 1.0 if math.isnan(df) else df


def errors(
    pilot: Pilot, seeds: Sizes, examples: float | None, *, confidence: float = CONFIDENCE
) -> tuple[tuple[float, float], ...]:
    """Return standard error and df of every procedure that has to find the difference.

    Parameters
    ----------
    pilot, seeds, confidence
        As in `over_seeds`.
    examples : float, optional
        Planned test examples; None asks about this test set (or redrawn splits).
    """
    alone = over_seeds(pilot, seeds, confidence=confidence)
    if examples is None:
        return (alone,)
    return alone, over_both(pilot, seeds, examples, confidence=confidence)


def power(
    pilot: Pilot,
    effect: float,
    *,
    seeds: Sizes,
    examples: float | None = None,
    alpha: float = 0.05,
    confidence: float = CONFIDENCE,
) -> float:
    """Return the power that a plan has at least, with a confidence.

    Parameters
    ----------
    pilot : Pilot
    effect : float
        True difference, in the unit of the metric.
    seeds : float or tuple of float
        Planned runs a side, at least 2.
    examples : float, optional
        Planned test examples (or groups), for a difference on new data.
    alpha : float
    confidence : float
        0.5 takes the pilot's variances as they are.
    """
    return min(
        t_tests.noncentral_power(abs(effect) / error, df, alpha) if error > 0 else 1.0
        for error, df in errors(pilot, seeds, examples, confidence=confidence)
    )


def detectable(
    pilot: Pilot,
    *,
    seeds: Sizes,
    examples: float | None = None,
    target: float = 0.8,
    alpha: float = 0.05,
    confidence: float = CONFIDENCE,
) -> float:
    """Return the smallest difference that a plan finds with a power; the inverse of `power`.

    Parameters
    ----------
    pilot, seeds, examples, alpha, confidence
        As in `power`.
    target : float
        The power, above `alpha`, below 1.
    """
    t_tests.sensible(target, alpha)
    return max(
        t_tests.noncentrality(df, target, alpha) * error if error > 0 else 0.0
        for error, df in errors(pilot, seeds, examples, confidence=confidence)
    )


def seeds_needed(
    pilot: Pilot,
    effect: float,
    *,
    examples: float | None = None,
    target: float = 0.8,
    alpha: float = 0.05,
    confidence: float = CONFIDENCE,
) -> float:
    """Return how many seeds a side establish an effect.

    Parameters
    ----------
    pilot, examples, alpha, confidence
        As in `power`.
    effect : float
        True difference, in the unit of the metric, not 0.
    target : float
        The power.

    Returns
    -------
    float
        A whole number of at least 3; infinite where no number can be promised to suffice, for
        the examples (or the overlap of redrawn splits) may leave too much uncertainty.
    """
    return max(
        3.0,
        _first(
            effect, target, alpha,
            lambda s: power(
                pilot, effect, seeds=s, examples=examples, alpha=alpha, confidence=confidence
            ),
        ),
    )  # fmt: skip


def examples_needed(
    pilot: Pilot,
    effect: float,
    *,
    seeds: Sizes,
    target: float = 0.8,
    alpha: float = 0.05,
    confidence: float = CONFIDENCE,
) -> float:
    """Return how many test examples (or groups) establish an effect on new data.

    Parameters and result mirror `seeds_needed`.
    """
    _components(pilot)
    return _first(
        effect, target, alpha,
        lambda t: power(
            pilot, effect, seeds=seeds, examples=t, alpha=alpha, confidence=confidence
        ),
    )  # fmt: skip


def _first(effect: float, target: float, alpha: float, reached: Callable[[float], float]) -> float:
    t_tests.sensible(target, alpha)
    if effect == 0 or not math.isfinite(effect):
        raise UsageError(f"The effect to find must be a number other than 0; it is {effect}.")
    return t_tests.first_whole(lambda size: reached(size) >= target)


def pairing_pays(n: int, *, target: float = 0.8, alpha: float = 0.05) -> float:
    """Return the correlation of paired scores from which pairing finds smaller differences.

    Parameters
    ----------
    n : int
        Pairs, or runs a side, at least 2.
    target, alpha : float
        Power and error rate.

    Returns
    -------
    float
        Pairing halves the degrees of freedom and shrinks the variance by 1 - r; below this r
        the first weighs more.  Falls to 0 as n grows.

    Examples
    --------
    >>> round(pairing_pays(3), 2), round(pairing_pays(30), 2)
    (0.56, 0.03)
    """
    check.whole(n, "n", at_least=2)
    paired = t_tests.detectable_effect(n, design="paired", power=target, alpha=alpha)
    apart = t_tests.detectable_effect(n, design="two-sample", power=target, alpha=alpha)
    return max(0.0, 1 - (apart / paired) ** 2 / 2)
