"""From what a user asks for to what is trained: each part checked before anything starts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from variance.errors import ConfigurationMismatch, UsageError, nearest
from variance.experiments import registry
from variance.experiments.protocol import Experiment
from variance.experiments.settings import as_dict, resolve
from variance.experiments.streams import HELD_SEED, NUDGE
from variance.records import LARGEST_SEED, Configuration, Execution, Header, Precision

MOST_SEEDS = 1_000_000
MOST_THREADS = 4096
_MOST_DIGITS = 100  # leading zeros among them; Python itself reads some thousands


@dataclass(frozen=True)
class Request:
    """One sweep as it was asked for, ready to be trained.

    Attributes
    ----------
    experiment : Experiment
        What is trained.
    header : Header
        What its file will say.
    seeds : tuple of int
        Every seed of it, trained already or not.
    """

    experiment: Experiment
    header: Header
    seeds: tuple[int, ...]

    @property
    def configuration(self) -> Configuration:
        """What makes two runs with one seed the same run."""
        if self.header.configuration is None:
            raise TypeError("a request always has a configuration")
        return self.header.configuration


def build(
    experiment: Experiment,
    *,
    seeds: int | str | Iterable[int] = 30,
    settings: Mapping[str, Any] | None = None,
    vary: str | Sequence[str] | None = None,
    hold: Mapping[str, int] | None = None,
    threads: int = 1,
    onednn: bool = True,
    precision: Precision = "default",
    note: str = "",
) -> Request:
    """Check a request and return what it comes to.

    Parameters
    ----------
    experiment : Experiment
        What to train.
    seeds : int, str or iterable of int
        See `parse_seeds`.
    settings : mapping, optional
        Hyper-parameters, as values or as text; the others keep their defaults.
    vary : str or sequence of str, optional
        The sources that follow the seed, ``none`` for none of them; all that are not held at a
        seed by default.
    hold : mapping of str to int, optional
        The seeds at which to hold sources; those that neither vary nor are named, at seed 0.
    threads : int
        Threads a run computes with.
    onednn : bool
        Whether TensorFlow may use oneDNN kernels.
    precision : str
        What to compute in, as in `variance.records.Execution`.
    note : str
        What a reader of the sweep must know.

    Raises
    ------
    UsageError
        For anything that cannot be used.
    """
    if not 1 <= threads <= MOST_THREADS:
        raise UsageError(f"threads must lie between 1 and {MOST_THREADS}, not {threads}")
    _check_precision(experiment, precision)
    resolved = resolve(experiment.settings_type, settings or {})
    registry.require_packages(experiment)
    configuration = Configuration(
        experiment=experiment.name,
        settings=as_dict(resolved),
        vary=_sources(experiment, resolved, vary, hold or {}),
        held=_held(experiment, resolved, hold or {}),
        execution=Execution(threads=threads, onednn=onednn, precision=precision),
    )
    header = Header(
        experiment=experiment.name,
        configuration=configuration,
        fingerprints=_fingerprints(experiment, resolved),
        metric=experiment.metric,
        higher_is_better=dict(experiment.higher_is_better),
        note=note,
        defaults=as_dict(experiment.settings_type()),
    )
    return Request(experiment, header, parse_seeds(seeds))


def parse_seeds(seeds: int | str | Iterable[int]) -> tuple[int, ...]:
    """Return the seeds that are meant, in the order to train.

    Parameters
    ----------
    seeds : int, str or iterable of int
        A number N means 0 … N-1. Text may also be a range ``100-129`` (both ends included), a list
        ``1,5,9``, or both.

    Raises
    ------
    UsageError
        For no seeds, negative ones, duplicates, or what is no number.
    """
    if isinstance(seeds, str):
        chosen = _parse_text(seeds.strip())
    elif isinstance(seeds, int):
        chosen = _first(seeds)
    else:
        chosen = tuple(int(seed) for seed in seeds)
    if not chosen:
        raise UsageError("there are no seeds to train", "Ask for at least one: --seeds 30")
    seen: set[int] = set()
    for seed in chosen:
        if seed in seen:
            raise UsageError(f"the seed {seed} is given twice", "Each seed is trained once.")
        if not 0 <= seed <= LARGEST_SEED:
            raise UsageError(f"a seed is a whole number from 0 to {LARGEST_SEED}, not {seed}")
        seen.add(seed)
    return chosen


def seeds_text(seeds: Iterable[int]) -> str:
    """Return seeds as text that `parse_seeds` understands, ascending.

    A single one is a range too, for a number alone means how many: ``0-29,100-100``.
    """
    found: list[list[int]] = []
    for seed in sorted(seeds):
        if found and seed == found[-1][1] + 1:
            found[-1][1] = seed
        else:
            found.append([seed, seed])
    return ",".join(f"{low}-{high}" for low, high in found)


def check_same(name: str, stored: Header, asked: Header) -> None:
    """Raise `ConfigurationMismatch`, naming what differs, unless both are the same sweep."""
    if stored.configuration is None or asked.configuration is None:
        raise ConfigurationMismatch(
            f"the sweep {name!r} was imported and cannot be extended by training",
            "Give this sweep another --name.",
        )
    differences = stored.configuration.differences(asked.configuration)
    if stored.experiment == asked.experiment:
        differences += [
            f"the {what} changed since (digest {before[:12]} → {asked.fingerprints[what][:12]})"
            for what, before in stored.fingerprints.items()
            if asked.fingerprints.get(what, before) != before
        ]
    if differences:
        listing = "\n".join(f"  {difference}" for difference in differences)
        raise ConfigurationMismatch(
            f"the sweep {name!r} exists with another configuration:\n{listing}",
            f"Give this sweep another --name, or delete that one: variance rm {name}",
        )


def default_name(experiment: Experiment, configuration: Configuration) -> str:
    """Return a name that tells the configuration from others of the same experiment."""
    defaults = as_dict(experiment.settings_type())
    parts = [Path(experiment.name.replace(".py:", "-")).name]
    parts += [f"{k}-{v}" for k, v in configuration.settings.items() if v != defaults[k]]
    every = experiment.sources(resolve(experiment.settings_type, configuration.settings))
    if configuration.vary != tuple(source for source in every if source not in configuration.held):
        parts.append("vary-" + ("+".join(configuration.vary) or "none"))
    parts += [f"hold-{source}-{seed}" for source, seed in configuration.held.items()]
    if configuration.execution != Execution():
        parts.append(f"threads-{configuration.execution.threads}")
        parts += [] if configuration.execution.onednn else ["no-onednn"]
        precision = configuration.execution.precision
        parts += [] if precision == "default" else [precision]
    return "-".join(re.sub(r"[^\w.+-]+", "_", part) for part in parts)


def _fingerprints(experiment: Experiment, settings: Any) -> dict[str, str]:
    try:
        return experiment.fingerprints(settings)
    except MemoryError as error:  # the data are made as the hyper-parameters say
        raise UsageError(f"{experiment.name}, so set, needs too much memory: {error}") from error


def _sources(
    experiment: Experiment,
    settings: Any,
    vary: str | Sequence[str] | None,
    hold: Mapping[str, int],
) -> tuple[str, ...]:
    """Return the sources that follow the seed, in the experiment's order."""
    if vary is None or vary == "all":
        return tuple(s for s in experiment.sources(settings) if s not in hold)
    if vary == "none":
        return ()
    asked = [s.strip() for s in vary.split(",")] if isinstance(vary, str) else list(vary)
    known = _known(experiment, settings)
    for source in asked:
        _check_source(experiment, source, (*known, "all", "none"))
        if source in hold:
            raise UsageError(f"the source {source!r} cannot both vary and be held")
    return tuple(source for source in known if source in asked)


