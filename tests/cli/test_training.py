import pytest

SCORES = 'return {"accuracy": (seed % 1000) / 1000}'


def test_bare_sweep_is_called_baseline(cli, experiment, home):
    cli("sweep", experiment(SCORES), "--seeds", "3", "--quiet")

    assert home.names() == ["baseline"]


def test_result_goes_to_stdout_and_progress_to_stderr(cli, experiment):
    said = cli("sweep", experiment(SCORES), "--seeds", "3")

    assert said.out.startswith("baseline: 3 runs of ")
    assert "SD over 3 runs" in said.out
    assert "baseline: 3/3 runs, accuracy" in said.err
    assert said.status == 0


def test_quiet_sweep_shows_no_progress(cli, experiment):
    assert cli("sweep", experiment(SCORES), "--seeds", "3", "--quiet").err == ""


def test_same_line_again_trains_nothing(cli, experiment, tmp_path):
    toy = experiment(f'open({str(tmp_path / "log")!r}, "a").write("x")\n{SCORES}')
    cli("sweep", toy, "--seeds", "3", "--quiet")

    said = cli("sweep", toy, "--seeds", "3", "--quiet")

    assert said.status == 0
    assert (tmp_path / "log").read_text() == "xxx"


def test_more_seeds_extend(cli, experiment, tmp_path):
    toy = experiment(f'open({str(tmp_path / "log")!r}, "a").write("x")\n{SCORES}')
    cli("sweep", toy, "--seeds", "3", "--quiet")

    said = cli("sweep", toy, "--seeds", "10-11,5", "--quiet")

    assert said.out.startswith("baseline: 6 runs")
    assert (tmp_path / "log").read_text() == "x" * 6


def test_hyper_parameters_reach_the_experiment(cli, experiment):
    toy = experiment('return {"accuracy": rate}', signature="seed, rate=0.5")

    assert "25.00 %" in cli("sweep", toy, "--seeds", "1", "--set", "rate=0.25", "--quiet").out


def test_a_source_is_held_at_the_seed_asked_for(cli, experiment):
    toy = experiment('return {"loss": init_seed}', signature="init_seed, order_seed")

    def scores(seed):
        line = ("--vary", "order", "--hold", f"init={seed}", "--name", f"held-{seed}")
        cli("sweep", toy, "--seeds", "2", *line, "--quiet")
        return cli("export", f"held-{seed}").out.split()[1:]

    held = {seed: {row.split(",")[2] for row in scores(seed)} for seed in (3, 4)}

    assert [len(losses) for losses in held.values()] == [1, 1]
    assert held[3] != held[4]


def test_a_held_seed_that_is_no_number_is_refused(cli, experiment):
    said = cli("sweep", experiment(SCORES), "--hold", "seed=x")

    assert (said.status, "seed cannot be held at 'x'" in said.err) == (2, True)


def test_other_configuration_under_the_name_is_refused(cli, experiment):
    toy = experiment('return {"accuracy": rate}', signature="seed, rate=0.5")
    cli("sweep", toy, "--seeds", "1", "--quiet")

    said = cli("sweep", toy, "--seeds", "1", "--set", "rate=0.25")

    assert said.status == 2
    assert "rate: 0.5 → 0.25" in said.err
    assert "--name" in said.err


def test_options_come_from_the_environment_too(cli, experiment, monkeypatch):
    monkeypatch.setenv("VARIANCE_SWEEP_SEEDS", "2")

    assert cli("sweep", experiment(SCORES), "--quiet").out.startswith("baseline: 2 runs")


