"""A sweep as a notebook holds it: its arrays and tables, read when they are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.records import Configuration, Environment, Failure, Header, Runs
from variance.store import SweepReader

if TYPE_CHECKING:
    import pandas as pd

    from variance.analysis.summary import Summary

What: TypeAlias = Literal["runs", "predictions", "confusion"]


class Sweep:
    """The runs of one experiment under one configuration over many seeds.

    Get one from `variance.sweep` or `variance.load`. S is the number of finished runs, T of test
    examples, K of classes.

    Parameters
    ----------
    name : str
        How it is called in tables and sentences.
    path : Path
        Its file.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name = name
        self.path = path

    def __repr__(self) -> str:
        return f"<Sweep {self.name!r}: {self.headline()}>"

    def headline(self) -> str:
        """Return one line: how many runs of what, and what came of them."""
        from variance.reporting.numbers import mean_and_sd

        runs = self.runs
        parts = [f"{len(runs)} runs of {self.header.experiment}"]
        if runs.failures:
            parts.append(f"{len(runs.failures)} failed")
        if len(runs):
            parts.append(f"{runs.metric} {mean_and_sd(runs.metric, runs.scores[runs.metric])}")
        return ", ".join(parts)

    def __len__(self) -> int:
        return len(self.runs)

    @cached_property
    def runs(self) -> Runs:
        """Everything as labelled arrays."""
        with SweepReader(self.path) as reader:
            return reader.read(self.name)

    @cached_property
    def header(self) -> Header:
        """What was trained."""
        with SweepReader(self.path) as reader:
            return reader.header()

    @property
    def configuration(self) -> Configuration | None:
        """Experiment, hyper-parameters, sources and execution; None for imported runs."""
        return self.header.configuration

    @cached_property
    def environments(self) -> list[Environment]:
        """Where the runs were trained, one entry each time training was started."""
        with SweepReader(self.path) as reader:
            return reader.environments()

    @property
    def seeds(self) -> NDArray[np.int64]:
        """Seeds of the finished runs, shape (S,), ascending."""
        return self.runs.seeds

    @property
    def scores(self) -> Mapping[str, NDArray[np.float64]]:
        """Each metric over the runs, shape (S,)."""
        return self.runs.scores

    @property
    def predictions(self) -> NDArray[Any] | None:
        """Class indices or predicted values, shape (S, T); None where only scores are known."""
        return self.runs.predictions

    @property
    def labels(self) -> NDArray[Any] | None:
        """The truth: shape (T,), or (S, T) where the seed redraws the split."""
        return self.runs.labels

    @property
    def confusion(self) -> NDArray[np.int64] | None:
        """Confusion matrices, shape (S, K, K), rows true class; None for regression."""
        return self.runs.confusion

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the K classes; empty for regression."""
        return self.runs.classes

    @property
    def failures(self) -> tuple[Failure, ...]:
        """The seeds that gave no usable model."""
        return self.runs.failures

    def to_frame(self, what: What = "runs") -> pd.DataFrame:
        """Return a table.

        Parameters
        ----------
        what : {"runs", "predictions", "confusion"}
            One row a seed (its status, metrics, duration, digest of the weights, error); a run and
            example; or a run and cell of the confusion matrix.

        Raises
        ------
        Refusal
            If the sweep holds no predictions, or no confusion matrices.
        """
        from variance.reporting import export

        if what == "predictions":
            return export.predictions_table(self.runs)
        if what == "confusion":
            return export.confusion_table(self.runs)
        with SweepReader(self.path) as reader:
            return export.runs_table(reader.runs(), reader.failures())

    def summary(self, **options: Any) -> Summary:
        """Return what the runs tell; see `variance.summarize`."""
        from variance.analysis.summary import summarize

        return summarize(self.runs, **options)
