"""The plain, frozen data that the phases exchange: no I/O, no statistics."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Setting: TypeAlias = bool | int | float | str
"""The value of one hyper-parameter."""

Precision: TypeAlias = Literal["default", "bfloat16", "float64"]
"""What is computed in: what the experiment takes by itself, or another format."""

Kind: TypeAlias = Literal["classification", "regression", "scores"]
"""What the predictions are: class indices, real numbers, or absent (scores alone)."""

HIGHER_IS_BETTER: Mapping[str, bool] = {
    **dict.fromkeys(
        (
            "accuracy", "balanced_accuracy", "top5_accuracy", "precision", "recall", "f1",
            "macro_f1", "micro_f1", "weighted_f1", "auc", "roc_auc", "average_precision",
            "mcc", "kappa", "iou", "dice", "bleu", "rouge", "r2", "correlation", "score",
        ),
        True,
    ),
    **dict.fromkeys(
        (
            "loss", "error", "error_rate", "mse", "rmse", "mae", "mape", "log_loss",
            "cross_entropy", "nll", "perplexity", "brier", "wer", "cer", "cost",
        ),
        False,
    ),
}  # fmt: skip
"""Metrics whose direction needs no hint."""


def preferred_metric(scores: Collection[str]) -> str:
    """Return the metric to report of those there are: accuracy, else R², else the first; or ""."""
    known = (name for name in ("accuracy", "r2", *HIGHER_IS_BETTER) if name in scores)
    return next(known, next(iter(scores), ""))


LARGEST_SEED = 2**63 - 1
"""What a sweep file can hold."""

SHARES = frozenset(
    {
        "accuracy", "balanced_accuracy", "top5_accuracy", "error", "error_rate", "precision",
        "recall", "f1", "macro_f1", "micro_f1", "weighted_f1", "macro_recall", "macro_precision",
    }
)  # fmt: skip
"""Metrics that are shares of examples, and are shown in percent."""

Scale: TypeAlias = Literal["share", "percent", "own"]
"""How a metric's values are given: from 0 to 1, from 0 to 100, or in a unit of their own."""


def scale_of(metric: str, values: Iterable[float]) -> Scale:
    """Return how the values of a metric are given.

    Parameters
    ----------
    metric : str
    values : iterable of float

    Returns
    -------
    {"share", "percent", "own"}
        A share of examples is in percent where no value lies in (0, 1] and none beyond 100.  An
        ``error`` beyond 1 may be of any kind, and other metrics are in a unit of their own.
    """
    there = list(values)
    if metric not in SHARES:
        return "own"
    if all(0 <= value <= 1 for value in there):
        return "share"
    percent = all(value == 0 or 1 < value <= 100 for value in there)
    return "percent" if percent and metric != "error" else "own"


@dataclass(frozen=True)
class Execution:
    """How the arithmetic is carried out; it changes bits and so belongs to the identity.

    Attributes
    ----------
    threads : int
        Threads a run computes with, at least 1.
    onednn : bool
        Whether TensorFlow may use oneDNN kernels.
    precision : {"default", "bfloat16", "float64"}
        The format of the numbers computed with; by default what the experiment takes by itself:
        float32 for the networks trained with TensorFlow.
    """

    threads: int = 1
    onednn: bool = True
    precision: Precision = "default"


