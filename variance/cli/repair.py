"""The command that saves what is whole of a damaged sweep: repair."""

from __future__ import annotations

import click

from variance.cli.options import echo, store_option


@click.command()
@click.argument("sweep")
@store_option
def repair(sweep: str, store: str | None) -> None:
    """Save every run of a damaged SWEEP that is still whole.

    A run is saved if it fits the digest that was written with it; what was altered is left out, and
    named. The damaged file is kept beside. The same `variance sweep` line as before then trains
    what is missing.
    """
    from variance import api

    saved = api.repair(sweep, store=store)
    echo(f"{sweep} is whole: there is nothing to repair" if saved is None else str(saved))
