"""Arrays of runs made elsewhere, checked and turned into runs of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.errors import DataError, UsageError, nearest
from variance.experiments.encoding import encode
from variance.experiments.task import scores as scores_of
from variance.records import HIGHER_IS_BETTER, Failure, Header, Outcome, Run, TestSet


@dataclass(frozen=True)
class Imported:
    """The runs of one sweep from elsewhere.

    Attributes
    ----------
    group : str
        The values of the columns that told it from others; empty if there was one sweep only.
    header : Header
        What it is.
    runs : tuple of Run
        Ascending by seed.
    failures : tuple of Failure
        The seeds that gave no model, where the file tells them.
    """

    group: str
    header: Header
    runs: tuple[Run, ...]
    failures: tuple[Failure, ...] = ()


def from_scores(
    scores: Mapping[str, Any],
    *,
    seeds: Sequence[int] | None = None,
    higher_is_better: bool | Mapping[str, bool] | None = None,
    source: str = "scores",
    first_only: bool = False,
) -> Imported:
    """Return runs of which only scores are known.

    Parameters
    ----------
    scores : mapping of str to array_like, shape (S,)
        One array a metric.
    seeds : sequence of int, optional
        The seeds of the runs. Without them runs cannot be paired with those of another sweep.
    higher_is_better : bool or mapping of str to bool, optional
        For metrics of which it is not known.
    source : str
        Where they came from, for messages.
    first_only : bool
        Whether only of the first metric it must be known whether higher is better.

    Raises
    ------
    DataError, UsageError
        As `read`.
    """
    columns = {name: _scores(name, values, source) for name, values in scores.items()}
    lengths = {len(column) for column in columns.values()}
    if not columns or lengths == {0}:
        raise DataError(f"{source} holds no scores")
    if len(lengths) > 1:
        listing = ", ".join(f"{name}: {len(column)}" for name, column in columns.items())
        raise DataError(f"{source}: the metrics have different numbers of runs ({listing})")
    count = lengths.pop()
    numbers = _seeds(seeds, count, source)
    known = _directions(columns, higher_is_better, first_only=first_only)
    runs = tuple(
        Run(seed, {name: float(column[i]) for name, column in columns.items()})
        for i, seed in sorted(enumerate(numbers), key=lambda pair: pair[1])
    )
    return Imported("", header_of(source, known, numbered=seeds is not None), runs)


def from_predictions(
    predictions: Any,
    labels: Any,
    *,
    seeds: Sequence[int] | None = None,
    classes: Sequence[Any] | None = None,
    examples: Any = None,
    groups: Any = None,
    source: str = "predictions",
) -> Imported:
    """Return runs of which every prediction is known.

    Parameters
    ----------
    predictions : array_like, shape (S, T)
        One row a run: class names or indices, or real numbers for regression.
    labels : array_like, shape (T,)
        The truth, likewise.
    seeds : sequence of int, optional
        The seeds of the runs. Without them runs cannot be paired with those of another sweep.
    classes : sequence, optional
        Names of the classes: by index where labels are whole numbers.
    examples : array_like, shape (T,), optional
        Ids of the examples, by which two sweeps are aligned.
    groups : array_like, shape (T,), optional
        Cluster of each example, where examples come in clusters.
    source : str
        Where they came from, for messages.

    Raises
    ------
    DataError
        If shapes do not fit, or a label or prediction is missing or not one of the classes.
    """
    found, truth = np.asarray(predictions), np.asarray(labels)
    if found.ndim != 2 or truth.ndim != 1 or found.shape[1] != len(truth):
        hint = "Transpose them." if found.ndim == 2 and found.shape[0] == len(truth) else ""
        raise DataError(
            f"{source}: predictions have shape {found.shape} and labels {truth.shape}, "
            "but must be (runs, examples) and (examples,)",
            hint,
        )
    for what, values in (("labels", truth), ("predictions", found)):
        _no_gaps(what, values, source)
    numbers = _seeds(seeds, len(found), source)
    if classes is None and truth.dtype.kind != "f":  # any values will do; each is a name
        values, codes = np.unique(np.concatenate([truth, found.ravel()]), return_inverse=True)
        truth, found = codes[: len(truth)], codes[len(truth) :].reshape(found.shape)
        classes = [str(value) for value in values]
    runs = []
    for i, seed in sorted(enumerate(numbers), key=lambda pair: pair[1]):
        try:
            coded, guess, names = encode(truth, found[i], classes)
        except UsageError as error:
            raise DataError(f"{source}, seed {seed}: {error.message}") from error
        test = TestSet(coded, names, _ids(examples, "examples"), _ids(groups, "groups"))
        metrics, confusion = scores_of(Outcome(guess, test))
        runs.append(Run(seed, metrics, guess, test, confusion))
    return Imported("", header_of(source, {}, numbered=seeds is not None), tuple(runs))


def _scores(name: str, values: Any, source: str) -> NDArray[np.float64]:
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{source}: the scores of {name} are not numbers") from error
    if column.ndim != 1:
        raise DataError(f"{source}: the scores of {name} must be one a run")
    _no_gaps(name, column, source)
    return column


def _no_gaps(what: str, values: NDArray[Any], source: str) -> None:
    if values.dtype.kind == "f":
        bad = ~np.isfinite(values)
    elif values.dtype.kind == "O":
        bad = np.array([v is None or v != v for v in values.ravel()]).reshape(values.shape)  # noqa: PLR0124 - NaN
    else:
        return
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise DataError(f"{source}: {what} has {values[place]} at position {place}")


def _seeds(seeds: Sequence[int] | None, count: int, source: str) -> list[int]:
    numbers = list(range(count)) if seeds is None else [int(s) for s in seeds]
    if len(numbers) != count:
        raise DataError(f"{source}: {count} runs, but {len(numbers)} seeds")
    if len(set(numbers)) < count:
        double = next(s for s in numbers if numbers.count(s) > 1)
        raise DataError(f"{source}: the seed {double} is there twice")
    if min(numbers) < 0:
        raise DataError(f"{source}: a seed is a whole number from 0 on, not {min(numbers)}")
    if count < 2:
        raise DataError(
            f"{source} holds one run: nothing can be said of its spread",
            "Put a single score into the distribution of others: variance luck S --score X",
        )
    return numbers


def _directions(
    columns: Mapping[str, Any],
    given: bool | Mapping[str, bool] | None,
    *,
    first_only: bool = False,
) -> dict[str, bool]:
    if isinstance(given, bool):
        return dict.fromkeys(columns, given)
    known = {**HIGHER_IS_BETTER, **(given or {})}
    for name in given or {}:
        if name not in columns:
            raise UsageError(f"there is no metric {name!r}", nearest(name, columns))
    unknown = [name for name in columns if name not in known]
    if unknown and (not first_only or unknown[0] == next(iter(columns))):
        raise UsageError(
            f"whether more {unknown[0]} is better is not known",
            f"Say --higher-is-better {unknown[0]} or --lower-is-better {unknown[0]}.",
        )
    return {name: known[name] for name in columns if name in known}


def header_of(source: str, directions: Mapping[str, bool], *, numbered: bool) -> Header:
    """Return what an imported sweep is: where it came from, and how its metrics are to be read."""
    return Header(
        source,
        origin="imported",
        metric=next(iter(directions), ""),
        higher_is_better=dict(directions),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        numbered=numbered,
    )


def _ids(values: Any, name: str) -> NDArray[np.int64] | None:
    if values is None:
        return None
    """Return ids as numbers; those of text follow from the text alone, so that sweeps agree."""
    ids = np.asarray(values)
    if ids.ndim != 1:
        raise DataError(f"{name} must be one id an example")
    if ids.dtype.kind in "ui":
        return ids.astype(np.int64)
    digests = (hashlib.blake2b(str(i).encode(), digest_size=8).digest() for i in ids)
    return np.array([int.from_bytes(d) >> 1 for d in digests], dtype=np.int64)
