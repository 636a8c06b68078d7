"""What the user has let run here, remembered outside every sweep file.

Each thing is an empty file in the user's state folder, named by a digest of what was run. Those who
write at the same time cannot disturb each other, nothing has to be locked, and no secret is kept.
Where the folder cannot be used, nothing is remembered, and nothing fails for it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

VARIABLE = "VARIANCE_STATE"
"""The environment variable that names another folder than the user's own."""


@dataclass(frozen=True)
class Memory:
    """Code that was run, or is to be.

    Attributes
    ----------
    what : mapping of str to Any
        Which code: what leads to it. As JSON takes it, like `state`.
    state : mapping of str to Any
        All else that tells one run of it from another: its digest, its hyper-parameters.
    """

    what: Mapping[str, Any]
    state: Mapping[str, Any]

    def keep(self) -> None:
        """Remember that the user has let this run."""
        path = self._path
        if path is None:
            return
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        except OSError:  # it cannot be written: then it is asked for again
            return

    @property
    def kept(self) -> bool:
        """Whether the user has let exactly this run before."""
        return self._path is not None and _is_own(self._path)

    @property
    def familiar(self) -> bool:
        """Whether the user has let this code run before, perhaps in another state."""
        return self._path is not None and _is_own(self._path.parent)

    @property
    def _path(self) -> Path | None:
        folder = state_folder()
        if folder is None:
            return None
        return folder / "trusted" / _name(self.what) / _name({**self.what, **self.state})


def state_folder() -> Path | None:
    """Return the folder of what is remembered; None where there is none that is the user's alone.

    A relative path is none: it would lead into the working directory, whose files may be anybody's.
    """
    from platformdirs import user_state_path

    given = os.environ.get(VARIABLE)
    folder = Path(given) if given else user_state_path("variance")
    return folder if folder.is_absolute() else None


def _is_own(path: Path) -> bool:
    """Tell whether a file or folder is there, and no other user can have made it."""
    try:
        own = all(one.stat().st_uid == os.geteuid() for one in (path, path.parent))
        return own and not path.parent.stat().st_mode & 0o022
    except OSError:
        return False


def _name(facts: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()
