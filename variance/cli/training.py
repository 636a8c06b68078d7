"""Commands that train, and what can be trained: sweep, experiments, data."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, Any

import click

from variance.cli.options import echo, may_run, parse_pairs, store_option, trust_option
from variance.errors import Interrupted, StoreFull, UsageError

if TYPE_CHECKING:
    from variance.handle import Sweep
    from variance.records import Precision


@click.command()
@click.argument("experiment", required=False)
@click.option(
    "--seeds",
    default="30",
    show_default=True,
    metavar="N|A-B|A,B,…",
    help="How many (0 … N-1), a range with both ends, or a list.",
)
@click.option("--name", default="baseline", show_default=True, help="What to call the sweep.")
@click.option(
    "--from",
    "recipe",
    type=click.Path(dir_okay=False),
    help="Train what a recipe says (variance export --recipe).",
)
@trust_option
@click.option("--set", "settings", multiple=True, metavar="K=V", help="A hyper-parameter.")
@click.option("--vary", metavar="S,…", help="Sources that follow the seed; the others are held.")
@click.option("--hold", multiple=True, metavar="S=N", help="Hold a source at seed N, not 0.")
@click.option("--jobs", type=int, metavar="J", help="Runs at a time.  [default: cores / threads]")
@click.option("--threads", type=int, default=1, show_default=True, help="Threads of a run.")
@click.option("--onednn/--no-onednn", default=True, show_default=True, help="TensorFlow's kernels.")
@click.option(
    "--precision",
    type=click.Choice(["default", "bfloat16", "float64"]),
    default="default",
    help="What to compute in; by default the experiment chooses.",
)
@click.option(
    "--backend",
    type=click.Choice(["loky", "inline"]),
    default="loky",
    show_default=True,
    help="Worker processes, or this process alone (for debugging).",
)
@click.option("--retry-failed", is_flag=True, help="Train seeds that failed before again.")
@click.option("--fail-fast", is_flag=True, help="Stop at the first failure.")
@click.option("--keep-weights", is_flag=True, help="Store each run's trained model with it.")
@click.option(
    "--timeout", metavar="T", help="End a run that takes longer: 90 (seconds), 90s, 5m, 1h."
)
@click.option(
    "--memory", metavar="M", help="End a run that takes more memory, with all it started: 500M, 2G."
)
@click.option("-q", "--quiet", is_flag=True, help="Show no progress.")
@store_option
@click.pass_context
def sweep(
    context: click.Context,
    experiment: str | None,
    seeds: str,
    name: str,
    recipe: str | None,
    trust: bool,
    settings: tuple[str, ...],
    vary: str | None,
    hold: tuple[str, ...],
    jobs: int | None,
    threads: int,
    onednn: bool,
    precision: Precision,
    backend: str,
    retry_failed: bool,
    fail_fast: bool,
    keep_weights: bool,
    timeout: str | None,
    memory: str | None,
    quiet: bool,
    store: str | None,
) -> None:
    """Train EXPERIMENT over many seeds.

    EXPERIMENT is a name that `variance experiments` lists, path/to/file.py:function, or any command
    after `--` (with {seed} in it); MNIST if it is left out, or digits (bundled with scikit-learn)
    where MNIST cannot be had.

    With `--from`, a recipe says what to train: configuration, name and seeds; EXPERIMENT then says
    where its source is, if it was moved. A function or command that the recipe names is run only if
    you have trained it here before, exactly as it is now, or allow it.

    Only the seeds that are missing are trained: the same line again finishes an interrupted sweep,
    and one with more seeds extends it.
    """
    from variance import api

    line = shlex.join(["variance", *sys.argv[1:]])
    how: dict[str, Any] = {
        "jobs": jobs,
        "backend": backend,
        "retry_failed": retry_failed,
        "fail_fast": fail_fast,
        "keep_weights": keep_weights,
        "timeout": timeout,
        "memory": memory,
        "quiet": quiet,
        "store": store,
        "command": ["variance", *sys.argv[1:]],
    }
    try:
        if recipe is not None:
            done = api.from_recipe(
                recipe,
                experiment=experiment,
                trust=may_run(trust),
                **_chosen(context),
                **how,
            )
        else:
            done = api.sweep(
                experiment,
                seeds,
                name=name,
                vary=vary,
                hold=_seeds(hold),
                threads=threads,
                onednn=onednn,
                precision=precision,
                settings=parse_pairs(settings, "--set"),
                **how,
            )
    except Interrupted as stop:
        raise Interrupted(stop.message, f"To go on: {line}", stop.signum) from stop
    except StoreFull as full:
        raise StoreFull(full.message, f"Free some space there, then: {line}") from full
    echo(_result(done))
    if done.failures:
        context.exit(3)


@click.command()
@click.argument("name", required=False)
def experiments(name: str | None) -> None:
    """List what can be trained.

    With NAME, list the sources and hyper-parameters of that experiment.
    """
    from variance.experiments import registry
    from variance.experiments.settings import describe

    if name is None:
        for known in registry.names():
            echo(f"{known:15} {registry.find(known).summary}")
        return
    experiment = registry.find(name)
    echo(f"{experiment.name}: {experiment.summary}")
    sources = experiment.sources(experiment.settings_type())
    echo(f"sources of randomness: {', '.join(sources)}")
    echo("hyper-parameters (--set name=value):")
    for label, kind, default, text in describe(experiment.settings_type):
        echo(f"  {label:15} {kind:6} {default!s:10} {text}")


@click.command()
@click.option("--fetch", is_flag=True, help="Download what is not on this machine.")
def data(fetch: bool) -> None:
    """Show where each data set is, or would come from."""
    from variance.experiments import mnist_data

    if fetch and not mnist_data.available():
        mnist_data.fetch(progress=sys.stderr.isatty())
    echo("digits, moons, diabetes: bundled with scikit-learn")
    echo("mnist: the first place below where it is found")
    for place in mnist_data.describe():
        mark = "✓" if place.found else "·"
        echo(f"  {mark} {place.source:15} {place.status:16} {place.path}")


def _chosen(context: click.Context) -> dict[str, Any]:
    """Return the name and seeds that were asked for beside a recipe, which says all the rest."""
    given = {
        name: value
        for name, value in context.params.items()
        if context.get_parameter_source(name) is not click.core.ParameterSource.DEFAULT
    }
    for name in ("settings", "vary", "hold", "threads", "onednn", "precision"):
        if name in given:
            option = {"settings": "--set"}.get(name, f"--{name}")
            raise UsageError(
                f"the recipe says what to train: {option} cannot be given beside --from"
            )
    return {name: given[name] for name in ("name", "seeds") if name in given}


def _seeds(pairs: tuple[str, ...]) -> dict[str, int]:
    """Return the seeds at which sources are to be held."""
    found = {}
    for source, seed in parse_pairs(pairs, "--hold").items():
        if not seed.isascii() or not seed.isdigit():
            raise UsageError(f"{source} cannot be held at {seed!r}: a seed is a whole number")
        found[source] = int(seed)
    return found


def _result(done: Sweep) -> str:
    lines = [f"{done.name}: {done.headline()}"]
    if done.failures:
        seeds = ", ".join(str(f.seed) for f in done.failures[:10])
        more = " …" if len(done.failures) > 10 else ""
        lines.append(f"failed seeds: {seeds}{more}; see: variance show {done.name}")
    return "\n".join(lines)
