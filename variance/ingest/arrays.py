"""Arrays of runs made elsewhere, checked and turned into runs of ours."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.errors import DataError, UsageError, nearest
from variance.experiments.encoding import encode
from variance.experiments.task import scores as scores_of
from variance.ingest.limits import LARGEST_SCORE, RUN, Limit
from variance.records import (
    HIGHER_IS_BETTER,
    LARGEST_SEED,
    SHARES,
    Failure,
    Header,
    Outcome,
    Run,
    TestSet,
)


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
    scores: Mapping[str, Any] | Sequence[float] | NDArray[Any],
    *,
    seeds: Any = None,
    higher_is_better: bool | Mapping[str, bool] | None = None,
    source: str = "scores",
    first_only: bool = False,
    limit: Limit | None = None,
) -> Imported:
    """Return runs of which only scores are known.

    Parameters
    ----------
    scores : mapping of str to array_like, shape (S,), or array_like, shape (S,)
        One array a metric; or one array alone, whose metric is then called ``score`` and is
        better when higher, unless told otherwise.
    seeds : sequence of int, optional
        The seeds of the runs. Without them runs cannot be paired with those of another sweep.
    higher_is_better : bool or mapping of str to bool, optional
        For metrics of which it is not known.
    source : str
        Where they came from, for messages.
    first_only : bool
        Whether only of the first metric it must be known whether higher is better.
    limit : Limit, optional
        The memory that the runs may take.

    Raises
    ------
    DataError, UsageError
        As `read`; also if a metric is given as a share in some runs and in percent in others.
    """
    given: Any = scores
    if not isinstance(scores, Mapping) and not (
        getattr(scores, "ndim", 1) == 2 and hasattr(scores, "items")  # a data frame
    ):
        given = {"score": scores}
    columns = {str(name): _scores(str(name), values, source) for name, values in given.items()}
    lengths = {len(column) for column in columns.values()}
    if not columns or lengths == {0}:
        raise DataError(f"{source} holds no scores")
    if len(lengths) > 1:
        listing = ", ".join(f"{name}: {len(column)}" for name, column in columns.items())
        raise DataError(f"{source}: the metrics have different numbers of runs ({listing})")
    numbers = run_numbers(seeds, lengths.pop(), source, limit or Limit.of())
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
    seeds: Any = None,
    classes: Sequence[Any] | None = None,
    examples: Any = None,
    groups: Any = None,
    source: str = "predictions",
    limit: Limit | None = None,
) -> Imported:
    """Return runs of which every prediction is known.

    Parameters
    ----------
    predictions : array_like, shape (S, T)
        One row a run: class names or indices, or real numbers for regression.  Of shape (T, S)
        they are transposed, where S and T differ.
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
    limit : Limit, optional
        The memory that the runs, with their confusion counts, may take.

    Raises
    ------
    DataError
        If shapes do not fit, a label or prediction is missing or not one of the classes, or the
        runs would take too much memory.
    """
    limit = limit or Limit.of()
    found, truth = _values("predictions", predictions, source), _values("labels", labels, source)
    if found.ndim == 2 and truth.ndim == 1 and len(found) == len(truth) != found.shape[1]:
        found = found.T  # one column a run, as the number of labels tells
    if found.ndim != 2 or truth.ndim != 1 or found.shape[1] != len(truth):
        raise DataError(
            f"{source}: predictions have shape {found.shape} and labels {truth.shape}, "
            "but must be (runs, examples) and (examples,)"
        )
    if not truth.size:
        raise DataError(f"{source} holds no examples")
    numbers = run_numbers(seeds, len(found), source, limit)
    ids, clusters = (
        _ids(values, name, len(truth), source)
        for values, name in ((examples, "examples"), (groups, "groups"))
    )
    given = Coding.of(truth, found, classes, source)
    what = f"{source}: the confusion counts of {len(found):,} runs with {given.size:,} classes"
    limit.check(8 * len(found) * given.size**2, what)
    test: TestSet | None = None
    runs = []
    for i, seed in sorted(enumerate(numbers), key=lambda pair: pair[1]):
        coded, guess, names = given.encoded(truth, found[i], f"{source}, seed {seed}")
        test = test or TestSet(coded, names, ids, clusters)
        metrics, confusion = scores_of(Outcome(guess, test))
        defined = {name: value for name, value in metrics.items() if math.isfinite(value)}
        runs.append(Run(seed, defined, guess, test, confusion))
    return Imported("", header_of(source, {}, numbered=seeds is not None), tuple(runs))


@dataclass(frozen=True)
class Coding:
    """How labels and predictions become class indices, or real numbers for regression.

    Attributes
    ----------
    values : ndarray, optional
        The distinct labels and predictions, where these are the classes.
    classes : tuple, optional
        The classes where their names were given; None with `values` too: a regression.
    """

    values: NDArray[Any] | None = None
    classes: tuple[Any, ...] | None = None

    @classmethod
    def of(cls, truth: NDArray[Any], found: NDArray[Any], classes: Any, source: str) -> Coding:
        """Return the coding that labels, predictions and the given classes ask for."""
        numbers = all(values.dtype.kind in "iufb" for values in (truth, found))
        if classes is not None:
            if truth.dtype.kind == "f" or found.dtype.kind == "f":
                raise DataError(f"{source}: labels are real numbers, which have no classes")
            names = tuple(classes)
            return cls(classes=names if numbers else tuple(map(str, names)))
        if truth.dtype.kind == "f":
            if not numbers:
                raise DataError(f"{source}: labels are real numbers, but predictions are text")
            return cls()
        distinct = truth if numbers else truth.astype(str)  # any values will do; each is a name
        for row in found:
            distinct = np.union1d(distinct, row if numbers else row.astype(str))
        return cls(values=np.unique(distinct))

    @property
    def size(self) -> int:
        """Number of classes; 0 for a regression."""
        several = self.values if self.classes is None else self.classes
        return 0 if several is None else len(several)

    def encoded(
        self, truth: NDArray[Any], guess: NDArray[Any], where: str
    ) -> tuple[NDArray[Any], NDArray[Any], tuple[str, ...]]:
        """Return labels, the predictions of one run, and the names of the classes."""
        names: Any = self.classes
        if self.values is not None:
            truth, guess = (
                np.searchsorted(self.values, values.astype(self.values.dtype))
                for values in (truth, guess)
            )
            names = [str(value) for value in self.values]
        elif names is not None and isinstance(names[0] if names else None, str):
            text = "U" in {truth.dtype.kind, guess.dtype.kind}
            truth, guess = (v.astype(str) if text else v for v in (truth, guess))
        try:
            return encode(truth, guess, names)
        except UsageError as error:
            raise DataError(f"{where}: {error.message}") from error


def _values(what: str, given: Any, source: str) -> NDArray[Any]:
    """Return labels or predictions as numbers, truth values or text, without gaps."""
    try:
        values = np.asarray(given)
    except ValueError as error:
        raise DataError(f"{source}: {what} are lists of different lengths") from error
    _no_gaps(what, values, source)
    if values.dtype.kind == "O":
        return values.astype(str)
    if values.dtype.kind not in "iufbU":
        raise DataError(f"{source}: {what} are of the type {values.dtype}; give numbers or text")
    return values


def _scores(name: str, values: Any, source: str) -> NDArray[np.float64]:
    try:
        column = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{source}: the scores of {name} are not numbers") from error
    if column.ndim != 1:
        raise DataError(f"{source}: the scores of {name} must be one a run")
    _no_gaps(name, column, source)
    within = column[(column > 0) & (column <= 1)]
    if name in SHARES - {"error"} and len(within) and (column > 1).any():
        low, high = within.min(), column.max()
        raise DataError(
            f"{source}: {name} is {low:g} in one run and {high:g} in another: a share and percent",
            "Write all as shares, from 0 to 1.",
        )
    return column


def _no_gaps(what: str, values: NDArray[Any], source: str) -> None:
    if values.dtype.kind == "f":
        with np.errstate(over="ignore"):  # of numbers in extended precision
            bad = ~(np.abs(values.astype(np.float64)) <= LARGEST_SCORE)
    elif values.dtype.kind == "O":
        bad = np.array([v is None or v != v for v in values.ravel()]).reshape(values.shape)  # noqa: PLR0124 - NaN
    else:
        return
    if bad.any():
        place = tuple(int(i) for i in np.argwhere(bad)[0])
        raise DataError(f"{source}: {what} has {values[place]} at position {place}")


def run_numbers(seeds: Any, count: int, source: str, limit: Limit) -> list[int]:
    """Return the seeds of some runs, or numbers that only count them.

    Parameters
    ----------
    seeds : array_like of int, shape (S,), or None
    count : int
        S, at least 2.
    source : str
        For messages.
    limit : Limit
        The memory that so many runs may take.
    """
    limit.check(RUN * count, f"{source}: {count:,} runs")
    if seeds is None:
        numbers = list(range(count))
    else:
        numbers = [_seed(seed, source) for seed in np.asarray(seeds).ravel().tolist()]
    if len(numbers) != count:
        raise DataError(f"{source}: {count} runs, but {len(numbers)} seeds")
    double = [seed for seed, times in Counter(numbers).items() if times > 1]
    if double:
        raise DataError(f"{source}: the seed {double[0]} is there twice")
    if count < 2:
        several = "one run" if count else "no runs"
        raise DataError(
            f"{source} holds {several}: nothing can be said of its spread",
            "Put a single score into the distribution of others: variance luck S --score X",
        )
    return numbers


def _seed(given: Any, source: str) -> int:
    whole = isinstance(given, int) or (isinstance(given, float) and given.is_integer())
    if not whole or isinstance(given, bool):
        raise DataError(f"{source}: the seed {given} is not a whole number")
    if not 0 <= given <= LARGEST_SEED:
        raise DataError(f"{source}: a seed is a whole number from 0 to {LARGEST_SEED}, not {given}")
    return int(given)


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


def _ids(values: Any, name: str, count: int, source: str) -> NDArray[np.int64] | None:
    """Return ids as numbers; those of text follow from the text alone, so that sweeps agree."""
    if values is None:
        return None
    ids = np.asarray(values)
    if ids.shape != (count,):
        raise DataError(f"{source}: {name} must be one id an example")
    if ids.dtype.kind in "ui" and ids.max() <= LARGEST_SEED:
        return ids.astype(np.int64)
    digests = (hashlib.blake2b(str(i).encode(), digest_size=8).digest() for i in ids)
    return np.array([int.from_bytes(d) >> 1 for d in digests], dtype=np.int64)
