"""Commands about getting the same again: diff."""

from __future__ import annotations

import click

from variance.cli.options import echo, echo_json, format_option, store_option


@click.command()
@click.argument("a")
@click.argument("b")
@format_option()
@store_option
def diff(a: str, b: str, form: str, store: str | None) -> None:
    """Say what differs between two sweeps.

    Each difference is marked by what it can change: results, bits, only speed, or nothing.
    """
    from variance import api
    from variance.reporting.provenance_text import render_differences, sentence

    found = api.diff(a, b, store=store)
    if form == "json":
        echo_json({**found.to_dict(), "sentence": sentence(found)})
    else:
        echo(render_differences(found))
