"""A sweep as a notebook holds it: its arrays and tables, read when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.assembly import assemble, redraws
from variance.characters import visible
from variance.records import Configuration, Environment, Failure, Header, Run, Runs
from variance.store import SweepReader

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from variance.analysis.summary import Summary
    from variance.reporting.run_table import Table

What: TypeAlias = Literal["runs", "predictions", "confusion"]


@dataclass(frozen=True)
class Content:
    """What a sweep holds.

    Attributes
    ----------
    header : Header
    runs : sequence of Run
        The finished runs, ascending by seed.
    failures : sequence of Failure
    environments : sequence of Environment
    """

    header: Header
    runs: Sequence[Run]
    failures: Sequence[Failure] = ()
    environments: Sequence[Environment] = ()


def content_of(reader: SweepReader) -> Content:
    """Return everything that an open file holds, if that fits into the memory allowed."""
    reader.check_memory()
    return Content(reader.header(), tuple(reader.runs()), reader.failures(), reader.environments())


class Sweep:
    """The runs of one experiment under one configuration over many seeds.

    Get one from `variance.sweep`, `variance.load`, `variance.from_scores` or
    `variance.from_predictions`. S is the number of finished runs, T of test examples, K of classes.

    Parameters
    ----------
    name : str
        How it is called in tables and sentences.
    path : Path, optional
        Its file; None for one that is in memory only.
    content : Content, optional
        What it holds, where there is no file.
    """

    def __init__(
        self, name: str, path: Path | None = None, *, content: Content | None = None
    ) -> None:
        self.name = name
        self.path = path
        if content is not None:
            self.__dict__["content"] = content

    def __repr__(self) -> str:
        return f"<Sweep {self.name!r}: {self.headline()}>"

    def _repr_html_(self) -> str:
        return self._repr_mimebundle_()["text/html"]

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """Return what a notebook shows: the summary in short, and its twin in text."""
        from variance.reporting import notebook

        del include, exclude
        return notebook.sweep_bundle(self.summary())

    def headline(self) -> str:
        """Return one line: how many runs of what, and what came of them."""
        from variance.wording.quantities import mean_and_sd

        runs = self.runs
        parts = [f"{len(runs)} runs of {self.header.experiment}"]
        if runs.failures:
            parts.append(f"{len(runs.failures)} failed")
        if len(runs):
            parts.append(f"{runs.metric} {mean_and_sd(runs.metric, runs.scores[runs.metric])}")
        return visible(", ".join(parts))

    def __len__(self) -> int:
        return len(self.runs)

    @cached_property
    def content(self) -> Content:
        """Everything that its file holds, read once."""
        if self.path is None:
            raise TypeError("a sweep has a file or its content")
        with SweepReader(self.path) as reader:
            return content_of(reader)

    @cached_property
    def runs(self) -> Runs:
        """Everything as labelled arrays."""
        found = self.content
        return assemble(self.name, found.header, found.runs, found.failures, found.environments)

    @property
    def header(self) -> Header:
        """What was trained."""
        return self.content.header

    @property
    def configuration(self) -> Configuration | None:
        """Experiment, hyper-parameters, sources and execution; None for imported runs."""
        return self.header.configuration

    @property
    def environments(self) -> Sequence[Environment]:
        """Where the runs were trained, one entry each time training was started."""
        return self.content.environments

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
            example; or a run and cell of the confusion matrix. Where each run has a split of its
            own, its sizes are told too.

        Raises
        ------
        Refusal
            If the sweep holds no predictions, or no confusion matrices.
        """
        from variance.reporting import export

        return export.frame(self.table(what))

    def table(self, what: What = "runs") -> Table:
        """Return the same table as `to_frame`, but run by run: it is read while it is used."""
        from variance.reporting import run_table

        if self.path is None or "content" in self.__dict__:
            header, failures, redrawn = self.header, self.failures, self.runs.redrawn
        else:
            with SweepReader(self.path) as reader:
                header, failures = reader.header(), reader.failures()
                redrawn = redraws(header) or reader.test_sets() > 1
        if what == "predictions":
            return run_table.predictions_table(self._each(), self.name, redrawn=redrawn)
        if what == "confusion":
            return run_table.confusion_table(self._each(), self.name, redrawn=redrawn)
        return run_table.runs_table(self._each(), failures, header.metric, redrawn=redrawn)

    def _each(self) -> Iterator[Run]:
        """Yield the runs; those of a file are read one by one and not kept."""
        if self.path is None or "content" in self.__dict__:
            yield from self.content.runs
            return
        with SweepReader(self.path) as reader:
            yield from reader.runs()

    def plot(self, ax: Axes | None = None) -> Axes:
        """Draw every run and the mean; see `variance.plots.plot_runs`."""
        from variance import plots

        return plots.plot_runs(self.runs, ax=ax)

    def summary(self, **options: Any) -> Summary:
        """Return what the runs tell; see `variance.summarize`."""
        from variance.analysis.summary import summarize

        return summarize(self.runs, **options)

    def statement(
        self, form: str = "markdown", *, metric: str | None = None, alpha: float = 0.05
    ) -> str:
        """Return a reproducibility statement: a paragraph and a checklist to paste into a paper.

        Parameters
        ----------
        form : {"markdown", "latex"}
        metric : str, optional
            The sweep's own by default.
        alpha : float
            Intervals are at level 1 - alpha.

        Raises
        ------
        UsageError
            If form, metric or alpha cannot be used.
        """
        from variance.reporting.statement import render_statement, statement

        found, summary = self.content, self.summary(metric=metric, alpha=alpha)
        told = statement(summary, found.header, found.runs, found.failures, found.environments)
        return render_statement(told, form)
