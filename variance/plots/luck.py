"""How far luck reaches: one score among the runs, and the best of several."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from variance.analysis.luck import LuckResult
from variance.analysis.summary_results import Summary
from variance.errors import Refusal
from variance.plots import canvas
from variance.plots.marks import tell
from variance.plots.names import short, within
from variance.plots.shape import MANY, Floats, Integers, any_values, bars, edges, values_of
from variance.plots.theme import SERIES, palette, series
from variance.records import Runs
from variance.wording.quantities import Unit, level_text, plural, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_luck(result: LuckResult, runs: Runs | None = None, ax: Axes | None = None) -> Axes:
    """Draw where a score lies among the runs of a sweep.

    Parameters
    ----------
    result : LuckResult
    runs : Runs, optional
        Those that the result speaks of; by default what it keeps of them.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If there are no runs.
    """
    r = result
    values, seeds = _values(r, runs)
    name = within(r.name if runs is None else runs.name)
    any_values([values], r.metric)
    ax = canvas.axes(ax, 6.4, 3.0)
    unit = Unit.of(r.metric, (r.mean, r.score))
    digits = max(unit.digits(r.sd), 2)
    if r.prediction is not None:
        color = SERIES[0]
        band = ax.axvspan(*r.prediction, color=color, alpha=0.14, lw=0, zorder=0)
        ends = unit.values(r.prediction, digits)
        tell(band, [f"{level_text(r.alpha)} of single trainings score within {ends}"])
    if len(values) > MANY:
        bars(ax, values, unit, SERIES[0], within=edges(values), name=name)
        canvas.label(ax, "y", "runs")
    else:
        number = "run" if runs is not None and not runs.numbered else "seed"
        dots(ax, values, seeds.tolist(), unit, digits, name, number=number)
    top = ax.get_ylim()[1]
    ax.set_ylim(0, top * 1.3)
    _lines(ax, r, unit, digits)
    ax.margins(x=0.06)
    canvas.label(ax, "x", canvas.words(r.metric))
    canvas.value_axis(ax.xaxis, unit)
    canvas.title(ax, *_luck_title(r, unit, digits, binned=len(values) > MANY))
    return ax


def _values(r: LuckResult, runs: Runs | None) -> tuple[Floats, Integers]:
    if runs is not None:
        return values_of(runs, r.metric)
    return np.asarray(r.scores, dtype=np.float64), np.asarray(r.seeds, dtype=np.int64)


def dots(
    ax: Axes,
    values: Floats,
    seeds: Sequence[int],
    unit: Unit,
    digits: int,
    name: str,
    *,
    number: str = "seed",
) -> None:
    """Stack runs as dots, those of one bin above each other.

    Parameters
    ----------
    ax : Axes
    values : ndarray of float, shape (S,)
        The score of each run.
    seeds : sequence of int
    unit : Unit
    digits : int
        Of the scores, when pointed at.
    name : str
        Of the sweep.
    number : str
        What a run is known by.
    """
    within_bins = np.digitize(values, edges(values))
    heights = np.empty(len(values))
    for b in np.unique(within_bins):
        here = np.flatnonzero(within_bins == b)
        heights[here] = np.arange(len(here)) + 0.5
    marks = ax.scatter(values, heights, s=24, color=SERIES[0], alpha=0.9, linewidths=0, zorder=2)
    pairs = zip(seeds, values.tolist(), strict=True)
    tell(marks, [f"{name}, {number} {seed}: {unit.value(v, digits)}" for seed, v in pairs])
    ax.set_ylim(0, max(heights.max() + 0.5, 3))
    ax.set_yticks([])
    ax.spines["left"].set_visible(False)


def _lines(ax: Axes, r: LuckResult, unit: Unit, digits: int) -> None:
    """Mark the scores in question, and the mean to quote instead."""
    colors = palette(ax)
    marked: list[tuple[str, float, str, str]] = [("score", r.score, SERIES[1], "-")]
    if r.other is not None:
        marked.append(("other score", r.other, SERIES[3], "--"))
    if r.mean is not None:
        marked.append(("mean", r.mean, colors.ink, ":"))
    height = 1.0
    for name, value, color, dash in sorted(marked, key=lambda m: m[1]):
        line = ax.axvline(value, color=color, lw=1.6, ls=dash, zorder=3)
        says = f"{name} {unit.value(value, digits)}"
        tell(line, [says])
        right = value > np.mean(ax.get_xlim())
        canvas.note(
            ax, value, height, says, (-4 if right else 4, -9),
            xycoords=("data", "axes fraction"), ha="right" if right else "left", color=colors.ink,
            zorder=5, bbox={"facecolor": colors.background, "alpha": 0.8, "lw": 0, "pad": 1},
        )  # fmt: skip
        height -= 0.1


def _luck_title(r: LuckResult, unit: Unit, digits: int, *, binned: bool) -> Iterator[str]:
    best = f" as the best of {r.best_of}" if r.best_of > 1 else ""
    chance = share_text(r.chance_best_of, 0 if r.chance_best_of >= 0.1 else 1)
    tries = f"sets of {r.best_of} trainings" if r.best_of > 1 else "trainings"
    score = f"{canvas.words(r.metric)} {unit.value(r.score, digits)}{best}"
    if r.lucky is None:
        yield f"{score} cannot be judged by {plural(r.runs, 'run')} of {short(r.name)}"
    else:
        yield f"{score}: about {chance} of {tries} of {short(r.name)} reach it"
    shape = "Bars: numbers of runs" if binned else "Each dot a run"
    band = ""
    if r.prediction is not None:
        band = f"; band: where {level_text(r.alpha)} of single trainings land, if normal"
    yield f"{shape}, {r.runs:,} in all{band}"


def plot_best_of(*summaries: Summary, ax: Axes | None = None) -> Axes:
    """Draw what the best of k trainings scores on average.

    Parameters
    ----------
    *summaries : Summary
        One sweep or more.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If no sweep has two runs.
    """
    shown = [s for s in summaries if _best(s)]
    if not shown:
        reason = next((s.unavailable["best_of"] for s in summaries if "best_of" in s.unavailable),
                      "there are no runs")  # fmt: skip
        raise Refusal(f"there is no best of several to draw: {reason}")
    ax = canvas.axes(ax, 5.4, 3.2)
    unit = Unit.of(shown[0].metric, [v for s in shown for v in (s.range or ())])
    for i, s in enumerate(shown):
        _curve(ax, s, i, unit)
    most = max(k for s in shown for k in s.best_of)
    ticks = sorted({1, *(k for s in shown for k in s.best_of)})
    ax.set_xscale("log")
    ax.set_xlim(0.9, most * 1.12)
    canvas.name_ticks(ax.xaxis, ticks, [str(k) for k in ticks])
    canvas.label(ax, "x", "trainings of which the best is kept")
    canvas.label(ax, "y", f"expected {canvas.words(shown[0].metric)}")
    canvas.value_axis(ax.yaxis, unit)
    if len(shown) > 1:
        canvas.legend(ax)
    counts = ", ".join(f"{s.runs} runs of {short(s.name, 16)}" for s in shown)
    canvas.title(ax, "What picking the best run would show", f"Expectation from {counts}")
    return ax


def _best(s: Summary) -> dict[int, float]:
    """Return the expected best by number of trainings, one training included."""
    found = {k: v for k, v in s.best_of.items() if math.isfinite(v)}
    return {1: s.mean, **found} if found and s.mean is not None else {}


def _curve(ax: Axes, s: Summary, i: int, unit: Unit) -> None:
    best, (color, marker) = _best(s), series(i)
    ks = sorted(best)
    values = [best[k] for k in ks]
    digits = unit.digits(s.sd)
    ax.plot(ks, values, color=color, lw=1.2, zorder=1)
    marks = ax.scatter(ks, values, s=30, color=color, marker=marker, zorder=2, label=short(s.name))
    name = within(s.name)
    tell(
        marks,
        [
            f"{name}, {f'best of {k}' if k > 1 else 'one training'}: {unit.value(v, digits)}"
            for k, v in zip(ks, values, strict=True)
        ],
    )
