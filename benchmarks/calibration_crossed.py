"""Simulations of new data where it is hard: skewed examples, unequal sides, clusters, plans."""

from __future__ import annotations

import math
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import numpy as np
from calibration_cells import SIZES, Bound, Budget, Row, holds, named, rejects, rows, stream
from scipy import special

from variance.analysis.design import Design
from variance.analysis.pilot import Pilot
from variance.statistics import components, crossed, means, planned, power
from variance.statistics.simulation import CrossedModel

UNPAIRED = Design(paired=False, test_share=None, level=0.95)
AS_IT_IS = 0.5


def _loss_change(kind: str, errors: Any, rng: np.random.Generator) -> Any:
    """Return what the candidate adds to the loss of each example: 0 on average."""
    if kind == "mends e⁴":
        return 0.1 * (3 - errors**4)
    if kind == "mends e²":
        return 0.3 * (1 - errors**2)
    if kind == "mends exp(e)":
        return 0.3 * (math.exp(0.5) - np.exp(errors))
    if kind == "2 % catastrophes":
        return 20 * ((rng.random(errors.size) < 0.02) - 0.02)
    return 0.3 * rng.standard_normal(errors.size)


CHANGES = ("symmetric", "mends e²", "mends exp(e)", "mends e⁴", "2 % catastrophes")


def asymmetric(budget: Budget) -> Iterator[Row]:
    """Squared errors; the candidate trades large for small ones and is equal on the whole."""
    for kind in CHANGES:
        for examples in (50, 200, 1_000):
            for runs in (3, 10):

                def trial(
                    rng: np.random.Generator,
                    kind: str = kind,
                    examples: int = examples,
                    runs: int = runs,
                ) -> dict[str, bool]:
                    errors = rng.standard_normal(examples)
                    noise = 0.1 * rng.standard_normal((2, runs, examples))
                    a, b = (errors + noise) ** 2
                    b = b + _loss_change(kind, errors, rng)
                    found = crossed.crossed_paired(a, b)
                    return {
                        "MSE on new data, paired": rejects(found),
                        "MSE on new data, unpaired": rejects(crossed.crossed_unpaired(a, b)),
                        "no claim for skewness": not found.defined,
                    }

                cell = {"candidate": kind, "T": examples, "n": runs}
                yield from rows(cell, trial, budget(10_000))


def unequal_new_data(budget: Budget) -> Iterator[Row]:
    """Other numbers of runs on the two sides, which differ much from one another."""
    for n, m in ((3, 4), (3, 30), (5, 30), (5, 50), (10, 100)):
        for run_sd in (0.3, 1.0):
            model = CrossedModel(run_sd=run_sd, example_sd=0.1, skill=3.0)

            def trial(
                rng: np.random.Generator, n: int = n, m: int = m, model: CrossedModel = model
            ) -> dict[str, bool]:
                a, b = (np.asarray(side) for side in model.draw((n, m), 300, rng))
                return {
                    "crossed alone": rejects(crossed.crossed_unpaired(a, b)),
                    "as `compare` decides": rejects(UNPAIRED.over_seeds_and_examples(a, b, None)),
                }

            yield from rows(
                {"n": f"{n} + {m}", "run effect": run_sd}, trial, budget(2_000, most=8_000)
            )


def clusters(budget: Budget) -> Iterator[Row]:
    """Draw examples in clusters that are hard together, of one to seven or very unlike sizes."""
    for number, sizes in ((60, "1 to 7"), (10, "log-normal"), (30, "log-normal")):
        for runs in SIZES:

            def trial(
                rng: np.random.Generator, runs: int = runs, number: int = number, sizes: str = sizes
            ) -> dict[str, bool]:
                unlike = np.ceil(np.exp(1 + rng.standard_normal(number))).astype(int)
                each = rng.integers(1, 8, number) if sizes == "1 to 7" else unlike
                groups = np.repeat(np.arange(number), each)
                skill = 3 + 2 * rng.standard_normal(groups.size)
                a, b = (
                    skill + rng.standard_normal(number)[groups]
                    + rng.standard_normal((runs, groups.size)) > 0
                    for _ in range(2)
                )  # fmt: skip
                return {
                    "clusters drawn whole": rejects(crossed.crossed_unpaired(a, b, groups=groups)),
                    "clusters ignored": rejects(crossed.crossed_unpaired(a, b)),
                }

            yield from rows({"clusters": f"{number}, {sizes}", "n": runs}, trial, budget(10_000))


