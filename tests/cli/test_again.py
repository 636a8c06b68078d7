import json

import pytest

BODY = """
import numpy as np
draw = np.random.default_rng(seed)
labels = np.arange(300) % 3
return {
    "predictions": np.where(draw.random(300) < 0.1, (labels + 1) % 3, labels),
    "labels": labels,
    "weights": [draw.normal(size=2)],
}
"""


@pytest.fixture
def toy(cli, experiment):
    """Return a function that writes the experiment and sweeps it, or only rewrites it."""

    def write(old="", new="", *options, sweep=True):
        reference = experiment(BODY.replace(old, new))
        if sweep:
            cli("sweep", reference, "--seeds", "8", "--quiet", "--backend", "inline", *options)

    return write


def verify(cli, *arguments):
    return cli("verify", "baseline", "--backend", "inline", *arguments)


def test_identical_runs_end_with_0(cli, toy):
    toy()
    said = verify(cli)

    assert said.status == 0
    assert said.out.startswith("IDENTICAL: 2 seeds of baseline")
    assert "baseline again: 2/2 runs" in said.err


def test_bits_within_the_variation_end_with_4(cli, toy):
    toy("default_rng(seed)", "default_rng()")
    said = verify(cli, "-q")

    assert (said.status, said.out.startswith("DIFFERENT BITS, WITHIN")) == (4, True)


def test_runs_beyond_the_variation_end_with_5(cli, toy):
    toy("", "", "--seeds", "16")  # fewer runs could not know of a rare divergence
    toy("< 0.1", "< 0.6", sweep=False)
    said = verify(cli, "--trust")

    assert (said.status, said.out.startswith("DIFFERENT BEYOND")) == (5, True)
    assert said.err.startswith("The code of the experiment changed since")
    assert "Likeliest cause: code" in said.out


def test_too_few_runs_end_with_6(cli, toy):
    toy("default_rng(seed)", "default_rng()", "--seeds", "3")
    said = verify(cli, "-q")

    assert (said.status, "3 runs cannot tell" in said.out) == (6, True)


def test_ctrl_c_ends_with_130_and_promises_nothing(cli, toy):
    toy()
    toy("draw =", "os.kill(os.getpid(), signal.SIGINT)\ndraw =", sweep=False)
    said = verify(cli, "-q", "--trust")

    assert (said.status, said.out) == (130, "")
    assert "nothing is kept" in said.err


def test_json_is_json(cli, toy):
    toy()
    found = json.loads(verify(cli, "--format", "json", "--seeds", "1", "-q").out)

    assert (found["schema"], found["judgement"]) == (1, "identical")
    assert found["reruns"][0]["same_weights"] is True


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["verify", "nothing"], "no sweep 'nothing'"),
        (["verify", "baseline", "--seeds", "99"], "fewer than 99"),
        (["verify", "baseline", "--seeds", "99-99"], "has no run of seed 99"),
        (["verify", "baseline", "--jobs", "0"], "jobs must be at least 1"),
        (["verify", "baseline", "--experiment", "mnst"], "unknown experiment 'mnst'"),
        (["verify", "baseline", "--experiment", "moons"], "cannot be trained as baseline was"),
        (["model", "baseline", "--seed", "99", "-o", "m.npz"], "no run of seed 99"),
        (["model", "baseline", "--seed", "1", "-o", "m.txt"], "cannot be written as '.txt'"),
        (["model", "baseline", "--seed", "1"], "Missing option"),
        (["model", "nothing", "--seed", "1", "-o", "m.npz"], "no sweep 'nothing'"),
        (["export", "baseline", "--recipe", "--format", "csv"], "does not go with --recipe"),
        (["export", "nothing", "--recipe"], "no sweep 'nothing'"),
        (["sweep", "--from", "nothing.json"], "cannot read the recipe"),
    ],
)
def test_unusable_arguments_end_with_2(cli, toy, arguments, message):
    toy("", "")
    said = cli(*arguments)

    assert (said.status, said.out) == (2, "")
    assert message in said.err
    assert "Traceback" not in said.err


def test_imported_runs_end_with_2(cli, tmp_path):
    (tmp_path / "runs.csv").write_text("seed,accuracy\n0,0.9\n1,0.91\n")
    cli("import", str(tmp_path / "runs.csv"), "--name", "theirs")

    for command in (["verify", "theirs"], ["export", "theirs", "--recipe"]):
        said = cli(*command)
        assert (said.status, "were made elsewhere and imported" in said.err) == (2, True)


def test_a_model_is_written(cli, toy, tmp_path):
    toy()
    target = tmp_path / "m.npz"
    said = cli("model", "baseline", "--seed", "3", "-o", str(target), "-q")

    assert said.out == f"{target}: the model of seed 3 of baseline\n"
    assert target.is_file()


def test_a_kept_model_is_written_without_training(cli, toy, tmp_path):
    toy("", "", "--keep-weights")
    (tmp_path / "toy.py").unlink()

    assert cli("model", "baseline", "--seed", "3", "-o", str(tmp_path / "m.npz")).status == 0


def test_another_model_is_refused_unless_wanted(cli, toy, tmp_path):
    toy("default_rng(seed)", "default_rng()")
    line = ("model", "baseline", "--seed", "3", "-o", str(tmp_path / "m.npz"), "-q")

    assert cli(*line).status == 2
    said = cli(*line, "--anyway")
    assert (said.status, said.err.startswith("Warning: ")) == (0, True)


def test_a_recipe_is_written_and_trained_from(cli, toy, tmp_path):
    toy()
    recipe = tmp_path / "r.json"

    assert json.loads(cli("export", "baseline", "--recipe").out)["name"] == "baseline"
    assert cli("export", "baseline", "--recipe", "-o", str(recipe)).status == 0
    assert cli("sweep", "--from", str(recipe), "--name", "b", "--seeds", "3", "-q").status == 0

    def accuracies(name):
        return [line.split(",")[2] for line in cli("export", name).out.splitlines()]

    assert accuracies("b") == accuracies("baseline")[:4]


@pytest.mark.parametrize(
    "option", [("--set", "a=1"), ("--vary", "none"), ("--threads", "2"), ("--precision", "float64")]
)
def test_what_a_recipe_says_cannot_be_said_otherwise(cli, toy, tmp_path, option):
    toy()
    cli("export", "baseline", "--recipe", "-o", str(tmp_path / "r.json"))
    said = cli("sweep", "--from", str(tmp_path / "r.json"), *option)

    assert (said.status, f"{option[0]} cannot be given beside --from" in said.err) == (2, True)
