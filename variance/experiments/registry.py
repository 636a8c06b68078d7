"""Where experiments are found: built in, installed as plug-ins, or in a user's file."""

from __future__ import annotations

import importlib
import shlex
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import cast

from variance.codefiles import program
from variance.errors import UsageError, VarianceError, nearest
from variance.experiments.command import PREFIX, CommandExperiment
from variance.experiments.fingerprint import of_files
from variance.experiments.function import from_file
from variance.experiments.process import require_tensorflow
from variance.experiments.protocol import Experiment

BUILT_IN = {
    "mnist": "variance.experiments.mnist:Mnist",
    "mnist-classic": "variance.experiments.mnist:MnistClassic",
    "digits": "variance.experiments.digits:Digits",
    "moons": "variance.experiments.moons:Moons",
    "diabetes": "variance.experiments.diabetes:Diabetes",
}
TRAINED_WITH_TENSORFLOW = frozenset({"mnist", "mnist-classic", "digits"})
"""The built-in experiments that need the extra ``tensorflow``."""

GROUP = "variance.experiments"
"""The entry-point group under which installed packages offer experiments."""


@dataclass(frozen=True)
class OwnCode:
    """Code outside this package and the installed ones: a function in a file, or a command.

    Attributes
    ----------
    path : Path
        The function's file, or the folder in which the command runs; absolute.
    words : tuple of str
        The function's name, or the words of the command.
    files : tuple of Path
        The source files: those that the fingerprint of the code is of. Empty where there are none.
    command : bool
        Whether it is a command.
    """

    path: Path
    words: tuple[str, ...]
    files: tuple[Path, ...]
    command: bool = False

    @property
    def digest(self) -> str:
        """The fingerprint of its source files as they are now.

        Raises
        ------
        OSError
            If one of them cannot be read.
        """
        return of_files(self.files)

    @property
    def sizes(self) -> dict[str, int]:
        """The sizes of its source files in bytes: the digest does not tell where one ends."""
        return {str(file): file.stat().st_size for file in self.files}


def names() -> list[str]:
    """Return the names of all experiments, built-in ones first."""
    return [*BUILT_IN, *sorted(set(_plug_ins()) - set(BUILT_IN))]


def find(reference: str) -> Experiment:
    """Return an experiment.

    Parameters
    ----------
    reference : str
        The name of a built-in or installed experiment, ``path/to/file.py:function``, or a command
        after ``--``.

    Raises
    ------
    UsageError
        If there is none (with the nearest name), or a plug-in or file cannot be loaded.
    """
    if reference in BUILT_IN:
        module, _, attribute = BUILT_IN[reference].partition(":")
        return cast("Experiment", getattr(importlib.import_module(module), attribute)())
    plug_ins = _plug_ins()
    if reference in plug_ins:
        return _loaded(plug_ins[reference])
    if reference.startswith(PREFIX):
        return _command(reference)
    path, function = _function(reference)
    if path:
        return from_file(path, function)
    hint = nearest(reference, names())
    if reference.endswith(".py"):
        hint = f"Name the function too: {reference}:function"
    raise UsageError(f"unknown experiment {reference!r}", hint)


def require_packages(experiment: Experiment) -> None:
    """Refuse a built-in experiment whose packages are not installed; none is imported for it.

    Raises
    ------
    UsageError
        With the line that installs them.
    """
    kind = type(experiment)
    built_in = BUILT_IN.get(experiment.name) == f"{kind.__module__}:{kind.__name__}"
    if built_in and experiment.name in TRAINED_WITH_TENSORFLOW:
        require_tensorflow(f"training {experiment.name}")


def own_code(reference: str) -> OwnCode | None:
    """Return the code that `find` would run for a reference; nothing is run or imported here.

    Returns
    -------
    OwnCode or None
        None for a built-in or installed experiment, for a file that is not there, and for what is
        no reference.

    Raises
    ------
    UsageError
        If its files cannot be read, or it is no command.
    """
    if reference in BUILT_IN or reference in _plug_ins():
        return None
    name, function = _function(reference)
    try:
        if reference.startswith(PREFIX):
            command = _command(reference)
            return OwnCode(Path.cwd(), command.words, command.program.files, command=True)
        path = Path(name).expanduser().resolve()
        return OwnCode(path, (function,), program(path).files) if path.is_file() else None
    except (OSError, ValueError, RuntimeError) as error:  # no such user, links in a circle, no name
        raise UsageError(f"cannot read what {reference!r} names: {error}") from error


def _command(reference: str) -> CommandExperiment:
    try:
        return CommandExperiment(shlex.split(reference.removeprefix(PREFIX)))
    except ValueError as error:
        raise UsageError(f"this is no command: {reference!r} ({error})") from error


def _function(reference: str) -> tuple[str, str]:
    """Return file and name of a function; empty for what is no reference to one."""
    path, _, function = reference.rpartition(":")
    return (path, function) if path.endswith(".py") else ("", "")


def _plug_ins() -> dict[str, EntryPoint]:
    return {point.name: point for point in entry_points(group=GROUP)}


def _loaded(point: EntryPoint) -> Experiment:
    try:
        return cast("Experiment", point.load()())
    except VarianceError:
        raise
    except Exception as error:  # whatever a stranger's package raises on import
        raise UsageError(
            f"the experiment {point.name!r} of {point.value!r} cannot be loaded: "
            f"{type(error).__name__}: {error}"
        ) from error
