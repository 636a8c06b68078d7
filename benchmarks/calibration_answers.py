"""Simulations of what is said of single scores, claimed means and reruns."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from calibration_cells import SIZES, Bound, Budget, Row, named, rows

from variance.analysis.reproduction import reproduce
from variance.records import Run, Runs, TestSet
from variance.statistics import claims, luck, means
from variance.statistics.simulation import SHAPES

Draw = Callable[[np.random.Generator, int], Any]
DRAWN: dict[str, Draw] = {**SHAPES, "log-normal": lambda rng, n: np.exp(rng.standard_normal(n))}
LIGHT = ("normal", "skewed", "tied")
STEADY = (*LIGHT, "heavy-tailed")
"""Shapes whose tails fall off at least as fast as an exponential one; t with 3 df besides."""


def one_score(budget: Budget) -> Iterator[Row]:
    """Ask about one more training of the same model, or the best of five."""
    for shape, draw in DRAWN.items():
        for n in SIZES:

            def trial(rng: np.random.Generator, draw: Draw = draw, n: int = n) -> dict[str, bool]:
                values = draw(rng, n + 6)
                runs, found = values[6:], {}
                for name, score, k in (
                    ("one training", values[0], 1), ("best of 5", values[1:6].max(), 5),
                ):  # fmt: skip
                    place = claims.best_of(runs, float(score), k)
                    found[f"{name}, too good"] = place.at_least < 0.05
                    found[f"{name}, either"] = min(place.at_least, place.at_most) < 0.025
                return found

            yield from rows({"shape": shape, "n": n}, trial, budget(10_000))


def claimed_mean(budget: Budget) -> Iterator[Row]:
    """Hold runs against the mean of others from the same model."""
    for shape, draw in DRAWN.items():
        for n in SIZES:

            def trial(rng: np.random.Generator, draw: Draw = draw, n: int = n) -> dict[str, bool]:
                runs, found = draw(rng, n), {}
                margin = 2 * float(np.std(draw(rng, 400)))
                for size in (3, 10, 100):
                    claimed = float(draw(rng, size).mean())
                    name = f"mean of {size}"
                    found[name] = claims.against_mean(runs, claimed, size).excludes(0)
                    sample = draw(rng, size)
                    if (sd := float(sample.std(ddof=1))) > 0:
                        both = claims.against_sample(runs, float(sample.mean()), sd, size)
                        found[f"{name} ± SD"] = claims.for_skewed(both).excludes(0)
                    if size == 10:
                        for side in (-1, 1):
                            apart = claims.against_mean(runs, claimed + side * margin, size)
                            same = means.equivalence(apart, margin, alpha=0.025).equivalent
                            found[f"margin {'below' if side < 0 else 'above'}"] = same
                return found

            yield from rows({"shape": shape, "n": n}, trial, budget(10_000))


def two_scores(budget: Budget) -> Iterator[Row]:
    """Set two trainings of the same model beside each other."""
    for shape, draw in DRAWN.items():
        for n in SIZES:

            def trial(rng: np.random.Generator, draw: Draw = draw, n: int = n) -> dict[str, bool]:
                values = draw(rng, n + 2)
                found = luck.chance_of_gap(values[2:], abs(float(values[0] - values[1])))
                return {"gap": found.cautious < 0.05}

            yield from rows({"shape": shape, "n": n}, trial, budget(10_000))


def reruns(budget: Budget) -> Iterator[Row]:
    """Train some seeds again, with fresh seeds in truth."""
    for count in (1, 2, 3):
        for n in (8, 16, 30, 100):
            for shape, draw in DRAWN.items():

                def trial(
                    rng: np.random.Generator, draw: Draw = draw, n: int = n, count: int = count
                ) -> dict[str, bool]:
                    found = reproduce(*_scored(draw(rng, n + count), count)).judgement
                    return {"beyond": found == "beyond", "cannot be told": found == "unknown"}

                yield from rows({"reruns": count, "shape": shape, "n": n}, trial, budget(2_000))
    for count in (1, 2):
        for n in (16, 30):
            for shape, errors in ERRORS.items():

                def predicted(
                    rng: np.random.Generator, errors: Draw = errors, n: int = n, count: int = count
                ) -> dict[str, bool]:
                    found = reproduce(*_predicted(rng, errors(rng, n + count), count)).judgement
                    return {"beyond": found == "beyond"}

                cell = {"reruns": count, "shape": shape, "n": n}
                yield from rows(cell, predicted, budget(1_000))


ERRORS: dict[str, Draw] = {
    "predictions, skewed": lambda rng, n: 0.02 * np.exp(0.8 * rng.standard_normal(n)),
    "predictions, diverging": lambda rng, n: np.where(rng.random(n) < 0.1, 0.9, 0.02),
}
"""Error rates of runs, of which each errs at random on 200 examples of ten classes."""


def _scored(values: Any, count: int) -> tuple[Runs, list[Run], list[Run]]:
    """Return a sweep, its runs, and reruns of the first, which have the first values."""
    stored = values[count:]
    seeds = np.arange(len(stored))
    runs = Runs("sweep", "scores", seeds, {"score": stored}, "score", {"score": True})
    single = [Run(int(s), {"score": float(v)}) for s, v in zip(seeds, stored, strict=True)]
    return runs, single, [Run(s, {"score": float(values[s])}) for s in range(count)]


def _predicted(
    rng: np.random.Generator, errors: Any, count: int
) -> tuple[Runs, list[Run], list[Run]]:
    examples = 200
    labels = np.arange(examples) % 10
    wrong = rng.random((len(errors), examples)) < np.clip(errors, 0, 1)[:, None]
    other = (labels + rng.integers(1, 10, wrong.shape)) % 10
    classes = tuple(str(k) for k in range(10))
    test = TestSet(labels, classes)
    rows_ = np.where(wrong, other, labels)
    made = [
        Run(i, {"accuracy": float((row == labels).mean())}, row, test)
        for i, row in enumerate(rows_)
    ]
    stored = [replace(run, seed=i) for i, run in enumerate(made[count:])]
    scores = {"accuracy": np.array([run.metrics["accuracy"] for run in stored])}
    runs = Runs(
        "sweep", "classification", np.arange(len(stored)), scores, "accuracy", {"accuracy": True},
        classes=classes, labels=labels, predictions=rows_[count:],
    )  # fmt: skip
    return runs, stored, made[:count]


STUDIES = {
    "one_score": one_score, "claimed_mean": claimed_mean, "two_scores": two_scores,
    "reruns": reruns,
}  # fmt: skip

BOUNDS = [
    Bound("≤ 0.06", "`luck` finds a score of the same model too good", "one_score",
          lambda r: "too good" in r["procedure"] and r["shape"] in STEADY, high=0.06),
    Bound("≤ 0.06", "`luck` finds it too good, or surpassed", "one_score",
          lambda r: "either" in r["procedure"] and r["shape"] in STEADY, high=0.06),
    Bound("≤ 0.06", "a claimed mean, log-normal scores too", "claimed_mean",
          lambda r: r["shape"] != "bimodal", high=0.06),
    Bound("≤ 0.06", "the gap of two scores, but for heavy tails", "two_scores",
          lambda r: r["shape"] in LIGHT, high=0.06),
    Bound("≤ 0.06", "reruns beyond the sweep's variation, diverging ones too", "reruns",
          named("beyond"), high=0.06),
]  # fmt: skip
