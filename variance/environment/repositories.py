"""Which commit the code is of, and whether it was changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from variance.environment.outside import output

NO_REPOSITORY = "no repository"
_NO_PROGRAMS = ("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null")
_USERS_OWN = ("system\t", "global\t", "command\t")


def commits(files: Sequence[Path] = ()) -> dict[str, str]:
    """Return commit and state of the repositories of the work and of the experiment.

    Parameters
    ----------
    files : sequence of Path
        The experiment's own source files.

    Returns
    -------
    dict of str to str
        ``git`` tells of the repository around the working directory; ``git experiment`` of the
        one around the experiment's script, where that is another or does not keep
        it. Nothing if Git cannot be asked.
    """
    if output("git", "--version") is None:
        return {}
    root = _root(Path())
    found = {"git": _state(root)}
    file = next((f for f in files if f.suffix == ".py"), next(iter(files), None))
    if file is None:
        return found
    home = _root(file.parent)
    if home != root:
        found["git experiment"] = _state(home)
    if home and _git(home, "ls-files", "--error-unmatch", str(file)) is None:
        found["git experiment"] = f"{_state(home)}, the experiment's file untracked"
    return found


def _root(folder: Path) -> Path | None:
    told = _git(folder, "rev-parse", "--show-toplevel")
    return Path(told) if told else None


def _state(root: Path | None) -> str:
    if root is None:
        return NO_REPOSITORY
    commit = _git(root, "rev-parse", "--verify", "-q", "HEAD") or "no commit yet"
    changed = _changed(root)
    if changed is None:
        return f"{commit}, not known whether changed"
    if not changed:
        return commit
    patch = _git(root, "diff", "--binary", "--no-ext-diff", "--no-textconv", "HEAD") or changed
    digest = hashlib.sha256(patch.encode()).hexdigest()[:12]
    return f"{commit} with uncommitted changes ({digest})"


def _changed(root: Path) -> str | None:
    """Return which files changed; None where only a program that the repository names could tell.

    A repository that was unpacked, not cloned, may come with settings that let Git run its files.
    """
    settings = _git(root, "config", "--list", "--show-scope", "--name-only")
    own = [line for line in (settings or "").splitlines() if not line.startswith(_USERS_OWN)]
    if settings is None or any(line.partition("\t")[2].startswith("filter.") for line in own):
        return None
    return _git(root, "status", "--porcelain", "--untracked-files=no")


def _git(folder: Path, *words: str) -> str | None:
    """Return what Git prints, without taking a lock that could stop the user's own Git."""
    return output("git", "--no-optional-locks", *_NO_PROGRAMS, "-C", str(folder), *words)
