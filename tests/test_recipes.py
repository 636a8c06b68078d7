"""Recipes: each mismatch between what they say and what is here is caused for real."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import variance as va
from variance.errors import ConfigurationMismatch, DataError, UsageError

QUIET = {"quiet": True, "backend": "inline"}
BODY = "return {'accuracy': seed / 100 + extra}"


def write(path, body=BODY, signature="seed, extra=0.0"):
    path.write_text(f"def train({signature}):\n    {body}\n")


@pytest.fixture
def made(tmp_path, monkeypatch):
    """Sweep a function, write the recipe, and leave for an empty folder with both."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    write(here / "toy.py")
    sweep = va.sweep("toy.py:train", "0-3,7-7", name="toy", extra=0.5, **QUIET)
    va.write_recipe(sweep, there / "toy.recipe.json")
    shutil.copy(here / "toy.py", there)
    monkeypatch.chdir(there)
    monkeypatch.setenv("VARIANCE_HOME", str(there / "sweeps"))
    return sweep


def edited(**change):
    file = Path("toy.recipe.json")
    file.write_text(json.dumps({**json.loads(file.read_text()), **change}))


def train(**options):
    return va.from_recipe("toy.recipe.json", **{"trust": True, **QUIET, **options})


def test_a_recipe_gives_the_same_sweep(made):
    again = train()

    assert again.name == "toy"
    assert again.seeds.tolist() == [0, 1, 2, 3, 7]
    assert again.scores["accuracy"].tolist() == made.scores["accuracy"].tolist()
    assert again.header.fingerprints == made.header.fingerprints


def test_a_recipe_finds_the_source_beside_itself(made, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert len(va.from_recipe(tmp_path / "there" / "toy.recipe.json", trust=True, **QUIET)) == 5


def test_what_is_held_and_what_varies_is_so_again(tmp_path):
    source = tmp_path / "two.py"
    body = "return {'accuracy': (init_seed % 97 + order_seed % 89) / 200}"
    write(source, body, signature="init_seed, order_seed")
    first = va.sweep(f"{source}:train", 4, name="a", vary="order", hold={"init": 3}, **QUIET)
    va.write_recipe(first, tmp_path / "r.json")

    again = va.from_recipe(tmp_path / "r.json", name="b", **QUIET)

    assert again.configuration == first.configuration
    assert again.scores["accuracy"].tolist() == first.scores["accuracy"].tolist()


def test_name_and_seeds_may_be_others(made):
    again = train(name="few", seeds=2)

    assert (again.name, again.seeds.tolist()) == ("few", [0, 1])


def test_the_same_recipe_again_trains_nothing(made):
    first = train()

    assert train().content.environments == first.content.environments


def test_a_missing_source_is_named(made, tmp_path):
    (tmp_path / "there" / "toy.py").rename(tmp_path / "elsewhere.py")

    with pytest.raises(UsageError, match="the recipe needs toy") as gone:
        train()
    assert "Put it beside" in gone.value.hint
    assert len(train(experiment=f"{tmp_path / 'elsewhere.py'}:train")) == 5


def test_a_changed_source_is_said(made, tmp_path, capfd):
    write(tmp_path / "there" / "toy.py", BODY.replace("100", "50"))

    train(quiet=False)

    assert "results may differ: the code (toy.py)" in capfd.readouterr().err


def test_another_version_is_said(made, capfd):
    environments = json.loads(Path("toy.recipe.json").read_text())["environments"]
    environments[0]["facts"]["numpy"] = "1.2.3"
    edited(environments=environments)

    train(quiet=False)

    assert "bits may differ: numpy 1.2.3 → " in capfd.readouterr().err


def test_settings_that_the_source_does_not_take_are_refused(made, tmp_path):
    write(tmp_path / "there" / "toy.py", "return {'accuracy': 0.5}", signature="seed")

    with pytest.raises(UsageError, match="as the recipe says: unknown hyper-parameter 'extra'"):
        train()
    assert not (tmp_path / "there" / "sweeps").exists()


def test_sources_of_randomness_that_are_not_there_are_refused(made, tmp_path):
    write(tmp_path / "there" / "toy.py", signature="init_seed, extra=0.0", body="return {'a': 1}")

    with pytest.raises(UsageError, match="no source of randomness called 'seed'"):
        train()


@pytest.mark.parametrize("seeds", ["", "x", "5-1"])
def test_seeds_that_are_none_are_refused(made, seeds):
    edited(seeds=seeds)

    with pytest.raises(UsageError):
        train()


def test_another_sweep_under_the_name_is_refused(made):
    va.sweep("toy.py:train", 2, name="toy", **QUIET)

    with pytest.raises(ConfigurationMismatch):
        train()


def test_other_data_are_refused(tmp_path):
    model, x, y = LogisticRegression(), np.eye(30), np.arange(30) % 2
    sweep = va.sweep(model, 3, data=(x, y), name="fit", **QUIET)
    recipe = tmp_path / "fit.json"
    va.write_recipe(sweep, recipe)

    with pytest.raises(DataError, match="the data are not those of the recipe"):
        va.from_recipe(recipe, experiment=model, data=(x + 1, y), name="b", **QUIET)

    again = va.from_recipe(recipe, experiment=model, data=(x, y), name="b", **QUIET)
    assert np.array_equal(again.predictions, sweep.predictions)


def test_a_command_needs_its_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    script = tmp_path / "job.sh"
    script.write_text('echo "{\\"accuracy\\": 0.9$1}"\n')
    va.write_recipe(va.sweep("-- sh job.sh {seed}", 2, name="job", **QUIET), "job.json")
    script.unlink()

    with pytest.raises(UsageError, match=r"needs job.sh, which is not here"):
        va.from_recipe("job.json", experiment="-- sh job.sh {seed}", name="again", **QUIET)


def test_what_was_imported_has_no_recipe():
    with pytest.raises(UsageError, match="imported"):
        va.write_recipe(va.from_scores({"accuracy": [0.9, 0.8]}, name="theirs"))


def test_a_recipe_holds_no_code(made):
    assert "seed / 100" not in va.write_recipe(made)


def test_versions_are_pinned_and_nothing_else(made):
    packages = json.loads(va.write_recipe(made))["packages"]

    assert packages["numpy"] == np.__version__
    assert packages["variance"] == va.__version__
    assert "record" not in packages


def test_what_cannot_be_written_leaves_nothing(made, tmp_path):
    with pytest.raises(UsageError, match="cannot write"):
        va.write_recipe(made, tmp_path / "nowhere" / "r.json")


def test_no_file_is_an_error():
    with pytest.raises(DataError, match="cannot read the recipe"):
        va.from_recipe("nothing.json")


def test_a_huge_file_is_no_recipe(tmp_path):
    with (tmp_path / "r.json").open("wb") as file:
        file.truncate(10**12)

    with pytest.raises(DataError, match="larger than 16 MB"):
        va.from_recipe(tmp_path / "r.json")


def test_bytes_are_no_recipe(made):
    with pytest.raises(DataError, match="is no text"):
        va.from_recipe(made.path)