@dataclass(frozen=True)
class Configuration:
    """What makes two runs with the same seed the same run.

    Attributes
    ----------
    experiment : str
        Reference of the experiment: a registered name or ``path.py:function``.
    settings : mapping of str to bool, int, float or str
        Every hyper-parameter, defaults included.
    vary : tuple of str
        The sources that follow the run's seed; the others are held.
    execution : Execution
        Threads, kernels and precision.
    held : mapping of str to int
        The seeds at which sources are held; those not named, at seed 0.
    """

    experiment: str
    settings: Mapping[str, Setting]
    vary: tuple[str, ...]
    execution: Execution = Execution()
    held: Mapping[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the configuration as JSON-ready data; `from_dict` is the inverse."""
        return {
            "experiment": self.experiment,
            "settings": dict(self.settings),
            "vary": list(self.vary),
            "execution": asdict(self.execution),
            "held": dict(self.held),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Configuration:
        """Return the configuration that `as_dict` described."""
        return cls(
            experiment=data["experiment"],
            settings=dict(data["settings"]),
            vary=tuple(data["vary"]),
            execution=Execution(**data["execution"]),
            held=dict(data.get("held", {})),
        )

    def differences(self, other: Configuration) -> list[str]:
        """Return what differs from another configuration, one ``name: mine → theirs`` each."""
        mine, theirs = self._flat(), other._flat()
        return [
            f"{name}: {mine.get(name, 'absent')} → {theirs.get(name, 'absent')}"
            for name in sorted(mine.keys() | theirs.keys())
            if mine.get(name) != theirs.get(name)
        ]

    def _flat(self) -> dict[str, Setting]:
        return {
            "experiment": self.experiment,
            "vary": ",".join(self.vary) or "none",
            "held": ", ".join(f"{source}={seed}" for source, seed in sorted(self.held.items())),
            "threads": self.execution.threads,
            "onednn": self.execution.onednn,
            "precision": self.execution.precision,
            **self.settings,
        }


@dataclass(frozen=True)
class TestSet:
    """The examples on which a run was scored.

    Attributes
    ----------
    labels : ndarray, shape (T,)
        Class indices (unsigned integers) for classification, targets (float64) for regression.
    classes : tuple of str
        Names of the K classes; empty for regression.
    examples : ndarray of int64, shape (T,), optional
        Which examples of the data these are; None when the test set is fixed and in order.
    groups : ndarray of int64, shape (T,), optional
        Cluster of each example, where examples come in clusters.
    train_size : int, optional
        Number of training examples, None when unknown.
    """

    __test__ = False  # its name makes pytest look for tests in it

    labels: NDArray[Any]
    classes: tuple[str, ...] = ()
    examples: NDArray[np.int64] | None = None
    groups: NDArray[np.int64] | None = None
    train_size: int | None = None

    @cached_property
    def digest(self) -> str:
        """SHA-256 over labels, classes, examples, groups and training size."""
        sha = hashlib.sha256()
        sha.update(self.labels.dtype.str.encode())
        sha.update(np.ascontiguousarray(self.labels).tobytes())
        sha.update("\0".join(self.classes).encode("utf-8", "surrogatepass"))
        for name, ids in (("examples", self.examples), ("groups", self.groups)):
            if ids is not None:
                sha.update(name.encode() + np.ascontiguousarray(ids).tobytes())
        sha.update(str(self.train_size).encode())
        return sha.hexdigest()


@dataclass(frozen=True)
class Outcome:
    """What training hands back for one seed.

    Attributes
    ----------
    predictions : ndarray, shape (T,), optional
        Class indices (unsigned integers) or predicted values (float64), in the order of the labels;
        None where only scores are known.
    test_set : TestSet, optional
        What was predicted.
    metrics : mapping of str to float
        Scores that the predictions alone do not give, such as the test loss.
    weights_digest : str, optional
        SHA-256 of the trained weights.
    """

    predictions: NDArray[Any] | None = None
    test_set: TestSet | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)
    weights_digest: str | None = None


@dataclass(frozen=True)
class Model:
    """A trained model as the contents of a file.

    Attributes
    ----------
    form : {"npz", "joblib"}
        NumPy's archive of the weights, in their order; or a fitted estimator, pickled by joblib.
    data : bytes
    """

    form: Literal["npz", "joblib"]
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class Run:
    """One finished training.

    Attributes
    ----------
    seed : int
        The whole number, 0 or more, that fixed the run's randomness.
    metrics : mapping of str to float
        Every score, all finite.
    predictions : ndarray, shape (T,), optional
        As in `Outcome`; None for runs of which only scores are known.
    test_set : TestSet, optional
        As in `Outcome`.
    confusion : ndarray of int64, shape (K, K), optional
        Counts, rows true class, columns predicted class.
    sources : mapping of str to int
        The seed that each source followed.
    seconds : float
        Wall time of the training.
    started : str
        ISO 8601 time (UTC) at which it began.
    weights_digest : str, optional
        SHA-256 of the trained weights.
    model : Model, optional
        What was trained, where it is to be kept.
    """

    seed: int
    metrics: Mapping[str, float]
    predictions: NDArray[Any] | None = None
    test_set: TestSet | None = None
    confusion: NDArray[np.int64] | None = None
    sources: Mapping[str, int] = field(default_factory=dict)
    seconds: float = 0.0
    started: str = ""
    weights_digest: str | None = None
    model: Model | None = None


@dataclass(frozen=True)
class Failure:
    """One training that gave no usable model: an outcome, not a gap.

    Attributes
    ----------
    seed : int
        The seed that failed.
    reason : {"raised", "died", "diverged", "timeout", "memory"}
        An exception, a worker that died, a score that is not a finite number, or a run that was
        ended because it took more time or memory than it was allowed.
    error : str
        One line.
    traceback : str
        The whole of it, where there is one.
    attempts : int
        How often it was tried.
    """

    seed: int
    reason: Literal["raised", "died", "diverged", "timeout", "memory"]
    error: str
    traceback: str = ""
    seconds: float = 0.0
    started: str = ""
    attempts: int = 1


@dataclass(frozen=True)
class Runs:
    """The runs of one sweep as labelled arrays: what the analysis works on.

    Attributes
    ----------
    name : str
        How the sweep is called in tables and sentences.
    kind : {"classification", "regression", "scores"}
        What the predictions are.
    seeds : ndarray of int64, shape (S,)
        Ascending, without duplicates.
    scores : mapping of str to ndarray of float64, shape (S,)
        One array a metric.
    metric : str
        The metric that is reported unless another is asked for.
    higher_is_better : mapping of str to bool
        The direction of each metric that has one.
    classes : tuple of str
        Names of the K classes; empty where there are none.
    labels : ndarray, optional
        Shape (T,) for a fixed test set; (S, T) where each run has its own.
    predictions : ndarray, shape (S, T), optional
        In the order of the labels.
    examples : ndarray of int64, optional
        Which examples of the data these are, shaped like `labels`; None: 0 … T-1, in order.
    confusion : ndarray of int64, shape (S, K, K), optional
        Counts, rows true class, columns predicted class.
    groups : ndarray, shape (T,), optional
        Cluster of each example, where examples come in clusters.
    redrawn : bool
        Whether the seed redraws the split between training and test examples.
    train_size : int, optional
        Number of training examples of a run.
    failures : tuple of Failure
        The seeds that gave no usable model.
    weights_digests : tuple of str or None
        SHA-256 of each run's weights, in the order of the seeds; empty where unknown.
    vary : tuple of str, optional
        The sources that followed the seed; None where unknown (runs from elsewhere).
    fingerprints : mapping of str to str
        Digests of what must agree for two sweeps to be comparable, such as the data.
    environments : tuple of str
        One line for each distinct environment in which the runs were trained.
    numbered : bool
        Whether the seeds are those of the training; otherwise runs are merely counted, and must
        not be paired with another sweep's.
    scored_on : int, optional
        Number of test examples of a run, where neither labels nor counts tell it.
    """

    name: str
    kind: Kind
    seeds: NDArray[np.int64]
    scores: Mapping[str, NDArray[np.float64]]
    metric: str
    higher_is_better: Mapping[str, bool]
    classes: tuple[str, ...] = ()
    labels: NDArray[Any] | None = None
    predictions: NDArray[Any] | None = None
    examples: NDArray[np.int64] | None = None
    confusion: NDArray[np.int64] | None = None
    groups: NDArray[Any] | None = None
    redrawn: bool = False
    train_size: int | None = None
    failures: tuple[Failure, ...] = ()
    weights_digests: tuple[str | None, ...] = ()
    vary: tuple[str, ...] | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    environments: tuple[str, ...] = ()
    numbered: bool = True
    scored_on: int | None = None

    def __len__(self) -> int:
        return len(self.seeds)

    @property
    def test_size(self) -> int | None:
        """Number of test examples of a run, None where unknown."""
        if self.labels is not None:
            return int(self.labels.shape[-1])
        if self.confusion is not None and len(self.confusion):
            return int(self.confusion[0].sum())
        return self.scored_on


@dataclass(frozen=True)
class Header:
    """What a sweep is, apart from its runs.

    Attributes
    ----------
    experiment : str
        Name of the experiment, or where imported runs came from.
    origin : {"trained", "imported"}
        Whether the runs were trained here or brought from elsewhere.
    configuration : Configuration, optional
        None for imported runs.
    fingerprints : mapping of str to str
        Digests of the data (``data``) and of the experiment's source (``code``).
    metric : str
        The metric reported unless another is asked for; empty: accuracy, else R², else the first.
    higher_is_better : mapping of str to bool
        Directions that the experiment declares; others come from `HIGHER_IS_BETTER`.
    created : str
        ISO 8601 time (UTC).
    note : str
        What a reader must know, such as which data set stood in for which.
    numbered : bool
        Whether the seeds are those of the training; otherwise runs are merely counted, and a seed
        means nothing in another sweep.
    defaults : mapping of str to Setting
        The experiment's hyper-parameters where nothing is set; empty where they are not known.
    redrawn_split : tuple of (int or None), optional
        Numbers of training and test examples, as far as they are known, of imported runs that each
        have a split of their own.
    """

    experiment: str
    origin: Literal["trained", "imported"] = "trained"
    configuration: Configuration | None = None
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    metric: str = ""
    higher_is_better: Mapping[str, bool] = field(default_factory=dict)
    created: str = ""
    note: str = ""
    numbered: bool = True
    defaults: Mapping[str, Setting] = field(default_factory=dict)
    redrawn_split: tuple[int | None, int | None] | None = None


@dataclass(frozen=True)
class Environment:
    """Where runs were trained: what may change their bits or their speed.

    Attributes
    ----------
    facts : mapping of str to str
        For example ``python``, ``cpu``, ``tensorflow``, ``variance``.
    command : str
        The command line that trained the runs.
    started : str
        ISO 8601 time (UTC).
    """

    facts: Mapping[str, str]
    command: str = ""
    started: str = ""
