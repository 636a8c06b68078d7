"""What is known of where the spread between runs comes from: frozen, without I/O."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from variance.analysis.plain import as_data
from variance.analysis.presented import Presented
from variance.analysis.results import Interval

ArmKind: TypeAlias = Literal["all", "source", "nudge", "none"]
Sameness: TypeAlias = Literal["", "bits", "predictions", "scores"]
"""What is the same in every run: weights, predictions and scores; the latter two; scores alone."""
Relation: TypeAlias = Literal["less", "more", "open"]
"""What is established of one spread against another; ``open``: neither."""


@dataclass(frozen=True)
class Ratio:
    """SD of one arm over that of another.

    Attributes
    ----------
    estimate : float or None
    ci : tuple of float or None
        By itself, at level 1 - alpha; its upper bound may be infinite.
    p_value, p_adjusted : float or None
        Of equal spread, before and after Holm over the arms that are judged together.
    relation : {"less", "more", "open"}
        What is established, after Holm.
    pairs : int
        Seeds that both arms finished.
    reason : str
        Why there is no interval.
    """

    estimate: float | None
    ci: Interval
    p_value: float | None
    p_adjusted: float | None
    relation: Relation
    pairs: int
    reason: str = ""


@dataclass(frozen=True)
class Arm:
    """The runs that vary one source, all, or none.

    Attributes
    ----------
    name : str
        ``all``, a source, ``nudge`` or ``none``.
    kind : {"all", "source", "nudge", "none"}
    sweep : str
        Name of its sweep.
    runs, failed : int
    mean, sd : float or None
        Of the metric, in its own unit.
    sd_ci : tuple of float or None
        χ² interval of the SD, at level 1 - alpha: it takes scores to be normal.
    robust_ci : tuple of float or None
        Bonett's interval, which widens with the tails; from 5 runs on.
    same : {"", "bits", "predictions", "scores"}
        What is the same in every run.
    churn : float or None
        Share of the examples on which two of its runs differ.
    ratio : Ratio or None
        Its SD over that of the arm ``all``.
    per_class : mapping of str to float or None
        SD over runs of each class's recall.
    redrawn : bool
        Whether its runs redraw the split between training and test examples.
    seeds : tuple of int
    scores : tuple of float
        In the order of the seeds.
    unavailable : mapping of str to str
        What could not be computed, and why.
    """

    name: str
    kind: ArmKind
    sweep: str
    runs: int
    failed: int
    mean: float | None = None
    sd: float | None = None
    sd_ci: Interval = None
    robust_ci: Interval = None
    same: Sameness = ""
    churn: float | None = None
    ratio: Ratio | None = None
    per_class: Mapping[str, float | None] = field(default_factory=dict)
    redrawn: bool = False
    seeds: tuple[int, ...] = ()
    scores: tuple[float, ...] = ()
    unavailable: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Pair:
    """Two sources, one against the other.

    Attributes
    ----------
    first, second : str
    ratio : Ratio
        SD of the first over that of the second; Holm over all pairs of sources.
    """

    first: str
    second: str
    ratio: Ratio


@dataclass(frozen=True)
class SumOfVariances:
    """The variances of the single sources, added up, over the variance of the arm ``all``.

    Attributes
    ----------
    estimate : float
        On average 1 where the sources act independently of each other, more where they interact.
    ci : tuple of float or None
        Its upper bound may be infinite.
    """

    estimate: float
    ci: Interval


@dataclass(frozen=True)
class SourcesResult(Presented):
    """Where the spread between runs comes from; see `variance.analysis.sources.sources`.

    Attributes
    ----------
    experiment, metric : str
    alpha : float
        Intervals are at level 1 - alpha, claims at family-wise error alpha.
    arms : tuple of Arm
        ``all`` first, then the sources, ``nudge`` and ``none``.
    inapplicable : mapping of str to str
        Sources that the experiment lacks, and why.
    pairs : tuple of Pair
    variances : SumOfVariances or None
    """

    experiment: str
    metric: str
    alpha: float
    arms: tuple[Arm, ...]
    inapplicable: Mapping[str, str] = field(default_factory=dict)
    pairs: tuple[Pair, ...] = ()
    variances: SumOfVariances | None = None
    schema: int = 1

    def __repr__(self) -> str:
        names = ", ".join(arm.name for arm in self.arms)
        return f"<SourcesResult {self.experiment}: {self.metric}, arms {names}>"

    def arm(self, name: str) -> Arm | None:
        """Return the arm of that name, if there is one."""
        return next((arm for arm in self.arms if arm.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; missing, and a bound that is infinite, is None."""
        data: dict[str, Any] = as_data(self)
        return {"schema": data.pop("schema"), **data}


