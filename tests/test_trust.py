"""What a sweep or a recipe names is run only for those who want it run; payloads leave a mark."""

import os
import pty
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

import variance as va
from variance.errors import UsageError
from variance.provenance.trust import Memory
from variance.store import SweepWriter

QUIET = {"quiet": True, "backend": "inline"}
CODE = """
import pathlib
pathlib.Path("ran").touch()
def train(seed, rate=0.5):
    return {"accuracy": 0.9}
"""
COMMAND = "-- sh job.sh {seed}"


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Write a function and a command that leave a mark, in the working directory."""
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text(CODE)
    Path("job.sh").write_text('touch ran; echo "{\\"accuracy\\": 0.9$1}"\n')


@pytest.fixture(params=["model.py:train", COMMAND], ids=["function", "command"])
def mine(request):
    """A sweep that was trained here."""
    return trained(request.param)


@pytest.fixture
def theirs(mine, strange):
    """The same sweep, on a machine where nothing was trained."""
    return mine


@pytest.fixture
def strange(tmp_path, monkeypatch):
    """Be somebody else, who has trained nothing."""
    monkeypatch.setenv("VARIANCE_STATE", str(tmp_path / "another"))


def trained(experiment="model.py:train", name="mine", **options):
    sweep = va.sweep(experiment, 3, name=name, **QUIET, **options)
    Path("ran").unlink()
    return sweep


def ran():
    return Path("ran").exists()


def refusal(call, *arguments, **options):
    """Return how a call was refused that ran nothing."""
    with pytest.raises(UsageError, match="nothing was run") as stop:
        call(*arguments, **options, **QUIET)
    assert not ran()
    return stop.value


def edited(sweep, **changes):
    """Change the configuration that a sweep's file holds."""
    header = replace(sweep.header, configuration=replace(sweep.configuration, **changes))
    runs = sweep.content.runs
    sweep.path.unlink()
    with SweepWriter.create(sweep.path, header) as writer:
        writer.add(runs)
    return va.load(sweep.path)


def test_what_was_trained_here_is_trained_again_unasked(mine):
    va.verify(mine, **QUIET)

    assert ran()


def test_what_was_trained_elsewhere_is_refused(theirs):
    stop = refusal(va.verify, theirs)

    assert "that you never trained here" in stop.message
    assert "--trust" in stop.hint


def test_who_trusts_it_once_is_not_asked_again(theirs):
    va.verify(theirs, trust=True, **QUIET)
    Path("ran").unlink()
    va.verify(theirs, **QUIET)

    assert ran()


def test_no_model_is_made_again_unasked(theirs):
    refusal(va.save_model, theirs, 1, "m.npz")

    assert not Path("m.npz").exists()


def test_no_recipe_is_trained_unasked(theirs):
    va.write_recipe(theirs, "r.json")
    refusal(va.from_recipe, "r.json", name="b")

    va.from_recipe("r.json", name="b", trust=True, **QUIET)
    assert ran()


def test_a_recipe_runs_nothing_beside_it_unasked(mine, tmp_path, monkeypatch, strange):
    (tmp_path / "there").mkdir()
    va.write_recipe(mine, tmp_path / "there" / "r.json")
    for file in ("model.py", "job.sh"):
        shutil.move(file, tmp_path / "there" / file)

    refusal(va.from_recipe, tmp_path / "there" / "r.json", name="b")


def test_the_experiment_may_be_named_instead(theirs):
    va.verify(theirs, experiment=theirs.configuration.experiment, **QUIET)

    assert ran()


def test_built_in_experiments_need_no_trust(strange):
    sweep = va.sweep("moons", 3, name="toy", epochs=2, **QUIET)

    assert va.verify(sweep, **QUIET).judgement == "identical"
    assert not (Path(os.environ["VARIANCE_STATE"])).exists()


def test_it_is_said_what_function_would_run(strange):
    told = []
    with pytest.raises(UsageError):
        va.verify(trained_elsewhere("model.py:train", rate=0.25), trust=told.append, **QUIET)

    assert [line.split() for line in told[0].splitlines()[1:]] == [
        ["function", "train"],
        ["file", str(Path("model.py").absolute())],
        ["settings", "rate=0.25"],
    ]


def test_it_is_said_what_command_would_run(strange):
    stop = refusal(va.verify, trained_elsewhere(COMMAND))

    assert "  command   sh job.sh '{seed}'\n" in stop.message
    assert f"  folder    {Path.cwd()}" in stop.message


def trained_elsewhere(experiment, **settings):
    """Return a sweep of which nothing is remembered."""
    sweep = trained(experiment, **settings)
    shutil.rmtree(os.environ["VARIANCE_STATE"])
    return sweep


