"""The command that says where variation comes from: sources."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

import click

from variance.cli.options import (
    alpha_option,
    echo,
    echo_json,
    format_option,
    metric_option,
    parse_pairs,
    store_option,
    use_color,
)
from variance.errors import Interrupted, StoreFull, UsageError

if TYPE_CHECKING:
    from variance.analysis.source_results import CrossedResult, MachineResult, SourcesResult


@click.command()
@click.argument("experiment")
@click.option(
    "--seeds",
    metavar="N|A-B|A,B,…",
    help="Of each arm; N means 1 … N.  [default: 10; 5 with --machine]",
)
@click.option("--arms", metavar="A,…", help="all, sources, nudge, none.  [default: all there are]")
@click.option("--crossed", metavar="A,B", help="Cross two sources in place of the arms.")
@click.option("--levels", type=int, help="Levels of each crossed source.  [default: 5]")
@click.option("--machine", is_flag=True, help="Compute the same seeds in other ways instead.")
@click.option("--set", "settings", multiple=True, metavar="K=V", help="A hyper-parameter.")
@click.option("--name", metavar="PREFIX", help="What the arms' names begin with.")
@click.option("--jobs", type=int, metavar="J", help="Runs at a time.  [default: cores / threads]")
@click.option("--per-class/--no-per-class", default=False, help="Whether to show each class.")
@click.option("--retry-failed", is_flag=True, help="Train seeds that failed before again.")
@metric_option
@alpha_option
@format_option()
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@store_option
@click.pass_context
def sources(
    context: click.Context,
    experiment: str,
    seeds: str | None,
    arms: str | None,
    crossed: str | None,
    levels: int | None,
    machine: bool,
    settings: tuple[str, ...],
    name: str | None,
    jobs: int | None,
    per_class: bool,
    retry_failed: bool,
    metric: str | None,
    alpha: float,
    form: str,
    quiet: bool,
    store: str | None,
) -> None:
    """Say which source of randomness the spread comes from.

    One arm varies everything, one each source alone, one nothing, and one moves a single initial
    weight by the smallest step there is. Each is a sweep of its own, called
    EXPERIMENT-sources-ARM. Only runs that are missing are trained: the same line again goes on
    after an interruption.

    --crossed A,B combines each level of one source with each of another, and tells what they give
    by themselves from what they give only together. --machine trains the same seeds again with
    other threads, without oneDNN and in other precisions.
    """
    from variance import api

    _check(crossed, levels, seeds)
    line = shlex.join(["variance", *sys.argv[1:]])
    try:
        found = api.sources(
            experiment,
            seeds,
            arms=arms,
            crossed=crossed,
            levels=5 if levels is None else levels,
            machine=machine,
            name=name,
            jobs=jobs,
            retry_failed=retry_failed,
            quiet=quiet,
            store=store,
            settings=parse_pairs(settings, "--set"),
            metric=metric,
            alpha=alpha,
            command=["variance", *sys.argv[1:]],
        )
    except Interrupted as stop:
        raise Interrupted(stop.message, f"To go on: {line}", stop.signum) from stop
    except StoreFull as full:
        raise StoreFull(full.message, f"Free some space there, then: {line}") from full
    if form == "json":
        echo_json(found.to_dict())
    else:
        echo(_shown(found, per_class=per_class), styled=True)
    if _failed(found):
        context.exit(3)


def _check(crossed: str | None, levels: int | None, seeds: str | None) -> None:
    """Refuse options that would be ignored."""
    if levels is not None and crossed is None:
        raise UsageError("--levels goes with --crossed", "Name two sources: --crossed init,order")
    if seeds is not None and crossed is not None:
        raise UsageError("--seeds does not go with --crossed", "Say how many levels: --levels 5")


def _shown(found: SourcesResult | CrossedResult | MachineResult, *, per_class: bool) -> str:
    from variance.reporting.sources_text import render_sources

    return render_sources(found, color=use_color(), per_class=per_class)


def _failed(found: SourcesResult | CrossedResult | MachineResult) -> int:
    """Return how many runs failed."""
    from variance.analysis.source_results import CrossedResult

    if isinstance(found, CrossedResult):
        return found.failed
    return sum(arm.failed for arm in found.arms)
