"""Who may write to a sweep, and what becomes of what a killed writer leaves behind."""

import platform
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.store.helpers import HEADER
from variance.errors import StoreBusy, StoreGone, SweepExists
from variance.records import Run
from variance.store import SweepReader, SweepWriter
from variance.store.lock import Lock


@pytest.fixture
def stored(home):
    """Make a sweep of a few runs."""

    def make(name="a", seeds=(0, 1, 2)):
        with SweepWriter.create(home.path(name), HEADER) as writer:
            writer.add([Run(seed, {"accuracy": 0.5}) for seed in seeds])
        return home.path(name)

    return make


def seeds(path):
    with SweepReader(path) as reader:
        return sorted(reader.seeds())


def files(home):
    return sorted(path.name for path in home.folder.iterdir())


def leave_unfinished(path):
    """Leave file and journal as a writer does that is killed amid a large transaction."""
    kept = path.with_suffix(".kept")
    journal = path.with_name(f"{path.name}-journal")
    with closing(sqlite3.connect(path, isolation_level=None)) as writer:
        writer.execute("PRAGMA cache_size = 2")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM run")
        writer.execute(
            "INSERT INTO session (started, command, environment) VALUES ('', '', ?)",
            ("x" * 100_000,),
        )
        shutil.copy(path, kept)
        shutil.copy(journal, path.with_suffix(".journal"))
        writer.execute("ROLLBACK")
    kept.replace(path)
    path.with_suffix(".journal").replace(journal)
    return journal


def test_sweep_that_is_written_to_is_not_deleted(home, stored):
    path = stored()

    with SweepWriter.open(path), pytest.raises(StoreBusy, match="another process"):
        home.remove("a")

    assert seeds(path) == [0, 1, 2]


def test_no_sweep_is_deleted_if_one_of_them_is_written_to(home, stored):
    one, other = stored("a"), stored("b")

    with SweepWriter.open(other), pytest.raises(StoreBusy):
        home.remove("a", "b")

    assert one.exists()


@pytest.mark.parametrize("held", ["a", "b"])
def test_neither_end_of_a_renaming_may_be_written_to(home, stored, held):
    stored()

    with Lock(home.path(held)), pytest.raises(StoreBusy):
        home.rename("a", "b")

    assert home.names() == ["a"]


def test_name_taken_by_another_is_kept(home, stored):
    stored("a")
    stored("b")

    with pytest.raises(SweepExists, match="variance rm b"):
        home.rename("a", "b")


def test_renaming_takes_an_unfinished_transaction_back_first(home, stored):
    leave_unfinished(stored())

    assert seeds(home.rename("a", "b")) == [0, 1, 2]
    assert files(home) == ["b.sqlite"]


def test_deleting_leaves_no_journal(home, stored):
    leave_unfinished(stored())

    home.remove("a")

    assert files(home) == []


def test_journal_of_a_deleted_sweep_does_not_reach_the_next_of_its_name(home, stored):
    path = stored()
    leave_unfinished(path)
    path.unlink()

    assert seeds(stored(seeds=[7])) == [7]
    assert files(home) == ["a.sqlite"]


def test_leftovers_are_swept_up(home, stored):
    stored("kept")
    for name in (".a.sqlite.writing", ".b.sqlite.new", ".b.sqlite.new-journal", "c.sqlite-journal"):
        (home.folder / name).write_bytes(b"x")

    home.make()

    assert files(home) == ["kept.sqlite"]


def test_what_is_in_use_is_not_swept_up(home, stored):
    journal = leave_unfinished(stored())
    fresh = home.folder / ".b.sqlite.new"

    with Lock(home.path("b")):
        fresh.touch()
        home.make()

        assert fresh.exists()
        assert journal.exists()
        with pytest.raises(StoreBusy):
            Lock(home.path("b"))


@pytest.mark.parametrize(
    "lose",
    [
        lambda path: path.unlink(),
        lambda path: path.rename(path.with_name("elsewhere")),
        lambda path: shutil.rmtree(path.parent),
        lambda path: shutil.copy(path, path.with_name("x")).replace(path),
        lambda path: path.with_name(f".{path.name}.writing").unlink(),
    ],
    ids=["removed", "moved", "folder removed", "replaced", "lock removed"],
)
def test_sweep_that_goes_away_takes_no_more_runs(stored, lose):
    with SweepWriter.open(stored()) as writer:
        lose(writer.path)

        with pytest.raises(StoreGone, match="removed or moved while it was written to"):
            writer.add([Run(9, {"accuracy": 0.5})])


def test_lock_of_a_successor_is_not_released(home):
    lock = Lock(home.path("a"))
    (home.folder / ".a.sqlite.writing").unlink()
    successor = Lock(home.path("a"))

    lock.release()

    with pytest.raises(StoreBusy):
        Lock(home.path("a"))
    successor.release()


WITHOUT_LOCKS = """
import ctypes, struct, sys
from pathlib import Path
# The kernel itself answers ENOLCK to flock(2) from here on, as for a file on such a file system.
call, arch = {"x86_64": (73, 0xC000003E), "aarch64": (32, 0xC00000B7)}[sys.argv[1]]
rules = [(0x20, 0, 0, 4), (0x15, 0, 3, arch), (0x20, 0, 0, 0), (0x15, 0, 1, call),
         (0x06, 0, 0, 0x00050000 | 37), (0x06, 0, 0, 0x7FFF0000)]
code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *rule) for rule in rules))
program = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(rules), ctypes.addressof(code)))
libc = ctypes.CDLL(None, use_errno=True)
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, program, 0, 0):
    sys.exit(77)
from variance.errors import StoreError
from variance.store import Home
from variance.store.lock import Lock
home = Home(sys.argv[2])
try:
    Lock(home.path("b"))
except StoreError as error:
    print(type(error).__name__, error)
home.remove("a")
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() not in {"x86_64", "aarch64"},
    reason="a system without locks needs a filter of Linux",
)
def test_file_system_without_locks_is_told_from_a_held_lock(home, stored):
    stored("a")

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LOCKS, platform.machine(), str(home.folder)],
        capture_output=True,
        text=True,
        check=False,
    )

    if done.returncode == 77:
        pytest.skip("no filter may be set here")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("StoreUnlockable the file system of")
    assert "offers no locks" in done.stdout
    assert "--store" in done.stdout
    assert home.names() == []
