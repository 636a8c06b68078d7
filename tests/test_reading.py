"""Nothing that only reads runs code that a sweep names, unpickles a model or imports a plug-in."""

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

import variance as va
from variance.cli.main import variance
from variance.records import Model
from variance.store import SweepWriter

PAYLOAD = """
import pathlib
pathlib.Path("ran").touch()
def train(seed, shift=0):
    labels = [0, 1] * 20
    wrong = (seed + shift) % 5
    guesses = [1 - label if place <= wrong else label for place, label in enumerate(labels)]
    return {"predictions": guesses, "labels": labels}
"""

READING = {
    "list": [[]],
    "show": [["a"], ["a", "--environment"], ["a", "--statement"], ["a", "--format", "json"]],
    "export": [["a"], ["a", "--what", "confusion"], ["a", "--recipe"]],
    "compare": [["a", "b"], ["a", "b", "--format", "json"]],
    "luck": [["a", "--score", "0.97"]],
    "plan": [["a", "--effect", "0.01"], ["a", "b", "--effect", "0.01"]],
    "diff": [["a", "b"]],
    "report": [["a", "b", "-o", "page.html"]],
    "model": [["a", "--seed", "0", "-o", "model.joblib"]],
    "import": [["a.csv", "--name", "c"]],
    "repair": [["a"]],
    "rename": [["a", "d"]],
    "rm": [["d"]],
    "experiments": [["moons"]],
    "data": [[]],
}
"""Every command that only reads, with arguments."""

ASKING = {
    "verify": ["a"],
    "sweep": ["--from", "a.json", "--name", "c"],
    "model": ["b", "--seed", "0", "-o", "model.npz"],
}
"""Every command that trains what a file names, with arguments by which it does."""

TRAINING = {"sources"}
"""Commands that train only what is named on the command line."""


class Payload:
    def __reduce__(self):
        return Path.touch, (Path("ran"),)


OUTSIDE = ["payload.py:train", "-- sh payload.sh {seed}"]
anything = pytest.mark.parametrize("_stored", [*OUTSIDE, "plug-in"], indirect=True)
outside = pytest.mark.parametrize("_stored", OUTSIDE, indirect=True)
"""An installed package is trusted: what it offers is trained unasked."""


@pytest.fixture
def _stored(request, tmp_path, monkeypatch):
    """Store two sweeps that were trained elsewhere, and lay the code beside that they name."""
    monkeypatch.chdir(tmp_path)
    Path("payload.py").write_text(PAYLOAD)
    Path("payload.sh").write_text("touch ran; exit 1\n")
    for name, shift in (("a", 0), ("b", 1)):
        sweep = va.sweep(
            "payload.py:train", 5, name=name, shift=shift, quiet=True, backend="inline"
        )
        _written_by_another(sweep, request.param)
    va.write_recipe("a", "a.json")
    Path("a.csv").write_text("seed,accuracy\n0,0.9\n1,0.8\n")
    _install(Path("plugged"), monkeypatch)
    Path("ran").unlink()
    monkeypatch.setenv("VARIANCE_STATE", str(tmp_path / "elsewhere"))


def _written_by_another(sweep, reference):
    """Let a sweep's file name another experiment, with models that are pickles; an older file."""
    mine = sweep.header
    configuration = replace(mine.configuration, experiment=reference)
    header = replace(mine, experiment=reference, configuration=configuration, defaults={})
    model = Model("joblib", pickle.dumps(Payload()))
    sweep.path.unlink()
    with SweepWriter.create(sweep.path, header) as writer:
        writer.add_session(sweep.environments[0])
        kept = [replace(run, model=model) for run in sweep.content.runs]
        writer.add(kept if sweep.name == "a" else sweep.content.runs)


def _install(folder, monkeypatch):
    """Install a package that offers an experiment."""
    about = folder / "plugged-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[variance.experiments]\nplug-in = plugged:train\n")
    (folder / "plugged.py").write_text(PAYLOAD)
    monkeypatch.syspath_prepend(folder)


def test_every_command_is_known_to_read_or_to_train():
    assert {*READING, *ASKING, *TRAINING} == set(variance.commands)


@anything
@pytest.mark.usefixtures("_stored")
def test_no_command_that_only_reads_runs_what_a_sweep_names(cli):
    for command, lines in READING.items():
        for line in lines:
            said = cli(command, *line)
            assert (said.status, Path("ran").exists()) == (0, False), (command, line, said.err)


@outside
@pytest.mark.usefixtures("_stored")
def test_a_kept_pickle_is_written_as_it_is_with_a_warning(cli):
    said = cli("model", "a", "--seed", "0", "-o", "model.joblib")

    assert Path("model.joblib").read_bytes() == pickle.dumps(Payload())
    assert "Opening model.joblib runs what is in it" in said.err


@outside
@pytest.mark.usefixtures("_stored")
def test_no_command_that_trains_runs_what_a_file_names_unasked(cli):
    for command, line in ASKING.items():
        said = cli(command, *line)
        assert (said.status, said.out, Path("ran").exists()) == (2, "", False), command
        assert "error: nothing was run: " in said.err


@anything
@pytest.mark.usefixtures("_stored")
def test_nothing_in_a_notebook_that_only_reads_runs_what_a_sweep_names():
    for sweep in va.sweeps():
        assert "5 runs" in repr(sweep)
        assert sweep._repr_html_()
        assert len(sweep.to_frame("predictions")) == 200
        assert sweep.statement()
        sweep.plot()

    assert va.compare("a", "b")._repr_html_()
    assert not Path("ran").exists()
