"""What runs of a regression differ in: their coefficients, scores and predictions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from variance.errors import Refusal
from variance.plots import canvas
from variance.plots.marks import tell
from variance.plots.names import short, within
from variance.plots.shape import MOST_BINS, Floats, any_values, bars, edges, values_of
from variance.plots.theme import SERIES, palette, series
from variance.records import HIGHER_IS_BETTER, Runs
from variance.wording.quantities import Unit, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_MARKS = 160
_BELOW = 0.12


def coefficients(runs: Runs) -> tuple[str, ...]:
    """Return the scores of a sweep that are no measure of quality, such as slope and intercept."""
    return tuple(
        n for n in runs.scores if n not in HIGHER_IS_BETTER and n not in runs.higher_is_better
    )


def plot_distribution(*runs: Runs, metric: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw how a score or coefficient is distributed over runs, with mean and SD.

    Parameters
    ----------
    *runs : Runs
        One sweep, drawn as a histogram, or several, one above the other.
    metric : str, optional
        The first sweep's own metric by default.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If there is nothing to draw.
    """
    if not any(len(one) for one in runs):
        raise Refusal("there are no runs to draw")
    metric = metric or next(one.metric for one in runs if len(one))
    found = [values_of(one, metric)[0] for one in runs]
    any_values(found, metric)
    ax = canvas.axes(ax, 4.6, 2.0 + 0.9 * len(runs))
    every = np.concatenate(found)
    unit = Unit.of(metric, every.tolist())
    bins = edges(every, 2 * MOST_BINS if len(every) > 1000 else MOST_BINS)
    for i, (one, values) in enumerate(zip(runs, found, strict=True)):
        _ridge(ax, len(runs) - 1 - i, one, values, unit, bins, i)
    canvas.name_ticks(ax.yaxis, [len(runs) - 1 - i for i in range(len(runs))],
                      [short(one.name, 16) for one in runs])  # fmt: skip
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    ax.set_ylim(-0.26, len(runs) - 0.18)
    ax.margins(x=0.05)
    canvas.label(ax, "x", canvas.words(metric))
    canvas.value_axis(ax.xaxis, unit)
    canvas.title(ax, *_distribution_title(runs, found, metric, unit))
    return ax


def _ridge(
    ax: Axes, floor: int, runs: Runs, values: Floats, unit: Unit, bins: Floats, i: int
) -> None:
    """Draw one sweep's histogram on its floor, mean and SD below it."""
    if not len(values):
        return
    color, marker = series(i)
    bars(ax, values, unit, color, within=bins, base=floor, half=0.74, name=within(runs.name))
    mean, sd = float(values.mean()), float(values.std(ddof=1)) if len(values) > 1 else None
    says = f"{within(runs.name)}: {_mean_words(values, unit)}"
    if sd:
        (bar,) = ax.plot(
            [mean - sd, mean + sd], [floor - _BELOW] * 2, color=palette(ax).ink, lw=1.2, zorder=3
        )
        tell(bar, [says])
    (dot,) = ax.plot(
        [mean], [floor - _BELOW], marker, ms=6, color=color, mec=palette(ax).ink, mew=0.6, zorder=4,
        ls="none",
    )  # fmt: skip
    tell(dot, [says])


def _mean_words(values: Floats, unit: Unit) -> str:
    mean = float(values.mean())
    if len(values) < 2:
        return f"{unit.value(mean, unit.digits(None))} (1 run)"
    sd = 0.0 if np.ptp(values) == 0 else float(values.std(ddof=1))
    digits = unit.digits(sd)
    runs = plural(len(values), "run")
    return f"{unit.value(mean, digits)} ± {unit.spread(sd, digits)} (SD over {runs})"


def _distribution_title(
    runs: tuple[Runs, ...], found: list[Floats], metric: str, unit: Unit
) -> tuple[str, ...]:
    head = f"How {canvas.words(metric)} varies over runs; bars below: mean ± SD"
    lines = [
        f"{short(one.name, 16)}: {_mean_words(values, unit)}"
        for one, values in zip(runs, found, strict=True)
        if len(values)
    ]
    return (head, *lines[:3])


@dataclass(frozen=True)
class Predicted:
    """Each example's true value, and the predictions of the runs that tested it."""

    example: Floats
    true: Floats
    mean: Floats
    sd: Floats
    runs: Floats


