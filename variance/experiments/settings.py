"""Typed, checked hyper-parameters: a frozen dataclass whose fields `setting` declares."""

from __future__ import annotations

import dataclasses
import math
import types
import typing
from collections.abc import Mapping
from typing import Any

from variance.errors import UsageError, nearest
from variance.records import Setting


@dataclasses.dataclass(frozen=True)
class _Rule:
    """What a hyper-parameter is for and which values it takes."""

    help: str
    low: float | None
    high: float | None
    low_open: bool
    high_open: bool
    choices: tuple[Setting, ...]


def setting(
    default: Setting,
    help: str,  # noqa: A002 - the word every option parser uses
    *,
    low: float | None = None,
    high: float | None = None,
    low_open: bool = False,
    high_open: bool = False,
    choices: tuple[Setting, ...] = (),
) -> Any:
    """Declare one hyper-parameter of a frozen dataclass; its annotation is its type.

    Parameters
    ----------
    default : bool, int, float or str
        Its value when nothing is set.
    help : str
        One line for listings.
    low, high : float, optional
        Smallest and largest value.
    low_open, high_open : bool
        Whether that bound itself is excluded.
    choices : tuple, optional
        The only values it takes.

    Returns
    -------
    dataclasses.Field
    """
    rule = _Rule(help, low, high, low_open, high_open, choices)
    return dataclasses.field(default=default, metadata={"rule": rule})


def resolve(settings_type: type[Any], given: Mapping[str, Any]) -> Any:
    """Return the hyper-parameters with the given ones set, each checked.

    Parameters
    ----------
    settings_type : type
        The frozen dataclass of an experiment.
    given : mapping of str to object
        Values, or their text as typed on a command line.

    Returns
    -------
    object
        An instance of `settings_type`.

    Raises
    ------
    UsageError
        For an unknown name (with the nearest right one), a value of the wrong type, or one out
        of range.
    """
    kinds = types_of(settings_type)
    for name in given:
        if name not in kinds:
            raise UsageError(f"unknown hyper-parameter {name!r}", nearest(name, kinds))
    values = {}
    for field in dataclasses.fields(settings_type):
        if field.name in given:
            value = _convert(field.name, given[field.name], kinds[field.name])
            rule = field.metadata.get("rule")
            if rule is not None:
                _check(field.name, value, rule)
            values[field.name] = value
    try:
        return settings_type(**values)
    except ValueError as error:  # a dataclass may check combinations in __post_init__
        raise UsageError(f"these hyper-parameters cannot be combined: {error}") from error


def as_dict(settings: Any) -> dict[str, Setting]:
    """Return every hyper-parameter with its value."""
    return {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings)}


def types_of(settings_type: type[Any]) -> dict[str, type]:
    """Return the type of each hyper-parameter: bool, int, float or str."""
    hints = typing.get_type_hints(settings_type)
    return {f.name: _plain(hints[f.name]) for f in dataclasses.fields(settings_type)}


def describe(settings_type: type[Any]) -> list[tuple[str, str, Setting, str]]:
    """Return (name, type, default, help) of each hyper-parameter, for listings."""
    kinds = types_of(settings_type)
    return [
        (f.name, kinds[f.name].__name__, default, f.metadata["rule"].help if f.metadata else "")
        for f, default in zip(
            dataclasses.fields(settings_type), as_dict(settings_type()).values(), strict=True
        )
    ]


def _plain(hint: Any) -> type:
    """Return the plain type behind an annotation; a Literal's is that of its values."""
    if typing.get_origin(hint) is typing.Literal:
        return type(typing.get_args(hint)[0])
    if hint in (bool, int, float, str):
        return typing.cast("type", hint)
    raise TypeError(f"a hyper-parameter is a bool, int, float or str, not {hint}")


def _convert(name: str, value: Any, kind: type) -> Setting:
    """Return the value as its declared type; text is parsed, numbers are never rounded."""
    problem = UsageError(f"{name} must be {_WORDS[kind]}, not {value!r}")
    if isinstance(value, str) and kind is not str:
        return _parse(value.strip(), kind, problem)
    if hasattr(value, "item") and not isinstance(value, str):  # NumPy scalars
        value = value.item()
    if kind is float and type(value) is int:
        return _parse(str(value), float, problem)
    if kind is int and type(value) is float and value.is_integer():
        return int(value)
    if type(value) is not kind:
        raise problem
    return typing.cast("Setting", value)


def _parse(text: str, kind: type, problem: UsageError) -> Setting:
    if kind is bool:
        word = text.lower()
        if word not in _BOOLEANS:
            raise problem
        return _BOOLEANS[word]
    try:
        return typing.cast("Setting", kind(text))
    except ValueError:
        raise problem from None


def _check(name: str, value: Setting, rule: _Rule) -> None:
    if rule.choices and value not in rule.choices:
        listing = ", ".join(map(str, rule.choices))
        raise UsageError(f"{name} must be one of {listing}; not {value!r}")
    if isinstance(value, (bool, str)):
        return
    if isinstance(value, float) and not math.isfinite(value):
        raise UsageError(f"{name} must be a finite number, not {value!r}")
    too_low = rule.low is not None and (value <= rule.low if rule.low_open else value < rule.low)
    too_high = rule.high is not None and (
        value >= rule.high if rule.high_open else value > rule.high
    )
    if too_low or too_high:
        raise UsageError(f"{name} must be {_range(rule)}, not {value!r}")


def _range(rule: _Rule) -> str:
    parts = []
    if rule.low is not None:
        parts.append(f"{'above' if rule.low_open else 'at least'} {rule.low:g}")
    if rule.high is not None:
        parts.append(f"{'below' if rule.high_open else 'at most'} {rule.high:g}")
    return " and ".join(parts)


_WORDS: Mapping[Any, str] = types.MappingProxyType(
    {bool: "true or false", int: "a whole number", float: "a number", str: "text"}
)
_BOOLEANS: Mapping[str, bool] = types.MappingProxyType(
    {
        **dict.fromkeys(("true", "yes", "on", "1"), True),
        **dict.fromkeys(("false", "no", "off", "0"), False),
    }
)
