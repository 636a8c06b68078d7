"""Simulations of unequally many runs: Welch's t alone, and joined with shuffling."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from calibration_cells import Bound, Budget, Row, batches, named
from scipy import special

from variance.statistics.simulation import scores
from variance.statistics.unpaired import splits

SIZES = ((3, 4), (3, 30), (5, 30), (5, 50), (10, 100))
EVEN = ((3, 3), (5, 5), (10, 10), (30, 30))
SHAPES = ("normal", "log-normal", "skewed", "very heavy-tailed", "rare collapse", "tied")
BLOCK = 4_000_000
JOINED, WELCH = "Welch t and shuffling", "Welch t"
MARGIN = "falsely equivalent"
Sides = Callable[[np.random.Generator, int], tuple[Any, Any]]


def tails(x: Any, y: Any, *, shuffled: bool = True) -> dict[str, Any]:
    """Return one-sided p-values of many comparisons at once, each a row of `x` and of `y`.

    Returns
    -------
    dict of str to ndarray, shape (2, trials)
        For Welch's t and for the joined test: the p-values of "the candidate is not better" and
        of "not worse"; as `variance.statistics.unpaired.unpaired_t` for a single comparison,
        which a test proves.
    """
    t, df = _welch(x, y)
    by_t = np.nan_to_num(np.array([special.stdtr(df, -t), special.stdtr(df, t)]), nan=1.0)
    n, m = sorted((x.shape[1], y.shape[1]))
    capped = np.minimum(df, n + (n - 2) * (n / m) ** 3)
    joined = np.nan_to_num(np.array([special.stdtr(capped, -t), special.stdtr(capped, t)]), nan=1.0)
    if shuffled and x.shape[1] != y.shape[1]:
        joined = np.maximum(joined, _shuffled(x, y, t))
    return {WELCH: by_t, JOINED: joined}


def _welch(x: Any, y: Any) -> tuple[Any, Any]:
    a, b = (v.var(axis=1, ddof=1) / v.shape[1] for v in (x, y))
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (a + b) ** 2 / (a**2 / (x.shape[1] - 1) + b**2 / (y.shape[1] - 1))
        return (y.mean(axis=1) - x.mean(axis=1)) / np.sqrt(a + b), df


def _shuffled(x: Any, y: Any, t: Any) -> Any:
    """Return the share of splits as extreme, upwards and downwards; 0 where there is no other."""
    few, many, sign = (x, y, -1) if x.shape[1] < y.shape[1] else (y, x, 1)
    n, m = few.shape[1], many.shape[1]
    rows = splits(n, m, 0)
    member = np.zeros((n + m, len(rows)))
    member[rows, np.arange(len(rows))[:, None]] = 1
    height, shares = max(1, BLOCK // len(rows)), []
    for start in range(0, len(few), height):
        part = slice(start, start + height)
        both = np.concatenate((few[part], many[part]), axis=1)
        shares.append(_as_extreme(both, member, n, sign * t[part]))
    up, down = np.concatenate(shares, axis=1)
    return np.array([up, down] if sign > 0 else [down, up])


def _as_extreme(both: Any, member: Any, n: int, t: Any) -> Any:
    m = both.shape[1] - n
    both, t = both - both.mean(axis=1, keepdims=True), np.nan_to_num(t, posinf=1e9, neginf=-1e9)
    total, squares = both @ member, (both**2) @ member
    all_squares = (both**2).sum(axis=1, keepdims=True)
    spread = (squares - total**2 / n) / (n * (n - 1))
    spread += (all_squares - squares - total**2 / m) / (m * (m - 1))
    gap = total * (1 / n + 1 / m)
    # Of splits that leave no spread only the sign of the difference counts.
    flat = spread <= 1e-12 * all_squares
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.where(flat, np.sign(gap) * math.inf, gap / np.sqrt(np.maximum(spread, 0)))
    found = np.nan_to_num(found, nan=0.0, posinf=math.inf, neginf=-math.inf)
    slack = 1e-9 * (1 + np.abs(t[:, None]))
    others = [(found >= t[:, None] - slack).sum(axis=1), (found <= t[:, None] + slack).sum(axis=1)]
    return np.array([np.where(k > 0, (1 + k) / (1 + member.shape[1]), 0.0) for k in others])


def drawn(shape: str, sizes: tuple[int, int], spread: float = 1.0) -> Sides:
    """Return what draws both sides around one mean, the larger side `spread` times as wide."""
    centre = MEANS[shape]

    def draw(rng: np.random.Generator, trials: int) -> tuple[Any, Any]:
        x, y = (scores(shape, trials * n, rng).reshape(trials, n) - centre for n in sizes)
        return x, spread * y

    return draw


MEANS = {
    "normal": 0.0, "log-normal": math.exp(0.5), "skewed": 2.0, "very heavy-tailed": 0.0,
    "rare collapse": -1.0, "tied": 0.975,
}  # fmt: skip


def counted(draw: Sides) -> Callable[[np.random.Generator, int], dict[str, int]]:
    """Return what counts false verdicts in many trials at once."""

    def batch(rng: np.random.Generator, trials: int) -> dict[str, int]:
        found = tails(*draw(rng, trials))
        hits = {name: int((p.min(axis=0) < 0.025).sum()) for name, p in found.items()}
        # At the margin itself only the nearer of the two one-sided tests can fail.
        for name, p in found.items():
            sides = zip(("upper", "lower"), (p < 0.05).sum(axis=1), strict=True)
            hits |= {f"{MARGIN}, {side} margin, {name}": int(k) for side, k in sides}
        return hits

    return batch


def unequal_runs(budget: Budget) -> Iterator[Row]:
    """Equal means, one shape on both sides, another number of runs."""
    for shape in SHAPES:
        for sizes in SIZES:
            cell = {"shape": shape, "n": "{} + {}".format(*sizes)}
            yield from batches(cell, counted(drawn(shape, sizes)), budget(10_000))


def even_runs(budget: Budget) -> Iterator[Row]:
    """Check the same with equally many runs, where Welch's t decides alone."""
    for shape in SHAPES:
        for sizes in EVEN:
            cell = {"shape": shape, "n": "{} + {}".format(*sizes)}
            for row in batches(cell, counted(drawn(shape, sizes)), budget(20_000)):
                if JOINED not in row["procedure"]:
                    yield row


