"""A/A splits of real sweeps: nothing differs but the seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np
from calibration_cells import SEED, SIZES, Bound, Budget, Row, rejects, rows
from calibration_runs import pooled
from calibration_scores import decided

import variance as va
from variance.analysis.comparison import compare
from variance.records import Runs
from variance.statistics import crossed, means, resampled, tables

DIGITS, DIABETES = "digits-200", "diabetes-10000"
STUDIES: dict[str, Callable[[Budget], Iterator[Row]]] = {}
"""Those of sweeps come from `real_studies`, which knows where the sweeps are."""
BOUNDS = [
    Bound("≤ 0.06", "real A/A splits of digits", "real_digits",
          lambda r: r["procedure"] not in ("pooled", "McNemar on one pair"), high=0.06),
]  # fmt: skip


def real_studies(store: str | None) -> dict[str, Callable[[Budget], Iterator[Row]]]:
    """Return the studies of sweeps that are trained here, unless they are there already."""

    def digits(budget: Budget) -> Iterator[Row]:
        yield from real_digits(_trained("digits", 200, DIGITS, store), budget)

    def diabetes(budget: Budget) -> Iterator[Row]:
        yield from real_diabetes(_trained("diabetes", 10_000, DIABETES, store), budget)

    return {"real_digits": digits, "real_diabetes": diabetes}


def _trained(experiment: str, seeds: int, name: str, store: str | None) -> Runs:
    """Return the runs of a sweep that is there, however old its code; else train it."""
    with suppress(va.VarianceError):
        found = va.load(name, store=store).runs
        if len(found) >= seeds:
            return found
    return va.sweep(experiment, seeds, name=name, store=store).runs


def part(runs: Runs, index: Any, name: str, first_seed: int | None = None) -> Runs:
    """Return some runs of a sweep, under their own seeds or counted from `first_seed`."""
    per_run = ("predictions", "confusion")
    fields = {f: v[index] for f in per_run if (v := getattr(runs, f)) is not None}
    for field in ("labels", "examples"):
        value = getattr(runs, field)
        if value is not None and value.ndim == 2:
            fields[field] = value[index]
    seeds = runs.seeds[index]
    if first_seed is not None:
        seeds = np.arange(first_seed, first_seed + len(index))
    digests = tuple(runs.weights_digests[i] for i in index) if runs.weights_digests else ()
    return replace(
        runs, name=name, seeds=seeds, scores={k: v[index] for k, v in runs.scores.items()},
        weights_digests=digests, failures=(), **fields,
    )  # fmt: skip


def _halves(runs: Runs, n: int, rng: np.random.Generator) -> tuple[Any, Any]:
    order = rng.permutation(len(runs))
    return np.sort(order[:n]), np.sort(order[n : 2 * n])


def real_digits(runs: Runs, budget: Budget) -> Iterator[Row]:
    """Split the runs of one sweep at random into a "baseline" and a "candidate"."""
    accuracy, correct = runs.scores["accuracy"], runs.predictions == runs.labels
    p_values: list[float] = []

    def one_pair(rng: np.random.Generator) -> dict[str, bool]:
        mine, other = runs.predictions[rng.choice(len(runs), 2, replace=False)]
        table = tables.mcnemar_table(runs.labels, mine, other)
        return {"McNemar on one pair": rejects(tables.mcnemar(table))}

    yield from rows({"n": 1}, one_pair, budget(4_000))
    for n in (*SIZES, 100):

        def trial(rng: np.random.Generator, n: int = n) -> dict[str, bool]:
            a, b = _halves(runs, n, rng)
            on_test_set = means.welch_t(accuracy[a], accuracy[b])
            if n == 30:
                p_values.append(on_test_set.p_value)
            return {
                "this test set, Welch t": rejects(on_test_set),
                "this test set, paired t": rejects(means.paired_t(accuracy[a], accuracy[b])),
                "new data, unpaired": rejects(crossed.crossed_unpaired(correct[a], correct[b])),
                "new data, paired": rejects(crossed.crossed_paired(correct[a], correct[b])),
                "pooled": pooled(correct[a], correct[b]),
            }

        yield from rows({"n": n}, trial, budget(4_000))
    for n in (5, 10):

        def by_compare(rng: np.random.Generator, n: int = n) -> dict[str, bool]:
            a, b = _halves(runs, n, rng)
            first = part(runs, a, "baseline")
            apart = compare(first, part(runs, b, "candidate"))
            again = compare(part(runs, a, "baseline", 0), part(runs, b, "candidate", 0))
            return {
                f"compare, {scope}, {name}": decided(result, scope)
                for name, result in (("unpaired", apart), ("paired", again))
                for scope in ("test-set", "new-data")
            }

        yield from rows({"n": n}, by_compare, budget(400))
    shares = np.linspace(0, 1, 101)
    yield {"procedure": "p-values", "quantiles": np.quantile(p_values, shares).round(4).tolist(),
           "runs": len(runs), "examples": int(runs.labels.size), "mean": float(accuracy.mean()),
           "sd": float(accuracy.std(ddof=1)), "trials": len(p_values)}  # fmt: skip


def real_diabetes(runs: Runs, budget: Budget) -> Iterator[Row]:
    """Draw disjoint seeds of one sweep: the same patients, other splits."""
    scores, share = runs.scores["r2"], runs.test_size / runs.train_size
    for n in (*SIZES, 100, 1_000):

        def trial(rng: np.random.Generator, n: int = n) -> dict[str, bool]:
            a, b = _halves(runs, n, rng)
            x, y = scores[a], scores[b]
            return {
                "corrected Welch t": rejects(resampled.corrected_welch_t(x, y, test_share=share)),
                "plain Welch t": rejects(means.welch_t(x, y)),
            }

        yield from rows({"n": n}, trial, budget(4_000))
    rng = np.random.default_rng([SEED, 2])
    a, b = _halves(runs, 30, rng)
    first = part(runs, a, "baseline")
    yield {
        "procedure": "compare", "trials": 1, "share": share, "runs": len(runs),
        "mean": float(scores.mean()), "sd": float(scores.std(ddof=1)),
        "disjoint": compare(first, part(runs, b, "candidate")).verdict,
        "same": compare(first, part(runs, a, "candidate")).verdict,
    }  # fmt: skip
