"""Options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])


def store_option(function: _F) -> _F:
    """Add ``--store``."""
    return click.option(
        "--store",
        type=click.Path(file_okay=False),
        help="Folder of sweeps (default: VARIANCE_HOME, else the nearest .variance).",
    )(function)


def use_color() -> bool:
    """Return whether standard output shows colours."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def parse_pairs(pairs: tuple[str, ...], option: str) -> dict[str, str]:
    """Return ``k=v`` arguments of an option as a mapping."""
    found: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = (part.strip() for part in pair.partition("="))
        if not equals or not name:
            raise click.BadParameter(f"{pair!r} is not of the form name=value", param_hint=option)
        if name in found:
            raise click.BadParameter(f"{name!r} is set twice", param_hint=option)
        found[name] = value
    return found
