import json
import os
import subprocess
import sys

import numpy as np
import pytest

import variance as va

RNG = np.random.default_rng(1)
LABELS = RNG.integers(0, 3, 400)
HARD = RNG.beta(0.3, 1.2, 400)


def runs(error, seed, seeds=range(12)):
    """Predictions whose errors fall on the hard examples, as those of trained models do."""
    rng = np.random.default_rng(seed)
    wrong = rng.random((len(seeds), 400)) < HARD * error
    return np.where(wrong, (LABELS + 1) % 3, LABELS)


@pytest.fixture
def sweeps(cli, tmp_path):
    """Three stored sweeps: base, better and same."""
    for name, error, seed in (("base", 1.0, 1), ("better", 0.3, 2), ("same", 1.0, 3)):
        np.savez(
            tmp_path / f"{name}.npz",
            predictions=runs(error, seed),
            labels=LABELS,
            seeds=np.arange(12),
            classes=np.array(["cat", "dog", "eel"]),
        )
        assert cli("import", str(tmp_path / f"{name}.npz"), "--name", name).status == 0


def test_sentence_comes_first(cli, sweeps):
    said = cli("compare", "base", "better")

    assert said.status == 0
    assert said.out.startswith("better is a REAL IMPROVEMENT over base on this test set")


def test_json_is_the_contract(cli, sweeps):
    found = json.loads(cli("compare", "base", "better", "--format", "json").out)

    assert found["schema"] == 1
    assert found["verdict"] == found["verdicts"]["test-set"] == "improved"
    assert found["test_set"]["method"] == "paired t"
    assert found["pairing"]["pairs"] == 12
    assert [c["label"] for c in found["per_class"]] != []


def test_command_and_library_agree(cli, sweeps):
    found = json.loads(cli("compare", "base", "better", "--format", "json").out)

    assert va.compare("base", "better").to_dict() == found


@pytest.mark.parametrize("form", ["csv", "markdown"])
def test_other_forms_name_the_verdict(cli, sweeps, form):
    assert "improve" in cli("compare", "base", "better", "--format", form).out.lower()


def test_several_candidates_are_judged_together(cli, sweeps):
    found = json.loads(cli("compare", "base", "better", "same", "--format", "json").out)

    assert [c["candidate"]["name"] for c in found["comparisons"]] == ["better", "same"]


@pytest.mark.parametrize(
    ("pair", "gate", "status"),
    [
        (("base", "better"), "regression", 0),
        (("base", "better"), "regression,inconclusive,not-improved", 0),
        (("better", "base"), "regression", 1),
        (("better", "base"), "inconclusive", 0),
        (("better", "base"), "not-improved", 1),
        (("base", "same"), "regression", 0),
        (("base", "same"), "inconclusive", 1),
        (("base", "same"), "not-improved", 1),
        (("base", "base"), "regression", 1),  # refused: identical runs pass no gate
    ],
)
def test_gate_decides_the_exit_status(cli, sweeps, pair, gate, status):
    assert cli("compare", *pair, "--fail-on", gate).status == status


def test_gate_fails_though_nobody_reads_the_verdict(cli, sweeps):
    line = f"exec {sys.executable} -m variance compare better base --fail-on regression"
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(["sh", "-c", line], stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)

    assert (done.returncode, done.stderr) == (1, b"")


def test_gate_speaks_of_the_scope_that_was_asked_for(cli, sweeps):
    said = cli("compare", "base", "same", "--scope", "new-data", "--fail-on", "inconclusive")

    assert said.status == 1


def test_gate_fails_if_any_candidate_does(cli, sweeps):
    assert cli("compare", "base", "better", "same", "--fail-on", "not-improved").status == 1


def test_margin_makes_equivalence_possible(cli, sweeps):
    out = cli("compare", "base", "same", "--margin", "0.2", "--format", "json").out

    assert json.loads(out)["verdict"] == "equivalent"


def test_costs_are_another_metric(cli, sweeps, tmp_path):
    (tmp_path / "costs.csv").write_text(",cat,dog,eel\ncat,0,10,1\ndog,1,0,1\neel,1,1,0\n")

    out = cli(
        "compare", "base", "better", "--costs", str(tmp_path / "costs.csv"), "--format", "json"
    ).out

    assert json.loads(out)["metric"] == "cost"
    assert json.loads(out)["verdict"] == "improved"


def test_one_sweep_has_a_mean_cost(cli, sweeps, tmp_path):
    (tmp_path / "costs.csv").write_text(",cat,dog,eel\ncat,0,10,1\ndog,1,0,1\neel,1,1,0\n")

    out = cli("show", "base", "--costs", str(tmp_path / "costs.csv"), "--format", "json").out

    confusion = va.load("base").confusion.mean(axis=0)
    expected = (confusion * [[0, 10, 1], [1, 0, 1], [1, 1, 0]]).sum() / 400
    assert json.loads(out)["cost"]["mean"] == pytest.approx(expected)


def test_bootstrap_is_shown_when_asked_for(cli, sweeps):
    assert "BCa bootstrap" in cli("show", "base", "--bootstrap").out
    assert "BCa bootstrap" not in cli("show", "base").out


