"""Several sweeps appear together or not at all, whatever comes in between."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.store.helpers import HEADER, failure, run
from variance.errors import StoreBusy, StoreTooLarge, SweepExists, UsageError
from variance.store import SweepReader, SweepWriter, create_all

ROOT = Path(__file__).parents[2]
TWO = {"a": (HEADER, [run(0), run(1)]), "b": (HEADER, [run(0), failure(1)])}


def left(home):
    return sorted(path.name for path in home.folder.iterdir() if path.name != ".gitignore")


def test_all_are_there_whole(home):
    create_all(home, TWO)

    assert left(home) == ["a.sqlite", "b.sqlite"]
    with SweepReader(home.path("b")) as reader:
        assert reader.seeds() == {0: "finished", 1: "failed"}


def test_a_name_that_is_taken_keeps_all_away(home):
    SweepWriter.create(home.path("b"), HEADER).close()

    with pytest.raises(SweepExists, match="'b' is there already"):
        create_all(home, TWO)

    assert left(home) == ["b.sqlite"]


def test_a_name_that_is_just_being_made_keeps_all_away(home):
    writer = SweepWriter.create(home.path("b"), HEADER)
    home.path("b").unlink()  # as before the moment at which it appears

    with pytest.raises(StoreBusy):
        create_all(home, TWO)
    writer.close()

    assert left(home) == []


def test_a_name_that_cannot_be_keeps_all_away(home):
    with pytest.raises(UsageError, match="cannot contain"):
        create_all(home, {**TWO, "c/d": TWO["a"]})

    assert left(home) == []


def test_a_sweep_that_could_not_be_read_again_keeps_all_away(home, monkeypatch):
    monkeypatch.setenv("VARIANCE_ARRAY_LIMIT", "20")

    with pytest.raises(StoreTooLarge, match="reading 'a' again would take"):
        create_all(home, TWO)

    assert left(home) == []


def test_a_last_run_that_cannot_be_stored_keeps_all_away(home):
    odd = {"a": TWO["a"], "b": (HEADER, [run(0), run(2**70)])}

    with pytest.raises(UsageError, match="seeds from 0 to"):
        create_all(home, odd)

    assert left(home) == []


KILLED = """
import os, signal, sys
from tests.store.helpers import HEADER, run
from variance.store import Home, create_all

def dying():
    yield run(0)
    os.kill(os.getpid(), signal.{0})

create_all(Home(sys.argv[1]), {{"a": (HEADER, [run(0)]), "b": (HEADER, dying())}})
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_a_kill_leaves_no_sweep_and_the_next_call_no_trace(home, how):
    ended = subprocess.run(
        [sys.executable, "-c", KILLED.format(how), home.folder], check=False, cwd=ROOT
    )

    assert ended.returncode == -getattr(signal, how)
    assert home.names() == []
    assert left(home) != []

    create_all(home, TWO)

    assert left(home) == ["a.sqlite", "b.sqlite"]


def test_what_another_process_is_making_is_left_alone(home):
    other = subprocess.Popen(
        [sys.executable, "-c", KILLED.format("SIGSTOP"), home.folder], cwd=ROOT
    )
    try:
        os.waitpid(other.pid, os.WUNTRACED)
        create_all(home, {"c": TWO["a"]})
        os.kill(other.pid, signal.SIGCONT)
        assert other.wait(20) == 0
    finally:
        other.kill()
        other.wait()

    assert left(home) == ["a.sqlite", "b.sqlite", "c.sqlite"]