def unequal_spread(budget: Budget) -> Iterator[Row]:
    """Equal means, and a larger side that spreads less or more than the smaller one."""
    for shape in ("normal", "skewed", "rare collapse"):
        for sizes in ((3, 4), (3, 10), (3, 15), (3, 30), (5, 30), (5, 50), (10, 100)):
            for spread in (0.2, 0.3, 0.4, 0.5, 2.0):
                if shape != "normal" and (spread not in (0.5, 2.0) or sizes not in SIZES):
                    continue
                cell = {"shape": shape, "larger side's SD": spread, "n": "{} + {}".format(*sizes)}
                yield from batches(cell, counted(drawn(shape, sizes, spread)), budget(20_000))


def unequal_power(budget: Budget) -> Iterator[Row]:
    """How often a true difference of normal scores is found."""
    for sizes, effect in (((3, 3), 3.0), ((3, 4), 3.0), ((3, 30), 2.5), ((5, 50), 1.5),
                          ((10, 100), 1.0)):  # fmt: skip
        draw = drawn("normal", sizes)

        def batch(
            rng: np.random.Generator, trials: int, draw: Sides = draw, effect: float = effect
        ) -> dict[str, int]:
            x, y = draw(rng, trials)
            found = tails(x, y + effect)
            return {name: int((p.min(axis=0) < 0.025).sum()) for name, p in found.items()}

        cell = {"difference in SDs": effect, "n": "{} + {}".format(*sizes)}
        yield from batches(cell, batch, budget(10_000))


EQUIVALENT = tuple(f"{MARGIN}, {side} margin, {JOINED}" for side in ("upper", "lower"))
EVEN_EQUIVALENT = tuple(f"{MARGIN}, {side} margin, {WELCH}" for side in ("upper", "lower"))


def power_of(runs: str) -> Callable[[Row], bool]:
    return lambda row: row["procedure"] == JOINED and row["n"] == runs


def normal_joined(row: Row) -> bool:
    return row["shape"] == "normal" and row["procedure"] in (JOINED, *EQUIVALENT)


STUDIES = {
    "unequal_runs": unequal_runs, "even_runs": even_runs, "unequal_spread": unequal_spread,
    "unequal_power": unequal_power,
}  # fmt: skip
BOUNDS = [
    Bound("≤ 0.06", "type-I error, unequally many runs of one shape", "unequal_runs",
          named(JOINED), high=0.06),
    Bound("≤ 0.06", "false equivalence, unequally many runs of one shape", "unequal_runs",
          named(*EQUIVALENT), high=0.06),
    Bound("≤ 0.06", "type-I error, equally many runs of one shape", "even_runs",
          named(WELCH), high=0.06),
    Bound("≤ 0.06", "errors of both kinds, unequally many normal runs of unequal spread",
          "unequal_spread", normal_joined, high=0.06),
    Bound("≥ 0.70", "power, 3 + 4 runs 3 SDs apart", "unequal_power", power_of("3 + 4"), low=0.70),
    Bound("≥ 0.68", "power, 5 + 50 runs 1.5 SDs apart", "unequal_power", power_of("5 + 50"),
          low=0.68),
]  # fmt: skip
