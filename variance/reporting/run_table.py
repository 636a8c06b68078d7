"""A sweep as a table whose rows come run by run: memory does not grow with the runs."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.errors import Refusal
from variance.records import preferred_metric

if TYPE_CHECKING:
    from variance.records import Failure, Run, TestSet


@dataclass(frozen=True)
class Named:
    """A column of names: codes, and the name that each of them stands for."""

    codes: NDArray[Any]
    names: tuple[str, ...]


Column: TypeAlias = "int | NDArray[Any] | Named | Sequence[Any]"
"""One value for all rows, or one a row; lists may hold None."""


@dataclass(frozen=True)
class Part:
    """Some rows of a table: those of one run."""

    rows: int
    columns: Mapping[str, Column]


@dataclass(frozen=True)
class Table:
    """A table whose rows come part by part, once.

    Attributes
    ----------
    columns : tuple of str
    parts : iterator of Part
        Each has all columns.
    """

    columns: tuple[str, ...]
    parts: Iterator[Part]


def runs_table(
    runs: Iterable[Run], failures: Iterable[Failure], metric: str, *, redrawn: bool = False
) -> Table:
    """Return one row a seed: status, each metric, seconds, weights_digest, error.

    Parameters
    ----------
    runs : iterable of Run
    failures : iterable of Failure
    metric : str
        The one that is reported, where it is declared: it comes first.
    redrawn : bool
        Whether each run has a split of its own; ``train_size`` and ``test_size`` tell it then.
    """
    rows = sorted([*map(_finished, runs), *map(_failed, failures)], key=lambda row: row["seed"])
    scores = dict.fromkeys(chain.from_iterable(row["scores"] for row in rows))
    first = metric if metric in scores else preferred_metric(scores)
    metrics = sorted(scores, key=lambda name: name != first)
    sizes = ("train_size", "test_size") if redrawn else ()
    ends = (*sizes, "seconds", "weights_digest", "error")
    columns = {
        "seed": [row["seed"] for row in rows],
        **{_apart(name, scores): [row.get(name) for row in rows] for name in ("status",)},
        **{name: [row["scores"].get(name) for row in rows] for name in metrics},
        **{_apart(name, scores): [row.get(name) for row in rows] for name in ends},
    }
    return Table(tuple(columns), iter([Part(len(rows), columns)]))


def _apart(name: str, scores: Container[str]) -> str:
    """Return the name of a column of ours; a metric of that name keeps it for itself."""
    return f"run_{name}" if name in scores else name


def predictions_table(runs: Iterable[Run], name: str, *, redrawn: bool = False) -> Table:
    """Return one row a run and example: seed, example, label, prediction.

    Class names stand for class indices. Where examples come in clusters, there is a column
    ``group``; where each run has a split of its own, a column ``train_size``.

    Parameters
    ----------
    runs : iterable of Run
    name : str
        What to call the sweep in messages.
    redrawn : bool
        Whether each run has a split of its own.

    Raises
    ------
    Refusal
        If a run has no predictions.
    """
    return _table(_predictions(runs, name, redrawn=redrawn))


def confusion_table(runs: Iterable[Run], name: str, *, redrawn: bool = False) -> Table:
    """Return one row a run and cell of the confusion matrix: seed, true, predicted, count.

    Parameters, errors and the column ``train_size`` are as in `predictions_table`.
    """
    return _table(_confusion(runs, name, redrawn=redrawn))


def _finished(run: Run) -> dict[str, Any]:
    test = run.test_set
    return {
        "seed": run.seed,
        "status": "finished",
        "scores": dict(run.metrics),
        "train_size": None if test is None else test.train_size,
        "test_size": None if test is None else len(test.labels),
        "seconds": run.seconds,
        "weights_digest": run.weights_digest,
    }


def _failed(failure: Failure) -> dict[str, Any]:
    return {
        "seed": failure.seed,
        "status": "failed",
        "scores": {},
        "seconds": failure.seconds,
        "error": failure.error,
    }


def _table(parts: Iterator[Part]) -> Table:
    first = next(parts, Part(0, {}))
    return Table(tuple(first.columns), chain([first], parts))


def _predictions(runs: Iterable[Run], name: str, *, redrawn: bool) -> Iterator[Part]:
    known: TestSet | None = None
    shared: dict[str, Column] = {}
    for run in runs:
        test, predictions = run.test_set, run.predictions
        if test is None or predictions is None:
            raise Refusal(f"{name} holds no predictions" if known is None else
                          f"seed {run.seed} of {name} has no predictions")  # fmt: skip
        if test is not known:  # else the very same columns, whose texts are there already
            known, shared = test, _of_test_set(test, redrawn=redrawn)
        guess = Named(predictions, test.classes) if test.classes else predictions
        yield Part(len(predictions), {"seed": run.seed, **shared, "prediction": guess})


def _of_test_set(test: TestSet, *, redrawn: bool) -> dict[str, Column]:
    """Return the columns that all runs on a test set share."""
    size = len(test.labels)
    shared: dict[str, Column] = {
        "example": np.arange(size) if test.examples is None else test.examples,
        "label": Named(test.labels, test.classes) if test.classes else test.labels,
    }
    if test.groups is not None:
        shared["group"] = test.groups
    if redrawn:
        shared["train_size"] = [test.train_size] * size
    return shared


def _confusion(runs: Iterable[Run], name: str, *, redrawn: bool) -> Iterator[Part]:
    for run in runs:
        if run.confusion is None or run.test_set is None:
            raise Refusal(f"{name} has no confusion matrices")
        names = run.test_set.classes
        codes = np.arange(len(names))
        cells = run.confusion.size
        columns: dict[str, Column] = {
            "seed": run.seed,
            "true": Named(np.repeat(codes, len(names)), names),
            "predicted": Named(np.tile(codes, len(names)), names),
            "count": run.confusion.ravel(),
        }
        if redrawn:
            columns["train_size"] = [run.test_set.train_size] * cells
        yield Part(cells, columns)
