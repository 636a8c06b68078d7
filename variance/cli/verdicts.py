"""Commands that judge: compare."""

from __future__ import annotations

import click

from variance.cli.options import store_option, use_color


@click.command()
@click.argument("baseline")
@click.argument("candidate")
@click.option("--metric", help="The metric to compare.")
@click.option("--alpha", type=float, default=0.05, show_default=True, help="Level of the tests.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True
)
@click.option("--per-class/--no-per-class", default=None, help="Whether to show each class.")
@store_option
def compare(
    baseline: str,
    candidate: str,
    metric: str | None,
    alpha: float,
    form: str,
    per_class: bool | None,
    store: str | None,
) -> None:
    """Say whether CANDIDATE is better than BASELINE, or lucky."""
    import json

    from variance import api
    from variance.reporting.text import render_comparison

    found = api.compare(
        api.load(baseline, store=store),
        api.load(candidate, store=store),
        metric=metric,
        alpha=alpha,
    )
    if form == "json":
        click.echo(json.dumps(found.to_dict(), allow_nan=False))
    else:
        click.echo(render_comparison(found, color=use_color(), width=100, per_class=per_class))
