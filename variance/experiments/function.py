"""A user's own function as an experiment.

::

    def train(seed, lr=0.1, layers=2):            # one source: seed
        ...
        return predictions, labels                # or a dict, see `outcome`

    def train(init_seed, order_seed, lr=0.1):     # two sources: init and order
        ...

Parameters without a default are sources: ``seed``, or any ``<source>_seed``. ``seed`` receives the
run's seed itself; the others receive whole numbers below 2**32 that are derived from it, one for
each source, so that they do not share their randomness. Parameters with a default are
hyper-parameters; the default gives the type.
"""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from variance.codefiles import Program, program
from variance.errors import UsageError, nearest
from variance.experiments.encoding import encode
from variance.experiments.fingerprint import of_arrays, of_callable, of_files, packages_of
from variance.experiments.settings import setting
from variance.experiments.streams import Streams
from variance.records import Execution, Kind, Outcome, TestSet

_KEYS = (
    "predictions",
    "labels",
    "classes",
    "examples",
    "groups",
    "train_size",
    "metrics",
    "weights",
)


class FunctionExperiment:
    """An experiment around a function; see the module's docstring.

    Parameters
    ----------
    function : callable
        What trains.
    name : str
        Its reference, as the user wrote it.
    code : str
        Digest of its source.
    carried : bool
        Whether workers must be sent the function itself, for want of a file to find it in.
    program : Program, optional
        The files that it comes from, if any, and the packages that it imports.
    """

    summary = "a function of yours"
    kind: Kind = "scores"
    metric = ""
    higher_is_better: Mapping[str, bool] = {}
    worker_bytes = 200_000_000

    def __init__(
        self,
        function: Callable[..., Any],
        name: str,
        code: str,
        *,
        carried: bool = False,
        program: Program | None = None,
    ) -> None:
        self.name = name
        self.carried = carried
        self.program = program
        self._function = function
        self._code = code
        self._parameters, self.settings_type = _signature(function, name)

    def sources(self, settings: Any) -> tuple[str, ...]:
        """Return the sources that the function's parameters name."""
        del settings
        return tuple(self._parameters.values())

    def fingerprints(self, settings: Any) -> dict[str, str]:
        """Return a digest of its source and what it imports beside it; data are its own affair."""
        del settings
        return {"code": self._code}

    def trainer(self, settings: Any, execution: Execution) -> FunctionTrainer:
        """Return a trainer that calls the function."""
        del execution  # the process already computes with the configured threads
        fixed = {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}
        return FunctionTrainer(self._function, self._parameters, fixed)


class FunctionTrainer:
    """Calls a user's function for one seed after another."""

    def __init__(
        self, function: Callable[..., Any], parameters: Mapping[str, str], fixed: dict[str, Any]
    ) -> None:
        self._function = function
        self._parameters = parameters
        self._fixed = fixed
        self.weights: Any = None

    def train(self, streams: Streams) -> Outcome:
        """Call the function with the run's seeds; see `outcome` for what it may return."""
        seeds = {p: _whole_number(streams, s) for p, s in self._parameters.items()}
        returned = self._function(**seeds, **self._fixed)
        self.weights = returned.get("weights") if isinstance(returned, Mapping) else None
        return outcome(returned)


def from_file(path: str, function: str) -> FunctionExperiment:
    """Return the experiment around a function in a Python file.

    Raises
    ------
    UsageError
        If the file cannot be read or run, or has no such function.
    """
    try:
        file = Path(path).expanduser()
        if file.exists() and not file.is_file():
            raise UsageError(f"{path} is no file")
        code = of_files((own := program(file)).files)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, RuntimeError) as error:  # it is no name of a file, or of no known user
        raise UsageError(f"cannot read {path!r}: {error}") from error
    _unload(own.files, code)
    module = _run(file.resolve(), path)
    found = getattr(module, function, None)
    if not callable(found):
        functions = [n for n, v in vars(module).items() if inspect.isfunction(v)]
        raise UsageError(f"{path} has no function {function!r}", nearest(function, functions))
    return FunctionExperiment(found, f"{path}:{function}", code, program=own)


def from_function(function: Callable[..., Any]) -> FunctionExperiment:
    """Return the experiment around a function that is at hand, as in a notebook.

    Its fingerprint is that of its source and of what it calls in its own module or notebook.
    """
    name = getattr(function, "__name__", type(function).__name__)
    own = Program(packages=packages_of(function))
    return FunctionExperiment(function, name, of_callable(function), carried=True, program=own)