def plot_predictions(runs: Runs, ax: Axes | None = None, *, most: int = MOST_MARKS) -> Axes:
    """Draw predicted against true values, each example's mean over runs with its SD.

    Parameters
    ----------
    runs : Runs
        Of a regression, with predictions.
    ax : Axes, optional
        Where to draw; a new figure by default.
    most : int
        Examples to draw, evenly from the smallest to the largest true value.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If there are no predictions of numbers.
    """
    if runs.kind != "regression" or runs.predictions is None or runs.labels is None:
        raise Refusal(f"{runs.name} has no predictions of numbers to draw")
    if not runs.predictions.size:
        raise Refusal("there are no runs to draw")
    found = gathered(runs)
    chosen = evenly(found, most)
    ax = canvas.axes(ax, 4.8, 4.8)
    _against(ax, found, chosen)
    canvas.label(ax, "x", "true value")
    canvas.label(ax, "y", "predicted value")
    shown = len(chosen) < len(found.true)
    some = (
        f"; {len(chosen):,} of {len(found.true):,} examples, evenly by true value" if shown else ""
    )
    tested = ", each example by the runs that tested it" if found.runs.max() < len(runs) else ""
    canvas.title(
        ax,
        f"{short(runs.name)}: predicted against true, line: equal",
        f"Dot and bar: mean ± SD of the predictions of {plural(len(runs), 'run')}{tested}{some}",
    )
    return ax


def evenly(found: Predicted, most: int = MOST_MARKS) -> NDArray[np.intp]:
    """Return which examples to show: evenly from the smallest to the largest true value."""
    ranks = np.argsort(found.true, kind="stable")
    places = np.linspace(0, len(ranks) - 1, min(most, len(ranks))).round().astype(int)
    return np.asarray(ranks[np.unique(places)])


def gathered(runs: Runs) -> Predicted:
    """Gather the predictions of each example over the runs whose test set held it."""
    predictions = np.asarray(runs.predictions, dtype=np.float64)
    true = np.broadcast_to(np.asarray(runs.labels, dtype=np.float64), predictions.shape)
    ids = runs.examples
    if ids is None and runs.redrawn:  # which examples they are is not known: all stand alone
        ids = np.arange(predictions.size).reshape(predictions.shape)
    if ids is None:
        ids = np.arange(predictions.shape[1])
    known, place = np.unique(np.broadcast_to(ids, predictions.shape), return_inverse=True)
    place, size = place.ravel(), len(known)
    count = np.bincount(place, minlength=size).astype(np.float64)
    centre = np.bincount(place, true.ravel(), size) / count
    mean = np.bincount(place, predictions.ravel(), size) / count
    squares = np.bincount(place, (predictions.ravel() - mean[place]) ** 2, size)
    sd = np.sqrt(np.divide(squares, count - 1, out=np.zeros(size), where=count > 1))
    return Predicted(known.astype(np.float64), centre, mean, sd, count)


def _against(ax: Axes, found: Predicted, chosen: NDArray[np.intp]) -> None:
    x, y, sd = found.true[chosen], found.mean[chosen], found.sd[chosen]
    both = np.concatenate([x, y - sd, y + sd])
    ends = [float(both.min()), float(both.max())]
    ax.plot(ends, ends, color=palette(ax).ink, lw=0.8, zorder=1)
    gap = np.full_like(x, np.nan)
    across, along = np.stack([x, x, gap], 1).ravel(), np.stack([y - sd, y + sd, gap], 1).ravel()
    ax.plot(across, along, color=SERIES[0], alpha=0.5, lw=0.9, zorder=2)
    dots = ax.scatter(x, y, s=10, color=SERIES[0], linewidths=0, alpha=0.9, zorder=3)
    digits = Unit(False).digits(float(np.ptp(found.true)) / 20 or None)
    tell(
        dots,
        [
            f"example {found.example[t]:.0f}: true {found.true[t]:.{digits}f}, predicted "
            f"{found.mean[t]:.{digits}f}"
            + (f" ± {found.sd[t]:.{digits}f} (SD)" if found.runs[t] > 1 else "")
            + f", {plural(int(found.runs[t]), 'run')}"
            for t in chosen
        ],
    )
