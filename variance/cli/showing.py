"""The command that writes a page: report."""

from __future__ import annotations

from typing import Any

import click

from variance.cli.options import (
    alpha_option,
    echo,
    metric_option,
    paired_option,
    read_costs,
    store_option,
)


@click.command()
@click.argument("baseline")
@click.argument("candidates", nargs=-1)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    help="The file.  [default: reports/BASELINE-CANDIDATE.html]",
)
@click.option("--force", is_flag=True, help="Replace a file that this command did not write.")
@metric_option
@click.option(
    "--scope",
    type=click.Choice(["test-set", "new-data"]),
    help="What the verdict speaks of.  [default: test-set; new-data where the split is redrawn]",
)
@click.option("--margin", type=float, help="Largest difference that does not matter.")
@alpha_option
@paired_option
@click.option("--costs", type=click.Path(dir_okay=False), help="CSV: what each mistake costs.")
@store_option
def report(
    baseline: str,
    candidates: tuple[str, ...],
    output: str | None,
    force: bool,
    costs: str | None,
    store: str | None,
    **options: Any,
) -> None:
    """Write one HTML page that compares CANDIDATES with BASELINE.

    Without a candidate it is about BASELINE alone.

    The page holds everything it shows: it opens from disk, without a network, and can be mailed.
    """
    from variance import api

    path = api.report(
        baseline,
        *candidates,
        output=output,
        force=force,
        costs=read_costs(costs),
        store=store,
        **options,
    )
    echo(str(path))
