"""Commands that judge: compare, luck, plan."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from variance import files
from variance.cli.options import (
    STATUS,
    alpha_option,
    echo,
    echo_json,
    format_option,
    metric_option,
    paired_option,
    read_costs,
    store_option,
    use_color,
)
from variance.errors import UsageError, nearest

if TYPE_CHECKING:
    from variance.analysis.comparison import Comparison
    from variance.analysis.many import Comparisons

GATES = {
    "regression": frozenset({"regressed"}),
    "inconclusive": frozenset({"inconclusive"}),
    "not-improved": frozenset({"regressed", "inconclusive", "equivalent"}),
}
"""The verdicts at which each gate fails; one that is refused fails them all."""


@click.command()
@click.argument("baseline")
@click.argument("candidates", nargs=-1, required=True)
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
@click.option("--method", help="Another method to decide; choose it before you look.")
@click.option("--per-class/--no-per-class", default=None, help="Whether to show each class.")
@format_option("csv", "markdown")
@click.option("--fail-on", metavar="GATE,…", help=f"Exit with 1 on: {', '.join(GATES)}.")
@store_option
@click.pass_context
def compare(
    context: click.Context,
    baseline: str,
    candidates: tuple[str, ...],
    metric: str | None,
    scope: str | None,
    margin: float | None,
    alpha: float,
    paired: bool | None,
    costs: str | None,
    method: str | None,
    per_class: bool | None,
    form: str,
    fail_on: str | None,
    store: str | None,
) -> None:
    """Say whether CANDIDATE is better than BASELINE, or lucky.

    With several candidates, each is judged against the baseline, with Holm's correction.
    """
    from variance import api

    gates = _gates(fail_on)
    sweeps = [api.load(name, store=store) for name in (baseline, *candidates)]
    options: dict[str, Any] = {
        "metric": metric,
        "scope": scope,
        "margin": margin,
        "alpha": alpha,
        "paired": paired,
        "costs": read_costs(costs),
        "method": method,
    }
    found = api.compare(*sweeps, **options)
    failed = any(_fails(verdict, gates) for verdict in _verdicts(found))
    context.meta[STATUS] = int(failed)  # it holds though nobody reads what follows
    echo(_shown(found, form, per_class=per_class), styled=form == "text")
    _summarize_for_ci(found, per_class=per_class)
    if failed:
        context.exit(1)


@click.command()
@click.argument("sweep")
@click.option(
    "--score",
    "scores",
    type=float,
    multiple=True,
    required=True,
    help="A single score; give two to compare them.",
)
@click.option("--best-of", type=int, default=1, show_default=True, help="Best of how many runs.")
@click.option("--claimed-n", type=int, help="The score is a mean over this many runs.")
@click.option("--claimed-sd", type=float, help="Their SD, in the metric's own unit.")
@click.option("--margin", type=float, help="Largest difference that does not matter.")
@metric_option
@alpha_option
@format_option()
@store_option
def luck(
    sweep: str,
    scores: tuple[float, ...],
    best_of: int,
    claimed_n: int | None,
    claimed_sd: float | None,
    margin: float | None,
    metric: str | None,
    alpha: float,
    form: str,
    store: str | None,
) -> None:
    """Say how lucky a score is, and whether SWEEP reproduces it.

    A published score is taken for one training, for the best of some (--best-of) or for a mean
    over some (--claimed-n, and --claimed-sd where it is known).
    """
    from variance import api
    from variance.reporting.luck_text import render_luck

    if len(scores) > 2:
        raise UsageError(f"one or two scores can be judged, not {len(scores)}")
    found = api.luck(
        api.load(sweep, store=store),
        scores[0],
        other=scores[1] if len(scores) == 2 else None,
        best_of=best_of,
        claimed_n=claimed_n,
        claimed_sd=claimed_sd,
        margin=margin,
        metric=metric,
        alpha=alpha,
    )
    if form == "json":
        echo_json(found.to_dict())
    else:
        echo(render_luck(found, color=use_color()), styled=True)


@click.command()
@click.argument("baseline")
@click.argument("candidate", required=False)
@click.option("--effect", type=float, required=True, help="The difference worth finding.")
@click.option("--power", type=float, default=0.8, show_default=True, help="Chance to find it.")
@metric_option
@alpha_option
@paired_option
@format_option()
@store_option
def plan(
    baseline: str,
    candidate: str | None,
    effect: float,
    power: float,
    metric: str | None,
    alpha: float,
    paired: bool | None,
    form: str,
    store: str | None,
) -> None:
    """Say how many seeds and examples establish a difference."""
    from variance import api
    from variance.reporting.plan_text import render_plan

    found = api.plan(
        api.load(baseline, store=store),
        None if candidate is None else api.load(candidate, store=store),
        effect=effect,
        target_power=power,
        metric=metric,
        alpha=alpha,
        paired=paired,
    )
    if form == "json":
        echo_json(found.to_dict())
    else:
        echo(render_plan(found, color=use_color()), styled=True)


def _gates(text: str | None) -> list[str]:
    gates = [gate.strip() for gate in text.split(",")] if text is not None else []
    for gate in gates:
        if gate not in GATES:
            raise UsageError(f"unknown gate {gate!r}", nearest(gate, GATES))
    return gates


def _fails(verdict: str, gates: Sequence[str]) -> bool:
    """Return whether a verdict fails any of the gates; what could not be judged does not pass."""
    return any(verdict == "refused" or verdict in GATES[gate] for gate in gates)


def _verdicts(found: Comparison | Comparisons) -> list[str]:
    from variance.analysis.many import Comparisons

    several = found.comparisons if isinstance(found, Comparisons) else (found,)
    return [one.verdict for one in several]


def _shown(found: Comparison | Comparisons, form: str, *, per_class: bool | None) -> str:
    from variance.analysis.many import Comparisons
    from variance.reporting import many_text, markdown, tabular, text

    if form == "json":
        return tabular.comparison_json(found)
    if form == "csv":
        return tabular.comparison_csv(found).rstrip("\n")
    if form == "markdown":
        return markdown.comparison_markdown(found, per_class=per_class)
    if isinstance(found, Comparisons):
        return many_text.render_comparisons(found, color=use_color())
    return text.render_comparison(found, color=use_color(), per_class=per_class)


def _summarize_for_ci(found: Comparison | Comparisons, *, per_class: bool | None) -> None:
    """Append the Markdown form to the summary of a CI job, where there is one."""
    from variance.reporting.markdown import comparison_markdown

    path = os.environ.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        files.append(path, comparison_markdown(found, per_class=per_class) + "\n")
    except UsageError as error:
        echo(f"GITHUB_STEP_SUMMARY: {error.message}", err=True)