def test_summary_of_a_ci_job_is_appended_to(cli, sweeps, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    cli("compare", "base", "better")
    cli("compare", "base", "same")

    assert (tmp_path / "summary.md").read_text().count("### ") == 2


def test_luck_of_a_score(cli, sweeps):
    assert "LUCK" in cli("luck", "base", "--score", "0.81").out


def test_luck_among_runs_whose_spread_is_no_number_any_more(cli):
    base = va.from_scores(
        {"loss": [1e-320, 2e-320, 3e-320, 9e-320]}, name="tiny", higher_is_better=False
    )

    assert va.luck(base, 1.0).chance_best_of > 0.5


def test_luck_of_two_scores(cli, sweeps):
    out = cli("luck", "base", "--score", "0.80", "--score", "0.81", "--format", "json").out

    assert json.loads(out)["other"] == 0.81


def test_luck_of_a_claim_is_the_librarys(cli, sweeps):
    line = ("--score", "0.81", "--claimed-n", "5", "--claimed-sd", "0.02", "--margin", "0.1")
    found = json.loads(cli("luck", "base", *line, "--format", "json").out)

    known = {"claimed_n": 5, "claimed_sd": 0.02, "margin": 0.1}
    assert va.luck("base", 0.81, **known).to_dict() == found
    assert found["claim"]["kind"] == "mean-and-sd"


def test_plan_names_the_seeds(cli, sweeps):
    assert "seeds a side" in cli("plan", "base", "--effect", "0.01").out


BAD = [
    (["compare", "base", "better", "--metric", "acuracy"], "(?s)'acuracy'.*'accuracy'"),
    (["compare", "base", "better", "--alpha", "0"], "alpha must lie between 0 and"),
    (["compare", "base", "better", "--alpha", "2"], "alpha must lie between 0 and"),
    (["compare", "base", "better", "--margin", "-0.1"], "margin"),
    (["compare", "base", "better", "--margin", "nan"], "margin"),
    (["compare", "base", "better", "--scope", "all"], "'all' is not one of"),
    (["compare", "base", "better", "--fail-on", "regresion"], "(?s)unknown gate.*'regression'"),
    (["compare", "base", "better", "--fail-on", ""], "unknown gate ''"),
    (["compare", "base", "better", "--method", "anova"], "unknown method 'anova'"),
    (["compare", "base", "better", "same", "--method", "wilcoxon"], "two sweeps only"),
    (["compare", "base", "better", "--costs", "none.csv"], "cannot read the costs in none.csv"),
    (["compare", "base"], "Missing argument"),
    (["compare", "base", "bettr"], "(?s)no sweep 'bettr'.*'better'"),
    (["luck", "base", "--score", "nan"], "score"),
    (["luck", "base", "--score", "99"], "99"),
    (["luck", "base", "--score", "high"], "'high' is not a valid float"),
    (["luck", "base", "--score", "0.8", "--best-of", "0"], "best"),
    (["luck", "base", "--score", "0.8", "--best-of", "1" + 20 * "0"], "best_of must be .* 1,000,"),
    (["luck", "base", "--score", "2", "--claimed-n", "4", "--claimed-sd", "1e308"], "at most 1e"),
    (["luck", "base"], "Missing option '--score'"),
    (["luck", "base", "--claimed-n", "3"], "Missing option '--score'"),
    (["luck", "base", "--score", "0.8", "--claimed-sd", "0.01"], "--claimed-n"),
    (["luck", "base", "--score", "0.8", "--best-of", "3", "--claimed-n", "3"], "not a mean"),
    (["luck", "base", "--score", "1", "--score", "1", "--score", "1"], "one or two scores"),
    (["plan", "base", "--effect", "0"], "effect"),
    (["plan", "base", "--effect", "0.1", "--power", "1"], "power"),
    (["plan", "base"], "Missing option '--effect'"),
]


@pytest.mark.parametrize(("line", "message"), BAD, ids=[" ".join(b[0]) for b in BAD])
def test_bad_input_is_a_clear_error(cli, sweeps, line, message):
    import re

    said = cli(*line)

    assert said.status == 2
    assert re.search(message, said.err)
    assert said.out == ""
    assert "internal error" not in said.err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty"),
        (",cat,dog\ncat,0,1\ndog,1,0\n", "no class 'eel'"),
        (",cat,dog,eel\ncat,0,1,1\ndog,1,0,1\n", "different classes"),
        (",cat,dog,eel\ncat,0,1,1\ndog,1,0,1\neel,1,-1,0\n", "-1"),
        (",cat,dog,eel\ncat,0,1,1\ndog,1,0,1\neel,1,inf,0\n", "inf"),
        (",cat,dog,eel\ncat,0,1,1\ndog,1,0,1\neel,1,x,0\n", "not a number"),
    ],
)
def test_unusable_costs_are_refused(cli, sweeps, tmp_path, text, message):
    (tmp_path / "costs.csv").write_text(text)

    said = cli("compare", "base", "better", "--costs", str(tmp_path / "costs.csv"))

    assert said.status == 2
    assert message in said.err
