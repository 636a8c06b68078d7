"""Standard output that takes no more, or is not there."""

import subprocess
import sys
from pathlib import Path

import pytest

FULL = Path("/dev/full")
"""A device that is always full, as Linux has it."""


@pytest.fixture(autouse=True)
def _stored(cli):
    cli("sweep", "diabetes", "--seeds", "5", "--quiet", "--backend", "inline")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize(
    "line",
    ["list", "show baseline", "show baseline --format json", "export baseline",
     "export baseline --recipe", "compare baseline baseline --format json", "--help",
     "experiments"],
)  # fmt: skip
def test_a_full_standard_output_is_said(cli, monkeypatch, line):
    with FULL.open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        said = cli(*line.split())

    assert said.status == 2
    assert said.err.startswith("error: cannot write to standard output: No space left on device\n")


@pytest.mark.skipif(not FULL.exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("line", ["show nothing", "--nothing", "list"])
def test_where_errors_take_no_more_either_the_status_tells(cli, monkeypatch, line):
    with FULL.open("w") as out, FULL.open("w") as err:
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)

        assert cli(*line.split()).status == 2


def test_the_whole_program_ends_with_2_and_nothing_else_is_said():
    line = f"exec {sys.executable} -m variance export baseline > /dev/full"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)

    assert (done.returncode, len(done.stderr.splitlines())) == (2, 2)


def test_without_standard_output_nothing_is_printed():
    line = f"exec {sys.executable} -m variance export baseline >&-"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_a_closed_pipe_is_quiet():
    line = f"{sys.executable} -m variance export baseline | true"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, check=False)

    assert done.stderr == ""