def outcome(returned: Any) -> Outcome:
    """Return what a user's function returned as an `Outcome`.

    Parameters
    ----------
    returned : tuple or mapping
        ``(predictions, labels)``; or a mapping with any of the keys predictions, labels, classes,
        examples, groups, train_size, metrics and weights (a list of arrays, or a mapping of names
        to arrays); or a mapping of score names to numbers.

    Raises
    ------
    UsageError
        If it is none of these, or lengths or labels do not fit.
    """
    if isinstance(returned, tuple) and len(returned) == 2:
        returned = {"predictions": returned[0], "labels": returned[1]}
    if not isinstance(returned, Mapping) or not returned:
        raise UsageError(
            f"the function returned {type(returned).__name__}, not scores or predictions",
            "Return (predictions, labels), or a dict such as {'accuracy': 0.99}.",
        )
    if "predictions" not in returned and "metrics" not in returned:
        return _scores_only(returned)
    unknown = set(returned) - set(_KEYS)
    if unknown:
        name = min(map(str, unknown))
        raise UsageError(f"the function returned an unknown key {name!r}", nearest(name, _KEYS))
    return _full(returned)


def _scores_only(scores: Mapping[Any, Any]) -> Outcome:
    return Outcome(metrics=_numbers(scores))


def _full(returned: Mapping[str, Any]) -> Outcome:
    weights = returned.get("weights")
    digest = None if weights is None else weights_digest(weights)
    metrics = _numbers(returned.get("metrics", {}))
    if "predictions" not in returned:
        return dataclasses.replace(_scores_only(metrics), weights_digest=digest)
    if "labels" not in returned:
        raise UsageError("the function returned predictions without labels")
    labels, predictions, classes = encode(
        np.asarray(returned["labels"]), np.asarray(returned["predictions"]), returned.get("classes")
    )
    test = TestSet(
        labels,
        classes,
        examples=_ids(returned.get("examples"), "examples", len(labels)),
        groups=_ids(returned.get("groups"), "groups", len(labels)),
        train_size=returned.get("train_size"),
    )
    return Outcome(predictions, test, metrics, digest)


def weights_digest(weights: Any) -> str:
    """Return the SHA-256 of weights: a list of arrays, or a mapping of names to arrays."""
    arrays = weights.values() if isinstance(weights, Mapping) else weights
    return of_arrays(*map(np.asarray, arrays))


def _ids(values: Any, name: str, count: int) -> NDArray[np.int64] | None:
    if values is None:
        return None
    ids = np.asarray(values)
    if ids.shape != (count,):
        raise UsageError(f"{name} has shape {ids.shape}, but there are {count} labels")
    if ids.dtype.kind not in "ui":
        return np.unique(ids, return_inverse=True)[1].astype(np.int64)
    return ids.astype(np.int64)


def _numbers(scores: Mapping[Any, Any]) -> dict[str, float]:
    numbers = {}
    for name, value in scores.items():
        try:
            numbers[str(name)] = float(value)
        except (TypeError, ValueError) as error:
            raise UsageError(f"the score {name!r} is not a number: {value!r}") from error
    return numbers


def _whole_number(streams: Streams, source: str) -> int:
    """Return the run's seed as it is where it is the only one, else one derived for the source."""
    if source == "seed":
        return streams.seed_of(source)
    return int(streams.words(source, count=1)[0])


def _signature(function: Callable[..., Any], name: str) -> tuple[dict[str, str], type[Any]]:
    """Return the source behind each seed parameter, and the hyper-parameters as a dataclass."""
    sources: dict[str, str] = {}
    fields: list[tuple[str, type, Any]] = []
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        label = parameter.name
        if parameter.default is not parameter.empty:
            fields.append(_field(label, parameter.default, name))
        elif label == "seed" or label.endswith("_seed"):
            sources[label] = label.removesuffix("_seed")
        else:
            raise UsageError(
                f"{name}: the parameter {label!r} has no default and is not a seed",
                "Give it a default, or call it seed or <source>_seed.",
            )
    if not sources:
        raise UsageError(f"{name} takes no seed", "Give it a parameter called seed.")
    return sources, dataclasses.make_dataclass("Settings", fields, frozen=True)


def _field(label: str, default: Any, name: str) -> tuple[str, type, Any]:
    if not isinstance(default, (bool, int, float, str)):
        raise UsageError(
            f"{name}: the default of {label!r} is {default!r}",
            "Hyper-parameters are numbers, text, true or false.",
        )
    return label, type(default), setting(default, "")


_loaded: dict[Path, str] = {}
"""Digest of the files that an experiment came from when this process ran them last."""


def _unload(files: Sequence[Path], code: str) -> None:
    """Make Python read the files again if any of them changed: what is trained is what is told."""
    if _loaded.get(files[0], code) != code:
        named = {str(file) for file in files}
        for name, module in list(sys.modules.items()):
            if getattr(module, "__file__", None) in named and name != "__main__":
                del sys.modules[name]
    _loaded[files[0]] = code


def _run(file: Path, shown: str) -> Any:
    """Run a file as a module, with its own folder on the path as Python does for a script."""
    name = f"_variance_user_{hashlib.sha256(str(file).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise UsageError(f"cannot load {shown}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    if str(file.parent) not in sys.path:
        sys.path.insert(0, str(file.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:  # whatever a user's file raises
        del sys.modules[name]
        raise UsageError(f"{shown} cannot be run: {type(error).__name__}: {error}") from error
    return module
