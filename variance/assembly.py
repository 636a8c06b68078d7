"""From single runs to the labelled arrays that the analysis works on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.records import (
    HIGHER_IS_BETTER,
    Environment,
    Failure,
    Header,
    Kind,
    Run,
    Runs,
    preferred_metric,
)


def assemble(
    name: str,
    header: Header,
    runs: Sequence[Run],
    failures: Sequence[Failure] = (),
    environments: Sequence[Environment] = (),
) -> Runs:
    """Return runs as labelled arrays.

    Parameters
    ----------
    name : str
        How the sweep is called in tables and sentences.
    header : Header
        What it is.
    runs : sequence of Run
        The finished runs, ascending by seed.
    failures : sequence of Failure
        The seeds that gave no usable model.
    environments : sequence of Environment
        Where the runs were trained.
    """
    scores = columns([run.metrics for run in runs])
    return Runs(
        name=name,
        seeds=np.array([run.seed for run in runs], dtype=np.int64),
        scores=scores,
        metric=main_metric(header, scores),
        higher_is_better=directions(header, scores),
        failures=tuple(failures),
        weights_digests=tuple(run.weights_digest for run in runs),
        vary=header.configuration.vary if header.configuration else None,
        fingerprints=header.fingerprints,
        environments=_described(environments),
        numbered=header.numbered,
        **_arrays(runs, header),
    )


def main_metric(header: Header, scores: Mapping[str, NDArray[np.float64]]) -> str:
    """Return the metric to report: the declared one, else accuracy, else R², else the first."""
    if header.metric in scores:
        return header.metric
    return preferred_metric(scores) or header.metric or "accuracy"


def directions(header: Header, scores: Mapping[str, NDArray[np.float64]]) -> dict[str, bool]:
    """Return whether more is better for each score of which that is known."""
    known = {**HIGHER_IS_BETTER, **header.higher_is_better}
    return {name: known[name] for name in scores if name in known}


def columns(rows: Sequence[Mapping[str, float]]) -> dict[str, NDArray[np.float64]]:
    """Return each score over the runs, shape (S,); NaN where a run lacks it."""
    names = dict.fromkeys(name for row in rows for name in row)
    return {
        name: np.array([row.get(name, np.nan) for row in rows], dtype=np.float64) for name in names
    }


def redraws(header: Header) -> bool:
    """Return whether a sweep is known to split the data anew for each run."""
    if header.redrawn_split is not None:
        return True
    return header.configuration is not None and "split" in header.configuration.vary


def _arrays(runs: Sequence[Run], header: Header) -> dict[str, Any]:
    """Return the fields of `Runs` that come from predictions."""
    tests = [run.test_set for run in runs]
    first = tests[0] if tests else None
    anew = redraws(header)
    train, test = header.redrawn_split or (None, None)
    if first is None:
        return {"kind": "scores", "redrawn": anew, "train_size": train, "scored_on": test}
    same = all(test is first or (test and test.digest == first.digest) for test in tests)
    kind: Kind = "classification" if first.classes else "regression"
    confusions = [run.confusion for run in runs if run.confusion is not None]
    confusion = np.stack(confusions) if len(confusions) == len(runs) else None
    predictions = _stack([run.predictions for run in runs])
    if predictions is None and confusion is not None:  # counts alone say nothing of one example
        return {
            "kind": kind,
            "redrawn": anew,
            "classes": first.classes,
            "confusion": confusion,
            "train_size": train,
        }
    return {
        "kind": kind,
        "redrawn": anew or not same,
        "classes": first.classes,
        "train_size": first.train_size,
        "groups": first.groups,
        "confusion": confusion,
        "predictions": predictions,
        "labels": first.labels if same else _stack([t.labels for t in tests if t]),
        "examples": first.examples if same else _stack([t.examples for t in tests if t]),
    }


def _stack(arrays: list[NDArray[Any] | None]) -> NDArray[Any] | None:
    """Return the arrays as rows of one, or None where one lacks or lengths differ."""
    there = [a for a in arrays if a is not None]
    if len(there) < len(arrays) or len({a.shape for a in there}) != 1:
        return None
    return np.stack(there)


def _described(environments: Sequence[Environment]) -> tuple[str, ...]:
    lines = (
        "; ".join(f"{k} {v}" for k, v in sorted(env.facts.items()) if k in _BIT_FACTS)
        for env in environments
    )
    return tuple(dict.fromkeys(lines))


_BIT_FACTS = frozenset({"cpu", "machine", "numpy", "scikit-learn", "scipy", "tensorflow", "keras"})
"""The facts of an environment that can change the bits of a run."""
