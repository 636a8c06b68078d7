"""Making, migrating and repairing a file, cut short at every step: the old file or the new one."""

import os
import shutil
import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.engine.test_faults import in_namespace, needs_namespace
from tests.store.helpers import HEADER, as_version, edit, failure, run
from tests.store.test_killed import in_a_child
from variance.errors import StoreBusy, StoreError, UsageError
from variance.records import Environment
from variance.store import SweepReader, SweepWriter, repair, schema

SEEDS = [0, 1, 2, 9]
STEPS = 16


def filled(path):
    with SweepWriter.create(path, HEADER) as writer:
        writer.add_session(Environment({"python": "3"}, "variance sweep", "2026"))
        writer.add([run(0), run(1), run(2), run(3), failure(9)])


def damaged(path):
    filled(path)
    edit(path, "UPDATE run SET seconds = 9 WHERE seed = 3")


def older(path):
    filled(path)
    as_version(path, 2)


def migrate(path):
    SweepWriter.open(path).close()


def make(path):
    SweepWriter.create(path, HEADER, [run(0), run(1), run(2), run(3), failure(9)]).close()


ACTIONS = {
    "repair": (damaged, repair, SEEDS),
    "migrate": (older, migrate, [0, 1, 2, 3, 9]),
    "make": (lambda path: None, make, [0, 1, 2, 3, 9]),
}


def killed_after(steps, action, path):
    """Do something in a child that is killed after so many calls within the store."""
    counter = path.parent.parent / "steps"

    def work():
        seen = 0

        def count(frame, event, argument):
            nonlocal seen
            if "variance/store" in frame.f_code.co_filename:
                seen += 1
                if seen == steps:
                    os.kill(os.getpid(), signal.SIGKILL)

        schema._known_layout.cache_clear()  # every child does as many steps
        sys.setprofile(count)
        action(path)
        sys.setprofile(None)
        counter.write_text(str(seen))
        os._exit(0)

    return in_a_child(work), counter


def seeds_in(path):
    with SweepReader(path) as reader:
        list(reader.runs())
        return sorted(reader.seeds())


@pytest.mark.parametrize("what", ACTIONS)
def test_killed_at_any_step(what, tmp_path):
    prepare, action, seeds = ACTIONS[what]
    template, folder = tmp_path / "template", tmp_path / "store"
    template.mkdir()
    prepare(template / "a.sqlite")
    before = [file.read_bytes() for file in template.iterdir()]
    shutil.copytree(template, folder)
    status, counter = killed_after(-1, action, folder / "a.sqlite")
    assert status == 0
    total = int(counter.read_text())
    steps = {*np.linspace(1, total, STEPS).astype(int).tolist(), *range(total - 12, total)}

    for step in sorted(steps):
        shutil.rmtree(folder)
        shutil.copytree(template, folder)
        path = folder / "a.sqlite"
        status, _ = killed_after(step, action, path)
        assert status == signal.SIGKILL

        if path.exists() and path.read_bytes() not in before:
            assert seeds_in(path) == seeds  # the new file, whole
        else:
            assert [path.read_bytes() for path in [path] if path.exists()] == before
            action(path)  # nothing is in its way
        if what == "repair":
            repair(path)
        assert seeds_in(path) == seeds
        kept = ["a.damaged-1"] if what == "repair" else []
        left = sorted(p.name for p in folder.iterdir() if not p.name.endswith(".writing"))
        if ".a.sqlite.new" in left:  # goes with the next call that writes
            SweepWriter.open(path).close()
            left.remove(".a.sqlite.new")
        assert left == [*kept, "a.sqlite"], step
        if what == "repair":
            assert (folder / "a.damaged-1").read_bytes() == before[0]


