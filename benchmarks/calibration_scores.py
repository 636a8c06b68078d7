"""Simulations of scores: one number a run, drawn from a known truth."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np
from calibration_cells import (
    SEED,
    SIZES,
    Bound,
    Budget,
    Row,
    holds,
    named,
    rejects,
    rows,
    shaped,
    unimodal,
)
from scipy import integrate, stats

from variance.analysis import methods
from variance.analysis.comparison import case, compare
from variance.records import Runs
from variance.statistics import (
    intervals,
    luck,
    means,
    multiplicity,
    power,
    ranks,
    tables,
)
from variance.statistics.simulation import SHAPES, paired_scores, scores

TRUTH = {
    "normal": (0.0, 1.0),
    "skewed": (2.0, math.sqrt(2)),
    "heavy-tailed": (0.0, math.sqrt(3)),
    "tied": (0.975, math.sqrt(0.975 * 0.025 / 100)),
    "bimodal": (-2.0, math.sqrt(1 + 400 * 0.09)),
}
"""Mean and SD of each shape."""


def type_one(budget: Budget) -> Iterator[Row]:
    """Both sides drawn from the same distribution."""
    for shape in SHAPES:
        for n in SIZES:

            def trial(rng: np.random.Generator, shape: str = shape, n: int = n) -> dict[str, bool]:
                pair = paired_scores(shape, n, rng)
                x, y = scores(shape, n, rng), scores(shape, n, rng)
                return {
                    "paired t": rejects(means.paired_t(*pair)),
                    "Welch t": rejects(means.welch_t(x, y)),
                    "superiority": rejects(ranks.superiority(x, y)),
                    "superiority, paired": rejects(ranks.superiority(*pair, paired=True)),
                }

            yield from rows({"shape": shape, "n": n}, trial, budget(20_000))


def unequal(budget: Budget) -> Iterator[Row]:
    """Equal means, but the sides differ in spread, shape or number."""
    for shape in SHAPES:
        centre, sd = TRUTH[shape]
        for n, m in ((3, 3), (5, 5), (10, 10), (30, 30), (5, 30), (30, 5)):

            def trial(
                rng: np.random.Generator,
                shape: str = shape,
                n: int = n,
                m: int = m,
                centre: float = centre,
                sd: float = sd,
            ) -> dict[str, bool]:
                x = (scores(shape, n, rng) - centre) / sd
                steady = 0.2 * rng.standard_normal(m)
                found = {"Welch t, a steady candidate": rejects(means.welch_t(x, steady))}
                if n == m:
                    found["paired t, a steady candidate"] = rejects(means.paired_t(x, steady))
                return found

            yield from rows({"shape": shape, "n": f"{n} + {m}"}, trial, budget(5_000))


def coverage(budget: Budget) -> Iterator[Row]:
    """Intervals of one sweep: how often they hold the truth."""
    for shape in SHAPES:
        for n in SIZES:
            mean, sd = TRUTH[shape]

            def trial(
                rng: np.random.Generator,
                shape: str = shape,
                n: int = n,
                mean: float = mean,
                sd: float = sd,
            ) -> dict[str, bool]:
                x = scores(shape, n + 1, rng)
                new, x = float(x[-1]), x[:-1]
                around = intervals.prediction_interval(x)
                found = {
                    "mean, t": holds(intervals.mean_interval(x), mean),
                    "SD, χ²": holds(intervals.sd_interval(x), sd),
                    # A new run with the score of all the others lies in an interval of length 0.
                    "one new run": around.low <= new <= around.high,
                }
                if n >= 5:
                    found["SD, Bonett"] = holds(intervals.robust_sd_interval(x), sd)
                return found

            yield from rows({"shape": shape, "n": n}, trial, budget(10_000))


def bootstrap_coverage(budget: Budget) -> Iterator[Row]:
    for shape in SHAPES:
        mean, sd = TRUTH[shape]
        for n in SIZES:

            def trial(
                rng: np.random.Generator,
                shape: str = shape,
                n: int = n,
                mean: float = mean,
                sd: float = sd,
            ) -> dict[str, bool]:
                x = scores(shape, n, rng)
                by_mean = intervals.bca(x, resamples=999, rng=rng)
                by_sd = intervals.bca(x, _sd, resamples=999, rng=rng)
                return {"mean, BCa": holds(by_mean, mean), "SD, BCa": holds(by_sd, sd)}

            yield from rows({"shape": shape, "n": n}, trial, budget(600))


def _sd(x: Any, axis: int = -1) -> Any:
    return np.std(x, axis=axis, ddof=1)


def equivalence(budget: Budget) -> Iterator[Row]:
    """Call two sweeps equivalent whose true difference is the margin itself: an error."""
    for shape in SHAPES:
        _, sd = TRUTH[shape]
        for n in SIZES:

            def trial(
                rng: np.random.Generator, shape: str = shape, n: int = n, sd: float = sd
            ) -> dict[str, bool]:
                x, y = scores(shape, n, rng), scores(shape, n, rng)
                margin = 2 * sd
                found = {"TOST, paired t": means.paired_t, "TOST, Welch t": means.welch_t}
                return {
                    name: means.equivalence(compare(x, y + margin), margin).equivalent
                    for name, compare in found.items()
                }

            yield from rows({"shape": shape, "n": n}, trial, budget(5_000))


def families(budget: Budget) -> Iterator[Row]:
    """Ten classes, or five candidates with one baseline, none of which differs."""
    for size in (20, 50, 100, 1_000):
        for n in SIZES:

            def classes(rng: np.random.Generator, n: int = n, size: int = size) -> dict[str, bool]:
                recall = 0.9 + 0.02 * rng.standard_normal((2, 1, n))
                x, y = rng.binomial(size, np.clip(recall, 0, 1), (2, 10, n)) / size
                return _family(zip(x, y, strict=True))

            cell = {"family": f"10 classes of {size:,}", "n": n}
            yield from rows(cell, classes, budget(3_000))
    for n in SIZES:

        def candidates(rng: np.random.Generator, n: int = n) -> dict[str, bool]:
            base = rng.standard_normal(n)
            return _family((base, rng.standard_normal(n)) for _ in range(5))

        yield from rows({"family": "5 candidates", "n": n}, candidates, budget(3_000))


def _family(pairs: Any) -> dict[str, bool]:
    pairs = list(pairs)
    found = {}
    for name, test in (("paired t", means.paired_t), ("Welch t", means.welch_t)):
        p = np.array([test(x, y).p_value for x, y in pairs])
        found[f"{name}, Holm"] = bool((multiplicity.holm(p) < 0.05).any())
        found[f"{name}, each at 0.05"] = bool((p < 0.05).any())
    return found


def scored(name: str, values: Any, first_seed: int = 0) -> Runs:
    """Return runs of which only the scores are known."""
    seeds = np.arange(first_seed, first_seed + len(values))
    return Runs(name, "scores", seeds, {"score": np.asarray(values)}, "score", {"score": True})


def by_request(budget: Budget) -> Iterator[Row]:
    """Let the procedures decide that ``--method`` asks for."""
    for shape in SHAPES:
        for n in SIZES:

            def trial(rng: np.random.Generator, shape: str = shape, n: int = n) -> dict[str, bool]:
                x, y = paired_scores(shape, n, rng, shared=0.0)
                first, second = scored("baseline", x), scored("candidate", y)
                return {
                    name: _decides(name, first, second, int(rng.integers(2**31)))
                    for name in methods.METHODS
                    if name != "mcnemar"
                }

            yield from rows({"shape": shape, "n": n}, trial, budget(400))


def _decides(method: str, first: Runs, second: Runs, seed: int) -> bool:
    paired = None if method in methods.PAIRED else False
    one = case(
        first, second, metric=None, scope=None, margin=None, alpha=0.05, paired=paired,
        costs=None, method=method, seed=seed,
    )  # fmt: skip
    found = methods.decide(method, one.match, one.design, None, 0.05, seed)
    return found.verdict in ("improved", "regressed")


def whole_comparison(budget: Budget) -> Iterator[Row]:
    """Ask what decides in `compare` on scores, and in one trial of fifty `compare` itself."""
    for shape in ("normal", "tied"):
        for n in SIZES:
            cell, paired = {"shape": shape, "n": n}, partial(paired_scores, shape, n, shared=0.0)
            yield from rows(cell, partial(_by_compare, draw=paired), budget(4_000, most=20_000))
    for shape in ("normal", "log-normal"):
        for n, m in ((3, 4), (3, 30)):

            def unpaired(
                rng: np.random.Generator, shape: str = shape, n: int = n, m: int = m
            ) -> tuple[Any, Any]:
                return scores(shape, n, rng), scores(shape, m, rng)

            cell = {"shape": shape, "n": f"{n} + {m}"}
            yield from rows(cell, partial(_by_compare, draw=unpaired), budget(2_000, most=8_000))


def _by_compare(
    rng: np.random.Generator, draw: Callable[[np.random.Generator], tuple[Any, Any]]
) -> dict[str, bool]:
    x, y = draw(rng)
    first, asked, found = scored("baseline", x), rng.random() < 0.02, {}
    for name, seed in (("same seeds", 0), ("other seeds", 1_000)):
        if seed == 0 and len(x) != len(y):
            continue
        second = scored("candidate", y, first_seed=seed)
        decides = _differ(first, second)
        found[f"compare, {name}"] = decides
        if asked:
            result = compare(first, second)
            found[f"compare disagrees, {name}"] = decided(result) != decides
            found[f"contradiction, {name}"] = contradicts(result)
    return found


def _differ(first: Runs, second: Runs) -> bool:
    one = case(
        first, second, metric=None, scope=None, margin=None, alpha=0.05, paired=None,
        costs=None, method=None, seed=0,
    )  # fmt: skip
    return one.differences["test-set"].excludes(0.0)


def decided(result: Any, scope: str | None = None) -> bool:
    verdict = result.verdict if scope is None else result.verdicts[scope]
    return verdict in ("improved", "regressed")


def contradicts(result: Any) -> bool:
    """Tell whether verdict, interval and p-value disagree with one another."""
    effect = result.test_set
    if effect is None or effect.ci is None:
        return decided(result)
    outside = effect.ci[0] > 0 or effect.ci[1] < 0
    return not (outside == (effect.p_value < 0.05) == decided(result))


def textbook_power(budget: Budget) -> Iterator[Row]:
    """Set the simulated power of the t procedures beside the noncentral t."""
    for design, test in (("paired", means.paired_t), ("two-sample", means.welch_t)):
        for n in SIZES:
            for wanted in (0.3, 0.5, 0.8, 0.95):
                effect = power.detectable_effect(n, design=design, power=wanted)
                scale = math.sqrt(0.5) if design == "paired" else 1.0

                def trial(
                    rng: np.random.Generator,
                    n: int = n,
                    effect: float = effect,
                    scale: float = scale,
                    test: Any = test,
                ) -> dict[str, bool]:
                    x, y = scale * rng.standard_normal((2, n))
                    return {"t": rejects(test(x, y + effect))}

                cell = {"design": design, "n": n, "textbook": wanted, "effect": effect}
                yield from rows(cell, trial, budget(5_000))


def proportions(_: Budget) -> Iterator[Row]:
    """Wilson's interval, by exact summation over the binomial distribution."""
    grid = np.linspace(0.005, 0.995, 199)
    for n in (10, 30, 100, 1000):
        found = [intervals.wilson(k, n) for k in range(n + 1)]
        low, high = np.array([i.low for i in found]), np.array([i.high for i in found])
        inside = (low <= grid[:, None]) & (grid[:, None] <= high)
        cover = (stats.binom.pmf(np.arange(n + 1), n, grid[:, None]) * inside).sum(axis=1)
        yield {"procedure": "Wilson", "n": n, "rate": float(cover.mean()),
               "lowest": float(cover.min()), "trials": 0}  # fmt: skip


