"""Faults as they happen, each caused for real: nothing that was finished is lost."""

import os
import pty
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from variance.store import SweepReader

SLOW = """
Path(os.environ["MARKS"], f"{seed}").touch()
time.sleep(0.4)
return {"accuracy": (seed % 1000) / 1000}
"""


LEADER = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # the terminal is ours: its end is told to us
from variance.__main__ import main
main()
"""


@pytest.fixture
def marks(tmp_path, monkeypatch):
    """A folder in which the toy experiment leaves a file for each run that begins."""
    folder = tmp_path / "marks"
    folder.mkdir()
    monkeypatch.setenv("MARKS", str(folder))
    return folder


@pytest.fixture
def stored(home):
    def status(name="baseline"):
        try:
            with SweepReader(home.path(name)) as reader:
                return reader.seeds()
        except Exception:  # noqa: BLE001 - not there yet
            return {}

    return status


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def descendants(process, word):
    """The processes that a command has started, directly or not, with a word in their own."""
    found = []
    for child in psutil.Process(process.pid).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            if word in " ".join(child.cmdline()):
                found.append(child)
    return found


def workers(process):
    """The loky workers of a command, without its resource tracker."""
    return descendants(process, "popen_loky_posix")


def test_raising_run_is_a_recorded_failure(cli, experiment, home):
    toy = experiment('if seed % 3 == 1: raise ValueError("no luck")\nreturn {"accuracy": 0.5}')
    said = cli("sweep", toy, "--seeds", "9", "--quiet")

    with SweepReader(home.path("baseline")) as reader:
        failures = reader.failures()
        finished = len(list(reader.runs()))
    assert said.status == 3
    assert failures
    assert finished + len(failures) == 9
    assert all(f.error == "ValueError: no luck" for f in failures)
    assert all("raise ValueError" in f.traceback for f in failures)


def test_run_that_exits_is_a_recorded_failure(cli, experiment, home):
    cli("sweep", experiment("raise SystemExit(3)"), "--seeds", "2", "--backend", "inline")

    with SweepReader(home.path("baseline")) as reader:
        assert [f.error for f in reader.failures()] == ["SystemExit: 3"] * 2


def test_diverged_run_is_a_recorded_failure(cli, experiment, home):
    said = cli("sweep", experiment('return {"loss": float("nan")}'), "--seeds", "2", "--quiet")

    with SweepReader(home.path("baseline")) as reader:
        assert [f.reason for f in reader.failures()] == ["diverged", "diverged"]
    assert said.status == 3


def test_failed_seeds_are_trained_again_only_when_asked(cli, experiment, home, tmp_path):
    toy = experiment(
        f'if not Path({str(tmp_path)!r}, "ok").exists(): raise ValueError\n'
        'return {"accuracy": 0.5}'
    )
    cli("sweep", toy, "--seeds", "2", "--quiet")
    (tmp_path / "ok").touch()

    assert cli("sweep", toy, "--seeds", "2", "--quiet").status == 3
    assert cli("sweep", toy, "--seeds", "2", "--quiet", "--retry-failed").status == 0


def test_killed_worker_costs_only_its_run(start, experiment, marks, stored):
    process = start("sweep", experiment(SLOW), "--seeds", "12", "--jobs", "2")
    until(lambda: len(stored()) >= 2)
    before = {p.pid for p in workers(process)}

    os.kill(min(before), signal.SIGKILL)
    _, err = process.communicate(timeout=90)

    assert process.returncode == 0, err
    assert stored() == dict.fromkeys(range(12), "finished")
    assert "A worker died on seed" in err
    assert len(list(marks.iterdir())) == 12


def test_seed_that_kills_its_worker_twice_is_set_aside(cli, experiment, stored, monkeypatch):
    toy = experiment('if seed % 2: os.kill(os.getpid(), signal.SIGKILL)\nreturn {"accuracy": 0.5}')

    said = cli("sweep", toy, "--seeds", "4", "--jobs", "2")

    assert said.status == 3
    assert set(stored().values()) == {"finished", "failed"}
    assert "set aside as failed" in said.err


@pytest.mark.parametrize(("signum", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_interrupt_keeps_what_finishes_and_tells_how_to_go_on(
    start, experiment, marks, stored, signum, status
):
    process = start("sweep", experiment(SLOW), "--seeds", "40", "--jobs", "2")
    until(lambda: len(stored()) >= 2)

    for one in (process.pid, *(worker.pid for worker in workers(process))):
        os.kill(one, signum)  # as a system that ends a job: parent and workers alike
    _, err = process.communicate(timeout=60)

    assert process.returncode == status
    assert "To go on: variance sweep" in err
    assert 2 <= len(stored()) < 40
    assert len(stored()) == len(list(marks.iterdir()))  # whatever was begun was finished


def test_interrupt_while_workers_start_is_quiet(start, experiment, stored):
    process = start("sweep", experiment('return {"accuracy": 0.5}'), "--seeds", "4", "--jobs", "2")
    until(lambda: workers(process))
    time.sleep(0.1)  # amid its imports

    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    lines = [line for line in err.splitlines() if not line.startswith("baseline: ")]
    assert [line.partition(" ")[0] for line in lines] == ["Finishing", "interrupted;", "To"], err


def test_closed_terminal_ends_a_sweep_like_an_interrupt(experiment, marks, stored, tmp_path):
    terminal, end = pty.openpty()
    line = ["sweep", experiment(SLOW), "--seeds", "40", "--jobs", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", LEADER, *line], stdin=end, stdout=end, stderr=end, cwd=tmp_path,
        start_new_session=True,
    )  # fmt: skip
    os.close(end)
    until(lambda: len(stored()) >= 2)

    os.close(terminal)

    assert process.wait(timeout=60) == 129
    assert 2 <= len(stored()) < 40
    assert set(stored().values()) == {"finished"}
    assert len(stored()) == len(list(marks.iterdir()))


def test_interrupt_that_arrives_twice_counts_once(start, experiment, marks, stored):
    process = start("sweep", experiment(SLOW), "--seeds", "40", "--jobs", "2")
    until(lambda: len(stored()) >= 2)

    process.send_signal(signal.SIGINT)  # as `timeout -s INT` does
    time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)

    assert len(stored()) == len(list(marks.iterdir()))


def test_second_interrupt_stops_at_once(start, experiment, stored):
    slow = experiment('time.sleep(0.1 if seed % 2 else 600)\nreturn {"accuracy": 0.5}')
    process = start("sweep", slow, "--seeds", "40", "--jobs", "2")
    until(lambda: len(workers(process)) == 2)
    time.sleep(3)
    children = workers(process)

    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)

    assert process.returncode == 130
    until(lambda: not any(c.is_running() for c in children), 10)


def test_killed_parent_leaves_no_orphan_and_loses_nothing(start, experiment, marks, stored):
    toy = experiment(SLOW)
    process = start("sweep", toy, "--seeds", "12", "--jobs", "2")
    until(lambda: len(stored()) >= 3)
    children = workers(process)

    process.kill()
    process.communicate(timeout=10)
    kept = stored()
    until(lambda: not any(c.is_running() for c in children), 10)

    assert len(kept) >= 3
    again = start("sweep", toy, "--seeds", "12", "--jobs", "2")
    _, err = again.communicate(timeout=90)
    assert again.returncode == 0, err
    assert stored() == dict.fromkeys(range(12), "finished")


def test_truncated_store_is_saved_by_the_same_line(cli, experiment, home, stored):
    toy = experiment(
        "import random\nr = random.Random(seed)\n"
        "return [r.randrange(9) for _ in range(4000)], [0, 8] * 2000"
    )
    cli("sweep", toy, "--seeds", "10", "--quiet")
    path = home.path("baseline")
    os.truncate(path, path.stat().st_size - 3 * 4096)

    refused = cli("compare", "baseline", "baseline")
    said = cli("sweep", toy, "--seeds", "10")

    assert refused.status == 2
    assert "truncated" in refused.err
    assert said.status == 0
    assert "whole runs were saved" in said.err
    assert "0 whole runs" not in said.err
    assert stored() == dict.fromkeys(range(10), "finished")
    assert list(home.folder.glob("baseline.damaged-1"))


def test_two_sweeps_of_one_name_do_not_mix(start, cli, experiment, stored):
    toy = experiment(SLOW.replace("Path", "0 and Path"))
    process = start("sweep", toy, "--seeds", "30", "--jobs", "1")
    until(lambda: len(stored()) >= 1)

    said = cli("sweep", toy, "--seeds", "30")

    assert said.status == 2
    assert "another process is training 'baseline'" in said.err
    process.kill()


def test_folder_removed_during_a_sweep_is_told(start, experiment, home, stored):
    process = start("sweep", experiment(SLOW.replace("Path", "0 and Path")), "--seeds", "30")
    until(lambda: len(stored()) >= 1)

    shutil.rmtree(home.folder)
    _, err = process.communicate(timeout=60)

    assert process.returncode == 2
    assert "was removed or moved while it was written to" in err
    assert "internal" not in err
    assert not home.folder.exists()


needs_namespace = pytest.mark.skipif(
    shutil.which("unshare") is None
    or subprocess.run(["unshare", "-Urm", "true"], check=False, capture_output=True).returncode
    != 0,
    reason="a small disk of our own needs Linux user namespaces",
)


def in_namespace(script, tmp_path):
    """Run a shell script where it may mount what it likes; `$V` is the command line."""
    environment = {**os.environ, "V": f"{sys.executable} -m variance", "D": str(tmp_path / "disk")}
    (tmp_path / "disk").mkdir(exist_ok=True)
    return subprocess.run(
        ["unshare", "-Urm", "bash", "-ec", script],
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
        check=False,
        timeout=120,
    )


@needs_namespace
def test_disk_that_fills_up_loses_no_finished_run(tmp_path, experiment):
    filler = """
