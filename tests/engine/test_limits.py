"""Worker processes: what a run may take, what ends with it, and how a death is told."""

import ctypes
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress

import psutil
import pytest

from variance.errors import UsageError
from variance.executors import Limits
from variance.executors.death import death
from variance.executors.processes import Processes


def hang():
    """Sleep without ever letting go of the interpreter's lock."""
    ctypes.PyDLL(None).sleep(600)


def running(word):
    """Whether a process with this word on its command line still runs."""
    for process in psutil.process_iter(["cmdline", "status"]):
        if word in (process.info["cmdline"] or []) and process.info["status"] != "zombie":
            return True
    return False


def delivered(work, seeds, limits=None):
    """What a single worker delivers for one submission."""
    executor = Processes(work, 1, {}, limits)
    try:
        executor.submit(seeds)
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if found := executor.wait(0.2):
                return found[0]
    finally:
        executor.close()
    raise AssertionError("nothing was delivered")


def stuck_at_two(seed):
    if seed == 2:
        hang()
    return seed


def test_run_beyond_its_time_is_ended_and_known_among_its_neighbours():
    found = delivered(stuck_at_two, [0, 1, 2, 3], Limits(seconds=0.5))

    assert (found.reason, found.culprit) == ("timeout", 2)
    assert found.death == "it took longer than 0.5 s"
    assert 0.5 <= found.seconds < 60


class Preparing:
    """Takes longer to load than a run may take."""

    ready = False

    def prepare(self):
        time.sleep(1.0)
        self.ready = True

    def __call__(self, seed):
        return self.ready


def test_time_to_load_is_not_counted():
    assert delivered(Preparing(), [0], Limits(seconds=0.5)).results == (True,)


def large(seed):
    code = "import time; x = b'1' * 400_000_000; time.sleep(600)"
    return subprocess.run([sys.executable, "-c", code, f"large-{os.getppid()}"], check=False)


def test_memory_of_what_a_run_starts_counts_and_ends_with_it():
    found = delivered(large, [7], Limits(bytes=400_000_000))

    assert (found.reason, found.culprit) == ("memory", 7)
    assert "more than 400 MB" in found.death
    assert not running(f"large-{os.getpid()}")


def test_limit_that_a_worker_exceeds_before_it_trains_is_refused():
    with pytest.raises(UsageError, match="before it trains"):
        delivered(Preparing(), [0], Limits(bytes=10_000_000))


def helped(seed):
    helper = multiprocessing.get_context("fork").Process(target=time.sleep, args=(600,))
    helper.start()
    helper.terminate()
    helper.join()
    return helper.exitcode


def test_helpers_of_a_run_heed_what_ends_them():
    assert delivered(helped, [3], Limits(seconds=30)).results == (-signal.SIGTERM,)


def leaves(seed):
    os._exit(7)


def test_worker_that_ends_itself_is_told_with_its_status():
    found = delivered(leaves, [5])

    assert found.death == "its process ended itself with exit status 7, as os._exit(7) does"
    assert (found.reason, found.culprit) == ("died", 5)


@pytest.mark.parametrize(
    ("status", "short", "words"),
    [
        (-9, True, "its process was killed (SIGKILL): the system was out of memory"),
        (-9, False, "its process was killed (SIGKILL), often for want of memory"),
        (-11, False, "its process crashed (SIGSEGV)"),
        (-6, False, "its process aborted (SIGABRT)"),
        (-15, False, "its process was ended (SIGTERM)"),
        (-64, False, "its process was ended (SIGRTMAX)"),
        (0, False, "its process ended itself with exit status 0, as os._exit(0) does"),
        (None, False, "its process ended, it is not known how"),
    ],
)
def test_deaths_are_told_apart(status, short, words):
    assert death(status, short_of_memory=short) == words


def test_sweep_with_a_hung_seed_finishes_the_others(cli, experiment, home):
    from variance.store import SweepReader

    toy = experiment('if seed == 9: time.sleep(600)\nreturn {"accuracy": seed / 100}')

    said = cli("sweep", toy, "--seeds", "40", "--jobs", "1", "--timeout", "1s")

    assert said.status == 3
    assert "Seed 9 was ended (it took longer than 1 s); set aside as failed." in said.err
    with SweepReader(home.path("baseline")) as reader:
        assert [(f.seed, f.reason) for f in reader.failures()] == [(9, "timeout")]
        assert len(list(reader.runs())) == 39
    assert "1 took too long" in cli("show", "baseline", "--statement").out


def test_inline_backend_refuses_limits(cli, experiment):
    said = cli("sweep", experiment("return 1.0"), "--backend", "inline", "--timeout", "5")

    assert said.status == 2
    assert "the inline backend cannot end a run" in said.err


def test_command_that_leaves_a_child_behind_ends_with_it(cli, home, tmp_path):
    """The child holds the command's output, in a session of its own, and has lost its parent."""
    marker = f"600.{os.getpid()}"
    line = f"(setsid sleep {marker} &); echo '{{\"accuracy\": 0.5}}'"

    said = cli("sweep", "--seeds", "2", "--jobs", "1", "--", "sh", "-c", line)

    assert said.status == 0, said.err
    assert not running(marker)


def test_command_in_this_very_process_does_not_wait_for_a_child_either(tmp_path):
    from variance.experiments.command import CommandExperiment, Settings
    from variance.experiments.streams import Streams
    from variance.records import Execution

    marker = f"601.{os.getpid()}"
    line = f"sleep {marker} & echo '{{\"accuracy\": 0.5}}'"
    trainer = CommandExperiment(["sh", "-c", line]).trainer(Settings(), Execution())

    assert trainer.train(Streams(0, ("seed",))).metrics == {"accuracy": 0.5}
    assert not running(marker)


def test_nothing_outlives_a_killed_parent_even_amid_a_library(start, experiment, tmp_path):
    marker = f"602.{os.getpid()}"
    toy = experiment(
        "import ctypes, subprocess\n"
        f'subprocess.Popen(["sleep", "{marker}"], start_new_session=True)\n'
        "time.sleep(1.2)\n"  # the guard looks twice a second
        'Path("held").touch()\n'
        "ctypes.PyDLL(None).sleep(600)"
    )
    process = start("sweep", toy, "--seeds", "1", "--jobs", "1")
    end = time.monotonic() + 60
    while not (tmp_path / "held").exists():
        assert time.monotonic() < end, process.communicate(timeout=1)
        time.sleep(0.05)
    children = psutil.Process(process.pid).children(recursive=True)

    process.kill()
    process.communicate()

    end = time.monotonic() + 10
    while time.monotonic() < end and (running(marker) or any(map(alive, children))):
        time.sleep(0.05)
    assert not running(marker)
    assert not any(map(alive, children))


def alive(process):
    with suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != "zombie"
    return False