def failed_runs(_: Budget) -> Iterator[Row]:
    """Boschloo's and Fisher's tests of the failures, by exact enumeration."""
    grid = np.linspace(0.02, 0.5, 25)
    for n in (3, 5, 10):
        weights = stats.binom.pmf(np.arange(n + 1), n, grid[:, None])
        for method in ("boschloo", "fisher"):
            table = [
                [rejects(tables.failures((i, n), (j, n), method=method)) for j in range(n + 1)]
                for i in range(n + 1)
            ]
            size = np.einsum("gi,ij,gj->g", weights, np.array(table, dtype=float), weights)
            yield {"procedure": method, "n": n, "rate": float(size.max()), "trials": 0}


def best_of(budget: Budget) -> Iterator[Row]:
    """Set the mean of the expected best of k over sweeps beside the truth."""
    for k, n in ((3, 5), (5, 10), (5, 30), (20, 30)):
        rng = np.random.default_rng([SEED, k, n])
        sweeps = budget.number(4_000)
        found = [luck.expected_best(rng.standard_normal(n), k).estimate for _ in range(sweeps)]
        truth, _ = integrate.quad(
            lambda z, k=k: z * k * stats.norm.cdf(z) ** (k - 1) * stats.norm.pdf(z), -9, 9
        )
        error = float(np.std(found, ddof=1)) / math.sqrt(len(found))
        yield {"k": k, "n": n, "measured": float(np.mean(found)), "truth": truth, "error": error,
               "trials": len(found)}  # fmt: skip


