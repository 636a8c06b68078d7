"""Where experiments are found: built in, installed as plug-ins, or in a user's file."""

from __future__ import annotations

import importlib
import shlex
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from variance.errors import UsageError, VarianceError, nearest
from variance.experiments.command import PREFIX, CommandExperiment
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
        return CommandExperiment(shlex.split(reference[len(PREFIX) :]))
    path, colon, function = reference.rpartition(":")
    if colon and path.endswith(".py"):
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