if Path("fill").exists() and len(list(Path(os.environ["MARKS"]).iterdir())) == 3:
    with open(Path(os.environ["D"], "filler"), "wb", buffering=0) as file:
        try:
            while file.write(bytes(1024)): pass
        except OSError: pass
Path(os.environ["MARKS"], str(seed)).touch()
import random
r = random.Random(seed)
return [r.randrange(200) for _ in range(30_000)], list(range(200)) * 150
"""
    toy = experiment(filler)
    script = f"""
mount -t tmpfs -o size=4m tmpfs $D
mkdir marks; export MARKS=$PWD/marks; touch fill
set +e
$V sweep {toy} --seeds 8 --jobs 1 --store $D/s --quiet; echo "status $?"
$V list --store $D/s
df --output=avail $D | tail -1 | sed 's/^/free /'
rm -f $D/filler fill
$V sweep {toy} --seeds 8 --jobs 1 --store $D/s --quiet; echo "status $?"
ls marks | wc -l | sed 's/^/begun /'
"""
    done = in_namespace(script, tmp_path)

    assert "status 2" in done.stdout, done.stderr
    assert "The disk is full: finishing the runs under way." in done.stderr
    assert "runs that were finished are stored" in done.stderr
    assert "Free some space there" in done.stderr
    assert "8 runs" in done.stdout.splitlines()[-3]
    assert "status 0" in done.stdout
    assert "begun 8" in done.stdout  # no seed was trained twice


@needs_namespace
def test_disk_that_is_full_already_is_refused_before_training(tmp_path, experiment):
    toy = experiment(
        'Path(os.environ["D"]).parent.joinpath("begun").touch()\nreturn {"accuracy": 1.0}'
    )
    script = f"""
