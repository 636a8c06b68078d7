"""Commands that train a run again: verify, model."""

from __future__ import annotations

import sys

import click

from variance.cli.options import (
    alpha_option,
    echo,
    echo_json,
    force_option,
    format_option,
    may_run,
    store_option,
    trust_option,
    use_color,
)

EXIT_STATUS = {"identical": 0, "within": 4, "beyond": 5, "unknown": 6, "altered": 7}


@click.command()
@click.argument("sweep")
@click.option(
    "--seeds",
    default="2",
    show_default=True,
    metavar="K|A-B|A,B,…",
    help="How many, spread from the first to the last; or which: a range or a list.",
)
@click.option("--experiment", metavar="REF", help="Where the experiment is now, if it was moved.")
@trust_option
@click.option("--anyway", is_flag=True, help="Go on though the data are not those of the sweep.")
@alpha_option
@click.option("--jobs", type=int, metavar="J", help="Runs at a time.  [default: cores / threads]")
@click.option(
    "--backend",
    type=click.Choice(["loky", "inline"]),
    default="loky",
    show_default=True,
    help="Worker processes, or this process alone (for debugging).",
)
@format_option()
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no warnings.")
@store_option
@click.pass_context
def verify(
    context: click.Context,
    sweep: str,
    seeds: str,
    experiment: str | None,
    trust: bool,
    anyway: bool,
    alpha: float,
    jobs: int | None,
    backend: str,
    form: str,
    quiet: bool,
    store: str | None,
) -> None:
    """Train some seeds of SWEEP again and compare every bit.

    SWEEP may be a file from another machine; it is only read. A function or command that it names
    is run only if you have trained it here before, exactly as it is now, or allow it.

    Exit status: 0 all identical; 4 other bits, but no further off than a training with another
    seed; 5 further off than that; 6 other bits, and the sweep cannot tell (too few runs); 7 the
    stored file is not what was written; 2 it cannot be trained again.
    """
    from variance import api
    from variance.reporting.reproduction_text import render_reproduction

    found = api.verify(
        sweep,
        seeds,
        experiment=experiment,
        anyway=anyway,
        trust=may_run(trust),
        alpha=alpha,
        jobs=jobs,
        backend="inline" if backend == "inline" else "loky",
        quiet=quiet,
        store=store,
        command=["variance", *sys.argv[1:]],
    )
    if form == "json":
        echo_json(found.to_dict())
    else:
        echo(render_reproduction(found, color=use_color()), styled=True)
    if status := EXIT_STATUS[found.judgement]:
        context.exit(status)


@click.command()
@click.argument("sweep")
@click.option("--seed", type=int, required=True, help="Which run.")
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    required=True,
    help="File; its ending chooses the form: .keras, .npz or .joblib.",
)
@click.option("--experiment", metavar="REF", help="Where the experiment is now, if it was moved.")
@trust_option
@click.option("--anyway", is_flag=True, help="Write a model that is not that of the stored run.")
@force_option
@click.option("-q", "--quiet", is_flag=True, help="Show no progress and no warnings.")
@store_option
def model(
    sweep: str,
    seed: int,
    output: str,
    experiment: str | None,
    trust: bool,
    anyway: bool,
    force: bool,
    quiet: bool,
    store: str | None,
) -> None:
    """Write the trained model of one run of SWEEP.

    It was kept with the sweep, or it is trained again and checked.

    A .keras file holds a built-in network, ready for keras.models.load_model: it takes the images
    as they are and gives one logit a class. An .npz file holds weights alone. A .joblib file holds
    a scikit-learn estimator, pickled: opening one runs what is in it.
    """
    from variance import api

    written = api.save_model(
        sweep,
        seed,
        output,
        experiment=experiment,
        anyway=anyway,
        trust=may_run(trust),
        force=force,
        quiet=quiet,
        store=store,
        command=["variance", *sys.argv[1:]],
    )
    echo(f"{written}: the model of seed {seed} of {sweep}")
