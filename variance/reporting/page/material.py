"""What a page is made from: sweeps with what they tell, judged pair by pair."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from variance.analysis.disputed import Disputed
from variance.analysis.many import Comparisons
from variance.analysis.results import Comparison
from variance.analysis.summary_results import Summary
from variance.provenance import Differences
from variance.records import Environment, Header, Runs

if TYPE_CHECKING:
    from variance.analysis.luck import LuckResult
    from variance.analysis.source_results import CrossedResult, MachineResult, SourcesResult


@dataclass(frozen=True, eq=False)
class Subject:
    """One sweep.

    Attributes
    ----------
    runs : Runs
        With the scores of the metric that the page speaks of.
    summary : Summary
    header : Header
    environments : sequence of Environment
    times : tuple of str
        When the first and the last run began, ISO 8601; empty where that is unknown.
    """

    runs: Runs
    summary: Summary
    header: Header
    environments: Sequence[Environment] = ()
    times: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """How the sweep is called."""
        return self.summary.name


@dataclass(frozen=True, eq=False)
class Pair:
    """A candidate against the baseline.

    Attributes
    ----------
    key : str
        Tells it apart from the other pairs.
    baseline, candidate : Subject
    comparison : Comparison or None
        None where not even the metric is the same.
    refusal : str
        Why there is no comparison; empty where there is one.
    differences : Differences or None
        Of where they come from; None where that is not known.
    """

    key: str
    baseline: Subject
    candidate: Subject
    comparison: Comparison | None
    refusal: str = ""
    differences: Differences | None = None


@dataclass(frozen=True, eq=False)
class Gallery:
    """Examples on which runs disagree.

    Attributes
    ----------
    title : str
    names : tuple of str
        The sweeps, in the order of the opinions.
    examples : tuple of Disputed
    pixels : mapping of int to ndarray
        The pictures of these examples, where there are any.
    no_pixels : str
        Why there are none.
    """

    title: str
    names: tuple[str, ...]
    examples: tuple[Disputed, ...]
    pixels: Mapping[int, NDArray[Any]] = field(default_factory=dict)
    no_pixels: str = ""


@dataclass(frozen=True, eq=False)
class Material:
    """Everything that a page is made from.

    Attributes
    ----------
    subjects : tuple of Subject
        The baseline first.
    pairs : tuple of Pair
        One a candidate.
    together : Comparisons or None
        Where several candidates were judged.
    galleries : tuple of Gallery
    no_galleries : str
        Why there are none.
    sources : tuple of SourcesResult, CrossedResult or MachineResult
        Which source of randomness the spread of the baseline comes from, as far as arms are stored.
    luck : LuckResult or None
        What single scores are worth among the baseline's runs.
    command : str
        The line that makes this page again.
    """

    subjects: tuple[Subject, ...]
    pairs: tuple[Pair, ...] = ()
    together: Comparisons | None = None
    galleries: tuple[Gallery, ...] = ()
    no_galleries: str = ""
    sources: tuple[SourcesResult | CrossedResult | MachineResult, ...] = ()
    luck: LuckResult | None = None
    command: str = ""

    @property
    def runs(self) -> tuple[Runs, ...]:
        """The runs of every sweep."""
        return tuple(one.runs for one in self.subjects)

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """What every sweep tells."""
        return tuple(one.summary for one in self.subjects)
