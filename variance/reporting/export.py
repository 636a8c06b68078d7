"""A sweep as a table, in the formats of other programs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import numpy as np

from variance.errors import Refusal, UsageError

if TYPE_CHECKING:
    import pandas as pd

    from variance.records import Failure, Run, Runs

FORMATS = ("csv", "json", "parquet")


def runs_table(runs: Iterable[Run], failures: Iterable[Failure]) -> pd.DataFrame:
    """Return one row a seed: status, each metric, seconds, weights_digest, error."""
    import pandas as pd

    finished: list[dict[str, Any]] = [
        {
            "seed": run.seed,
            "status": "finished",
            **run.metrics,
            "seconds": run.seconds,
            "weights_digest": run.weights_digest,
        }
        for run in runs
    ]
    failed: list[dict[str, Any]] = [
        {"seed": f.seed, "status": "failed", "seconds": f.seconds, "error": f.error}
        for f in failures
    ]
    rows = sorted([*finished, *failed], key=lambda row: row["seed"])
    columns = dict.fromkeys([*(finished[0] if finished else ("seed", "status")), "error"])
    return pd.DataFrame(rows, columns=list(columns))


def predictions_table(runs: Runs) -> pd.DataFrame:
    """Return one row a run and example: seed, example, label, prediction.

    Class names stand for class indices.

    Raises
    ------
    Refusal
        If no predictions are stored.
    """
    import pandas as pd

    if runs.predictions is None or runs.labels is None:
        raise Refusal(f"{runs.name} holds no predictions")
    count, size = runs.predictions.shape
    examples = np.arange(size) if runs.examples is None else runs.examples
    labels = np.broadcast_to(runs.labels, (count, size)).ravel()
    predictions = runs.predictions.ravel()
    names = np.array(runs.classes) if runs.classes else None
    return pd.DataFrame(
        {
            "seed": np.repeat(runs.seeds, size),
            "example": np.broadcast_to(examples, (count, size)).ravel(),
            "label": labels if names is None else names[labels],
            "prediction": predictions if names is None else names[predictions],
        }
    )


def confusion_table(runs: Runs) -> pd.DataFrame:
    """Return one row a run and cell of the confusion matrix: seed, true, predicted, count.

    Raises
    ------
    Refusal
        If there are no confusion matrices.
    """
    import pandas as pd

    if runs.confusion is None:
        raise Refusal(f"{runs.name} has no confusion matrices")
    count, size, _ = runs.confusion.shape
    names = np.array(runs.classes)
    return pd.DataFrame(
        {
            "seed": np.repeat(runs.seeds, size * size),
            "true": np.tile(np.repeat(names, size), count),
            "predicted": np.tile(names, count * size),
            "count": runs.confusion.ravel(),
        }
    )


def write(frame: pd.DataFrame, output: str | None, form: str | None, stdout: TextIO) -> None:
    """Write a table to a file, which appears only when it is complete, or to standard output.

    Parameters
    ----------
    frame : DataFrame
        The table.
    output : str, optional
        Path of the file.
    form : {"csv", "json", "parquet"}, optional
        By default what the file's name ends in, else csv.
    stdout : text file
        Where a table without a file goes.

    Raises
    ------
    UsageError
        If the file cannot be written, or Parquet is asked for without a file or its library.
    """
    form = form or _form(output)
    if output is None:
        if form == "parquet":
            raise UsageError("Parquet needs a file", "Name one: -o runs.parquet")
        stdout.write(_text(frame, form))
        return
    path = Path(output)
    fresh = path.with_name(f".{path.name}.new")
    try:
        if form == "parquet":
            frame.to_parquet(fresh, index=False)
        else:
            fresh.write_text(_text(frame, form), encoding="utf-8")
        fresh.replace(path)
    except ImportError as error:
        raise UsageError(
            "writing Parquet needs pyarrow", "pip install 'model-variance[parquet]'"
        ) from error
    except OSError as error:
        raise UsageError(f"cannot write {output}: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)


def _form(output: str | None) -> str:
    suffix = Path(output or "").suffix.lower().removeprefix(".")
    return suffix if suffix in FORMATS else "csv"


def _text(frame: pd.DataFrame, form: str) -> str:
    if form == "json":
        rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
        return json.dumps(rows, indent=1, default=_plain, ensure_ascii=False) + "\n"
    return frame.to_csv(index=False)


def _plain(value: object) -> object:
    """Return a NumPy number as Python's own, every digit kept."""
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} is no JSON")
