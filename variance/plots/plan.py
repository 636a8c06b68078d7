"""What numbers of seeds find, as they are planned."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from variance.analysis.planning import Plan
from variance.analysis.results import Scope
from variance.errors import Refusal
from variance.plots import canvas
from variance.plots.difference import WHERE
from variance.plots.marks import tell
from variance.plots.names import short
from variance.plots.needed import STYLES
from variance.plots.theme import palette
from variance.wording.quantities import Unit, about, power_text, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_plan(plan: Plan, ax: Axes | None = None) -> Axes:
    """Draw the smallest difference that numbers of seeds find, and the one asked for.

    Parameters
    ----------
    plan : Plan
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If nothing was planned.
    """
    if not plan.steps:
        raise Refusal("there is no number of seeds to draw")
    ax = canvas.axes(ax, 6.4, 3.2)
    ax.set_xscale("log")
    ax.set_yscale("log")
    unit = Unit.of(plan.metric, (plan.mean,))
    _steps(ax, plan, unit)
    _goal(ax, plan, unit)
    _dress(ax, plan, unit)
    return ax


def _scope(plan: Plan) -> Scope:
    return "test-set" if plan.scope == "test-set" else "new-data"


def _steps(ax: Axes, p: Plan, unit: Unit) -> None:
    color, marker, dash = STYLES[_scope(p)]
    by = canvas.scale(unit)
    seeds, sizes = [s.seeds for s in p.steps], [s.detectable * by for s in p.steps]
    ax.plot(seeds, sizes, color=color, ls=dash, lw=1.4, zorder=2)
    dots = ax.scatter(seeds, sizes, s=24, color=color, marker=marker, linewidths=0, zorder=3)
    says = (
        f"{s.seeds:,} seeds a side find {unit.size(s.detectable)}, and {unit.size(p.effect)} in "
        f"{power_text(s.power)}"
        for s in p.steps
    )
    tell(dots, says)


def _goal(ax: Axes, p: Plan, unit: Unit) -> None:
    """Mark the difference asked for, and the seeds that find it."""
    colors, at = palette(ax), p.effect * canvas.scale(unit)
    line = ax.axhline(at, color=colors.ink, lw=0.9, zorder=1)
    tell(line, [f"difference asked for: {unit.size(p.effect)}"])
    # The curve falls: it leaves room above the line at the right, and below it at the left.
    middle = math.sqrt(p.steps[0].seeds * p.steps[-1].seeds)
    right = p.seeds_needed is not None and p.seeds_needed < middle
    canvas.note(
        ax, float(right), at, f"asked for: {unit.size(p.effect)}", (-3, 3) if right else (3, -9),
        xycoords=("axes fraction", "data"), ha="right" if right else "left", color=colors.ink,
    )  # fmt: skip
    if p.seeds_needed is None:
        return
    color, marker, _ = STYLES[_scope(p)]
    (mark,) = ax.plot(
        [p.seeds_needed], [at], marker, ms=9, mfc=colors.background, mec=color, mew=1.8, zorder=4,
        ls="none",
    )  # fmt: skip
    tell(mark, [f"about {about(p.seeds_needed)} seeds a side are needed"])


def _dress(ax: Axes, p: Plan, unit: Unit) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    from variance.plots.ticks import Even

    ticks = [step.seeds for step in p.steps]
    canvas.name_ticks(ax.xaxis, ticks, [f"{n:,}" for n in ticks])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(Even())
    ax.yaxis.set_minor_locator(NullLocator())
    canvas.label(ax, "x", "seeds a side")
    canvas.label(ax, "y", canvas.in_unit("smallest difference found", unit))
    names = short(p.baseline) + (f" and {short(p.candidate)}" if p.candidate else "")
    power = share_text(p.power)
    if p.seeds_needed is None:
        needed = f"No number of seeds finds {unit.size(p.effect)}"
    else:
        needed = f"Open mark: about {about(p.seeds_needed)} seeds a side find {unit.size(p.effect)}"
    canvas.title(
        ax,
        f"What seeds find on {WHERE[_scope(p)]} with {power} power, planned with {names}",
        needed,
    )
