"""The difference between two sweeps: overall in both scopes, and class by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from variance.analysis.results import SCOPES, Comparison, Effect, PartEffect, Scope, moved_most
from variance.errors import Refusal
from variance.plots import canvas, rows
from variance.plots.names import short, within
from variance.plots.theme import Palette, palette, verdict_style
from variance.wording.quantities import (
    SYMBOLS,
    Unit,
    half_width,
    level_text,
    p_phrase,
    plural,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MOST_PARTS = 24
WHERE: dict[Scope, str] = {"test-set": "this test set", "new-data": "new data"}
_WORST = 40
"""Letters of a reason that fit into a row."""


def plot_difference(comparison: Comparison, ax: Axes | None = None) -> Axes:
    """Draw the difference in both scopes, with interval, against zero and the margin.

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
        If neither scope has a difference.
    """
    c, unit = comparison, unit_of(comparison)
    effects = {s: c.test_set if s == "test-set" else c.new_data for s in SCOPES}
    if all(effect is None or effect.ci is None for effect in effects.values()):
        reasons = dict.fromkeys(c.refused.values())
        raise Refusal(f"there is no difference to draw: {'; '.join(reasons)}")
    ax = canvas.axes(ax, 6.4, 2.3)
    _margin(ax, c, unit)
    rows.zero(ax)
    rows.draw(ax, [_scope_row(c, s, effects[s], unit, palette(ax)) for s in SCOPES])
    difference_axis(ax, c.metric, unit)
    better = "higher" if c.higher_is_better else "lower"
    canvas.title(
        ax,
        f"{short(c.candidate.name)} minus {short(c.baseline.name)}: mean difference with "
        f"{level_text(c.alpha)} interval",
        f"{_counts(c)}; {better} is better{_margin_words(c, unit)}",
    )
    return ax


def unit_of(c: Comparison) -> Unit:
    """Return how the comparison's metric is shown."""
    return Unit.of(c.metric, (c.baseline.mean, c.candidate.mean))


def _counts(c: Comparison) -> str:
    one, other = c.baseline.runs, c.candidate.runs
    runs = f"{plural(one, 'run')} each" if one == other else f"{one:,} and {plural(other, 'run')}"
    return f"{runs}, {'paired by seed' if c.pairing.by else 'unpaired'}"


def _scope_row(
    c: Comparison, scope: Scope, effect: Effect | None, unit: Unit, colors: Palette
) -> rows.Row:
    verdict = c.verdicts[scope]
    color, marker = verdict_style(verdict, colors)
    name = WHERE[scope]
    if effect is None or effect.estimate is None or effect.ci is None:
        reason = short(c.refused.get(scope, ""), _WORST)
        return rows.Row(name, None, None, color, marker, "", f"not judged: {reason}", muted=True)
    by = canvas.scale(unit)
    digits = unit.digits(half_width(effect.ci))
    p = p_phrase(effect.p_value if effect.p_adjusted is None else effect.p_adjusted, c.alpha)
    shown = f"{unit.difference(effect.estimate, digits)} {unit.interval(effect.ci, digits)}"
    return rows.Row(
        name, effect.estimate * by, scaled(effect.ci, by), color, marker,
        f"on {name}: {shown}, {p}, {verdict}",
        f"{SYMBOLS[verdict]} {verdict}, {p}\n{shown}",
        muted=verdict in ("inconclusive", "refused"),
    )  # fmt: skip


def scaled(ci: tuple[float, float] | None, by: float) -> tuple[float, float] | None:
    """Return an interval as it is drawn."""
    return None if ci is None else (ci[0] * by, ci[1] * by)


def _margin(ax: Axes, c: Comparison, unit: Unit) -> None:
    if c.margin is not None:
        by = canvas.scale(unit) * c.margin
        ax.axvspan(-by, by, color=palette(ax).grid, alpha=0.6, lw=0, zorder=0)


