"""Simulations of predictions and of redrawn splits, and A/A splits of real sweeps."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from calibration_cells import SEED, SIZES, Bound, Budget, Row, holds, named, rejects, rows
from calibration_scores import decided
from scipy import special
from sklearn.datasets import load_diabetes

from variance.analysis import parts
from variance.analysis.comparison import case, compare
from variance.analysis.results import SCOPES
from variance.records import Runs
from variance.statistics import crossed, means, resampled, resampling
from variance.statistics.simulation import CrossedModel

SETTINGS = {
    "seeds": {"run_sd": 0.3, "example_sd": 0.0, "skill": 3.0},
    "both": {"run_sd": 0.1, "example_sd": 0.5},
    "examples": {"run_sd": 0.02, "example_sd": 1.0},
}
"""What the difference of two sweeps is mostly made of."""


def crossed_null(budget: Budget) -> Iterator[Row]:
    """Draw new seeds and new examples, between which there is no difference."""
    for examples, trials in ((200, 3_000), (1_000, 2_000), (10_000, 1_000)):
        for setting, options in SETTINGS.items():
            if examples == 10_000 and setting != "both":
                continue
            for runs in SIZES:
                cell = {"setting": setting, "T": examples, "n": runs}
                trial = _crossed_trial(options, runs, examples)
                yield from rows(cell, trial, budget(trials))


def _crossed_trial(
    options: dict[str, float], runs: int, examples: int
) -> Callable[[np.random.Generator], dict[str, bool]]:
    paired, apart = CrossedModel(**options, paired_share=0.5), CrossedModel(**options)

    def trial(rng: np.random.Generator) -> dict[str, bool]:
        a, b = paired.draw((runs, runs), examples, rng)
        c, d = apart.draw((runs, runs), examples, rng)
        return {
            "new data, paired": rejects(crossed.crossed_paired(a, b)),
            "new data, unpaired": rejects(crossed.crossed_unpaired(c, d)),
            "this test set, paired": rejects(means.paired_t(a.mean(axis=1), b.mean(axis=1))),
            "this test set, unpaired": rejects(means.welch_t(c.mean(axis=1), d.mean(axis=1))),
            "pooled": pooled(c, d),
        }

    return trial


def pooled(first: Any, second: Any) -> bool:
    """Take every prediction for an independent trial, as one should not."""
    size, p, q = first.size, first.mean(), second.mean()
    spread = math.sqrt(max((p * (1 - p) + q * (1 - q)) / size, 1e-300))
    return bool(abs(q - p) / spread > special.ndtri(0.975))


def crossed_coverage(budget: Budget) -> Iterator[Row]:
    """Give the candidate examples of its own that it always gets right: a true difference."""
    gain = 0.3
    for setting, options in SETTINGS.items():
        model = CrossedModel(**options, paired_share=0.5)
        scale = math.sqrt(1 + model.skill_sd**2 + model.example_sd**2 + model.run_sd**2)
        truth = gain * (1 - float(special.ndtr(model.skill / scale)))
        for runs in SIZES:

            def trial(
                rng: np.random.Generator,
                model: CrossedModel = model,
                runs: int = runs,
                truth: float = truth,
            ) -> dict[str, bool]:
                a, b = model.draw((runs, runs), 1_000, rng)
                b = b | (rng.random(1_000) < gain)
                # The percentile interval of the check, whose own coverage is stated too.
                check = resampling.crossed_bootstrap(a, b, paired=True, rng=rng, resamples=399)
                return {
                    "crossed, paired": holds(crossed.crossed_paired(a, b), truth),
                    "crossed, unpaired": holds(crossed.crossed_unpaired(a, b), truth),
                    "crossed bootstrap (check only)": holds(check, truth),
                }

            yield from rows({"setting": setting, "T": 1_000, "n": runs}, trial, budget(2_500))


def predicted(name: str, correct: Any, labels: Any, first_seed: int = 0) -> Runs:
    """Return runs whose wrong predictions fall on the next class."""
    predictions = np.where(correct, labels, (labels + 1) % 10)
    return Runs(
        name, "classification", np.arange(first_seed, first_seed + len(correct)),
        {"accuracy": correct.mean(axis=1)}, "accuracy", {"accuracy": True},
        tuple("0123456789"), labels, predictions,
    )  # fmt: skip


def whole_comparison_of_predictions(budget: Budget) -> Iterator[Row]:
    """Let what decides in `compare` judge predictions: both scopes, the classes, macro-F1."""
    labels = np.arange(500) % 10
    # The null of "this test set" needs recipes that find the same examples hard.
    model = CrossedModel(run_sd=0.1, example_sd=0.0, skill=3.0)
    for runs in (3, 5, 10):

        def trial(rng: np.random.Generator, runs: int = runs) -> dict[str, bool]:
            a, b = model.draw((runs, runs), labels.size, rng)
            first = predicted("baseline", a, labels)
            check, found = rng.random() < 0.05, {}
            for name, seed in (("same seeds", 0), ("other seeds", 1_000)):
                second = predicted("candidate", b, labels, seed)
                whole, classes = _deciding(first, second, "accuracy")
                f1, _ = _deciding(first, second, "macro_f1")
                found |= {f"{scope}, {name}": whole[scope] for scope in SCOPES}
                found |= {f"any class, {scope}, {name}": classes[scope] for scope in SCOPES}
                found[f"macro-F1, new-data, {name}"] = f1["new-data"]
                found[f"`compare` says otherwise, {name}"] = check and (
                    whole != {scope: decided(compare(first, second), scope) for scope in SCOPES}
                )
            return found

        yield from rows({"n": runs}, trial, budget(800))


def _deciding(first: Runs, second: Runs, metric: str) -> tuple[dict[str, bool], dict[str, bool]]:
    """Return what `compare` decides on the whole and on any class, without the rest of it."""
    one = case(
        first, second, metric=metric, scope=None, margin=None, alpha=0.05,
        paired=None, costs=None, method=None, seed=0,
    )  # fmt: skip
    whole = {s: one.differences[s].excludes(0.0) for s in SCOPES}
    family = parts.class_family(one.match)
    effects = parts.part_effects(family, one.match, one.design, "test-set", 0.05)
    fields = {"test-set": "test_set", "new-data": "new_data"}
    verdicts = {s: [getattr(e, fields[s]).verdict for e in effects] for s in SCOPES}
    return whole, {s: not {"improved", "regressed"}.isdisjoint(v) for s, v in verdicts.items()}


def redrawn(budget: Budget) -> Iterator[Row]:
    """Redraw splits of data that are themselves drawn anew: the corrected resampled t.

    Two features tell equally much of the target; one learner uses the one, the other the other.
    Or 90 of the 442 diabetes patients are drawn, and the true difference between the learners,
    found over all such draws, is the null hypothesis.
    """
    patients, target = load_diabetes(return_X_y=True)
    inner = patients[:, [9, 7]]
    rng = np.random.default_rng([SEED, 1])
    draws = budget.number(8_000)
    sides = [_split_scores(*_patients(inner, target, rng), 5, rng) for _ in range(draws)]
    first, second = np.array(sides).mean(axis=(0, 2))
    for source in ("synthetic", "patients"):
        shift, centre = (second - first, first) if source == "patients" else (0.0, None)
        for splits in (3, 5, 10, 30, 100):

            def trial(
                rng: np.random.Generator,
                source: str = source,
                splits: int = splits,
                shift: float = shift,
                centre: float | None = centre,
            ) -> dict[str, bool]:
                real = source == "patients"
                data = _patients(inner, target, rng) if real else _synthetic(rng)
                x, y = _split_scores(*data, splits, rng)
                _, z = _split_scores(*data, splits, rng)
                found = _redrawn_tests(x, y - shift, z - shift)
                if centre is not None:
                    corrected = resampled.corrected_mean_interval(x, test_share=0.5)
                    found["corrected interval of a mean misses"] = not holds(corrected, centre)
                return found

            yield from rows({"source": source, "n": splits}, trial, budget(5_000))


def _redrawn_tests(x: Any, y: Any, z: Any) -> dict[str, bool]:
    share = 0.5
    return {
        "corrected resampled t": rejects(means.corrected_resampled_t(x, y, test_share=share)),
        "plain paired t": rejects(means.paired_t(x, y)),
        "corrected Welch t": rejects(resampled.corrected_welch_t(x, z, test_share=share)),
        "plain Welch t": rejects(means.welch_t(x, z)),
    }


def _synthetic(rng: np.random.Generator) -> tuple[Any, Any]:
    features = rng.standard_normal((90, 2))
    return features, features.sum(axis=1) + 2 * rng.standard_normal(90)


def _patients(features: Any, target: Any, rng: np.random.Generator) -> tuple[Any, Any]:
    chosen = rng.choice(len(target), 90, replace=False)
    return features[chosen], target[chosen]


def _split_scores(features: Any, target: Any, splits: int, rng: np.random.Generator) -> Any:
    """Return the R² of a line on each feature over redrawn splits, shape (2, splits)."""
    order = rng.permuted(np.tile(np.arange(len(target)), (splits, 1)), axis=1)
    test, train = order[:, : len(target) // 3], order[:, len(target) // 3 :]
    scores = []
    for column in features.T:
        x, y = column[train], target[train]
        dx = x - x.mean(axis=1, keepdims=True)
        slope = (dx * y).sum(axis=1) / (dx**2).sum(axis=1)
        start = y.mean(axis=1) - slope * x.mean(axis=1)
        truth = target[test]
        left = ((truth - start[:, None] - slope[:, None] * column[test]) ** 2).mean(axis=1)
        scores.append(1 - left / truth.var(axis=1))
    return np.array(scores)


STUDIES = {
    "crossed_null": crossed_null, "crossed_coverage": crossed_coverage,
    "whole_comparison_of_predictions": whole_comparison_of_predictions,
    "redrawn": redrawn,
}  # fmt: skip


NEW_DATA = ("new data, paired", "new data, unpaired")
ON_TEST_SET = ("this test set, paired", "this test set, unpaired")
BOUNDS = [
    Bound("≤ 0.06", "type-I error on new data", "crossed_null", named(*NEW_DATA), high=0.06),
    Bound("≤ 0.06", "type-I error on this test set, from predictions", "crossed_null",
          lambda r: r["setting"] == "seeds" and r["procedure"] in ON_TEST_SET, high=0.06),
    Bound("≤ 0.06", "type-I error, redrawn splits, paired", "redrawn",
          named("corrected resampled t"), high=0.06),
    Bound("≤ 0.06", "type-I error, redrawn splits, unpaired", "redrawn",
          named("corrected Welch t"), high=0.06),
    Bound("≤ 0.06", "`compare` on predictions", "whole_comparison_of_predictions",
          lambda r: not r["procedure"].startswith(("any class", "`compare`")), high=0.06),
    Bound("0", "`compare` says otherwise", "whole_comparison_of_predictions",
          lambda r: r["procedure"].startswith("`compare`"), high=0.0),
    Bound("≤ 0.055", "family-wise error, classes, by `compare`", "whole_comparison_of_predictions",
          lambda r: r["procedure"].startswith("any class"), high=0.055),
    Bound("≥ 0.94, n ≥ 10", "coverage: difference on new data", "crossed_coverage",
          lambda r: r["n"] >= 10 and "check" not in r["procedure"], low=0.94),
    Bound("≥ 0.94, n ≥ 10", "coverage: mean over redrawn splits", "redrawn",
          lambda r: "misses" in r["procedure"] and r["n"] >= 10, high=0.06),
]  # fmt: skip
