"""Commands about stored sweeps: list, show, export, rename, rm."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from variance.characters import visible
from variance.cli.options import (
    alpha_option,
    echo,
    echo_json,
    force_option,
    format_option,
    metric_option,
    parse_pairs,
    read_costs,
    store_option,
    use_color,
)
from variance.errors import StoreError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from variance.handle import Sweep, What
    from variance.records import Header


@click.command("list")
@store_option
def list_(store: str | None) -> None:
    """List the sweeps, with their runs and results."""
    from variance.store import Home

    home = Home.find(store)
    rows = [tuple(map(visible, _row(path))) for path in home.files()]
    if not rows:
        echo(f"no sweeps in {home.folder}; make one: variance sweep", err=True)
        return
    heads = ("name", "experiment", "runs", "failed", "result", "changed settings")
    widths = [max(len(row[i]) for row in [heads, *rows]) for i in range(len(heads))]
    for row in [heads, *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        echo("  ".join(cells).rstrip())


@click.command()
@click.argument("sweep")
@metric_option
@alpha_option
@click.option("--costs", type=click.Path(dir_okay=False), help="CSV: what each mistake costs.")
@click.option("--bootstrap", is_flag=True, help="Show BCa bootstrap intervals too.")
@click.option("--per-class/--no-per-class", default=None, help="Whether to show each class.")
@click.option(
    "--environment", is_flag=True, help="Show where it was trained, and from what, instead."
)
@click.option(
    "--statement",
    type=click.Choice(["markdown", "latex"]),
    is_flag=False,
    flag_value="markdown",
    help="Write a reproducibility statement for a paper instead; put it after SWEEP.  "
    "[default form: markdown]",
)
@format_option()
@store_option
def show(
    sweep: str,
    metric: str | None,
    alpha: float,
    costs: str | None,
    bootstrap: bool,
    per_class: bool | None,
    environment: bool,
    statement: str | None,
    form: str,
    store: str | None,
) -> None:
    """Show one sweep: result, spread, classes, configuration."""
    from variance import api
    from variance.reporting.details import details_data, render_details
    from variance.reporting.summary_text import render_summary

    loaded = api.load(sweep, store=store)
    if statement is not None:
        if environment or costs or bootstrap or per_class is not None or form != "text":
            raise UsageError(
                "--statement takes no other options than --metric and --alpha",
                f"variance show {sweep} --statement {statement}",
            )
        echo(loaded.statement(statement, metric=metric, alpha=alpha))
        return
    if environment:
        _show_origin(loaded, form)
        return
    summary = loaded.summary(
        metric=metric, alpha=alpha, costs=read_costs(costs), bootstrap=bootstrap
    )
    about = (loaded.header, loaded.environments, loaded.failures)
    if form == "json":
        data = {**summary.to_dict(), "sweep": details_data(*about)}
        echo_json(data)
        return
    echo(render_summary(summary, color=use_color(), per_class=per_class), styled=True)
    echo()
    echo(render_details(*about))


def _show_origin(loaded: Sweep, form: str) -> None:
    from variance.reporting.provenance_text import provenance_data, render_provenance

    about = (loaded.name, loaded.header, loaded.environments)
    if form == "json":
        echo_json(provenance_data(*about))
    else:
        echo(render_provenance(*about))


@click.command()
@click.argument("sweep")
@click.option(
    "--what",
    type=click.Choice(["runs", "predictions", "confusion"]),
    default="runs",
    show_default=True,
    help="One row a run, a run and example, or a run and cell.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["csv", "json", "jsonl", "parquet"]),
    help="Form of the table.  [default: by the file's name, else csv]",
)
@click.option("--recipe", is_flag=True, help="Write a recipe, for sweep --from.")
@click.option("-o", "--output", type=click.Path(), help="The file.  [default: standard output]")
@force_option
@store_option
@click.pass_context
def export(
    context: click.Context,
    sweep: str,
    what: What,
    form: str | None,
    recipe: bool,
    output: str | None,
    force: bool,
    store: str | None,
) -> None:
    """Write a sweep as a table, or as a recipe to train it again."""
    from variance import api

    if recipe:
        for name in ("what", "form"):
            if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
                option = {"form": "--format"}.get(name, f"--{name}")
                raise UsageError(f"a recipe is no table: {option} does not go with --recipe")
        text = api.write_recipe(sweep, output, force=force, store=store)
        echo(text.rstrip("\n") if output is None else f"{output}: how to train {sweep} again")
        return
    api.export_runs(
        sweep,
        sys.stdout if output is None else output,
        what=what,
        form=form,
        force=force,
        store=store,
    )


@click.command("import")
@click.argument("file", type=click.Path(dir_okay=False))
@click.option("--name", required=True, help="What to call the sweep.")
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="COLUMN[=VALUE]",
    help="Take the rows with this value; without =VALUE, make a sweep of each value.",
)
@click.option(
    "--map",
    "names",
    multiple=True,
    metavar="OURS=THEIRS",
    help="What the file calls a column or array: --map labels=gold.",
)
@click.option(
    "--higher-is-better", "higher", multiple=True, metavar="METRIC", help="More of it is better."
)
@click.option(
    "--lower-is-better", "lower", multiple=True, metavar="METRIC", help="Less of it is better."
)
@click.option("--limit", metavar="SIZE", help="Memory that reading may take.  [default: 2GB]")
@store_option
def import_(
    file: str,
    name: str,
    groups: tuple[str, ...],
    names: tuple[str, ...],
    higher: tuple[str, ...],
    lower: tuple[str, ...],
    limit: str | None,
    store: str | None,
) -> None:
    """Read runs made elsewhere into a sweep.

    FILE is a table (.csv, .tsv, .json, .jsonl, .parquet) with one row a run and one column a
    metric; or with a column `run` or `seed` and the columns example, label, prediction; or true,
    predicted, count. Or .npz arrays `predictions` (runs, examples) and `labels` (examples,).

    Only a column `seed` (or what --map seed=… names) pairs runs with those of another sweep; a
    column `run` and row numbers do not.
    """
    from variance import api
    from variance.records import scale_of

    directions = {**dict.fromkeys(higher, True), **dict.fromkeys(lower, False)}
    if len(directions) < len(higher) + len(lower):
        raise UsageError("a metric is named twice by --higher-is-better and --lower-is-better")
    apart = {column: value if equals else None for column, equals, value in map(_split, groups)}
    made = api.import_runs(
        file,
        name,
        groups=apart,
        names=parse_pairs(names, "--map"),
        directions=directions,
        limit=limit,
        store=store,
    )
    for sweep in made:
        unpaired = "" if sweep.header.numbered else "; without seeds, so never paired"
        percent = [m for m, x in sweep.scores.items() if scale_of(m, x.tolist()) == "percent"]
        given = f"; in percent: {', '.join(percent)}" if percent else ""
        echo(f"{sweep.name}: {sweep.headline()}{unpaired}{given}")


@click.command()
@click.argument("old")
@click.argument("new")
@store_option
def rename(old: str, new: str, store: str | None) -> None:
    """Give the sweep OLD the name NEW."""
    from variance.store import Home

    Home.find(store).rename(old, new)


@click.command()
@click.argument("sweeps", nargs=-1, required=True)
@store_option
def rm(sweeps: tuple[str, ...], store: str | None) -> None:
    """Delete sweeps with all their runs."""
    from variance.store import Home

    if len(set(sweeps)) < len(sweeps):
        raise UsageError("a sweep is named twice")
    Home.find(store).remove(*sweeps)


def _split(pair: str) -> tuple[str, str, str]:
    return pair.partition("=")


def _row(path: Path) -> tuple[str, ...]:
    from variance.assembly import main_metric
    from variance.store import SweepReader
    from variance.store.home import check_name
    from variance.wording.quantities import mean_and_sd

    name = path.stem
    try:
        check_name(name)
        with SweepReader(path) as reader:
            header, status, scores = reader.header(), reader.seeds(), reader.metrics()
    except (StoreError, UsageError) as error:
        return (name, "?", "", "", error.message, "")
    failed = sum(s == "failed" for s in status.values())
    metric = main_metric(header, scores)
    result = f"{metric} {mean_and_sd(metric, scores[metric])}" if metric in scores else ""
    return (
        name,
        header.experiment,
        str(len(status) - failed),
        str(failed) if failed else "",
        result.partition(" (")[0],
        _changed(header),
    )


def _changed(header: Header) -> str:
    """Return the hyper-parameters that differ from the experiment's defaults.

    They are those that the file holds: nothing that it names is run for them. An older file holds
    none, and all hyper-parameters are shown, except those of a built-in experiment.
    """
    from variance.experiments import registry
    from variance.experiments.settings import as_dict

    configuration = header.configuration
    if configuration is None:
        return ""
    defaults = header.defaults
    if not defaults and configuration.experiment in registry.BUILT_IN:
        defaults = as_dict(registry.find(configuration.experiment).settings_type())
    settings = configuration.settings
    return " ".join(f"{k}={v}" for k, v in settings.items() if defaults.get(k) != v)
