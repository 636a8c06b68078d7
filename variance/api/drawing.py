"""Figures of sweeps: as `variance.plots`, for sweeps by handle, name or path too."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from variance.api.keeping import AnySweep, runs_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from variance.analysis.luck import LuckResult
    from variance.analysis.results import Comparison
    from variance.analysis.summary_results import Summary

    SweepOrSummary: TypeAlias = AnySweep | Summary


def plot_runs(*sweeps: AnySweep, metric: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw every run of some sweeps; see `variance.plots.plot_runs`."""
    from variance import plots

    return plots.plot_runs(*map(runs_of, sweeps), metric=metric, ax=ax)


def plot_distribution(*sweeps: AnySweep, metric: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how a metric spreads over the runs; see `variance.plots.plot_distribution`."""
    from variance import plots

    return plots.plot_distribution(*map(runs_of, sweeps), metric=metric, ax=ax)


def plot_predictions(sweep: AnySweep, ax: Axes | None = None) -> Axes:
    """Draw predicted against true values; see `variance.plots.plot_predictions`."""
    from variance import plots

    return plots.plot_predictions(runs_of(sweep), ax=ax)


def plot_luck(result: LuckResult, sweep: AnySweep | None = None, ax: Axes | None = None) -> Axes:
    """Draw where a score lies among runs; see `variance.plots.plot_luck`."""
    from variance import plots

    return plots.plot_luck(result, None if sweep is None else runs_of(sweep), ax=ax)


def plot_summary(sweep: SweepOrSummary, ax: Axes | None = None) -> Axes:
    """Draw the runs of one sweep and their mean; see `variance.plots.plot_summary`."""
    from variance import plots

    return plots.plot_summary(_summary(sweep), ax=ax)


def plot_spread(*sweeps: SweepOrSummary, ax: Axes | None = None) -> Axes:
    """Draw what the spread between runs is made of; see `variance.plots.plot_spread`."""
    from variance import plots

    return plots.plot_spread(*map(_summary, sweeps), ax=ax)


def plot_best_of(*sweeps: SweepOrSummary, ax: Axes | None = None) -> Axes:
    """Draw what the best of several runs would show; see `variance.plots.plot_best_of`."""
    from variance import plots

    return plots.plot_best_of(*map(_summary, sweeps), ax=ax)


def plot_confusion(sweep: SweepOrSummary, ax: Axes | None = None) -> Axes:
    """Draw the mean confusion matrix; see `variance.plots.plot_confusion`."""
    from variance import plots

    return plots.plot_confusion(_summary(sweep), ax=ax)


def plot_confusion_difference(
    comparison: Comparison,
    baseline: SweepOrSummary,
    candidate: SweepOrSummary,
    ax: Axes | None = None,
) -> Axes:
    """Draw how two confusion matrices differ; see `variance.plots.plot_confusion_difference`."""
    from variance import plots

    return plots.plot_confusion_difference(
        comparison, _summary(baseline), _summary(candidate), ax=ax
    )


def _summary(sweep: SweepOrSummary) -> Summary:
    from variance.analysis import summary

    if isinstance(sweep, summary.Summary):
        return sweep
    return summary.summarize(runs_of(sweep))