def _held(experiment: Experiment, settings: Any, hold: Mapping[str, int]) -> dict[str, int]:
    """Return the seeds at which sources are held, without those held at the usual one."""
    for source, seed in hold.items():
        _check_source(experiment, source, _known(experiment, settings))
        if not 0 <= seed <= LARGEST_SEED:
            raise UsageError(f"{source} cannot be held at {seed}: a seed is 0 or more")
    return {source: seed for source, seed in sorted(hold.items()) if seed != HELD_SEED}


def _known(experiment: Experiment, settings: Any) -> tuple[str, ...]:
    """Return every source that can vary, the nudge among them where there is one."""
    nudge = (NUDGE,) if getattr(experiment, "nudgeable", False) else ()
    return (*experiment.sources(settings), *nudge)


def _check_source(experiment: Experiment, source: str, known: tuple[str, ...]) -> None:
    if source not in known or source in ("all", "none"):
        raise UsageError(
            f"{experiment.name} has no source of randomness called {source!r}",
            nearest(source, known),
        )


def _check_precision(experiment: Experiment, precision: str) -> None:
    known = ("default", *getattr(experiment, "precisions", ()))
    if precision not in known:
        raise UsageError(
            f"{experiment.name} cannot compute in precision {precision!r}",
            f"It can in: {', '.join(known)}.",
        )


def _parse_text(text: str) -> tuple[int, ...]:
    if re.fullmatch(r"\d+", text):
        return _first(_number(text))
    chosen: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        if match is None:
            raise UsageError(
                f"seeds cannot be read from {text!r}",
                "Give their number (30), a range (100-129) or a list (1,5,9).",
            )
        low, high = _number(match[1]), _number(match[2] or match[1])
        if high < low:
            raise UsageError(f"the range of seeds {part.strip()} ends before it begins")
        _limit(high - low + 1 + len(chosen))
        chosen.extend(range(low, high + 1))
    return tuple(chosen)


def _number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise UsageError(f"a seed is a whole number from 0 to {LARGEST_SEED}, not {digits[:9]}…")
    return int(digits)


def _first(count: int) -> tuple[int, ...]:
    if count < 1:
        raise UsageError(f"the number of seeds must be at least 1, not {count}")
    _limit(count)
    return tuple(range(count))


def _limit(count: int) -> None:
    if count > MOST_SEEDS:
        raise UsageError(f"{count:,} seeds are more than one sweep takes ({MOST_SEEDS:,})")
