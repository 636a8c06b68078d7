"""Where the spread between runs comes from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.analysis.results import Interval
from variance.analysis.summary_results import Summary
from variance.errors import Refusal
from variance.plots import canvas, rows
from variance.plots.names import short, within
from variance.plots.theme import palette, series
from variance.wording.quantities import Unit, half_width, level_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_spread(*summaries: Summary, ax: Axes | None = None) -> Axes:
    """Draw the SD over runs, and what of it is test-set noise and what genuine.

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
        If no sweep has an SD.
    """
    if not any(s.sd is not None for s in summaries):
        reason = next((r for s in summaries for r in s.unavailable.values()), "there are no runs")
        raise Refusal(f"there is no spread to draw: {reason}")
    from variance.plots.ticks import Even

    shown = [s for s in summaries if s.sd is not None]
    found = [list(_rows(s, i, several=len(summaries) > 1)) for i, s in enumerate(shown)]
    every = [row for group in found for row in group]
    ax = canvas.axes(ax, 6.4, 1.3 + 0.32 * len(every))
    rows.draw(ax, every)
    for at in range(len(found) - 1):
        done = sum(map(len, found[: at + 1]))
        ax.axhline(len(every) - done - 0.5, color=palette(ax).grid, lw=0.6)
    ax.margins(x=0.05)
    ax.set_xlim(left=-0.02 * ax.get_xlim()[1])  # a mark at 0 stays whole
    unit = _unit(shown[0])
    ax.xaxis.set_major_formatter(Even())
    canvas.label(ax, "x", canvas.in_unit(f"SD of {canvas.words(shown[0].metric)}", unit))
    canvas.title(ax, "Where the spread between runs comes from", *_details(shown))
    return ax


def _unit(s: Summary) -> Unit:
    return Unit.of(s.metric, s.range or (s.mean,))


def _rows(s: Summary, i: int, *, several: bool) -> Iterator[rows.Row]:
    color, marker = series(i)
    unit, lead = _unit(s), f"{short(s.name, 16)}: " if several else ""

    def row(name: str, value: float, ci: Interval, more: str, mark: str = marker) -> rows.Row:
        by, digits = canvas.scale(unit), unit.digits(half_width(ci))
        ends = f" {_plain(unit, ci, digits)}, {level_text(s.alpha)} interval" if ci else ""
        says = f"{within(s.name)}, {name}: {unit.size(value)}{ends}; {more}"
        around = (ci[0] * by, ci[1] * by) if ci else None
        shown = unit.size(value)
        return rows.Row(lead + name, value * by, around, color, mark, says, shown)

    if s.sd is not None:
        yield row("SD over runs", s.sd, s.sd_ci, f"{s.runs} runs")
    if s.origin is None:
        reason = short(s.unavailable.get("origin", "not known"), 44)
        yield rows.Row(f"{lead}its parts", None, None, color, marker, "", reason, muted=True)
    else:
        yield row("test-set noise", s.origin.noise, None, "what a finite test set gives alone")
        yield row(
            "genuine", s.origin.genuine, s.origin.genuine_ci,
            "what would remain on an endless test set",
        )  # fmt: skip
    if s.expected_sd is not None and s.metric == "accuracy":
        yield row("well-trained", s.expected_sd, None, "expected of such runs, √(error / 2T)", "|")


def _plain(unit: Unit, ci: tuple[float, float], digits: int) -> str:
    end = " pp" if unit.points else ""
    return f"[{unit.spread(ci[0], digits)}, {unit.spread(ci[1], digits)}]{end}"


def _details(shown: list[Summary]) -> Iterator[str]:
    counts = ", ".join(f"{s.runs} runs of {short(s.name, 16)}" for s in shown)
    yield f"{counts}; bars: {level_text(shown[0].alpha)} intervals"
    if any(s.origin for s in shown):
        yield (
            "Noise: what a finite test set gives alone; genuine: what would remain on an endless "
            "one"
        )
    if any(s.expected_sd is not None and s.metric == "accuracy" for s in shown):
        yield "Well-trained: the SD to expect of runs with this error, √(error / 2T)"
