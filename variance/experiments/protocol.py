"""What an experiment is: data, model and recipe behind four methods."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from variance.experiments.streams import Streams
from variance.records import Execution, Kind, Outcome


class Trainer(Protocol):
    """Data and model, loaded once a worker; trains one seed after another.

    Two attributes are optional; they tell what the last call of `train` made, so that it can be
    kept. One is enough.

    weights : sequence of array_like, or mapping of str to array_like
        The trained weights, in the order in which the digest of the run takes them.
    model : scikit-learn estimator
        The fitted estimator.
    """

    def train(self, streams: Streams) -> Outcome:
        """Train with the given randomness; the result depends on nothing else."""
        ...


class Experiment(Protocol):
    """Data, model and recipe.

    Attributes
    ----------
    name : str
        What it is called on the command line.
    summary : str
        One line for listings.
    kind : {"classification", "regression"}
        What it predicts.
    metric : str
        The metric reported unless another is asked for.
    higher_is_better : mapping of str to bool
        The direction of each metric that has one.
    settings_type : type
        A frozen dataclass of hyper-parameters, one typed field each, all with defaults;
        see `variance.experiments.settings`.
    worker_bytes : int
        Memory that one worker needs, in bytes.

    Three more attributes are optional.

    nudgeable : bool
        Whether the trainer heeds `variance.experiments.streams.NUDGE`; without it, it does not.
    precisions : tuple of str
        The precisions besides the default that the trainer can compute in; without it, none.
    program : variance.codefiles.Program
        Source files and packages, for the record of where it was trained; without it, those of the
        module that defines the experiment.
    """

    name: str
    summary: str
    kind: Kind
    metric: str
    higher_is_better: Mapping[str, bool]
    settings_type: type[Any]
    worker_bytes: int

    def sources(self, settings: Any) -> tuple[str, ...]:
        """Return the names of the sources of randomness under these hyper-parameters."""
        ...

    def fingerprints(self, settings: Any) -> dict[str, str]:
        """Return a digest for the data (``data``) and for the source code (``code``)."""
        ...

    def trainer(self, settings: Any, execution: Execution) -> Trainer:
        """Load data and build the model; called in the process that trains."""
        ...
