"""From rows of a sweep file to records, each value checked: a file may come from anywhere.

Whatever cannot be is a `ValueError` that says which value; no memory is taken for it.
"""

from __future__ import annotations

import json
import math
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from typing import Any, get_args, get_type_hints

import numpy as np
from numpy.typing import NDArray

from variance.records import (
    Configuration,
    Environment,
    Failure,
    Header,
    Run,
    TestSet,
)
from variance.store.codec import shape_of, unpack

RUN = (
    "seed, metrics, predictions, confusion, sources, seconds, started, weights_digest, test_set, "
    "attempts"
)
FAILURE = "seed, reason, error, traceback, seconds, started, attempts"
TEST = 8
"""The place of the test set's key in `RUN`."""
TEST_SET = "labels, examples, groups, classes, train_size"
_MOST_CLASSES = 1_000_000
_REASONS = get_args(get_type_hints(Failure)["reason"])


def header_of(rows: Iterable[tuple[Any, Any]]) -> Header:
    """Return what a sweep is, from the keys and values of the table ``sweep``."""
    facts = {key: _json(value, f"the fact {key!r}") for key, value in rows}
    if "experiment" not in facts:
        raise ValueError("it does not say what was trained")
    _known(facts, _HEADER, "the header")
    configuration = facts.pop("configuration", None)
    if facts.get("redrawn_split") is not None:
        facts["redrawn_split"] = tuple(facts["redrawn_split"])
    return Header(
        **facts, configuration=None if configuration is None else _configuration(configuration)
    )


def environment_of(row: tuple[Any, ...]) -> Environment:
    """Return where runs were trained, from the columns environment, command, started."""
    facts, command, started = row
    return Environment(
        _of(_json(facts, "an environment"), _is_texts, "an environment"),
        _of(command, _is_written, "a command"),
        _of(started, _is_written, "a time"),
    )


def failure_of(row: tuple[Any, ...]) -> Failure:
    """Return a recorded failure, from the columns `FAILURE`."""
    seed, reason, error, traceback, seconds, started, attempts = row
    if reason not in _REASONS:
        raise ValueError(f"the reason of a failure is {reason!r}")
    return Failure(
        _of(seed, _is_count, "a seed"),
        reason,
        _of(error, _is_written, "an error"),
        _of(traceback, _is_written, "a traceback"),
        _of(seconds, _is_number, "a duration"),
        _of(started, _is_written, "a time"),
        _of(attempts, _is_count, "a number of attempts"),
    )


def run_of(row: tuple[Any, ...], test: TestSet | None) -> Run:
    """Return a finished run, from the columns `RUN` and the test set that they name."""
    seed, metrics, predictions, confusion, sources, seconds, started, weights, _, attempts = row
    _of(attempts, _is_count, "a number of attempts")
    return Run(
        seed=_of(seed, _is_count, "a seed"),
        metrics=metrics_of(metrics),
        predictions=None if predictions is None else _predictions(predictions, test),
        test_set=test,
        confusion=None if confusion is None else _confusion(confusion, test),
        sources=_of(_json(sources or "{}", "the sources"), _is_seeds, "the sources"),
        seconds=_of(seconds, _is_number, "a duration"),
        started=_of(started, _is_written, "a time"),
        weights_digest=None if weights is None else _of(weights, _is_written, "a digest"),
    )


def metrics_of(text: object) -> dict[str, float]:
    """Return the scores of a run."""
    found: dict[str, float] = _of(_json(text, "the metrics"), _is_numbers, "the metrics")
    return found


def class_count(text: object) -> int:
    """Return how many classes a test set has."""
    return len(_of(_json(text, "the classes"), _is_list_of_texts, "the classes"))


def tests_of(row: tuple[Any, ...]) -> TestSet:
    """Return a test set, from the columns `TEST_SET`."""
    labels, examples, groups, classes, train_size = row
    names = _of(_json(classes, "the classes"), _is_list_of_texts, "the classes")
    if len(names) > _MOST_CLASSES:
        raise ValueError(f"there are {len(names):,} classes; at most {_MOST_CLASSES:,} are usable")
    truth = _array(labels, "the labels")
    if truth.ndim != 1 or (names and not _are_classes(truth, len(names))):
        raise ValueError("the labels are none of the classes")
    return TestSet(
        labels=truth,
        classes=tuple(names),
        examples=_ids(examples, len(truth), "the examples"),
        groups=_ids(groups, len(truth), "the groups"),
        train_size=None if train_size is None else _of(train_size, _is_count, "a training size"),
    )


def test_set(connection: sqlite3.Connection, key: int | None) -> TestSet | None:
    """Return a test set by its key; None where a run has none."""
    if key is None:
        return None
    row = connection.execute(f"SELECT {TEST_SET} FROM test_set WHERE id = ?", (key,)).fetchone()
    if row is None:
        raise ValueError("a run names a test set that is not there")
    return tests_of(row)


def array_bytes(row: tuple[Any, ...], classes: int) -> int:
    """Return the memory that a run's arrays take once they are read, in bytes.

    Parameters
    ----------
    row : tuple
        The packed predictions and confusion counts, or the first 100 bytes of them.
    classes : int
        Of its test set; counts that are not stored are made from the predictions.
    """
    predictions, confusion = row
    size = 0
    if predictions is not None:
        size += 8 * math.prod(shape_of(_of(predictions, _is_bytes, "the predictions")))
    if confusion is not None:
        size += 8 * math.prod(shape_of(_of(confusion, _is_bytes, "the counts")))
    elif predictions is not None:
        size += 8 * classes**2
    return size