STUDIES = {
    "type_one": type_one, "unequal": unequal, "coverage": coverage,
    "bootstrap_coverage": bootstrap_coverage, "equivalence": equivalence, "families": families,
    "by_request": by_request, "whole_comparison": whole_comparison,
    "textbook_power": textbook_power, "proportions": proportions, "failed_runs": failed_runs,
    "best_of": best_of,
}  # fmt: skip


def regular(row: Row) -> bool:
    tests = ("paired t", "Welch t")
    return row["procedure"] in tests and row["n"] >= 10 and row["shape"] in ("normal", "tied")


INTERVALS = ("mean, t", "SD, χ²", "SD, Bonett", "one new run")
BOUNDS = [
    Bound("≤ 0.06", "type-I error, paired t", "type_one", shaped("paired t"), high=0.06),
    Bound("≤ 0.06", "type-I error, Welch t", "type_one", shaped("Welch t"), high=0.06),
    Bound("0.04 to 0.06", "the same, normal and tied, n ≥ 10", "type_one", regular, 0.04, 0.06),
    Bound("≤ 0.06", "type-I error, superiority", "type_one",
          shaped("superiority", "superiority, paired"), high=0.06),
    Bound("≤ 0.06", "false equivalence", "equivalence",
          shaped("TOST, paired t", "TOST, Welch t"), high=0.06),
    Bound("≤ 0.06", "`compare` on scores", "whole_comparison",
          named("compare, same seeds", "compare, other seeds"), high=0.06),
    Bound("0", "`compare` says otherwise, or contradicts itself", "whole_comparison",
          lambda r: not r["procedure"].startswith("compare,"), high=0.0),
    Bound("≤ 0.055", "family-wise error, classes and candidates", "families",
          lambda r: r["procedure"].endswith("Holm"), high=0.055),
    Bound("≤ 0.06", "`--method` procedures", "by_request", unimodal, high=0.06),
    Bound("≤ 0.06", "failures, Boschloo and Fisher (exact)", "failed_runs",
          lambda _: True, high=0.06),
    *(Bound("≥ 0.94, n ≥ 10", f"coverage: {name}", "coverage", shaped(name, least=10), low=0.94)
      for name in INTERVALS),
    Bound("≥ 0.94, on average", "coverage: Wilson (exact)", "proportions",
          lambda _: True, low=0.94),
]  # fmt: skip
