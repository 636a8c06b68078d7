"""Before the experiment: power, the smallest effect that can be seen, and what to add.

Power of t tests is exact for normal scores (noncentral t).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

from scipy import optimize, special

from variance.errors import Refusal, UsageError
from variance.statistics import _checks as check
from variance.statistics.crossed import CrossedDifference
from variance.statistics.intervals import sd_factors
from variance.statistics.means import satterthwaite
from variance.statistics.results import t_quantile

DESIGNS = ("paired", "two-sample")
MOST = 10**9
"""Runs or examples beyond which the answer is "no number suffices"."""


class Components(Protocol):
    """Variance components of a difference, as `CrossedDifference` has them."""

    @property
    def seed_component(self) -> float:
        """Between (pairs of) runs."""

    @property
    def example_component(self) -> float:
        """Between examples."""

    @property
    def rest_component(self) -> float:
        """Of the rest."""

    @property
    def paired(self) -> bool:
        """Whether runs are compared seed by seed."""


def t_power(
    effect_size: float,
    n: float,
    *,
    design: str = "paired",
    alpha: float = 0.05,
    one_sided: bool = False,
) -> float:
    """Return the power of a t test.

    Parameters
    ----------
    effect_size : float
        Mean difference over SD: of the paired differences for ``"paired"``, of the scores of
        one side for ``"two-sample"``.
    n : float
        Pairs, or runs a side; at least 2, fractions allowed.
    design : {'paired', 'two-sample'}
    alpha : float
        Error rate.
    one_sided : bool
        Test "greater" only.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    UsageError
        If an argument lies out of range.

    References
    ----------
    Cohen (1988), "Statistical Power Analysis for the Behavioral Sciences", chapter 2.

    Examples
    --------
    >>> round(t_power(0.5, 20), 4)
    0.5645
    """
    check.one_of(design, "design", DESIGNS)
    check.probability(alpha, "alpha")
    if not n >= 2:
        raise UsageError(f"A t test needs 2 runs; n is {n}.")
    df, root = (n - 1, math.sqrt(n)) if design == "paired" else (2 * n - 2, math.sqrt(n / 2))
    shift = effect_size * root
    return _power(shift if one_sided else abs(shift), df, alpha, one_sided=one_sided)


def _power(shift: float, df: float, alpha: float, *, one_sided: bool = False) -> float:
    """Return P(reject) of a t statistic with that noncentrality."""
    critical = t_quantile(1 - (alpha if one_sided else alpha / 2), df)
    # Far out, where the chance to stay below a critical value underflows, SciPy's noncentral t
    # is NaN in places; that chance is 0.  No power changes beyond a shift of a million.
    missed = float(special.nctdtr(df, min(shift, 1e6), critical))
    above = 1.0 if math.isnan(missed) else 1 - missed
    other_side = math.nan if one_sided else float(special.nctdtr(df, shift, -critical))
    below = 0.0 if math.isnan(other_side) else other_side
    return min(max(above + below, 0.0), 1.0)


def detectable_effect(
    n: float,
    *,
    design: str = "paired",
    power: float = 0.8,
    alpha: float = 0.05,
    one_sided: bool = False,
) -> float:
    """Return the smallest effect size that n runs find with the given power.

    Parameters
    ----------
    n : float
        Pairs, or runs a side, at least 2.
    power : float
        Above `alpha`, below 1.
    design, alpha, one_sided
        As in `t_power`.

    Returns
    -------
    float
        In units of the SD; multiply with it.
    """
    _sensible(power, alpha)

    def lack(effect: float) -> float:
        return t_power(effect, n, design=design, alpha=alpha, one_sided=one_sided) - power

    high = 1.0
    while lack(high) < 0:
        high *= 2
    return float(optimize.brentq(lack, 0.0, high, xtol=1e-12))


def runs_needed(
    effect_size: float,
    *,
    design: str = "paired",
    power: float = 0.8,
    alpha: float = 0.05,
    one_sided: bool = False,
) -> float:
    """Return the number of pairs, or runs a side, that reaches the power.

    Parameters
    ----------
    effect_size : float
        As in `t_power`; its sign does not matter.
    power : float
        Above `alpha`, below 1.
    design, alpha, one_sided
        As in `t_power`.

    Returns
    -------
    float
        A fraction, at least 2, to be rounded up; infinite for no effect or beyond 10⁹.
    """
    _sensible(power, alpha)
    size = abs(effect_size)

    def lack(n: float) -> float:
        return t_power(size, n, design=design, alpha=alpha, one_sided=one_sided) - power

    return _first(lack, 2.0)


def _first(lack: Callable[[float], float], start: float) -> float:
    """Return where a rising function crosses 0, from `start` up; infinite beyond `MOST`."""
    if lack(start) >= 0:
        return start
    if lack(MOST) < 0:
        return math.inf
    high = 2 * start
    while lack(high) < 0:
        high = min(2 * high, MOST)
    return float(optimize.brentq(lack, high / 2, high, xtol=1e-9))


def _sensible(power: float, alpha: float) -> None:
    check.probability(alpha, "alpha")
    check.probability(power, "power")
    if power <= alpha:
        raise UsageError(f"The power, {power}, must exceed alpha, {alpha}.")


def upper_sd(sd: float, n: int, *, confidence: float = 0.8) -> float:
    """Return the upper limit of an SD estimated from n pilot runs.

    A plan made with the pilot's own SD misses its power about half of the time.

    Parameters
    ----------
    sd : float
        Unbiased (n - 1) estimate, not negative.
    n : int
        Pilot runs, at least 2.
    confidence : float
        One-sided, above 0.5.

    References
    ----------
    Browne (1995), "On the use of a pilot sample for sample size determination".
    """
    if not (math.isfinite(sd) and sd >= 0):
        raise UsageError(f"An SD is not negative; it is {sd}.")
    check.whole(n, "n", at_least=2)
    if not 0.5 < confidence < 1:
        raise UsageError(f"confidence must lie between 0.5 and 1; it is {confidence}.")
    return sd * sd_factors(n, level=2 * confidence - 1)[1]


def seeds_needed(
    effect: float, sd: float, *, design: str = "paired", power: float = 0.8, alpha: float = 0.05
) -> float:
    """Return how many seeds a side find an effect on this test set.

    Parameters
    ----------
    effect : float
        Difference, in the unit of the metric, not 0.
    sd : float
        Of the paired differences, or of one side's scores; see `upper_sd` for a pilot's.
    design, power, alpha
        As in `runs_needed`.

    Returns
    -------
    float
        A whole number of at least 3, or infinity.
    """
    if effect == 0 or not math.isfinite(effect):
        raise UsageError(f"The effect to find must be a number other than 0; it is {effect}.")
    if not (math.isfinite(sd) and sd >= 0):
        raise UsageError(f"An SD is not negative; it is {sd}.")
    if sd == 0:
        return 3.0
    needed = runs_needed(effect / sd, design=design, power=power, alpha=alpha)
    return max(3.0, math.ceil(needed - 1e-6)) if math.isfinite(needed) else math.inf


def crossed_power(
    pilot: CrossedDifference,
    effect: float,
    *,
    seeds: float,
    examples: float,
    alpha: float = 0.05,
) -> float:
    """Return the approximate power of the crossed interval for a planned size.

    Parameters
    ----------
    pilot : CrossedDifference
        Whose variance components are taken, negative ones as 0.
    effect : float
        True difference on new data, in the unit of the metric.
    seeds, examples : float
        Planned runs a side (at least 2) and test examples (or groups).
    alpha : float

    Returns
    -------
    float
        The lower of the powers of the two procedures that `crossed` joins.
    """
    _defined(pilot)
    return min(
        _power(abs(effect) / error, df, alpha) if error > 0 else 1.0
        for error, df in _planned_errors(pilot, seeds, examples)
    )


def _planned_errors(
    pilot: Components, seeds: float, examples: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return standard error and df of the seeds alone, and of seeds and examples crossed."""
    seed = max(pilot.seed_component, 0.0) / seeds
    rest = pilot.rest_component / (seeds * examples)
    example = max(pilot.example_component, 0.0) / examples
    seed_df = (seeds - 1) * (1 if pilot.paired else 2)
    seed_term = (seed + rest, seed_df)
    across = satterthwaite(
        seed_term, (example + rest, examples - 1), (-rest, (seeds - 1) * (examples - 1))
    )
    return satterthwaite(seed_term), across