def _margin_words(c: Comparison, unit: Unit) -> str:
    return "" if c.margin is None else f"; grey: the margin, ± {unit.size(c.margin)}"


def difference_axis(ax: Axes, metric: str, unit: Unit) -> None:
    """Name an axis of differences, with its unit."""
    from variance.plots.ticks import Even

    ax.margins(x=0.08)
    ax.xaxis.set_major_formatter(Even(signed=True))
    canvas.label(ax, "x", canvas.in_unit(f"difference in {canvas.words(metric)}", unit))


def plot_parts(comparison: Comparison, ax: Axes | None = None, *, most: int = MOST_PARTS) -> Axes:
    """Draw the difference of every class, or of every quarter of the targets.

    Parameters
    ----------
    comparison : Comparison
    ax : Axes, optional
        Where to draw; a new figure by default.
    most : int
        Rows to draw; those that moved least are left out, and how many is said.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If the sweeps have no classes and no predictions.
    """
    c = comparison
    found = c.per_class if c.per_class is not None else c.per_slice
    if not found:
        reasons = [c.unavailable[n] for n in ("per_class", "per_slice") if n in c.unavailable]
        why = reasons or list(c.refused.values()) or ["the runs have no classes"]
        raise Refusal(f"there are no classes or slices to draw: {why[0]}")
    ordered = moved_most(found)
    shown = ordered[:most]
    unit = Unit(c.per_class is not None)
    ax = canvas.axes(ax, 6.4, 1.5 + 0.26 * len(shown))
    rows.zero(ax)
    rows.draw(ax, [_part_row(part, unit, palette(ax), c.alpha) for part in shown])
    difference_axis(ax, _measure(c), unit)
    canvas.title(ax, *_parts_title(c, shown, len(ordered) - len(shown)))
    return ax


def _measure(c: Comparison) -> str:
    if c.per_class is not None:
        return "recall"
    return "mean absolute error" if c.metric == "mae" else "mean squared error"


def _parts_title(c: Comparison, shown: Sequence[PartEffect], hidden: int) -> tuple[str, str, str]:
    nouns = "classes" if c.per_class is not None else "quarters of the targets"
    head = f"{short(c.candidate.name)} minus {short(c.baseline.name)}, on {WHERE[c.scope]}"
    less = f"; {plural(hidden, 'more')} that moved less, not shown" if hidden else ""
    less = less.replace("mores", "more")
    return (
        f"{_measure(c).capitalize()} by {'class' if c.per_class is not None else 'target'}: {head}",
        f"{_counts(c)}; intervals hold for all {nouns} together, {level_text(c.alpha)}{less}",
        _legend(shown),
    )


def _legend(shown: Sequence[PartEffect]) -> str:
    there = {part.verdict for part in shown}
    return "   ".join(f"{mark} {word}" for word, mark in SYMBOLS.items() if word in there)


def _part_row(part: PartEffect, unit: Unit, colors: Palette, alpha: float) -> rows.Row:
    color, marker = verdict_style(part.verdict, colors)
    digits, by = unit.digits(half_width(part.ci)), canvas.scale(unit)
    beside = f"{SYMBOLS[part.verdict]} {unit.signed(part.difference, digits)}"
    if part.difference is None or part.ci is None:
        says = f"{within(part.label)}: {part.reason or 'no interval'}"
    else:
        ends = unit.interval(part.ci, digits)
        values = f"{unit.value(part.baseline, digits)} → {unit.value(part.candidate, digits)}"
        says = (
            f"{within(part.label)} ({part.support:,.0f} examples): {values}, "
            f"{unit.difference(part.difference, digits)} {ends}, "
            f"{p_phrase(part.p_adjusted, alpha)} (Holm), {part.verdict}"
        )
    return rows.Row(
        short(part.label), None if part.difference is None else part.difference * by,
        scaled(part.ci, by), color, marker, says, beside,
        muted=part.verdict in ("inconclusive", "refused"),
    )  # fmt: skip
