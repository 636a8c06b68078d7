"""Several candidates against one baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from variance.analysis.many import Comparisons
from variance.analysis.results import SCOPES, Comparison, Effect, Scope
from variance.errors import Refusal
from variance.plots import canvas, rows
from variance.plots.difference import WHERE, difference_axis, scaled, unit_of
from variance.plots.names import short, within
from variance.plots.theme import Palette, palette, verdict_style
from variance.wording.quantities import SYMBOLS, Unit, half_width, level_text, p_phrase

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def plot_candidates(result: Comparisons, ax: Axes | None = None) -> Axes:
    """Draw the difference of each candidate in both scopes, against zero.

    Parameters
    ----------
    result : Comparisons
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If no candidate has a difference.
    """
    found = [
        (one, scope, effect)
        for scope in SCOPES
        for one in result.comparisons
        if (effect := _effect(one, scope)) is not None and effect.ci is not None
    ]
    if not found:
        reasons = dict.fromkeys(r for c in result.comparisons for r in c.refused.values())
        raise Refusal(f"there is no difference to draw: {'; '.join(reasons)}")
    ax = canvas.axes(ax, 6.4, 1.4 + 0.36 * len(found))
    first = result.comparisons[0]
    unit = unit_of(first)
    rows.zero(ax)
    rows.draw(ax, [_row(one, scope, effect, unit, palette(ax)) for one, scope, effect in found])
    difference_axis(ax, first.metric, unit)
    better = "higher" if first.higher_is_better else "lower"
    canvas.title(
        ax,
        f"Difference from {short(first.baseline.name)}: mean with interval",
        f"Intervals hold for all candidates together, {level_text(result.alpha)}; {better} is "
        "better",
    )
    return ax


def _effect(c: Comparison, scope: Scope) -> Effect | None:
    return c.test_set if scope == "test-set" else c.new_data


def _row(c: Comparison, scope: Scope, effect: Effect, unit: Unit, colors: Palette) -> rows.Row:
    verdict, by = c.verdicts[scope], canvas.scale(unit)
    color, marker = verdict_style(verdict, colors)
    digits = unit.digits(half_width(effect.ci))
    p = p_phrase(effect.p_value if effect.p_adjusted is None else effect.p_adjusted, c.alpha)
    shown = f"{unit.difference(effect.estimate, digits)} {unit.interval(effect.ci, digits)}"
    return rows.Row(
        f"{short(c.candidate.name, 16)}, {WHERE[scope]}",
        None if effect.estimate is None else effect.estimate * by,
        scaled(effect.ci, by), color, marker,
        f"{within(c.candidate.name)} on {WHERE[scope]}: {shown}, {p} (Holm), {verdict}",
        f"{SYMBOLS[verdict]} {verdict}, {p}",
        muted=verdict in ("inconclusive", "refused"),
    )  # fmt: skip
