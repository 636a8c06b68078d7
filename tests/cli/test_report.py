import re
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

import variance as va
from tests.store.helpers import HEADER, failure, run
from variance.records import Environment
from variance.reporting.sentence import sentence
from variance.store import SweepWriter

LABELS = np.arange(200) % 3


def stored(cli, tmp_path, name, error, seed, runs=6):
    """Store runs made elsewhere."""
    rng = np.random.default_rng(seed)
    wrong = rng.random((runs, 200)) < error
    np.savez(
        tmp_path / "runs.npz",
        predictions=np.where(wrong, (LABELS + 1) % 3, LABELS),
        labels=LABELS,
        seeds=np.arange(runs),
        classes=np.array(["cat", "dog", "eel"]),
    )
    assert cli("import", str(tmp_path / "runs.npz"), "--name", name).status == 0


@pytest.fixture
def sweeps(cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    stored(cli, tmp_path, "base", 0.3, 1)
    stored(cli, tmp_path, "cand", 0.1, 2)
    return tmp_path


def test_it_writes_into_reports_and_prints_where(cli, sweeps):
    said = cli("report", "base", "cand")

    assert (said.status, said.out, said.err) == (0, "reports/base-cand.html\n", "")
    text = (sweeps / "reports" / "base-cand.html").read_text(encoding="utf-8")
    assert "cand is a REAL IMPROVEMENT over base" in text


def test_it_says_what_compare_says(cli, sweeps):
    options = ("--scope", "new-data", "--margin", "0.01", "--alpha", "0.1", "--unpaired")
    found = va.compare("base", "cand", scope="new-data", margin=0.01, alpha=0.1, paired=False)
    cli("report", "base", "cand", *options)
    page = (sweeps / "reports" / "base-cand.html").read_text(encoding="utf-8")
    shown = " ".join(re.sub("<[^>]+>", "", page.replace("\u00a0", " ")).split())

    assert sentence(found) in shown
    assert f"variance report base cand {' '.join(options)}" in shown


def test_the_library_returns_the_path(cli, sweeps):
    assert va.report("base", output=sweeps / "one.html") == sweeps / "one.html"
    assert "base: accuracy" in (sweeps / "one.html").read_text(encoding="utf-8")


def test_it_replaces_its_own_page(cli, sweeps):
    assert cli("report", "base", "-o", "page.html").status == 0
    assert cli("report", "cand", "-o", "page.html").status == 0
    assert "cand: accuracy" in (sweeps / "page.html").read_text(encoding="utf-8")


def test_it_keeps_a_strangers_file_unless_forced(cli, sweeps):
    (sweeps / "page.html").write_text("mine")
    said = cli("report", "base", "-o", "page.html")

    assert said.status == 2
    assert "page.html is there already, and variance did not write it" in said.err
    assert "--force" in said.err
    assert (sweeps / "page.html").read_text() == "mine"
    assert cli("report", "base", "-o", "page.html", "--force").status == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nosuch",), "no sweep 'nosuch'"),
        (("base", "nosuch"), "no sweep 'nosuch'"),
        (("base", "-o", "."), ". is a folder"),
        (("base", "-o", "runs.npz/page.html"), "cannot write"),
        (("base", "--scope", "new-data"), "scope needs a candidate"),
        (("base", "base"), "need different names"),
        (("base", "--metric", "nosuch"), "no metric 'nosuch'"),
        (("base", "cand", "--alpha", "2"), "alpha must lie between"),
        (("base", "cand", "--costs", "nosuch.csv"), "cannot read the costs"),
        ((), "Missing argument"),
    ],
)
def test_what_cannot_be_used_is_one_clear_error(cli, sweeps, arguments, words):
    said = cli("report", *arguments)

    assert said.status == 2
    assert words in said.err
    assert said.out == ""
    assert not list(sweeps.rglob("*.html"))
    assert not list(sweeps.rglob("*.tmp"))


def test_a_read_only_folder_is_a_clear_error(cli, sweeps):
    # /proc is what even root cannot write to.
    said = cli("report", "base", "-o", "/proc/page.html")

    assert said.status == 2
    assert "cannot write /proc/page.html" in said.err


def trained(home, name, command, failures=(), **settings):
    """Store a sweep as if it had been trained here."""
    configuration = replace(HEADER.configuration, settings=settings)
    header = replace(HEADER, configuration=configuration)
    with SweepWriter.create(home.path(name), header) as writer:
        writer.add_session(Environment({"python": "3.11", "cpu": "abacus"}, command, "2026-01-01"))
        writer.add([*(run(seed) for seed in range(4)), *failures])


def test_it_tells_how_to_train_the_runs_again_without_secrets(cli, home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained(home, "toy", "variance sweep toy --seeds 4 --set token=hunter2", [failure(9)])
    assert cli("report", "toy").status == 0
    text = (tmp_path / "reports" / "toy.html").read_text(encoding="utf-8")

    assert "variance sweep toy --seeds 4" in text
    assert "hunter2" not in text
    assert "abacus" in text
    assert "ValueError: no" in text
    assert str(tmp_path) not in text


def test_settings_that_may_be_secret_are_hidden(cli, home, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    trained(home, "one", "", api_key="swordfish", tokens=512)
    trained(home, "two", "", api_key="open sesame", tokens=512)
    assert cli("report", "one", "two").status == 0
    text = (tmp_path / "reports" / "one-two.html").read_text(encoding="utf-8")

    assert "swordfish" not in text
    assert "sesame" not in text
    assert "tokens=512" in text


def test_digits_show_their_pictures(cli, home, tmp_path, monkeypatch):
    from variance.experiments import digits, registry
    from variance.records import Configuration, Header, TestSet

    monkeypatch.chdir(tmp_path)
    found = registry.find("digits")
    data = digits.images()
    header = Header(
        "digits",
        configuration=Configuration("digits", {"epochs": 1}, ("init",)),
        fingerprints={"data": found.fingerprints(digits.Settings())["data"], "code": "c"},
        metric="accuracy",
    )
    tests = TestSet(data.test_labels, data.classes)
    with SweepWriter.create(home.path("d"), header) as writer:
        writer.add([run(seed, data.test_labels, tests) for seed in range(3)])
    assert cli("report", "d").status == 0
    text = (tmp_path / "reports" / "d.html").read_text(encoding="utf-8")

    assert text.count('<img src="data:image/png;base64,') == 12
    assert "Without pictures" not in text


def test_help_needs_no_heavy_library():
    code = (
        "import sys; sys.argv = ['variance', 'report', '--help']\n"
        "from variance.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print([m for m in ('numpy', 'matplotlib', 'jinja2', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip().endswith("[]")
