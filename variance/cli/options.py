"""Options that several commands share."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from variance.characters import lines, to_json
from variance.errors import DataError

LARGEST_COSTS = 10_000_000
"""Bytes of a file of costs: those of a thousand classes, written out."""
STATUS = "variance.status"
"""Where a command notes, before it prints, the exit status that it will have."""
_F = TypeVar("_F", bound=Callable[..., Any])


def store_option(function: _F) -> _F:
    """Add ``--store``."""
    return click.option(
        "--store",
        type=click.Path(file_okay=False),
        help="Folder of sweeps.  [default: VARIANCE_HOME, else the nearest .variance]",
    )(function)


def metric_option(function: _F) -> _F:
    """Add ``--metric``."""
    return click.option("--metric", help="The metric to judge.  [default: the sweep's own]")(
        function
    )


def alpha_option(function: _F) -> _F:
    """Add ``--alpha``."""
    return click.option(
        "--alpha",
        type=float,
        default=0.05,
        show_default=True,
        help="Level of tests; intervals have 1 - alpha.",
    )(function)


def paired_option(function: _F) -> _F:
    """Add ``--paired/--unpaired``."""
    return click.option(
        "--paired/--unpaired",
        default=None,
        help="Pair runs by seed.  [default: if they share enough]",
    )(function)


def trust_option(function: _F) -> _F:
    """Add ``--trust``; see `may_run` for what becomes of it."""
    return click.option("--trust", is_flag=True, help="Run what the file names without asking.")(
        function
    )


def may_run(trust: bool) -> bool | Callable[[str], bool]:
    """Return whether what a file names may be run: as was said, else as the user says when asked.

    Without a terminal nobody can be asked, and nothing is run.
    """
    if trust or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return trust
    return _asked


def _asked(named: str) -> bool:
    echo(named, err=True)
    return click.confirm("Run it?", default=False, err=True)


def force_option(function: _F) -> _F:
    """Add ``--force``."""
    return click.option("--force", is_flag=True, help="Replace a file that is there already.")(
        function
    )


def format_option(*more: str) -> Callable[[_F], _F]:
    """Return a decorator that adds ``--format`` with text, json and whatever more there is."""
    return click.option(
        "--format",
        "form",
        type=click.Choice(["text", "json", *more]),
        default="text",
        show_default=True,
        help="Form of the output.",
    )


def read_costs(path: str | None) -> Any:
    """Return the cost matrix in a CSV file; None without a file."""
    from variance.analysis.costs import Costs

    if path is None:
        return None
    try:
        if Path(path).stat().st_size > LARGEST_COSTS:
            raise DataError(f"the costs in {path} are too large", "10 MB are the most.")
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read the costs in {path}: {error}") from error
    return Costs.parse(text)


def echo(text: str = "", *, err: bool = False, styled: bool = False) -> None:
    """Print lines in which nothing acts on the terminal; all that a command prints goes through it.

    Parameters
    ----------
    text : str
    err : bool
        Whether it is no result: standard error.
    styled : bool
        Whether it was laid out with our own colours: names in it are inert already.
    """
    click.echo(text if styled else lines(text), err=err)


def echo_json(data: Any) -> None:
    """Print JSON; a number that is none of its numbers is a defect, and raises."""
    echo(to_json(data))


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
