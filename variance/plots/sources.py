"""Where the spread between runs comes from, and what computing in another way does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from variance.analysis.source_results import (
    Arm,
    CrossedResult,
    MachineArm,
    MachineResult,
    SourcesResult,
)
from variance.errors import Refusal
from variance.plots import canvas, rows
from variance.plots.names import short
from variance.plots.theme import Palette, palette, series
from variance.wording.quantities import Unit, level_text, plural
from variance.wording.sources import ratio_text, sd_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SAME = {"bits": "the same bits", "predictions": "the same predictions", "scores": "one score"}
_STYLE = {"all": 0, "source": 1, "nudge": 3, "none": 4}


def plot_sources(result: SourcesResult, ax: Axes | None = None) -> Axes:
    """Draw the SD over runs of each arm with its interval.

    Parameters
    ----------
    result : SourcesResult
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If no arm has an SD.
    """
    shown = [arm for arm in result.arms if arm.sd is not None]
    if not shown:
        raise Refusal("there is no spread to draw: no arm has two finished runs")
    ax = canvas.axes(ax, 6.4, 1.5 + 0.34 * len(shown))
    unit = Unit.of(result.metric, [score for arm in result.arms for score in arm.scores])
    rows.draw(ax, [_row(arm, unit, result.alpha) for arm in shown])
    whole = result.arm("all")
    if whole is not None and whole.sd:
        ax.axvline(whole.sd * canvas.scale(unit), color=palette(ax).muted, lw=0.8, ls=":", zorder=1)
    _sd_axis(ax, result.metric, unit)
    canvas.title(
        ax,
        f"{short(result.experiment)}: where the spread between runs comes from",
        f"SD over {_counts(shown)}, {level_text(result.alpha)} interval if scores are normal; "
        "right: times all",
    )
    return ax


def _counts(arms: Sequence[Arm]) -> str:
    few, many = min(arm.runs for arm in arms), max(arm.runs for arm in arms)
    return plural(many, "run") if few == many else f"{few} to {plural(many, 'run')}"


def _row(arm: Arm, unit: Unit, alpha: float) -> rows.Row:
    by, spread = canvas.scale(unit), arm.sd or 0.0
    color, marker = series(_STYLE[arm.kind])
    shown = sd_text(unit, spread, arm.sd_ci)
    same = f"0: {_SAME[arm.same]}" if arm.same else ""
    ratio = "" if arm.ratio is None or arm.ratio.estimate is None else ratio_text(
        arm.ratio.estimate, arm.ratio.ci
    )  # fmt: skip
    ends = f", {level_text(alpha)} interval" if arm.sd_ci else ""
    says = f"{arm.name}: SD {shown}{ends}, {plural(arm.runs, 'run')}"
    around = None if arm.sd_ci is None else (arm.sd_ci[0] * by, arm.sd_ci[1] * by)
    return rows.Row(arm.name, spread * by, around, color, marker, says, same or ratio)


def _sd_axis(ax: Axes, metric: str, unit: Unit) -> None:
    ax.margins(x=0.05)
    ax.set_xlim(left=min(0.0, -0.015 * ax.get_xlim()[1]))
    canvas.label(ax, "x", canvas.in_unit(f"SD of {canvas.words(metric)}", unit))


def plot_crossed(result: CrossedResult, ax: Axes | None = None) -> Axes:
    """Draw the SD that each of two crossed sources gives, and that they give only together.

    Parameters
    ----------
    result : CrossedResult
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If every run scored the same.
    """
    r = result
    if r.reason:
        raise Refusal(f"there is no spread to draw: {r.reason}")
    unit = Unit.of(r.metric, [score for row in r.scores for score in row])
    parts = [
        (f"{r.first} alone", r.main_first.sd, r.main_first.ci, r.main_first.share),
        (f"{r.second} alone", r.main_second.sd, r.main_second.ci, r.main_second.share),
        ("only together", r.interaction.sd, r.interaction.ci, r.interaction.share),
        ("both varied", r.sd, r.sd_ci, None),
    ]
    ax = canvas.axes(ax, 6.4, 2.7)
    by, drawn = canvas.scale(unit), []
    for i, (name, spread, ci, share) in enumerate(parts):
        color, marker = series(0 if share is None else i + 1)
        around = None if ci is None else (ci[0] * by, ci[1] * by)
        beside = "" if share is None else f"{100 * share:.0f} % of the variance"
        says = f"{name}: SD {sd_text(unit, spread, ci)}"
        drawn.append(rows.Row(short(name), spread * by, around, color, marker, says, beside))
    rows.draw(ax, drawn)
    _sd_axis(ax, r.metric, unit)
    canvas.title(
        ax,
        f"{short(r.experiment)}: {r.first} and {r.second} crossed, "
        f"{len(r.first_levels)} x {len(r.second_levels)} runs",
        f"SD with {level_text(r.alpha)} interval, if what the levels do is normally distributed",
    )
    return ax


def plot_machine(result: MachineResult, ax: Axes | None = None) -> Axes:
    """Draw how far runs move from their twins when they are computed in other ways.

    Parameters
    ----------
    result : MachineResult
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If no predictions are stored.
    """
    r = result
    there = [arm for arm in r.arms if arm.distance is not None]
    if not there:
        raise Refusal("there is nothing to draw: no predictions are stored")
    ax = canvas.axes(ax, 6.4, 1.7 + 0.34 * len(there))
    unit = Unit(not r.regression)
    drawn = [_machine_row(arm, r, palette(ax)) for arm in there]
    if r.between_seeds is not None:
        color, marker = series(0)
        says = f"two different seeds: {_apart(r, r.between_seeds)}"
        value = r.between_seeds * canvas.scale(unit)
        drawn.append(rows.Row("other seed", value, None, color, marker, says))
    rows.draw(ax, drawn)
    ax.margins(x=0.05)
    ax.set_xlim(left=min(0.0, -0.015 * ax.get_xlim()[1]))
    what = "RMS difference of the predictions" if r.regression else "examples that differ (%)"
    canvas.label(ax, "x", what)
    canvas.title(
        ax,
        f"{short(r.experiment)}: the same seeds, computed in other ways",
        "Mean over the seeds, from the lowest to the highest; right: runs that are the same bits",
    )
    return ax


def _machine_row(arm: MachineArm, r: MachineResult, colors: Palette) -> rows.Row:
    by = canvas.scale(Unit(not r.regression))
    color, marker = series(1)
    ends = arm.distance_range
    mean = arm.distance or 0.0
    same = arm.identical == arm.pairs
    return rows.Row(
        arm.name, mean * by, None if ends is None else (ends[0] * by, ends[1] * by),
        colors.muted if same else color, marker,
        f"{arm.name}: {_apart(r, mean)}, {plural(arm.pairs, 'seed')}",
        f"{arm.identical} of {arm.pairs}", muted=same,
    )  # fmt: skip


def _apart(r: MachineResult, distance: float) -> str:
    if r.regression or math.isnan(distance):
        return f"{distance:.3g}"
    return f"{Unit(True).value(distance, 2)} of the examples"