def test_escape_sequences_in_what_would_run_are_shown_and_not_obeyed():
    sweep = edited(trained(COMMAND), experiment="-- sh job.sh '\x1b[2K\r\u202e harmless'")
    stop = refusal(va.verify, sweep)

    assert all(line.isprintable() for line in stop.message.splitlines())
    assert "\\x1b[2K\\r\\u202e harmless" in stop.message


@pytest.mark.parametrize("file", ["model.py", "job.sh"])
def test_changed_code_is_asked_about(mine, file):
    with Path(file).open("a") as code:
        code.write("\n# one line more\n")
    if file not in mine.configuration.experiment:
        va.verify(mine, **QUIET)
        return

    assert "trained here, but not as it is now" in refusal(va.verify, mine).message


def test_changed_code_beside_it_is_asked_about():
    Path("helper.py").write_text("RATE = 1\n")
    Path("model.py").write_text(f"import helper\n{CODE}")
    sweep = trained()
    Path("helper.py").write_text("RATE = 2\n")

    refusal(va.verify, sweep)


def test_the_same_lines_in_other_files_are_asked_about():
    Path("helper.py").write_text("RATE = 1\n")
    Path("model.py").write_text(f"import helper\n{CODE}")
    sweep = trained()
    Path("helper.py").write_text("\nRATE = 1\n")
    Path("model.py").write_text(f"import helper\n{CODE}".removesuffix("\n"))

    refusal(va.verify, sweep)


def test_another_reference_in_the_file_is_asked_about(mine):
    Path("other.py").write_text(CODE)

    refusal(va.verify, edited(mine, experiment="other.py:train"))


def test_other_hyper_parameters_in_the_file_are_asked_about():
    refusal(va.verify, edited(trained(), settings={"rate": 2.0}))


def test_the_same_words_in_another_folder_are_asked_about(mine, tmp_path, monkeypatch):
    (tmp_path / "there").mkdir()
    for file in ("model.py", "job.sh"):
        shutil.copy(file, tmp_path / "there" / file)
    monkeypatch.chdir(tmp_path / "there")

    refusal(va.verify, mine)


def test_code_that_is_not_there_is_not_asked_about():
    sweep = trained()
    Path("model.py").unlink()

    with pytest.raises(UsageError, match="is not to be found"):
        va.verify(sweep, **QUIET)


@pytest.mark.parametrize(
    "reference", ["~nobody-of-this-name/x.py:f", "x\0.py:f", "folder.py:f", "-- 'no end", "-- "]
)
def test_references_that_lead_nowhere_are_refused(reference):
    Path("folder.py").mkdir()
    sweep = edited(trained(), experiment=reference)

    with pytest.raises(UsageError):
        va.verify(sweep, trust=True, **QUIET)
    assert va.write_recipe(sweep)


def test_a_state_folder_that_cannot_be_written_only_means_to_be_asked(monkeypatch):
    Path("file").touch()
    monkeypatch.setenv("VARIANCE_STATE", str(Path("file").absolute() / "state"))

    refusal(va.verify, trained())


def test_nothing_in_the_working_directory_is_believed(monkeypatch):
    monkeypatch.setenv("VARIANCE_STATE", "state")
    sweep = trained()

    assert not Path("state").exists()
    refusal(va.verify, sweep)


def test_what_others_may_write_is_not_believed():
    sweep = trained()
    (folder,) = Path(os.environ["VARIANCE_STATE"], "trusted").iterdir()
    folder.chmod(0o777)

    refusal(va.verify, sweep)


def test_many_may_remember_at_once():
    memories = [Memory({"n": i % 7}, {"m": i % 11}) for i in range(300)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(Memory.keep, memories))

    assert all(memory.kept for memory in memories)
    assert not Memory({"n": 0}, {"m": 99}).kept


@pytest.mark.parametrize(("answer", "status"), [("y", 0), ("", 2)])
def test_at_a_terminal_it_is_asked(strange, answer, status):
    trained_elsewhere("model.py:train")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "variance", "verify", "mine", "--backend", "inline", "-q"]
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    os.write(ours, f"{answer}\n".encode())
    said = _read_all(ours)

    assert "Run it? [y/N]" in said
    assert process.wait() == status, said
    assert ran() == (answer == "y")


def _read_all(terminal):
    said = b""
    with suppress(OSError):  # how a terminal says that nobody holds its other end any more
        while part := os.read(terminal, 1000):
            said += part
    os.close(terminal)
    return said.decode()
