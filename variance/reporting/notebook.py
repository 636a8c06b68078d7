"""Results in a notebook: as a page, as text, as a table and as a figure.

`FORMS` is the one place that knows how each kind of result is shown; another kind of result is one
more line in it. `variance.analysis.presented` says how results find their way here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from variance import plots
from variance.analysis.luck import LuckResult
from variance.analysis.many import Comparisons
from variance.analysis.planning import Plan
from variance.analysis.presented import Presented
from variance.analysis.reproduction_results import Reproduction
from variance.analysis.results import Comparison
from variance.analysis.source_results import CrossedResult, MachineResult, SourcesResult
from variance.analysis.summary_results import Summary
from variance.reporting import frames, source_frames
from variance.reporting.crossed_text import crossed_document
from variance.reporting.document import Document
from variance.reporting.layout import render
from variance.reporting.luck_text import luck_document
from variance.reporting.machine_text import machine_document
from variance.reporting.many_text import comparisons_document
from variance.reporting.plan_text import plan_document
from variance.reporting.reproduction_text import reproduction_document
from variance.reporting.sources_text import sources_document
from variance.reporting.summary_text import brief_document, summary_document
from variance.reporting.templating import environment
from variance.reporting.text import comparison_document

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

_HINT = ".to_frame() lists them all"


@dataclass(frozen=True)
class Form:
    """How one kind of result is shown.

    Attributes
    ----------
    document : callable
        Returns its sentences and tables.
    frame : callable
        Returns its numbers as a table.
    plot : callable
        Takes the result and Axes or None, and draws.
    """

    document: Callable[[Any], Document]
    frame: Callable[[Any], pd.DataFrame]
    plot: Callable[[Any, Axes | None], Axes]


FORMS: Mapping[type[Presented], Form] = {
    Comparison: Form(
        lambda c: comparison_document(c, hint=_HINT), frames.comparison_frame, plots.plot_difference
    ),
    Comparisons: Form(comparisons_document, frames.comparison_frame, plots.plot_candidates),
    Summary: Form(
        lambda s: summary_document(s, hint=_HINT), frames.summary_frame, plots.plot_summary
    ),
    LuckResult: Form(luck_document, frames.luck_frame, lambda r, ax: plots.plot_luck(r, ax=ax)),
    Plan: Form(plan_document, frames.plan_frame, plots.plot_plan),
    Reproduction: Form(reproduction_document, frames.reproduction_frame, plots.plot_reproduction),
    SourcesResult: Form(sources_document, source_frames.sources_frame, plots.plot_sources),
    CrossedResult: Form(crossed_document, source_frames.crossed_frame, plots.plot_crossed),
    MachineResult: Form(machine_document, source_frames.machine_frame, plots.plot_machine),
}


def text(result: Presented) -> str:
    """Return a result as plain text."""
    return render(FORMS[type(result)].document(result))


def html(result: Presented) -> str:
    """Return a result as HTML that follows the notebook's colours."""
    return page(FORMS[type(result)].document(result))


def frame(result: Presented) -> pd.DataFrame:
    """Return the numbers of a result as a tidy table; see `variance.reporting.frames`."""
    return FORMS[type(result)].frame(result)


def plot(result: Presented, ax: Axes | None) -> Axes:
    """Draw a result."""
    return FORMS[type(result)].plot(result, ax)


def sweep_bundle(summary: Summary) -> dict[str, str]:
    """Return what a notebook shows of a sweep, in short, and its twin in text."""
    document = brief_document(summary)
    return {"text/plain": render(document), "text/html": page(document)}


def page(document: Document) -> str:
    """Return a document as a piece of HTML with its own style, without JavaScript."""
    return environment().get_template("notebook.html").render(shown=document)