def _predictions(data: object, test: TestSet | None) -> NDArray[Any]:
    values = _array(data, "the predictions")
    if test is None or values.shape != test.labels.shape:
        raise ValueError("the predictions are not as many as the labels")
    if test.classes and not _are_classes(values, len(test.classes)):
        raise ValueError("the predictions are none of the classes")
    return values


def _confusion(data: object, test: TestSet | None) -> NDArray[np.int64]:
    size = 0 if test is None else len(test.classes)
    packed = _of(data, _is_bytes, "the counts")
    if shape_of(packed) != (size, size):
        raise ValueError(f"the counts are not those of {size} classes")
    counts = unpack(packed)
    if counts.dtype.kind not in "iu" or (counts.size and counts.min() < 0):
        raise ValueError("the counts are no counts")
    return counts.astype(np.int64)


def _ids(data: object, size: int, what: str) -> NDArray[np.int64] | None:
    if data is None:
        return None
    values = _array(data, what)
    if values.shape != (size,) or values.dtype.kind not in "iu":
        raise ValueError(f"{what} are not one a label")
    return values.astype(np.int64)


def _array(data: object, what: str) -> NDArray[Any]:
    return unpack(_of(data, _is_bytes, what))


def _are_classes(values: NDArray[Any], classes: int) -> bool:
    if values.dtype.kind not in "biu":
        return False
    return not values.size or (int(values.min()) >= 0 and int(values.max()) < classes)


def _configuration(data: Mapping[str, Any]) -> Configuration:
    _known(data, _CONFIGURATION, "the configuration")
    missing = {"experiment", "settings", "vary", "execution"} - data.keys()
    if missing:
        raise ValueError(f"the configuration does not say its {', '.join(sorted(missing))}")
    _known(data["execution"], _EXECUTION, "the execution")
    return Configuration.from_dict(data)


def _known(facts: Mapping[str, Any], table: Mapping[str, Callable[[Any], bool]], what: str) -> None:
    """Raise `ValueError` for a fact that is unknown, or of the wrong kind."""
    for key, value in facts.items():
        if key not in table:
            raise ValueError(f"{what} has an unknown fact {key!r}")
        _of(value, table[key], f"the {key} of {what}")


def _of(value: Any, fits: Callable[[Any], bool], what: str) -> Any:
    """Return a value if it is one of its kind, else raise `ValueError`."""
    if not fits(value):
        shown = repr(value)
        raise ValueError(f"{what} cannot be {shown[:60]}{'…' if len(shown) > 60 else ''}")
    return value


def _json(text: object, what: str) -> Any:
    """Return what JSON says."""
    if not isinstance(text, str):
        raise ValueError(f"{what} is no text")  # noqa: TRY004 - a value of a file, not of a caller
    try:
        value = json.loads(text)
        text.encode()  # fails for bytes that are no text
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{what} cannot be read: {error}") from error
    return value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_written(value: Any) -> bool:
    """Return whether a column holds text, and no bytes that are none."""
    if not isinstance(value, str):
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_bytes(value: Any) -> bool:
    return isinstance(value, bytes)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 <= value < 2**63


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < 1e300


def _is_score(value: Any) -> bool:
    return type(value) in (int, float) and not (isinstance(value, int) and abs(value) > 1e300)


def _is_setting(value: Any) -> bool:
    return type(value) in (bool, str, float) or (type(value) is int and abs(value) < 2**63)


def _mapping_of(fits: Callable[[Any], bool]) -> Callable[[Any], bool]:
    def every(value: Any) -> bool:
        return isinstance(value, dict) and all(fits(v) for v in value.values())

    return every


_is_texts = _mapping_of(_is_text)
_is_seeds = _mapping_of(_is_count)
_is_numbers = _mapping_of(_is_score)


def _is_list_of_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(v, str) for v in value)


def _is_object(value: Any) -> bool:
    return isinstance(value, dict)


def _are_sizes(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(one is None or _is_count(one) for one in value)
    )


_HEADER: Mapping[str, Callable[[Any], bool]] = {
    "experiment": _is_text,
    "origin": lambda value: value in ("trained", "imported"),
    "configuration": lambda value: value is None or isinstance(value, dict),
    "fingerprints": _is_texts,
    "metric": _is_text,
    "higher_is_better": _mapping_of(_is_flag),
    "created": _is_text,
    "note": _is_text,
    "numbered": _is_flag,
    "redrawn_split": lambda value: value is None or _are_sizes(value),
    "defaults": _mapping_of(_is_setting),
}
_CONFIGURATION: Mapping[str, Callable[[Any], bool]] = {
    "experiment": _is_text,
    "settings": _mapping_of(_is_setting),
    "vary": _is_list_of_texts,
    "execution": _is_object,
    "held": _is_seeds,
}
_EXECUTION: Mapping[str, Callable[[Any], bool]] = {
    "threads": lambda value: _is_count(value) and value >= 1,
    "onednn": _is_flag,
    "precision": lambda value: value in ("default", "bfloat16", "float64"),
}
