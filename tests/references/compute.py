"""Computes python.json: what other Python programs make of inputs.json.

    python -m venv /tmp/others
    /tmp/others/bin/pip install statsmodels pingouin baycomp rliable deepsig
    /tmp/others/bin/python tests/references/compute.py

It imports nothing of this project.  What no program computes is enumerated or simulated here, in
the plainest way.
"""

from __future__ import annotations

import json
from fractions import Fraction
from importlib import import_module
from importlib.metadata import version
from math import comb
from pathlib import Path
from typing import Any

import baycomp
import numpy as np
import pingouin
from rliable import metrics
from scipy import stats
from statsmodels.stats import multitest, proportion, weightstats
from statsmodels.stats import power as planned

FOLDER = Path(__file__).resolve().parent
PROGRAMS = ("numpy", "scipy", "statsmodels", "pingouin", "baycomp", "rliable", "deepsig")
RESULTS: dict[str, Any] = {}


def keep(name: str, call: str, **values: Any) -> None:
    """Keep what a call returned."""
    RESULTS[name] = {"call": call, "values": {k: np.asarray(v).tolist() for k, v in values.items()}}


def two_samples(x: Any, y: Any, margin: float) -> None:
    p, _, _ = weightstats.ttost_ind(y, x, -margin, margin, usevar="unequal")
    keep("tost_welch", "statsmodels ttost_ind(y, x, -margin, margin, usevar='unequal')", p=p)
    found = stats.brunnermunzel(x, y)
    keep("brunner_munzel", "scipy.stats.brunnermunzel(x, y)",
         statistic=found.statistic, p=found.pvalue)  # fmt: skip
    found = pingouin.mwu(y, x)
    keep("effect_sizes", "pingouin.mwu(y, x); compute_effsize(y, x, eftype='hedges')",
         superiority=found["CLES"].iloc[0],
         hedges_g=pingouin.compute_effsize(y, x, eftype="hedges"))  # fmt: skip


def pairs(x: Any, y: Any, margin: float) -> None:
    p, _, _ = weightstats.ttost_paired(np.array(y), np.array(x), -margin, margin)
    keep("tost_paired", "statsmodels ttost_paired(y, x, -margin, margin)", p=p)
    found = pingouin.ttest(y, x, paired=True).iloc[0]
    keep("paired_t", "pingouin.ttest(y, x, paired=True)", t=found["T"], p=found["p_val"])


def posterior(x: Any, y: Any) -> None:
    # Its ROPE is in the unit of the scores; probabilities are left, rope, right: x better first.
    left, same, right = baycomp.CorrelatedTTest.probs(np.array(x), np.array(y), 0.01, runs=1)
    keep("correlated_t", "baycomp.CorrelatedTTest.probs(x, y, rope=0.01, runs=1)",
         worse=left, same=same, better=right)  # fmt: skip
    left, same, right = baycomp.SignedRankTest.probs(
        np.array(x), np.array(y), 0.01, nsamples=100_000, random_state=0
    )
    keep("signed_rank", "baycomp.SignedRankTest.probs(x, y, rope=0.01, nsamples=100000)",
         worse=left, same=same, better=right)  # fmt: skip


def many_tasks(x: Any, y: Any) -> None:
    x, y = np.array(x), np.array(y)
    keep("aggregates", "rliable.metrics.aggregate_mean, _median, _iqm (x)",
         mean=metrics.aggregate_mean(x), median=metrics.aggregate_median(x),
         iqm=metrics.aggregate_iqm(x))  # fmt: skip
    keep("improvement", "rliable.metrics.probability_of_improvement(y, x)",
         probability=metrics.probability_of_improvement(y, x))  # fmt: skip


def order(x: Any, y: Any) -> None:
    # Called for the first being better; its quantiles are read off a grid of 0.001.
    ratio = import_module("deepsig.aso").compute_violation_ratio(np.array(y), np.array(x), dt=0.001)
    keep("stochastic_order", "deepsig compute_violation_ratio(y, x, dt=0.001)", violation=ratio)


