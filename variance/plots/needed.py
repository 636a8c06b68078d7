"""What more seeds would find, and what they would not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.analysis.curve import Curve, curve
from variance.analysis.results import Comparison, Scope
from variance.errors import Refusal
from variance.plots import canvas
from variance.plots.difference import WHERE, unit_of
from variance.plots.marks import tell
from variance.plots.names import short
from variance.plots.theme import SERIES, palette
from variance.wording.quantities import Unit, about

if TYPE_CHECKING:
    from matplotlib.axes import Axes

STYLES: dict[Scope, tuple[str, str, str]] = {
    "test-set": (SERIES[0], "o", "-"), "new-data": (SERIES[1], "s", "--"),
}  # fmt: skip


def plot_needed(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw the smallest difference that seeds find with 80 % power, by their number.

    Parameters
    ----------
    comparison : Comparison
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If the runs tell too little to plan with.
    """
    c, found, unit = comparison, curve(comparison), unit_of(comparison)
    if found is None or not any(s.test_set or s.new_data for s in found.steps):
        reasons = list(c.refused.values()) or ["the runs do not vary"]
        raise Refusal(f"no number of seeds can be planned: {reasons[0]}")
    ax = canvas.axes(ax, 6.4, 3.6)
    ax.set_xscale("log")
    ax.set_yscale("log")
    _curve(ax, found, "test-set", unit)
    _curve(ax, found, "new-data", unit)
    _target(ax, c, found, unit)
    _floor(ax, found, unit)
    _run(ax, c, unit)
    ax.margins(y=0.12)
    _dress(ax, c, found, unit)
    return ax


def _curve(ax: Axes, found: Curve, scope: Scope, unit: Unit) -> None:
    values = [s.test_set if scope == "test-set" else s.new_data for s in found.steps]
    there = [(s.seeds, v) for s, v in zip(found.steps, values, strict=True) if v]
    if not there:
        return
    color, marker, dash = STYLES[scope]
    by, where = canvas.scale(unit), WHERE[scope]
    seeds, sizes = [n for n, _ in there], [v * by for _, v in there]
    ax.plot(seeds, sizes, color=color, ls=dash, lw=1.4, zorder=2)
    dots = ax.scatter(
        seeds, sizes, s=12, color=color, marker=marker, linewidths=0, zorder=3, label=f"on {where}"
    )
    tell(dots, [f"{n:,} seeds a side find {unit.size(v)} on {where}" for n, v in there])


def _target(ax: Axes, c: Comparison, found: Curve, unit: Unit) -> None:
    """Mark the difference to find, and how many seeds find it."""
    if found.target is None:
        return
    colors, at = palette(ax), found.target * canvas.scale(unit)
    what = "margin" if c.margin is not None else "difference as estimated"
    line = ax.axhline(at, color=colors.ink, lw=0.9, zorder=1)
    tell(line, [f"{what}: {unit.size(found.target)}"])
    canvas.note(
        ax, 0, at, f"{what} {unit.size(found.target)}", (3, 3 if _above(found) else -9),
        xycoords=("axes fraction", "data"), ha="left", color=colors.ink,
    )  # fmt: skip
    for scope, seeds in _needed(c).items():
        color, marker, _ = STYLES[scope]
        (mark,) = ax.plot(
            [seeds], [at], marker, ms=9, mfc=colors.background, mec=color, mew=1.8, zorder=4,
            ls="none",
        )  # fmt: skip
        tell(mark, [f"about {about(seeds)} seeds a side are needed on {WHERE[scope]}"])


def _needed(c: Comparison) -> dict[Scope, int]:
    """Return the seeds that the sentences name."""
    found: dict[Scope, int] = {}
    if c.seeds_needed and c.scope == "test-set":
        found["test-set"] = c.seeds_needed
    on_new = c.seeds_needed_on_new_data if c.test_set is not None else c.seeds_needed
    if on_new:
        found["new-data"] = on_new
    return found


def _floor(ax: Axes, found: Curve, unit: Unit) -> None:
    if found.floor is None:
        return
    at = found.floor * canvas.scale(unit)
    line = ax.axhline(at, color=STYLES["new-data"][0], lw=0.9, ls=":", zorder=1)
    says = f"more seeds alone do not get below {unit.size(found.floor)} on new data"
    tell(line, [says])
    # Below the line there is room at its right end, above it at its left one.
    x, shift, ha = (1, (-3, -10), "right") if _above(found) else (0, (3, 3), "left")
    shown = f"seeds alone: not below {unit.size(found.floor)}"
    canvas.note(ax, x, at, shown, shift, xycoords=("axes fraction", "data"), ha=ha)


def _above(found: Curve) -> bool:
    """Tell whether the difference to find lies above what more seeds come down to."""
    return found.floor is None or found.target is None or found.target >= found.floor


def _run(ax: Axes, c: Comparison, unit: Unit) -> None:
    """Mark what was run and what it finds, as the text says."""
    mde, pilot = c.minimum_detectable_effect, c.pilot
    if mde is None or pilot is None:
        return
    color = STYLES[c.scope][0]
    says = f"these {pilot.runs} seeds find {unit.size(mde)} on {WHERE[c.scope]}"
    (mark,) = ax.plot(
        [pilot.runs], [mde * canvas.scale(unit)], "*", ms=12, color=color, mec=palette(ax).ink,
        mew=0.6, zorder=5, ls="none", label="as run",
    )  # fmt: skip
    tell(mark, [says])


def _dress(ax: Axes, c: Comparison, found: Curve, unit: Unit) -> None:
    from matplotlib.ticker import LogLocator, NullLocator

    from variance.plots.ticks import Even

    last = found.steps[-1].seeds
    ticks = [n for n in _ROUND if found.steps[0].seeds <= n <= last]
    canvas.name_ticks(ax.xaxis, ticks, [f"{n:,}" for n in ticks])
    ax.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    ax.yaxis.set_major_formatter(Even())
    ax.yaxis.set_minor_locator(NullLocator())
    canvas.label(ax, "x", "seeds a side")
    canvas.label(ax, "y", canvas.in_unit("smallest difference found", unit))
    canvas.legend(ax)
    canvas.title(ax, *_title(c))


_ROUND = [m * 10**e for e in range(6) for m in (1, 2, 3, 5)]


def _title(c: Comparison) -> Iterator[str]:
    yield (
        f"{short(c.candidate.name)} against {short(c.baseline.name)}: what more seeds would find, "
        "with 80 % power"
    )
    needed = _needed(c)
    if needed:
        yield "Open marks: seeds that are needed; " + ", ".join(
            f"about {about(n)} on {WHERE[scope]}" for scope, n in needed.items()
        )
    runs = 0 if c.pilot is None else c.pilot.runs
    yield (
        f"Star: the {runs} seeds that were run. All is planned with the upper 80 % limit of "
        "their spread"
    )