def crossed_detectable(
    pilot: Components,
    *,
    seeds: float,
    examples: float,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Return the smallest difference that the crossed interval finds with the given power.

    Parameters
    ----------
    pilot : CrossedDifference or Components
        Whose variance components are taken, as in `crossed_power`.
    seeds, examples, alpha
        As in `crossed_power`, whose inverse in the effect this is.
    power : float
        Above `alpha`, below 1.

    Returns
    -------
    float
        In the unit of the metric.
    """
    _sensible(power, alpha)
    return max(
        _shift(df, power, alpha) * error if error > 0 else 0.0
        for error, df in _planned_errors(pilot, seeds, examples)
    )


def _shift(df: float, power: float, alpha: float) -> float:
    """Return the noncentrality at which a two-sided t test has a power."""
    high = 4.0
    while _power(high, df, alpha) < power:
        high *= 2
        if high > 1e6:  # so few degrees of freedom find nothing
            return math.inf
    return float(optimize.brentq(lambda s: _power(s, df, alpha) - power, 0.0, high, xtol=1e-9))


def _defined(pilot: CrossedDifference) -> None:
    if math.isnan(pilot.seed_component) or math.isnan(pilot.rest_component):
        raise Refusal(
            f"No variance components to plan with: {pilot.reason}.",
            "Train at least 3 seeds a side and keep predictions.",
        )


def examples_needed(
    pilot: CrossedDifference,
    effect: float,
    *,
    seeds: int | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Return how many test examples (or groups) establish an effect on new data.

    Parameters
    ----------
    pilot : CrossedDifference
        With the variance components.
    effect : float
        True difference, in the unit of the metric, not 0.
    seeds : int, optional
        Runs a side; those of the pilot by default.
    power, alpha : float
        A power of 0.5 asks for the size at which an estimate as large as the effect would
        just be significant.

    Returns
    -------
    float
        A whole number; infinite where the seeds alone leave too much uncertainty.
    """
    runs = min(pilot.n) if seeds is None else check.whole(seeds, "seeds", at_least=2)
    return _planned(
        pilot, effect, power, alpha,
        lambda t: crossed_power(pilot, effect, seeds=runs, examples=t, alpha=alpha),
    )  # fmt: skip


def seeds_needed_on_new_data(
    pilot: CrossedDifference,
    effect: float,
    *,
    examples: int | None = None,
    power: float = 0.8,
    alpha: float = 0.05,
) -> float:
    """Return how many seeds a side establish an effect on new data.

    Parameters and result mirror `examples_needed`; infinite where the examples alone leave
    too much uncertainty, at least 3 otherwise.
    """
    size = pilot.examples if examples is None else check.whole(examples, "examples", at_least=2)
    needed = _planned(
        pilot, effect, power, alpha,
        lambda s: crossed_power(pilot, effect, seeds=s, examples=size, alpha=alpha),
    )  # fmt: skip
    return max(3.0, needed)


def _planned(
    pilot: CrossedDifference,
    effect: float,
    power: float,
    alpha: float,
    reached: Callable[[float], float],
) -> float:
    _sensible(power, alpha)
    _defined(pilot)
    if effect == 0 or not math.isfinite(effect):
        raise UsageError(f"The effect to find must be a number other than 0; it is {effect}.")
    needed = _first(lambda size: reached(size) - power, 2.0)
    return float(math.ceil(needed - 1e-6)) if math.isfinite(needed) else math.inf