mount -t tmpfs -o size=200k tmpfs $D
head -c 190k /dev/zero > $D/filler
$V sweep {toy} --seeds 3 --store $D/s
"""
    done = in_namespace(script, tmp_path)

    assert done.returncode == 2
    assert "no space left" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "begun").exists()


@needs_namespace
def test_read_only_folder_is_refused_before_training(tmp_path, experiment):
    toy = experiment(
        'Path(os.environ["D"]).parent.joinpath("begun").touch()\nreturn {"accuracy": 1.0}'
    )
    script = f"""
mount -t tmpfs -o size=4m tmpfs $D
mkdir $D/s
mount -o remount,ro $D
$V sweep {toy} --seeds 3 --store $D/s
"""
    done = in_namespace(script, tmp_path)

    assert done.returncode == 2
    assert "cannot write" in done.stderr
    assert "--store" in done.stderr
    assert not (tmp_path / "begun").exists()


@needs_namespace
def test_read_only_sweep_can_be_read_but_not_extended(tmp_path, experiment):
    toy = experiment('return {"accuracy": seed % 100 / 100}')
    script = f"""
mount -t tmpfs -o size=4m tmpfs $D
$V sweep {toy} --seeds 3 --store $D/s --quiet
mount -o remount,ro $D
$V list --store $D/s
$V sweep {toy} --seeds 4 --store $D/s
"""
    done = in_namespace(script, tmp_path)

    assert "baseline" in done.stdout
    assert done.returncode == 2
    assert "cannot write" in done.stderr


def test_command_of_a_worker_ends_with_the_parent(start, stored, tmp_path):
    script = tmp_path / "own.py"
    script.write_text(
        "import time, sys\nif sys.argv[1] != '0': time.sleep(600)\nprint('{\"a\": 1}')\n"
    )
    process = start(
        "sweep", "--seeds", "4", "--jobs", "2", "--", sys.executable, str(script), "{seed}"
    )
    until(stored)
    until(lambda: descendants(process, str(script)))
    commands = descendants(process, str(script))

    process.kill()

    until(lambda: not any(c.is_running() for c in commands), 10)
