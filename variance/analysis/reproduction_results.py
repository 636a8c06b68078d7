"""What came of training seeds again, as frozen data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from variance.analysis.plain import as_data
from variance.analysis.presented import Presented
from variance.analysis.results import Alert, Interval

Judgement: TypeAlias = Literal["identical", "within", "unknown", "beyond", "altered"]


@dataclass(frozen=True)
class Cause:
    """Something that is not, or not known to be, as it was when the stored runs were trained.

    Attributes
    ----------
    what : str
        For example ``tensorflow``.
    stored, here : str
        What it was, and what it is; empty where that is not known.
    may_change : str
        What follows from it: ``results``, ``bits``, …
    reason : str
        Why, in a sentence.
    known : bool
        Whether both values are recorded; otherwise it may as well be the same.
    """

    what: str
    stored: str
    here: str
    may_change: str
    reason: str = ""
    known: bool = True


@dataclass(frozen=True)
class Rerun:
    """One seed trained again, beside the stored run; see `reproduce`.

    Attributes
    ----------
    seed : int
    judgement : {"identical", "within", "unknown", "beyond", "altered"}
        Altered: the stored record is not what was written, whatever the new run gives.
    reason : str
        Why, where it is not identical.
    same_predictions, same_weights : bool or None
        Bit for bit; None where the runs have none.
    different_scores : tuple of str
        The scores that are not the same, bit for bit.
    stored, again : float or None
        The reported metric of both; None for a run that failed.
    changed : int or None
        Test examples that are predicted otherwise.
    examples : int or None
        Of so many.
    distance : float or None
        The share of the examples put into another class; for regression, the root mean square
        of the changes.
    limit : float or None
        The largest distance that counts as no further off than another seed's run.
    altered : bool
        Whether the stored record does not fit the digest that was written with it.
    """

    seed: int
    judgement: Judgement
    reason: str = ""
    same_predictions: bool | None = None
    same_weights: bool | None = None
    different_scores: tuple[str, ...] = ()
    stored: float | None = None
    again: float | None = None
    changed: int | None = None
    examples: int | None = None
    distance: float | None = None
    limit: float | None = None
    altered: bool = False


@dataclass(frozen=True)
class Reproduction(Presented):
    """What came of training some seeds of a sweep again; see `reproduce`.

    Attributes
    ----------
    name, metric : str
    kind : {"classification", "regression", "scores"}
        What the predictions are.
    judgement : {"identical", "within", "unknown", "beyond", "altered"}
        The worst of the seeds'; altered too if another part of the file is.
    runs : int
        Finished runs of the sweep.
    reruns : tuple of Rerun
        Ascending by seed.
    alpha : float
        The chance that reruns which are but other draws of the same training count as beyond.
    mean, sd : float or None
        Of the metric over the stored runs.
    prediction : tuple of float or None
        Where new trainings land, all of those that were trained again at once.
    between_seeds : float or None
        How far apart stored runs of different seeds are on average; see `Rerun.distance`.
    causes : tuple of Cause
        What is not as it was, the likeliest cause of other bits first; empty where nothing that
        is recorded differs.
    warnings : tuple of str
        What was known before anything was trained.
    alerts : tuple of Alert
    schema : int
    """

    name: str
    metric: str
    kind: str
    judgement: Judgement
    runs: int
    reruns: tuple[Rerun, ...]
    alpha: float
    mean: float | None
    sd: float | None
    prediction: Interval
    between_seeds: float | None
    causes: tuple[Cause, ...] = ()
    warnings: tuple[str, ...] = ()
    alerts: tuple[Alert, ...] = ()
    schema: int = 1

    def __repr__(self) -> str:
        return f"<Reproduction of {len(self.reruns)} runs of {self.name}: {self.judgement}>"

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready data; missing is None."""
        data: dict[str, Any] = as_data(self)
        return {"schema": data.pop("schema"), **data}
