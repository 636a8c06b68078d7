"""The trained model of a run: kept with the sweep, or made again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from variance import files
from variance.api import consent
from variance.api.reproducing import Stored, again, causes, changes, stored, train_again
from variance.api.training import Backend, environment_of, experiment_of, say
from variance.errors import Refusal, UsageError, VarianceError
from variance.handle import Sweep
from variance.records import Failure, Model, Run
from variance.store import SweepReader

if TYPE_CHECKING:
    from variance.experiments.networks import Network
    from variance.experiments.protocol import Experiment
    from variance.request import Request

_KERAS = ".keras"
_FORMS = (_KERAS, ".npz", ".joblib")


def save_model(
    sweep: Sweep | str | Path,
    seed: int,
    path: str | os.PathLike[str],
    *,
    experiment: Any = None,
    data: tuple[Any, Any] | None = None,
    anyway: bool = False,
    trust: consent.Trust = False,
    force: bool = False,
    backend: Backend = "loky",
    quiet: bool = False,
    store: str | os.PathLike[str] | None = None,
    command: Sequence[str] = (),
) -> Path:
    """Write the trained model of a run into a file.

    It is taken from the sweep where it was kept (``variance sweep --keep-weights``): its bytes are
    written and never unpickled. Otherwise the seed is trained again, and the model is written only
    if predictions, scores and the digest of the weights are those of the stored run.

    Parameters
    ----------
    sweep : Sweep, str or Path
        A sweep, its name, or the path of its file.
    seed : int
        Which run.
    path : path-like
        The file, which appears only when it is complete. Its ending chooses the form: ``.keras``
        for the built-in networks; ``.npz``, the weights as arrays, for those and for functions
        that return weights; ``.joblib``, a pickled estimator, for scikit-learn. Opening a pickle
        runs what is in it: open only those that you trust.
    experiment, data, trust
        As for `variance.verify`.
    anyway : bool
        Whether to write the model too where the data are not those of the sweep, or where the run
        that was made again is not the stored one.
    force : bool
        Whether a file that is there already may be replaced.
    backend, quiet, store, command
        As for `variance.sweep`.

    Returns
    -------
    Path
        The file.

    Raises
    ------
    UsageError, DataError, Refusal, StoreError
        If the model cannot be had, or is not that of the stored run; nothing is written then.
    """
    target = _target(path, force=force)
    origin = stored(sweep, store=store)
    before = _run(origin, seed)
    kept = _kept(origin, seed)
    if kept is not None:
        found = _installed(origin, experiment, data) if target.suffix == _KERAS else None
        network = None if found is None else _network(found, origin)
        _check_form(target, network, kept)
        if kept.form == "joblib" and not quiet:
            say(f"Opening {target} runs what is in it: trust whoever made {origin.sweep.name}.")
    else:
        asked = again(origin, [seed], experiment, data, anyway=anyway, trust=trust)
        network = _network(asked.experiment, origin)
        _check_form(target, network, None)
        kept = _made_again(
            origin, asked, before, anyway=anyway, backend=backend, quiet=quiet, command=command
        )
        _check_form(target, network, kept)
    content = _content(target, kept, network, origin, before, anyway=anyway)
    files.write(target, content, force=force)
    return target


def _target(path: str | os.PathLike[str], *, force: bool) -> Path:
    target = Path(path).expanduser()
    if target.suffix not in _FORMS:
        raise UsageError(
            f"a model cannot be written as {target.suffix or 'a file without an ending'!r}: {path}",
            "Name it .keras (built-in networks), .npz (weights) or .joblib (scikit-learn).",
        )
    files.check(target, force=force)
    return target


def _run(origin: Stored, seed: int) -> Run:
    """Return the stored run of a seed."""
    sweep = origin.sweep
    failure = next((f for f in sweep.failures if f.seed == seed), None)
    if failure is not None:
        raise UsageError(f"seed {seed} of {sweep.name} gave no model: it failed ({failure.error})")
    run = next((run for run in sweep.content.runs if run.seed == seed), None)
    if run is None:
        raise UsageError(
            f"{sweep.name} has no run of seed {seed}", f"See: variance show {sweep.name}"
        )
    return run


def _kept(origin: Stored, seed: int) -> Model | None:
    if origin.sweep.path is None:
        raise TypeError("a sweep in memory has been refused before")
    with SweepReader(origin.sweep.path) as reader:
        return reader.model(seed)


def _installed(origin: Stored, experiment: Any, data: tuple[Any, Any] | None) -> Experiment | None:
    """Return the experiment of a sweep, unless code that its file names would run for it."""
    from variance.experiments import registry

    if experiment is not None:
        return experiment_of(experiment, data)
    configuration = origin.sweep.configuration
    if configuration is None or configuration.experiment not in registry.names():
        return None
    return registry.find(configuration.experiment)


def _network(experiment: Any, origin: Stored) -> Network | None:
    """Return the network that the sweep trained, if it is one that Keras can hold."""
    from variance.experiments.networks import network
    from variance.experiments.settings import resolve

    configuration = origin.sweep.configuration
    settings = {} if configuration is None else configuration.settings
    return network(experiment, resolve(experiment.settings_type, settings))


def _check_form(target: Path, network: Network | None, model: Model | None) -> None:
    """Raise `UsageError` unless the model can be written with that ending."""
    if network is not None:
        fitting: tuple[str, ...] = (_KERAS, ".npz")
    elif model is not None:
        fitting = (f".{model.form}",)
    else:
        fitting = (".npz", ".joblib")
    if target.suffix not in fitting:
        listed = " or ".join(fitting)
        raise UsageError(f"this model cannot be written as {target.suffix}", f"It can as {listed}.")


def _made_again(
    origin: Stored,
    asked: Request,
    before: Run,
    *,
    anyway: bool,
    backend: Backend,
    quiet: bool,
    command: Sequence[str],
) -> Model:
    """Train the run again and return its model, if the run is the stored one bit for bit."""
    from variance.analysis.rerun import compare_bits

    if not quiet:
        for change in changes(origin, asked):
            say(change)
    made = train_again(asked, origin, jobs=1, backend=backend, quiet=quiet, keep=True)[0]
    if isinstance(made, Failure):
        raise Refusal(f"seed {before.seed} finished then and fails now: {made.error}")
    if not compare_bits(before, made).same:
        here = environment_of(asked.experiment, asked.configuration, backend, command)
        reason = next(
            (f"{c.what}: {c.stored} → {c.here}" for c in causes(origin, asked, here) if c.known),
            "nothing that is recorded differs and could change a bit",
        )
        _doubt(
            f"seed {before.seed} of {origin.sweep.name}, trained again, is another model than the "
            f"stored run's (likeliest cause: {reason})",
            "How far off it is: variance verify. To write it all the same: --anyway",
            anyway=anyway,
        )
    if made.model is None:
        raise VarianceError("the run came without its model")
    return made.model


def _doubt(message: str, hint: str, *, anyway: bool) -> None:
    """Refuse, or only warn where the user wants to go on."""
    if not anyway:
        raise Refusal(message, hint)
    say(f"Warning: {message}.")


def _content(
    target: Path, model: Model, network: Network | None, origin: Stored, run: Run, *, anyway: bool
) -> bytes:
    """Return what the file is to hold."""
    if target.suffix != _KERAS or network is None:
        return model.data
    with tempfile.TemporaryDirectory() as folder:  # Keras writes to paths alone
        made = Path(folder) / target.name
        _write_keras(made, model, network, origin, run, anyway=anyway)
        return made.read_bytes()


def _write_keras(
    fresh: Path, model: Model, network: Network, origin: Stored, run: Run, *, anyway: bool
) -> None:
    from variance.experiments.models import weights_of
    from variance.experiments.process import load_keras_file

    configuration = origin.sweep.configuration
    if configuration is None:
        raise TypeError("an imported sweep has been refused before")
    weights = weights_of(model)
    keras_file = load_keras_file(configuration.execution)
    if keras_file.weights_digest(weights) != run.weights_digest:
        _doubt(
            f"the weights of seed {run.seed} do not fit the digest that is stored with the run",
            "To write them all the same: --anyway",
            anyway=anyway,
        )
    keras_file.write(fresh, network, weights, configuration.execution.precision)
