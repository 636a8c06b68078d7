"""How many runs lie where: bins that suit scores counted in whole examples."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.errors import Refusal
from variance.plots.canvas import words
from variance.plots.marks import tell
from variance.plots.theme import palette
from variance.wording.quantities import Unit, plural, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PatchCollection

    from variance.records import Runs

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]

MANY = 150
"""Runs of a sweep from which they are drawn in bins."""
MOST_BINS = 30
_MOST_STEPS = 10_000


def values_of(runs: Runs, metric: str) -> tuple[Floats, Integers]:
    """Return the finite scores of a sweep and their seeds."""
    from variance.analysis.metrics import per_run

    values = per_run(runs, metric, None)
    there = np.isfinite(values)
    return values[there], runs.seeds[there]


def any_values(found: Sequence[Floats], metric: str) -> None:
    """Refuse to draw nothing."""
    if not any(len(values) for values in found):
        what = "runs" if not metric else f"runs with a usable {words(metric)}"
        raise Refusal(f"there are no {what} to draw")


def edges(values: Floats, most: int = MOST_BINS) -> Floats:
    """Return the edges of bins over some values.

    Scores that are counts of examples lie on a lattice: each bin holds equally many of its points,
    or the shape would be a comb.
    """
    unique = np.unique(values)
    if len(unique) == 1:
        half = max(abs(unique[0]) * 1e-3, 1e-6)
        return np.array([unique[0] - half, unique[0] + half])
    step = float(np.diff(unique).min())
    steps = (unique - unique[0]) / step
    if steps[-1] < _MOST_STEPS and np.allclose(steps, np.round(steps), atol=0.02):
        each = int(np.ceil((round(steps[-1]) + 1) / most))
        bins = int(np.ceil((round(steps[-1]) + 1) / each))
        return np.asarray(unique[0] + step * (each * np.arange(bins + 1) - 0.5))
    wanted = min(most, max(8, round(2 * len(values) ** (1 / 3))))
    return np.linspace(unique[0], unique[-1], wanted + 1)


def bars(
    ax: Axes,
    values: Floats,
    unit: Unit,
    color: str,
    *,
    within: Floats,
    centre: float | None = None,
    base: float | None = None,
    half: float = 0.5,
    name: str = "",
) -> PatchCollection:
    """Draw a histogram: along the vertical axis and mirrored around `centre`, or upright.

    Parameters
    ----------
    ax : Axes
    values : ndarray of float
    unit : Unit
    color : str
    within : ndarray of float
        Edges of the bins.
    centre : float, optional
        Where a mirrored shape stands.
    base : float, optional
        What upright bars stand on; without it on 0, and they show numbers of runs.
    half : float
        Half the width of the mirrored shape, the height of bars on a base.
    name : str
        Of the sweep, for what the bars say.
    """
    from matplotlib.collections import PatchCollection
    from matplotlib.patches import Rectangle

    counts, _ = np.histogram(values, within)
    full = half / max(int(counts.max()), 1)
    patches = []
    texts = []
    for count, low, high in zip(counts.tolist(), within[:-1], within[1:], strict=True):
        if not count:
            continue
        if centre is None:
            height = count if base is None else full * count
            patches.append(Rectangle((low, base or 0.0), high - low, height))
        else:
            patches.append(Rectangle((centre - full * count, low), 2 * full * count, high - low))
        texts.append(_says(count, len(values), float(low), float(high), unit, name))
    edge = palette(ax).background
    drawn = PatchCollection(patches, facecolor=color, edgecolor=edge, linewidth=0.4, zorder=2)
    ax.add_collection(drawn, autolim=True)
    ax.autoscale_view()
    return tell(drawn, texts)


def _says(count: int, total: int, low: float, high: float, unit: Unit, name: str) -> str:
    digits = unit.digits((high - low) / 2)
    ends = unit.values((low, high), digits)
    lead = f"{name}: " if name else ""
    return f"{lead}{plural(count, 'run')} ({share_text(count / total, 1)}) within {ends}"
