"""Simulations of what stands beside the verdict: superiority of a single run, and spread."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from calibration_cells import SIZES, Bound, Budget, Row, holds, rejects, rows, shaped
from scipy import special

from variance.analysis.opinions import PAIRED_SPREAD
from variance.statistics import paired_spread, ranks, spread
from variance.statistics.simulation import SHAPES, paired_scores, scores


def spread_test(budget: Budget) -> Iterator[Row]:
    """Is one side steadier, where neither is."""
    for shape in SHAPES:
        for n in SIZES:

            def trial(rng: np.random.Generator, shape: str = shape, n: int = n) -> dict[str, bool]:
                x, y = scores(shape, n, rng), scores(shape, n, rng)
                return {
                    "Brown-Forsythe": rejects(spread.brown_forsythe(x, y)),
                    PAIRED_SPREAD: rejects(paired_spread.sd_ratio(*paired_scores(shape, n, rng))),
                }

            yield from rows({"shape": shape, "n": n}, trial, budget(2_000))


def superiority(budget: Budget) -> Iterator[Row]:
    """Check the chance that a candidate run beats a baseline run."""
    for shift in (0.0, 1.0, 2.0, 3.0):
        truth = float(special.ndtr(shift / math.sqrt(2)))
        for n in SIZES:

            def trial(
                rng: np.random.Generator, n: int = n, shift: float = shift, truth: float = truth
            ) -> dict[str, bool]:
                x, y = rng.standard_normal((2, n))
                related = 0.5 * y + math.sqrt(0.75) * x
                return {
                    "unpaired": holds(ranks.superiority(x, y + shift), truth),
                    "paired, r = 0.5": holds(
                        # The estimand stays that of two runs drawn separately.
                        ranks.superiority(related, y + shift, paired=True),
                        truth,
                    ),
                }

            yield from rows({"truth": round(truth, 3), "n": n}, trial, budget(5_000))


def unequal_superiority(budget: Budget) -> Iterator[Row]:
    """Check the same with unequally many runs and unequal spread."""
    for n, m in ((3, 4), (30, 3), (5, 30), (5, 50), (10, 100)):
        for sd in (0.4, 1.0, 2.5):
            for shift in (0.0, 1.0, 2.0, 3.0):
                truth = float(special.ndtr(shift / math.hypot(1, sd)))

                def trial(
                    rng: np.random.Generator,
                    n: int = n,
                    m: int = m,
                    sd: float = sd,
                    shift: float = shift,
                    truth: float = truth,
                ) -> dict[str, bool]:
                    x, y = rng.standard_normal(n), sd * rng.standard_normal(m) + shift
                    return {"superiority": holds(ranks.superiority(x, y), truth)}

                cell = {"candidate's SD": sd, "truth": round(truth, 3), "n": f"{n} + {m}"}
                yield from rows(cell, trial, budget(5_000))


STUDIES = {
    "spread_test": spread_test, "superiority": superiority,
    "unequal_superiority": unequal_superiority,
}  # fmt: skip
BOUNDS = [
    Bound("≤ 0.06", "type-I error, spread", "spread_test",
          shaped("Brown-Forsythe", PAIRED_SPREAD), high=0.06),
    Bound("≥ 0.94, n ≥ 10", "coverage: superiority", "superiority",
          lambda r: r["n"] >= 10, low=0.94),
    Bound("≥ 0.94", "coverage: superiority, unequally many runs", "unequal_superiority",
          lambda _: True, low=0.94),
]  # fmt: skip