FULL = """
import shutil, sys
from pathlib import Path
sys.path.insert(0, {root!r})
from tests.store.test_replacing import ACTIONS, seeds_in
from variance.errors import StoreFull
prepare, action, seeds = ACTIONS[{what!r}]
disk = Path({disk!r}); template = Path({template!r}); template.mkdir()
prepare(template / "a.sqlite")
before = {{file.name: file.read_bytes() for file in template.iterdir()}}
outcomes = []
for free in [0, 4, 500, *range(1024, 1400, 16)]:
    for file in disk.iterdir():
        file.unlink()
    for file in template.iterdir():
        shutil.copy(file, disk)
    room = shutil.disk_usage(disk).free - 1024 * free
    (disk / "filler").write_bytes(bytes(room))
    try:
        action(disk / "a.sqlite")
    except StoreFull as full:
        assert "no space left" in full.message
        (disk / "filler").unlink()
        assert {{file.name: file.read_bytes() for file in disk.iterdir()}} == before, free
        outcomes.append("full")
    else:
        assert seeds_in(disk / "a.sqlite") == seeds
        outcomes.append("done")
assert outcomes == sorted(outcomes, reverse=True), outcomes
print(outcomes.count("full"), outcomes.count("done"))
"""


@needs_namespace
@pytest.mark.parametrize("what", ACTIONS)
def test_full_disk_at_any_step(what, tmp_path):
    script = tmp_path / "full.py"
    script.write_text(
        FULL.format(
            what=what,
            disk=str(tmp_path / "disk"),
            template=str(tmp_path / "template"),
            root=str(Path(__file__).parents[2]),
        )
    )

    done = in_namespace(f"mount -t tmpfs -o size=4m tmpfs $D; {sys.executable} {script}", tmp_path)

    assert done.returncode == 0, done.stderr
    full, finished = map(int, done.stdout.split())
    assert full > 4
    assert finished > 2


def test_a_bad_last_run_leaves_no_file(tmp_path):
    path = tmp_path / "a.sqlite"
    bad = run(1)
    object.__setattr__(bad, "seed", 2**63)

    with pytest.raises(UsageError, match="seeds from 0 to"):
        SweepWriter.create(path, HEADER, [run(0), bad])
    assert list(tmp_path.iterdir()) == []


def test_an_import_of_which_one_part_fails_leaves_none(cli, home, tmp_path):
    table = tmp_path / "runs.csv"
    table.write_text("seed,method,accuracy\n0,a,0.5\n1,a,0.6\n0,b,0.5\n1,b,0.7\n")
    filled(home.path("taken"))
    home.path("taken").rename(home.path("x-b"))
    with SweepWriter.open(home.path("x-b")):
        home.path("x-b").rename(home.path("elsewhere"))
        said = cli("import", str(table), "--name", "x", "--group", "method")

    assert (said.status, "another process" in said.err) == (2, True)
    assert home.names() == ["elsewhere"]


def test_repair_waits_for_nobody(tmp_path):
    path = tmp_path / "a.sqlite"
    filled(path)

    with SweepWriter.open(path), pytest.raises(StoreBusy):
        repair(path)


def test_repair_leaves_a_whole_file_alone(tmp_path):
    path = tmp_path / "a.sqlite"
    filled(path)
    before = path.read_bytes()

    assert repair(path) is None
    assert path.read_bytes() == before


def test_links_and_permissions_are_kept(tmp_path):
    real, link = tmp_path / "elsewhere" / "real.sqlite", tmp_path / "a.sqlite"
    real.parent.mkdir()
    damaged(real)
    real.chmod(0o640)
    link.symlink_to(real)

    saved = repair(link)

    assert link.is_symlink()
    assert seeds_in(link) == SEEDS
    assert real.stat().st_mode & 0o777 == 0o640
    assert saved.kept == tmp_path / "a.damaged-1"
    assert [file.name for file in real.parent.iterdir()] == ["real.sqlite"]


def test_an_altered_run_is_left_out_and_named(tmp_path):
    path = tmp_path / "a.sqlite"
    damaged(path)

    saved = repair(path)

    assert (saved.runs, saved.failures, saved.altered, saved.missing) == (3, 1, (3,), 0)
    assert "3 whole runs were saved and 1 failed" in str(saved)
    assert "lost: seed 3 (not what was written)" in str(saved)
    assert str(saved.kept) in str(saved)


