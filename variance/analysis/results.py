"""What a comparison holds: frozen, without I/O; attributes are the keys of its JSON."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from variance.analysis.matching import Pairing
from variance.analysis.pilot import Pilot
from variance.analysis.plain import as_data
from variance.analysis.presented import Presented

Scope: TypeAlias = Literal["test-set", "new-data"]
Verdict: TypeAlias = Literal["improved", "regressed", "equivalent", "inconclusive", "refused"]
Interval: TypeAlias = tuple[float, float] | None

SCOPES: tuple[Scope, ...] = ("test-set", "new-data")


@dataclass(frozen=True)
class Alert:
    """Something a reader must know.

    Attributes
    ----------
    code : str
        For scripts; never renamed.
    message : str
        For people.
    """

    code: str
    message: str


@dataclass(frozen=True)
class Side:
    """One sweep of a comparison: the runs that are compared.

    Attributes
    ----------
    name : str
    runs : int
        Runs compared, without failed and dropped ones.
    failed : int
        Seeds without a usable score.
    mean, sd : float or None
        Of the metric, in its own unit.
    ci : tuple of float or None
        Interval of the mean, at level 1 - alpha.
    """

    name: str
    runs: int
    failed: int
    mean: float | None
    sd: float | None
    ci: Interval


@dataclass(frozen=True)
class Bootstrap:
    """The check of the interval for new data.

    Attributes
    ----------
    ci : tuple of float or None
        Percentile interval.
    p_value : float or None
    resamples : int
    """

    ci: Interval
    p_value: float | None
    resamples: int


@dataclass(frozen=True)
class Equivalence:
    """What decides whether a difference lies within the margin.

    Attributes
    ----------
    ci : tuple of float
        Interval at `level`; the difference is equivalent where it lies within the margin.
    level : float
        1 - 2 alpha, with a candidate's own share of alpha where there are several.
    p_value : float
        The larger one of two one-sided tests, below that alpha where it does.
    """

    ci: tuple[float, float]
    level: float
    p_value: float


@dataclass(frozen=True)
class Effect:
    """Candidate minus baseline in one scope.

    Attributes
    ----------
    estimate : float or None
        In the metric's own unit.
    ci : tuple of float or None
        At level 1 - alpha.
    p_value : float or None
        Two-sided, of no difference; from the same procedure as `ci`.
    method : str
        What was computed.
    df : float or None
        Degrees of freedom.
    examples : int or None
        Test examples behind it.
    groups : int or None
        Groups of examples that are drawn whole, where there are any.
    standard_error : float or None
    equivalent : bool or None
        Whether the difference lies within the margin; None without a margin.
    beyond_margin : bool or None
        Whether the whole interval lies beyond the margin; None without one.
    equivalence : Equivalence or None
        What `equivalent` rests on; None without a margin.
    bootstrap : Bootstrap or None
        A second opinion, where seeds and examples are both random.
    p_adjusted : float or None
        After Holm over several candidates.
    details : mapping of str to float
        What a method asked for by name has beside them, such as posterior probabilities.
    reason : str
        Why there is no interval; empty where there is.
    """

    estimate: float | None
    ci: Interval
    p_value: float | None
    method: str
    df: float | None
    examples: int | None = None
    groups: int | None = None
    standard_error: float | None = None
    equivalent: bool | None = None
    beyond_margin: bool | None = None
    equivalence: Equivalence | None = None
    bootstrap: Bootstrap | None = None
    p_adjusted: float | None = None
    details: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True)
class Superiority:
    """The chance that one candidate run beats one baseline run; ties count half.

    Attributes
    ----------
    estimate : float
    ci : tuple of float or None
    significant : bool
        Whether the interval lies above one half.
    meaningful : bool
        Whether it reaches beyond `gamma`.
    gamma : float
    """

    estimate: float
    ci: Interval
    significant: bool
    meaningful: bool
    gamma: float


@dataclass(frozen=True)
class Sensitivity:
    """Another test of the same question; printed, never deciding.

    Attributes
    ----------
    method : str
    p_value : float or None
    agrees : bool or None
        Whether it is on the verdict's side of alpha; None where it can say nothing.
    smallest_p : float or None
        The smallest p-value that so few runs can give.
    """

    method: str
    p_value: float | None
    agrees: bool | None = None
    smallest_p: float | None = None


@dataclass(frozen=True)
class ScopedEffect:
    """The difference of one class or slice in one scope.

    Attributes
    ----------
    ci : tuple of float or None
        Simultaneous over the classes.
    p_value, p_adjusted : float or None
        Before and after Holm.
    verdict : str
    """

    ci: Interval
    p_value: float | None
    p_adjusted: float | None
    verdict: Verdict


@dataclass(frozen=True)
class PartEffect:
    """One class (its recall) or one slice of the targets (its error).

    Attributes
    ----------
    label : str
    support : float
        Test examples, averaged over runs where the split is redrawn.
    baseline, candidate, difference : float or None
    ci, p_value, p_adjusted, verdict
        Those of the comparison's scope.
    test_set, new_data : ScopedEffect or None
        The same in each scope.
    reason : str
        Why there is no interval in the comparison's scope.
    """

    label: str
    support: float
    baseline: float | None
    candidate: float | None
    difference: float | None
    ci: Interval
    p_value: float | None
    p_adjusted: float | None
    verdict: Verdict
    test_set: ScopedEffect | None
    new_data: ScopedEffect | None
    reason: str = ""


def moved_most(parts: Iterable[PartEffect]) -> list[PartEffect]:
    """Return classes or slices as tables and figures list them: those that moved most first."""
    return sorted(parts, key=lambda part: -abs(part.difference or 0.0))


@dataclass(frozen=True)
class CellEffect:
    """How often one class is taken for another: for exploration only.

    Attributes
    ----------
    true, predicted : str
    baseline, candidate, difference : float
        Mean share of the true class's examples.
    p_value, p_adjusted : float or None
        Before and after Benjamini-Hochberg over all cells tested.
    """

    true: str
    predicted: str
    baseline: float
    candidate: float
    difference: float
    p_value: float | None
    p_adjusted: float | None


@dataclass(frozen=True)
class Churn:
    """Predictions that change, as shares of the examples averaged over pairs of runs.

    Attributes
    ----------
    between : float
        A baseline and a candidate run differ.
    within_baseline, within_candidate : float or None
        Two runs of the same sweep differ.
    gained, lost : float
        The baseline run wrong and the candidate right; the other way round.
    """

    between: float
    within_baseline: float | None
    within_candidate: float | None
    gained: float
    lost: float


@dataclass(frozen=True)
class Spread:
    """Whether the candidate is steadier.

    Attributes
    ----------
    ratio : float or None
        SD of the candidate over that of the baseline.
    p_value : float or None
        Of equal spread.
    method : str
    reason : str
        Why something is missing.
    """

    ratio: float | None
    p_value: float | None
    method: str
    reason: str = ""


@dataclass(frozen=True)
class FailureComparison:
    """Whether the sweeps fail equally often.

    Attributes
    ----------
    baseline, candidate : int
        Failed seeds.
    p_value : float or None
    method : str
    """

    baseline: int
    candidate: int
    p_value: float | None
    method: str


@dataclass(frozen=True)
class Comparison(Presented):
    """The answer to "is the candidate better?"; see `variance.analysis.comparison.compare`.

    Attributes
    ----------
    schema : int
        Version of the contract.
    metric : str
    higher_is_better : bool
    alpha : float
    margin : float or None
        The largest difference that does not matter.
    baseline, candidate : Side
    pairing : Pairing
    test_set, new_data : Effect or None
        The difference on these very examples, and on fresh ones too.
    superiority : Superiority or None
    verdict : str
        That of `scope`.
    scope : str
    verdicts : mapping of str to str
        One a scope.
    refused : mapping of str to str
        Why, for each scope whose verdict is ``refused``.
    sensitivity : tuple of Sensitivity
    minimum_detectable_effect : float or None
        What these runs find with 80 % power, in `scope`.
    seeds_needed, examples_needed : int or None
        Seeds a side in `scope`, and test examples on new data, that find an effect as large as
        the margin (or, without one, as the estimate) with 80 % power; None where no number
        suffices or nothing can be said.
    seeds_needed_on_new_data : int or None
        Seeds a side with the present test examples.
    limit : str or None
        ``"seeds"`` or ``"examples"``: what adds more to the uncertainty on new data.
    pilot : Pilot or None
        What the numbers of seeds and examples were planned with.
    per_class, per_slice : tuple of PartEffect or None
        Classes, or quarters of the targets.
    confusion : tuple of CellEffect
        The cells with the smallest p-values: every one that stands out, and others up to 20.
    churn, spread, failures
    method : str
        The procedure that decides.
    unavailable : mapping of str to str
        What could not be computed, and why.
    alerts : tuple of Alert
    """

    metric: str
    higher_is_better: bool
    alpha: float
    margin: float | None
    baseline: Side
    candidate: Side
    pairing: Pairing
    test_set: Effect | None
    new_data: Effect | None
    superiority: Superiority | None
    verdict: Verdict
    scope: Scope
    verdicts: Mapping[Scope, Verdict]
    refused: Mapping[str, str] = field(default_factory=dict)
    sensitivity: tuple[Sensitivity, ...] = ()
    minimum_detectable_effect: float | None = None
    seeds_needed: int | None = None
    examples_needed: int | None = None
    seeds_needed_on_new_data: int | None = None
    limit: Literal["seeds", "examples"] | None = None
    pilot: Pilot | None = None
    per_class: tuple[PartEffect, ...] | None = None
    per_slice: tuple[PartEffect, ...] | None = None
    confusion: tuple[CellEffect, ...] = ()
    churn: Churn | None = None
    spread: Spread | None = None
    failures: FailureComparison | None = None
    method: str = "default"
    unavailable: Mapping[str, str] = field(default_factory=dict)
    alerts: tuple[Alert, ...] = ()
    schema: int = 1

    def __repr__(self) -> str:
        return (
            f"<Comparison {self.candidate.name} against {self.baseline.name}: "
            f"{self.verdict} in {self.metric} ({self.scope})>"
        )

    @property
    def effect(self) -> Effect | None:
        """The difference in the comparison's own scope."""
        return self.test_set if self.scope == "test-set" else self.new_data

    def to_dict(self) -> dict[str, Any]:
        """Return the contract of ``compare --format json``; missing is None."""
        data: dict[str, Any] = as_data(self)
        return {"schema": data.pop("schema"), **data}
