"""Where experiments are found: built in, installed as plug-ins, or in a user's file."""

from __future__ import annotations

import importlib
import shlex
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from variance.errors import UsageError, VarianceError, nearest
from variance.experiments.command import PREFIX, CommandExperiment
from variance.experiments.function import from_file
from variance.experiments.protocol import Experiment

BUILT_IN = {
    "mnist": "variance.experiments.mnist:Mnist",
    "mnist-classic": "variance.experiments.mnist:MnistClassic",
    "digits": "variance.experiments.digits:Digits",
    "moons": "variance.experiments.moons:Moons",
    "diabetes": "variance.experiments.diabetes:Diabetes",
}
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