def adjusted(p: Any) -> None:
    for ours, theirs in (("holm", "holm"), ("BH", "fdr_bh"), ("BY", "fdr_by"), ("sidak", "sidak")):
        found = multitest.multipletests(p, method=theirs)[1]
        keep(ours, f"statsmodels multipletests(p, method='{theirs}')", p=found)


def power(cases: Any) -> None:
    for i, case in enumerate(cases):
        effect, n = case["effect"], case["n"]
        keep(f"power_{i}", "statsmodels TTestPower, TTestIndPower .power(effect, n, 0.05)",
             paired=planned.TTestPower().power(effect, n, 0.05),
             two_sample=planned.TTestIndPower().power(effect, n, 0.05))  # fmt: skip
    found = planned.TTestIndPower().solve_power(cases[0]["effect"], power=0.8, alpha=0.05)
    keep("runs_needed", "statsmodels TTestIndPower().solve_power(effect, power=0.8)", n=found)


def failures(tables: Any) -> None:
    for i, ((a, n), (b, m)) in enumerate(tables):
        keep(f"boschloo_{i}", "enumeration of all tables, over 20,000 common rates",
             p=boschloo(a, n, b, m))  # fmt: skip
    low, high = proportion.proportion_confint(1, 8, method="wilson")
    keep("wilson", "statsmodels proportion_confint(1, 8, method='wilson')", low=low, high=high)


def fisher(a: int, n: int, b: int, m: int, *, upper: bool) -> Fraction:
    """Return the one-sided p-value of Fisher's test: `a` as large (or small), given a + b."""
    total = comb(n + m, a + b)
    more = range(a, min(n, a + b) + 1) if upper else range(max(0, a + b - m), a + 1)
    return Fraction(sum(comb(n, k) * comb(m, a + b - k) for k in more), total)


def boschloo(a: int, n: int, b: int, m: int) -> float:
    """Return twice the smaller one-sided p-value, Fisher's p being the statistic."""
    rates = np.linspace(0, 1, 20_001)[1:-1]
    sides = []
    for upper in (False, True):
        found = fisher(a, n, b, m, upper=upper)
        chance = np.zeros_like(rates)
        for i in range(n + 1):
            for j in range(m + 1):
                if fisher(i, n, j, m, upper=upper) <= found:
                    ways = float(comb(n, i) * comb(m, j))
                    chance += ways * rates ** (i + j) * (1 - rates) ** (n + m - i - j)
        sides.append(float(chance.max()))
    return min(1.0, 2 * min(sides))


def multibootstrap(x: Any, y: Any, resamples: int = 40_000) -> None:
    """Resample seeds and examples at once, one draw after the other."""
    x, y = np.array(x, dtype=float), np.array(y, dtype=float)
    for paired in (True, False):
        rng, drawn = np.random.default_rng(1), np.empty(resamples)
        for i in range(resamples):
            examples = rng.integers(0, x.shape[1], x.shape[1])
            first = rng.integers(0, len(x), len(x))
            second = first if paired else rng.integers(0, len(y), len(y))
            drawn[i] = y[second][:, examples].mean() - x[first][:, examples].mean()
        low, high = np.quantile(drawn, [0.025, 0.975])
        keep(f"multibootstrap_{'paired' if paired else 'unpaired'}",
             "seeds and examples drawn with replacement, 40,000 times",
             error=drawn.std(ddof=1), low=low, high=high)  # fmt: skip


def main() -> None:
    d = json.loads((FOLDER / "inputs.json").read_text())
    two_samples(**d["unpaired"], margin=d["margin"])
    pairs(**d["paired"], margin=d["margin"])
    posterior(d["folds"]["x"], d["folds"]["y"])
    many_tasks(**d["tasks"])
    order(**d["unpaired"])
    adjusted(d["p_values"])
    power(d["power"])
    failures(d["failures"])
    multibootstrap(**d["correct"])
    programs = {name: version(name) for name in PROGRAMS}
    text = json.dumps({"programs": programs, "results": RESULTS}, indent=1)
    (FOLDER / "python.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
