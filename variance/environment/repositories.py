"""Which commit the code is of, and whether it was changed since."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from variance.environment.outside import output

NO_REPOSITORY = "no repository"


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
    changed = _git(root, "status", "--porcelain", "--untracked-files=no")
    if changed is None:
        return f"{commit}, not known whether changed"
    if not changed:
        return commit
    patch = _git(root, "diff", "--binary", "HEAD") or changed
    digest = hashlib.sha256(patch.encode()).hexdigest()[:12]
    return f"{commit} with uncommitted changes ({digest})"


def _git(folder: Path, *words: str) -> str | None:
    """Return what Git prints, without taking a lock that could stop the user's own Git."""
    return output("git", "--no-optional-locks", "-C", str(folder), *words)