def test_runs_keep_their_records_bit_for_bit(tmp_path):
    path = tmp_path / "a.sqlite"
    filled(path)
    with SweepReader(path) as reader:
        before = reader._db.execute("SELECT seed, record FROM run ORDER BY seed").fetchall()
    edit(path, "UPDATE run SET seconds = 9 WHERE seed = 3")
    repair(path)

    with SweepReader(path) as reader:
        after = reader._db.execute("SELECT seed, record FROM run ORDER BY seed").fetchall()
    assert after == [row for row in before if row[0] != 3]


def test_an_altered_session_is_left_out_without_its_runs(tmp_path):
    path = tmp_path / "a.sqlite"
    filled(path)
    edit(path, "UPDATE session SET command = 'x'")

    saved = repair(path)

    with SweepReader(path) as reader:
        assert (reader.environments(), reader.sessions()) == ([], {})
        assert len(reader.seeds()) == 5
    assert "the record of where some runs were trained" in str(saved)


def test_an_altered_header_is_never_signed(tmp_path):
    path = tmp_path / "a.sqlite"
    filled(path)
    edit(path, "UPDATE sweep SET value = '\"loss\"' WHERE key = 'metric'")
    before = path.read_bytes()

    with pytest.raises(StoreError, match="header does not fit"):
        repair(path)
    assert path.read_bytes() == before


def test_a_lost_seal_is_made_again_where_the_runs_vouch_for_the_header(tmp_path):
    path = tmp_path / "a.sqlite"
    filled(path)
    edit(path, "DELETE FROM seal")

    assert repair(path).runs == 4
    assert seeds_in(path) == [0, 1, 2, 3, 9]


def test_runs_of_which_nothing_is_left_are_counted(tmp_path):
    path = tmp_path / "a.sqlite"
    filled(path)
    edit(path, "DELETE FROM run WHERE seed = 1")

    saved = repair(path)

    assert saved.missing == 1
    assert "1 more whose seed cannot be read" in str(saved)


@pytest.mark.parametrize("version", [1, 2])
def test_older_files_are_repaired_by_the_digests_that_they_have(tmp_path, version):
    path = tmp_path / "a.sqlite"
    filled(path)
    as_version(path, version)
    edit(path, "UPDATE run SET metrics = '{\"accuracy\": 1.0}' WHERE seed = 3")

    assert repair(path).altered == (3,)
    assert seeds_in(path) == SEEDS


def test_the_same_sweep_line_repairs_and_says_so_though_it_is_quiet(cli, home):
    line = ("sweep", "moons", "--seeds", "4", "--quiet", "--backend", "inline")
    cli(*line)
    edit(home.path("baseline"), "UPDATE run SET metrics = '{\"accuracy\": 1.0}' WHERE seed = 3")

    refused = cli("compare", "baseline", "baseline")
    said = cli(*line)

    assert (refused.status, refused.out) == (2, "")
    assert "seed 3 does not fit the digest written with it" in refused.err
    assert said.status == 0
    assert "3 whole runs were saved; lost: seed 3" in said.err
    assert "4 runs" in said.out


def test_a_line_that_names_no_experiment_repairs_too(home, capsys):
    from variance.api.training import _default_experiment

    path = home.path("baseline")
    header = replace(HEADER, experiment="digits", note="MNIST is not on this machine")
    SweepWriter.create(path, header, [run(seed) for seed in range(40)]).close()
    os.truncate(path, path.stat().st_size - 4096)

    found, note = _default_experiment(home, "baseline")

    assert (found.name, note) == ("digits", "MNIST is not on this machine")
    assert "whole runs were saved" in capsys.readouterr().err


def test_the_repair_command_says_what_it_saved(cli, home):
    cli("sweep", "moons", "--seeds", "3", "--quiet", "--backend", "inline")
    whole = cli("repair", "baseline")
    edit(home.path("baseline"), "UPDATE run SET seconds = 1 WHERE seed = 1")

    said = cli("repair", "baseline")

    assert "is whole" in whole.out
    assert (said.status, "2 whole runs were saved; lost: seed 1" in said.out) == (0, True)
