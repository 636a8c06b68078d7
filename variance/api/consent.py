"""Nothing that a file names is run unasked: what its author wrote is not what its reader wants.

A sweep file and a recipe name what was trained. To train it again runs that code, so the reader
must have trained it here before, exactly as it is now, or allow it. Built-in experiments and those
of installed packages never ask: who installs a package trusts it.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeAlias

from variance.characters import spelled
from variance.errors import UsageError
from variance.provenance.trust import Memory

if TYPE_CHECKING:
    from variance.experiments.registry import OwnCode
    from variance.records import Setting
    from variance.request import Request

Trust: TypeAlias = bool | Callable[[str], bool]
"""Whether what a file names may be run; or who says so, told what it is."""


def ask(source: str, reference: str, settings: Mapping[str, Setting], trust: Trust) -> None:
    """Make sure that the reader wants to run what a file names, and remember it.

    Nothing is asked where this very code, byte for byte and with these hyper-parameters, was
    trained here before.

    Parameters
    ----------
    source : str
        The file, as a person would call it.
    reference : str
        What it names: see `variance.experiments.registry.find`.
    settings : mapping of str to Setting
        The hyper-parameters that it gives.
    trust : bool or callable
        The answer, or who gives it.

    Raises
    ------
    UsageError
        If it may not be run. Nothing has been run then.
    """
    from variance.experiments import registry

    code = registry.own_code(reference)
    if code is None:
        return
    try:
        memory = _memory(code, code.digest, settings)
    except OSError as error:
        raise UsageError(f"cannot read {error.filename}: {error.strerror}") from error
    if memory.kept:
        return
    history = "have trained here, but not as it is now" if memory.familiar else "never trained here"
    named = f"{spelled(source)} names code that you {history}:\n{_described(code, settings)}"
    if not (trust(named) if callable(trust) else trust):
        raise UsageError(
            f"nothing was run: {named}", "If you trust it: --trust (in Python: trust=True)."
        )
    memory.keep()


def remember(asked: Request) -> None:
    """Remember what is trained here, so that to train it again asks nothing."""
    from variance.experiments import registry

    try:
        code = registry.own_code(asked.experiment.name)
        if code is not None:
            digest = asked.header.fingerprints.get("code", "")
            _memory(code, digest, asked.configuration.settings).keep()
    except (UsageError, OSError):  # its files are gone already: it will be asked for
        return


def _memory(code: OwnCode, digest: str, settings: Mapping[str, Setting]) -> Memory:
    """Return all that identifies what would run."""
    kind = "command" if code.command else "function"
    return Memory(
        {"kind": kind, "path": str(code.path), "words": code.words},
        {"code": digest, "files": code.sizes, "settings": dict(settings)},
    )


def _described(code: OwnCode, settings: Mapping[str, Setting]) -> str:
    """Return what would run, one fact a line."""
    given = ", ".join(f"{name}={value!r}" for name, value in settings.items())
    facts = (
        {"command": shlex.join(code.words), "folder": str(code.path)}
        if code.command
        else {"function": code.words[0], "file": str(code.path), "settings": given}
    )
    return "\n".join(f"  {name:9} {spelled(text)}" for name, text in facts.items() if text)