def genuine_spread(budget: Budget) -> Iterator[Row]:
    """Check the interval of the genuine variance between runs, up to long sweeps."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    for run_sd in (0.0, 0.05, 0.3):
        chance = special.ndtr((4.0 + run_sd * nodes) / math.sqrt(1 + 2.0**2))
        truth = float(weights @ (chance - weights @ chance) ** 2) if run_sd else 0.0
        for examples, sizes, trials in (
            (300, (5, 10, 30, 100, 300), 4_000),
            (1_000, (5, 10, 30, 100, 300), 4_000),
            (10_000, (5, 10, 30, 100), 2_000),
        ):
            for runs in sizes:

                def trial(
                    rng: np.random.Generator,
                    run_sd: float = run_sd,
                    examples: int = examples,
                    runs: int = runs,
                    truth: float = truth,
                ) -> dict[str, bool]:
                    single = np.float32
                    skill = 4 + 2 * rng.standard_normal(examples, dtype=single)
                    effect = single(run_sd) * rng.standard_normal((runs, 1), dtype=single)
                    noise = rng.standard_normal((runs, examples), dtype=single)
                    found = components.split_spread(skill + effect + noise > 0)
                    return {"genuine spread": holds(found, truth)}

                cell = {"run effect": run_sd, "T": examples, "n": runs}
                yield from rows(cell, trial, budget(trials, most=trials))


def plans(budget: Budget) -> Iterator[Row]:
    """Plan from pilots, and see how often the plan has the power that it states."""
    for sizes, sds in (
        ((3, 3), (1, 1)), ((3, 30), (1, 1)), ((3, 30), (3, 1)), ((3, 30), (1, 3)),
        ((5, 5), (3, 1)), ((10, 10), (1, 1)),
    ):  # fmt: skip
        effect = math.sqrt((sds[0] ** 2 + sds[1] ** 2) / 2)
        cell = {"pilot": f"{sizes[0]} + {sizes[1]}", "SDs": f"{sds[0]} : {sds[1]}"}
        known: dict[int, float] = {}

        def trial(
            rng: np.random.Generator,
            sizes: tuple[int, int] = sizes,
            sds: tuple[int, int] = sds,
            effect: float = effect,
            known: dict[int, float] = known,
        ) -> dict[str, bool]:
            scores = [sd * rng.standard_normal(n) for sd, n in zip(sds, sizes, strict=True)]
            pilot = Pilot.of_scores(*scores, paired=False)
            n = int(min(planned.seeds_needed(pilot, effect), 400))
            if n not in known:
                known[n] = _welch_power(effect, sds, n)
            return {
                "plan, unpaired, this test set": known[n] >= 0.8,
                "upper limit of the SD": pilot.sd_upper >= effect,
            }

        yield from rows(cell, trial, budget(4_000))
    for n in (3, 5, 10, 30):

        def stated(rng: np.random.Generator, n: int = n) -> dict[str, bool]:
            pilot = Pilot.of_scores(np.zeros(n), rng.standard_normal(n), paired=True)
            found = planned.detectable(pilot, seeds=n)
            return {"smallest difference found, paired": power.t_power(found, n) >= 0.8}

        yield from rows({"pilot": f"{n} pairs", "SDs": "1"}, stated, budget(10_000))
    yield from _plans_for_new_data(budget)


def _welch_power(effect: float, sds: tuple[int, int], n: int) -> float:
    """Return the power of Welch's t with n runs a side, by simulation of the statistic."""
    rng = stream({"effect": effect, "sds": sds, "n": n})
    size, df = 40_000, n - 1
    first, second = (sd**2 / n * rng.chisquare(df, size) / df for sd in sds)
    centre = effect + math.hypot(*sds) / math.sqrt(n) * rng.standard_normal(size)
    freedom = (first + second) ** 2 / ((first**2 + second**2) / df)
    return float(
        np.mean(np.abs(centre) > special.stdtrit(freedom, 0.975) * np.sqrt(first + second))
    )


def _plans_for_new_data(budget: Budget) -> Iterator[Row]:
    cells = (
        ({"run_sd": 0.05, "example_sd": 0.3, "skill": 3.0}, 0.25, 5, 500),
        ({"run_sd": 0.2, "example_sd": 0.3, "skill": 3.0}, 0.4, 10, 300),
        ({"run_sd": 0.05, "example_sd": 0.3, "skill": 3.0}, 0.3, 30, 1_000),
        ({"run_sd": 0.05, "example_sd": 0.3}, 0.4, 5, 300),
    )
    for options, gain, runs, examples in cells:
        model, rng = CrossedModel(**options), stream({"gain": gain, "n": runs, "T": examples})
        truth = _truth([_improved(model, gain, 100, 40_000, rng) for _ in range(8)], examples)

        def trial(
            rng: np.random.Generator,
            model: CrossedModel = model,
            gain: float = gain,
            runs: int = runs,
            examples: int = examples,
            truth: Any = truth,
        ) -> dict[str, bool]:
            pilot = _improved(model, gain, runs, examples, rng)
            seeds = planned.seeds_needed(pilot, truth.effect, examples=examples)
            units = planned.examples_needed(pilot, truth.effect, seeds=runs)
            return {
                "seeds for new data": _kept(truth, seeds, examples),
                "no seeds promised": math.isinf(seeds),
                "examples for new data": _kept(truth, runs, units),
                "no examples promised": math.isinf(units),
            }

        cell = {"pilot": f"{runs} pairs x {examples}", "SDs": f"{options['run_sd']}, gain {gain}"}
        yield from rows(cell, trial, budget(1_000, most=2_000))


