"""Reading what the system tells: files and quick commands, which may both be missing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

PATIENCE = 2.0
"""Seconds that a command may take; what takes longer is left unknown."""


def text_of(path: str | Path) -> str:
    """Return the contents of a file, or "" where it cannot be read."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def output(*command: str, patience: float = PATIENCE) -> str | None:
    """Return what a command printed; None where it is missing, fails or takes too long."""
    try:
        done = subprocess.run(  # noqa: S603 - fixed commands
            command,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=patience,
            check=False,
            stdin=subprocess.DEVNULL,
            env={**_without_git(os.environ), "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _without_git(environment: Mapping[str, str]) -> dict[str, str]:
    """Drop what a Git hook sets: it would answer for another repository than the one asked of."""
    return {k: v for k, v in environment.items() if not k.startswith("GIT_")}
