"""Recipes: written from a sweep, and trained from."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from variance import files
from variance.api import consent
from variance.api.reproducing import stored
from variance.api.training import (
    Backend,
    carry_out,
    environment_of,
    experiment_of,
    limits_of,
    say,
)
from variance.characters import spelled
from variance.errors import DataError, UsageError
from variance.handle import Sweep
from variance.recipe_file import MOST_BYTES, RecipeFile, from_text, to_text
from variance.store import Home

if TYPE_CHECKING:
    from variance.experiments.protocol import Experiment
    from variance.request import Request

_MOST_TOLD = 6  # differences that a warning lists


def write_recipe(
    sweep: Sweep | str | Path,
    path: str | os.PathLike[str] | None = None,
    *,
    force: bool = False,
    store: str | os.PathLike[str] | None = None,
) -> str:
    """Write what another person needs to train a sweep again.

    A recipe is JSON: configuration, seeds, digests of data and code, versions, environment, and
    the commands to type. It holds no data and no code: the files that it names must go with it.

    Parameters
    ----------
    sweep : Sweep, str or Path
        A sweep, its name, or the path of its file.
    path : path-like, optional
        Where to; the file appears only when it is complete.
    force : bool
        Whether a file that is there already may be replaced.
    store : path-like, optional
        The folder of sweeps.

    Returns
    -------
    str
        The recipe.

    Raises
    ------
    UsageError
        If the sweep was imported or has no runs, or the file cannot be written.
    """
    from variance import request

    if path is not None:
        files.check(path, force=force)
    origin = stored(sweep, store=store).sweep
    seeds = {*map(int, origin.seeds), *(failure.seed for failure in origin.failures)}
    if not seeds:
        raise UsageError(f"{origin.name} has no runs yet", "Train some first.")
    environments = tuple(origin.environments)
    text = to_text(
        RecipeFile(
            name=origin.name,
            header=origin.header,
            seeds=request.seeds_text(seeds),
            environments=environments,
            files=_own_files(origin),
            packages=_packages(environments[-1].facts if environments else {}),
        )
    )
    if path is not None:
        files.write(path, text, force=force)
    return text


def from_recipe(
    path: str | os.PathLike[str],
    *,
    name: str | None = None,
    seeds: int | str | Iterable[int] | None = None,
    experiment: Any = None,
    data: tuple[Any, Any] | None = None,
    trust: consent.Trust = False,
    jobs: int | None = None,
    backend: Backend = "loky",
    retry_failed: bool = False,
    fail_fast: bool = False,
    keep_weights: bool = False,
    timeout: float | str | None = None,
    memory: int | str | None = None,
    quiet: bool = False,
    store: str | os.PathLike[str] | None = None,
    command: Sequence[str] = (),
) -> Sweep:
    """Train what a recipe says, after checking that data, code and versions are those it names.

    Parameters
    ----------
    path : path-like
        The recipe.
    name : str, optional
        What to call the sweep; the recipe's name by default.
    seeds : int, str or iterable of int, optional
        As for `variance.sweep`; those of the recipe by default.
    experiment : str, callable, estimator or Experiment, optional
        Where the experiment is here, or the function itself, if the recipe's reference does not
        lead to it, from here or from the folder of the recipe.
    data : tuple of (array_like, array_like), optional
        Examples and labels, for an estimator.
    trust : bool or callable
        As for `variance.verify`: whether the function or command that the recipe names may be run.
    jobs, backend, retry_failed, fail_fast, keep_weights, timeout, memory, quiet, store, command
        As for `variance.sweep`.

    Returns
    -------
    Sweep

    Raises
    ------
    DataError
        If the file is no recipe, or the data are not those it names; nothing is trained then.
    UsageError
        If the experiment is not to be found, may not be run, or does not take the recipe's
        settings.
    """
    file = Path(path).expanduser()
    recipe = _read(file)
    found = _find(recipe, file, experiment, data, trust)
    asked = _request(recipe, found, seeds)
    _check_data(recipe, asked)
    _check_files(recipe, found)
    if not quiet:
        for warning in _changes(recipe, asked, backend, command):
            say(warning)
    return carry_out(
        asked,
        Home.find(store),
        recipe.name if name is None else name,
        jobs=jobs,
        backend=backend,
        retry_failed=retry_failed,
        fail_fast=fail_fast,
        keep_weights=keep_weights,
        limits=limits_of(timeout, memory, backend),
        quiet=quiet,
        command=command,
    )


def _own_files(sweep: Sweep) -> dict[str, str]:
    """Return the experiment's source files with their digests, if they are as they were.

    They are read and never run: the sweep's file may come from anyone.
    """
    from variance.experiments import registry

    if sweep.configuration is None:
        return {}
    reference = sweep.configuration.experiment
    try:
        code = registry.own_code(reference)
        if code is None or not code.files:  # it was trained elsewhere: the digest of all must do
            return {}
        if code.digest != sweep.header.fingerprints.get("code"):
            say(f"The source of {spelled(reference)} changed since the sweep was trained.")
            return {}
        return _digests(code.files)
    except (UsageError, OSError):
        return {}


def _digests(files: Sequence[Path]) -> dict[str, str]:
    """Return the digests of source files, named from the folder of the main one."""
    return {
        os.path.relpath(file, files[0].parent): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in files
    }


def _program(experiment: Experiment) -> dict[str, str]:
    """Return the digests of an experiment's own files."""
    program = getattr(experiment, "program", None)
    return {} if program is None else _digests(program.files)


