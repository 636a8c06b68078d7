"""What the tests share: a folder of sweeps, the command line, experiments that misbehave."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from variance.store import Home

# A shell that starts the tests in the background has them ignore Ctrl-C, and so would all that they
# start: a process that finds a signal ignored leaves it so.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

NEIGHBOUR = Path(__file__).resolve().parents[2] / "shared" / "mnist"
"""Where the MNIST files lie on machines that keep them beside the project."""


@pytest.fixture(autouse=True, scope="session")
def _no_state_of_the_user(tmp_path_factory):
    """Keep what fixtures for several tests train out of the user's own state folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VARIANCE_STATE", str(tmp_path_factory.mktemp("state")))
        yield


@pytest.fixture(autouse=True)
def _no_outside_settings(monkeypatch, tmp_path):
    """Keep the user's own sweeps, data and environment out of the tests."""
    for name in list(os.environ):
        if name.startswith("VARIANCE_") and name != "VARIANCE_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("VARIANCE_HOME", str(tmp_path / "sweeps"))
    monkeypatch.setenv("VARIANCE_STATE", f"{tmp_path}-state")  # tests look at what is in tmp_path
    monkeypatch.setenv("OMP_NUM_THREADS", "1")


@pytest.fixture
def home(tmp_path) -> Home:
    folder = Home(tmp_path / "sweeps")
    folder.make()
    return folder


@pytest.fixture
def mnist(monkeypatch) -> Path:
    """Return where MNIST is, or skip."""
    named = os.environ.get("VARIANCE_DATA")
    if named is None and NEIGHBOUR.is_dir():
        monkeypatch.setenv("VARIANCE_DATA", str(NEIGHBOUR))
        return NEIGHBOUR
    if named is None:
        pytest.skip("MNIST is not here: set VARIANCE_DATA")
    return Path(named)


@dataclass(frozen=True)
class Said:
    """What a command said and how it ended."""

    status: int
    out: str
    err: str


@pytest.fixture
def cli(monkeypatch, capsys) -> Callable[..., Said]:
    """Return a function that runs the command line in this process."""
    from variance.cli import main

    def run(*arguments: str) -> Said:
        monkeypatch.setattr(sys, "argv", ["variance", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        return Said(int(stop.value.code or 0), said.out, said.err)

    return run


@pytest.fixture
def start(tmp_path) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts the command line in a process group of its own."""
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str, **options) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "variance", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=tmp_path,
            start_new_session=True,
            **options,
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture
def experiment(tmp_path) -> Callable[[str], str]:
    """Return a function that writes an experiment's body to a file and gives its reference."""

    def write(body: str, signature: str = "seed", name: str = "toy") -> str:
        lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
        path = tmp_path / f"{name}.py"
        path.write_text(
            f"import os, signal, time\nfrom pathlib import Path\ndef train({signature}):\n{lines}\n"
        )
        return f"{path}:train"

    return write
