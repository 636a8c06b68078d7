"""What a summary of one sweep holds: frozen, without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from variance.analysis.plain import as_data
from variance.analysis.presented import Presented
from variance.analysis.results import Alert, Interval


@dataclass(frozen=True)
class SpreadOrigin:
    """What the spread between runs is made of, as SDs in the metric's unit.

    Attributes
    ----------
    noise : float
        What independent flips on a finite test set give by themselves.
    genuine : float
        What would remain on an endless test set; 0 where the estimate is negative.
    genuine_ci : tuple of float or None
    genuine_share : float or None
        Share of the variance that is genuine.
    """

    noise: float
    genuine: float
    genuine_ci: Interval
    genuine_share: float | None


@dataclass(frozen=True)
class ClassScore:
    """Recall, precision or F1 of one class over the runs; None where undefined.

    Attributes
    ----------
    mean, sd, low, high : float or None
        `low` and `high` are the extremes over runs.
    floor : float or None
        SD that so many examples alone would give.
    defined : int
        Runs in which it is defined.
    """

    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    floor: float | None
    defined: int


@dataclass(frozen=True)
class ClassSummary:
    """One class.

    Attributes
    ----------
    label : str
    support : float
        Test examples, averaged over runs where the split is redrawn.
    recall, precision, f1 : ClassScore
    one_run : tuple of float or None
        Wilson interval of the recall that one typical run would report.
    """

    label: str
    support: float
    recall: ClassScore
    precision: ClassScore
    f1: ClassScore
    one_run: Interval


@dataclass(frozen=True)
class CellSummary:
    """One cell of the confusion matrix over runs.

    Attributes
    ----------
    true, predicted : str
    mean, sd : float or None
        Counts.
    """

    true: str
    predicted: str
    mean: float
    sd: float | None


@dataclass(frozen=True)
class ConfusionSummary:
    """The confusion matrix over runs.

    Attributes
    ----------
    mean, sd : tuple of tuple of float, K x K
        Counts; row: true class.
    moving : tuple of CellSummary
        The confusions that differ most between runs.
    """

    mean: tuple[tuple[float, ...], ...]
    sd: tuple[tuple[float | None, ...], ...]
    moving: tuple[CellSummary, ...]


@dataclass(frozen=True)
class UnstableExample:
    """An example on which the runs disagree.

    Attributes
    ----------
    example : int
        Its id, or its position where there are no ids.
    label : str
    disagreement : float
        Share of the pairs of runs that differ on it.
    right : float
        Share of the runs that are right.
    """

    example: int
    label: str
    disagreement: float
    right: float


@dataclass(frozen=True)
class Figure:
    """A number over runs.

    Attributes
    ----------
    mean, sd : float or None
    ci : tuple of float or None
        Of the mean.
    """

    mean: float | None
    sd: float | None
    ci: Interval


@dataclass(frozen=True)
class BootstrapIntervals:
    """BCa bootstrap intervals; too narrow below about ten runs.

    Attributes
    ----------
    ci, sd_ci : tuple of float or None
        Of mean and SD.
    """

    ci: Interval
    sd_ci: Interval


@dataclass(frozen=True)
class Summary(Presented):
    """What the runs of one sweep tell; see `variance.analysis.summary.summarize`.

    Attributes
    ----------
    name, metric : str
    higher_is_better : bool
    alpha : float
    runs, failed : int
    examples : int or None
        Test examples of a run.
    mean, sd, median : float or None
    ci, sd_ci : tuple of float or None
        Of mean and SD, at level 1 - alpha.
    bootstrap : BootstrapIntervals or None
        BCa intervals of mean and SD, where asked for.
    range : tuple of float or None
        Lowest and highest score.
    prediction : tuple of float or None
        Where a single new training will land.
    origin : SpreadOrigin or None
    expected_sd : float or None
        What well-trained runs with this error and test set show, √(error / 2T).
    per_class : tuple of ClassSummary or None
    confusion : ConfusionSummary or None
    churn : float or None
        Share of the examples on which two runs differ.
    unstable : tuple of UnstableExample
    best_of : mapping of int to float
        Expected best score of k trainings.
    majority : float or None
        Accuracy of the runs' majority vote.
    cost : Figure or None
        Mean cost an example.
    scores : tuple of float
        The metric of each run, in the order of `seeds`.
    seeds : tuple of int
    unavailable : mapping of str to str
        What could not be computed, and why.
    alerts : tuple of Alert
    """

    name: str
    metric: str
    higher_is_better: bool
    alpha: float
    runs: int
    failed: int
    examples: int | None
    mean: float | None = None
    sd: float | None = None
    median: float | None = None
    ci: Interval = None
    sd_ci: Interval = None
    bootstrap: BootstrapIntervals | None = None
    range: Interval = None
    prediction: Interval = None
    origin: SpreadOrigin | None = None
    expected_sd: float | None = None
    per_class: tuple[ClassSummary, ...] | None = None
    confusion: ConfusionSummary | None = None
    churn: float | None = None
    unstable: tuple[UnstableExample, ...] = ()
    best_of: Mapping[int, float] = field(default_factory=dict)
    majority: float | None = None
    cost: Figure | None = None
    scores: tuple[float, ...] = ()
    seeds: tuple[int, ...] = ()
    redrawn: bool = False
    unavailable: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    schema: int = 1

    def __repr__(self) -> str:
        mean = "no score" if self.mean is None else f"{self.mean:.6g}"
        return f"<Summary of {self.name}: {self.metric} {mean} over {self.runs} runs>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; missing is None."""
        data: dict[str, Any] = as_data(self)
        return {"schema": data.pop("schema"), **data}
