"""Before the experiment: power, the smallest effect that can be seen, and what to add.

Power of t tests is exact for normal scores (noncentral t).
"""

from __future__ import annotations

import math
from collections.abc import Callable

from scipy import optimize, special

from variance.errors import UsageError
from variance.statistics import _checks as check
from variance.statistics.intervals import sd_factors
from variance.statistics.results import t_quantile

DESIGNS = ("paired", "two-sample")
MOST = 10**9
"""Runs or examples beyond which the answer is "no number suffices"."""


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
    return noncentral_power(shift if one_sided else abs(shift), df, alpha, one_sided=one_sided)


def noncentral_power(shift: float, df: float, alpha: float, *, one_sided: bool = False) -> float:
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
    sensible(power, alpha)

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
    sensible(power, alpha)
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


def sensible(power: float, alpha: float) -> None:
    """Refuse a power that does not lie between alpha and 1."""
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


def noncentrality(df: float, power: float, alpha: float) -> float:
    """Return the noncentrality at which a two-sided t test has a power."""
    high = 4.0
    while noncentral_power(high, df, alpha) < power:
        high *= 2
        if high > 1e6:  # so few degrees of freedom find nothing
            return math.inf
    return float(
        optimize.brentq(lambda s: noncentral_power(s, df, alpha) - power, 0.0, high, xtol=1e-9)
    )


def first_whole(reached: Callable[[float], bool]) -> float:
    """Return the smallest whole number from 2 on at which a rising condition holds.

    Parameters
    ----------
    reached : callable
        Once true, true for all larger numbers.

    Returns
    -------
    float
        Infinite where it does not hold at `MOST`.
    """
    if not reached(MOST):
        return math.inf
    low, high = 1, 2
    while not reached(high):
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return float(high)
