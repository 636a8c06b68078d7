"""Recipes: what another person needs to train a sweep again, as a readable file (JSON).

A recipe holds no code and no data, only what tells whether those at hand are the same.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, TypeVar

from variance.characters import to_json
from variance.errors import DataError
from variance.records import Configuration, Environment, Header

FORMAT = "variance recipe"
VERSION = 1
MOST_BYTES = 16_000_000
"""The largest file that is read; a recipe has some 3,000 bytes for each start of training."""
_T = TypeVar("_T")


@dataclass(frozen=True)
class RecipeFile:
    """What a recipe says.

    Attributes
    ----------
    name : str
        How the sweep is called.
    header : Header
        What is trained; it always has a configuration.
    seeds : str
        Those that were trained, failed ones included: ranges and single ones, ``0-29,100``.
    environments : tuple of Environment
        Where, one entry each time training was started.
    files : mapping of str to str
        The experiment's own source files, the main one first, with their SHA-256; empty for
        built-in experiments, and where they were not at hand.
    packages : mapping of str to str
        What to install, with its version.
    """

    name: str
    header: Header
    seeds: str
    environments: tuple[Environment, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    packages: Mapping[str, str] = field(default_factory=dict)

    @property
    def configuration(self) -> Configuration:
        """What makes two runs with one seed the same run."""
        if self.header.configuration is None:
            raise TypeError("a recipe always has a configuration")
        return self.header.configuration


def to_text(recipe: RecipeFile) -> str:
    """Return the contents of a recipe's file."""
    header = recipe.header
    facts = recipe.environments[-1].facts if recipe.environments else {}
    data = {
        "format": FORMAT,
        "version": VERSION,
        "name": recipe.name,
        "commands": _commands(recipe, facts.get("python", "")),
        "experiment": header.experiment,
        "configuration": recipe.configuration.as_dict(),
        "seeds": recipe.seeds,
        "fingerprints": dict(header.fingerprints),
        "files": dict(recipe.files),
        "note": header.note,
        "python": facts.get("python", ""),
        "packages": dict(recipe.packages),
        "environments": [
            {"started": e.started, "command": e.command, "facts": dict(e.facts)}
            for e in recipe.environments
        ],
    }
    return to_json(data, indent=2) + "\n"


def from_text(text: str, shown: str) -> RecipeFile:
    """Return what the contents of a recipe's file say.

    Parameters
    ----------
    text : str
        The contents.
    shown : str
        How the file is called in messages.

    Raises
    ------
    DataError
        If it is no recipe, cut short, of a later version, or edited into something that is none.
    """
    try:
        data = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        reason = (
            f"its JSON breaks off or is wrong in line {error.lineno} ({error.msg})"
            if isinstance(error, json.JSONDecodeError)
            else "its JSON is nested too deeply, or holds a number that is none"
        )
        raise DataError(
            f"{shown} is no recipe: {reason}",
            "Write it anew: variance export SWEEP --recipe -o FILE",
        ) from error
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise DataError(
            f"{shown} is no recipe of this program",
            "One is written by: variance export SWEEP --recipe -o FILE",
        )
    if data.get("version") != VERSION:
        raise DataError(
            f"{shown} is a recipe of version {data.get('version')!r}; known here is {VERSION}",
            "Upgrade: pip install --upgrade model-variance",
        )
    return _Reader(data, shown).recipe()


@dataclass(frozen=True)
class _Reader:
    """Takes what is needed out of parsed JSON, each part checked."""

    data: Mapping[str, Any]
    shown: str

    def recipe(self) -> RecipeFile:
        return RecipeFile(
            name=self._taken("name", _nonempty),
            header=Header(
                experiment=self._taken("experiment", _nonempty),
                configuration=self._taken("configuration", _configuration),
                fingerprints=self._taken("fingerprints", _texts),
                note=self._taken("note", _text),
            ),
            seeds=self._taken("seeds", _text),
            environments=tuple(self._taken("environments", _environments)),
            files=self._taken("files", _texts),
            packages=self._taken("packages", _texts),
        )

    def _taken(self, key: str, check: Callable[[Any], _T]) -> _T:
        if key not in self.data:
            raise DataError(f"{self.shown}: the recipe lacks {key!r}")
        try:
            return check(self.data[key])
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            text = json.dumps(self.data[key])  # in ASCII: it may hold what no terminal should get
            short = text if len(text) <= 80 else f"{text[:77]}…"
            raise DataError(f"{self.shown}: {key!r} cannot be {short} ({error})") from error


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number")


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("it must be text")
    value.encode()  # half a character, which JSON can spell, cannot be printed or stored
    return value


def _nonempty(value: Any) -> str:
    if not _text(value):
        raise ValueError("it must not be empty")
    return _text(value)


def _texts(value: Any) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(v, str) for v in value.values()):
        raise TypeError("it must be an object whose values are text")
    return {_text(name): _text(text) for name, text in value.items()}


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError(f"{value!r} is no whole number")
    return value


def _configuration(value: Any) -> Configuration:
    found = Configuration.from_dict(value)
    _text(found.experiment)
    for name, setting in found.settings.items():
        _text(name)
        if not isinstance(setting, bool | int | float | str) or setting in (inf, -inf):
            raise TypeError(f"{name} must be a finite number, text, true or false")
        _text(str(setting))
    if not isinstance(value["vary"], list):
        raise TypeError("vary must be a list")
    for source in (*found.vary, *found.held):
        _text(source)
    for seed in found.held.values():
        _whole(seed)
    _whole(found.execution.threads)
    if not isinstance(found.execution.onednn, bool):
        raise TypeError("onednn must be true or false")
    return found


def _environments(value: Any) -> list[Environment]:
    return [
        Environment(_texts(one["facts"]), _text(one["command"]), _text(one["started"]))
        for one in value
    ]


def _commands(recipe: RecipeFile, python: str) -> list[str]:
    """Return what to type: an environment with the same versions, then the training."""
    minor = ".".join(python.split(".")[:2])
    others = dict(recipe.packages)
    own = others.pop("variance", None)  # installed under another name than it is imported by
    pip = [
        f".venv/bin/pip install {shlex.join(f'{name}=={v}' for name, v in group.items())}"
        for group in ({"model-variance": own} if own else {}, others)
        if group
    ]
    file = shlex.quote(f"{recipe.name}.recipe.json")
    return [f"python{minor} -m venv .venv", *pip, f".venv/bin/variance sweep --from {file}"]
