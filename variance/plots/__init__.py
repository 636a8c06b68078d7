"""Figures, each drawn by one function onto given Axes, with the numbers of the tables."""

from variance.plots.candidates import plot_candidates
from variance.plots.confusion import plot_confusion, plot_confusion_difference
from variance.plots.difference import plot_difference, plot_parts
from variance.plots.examples import Picture, plot_example, plot_examples
from variance.plots.luck import plot_best_of, plot_luck
from variance.plots.needed import plot_needed
from variance.plots.plan import plot_plan
from variance.plots.regression import coefficients, plot_distribution, plot_predictions
from variance.plots.reproduction import plot_reproduction
from variance.plots.runs import plot_runs
from variance.plots.sources import plot_crossed, plot_machine, plot_sources
from variance.plots.spread import plot_spread
from variance.plots.summary import plot_summary

__all__ = [
    "Picture",
    "coefficients",
    "plot_best_of",
    "plot_candidates",
    "plot_confusion",
    "plot_confusion_difference",
    "plot_crossed",
    "plot_difference",
    "plot_distribution",
    "plot_example",
    "plot_examples",
    "plot_luck",
    "plot_machine",
    "plot_needed",
    "plot_parts",
    "plot_plan",
    "plot_predictions",
    "plot_reproduction",
    "plot_runs",
    "plot_sources",
    "plot_spread",
    "plot_summary",
]