def _packages(facts: Mapping[str, str]) -> dict[str, str]:
    """Return the packages among the facts of an environment, with their versions."""
    from variance.environment import PACKAGES
    from variance.provenance.rules import key_of

    return {
        name: value
        for name, value in facts.items()
        if (name in PACKAGES or (name != "record" and key_of(name) == "package"))
        and re.fullmatch(r"\d[\w.+!-]*", value)
    }


def _read(file: Path) -> RecipeFile:
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
        text = data.decode()
    except OSError as error:
        raise DataError(f"cannot read the recipe {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is no recipe: it is no text") from error
    if len(data) > MOST_BYTES:
        raise DataError(f"{file} is no recipe: it is larger than {MOST_BYTES // 1_000_000} MB")
    return from_text(text, str(file))


def _find(
    recipe: RecipeFile,
    file: Path,
    experiment: Any,
    data: tuple[Any, Any] | None,
    trust: consent.Trust,
) -> Experiment:
    """Return the experiment: the one named here, or the recipe's, from here or beside its file."""
    from variance.experiments import registry

    if experiment is not None:
        return experiment_of(experiment, data)
    reference = recipe.configuration.experiment
    path, colon, function = reference.rpartition(":")
    beside = file.parent / Path(path).name
    if colon and path.endswith(".py") and not Path(path).is_file() and beside.is_file():
        reference = f"{beside}:{function}"
    consent.ask(str(file), reference, recipe.configuration.settings, trust)
    try:
        return registry.find(reference)
    except UsageError as error:
        needed = ", ".join(recipe.files) or reference
        raise UsageError(
            f"the recipe needs {needed}, which is not to be found: {error.message}",
            f"Put it beside {file}, or say where it is: "
            f"variance sweep --from {file} path/to/file.py:function",
        ) from error


def _request(
    recipe: RecipeFile, found: Experiment, seeds: int | str | Iterable[int] | None
) -> Request:
    from variance import request

    mine = recipe.configuration
    try:
        return request.build(
            found,
            seeds=recipe.seeds if seeds is None else seeds,
            settings=mine.settings,
            vary=mine.vary,
            hold=mine.held,
            threads=mine.execution.threads,
            onednn=mine.execution.onednn,
            precision=mine.execution.precision,
            note=recipe.header.note,
        )
    except UsageError as error:
        raise UsageError(
            f"{found.name} cannot be trained as the recipe says: {error.message}", error.hint
        ) from error


def _check_data(recipe: RecipeFile, asked: Request) -> None:
    before = recipe.header.fingerprints.get("data", "")
    now = asked.header.fingerprints.get("data", "")
    if before and before != now:
        raise DataError(
            f"the data are not those of the recipe (digest {before[:12]} → {now[:12] or 'none'})",
            "Bring the same data; or train on these, as another sweep: variance sweep",
        )


def _changes(
    recipe: RecipeFile, asked: Request, backend: Backend, command: Sequence[str]
) -> list[str]:
    """Return what is not as the recipe says: code, versions, machine."""
    from variance import provenance

    here = environment_of(asked.experiment, asked.configuration, backend, command)
    found = provenance.differences(
        provenance.Origin(recipe.name, recipe.header, recipe.environments),
        provenance.Origin("here", asked.header, [here]),
    )
    known = [d for d in found.explanations if d.known]
    changed = [
        n for n, sha in _program(asked.experiment).items() if recipe.files.get(n, sha) != sha
    ]
    code = f"the code ({', '.join(changed)})" if changed else "the code"
    told = []
    if "data" not in recipe.header.fingerprints:
        told.append("The recipe has no digest of the data: whether they are the same is not known.")
    for effect, what in (("results", "results may differ"), ("bits", "bits may differ")):
        several = [d for d in known if d.may_change == effect]
        listed = [
            f"{d.what} {_said(d.a)} → {_said(d.b)}" if d.what != "code" else code
            for d in several[:_MOST_TOLD]
        ]
        more = len(several) - len(listed)
        if several:
            rest = f" and {more} more" if more else ""
            told.append(f"Not as in the recipe, so {what}: {'; '.join(listed)}{rest}.")
    return told


def _check_files(recipe: RecipeFile, experiment: Experiment) -> None:
    """Raise `UsageError` if a file of a command is not here; a function's have been read."""
    from variance.experiments.command import PREFIX

    here = _program(experiment)
    missing = [name for name in recipe.files if name not in here]
    if missing and experiment.name.startswith(PREFIX):
        raise UsageError(
            f"the recipe needs {', '.join(missing)}, which is not here",
            "Go to the folder in which the command finds it.",
        )


def _said(values: Sequence[str | None]) -> str:
    return " or ".join(value if value is not None else "not recorded" for value in values)