def _kept(truth: Any, seeds: float, examples: float) -> bool:
    """Tell whether a plan has its power, or promises none."""
    if math.isinf(seeds) or math.isinf(examples):
        return True
    reached = planned.power(
        truth, truth.effect, seeds=seeds, examples=examples, confidence=AS_IT_IS
    )
    return reached >= 0.8


def _truth(found: list[crossed.CrossedDifference], examples: int) -> Any:
    """Return the mean components of large sweeps as a pilot that knows them."""
    names = ("seed_component", "example_component", "rest_component")
    parts = {name: float(np.mean([getattr(f, name) for f in found])) for name in names}
    spread = max(parts["seed_component"], 0.0) + parts["rest_component"] / examples
    effect = float(np.mean([f.estimate for f in found]))
    return SimpleNamespace(
        **parts, sides=((spread, 10**9),), overlap=0.0, examples=examples, example_df=1e9,
        effect=effect,
    )  # fmt: skip


def planned_power(budget: Budget) -> Iterator[Row]:
    """Set the simulated power on new data beside the planned one."""
    model, gain = CrossedModel(run_sd=0.1), 0.12
    pilot = _improved(model, gain, 200, 20_000, stream({"gain": gain}))
    effect = gain * (1 - float(special.ndtr(4.0 / math.sqrt(1 + 4 + 0.25 + 0.01))))
    for runs, examples in ((3, 2_000), (5, 1_000), (10, 500), (10, 2_000), (30, 1_000)):

        def trial(
            rng: np.random.Generator, runs: int = runs, examples: int = examples
        ) -> dict[str, bool]:
            return {"crossed": rejects(_improved(model, gain, runs, examples, rng))}

        expected = planned.power(pilot, effect, seeds=runs, examples=examples, confidence=AS_IT_IS)
        yield from rows({"n": runs, "T": examples, "planned": expected}, trial, budget(1_500))


def _improved(
    model: CrossedModel, gain: float, runs: int, examples: int, rng: np.random.Generator
) -> crossed.CrossedDifference:
    a, b = model.draw((runs, runs), examples, rng)
    return crossed.crossed_paired(a, b | (rng.random(examples) < gain))


def neighbours(budget: Budget) -> Iterator[Row]:
    """Redraw splits for learners that depend on single training examples: nearest neighbours."""
    for k in (1, 5, 15):
        for splits in (5, 10, 30):

            def trial(
                rng: np.random.Generator, k: int = k, splits: int = splits
            ) -> dict[str, bool]:
                features = rng.standard_normal((2, 90))
                labels = features.sum(axis=0) + rng.standard_normal(90) > 0
                x, y = _neighbour_scores(features, labels, k, splits, rng)
                found = means.corrected_resampled_t(x, y, test_share=0.5)
                return {"corrected resampled t": rejects(found)}

            yield from rows({"neighbours": k, "n": splits}, trial, budget(5_000))


def _neighbour_scores(
    features: Any, labels: Any, k: int, splits: int, rng: np.random.Generator
) -> Any:
    """Return the accuracies of k neighbours in each feature over redrawn splits, (2, splits)."""
    scores = np.empty((2, splits))
    for split in range(splits):
        order = rng.permutation(labels.size)
        test, train = order[:30], order[30:]
        for side, x in enumerate(features):
            gaps = np.abs(x[test][:, None] - x[train])
            near = np.argpartition(gaps, k - 1, axis=1)[:, :k]
            votes = labels[train][near].mean(axis=1) > 0.5
            scores[side, split] = (votes == labels[test]).mean()
    return scores


STUDIES = {
    "asymmetric": asymmetric, "unequal_new_data": unequal_new_data, "clusters": clusters,
    "genuine_spread": genuine_spread, "plans": plans, "planned_power": planned_power,
    "neighbours": neighbours,
}  # fmt: skip


def _from_200(row: Row) -> bool:
    return row["procedure"].startswith("MSE") and row["T"] >= 200


BOUNDS = [
    Bound("≤ 0.06", "type-I error on new data, MSE, T ≥ 200", "asymmetric", _from_200, high=0.06),
    Bound("≤ 0.06", "the same at T = 50, but for unseen catastrophes", "asymmetric",
          lambda r: r["procedure"].startswith("MSE") and r["T"] < 200
          and r["candidate"] != "2 % catastrophes", high=0.06),
    Bound("≤ 0.06", "type-I error on new data, unequal numbers of runs", "unequal_new_data",
          named("as `compare` decides"), high=0.06),
    Bound("≤ 0.06", "type-I error with clusters", "clusters",
          named("clusters drawn whole"), high=0.06),
    Bound("≥ 0.93", "coverage: genuine spread, 5 to 300 runs", "genuine_spread",
          lambda _: True, low=0.93),
    Bound("≥ 0.78", "plans that have the power they state (promised: 0.8)", "plans",
          lambda r: r["procedure"].startswith(("plan,", "smallest", "seeds", "examples")),
          low=0.78),
]  # fmt: skip
