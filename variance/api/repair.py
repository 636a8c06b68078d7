"""Saving what is whole of a damaged sweep."""

from __future__ import annotations

import os
from pathlib import Path

from variance import store as files
from variance.store import Home, Saved


def repair(sweep: str | Path, *, store: str | os.PathLike[str] | None = None) -> Saved | None:
    """Replace a damaged sweep file by one with every run that is still whole.

    A run is whole if it, and the examples it was tested on, fit the digests that were written with
    them; what was altered is never signed anew. The damaged file is kept beside, and stays in its
    place until the new one is complete.

    Parameters
    ----------
    sweep : str or Path
        Its name, or the path of its file.
    store : path-like, optional
        The folder of sweeps.

    Returns
    -------
    Saved or None
        What was saved and lost, as a sentence when it is printed; None if nothing is damaged.

    Raises
    ------
    SweepNotFound, StoreError
        If not even what was trained can be read; nothing is changed then.
    """
    return files.repair(Home.find(store).resolve(os.fspath(sweep))[1])
