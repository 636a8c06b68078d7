"""Numbers of other programs on small data; `tests/references` has both, and how to renew them."""

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import special

from variance.statistics import (
    aggregates,
    bayes,
    crossed,
    dominance,
    intervals,
    means,
    multiplicity,
    permutation,
    power,
    ranks,
    resampling,
    spread,
    tables,
)

FOLDER = Path(__file__).resolve().parents[1] / "references"
INPUTS, R, PYTHON = (
    json.loads((FOLDER / f"{name}.json").read_text()) for name in ("inputs", "r", "python")
)
UNPAIRED, FEW, PAIRED, TIED, FEWER = (
    (INPUTS[name]["x"], INPUTS[name]["y"])
    for name in ("unpaired", "few", "paired", "tied", "fewer_tied")
)
MARGIN = INPUTS["margin"]


def r(name):
    return R["results"][name]["values"]


def python(name):
    return PYTHON["results"][name]["values"]


def agrees(found, expected, rel=1e-9):
    assert found == pytest.approx(expected, rel=rel, abs=1e-15)


def fields(result, *names):
    return {name: getattr(result, name) for name in names}


def test_each_result_has_its_call_and_the_programs_their_versions():
    for kept in (R, PYTHON):
        assert all(kept["programs"].values())
        assert all(one["call"] and one["values"] for one in kept["results"].values())


def test_welch_t():
    found = means.welch_t(*UNPAIRED)
    agrees({"p": found.p_value, **fields(found, "df", "low", "high")}, r("welch"))


def test_paired_t():
    found = means.paired_t(*PAIRED, level=0.9)
    agrees({"p": found.p_value, **fields(found, "df", "low", "high")}, r("paired_t"))
    agrees({"p": found.p_value, "t": found.statistic}, python("paired_t"))


@pytest.mark.parametrize(
    ("name", "compare", "data"),
    [("tost_welch", means.welch_t, UNPAIRED), ("tost_paired", means.paired_t, PAIRED)],
)
def test_equivalence(name, compare, data):
    found = means.equivalence(compare(*data), MARGIN)
    agrees(found.p_value, r(name)["p"])
    agrees(found.p_value, python(name)["p"])


def test_wilcoxon_with_ties_and_zeros_is_exact():
    agrees(ranks.wilcoxon(*FEWER).p_value, r("wilcoxon_fewer")["p"])


def test_sign_flip():
    found = permutation.sign_flip(*TIED, rng=np.random.default_rng(0))
    agrees(found.p_value, r("sign_flip")["p"])


def test_mann_whitney():
    agrees(ranks.mann_whitney(*FEW).p_value, r("mann_whitney")["p"])


@pytest.mark.parametrize(("alternative", "name"), [("greater", "y_greater"), ("less", "x_greater")])
def test_two_sample_permutation(alternative, name):
    found = permutation.two_sample_permutation(
        *FEW, rng=np.random.default_rng(0), alternative=alternative
    )
    assert found.exact
    agrees(found.p_value, r("permutation")[name])


def test_brown_forsythe():
    found = spread.brown_forsythe(*UNPAIRED)
    agrees({"f": found.statistic, "p": found.p_value}, r("brown_forsythe"))


def test_crossed_random_effects():
    # lme4 finds the components of balanced data by an optimizer, to about six digits.
    differences = np.array(INPUTS["crossed"]["difference"])
    found = crossed.crossed_paired(np.zeros_like(differences), differences)
    expected = r("crossed")
    ours = {
        "estimate": found.estimate,
        "error": found.crossed.standard_error,
        "df": found.crossed.df,
        "seed": found.seed_component,
        "example": found.example_component,
        "rest": found.rest_component,
    }
    agrees(ours, {name: expected[name] for name in ours}, rel=1e-3)
    t = found.estimate / found.crossed.standard_error
    agrees(2 * special.stdtr(found.crossed.df, -abs(t)), expected["p"], rel=1e-3)


ADJUSTMENTS = {
    "holm": multiplicity.holm, "BH": multiplicity.benjamini_hochberg,
    "BY": multiplicity.benjamini_yekutieli, "bonferroni": multiplicity.bonferroni,
    "sidak": multiplicity.sidak,
}  # fmt: skip


