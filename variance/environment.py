"""Where a sweep is trained: what may change its bits or its speed."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from variance.records import Environment

PACKAGES = ("variance", "numpy", "scipy", "scikit-learn", "tensorflow", "keras", "joblib")
_VARIABLES = ("TF_", "XLA_", "OMP_", "MKL_", "OPENBLAS_", "CUDA_VISIBLE_DEVICES", "PYTHONHASHSEED")
"""Beginnings of the environment variables that are recorded: none of them holds a secret."""


def collect(command: Sequence[str] = (), workers: Mapping[str, str] | None = None) -> Environment:
    """Return the environment of this process.

    Parameters
    ----------
    command : sequence of str
        The command line that trains.
    workers : mapping of str to str, optional
        Environment variables that the workers get besides.

    Returns
    -------
    Environment
    """
    return Environment(
        facts={
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.release()}",
            "machine": platform.machine(),
            "cpu": _cpu(),
            "cores": str(os.cpu_count()),
            **_packages(),
            **_git(),
            **_variables({**os.environ, **(workers or {})}),
        },
        command=" ".join(command),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _packages() -> dict[str, str]:
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _variables(environment: Mapping[str, str]) -> dict[str, str]:
    return {k: v for k, v in sorted(environment.items()) if k.startswith(_VARIABLES)}


def _cpu() -> str:
    """Return the processor's model name, as far as the system tells it."""
    if sys.platform == "darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = {k.strip(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
    model = named.get("model name", platform.machine())
    if {"cpu family", "model"} <= named.keys():  # virtual machines often hide the name
        model += f" (family {named['cpu family']}, model {named['model']})"
    return model


def _git() -> dict[str, str]:
    """Return commit and state of the repository around the working directory, if there is one."""
    commit = _output("git", "rev-parse", "HEAD")
    if not commit:
        return {}
    dirty = _output("git", "status", "--porcelain", "--untracked-files=no")
    return {"git": commit + (" with uncommitted changes" if dirty else "")}


def _output(*command: str) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)  # noqa: S603 - fixed commands
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