BAD = [
    (["sweep", "mnst"], "(?s)unknown experiment 'mnst'.*'mnist'"),
    (["sweep", "toy.py"], "(?s)unknown experiment.*toy.py:function"),
    (["sweep", "none.py:f"], "cannot read none.py"),
    (["sweep", "moons", "--set", "hiden=3"], "(?s)unknown hyper-parameter 'hiden'.*'hidden'"),
    (["sweep", "moons", "--set", "hidden=many"], "hidden must be a whole number, not 'many'"),
    (["sweep", "moons", "--set", "hidden=2.5"], "hidden must be a whole number, not '2.5'"),
    (["sweep", "moons", "--set", "hidden=0"], "hidden must be at least 1, not 0"),
    (["sweep", "moons", "--set", "hidden"], "not of the form name=value"),
    (["sweep", "moons", "--set", "hidden=1", "--set", "hidden=2"], "'hidden' is set twice"),
    (["sweep", "moons", "--seeds", "0"], "at least 1, not 0"),
    (["sweep", "moons", "--seeds", "-5"], "cannot be read from '-5'"),
    (["sweep", "moons", "--seeds", "abc"], "cannot be read from 'abc'"),
    (["sweep", "moons", "--seeds", "5-1"], "ends before it begins"),
    (["sweep", "moons", "--seeds", "1,2,2"], "2 is given twice"),
    (["sweep", "moons", "--jobs", "0"], "jobs must be at least 1, not 0"),
    (["sweep", "moons", "--jobs", "two"], "'two' is not a valid integer"),
    (["sweep", "moons", "--jobs", "100000"], "need more memory than there is"),
    (["sweep", "moons", "--threads", "0"], "threads must lie between 1 and 4096"),
    (["sweep", "moons", "--vary", "dropout"], "no source of randomness called 'dropout'"),
    (["sweep", "moons", "--name", "a/b"], "cannot contain '/'"),
    (["sweep", "moons", "--name", ""], "cannot be empty"),
    (["sweep", "moons", "--backend", "spark"], "'spark' is not one of"),
    (["sweep", "diabetes", "--set", "features=weight"], "features must be"),
    (["sweep", "diabetes", "--set", "model=tree"], "model must be one of linear"),
    (["experiments", "mnst"], "'mnist'"),
    (["show", "nothing"], "no sweep 'nothing'"),
    (["export", "nothing"], "no sweep 'nothing'"),
    (["rm", "nothing"], "no sweep 'nothing'"),
    (["rename", "nothing", "b"], "no sweep 'nothing'"),
    (["compare", "nothing", "b"], "no sweep 'nothing'"),
    (["compare", "baseline"], "Missing argument"),
    (["swep"], "No such command 'swep'"),
]


@pytest.mark.parametrize(
    ("line", "message"), BAD, ids=lambda v: " ".join(v) if isinstance(v, list) else ""
)
def test_bad_input_is_a_clear_error(cli, line, message, home):
    import re

    said = cli(*line)

    assert said.status == 2
    assert re.search(message, said.err)
    assert "Traceback" not in said.err
    assert said.out == ""
    assert home.names() == []


def test_debug_shows_the_traceback(cli):
    assert "Traceback" in cli("--debug", "sweep", "mnst").err


def test_experiment_that_returns_nonsense_is_refused(cli, experiment):
    said = cli("sweep", experiment("return None"), "--seeds", "2", "--quiet")

    assert said.status == 2
    assert "returned NoneType, not scores or predictions" in said.err


def test_experiments_are_listed(cli):
    out = cli("experiments").out

    assert [line.split()[0] for line in out.splitlines()][:5] == [
        "mnist", "mnist-classic", "digits", "moons", "diabetes",
    ]  # fmt: skip


def test_hyper_parameters_are_listed(cli):
    out = cli("experiments", "moons").out

    assert "sources of randomness: training, split" in out
    assert "hidden" in out


