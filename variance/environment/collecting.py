"""Gathers what is recorded each time training starts."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from variance.codefiles import Program
from variance.environment import hardware, software
from variance.environment.masking import masked_command
from variance.environment.repositories import commits
from variance.records import Environment

RECORD = "2"
"""Which facts are looked for: raised when more are, so that "not there" is told from "not asked".
"""


def collect(
    command: Sequence[str] = (),
    workers: Mapping[str, str] | None = None,
    *,
    program: Program | None = None,
) -> Environment:
    """Return the environment of this process.

    It takes a fifth of a second, imports nothing heavy and never raises: a group of facts that
    cannot be had is named in the fact ``not recorded``. Secrets in the command line and in
    variables are hidden. Neither the user, the machine's name nor the working directory is
    recorded; paths stay as they were typed.

    Parameters
    ----------
    command : sequence of str
        The command line that trains.
    workers : mapping of str to str, optional
        Environment variables that the worker processes get besides; None where this very process
        trains.
    program : Program, optional
        The experiment's own source files, and the packages that they import.

    Returns
    -------
    Environment
    """
    here, own = workers is None, program or Program()
    scripts = [file for file in own.files if file.suffix == ".py"]
    groups: dict[str, Callable[[], Mapping[str, str]]] = {
        "python": software.python,
        "packages": lambda: software.packages(own.packages),
        "imports": lambda: software.imports(own.packages) if scripts else {},
        "system": software.system,
        "processor": hardware.processor,
        "cores": hardware.cores,
        "memory": hardware.memory,
        "graphics": hardware.graphics,
        "algebra": lambda: software.algebra(here=here),
        "confinement": hardware.confinement,
        "git": lambda: commits(own.files),
        "variables": lambda: software.variables({**os.environ, **(workers or {})}),
    }
    facts = {"record": RECORD, "trained in": "this process" if here else "worker processes"}
    missing = []
    for name, group in groups.items():
        try:
            facts |= {key: _plain(value) for key, value in group().items()}
        except Exception as error:  # noqa: BLE001 - no fact is worth a training that fails
            missing.append(f"{name} ({type(error).__name__})")
    if missing:
        facts["not recorded"] = ", ".join(missing)
    return Environment(
        facts=facts,
        command=_plain(masked_command(command)),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _plain(text: str) -> str:
    """Return a text that can be printed: variables and arguments may hold any bytes."""
    return text.encode("utf-8", errors="replace").decode("utf-8")
