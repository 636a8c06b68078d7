"""What a worker does: turn a seed into a finished run, or into a recorded failure."""

from __future__ import annotations

import math
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from variance.errors import Interrupted, UsageError, VarianceError
from variance.experiments import registry, scoring
from variance.experiments.models import snapshot
from variance.experiments.protocol import Experiment, Trainer
from variance.experiments.settings import resolve
from variance.experiments.streams import Streams
from variance.records import Configuration, Failure, Outcome, Run


@dataclass(frozen=True)
class Unusable:
    """The experiment cannot be set up here: no seed of it would train."""

    message: str
    hint: str


@dataclass(frozen=True)
class Task:
    """Trains any seed of one configuration; plain data, so that it can cross to a worker.

    Parameters
    ----------
    configuration : Configuration
        What is trained.
    experiment : Experiment, optional
        The experiment itself where it has no reference, as for a function in a notebook.
    keep : bool
        Whether the trained model comes with the run.
    """

    configuration: Configuration
    experiment: Experiment | None = None
    keep: bool = False

    def prepare(self) -> None:
        """Load what training needs; where that fails, the first seed says so."""
        with suppress(VarianceError):
            _prepare(self)

    def __call__(self, seed: int) -> Run | Failure | Unusable:
        """Train one seed."""
        try:
            trainer, sources = _prepare(self)
        except VarianceError as error:
            return Unusable(error.message, error.hint)
        started = datetime.now(UTC).isoformat(timespec="seconds")
        begin = time.perf_counter()
        try:
            streams = Streams(seed, self.configuration.vary, self.configuration.held)
            outcome = trainer.train(streams)
            metrics, confusion = scores(outcome)
            model = snapshot(trainer) if self.keep else None
        except UsageError as error:  # what is wrong with one seed's return value is so with all
            return Unusable(error.message, error.hint)
        except Interrupted:  # it reached this very process, not the run
            raise
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever training raises
            return Failure(
                seed,
                "raised",
                _storable(f"{type(error).__name__}: {error}".partition("\n")[0]),
                _storable(traceback.format_exc()),
                time.perf_counter() - begin,
                started,
            )
        seconds = time.perf_counter() - begin
        bad = next((name for name, value in metrics.items() if not math.isfinite(value)), None)
        if bad is not None:
            return Failure(
                seed, "diverged", f"{bad} is {metrics[bad]}", seconds=seconds, started=started
            )
        return Run(
            seed=seed,
            metrics=metrics,
            predictions=outcome.predictions,
            test_set=outcome.test_set,
            confusion=confusion,
            sources={source: streams.seed_of(source) for source in sources},
            seconds=seconds,
            started=started,
            weights_digest=outcome.weights_digest,
            model=model,
        )

    def find(self) -> Experiment:
        """Return the experiment."""
        return self.experiment or registry.find(self.configuration.experiment)


def _storable(text: str) -> str:
    """Return a text without halves of characters, which no file can hold."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def scores(outcome: Outcome) -> tuple[dict[str, float], np.ndarray[Any, Any] | None]:
    """Return every score of a run, those from its predictions first, and its confusion matrix."""
    predictions, test = outcome.predictions, outcome.test_set
    if predictions is None or test is None:
        return dict(outcome.metrics), None
    if test.classes:
        confusion = scoring.confusion_matrix(test.labels, predictions, len(test.classes))
        mine = {"accuracy": scoring.accuracy(test.labels, predictions)}
        return {**mine, **outcome.metrics}, confusion
    return {**scoring.regression_scores(test.labels, predictions), **outcome.metrics}, None


_prepared: dict[str, tuple[Trainer, tuple[str, ...]]] = {}
"""What this process prepared last: data and model are loaded once a worker."""


def forget() -> None:
    """Drop what this process prepared: the source it was made from may have changed since."""
    _prepared.clear()


def _prepare(task: Task) -> tuple[Trainer, tuple[str, ...]]:
    """Return the trainer of a task and the sources of randomness it draws from."""
    key = repr(task.configuration)
    if key not in _prepared:
        _prepared.clear()
        experiment = task.find()
        settings = resolve(experiment.settings_type, task.configuration.settings)
        trainer = experiment.trainer(settings, task.configuration.execution)
        drawn = experiment.sources(settings)
        asked = [source for source in task.configuration.vary if source not in drawn]
        _prepared[key] = trainer, (*drawn, *asked)
    return _prepared[key]