@dataclass(frozen=True)
class Effect:
    """What one source gives by itself, or two only together.

    Attributes
    ----------
    sd : float
        Square root of the variance component; 0 where its estimate is negative.
    ci : tuple of float or None
        Of the SD.
    share : float or None
        Of the variance of a run in which both sources vary.
    share_ci : tuple of float or None
    p_value : float or None
        Of no main effect; None for the interaction.
    """

    sd: float
    ci: Interval
    share: float | None
    share_ci: Interval
    p_value: float | None


@dataclass(frozen=True)
class CrossedResult(Presented):
    """Two sources crossed; see `variance.analysis.crossing.crossing`.

    Attributes
    ----------
    experiment, metric : str
    alpha : float
    first, second : str
        The sources.
    first_levels, second_levels : tuple of int
        Their seeds, of the rows and columns that are complete.
    scores : tuple of tuple of float
        One row a level of the first source.
    mean : float
    main_first, main_second, interaction : Effect
    sd : float
        Of a run in which both sources vary.
    sd_ci : tuple of float or None
    held : tuple of str
        The other sources, held at seed 0.
    repeats : bool or None
        Whether repeated runs were the same, so that the interaction holds no noise; None where
        that was not looked at.
    failed : int
        Cells that failed; their rows or columns are left out.
    redrawn : bool
        Whether one of the sources redraws the split.
    reason : str
        Why there are no intervals.
    """

    experiment: str
    metric: str
    alpha: float
    first: str
    second: str
    first_levels: tuple[int, ...]
    second_levels: tuple[int, ...]
    scores: tuple[tuple[float, ...], ...]
    mean: float
    main_first: Effect
    main_second: Effect
    interaction: Effect
    sd: float
    sd_ci: Interval
    held: tuple[str, ...] = ()
    repeats: bool | None = None
    failed: int = 0
    redrawn: bool = False
    reason: str = ""
    schema: int = 1

    def __repr__(self) -> str:
        return f"<CrossedResult {self.experiment}: {self.first} x {self.second}, {self.metric}>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; missing is None."""
        data: dict[str, Any] = as_data(self)
        return {"schema": data.pop("schema"), **data}


@dataclass(frozen=True)
class MachineArm:
    """Seeds trained once more, computed in another way, beside the same seeds of the reference.

    Attributes
    ----------
    name : str
        ``again``, ``threads-2``, ``no-onednn``, ``bfloat16`` or ``float64``.
    sweep : str
    pairs, failed : int
        Seeds that both finished; seeds that failed here.
    identical : int
        Pairs of which everything that is known is the same, bit for bit.
    weights : bool
        Whether the weights were compared too.
    distance : float or None
        Mean over the pairs: share of the examples that both put into different classes; for
        regression the root mean square of the differences.
    distance_range : tuple of float or None
        Lowest and highest.
    difference : float or None
        Mean change of the metric.
    ci : tuple of float or None
        Of that mean, at level 1 - alpha for all arms together (Bonferroni).
    largest : float or None
        The largest change of the metric, by size.
    reason : str
        Why there is no interval.
    """

    name: str
    sweep: str
    pairs: int
    failed: int
    identical: int
    weights: bool
    distance: float | None
    distance_range: Interval
    difference: float | None
    ci: Interval
    largest: float | None
    reason: str = ""


@dataclass(frozen=True)
class MachineResult(Presented):
    """What a change of machine may do; see `variance.analysis.machine.machine`.

    Attributes
    ----------
    experiment, metric : str
    alpha : float
    reference : str
        Name of the sweep that the arms are set against.
    runs : int
        Of the reference.
    sd : float or None
        Between the seeds of the reference.
    between_seeds : float or None
        Mean distance between two of its runs with different seeds, as `MachineArm.distance`.
    regression : bool
        Whether distances are root mean squares rather than shares of examples.
    arms : tuple of MachineArm
    inapplicable : mapping of str to str
    """

    experiment: str
    metric: str
    alpha: float
    reference: str
    runs: int
    sd: float | None
    between_seeds: float | None
    regression: bool
    arms: tuple[MachineArm, ...]
    inapplicable: Mapping[str, str] = field(default_factory=dict)
    schema: int = 1

    def __repr__(self) -> str:
        names = ", ".join(arm.name for arm in self.arms)
        return f"<MachineResult {self.experiment}: {names} against {self.reference}>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; missing is None."""
        data: dict[str, Any] = as_data(self)
        return {"schema": data.pop("schema"), **data}
