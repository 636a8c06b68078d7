"""Processes below a process, each started for real."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from variance import descendants

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux can tell all of them")


def started(code):
    """Start Python in a session of its own; it prints the number of a process that it starts."""
    process = subprocess.Popen(
        [sys.executable, "-c", f"from variance import descendants as d\n{code}"],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    return process, int(process.stdout.readline())


def ended(pid):
    end = time.monotonic() + 10
    while time.monotonic() < end:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


def test_system_ends_a_process_with_its_parent_amid_a_library():
    process, child = started("""
import ctypes, os, sys, time
mine = os.getpid()
if os.fork() == 0:
    d.end_with_parent(mine)
    print(os.getpid(), flush=True)
    ctypes.PyDLL(None).sleep(600)
time.sleep(600)
""")
    with process:
        process.kill()

    assert ended(child)


def test_process_whose_parent_has_ended_already_does_not_begin():
    parent = os.getpid()
    code = f"from variance import descendants as d; d.end_with_parent({parent + 1}); print('on')"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)

    assert (done.returncode, done.stdout) == (1, b"")


@pytest.mark.parametrize("apart", [False, True])
def test_guard_ends_what_a_killed_worker_had_started(apart):
    process, child = started(f"""
import os, subprocess, time
d.keep_guarded()
child = subprocess.Popen(["sleep", "600"], start_new_session={apart})
time.sleep(1.5 if {apart} else 0)  # it looks twice a second
print(child.pid, flush=True)
time.sleep(600)
""")
    with process:
        process.kill()

    assert ended(child)


def test_guard_that_was_killed_is_replaced():
    process, guard = started("""
import time
d.keep_guarded()
print(d._guard.pid, flush=True)
d._guard.wait()
d.keep_guarded()
print(d._guard.pid, flush=True)
time.sleep(600)
""")
    with process:
        os.kill(guard, signal.SIGKILL)
        successor = int(process.stdout.readline())
        assert psutil.Process(successor).status() != psutil.STATUS_ZOMBIE
        process.kill()

    assert ended(successor)


def test_process_that_goes_on_starting_others_is_ended_whole():
    process, _ = started("""
import os, subprocess, time
d.adopt_orphans()
code = "import os, time\\nfor _ in range(3000):\\n"
code += " if os.fork(): os._exit(0)\\n os.setsid(); time.sleep(0.002)"
print(subprocess.Popen(["python3", "-c", code]).pid, flush=True)
time.sleep(600)
""")
    with process:
        time.sleep(0.2)
        descendants.end_whole(process.pid)

    assert process.returncode == -signal.SIGKILL
    assert not list(descendants.below(process.pid))
