"""A process that is killed in the middle of a commit leaves nothing that cannot be read."""

import os
import shutil
import signal
import sqlite3
from dataclasses import replace

import numpy as np
import pytest

from tests.engine.test_faults import in_namespace, needs_namespace
from tests.store.helpers import HEADER, run
from variance.errors import StoreForeign
from variance.records import Model, TestSet
from variance.store import SweepReader, SweepWriter, repair
from variance.store.opening import journal

LARGE = np.random.default_rng(0).random(40_000)  # more than SQLite keeps before it writes


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.sqlite"
    with SweepWriter.create(path, HEADER) as writer:
        writer.add([run(seed) for seed in range(5)])
    return path


def large(seed):
    return replace(run(seed), predictions=LARGE, test_set=TestSet(LARGE), confusion=None)


def in_a_child(action):
    """Do something in a process of its own, which ends there and then."""
    if child := os.fork():
        _, status = os.waitpid(child, 0)
        return status
    try:
        action()
    finally:
        os._exit(1)


def kill_in_commit(path):
    """Add runs, and be killed when their pages are half in the file."""

    def half_way():
        writer = SweepWriter.open(path)
        writer._db.execute("PRAGMA cache_size = 2")
        writer._db.execute("BEGIN IMMEDIATE")
        writer._rows.add([large(seed) for seed in range(10, 14)], None)
        os.kill(os.getpid(), signal.SIGKILL)

    assert in_a_child(half_way) == signal.SIGKILL
    assert journal(path).exists()


def test_readers_undo_a_commit_that_was_cut_short(path):
    kill_in_commit(path)

    with SweepReader(path) as reader:
        assert sorted(reader.seeds()) == [0, 1, 2, 3, 4]
    assert not journal(path).exists()


def test_the_next_writer_goes_on(path):
    kill_in_commit(path)

    with SweepWriter.open(path) as writer:
        writer.add([large(10)])
    with SweepReader(path) as reader:
        assert sorted(reader.seeds()) == [0, 1, 2, 3, 4, 10]
    assert list(path.parent.iterdir()) == [path]


def test_repair_finds_nothing_to_do(path):
    kill_in_commit(path)

    assert repair(path) is None


def test_the_same_sweep_line_goes_on(cli, home):
    cli("sweep", "moons", "--seeds", "2", "--quiet", "--backend", "inline")
    kill_in_commit(home.path("baseline"))

    listed = cli("list")
    said = cli("sweep", "moons", "--seeds", "3", "--quiet", "--backend", "inline")

    assert "moons" in listed.out
    assert said.status == 0, said.err
    assert "3 runs" in said.out


@needs_namespace
def test_a_folder_that_cannot_be_written_is_read_from_a_copy(path, tmp_path):
    kill_in_commit(path)
    before = path.read_bytes(), journal(path).read_bytes()
    shutil.copytree(path.parent, tmp_path / "kept")
    (tmp_path / "temporary").mkdir()
    script = f"""
mount --bind {tmp_path}/kept $D
mount -o remount,ro,bind $D
export TMPDIR={tmp_path}/temporary
$V show $D/a.sqlite
ls -A {tmp_path}/temporary | wc -l | sed 's/^/left behind /'
"""
    done = in_namespace(script, tmp_path)

    assert "5 runs" in done.stdout, done.stderr
    assert "left behind 0" in done.stdout
    kept = tmp_path / "kept" / "a.sqlite"
    assert (kept.read_bytes(), journal(kept).read_bytes()) == before


def test_a_journal_that_names_other_files_is_refused(path, tmp_path):
    """SQLite would delete the file that is named there."""
    kill_in_commit(path)
    victim = tmp_path / "victim"
    victim.write_text("mine")
    name = str(victim).encode()
    tail = (
        (0).to_bytes(4, "big")
        + name
        + len(name).to_bytes(4, "big")
        + sum(name).to_bytes(4, "big")
        + b"\xd9\xd5\x05\xf9\x20\xa1\x63\xd7"
    )
    with journal(path).open("ab") as file:
        file.write(tail)

    with pytest.raises(StoreForeign, match="journal was written by another program"):
        SweepReader(path)
    assert victim.read_text() == "mine"


def test_a_journal_whose_file_is_gone_spoils_no_new_one(path):
    kill_in_commit(path)
    path.unlink()

    SweepWriter.create(path, HEADER, [run(7)]).close()

    with SweepReader(path) as reader:
        assert sorted(reader.seeds()) == [7]
    assert list(path.parent.iterdir()) == [path]


def test_a_model_is_stored_with_its_run_or_not_at_all(path):
    def half_way():
        writer = SweepWriter.open(path)
        writer._db.execute("PRAGMA cache_size = 2")
        writer._db.execute("BEGIN IMMEDIATE")
        kept = Model("npz", bytes(2_000_000))
        writer._rows.add([replace(run(10), model=kept)], None)
        os.kill(os.getpid(), signal.SIGKILL)

    in_a_child(half_way)

    with SweepReader(path) as reader:
        assert (10 in reader.seeds(), reader.model(10)) == (False, None)


def test_a_journal_of_a_living_writer_is_left_to_it(path):
    with SweepWriter.open(path) as writer:
        writer._db.execute("BEGIN IMMEDIATE")
        writer._rows.add([run(10)], None)
        assert journal(path).exists()
        with SweepReader(path) as reader:
            assert 10 not in reader.seeds()
        writer._db.execute("COMMIT")

    with SweepReader(path) as reader:
        assert 10 in reader.seeds()


def test_sqlite_still_keeps_its_journal_beside(path):
    """The name by which it is found; another would leave readers blind."""
    with sqlite3.connect(path, isolation_level=None) as db:
        db.execute("BEGIN IMMEDIATE")
        db.execute("UPDATE run SET seconds = 2")
        assert journal(path).exists()
        db.execute("ROLLBACK")
    db.close()
