"""Any command as an experiment: a script in whatever language, started once a run.

::

    variance sweep --seeds 30 -- python train.py --seed {seed}

``{seed}`` stands for the run's seed, which is also in the environment variable ``VARIANCE_SEED``.
The last line that the command prints must be a JSON object: scores, such as ``{"accuracy": 0.99}``,
or predictions and labels, as `variance.experiments.function.outcome` describes. An exit status
other than 0 is a failed run. A process that the command leaves behind is ended.
"""

from __future__ import annotations

import dataclasses
import json
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from variance.codefiles import Program, program
from variance.descendants import end_left_by
from variance.errors import UsageError
from variance.experiments.fingerprint import of_files
from variance.experiments.function import outcome
from variance.experiments.streams import Streams
from variance.records import Execution, Kind, Outcome

PREFIX = "-- "
"""What the reference of a command begins with, as on the command line."""
_SOURCE = "seed"
_LOOK = 0.2  # seconds between two looks at whether a command that is silent has ended
_PATIENCE = 10  # how many of them to wait for the end of what holds its output afterwards
_TAIL = 2000  # characters of the command's own error messages to keep


@dataclasses.dataclass(frozen=True)
class Settings:
    """A command has its hyper-parameters in its words."""


class CommandFailed(Exception):
    """The command ended with an exit status other than 0."""


class CommandExperiment:
    """An experiment around a command.

    Parameters
    ----------
    words : sequence of str
        The command and its arguments.
    """

    summary = "a command of yours"
    kind: Kind = "scores"
    metric = ""
    higher_is_better: Mapping[str, bool] = {}
    settings_type = Settings
    worker_bytes = 200_000_000

    def __init__(self, words: Sequence[str]) -> None:
        if not words:
            raise UsageError("there is no command after --", "variance sweep -- python train.py")
        self.name = PREFIX + shlex.join(words)
        self.words = tuple(words)

    @property
    def program(self) -> Program:
        """The files that the command names, such as its script, each with what it imports."""
        found = Program()
        for before, word in pairwise(("", *self.words)):
            if before == "-m":
                stem = word.replace(".", "/")
                modules = (Path(f"{stem}.py"), Path(stem, "__main__.py"))
                found += next((program(m, Path()) for m in modules if _is_file(m)), Program())
            elif _is_file(Path(word)):
                own = program(Path(word)) if word.endswith(".py") else Program((Path(word),))
                found += own
        return found

    def sources(self, settings: Settings) -> tuple[str, ...]:
        """Return ``seed``: what it governs is the command's own affair."""
        del settings
        return (_SOURCE,)

    def fingerprints(self, settings: Settings) -> dict[str, str]:
        """Return a digest of the files that the command names, and of what they import beside."""
        del settings
        return {"code": of_files(self.program.files)}

    def trainer(self, settings: Settings, execution: Execution) -> CommandTrainer:
        """Return a trainer that starts the command."""
        del settings, execution  # the process already has the configured threads
        return CommandTrainer(self.words)


class CommandTrainer:
    """Starts a command for one seed after another."""

    def __init__(self, words: Sequence[str]) -> None:
        self._words = words

    def train(self, streams: Streams) -> Outcome:
        """Run the command and read its last line."""
        seed = str(streams.seed_of(_SOURCE))
        words = [word.replace("{seed}", seed) for word in self._words]
        status, out, err = _run(words, {**os.environ, "VARIANCE_SEED": seed})
        if status < 0:
            raise CommandFailed(f"ended by {_signal(-status)}; {_tail(err)}")
        if status > 0:
            raise CommandFailed(f"exit status {status}; {_tail(err)}")
        return outcome(_last_line(out))


def _run(words: Sequence[str], environment: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a command; return its exit status and what it printed to stdout and stderr.

    What it has started and left behind ends with it.
    """
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            process_group=0,  # what it sends to its group does not reach the worker
        )
    except OSError as error:
        raise UsageError(f"cannot start {words[0]!r}: {error.strerror}") from error
    with process:
        try:
            out, err = _output(process)
        finally:
            end_left_by(process.pid)
    return process.returncode, out, err


def _output(process: subprocess.Popen[str]) -> tuple[str, str]:
    """Return what a command prints until it ends, even if something holds its output longer."""
    for _ in range(_PATIENCE):
        while True:
            try:
                return process.communicate(timeout=_LOOK)
            except subprocess.TimeoutExpired:
                if process.poll() is not None:
                    break
        end_left_by(process.pid)
    raise CommandFailed("it left a process behind that holds its output and cannot be ended")


def _signal(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a word that is too long for a name, or cannot be one
        return False


def _last_line(text: str) -> dict[str, Any]:
    lines = [line for line in text.splitlines() if line.strip()]
    hint = 'Its last line must be a JSON object such as {"accuracy": 0.99}.'
    if not lines:
        raise UsageError("the command printed nothing", hint)
    try:
        found = json.loads(lines[-1])
    except json.JSONDecodeError as error:
        raise UsageError(
            f"the command's last line is no JSON: {lines[-1][:100]!r}", hint
        ) from error
    if not isinstance(found, dict):
        raise UsageError(f"the command's last line is no object: {lines[-1][:100]!r}", hint)
    return found


def _tail(text: str) -> str:
    """Return the last line of what a command complained about, before the rest."""
    kept = text.strip()[-_TAIL:]
    last = kept.splitlines()[-1] if kept else "it said nothing"
    return f"{last}\n{kept}" if last != kept else last
