"""Each mismatch is caused for real: other data, other source, other threads, an edited file."""

import json
import sqlite3

import pytest

from variance.store import SweepReader, seal


@pytest.fixture
def toy(tmp_path):
    """Return a function that writes an experiment; its file stays the same unless it is told."""

    def write(offset=0):
        path = tmp_path / "toy.py"
        path.write_text(
            "import numpy as np\n"
            "def train(seed, rate=0.5):\n"
            "    draws = np.random.default_rng(seed).integers(0, 2, 40)\n"
            f"    return draws, np.arange({offset}, {offset} + 40) % 2\n"
        )
        return f"{path}:train"

    return write


@pytest.fixture
def sweep(cli, toy):
    def train(name, *options, experiment=None):
        said = cli(
            "sweep", experiment or toy(), "--seeds", "3", "--quiet", "--backend", "inline",
            "--name", name, *options,
        )  # fmt: skip
        assert said.status == 0, said.err

    return train


@pytest.fixture
def diff(cli):
    def run(first="a", second="b"):
        said = cli("diff", first, second, "--format", "json")
        assert said.status == 0, said.err
        return json.loads(said.out)

    return run


def edit(home, name, facts):
    """Change the stored facts of a sweep's last session; None removes one."""
    with sqlite3.connect(home.path(name)) as db:
        key, text = db.execute("SELECT max(id), environment FROM session").fetchone()
        changed = {k: v for k, v in {**json.loads(text), **facts}.items() if v is not None}
        db.execute("UPDATE session SET environment = ? WHERE id = ?", (json.dumps(changed), key))
        seal.sign(db)
    db.close()


def effects(found):
    return {d["what"]: d["may_change"] for d in found["differences"] if d["known"]}


HARMLESS = {"command": "nothing", "started": "nothing"}


def relevant(found):
    return {k: v for k, v in effects(found).items() if k not in HARMLESS}


def test_the_same_again_differs_in_nothing_that_matters(cli, sweep, diff):
    sweep("a", experiment="moons")
    sweep("b", experiment="moons")
    found = diff()

    assert relevant(found) == {}
    assert (found["bits"], found["shared_seeds"], found["agreeing"]) == ("same", 3, 3)
    assert "Nothing differs that can change a bit" in cli("diff", "a", "b").out


def test_changed_source(sweep, diff, toy):
    sweep("a")
    sweep("b", experiment=toy(offset=1))
    found = diff()

    assert relevant(found) == {"code": "results", "test examples": "results"}
    assert found["explanations"][:2] == ["test examples", "code"]


def test_changed_source_of_a_module_beside(sweep, diff, experiment, tmp_path, home):
    mine = experiment("import near; return {'accuracy': near.X + seed / 10}")
    for name, text in (("a", "X = 0.1"), ("b", "X = 0.25")):
        (tmp_path / "near.py").write_text(text)
        sweep(name, experiment=mine)
    with SweepReader(home.path("b")) as reader:
        scores = reader.metrics()["accuracy"].tolist()

    assert relevant(diff()) == {"code": "results"}
    assert scores == [0.25, 0.35, 0.45]  # what was trained is what the digest tells of


def test_other_data(sweep, diff):
    sweep("a", experiment="moons")
    sweep("b", "--set", "noise=0.3", experiment="moons")
    found = relevant(diff())

    assert found == {"data": "results", "setting noise": "results"}


def test_another_number_of_threads(sweep, diff):
    sweep("a")
    sweep("b", "--threads", "2")

    assert relevant(diff()) == {"threads": "bits"}


def test_another_version_in_the_file(sweep, diff, home, cli):
    for name in "ab":
        sweep(name, experiment="moons")
    edit(home, "b", {"numpy": "1.26.4"})
    found = diff()

    assert relevant(found) == {"numpy": "bits"}
    assert found["bits"] == "may-differ"
    assert "the likeliest reason is numpy." in cli("diff", "a", "b").out.replace("\n", " ")


def test_a_file_of_the_first_version(sweep, diff, home):
    for name in "ab":
        sweep(name, experiment="moons")
    edit(home, "b", {"record": None, "cpu features": None, "blas numpy": None})
    found = diff()

    assert found["bits"] == "unknown"
    assert {"cpu features", "blas numpy"} <= set(found["explanations"])


def test_an_imported_sweep(cli, sweep, diff, tmp_path):
    (tmp_path / "runs.csv").write_text("seed,accuracy\n0,0.9\n1,0.8\n")
    cli("import", str(tmp_path / "runs.csv"), "--name", "a")
    sweep("b")

    assert diff()["bits"] == "unknown"
    assert "not recorded" in cli("show", "a", "--environment").out


def test_a_sweep_that_was_extended_elsewhere(cli, sweep, diff, home):
    sweep("a", experiment="moons")
    edit(home, "a", {"cpu": "another"})
    cli("sweep", "moons", "--seeds", "4", "--name", "a", "--quiet", "--backend", "inline")
    sweep("b", experiment="moons")
    found = next(d for d in diff()["differences"] if d["what"] == "cpu")
    shown = cli("show", "a", "--environment").out

    assert len(found["a"]) == 2
    assert "session 1 of 2" in shown
    assert "another" in shown


@pytest.mark.parametrize("missing", [("a", "nothing"), ("nothing", "a")])
def test_a_sweep_that_is_not_there_is_refused(cli, sweep, missing):
    sweep("a")
    said = cli("diff", *missing)

    assert (said.status, said.out) == (2, "")
    assert "no sweep 'nothing'" in said.err


def test_show_tells_all_that_is_recorded(cli, sweep, home):
    sweep("a")
    shown = cli("show", "a", "--environment").out
    with SweepReader(home.path("a")) as reader:
        facts = reader.environments()[-1].facts

    assert [name for name in facts if name != "record" and f"  {name}" not in shown] == []
    assert "rate=0.5" in shown


def test_show_as_json_has_the_facts_in_sections(cli, sweep):
    sweep("a")
    shown = json.loads(cli("show", "a", "--environment", "--format", "json").out)

    assert shown["environments"][0]["facts"]["packages"]["numpy"]
    assert shown["fingerprints"]["code"]
    assert shown["configuration"]["settings"] == {"rate": 0.5}


def test_show_points_to_all_that_is_recorded(cli, sweep):
    sweep("a")

    assert "--environment" in cli("show", "a").out


def test_secrets_reach_no_file(cli, sweep, home, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "hunter2")
    monkeypatch.setenv("OMP_SECRET", "hunter2")
    sweep("a", "--store", f"{home.folder}")
    cli("sweep", "moons", "--api-key=hunter2")  # refused, and recorded nowhere

    assert all(b"hunter2" not in home.path(name).read_bytes() for name in home.names())


def test_a_function_answers_as_the_command_does(sweep, home, diff):
    import variance as va

    sweep("a")
    sweep("b", "--set", "rate=0.25")
    found = va.diff("a", "b", store=home.folder)

    assert found.to_dict()["explanations"] == diff()["explanations"]
    assert found.explanations[0].what == "setting rate"