@pytest.mark.parametrize("name", ADJUSTMENTS)
def test_multiplicity(name):
    found = ADJUSTMENTS[name](INPUTS["p_values"]).tolist()
    kept = [k["results"][name]["values"]["p"] for k in (R, PYTHON) if name in k["results"]]
    assert kept
    for expected in kept:
        agrees(found, expected)


@pytest.mark.parametrize("i", range(len(INPUTS["power"])))
def test_power(i):
    case = INPUTS["power"][i]
    for design, name in (("paired", "paired"), ("two-sample", "two_sample")):
        found = power.t_power(case["effect"], case["n"], design=design)
        agrees(found, r(f"power_{i}")[name], rel=1e-7)
        agrees(found, python(f"power_{i}")[name], rel=1e-7)


def test_runs_needed():
    found = power.runs_needed(INPUTS["power"][0]["effect"], design="two-sample")
    agrees(found, python("runs_needed")["n"], rel=1e-6)


@pytest.mark.parametrize("i", range(len(INPUTS["failures"])))
def test_failures(i):
    sides = [tuple(side) for side in INPUTS["failures"][i]]
    agrees(tables.failures(*sides, method="fisher").p_value, r(f"fisher_{i}")["p"], rel=1e-8)
    agrees(tables.failures(*sides).p_value, python(f"boschloo_{i}")["p"], rel=1e-4)


def test_wilson():
    found = intervals.wilson(1, 8)
    agrees({"low": found.low, "high": found.high}, python("wilson"))


def test_prediction_interval():
    found = intervals.prediction_interval(UNPAIRED[0])
    agrees({"low": found.low, "high": found.high}, r("prediction"))


def test_brunner_munzel():
    # SciPy has the test of the share itself; the interval here is that of its logit.
    x, y = map(np.array, UNPAIRED)
    above, below = ranks._placements(y, x), ranks._placements(x, y)
    error, df = ranks._error(above, below)
    t = (ranks.superiority(x, y).estimate - 0.5) / error
    expected = python("brunner_munzel")
    agrees(abs(t), abs(expected["statistic"]))
    agrees(2 * special.stdtr(df, -abs(t)), expected["p"])


def test_effect_sizes():
    found = ranks.effect_sizes(*UNPAIRED)
    agrees(fields(found, "superiority", "hedges_g"), python("effect_sizes"), rel=1e-6)


def test_bayesian_correlated_t():
    folds = INPUTS["folds"]
    found = bayes.correlated_t(
        folds["x"], folds["y"], rope=0.01, test_share=1 / (folds["count"] - 1)
    )
    agrees(fields(found, "worse", "same", "better"), python("correlated_t"))


def test_bayesian_signed_rank():
    folds, rng = INPUTS["folds"], np.random.default_rng(0)
    found = bayes.signed_rank(folds["x"], folds["y"], rope=0.01, rng=rng, draws=50_000)
    expected = python("signed_rank")
    assert fields(found, "worse", "same", "better") == pytest.approx(expected, abs=0.01)


def test_aggregates_over_tasks():
    tasks = INPUTS["tasks"]
    agrees(fields(aggregates.aggregate(tasks["x"]), "mean", "median", "iqm"), python("aggregates"))
    found = aggregates.probability_of_improvement(tasks["x"], tasks["y"])
    agrees(found, python("improvement")["probability"])


def test_stochastic_order():
    # deep-significance reads the quantiles off a grid of 0.001.
    found = dominance.violation_ratio(*UNPAIRED)
    assert found == pytest.approx(python("stochastic_order")["violation"], rel=0.02)


@pytest.mark.parametrize("paired", [True, False])
def test_multibootstrap(paired):
    sides = (np.array(INPUTS["correct"][k], dtype=bool) for k in "xy")
    found = resampling.crossed_bootstrap(
        *sides, paired=paired, rng=np.random.default_rng(0), resamples=19_999
    )
    expected = python(f"multibootstrap_{'paired' if paired else 'unpaired'}")
    assert found.standard_error == pytest.approx(expected["error"], rel=0.02)
    assert (found.low, found.high) == pytest.approx((expected["low"], expected["high"]), abs=0.01)
