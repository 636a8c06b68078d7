"""A few random corruptions of a sweep file; `benchmarks/corruption.py` tries thousands."""

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[1] / "benchmarks" / "corruption.py"


def test_no_command_is_misled(tmp_path):
    done = subprocess.run(
        [sys.executable, SCRIPT, "--count", "10", "--commands", "list,show"],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "clear error" in done.stdout
