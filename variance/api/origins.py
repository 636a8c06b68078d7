"""Where sweeps come from, and what differs between them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from variance.api.keeping import load
from variance.handle import Sweep

if TYPE_CHECKING:
    from variance.provenance import Differences, Origin
    from variance.records import Run


def diff(
    a: Sweep | str | Path, b: Sweep | str | Path, *, store: str | os.PathLike[str] | None = None
) -> Differences:
    """Say what differs between two sweeps, and which of it can change bits or results.

    Parameters
    ----------
    a, b : Sweep, str or Path
        Sweeps, their names or files.
    store : path-like, optional
        The folder of sweeps.

    Returns
    -------
    Differences
        See `variance.provenance.Differences`; its ``explanations`` are ordered by likelihood.

    Raises
    ------
    SweepNotFound, StoreError
    """
    from variance.provenance import differences

    return differences(origin_of(a, store=store), origin_of(b, store=store))


def origin_of(sweep: Sweep | str | Path, *, store: str | os.PathLike[str] | None = None) -> Origin:
    """Return what a sweep holds of where it comes from."""
    from variance.provenance import Origin

    found = sweep if isinstance(sweep, Sweep) else load(sweep, store=store)
    runs = found.content.runs
    return Origin(
        name=found.name,
        header=found.header,
        environments=tuple(found.environments),
        results={run.seed: _digest(run) for run in runs} if found.header.numbered else {},
        tests={run.seed: run.test_set.digest for run in runs if run.test_set is not None},
    )


def _digest(run: Run) -> str:
    """Return a digest of what came of a run: of its weights, else of its predictions; or ""."""
    if run.weights_digest:
        return f"weights {run.weights_digest}"
    if run.predictions is None:
        return ""
    values = np.ascontiguousarray(run.predictions)
    sha = hashlib.sha256(values.dtype.str.encode())
    sha.update(values.data)
    return f"predictions {sha.hexdigest()}"