def test_bare_line_takes_digits_where_mnist_cannot_be_had(cli, monkeypatch, tmp_path, home):
    monkeypatch.delenv("VARIANCE_DATA", raising=False)
    for name in ("XDG_CACHE_HOME", "KERAS_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.setattr("variance.experiments.mnist_data.MIRRORS", NOWHERE)
    monkeypatch.setattr("variance.engine.train", lambda *a, **k: None)

    said = cli("sweep", "--seeds", "2")

    from variance.store import SweepReader

    assert said.err.startswith("MNIST is not on this machine and cannot be downloaded: digits")
    with SweepReader(home.path("baseline")) as reader:
        header = reader.header()
    assert header.experiment == "digits"
    assert "digits instead" in header.note


def test_named_experiment_is_never_replaced(cli, monkeypatch, tmp_path, home):
    monkeypatch.delenv("VARIANCE_DATA", raising=False)
    for name in ("XDG_CACHE_HOME", "KERAS_HOME", "HOME"):
        monkeypatch.setenv(name, str(tmp_path / "empty"))
    monkeypatch.setattr("variance.experiments.mnist_data.MIRRORS", NOWHERE)

    said = cli("sweep", "mnist", "--seeds", "2")

    assert said.status == 2
    assert "VARIANCE_DATA" in said.err
    assert home.names() == []


def nowhere():
    """A mirror on this machine at which nobody listens."""
    from variance.experiments.mnist_data import Mirror

    return (Mirror("http://127.0.0.1:9/", (("mnist.npz", "md5:0"),)),)


NOWHERE = nowhere()


SCRIPT = """
import json, os, sys
print("epoch 1")
assert os.environ["VARIANCE_SEED"] == sys.argv[1]
print(json.dumps({"accuracy": 0.5 + int(sys.argv[1]) / 100}))
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def write(text):
        (tmp_path / "own.py").write_text(text)
        return ["--", "python", "own.py", "{seed}"]

    return write


def test_command_is_an_experiment(cli, script):
    line = script(SCRIPT)

    said = cli("sweep", "--seeds", "3", "--quiet", *line)

    assert said.status == 0
    assert said.out.startswith("baseline: 3 runs of -- python own.py '{seed}', accuracy 51.0 %")


def test_changed_script_is_refused(cli, script):
    cli("sweep", "--seeds", "1", "--quiet", *script(SCRIPT))

    said = cli("sweep", "--seeds", "2", "--quiet", *script(SCRIPT + "\n"))

    assert said.status == 2
    assert "the code changed" in said.err


def test_command_that_fails_is_a_failed_run(cli, script):
    said = cli("sweep", "--seeds", "1", "--quiet", *script("raise SystemExit('no data here')"))

    assert said.status == 3
    assert "no data here" in cli("show", "baseline").out


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("print('done')", "last line is no JSON: 'done'"),
        ("print(0.5)", "last line is no object"),
        ("", "printed nothing"),
    ],
)
def test_command_without_scores_is_refused(cli, script, text, message):
    said = cli("sweep", "--seeds", "1", "--quiet", *script(text))

    assert said.status == 2
    assert message in said.err


def test_command_that_does_not_exist_is_refused(cli):
    said = cli("sweep", "--seeds", "1", "--quiet", "--", "no-such-program")

    assert said.status == 2
    assert "cannot start 'no-such-program'" in said.err


def test_nothing_after_the_dashes_is_refused(cli):
    assert "no command after --" in cli("sweep", "--").err


@pytest.mark.parametrize("line", [["sweep", "mnist"], ["sweep"]])
def test_damaged_mnist_is_refused_and_not_replaced(cli, line, tmp_path, monkeypatch, home):
    for part in ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1"):
        (tmp_path / f"{part}-ubyte.gz").write_bytes(b"\x1f\x8b\x08 cut off")
    monkeypatch.setenv("VARIANCE_DATA", str(tmp_path))

    said = cli(*line, "--seeds", "2")

    assert said.status == 2
    assert "ubyte.gz" in said.err
    assert home.names() == []


def test_data_folder_that_does_not_exist_is_refused(cli, monkeypatch, home):
    monkeypatch.setenv("VARIANCE_DATA", "/no/such/folder")

    said = cli("sweep", "--seeds", "2")

    assert said.status == 2
    assert "/no/such/folder" in said.err
    assert home.names() == []


def test_foreign_file_under_the_name_is_refused(cli, experiment, home):
    home.path("baseline").write_text("not ours " * 20)

    said = cli("sweep", experiment(SCORES), "--seeds", "2")

    assert said.status == 2
    assert "not a sweep file" in said.err
    assert home.path("baseline").read_text() == "not ours " * 20


def test_file_of_a_later_version_is_refused(cli, experiment, home):
    import sqlite3

    toy = experiment(SCORES)
    cli("sweep", toy, "--seeds", "1", "--quiet")
    db = sqlite3.connect(home.path("baseline"))
    db.execute("PRAGMA user_version = 99")
    db.close()

    said = cli("sweep", toy, "--seeds", "2")

    assert said.status == 2
    assert "written by a later version" in said.err


def test_data_tells_where_each_set_is(cli):
    out = cli("data").out

    assert "digits, moons, diabetes: bundled" in out
    assert "VARIANCE_DATA" in out
