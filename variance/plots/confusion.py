"""Confusion matrices over runs: their mean and spread, and what differs between two sweeps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.analysis.results import Comparison
from variance.analysis.summary_results import ConfusionSummary, Summary
from variance.errors import Refusal
from variance.plots import canvas
from variance.plots.difference import WHERE
from variance.plots.marks import tell
from variance.plots.names import short, within
from variance.plots.theme import SERIES, palette
from variance.wording.numbers import fixed
from variance.wording.quantities import Unit, p_phrase, plural, share_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats: TypeAlias = NDArray[np.float64]

MOST_NUMBERED = 15
"""Classes up to which cells hold numbers."""
MOST_CLASSES = 40
SHOWN_OF_MANY = 20
"""Classes that are shown where there are more than `MOST_CLASSES`."""
_DIAGONAL, _CONFUSED = SERIES[0], SERIES[1]
_MORE, _LESS = SERIES[1], SERIES[0]
_FULL = 0.72
"""Opacity of the fullest cell: the numbers in it must stay legible."""
_FAINT = 0.06
_NAME = 12
SHARE = Unit(True)


@dataclass(frozen=True)
class Cell:
    """One cell to draw.

    Attributes
    ----------
    row, column : int
    color : str
    opacity : float
    says : str
    text : str
    """

    row: int
    column: int
    color: str
    opacity: float
    says: str
    text: str


def plot_confusion(summary: Summary, ax: Axes | None = None) -> Axes:
    """Draw the mean confusion matrix of a sweep, with the SD over its runs.

    Parameters
    ----------
    summary : Summary
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If the sweep has no confusion matrices.
    """
    if summary.confusion is None or summary.per_class is None:
        reason = summary.unavailable.get("confusion", "the runs have no classes")
        raise Refusal(f"{summary.name} has no confusion matrix to draw: {reason}")
    names = [c.label for c in summary.per_class]
    mean = np.array(summary.confusion.mean, dtype=np.float64)
    chosen = _most_confused(mean)
    ax = _new(ax, len(chosen))
    _draw(ax, [names[k] for k in chosen], _counted(summary.confusion, names, chosen))
    spread = "mean over {} ± SD" if summary.runs > 1 else "{}"
    canvas.title(
        ax,
        f"{short(summary.name)}: how often each class is taken for which",
        f"Examples a run, {spread.format(plural(summary.runs, 'run'))}; "
        f"blue: right, orange: mistaken, the stronger the larger the share of the true class"
        f"{_chosen_words(len(chosen), len(names))}",
    )
    return ax


def _new(ax: Axes | None, count: int) -> Axes:
    side = 2.2 + 0.42 * count if count <= MOST_NUMBERED else 3.0 + 0.17 * count
    return canvas.axes(ax, max(side, 3.6), max(side, 3.6) + 0.3)


def _most_confused(mean: Floats) -> list[int]:
    """Return the classes to show, in their order."""
    if len(mean) <= MOST_CLASSES:
        return list(range(len(mean)))
    wrong = mean.copy()
    np.fill_diagonal(wrong, 0.0)
    return sorted(np.argsort(-(wrong.sum(0) + wrong.sum(1)), kind="stable")[:SHOWN_OF_MANY])


def _chosen_words(shown: int, total: int, which: str = "most confused") -> str:
    return f"; the {shown} {which} of {total} classes" if shown < total else ""


def _counted(found: ConfusionSummary, names: Sequence[str], chosen: Sequence[int]) -> list[Cell]:
    """Return the cells that any run used, colours by their share of the true class."""
    mean = np.array(found.mean, dtype=np.float64)
    totals = mean.sum(axis=1, keepdims=True)
    shares = np.divide(mean, totals, out=np.zeros_like(mean), where=totals > 0)
    off = shares - np.diag(np.diag(shares))
    largest = max(float(off[np.ix_(chosen, chosen)].max()), 1e-12)
    numbered = len(chosen) <= MOST_NUMBERED
    cells = []
    for i, t in enumerate(chosen):
        for j, p in enumerate(chosen):
            count, share = float(mean[t, p]), float(shares[t, p])
            if not count:
                continue
            sd = found.sd[t][p]
            depth = share if t == p else np.sqrt(share / largest)
            number = counts_text(count, sd, apart="\n") if numbered else ""
            cells.append(
                Cell(
                    i, j, _DIAGONAL if t == p else _CONFUSED,
                    _FAINT + (_FULL - _FAINT) * round(float(depth), 2),
                    f"true {within(names[t])}, predicted {within(names[p])}: "
                    f"{counts_text(count, sd)} of {fixed(float(totals[t, 0]), 0)} examples "
                    f"({share_text(share, 2)})",
                    number,
                )
            )  # fmt: skip
    return cells


def counts_text(mean: float, sd: float | None, apart: str = " ") -> str:
    """Return a count a run with its SD; a rare count is not rounded to none."""
    if sd is None:
        return f"{mean:.6g}"
    smallest = min(mean, sd or mean)
    digits = 1 if smallest >= 0.095 else 2 if smallest >= 0.0095 else 3
    return f"{fixed(mean, digits)}{apart}± {fixed(sd, digits) if sd else '0'}"


def _draw(ax: Axes, names: Sequence[str], cells: Sequence[Cell]) -> None:
    from matplotlib.collections import PatchCollection
    from matplotlib.colors import to_rgba
    from matplotlib.patches import Rectangle

    k, colors = len(names), palette(ax)
    squares = [Rectangle((c.column - 0.48, c.row - 0.48), 0.96, 0.96) for c in cells]
    faces = [to_rgba(c.color, c.opacity) for c in cells]
    drawn = PatchCollection(squares, facecolors=faces, linewidths=0)
    ax.add_collection(drawn)
    tell(drawn, [c.says for c in cells])
    for c in cells:
        if c.text:
            size = 6.6 if k <= 10 else 5.2
            tell(
                canvas.write(
                    ax, c.column, c.row, c.text, ha="center", va="center", fontsize=size,
                    linespacing=1.0,
                ),
                [c.says],
            )  # fmt: skip
    shown = [short(name, _NAME) for name in names]
    turned = k > MOST_NUMBERED or max(map(len, shown)) > 3
    canvas.name_ticks(ax.xaxis, range(k), shown, rotation=90 if turned else 0)
    canvas.name_ticks(ax.yaxis, range(k), shown)
    ax.tick_params(length=0, labelsize=canvas.SMALL if k <= MOST_NUMBERED else 6)
    ax.set_xlim(-0.5, k - 0.5)
    ax.set_ylim(k - 0.5, -0.5)
    ax.set_aspect("equal")
    for edge in range(k + 1):
        ax.axhline(edge - 0.5, color=colors.grid, lw=0.3, zorder=0)
        ax.axvline(edge - 0.5, color=colors.grid, lw=0.3, zorder=0)
    ax.spines[:].set_visible(False)
    canvas.label(ax, "x", "predicted class")
    canvas.label(ax, "y", "true class")


def plot_confusion_difference(
    comparison: Comparison, baseline: Summary, candidate: Summary, ax: Axes | None = None
) -> Axes:
    """Draw where the candidate takes classes for others more or less often than the baseline.

    Off the diagonal a cell is coloured where it stands out after Benjamini-Hochberg over all
    cells, on it where the verdict on the class's recall says so (after Holm); all else is noise,
    and muted.

    Parameters
    ----------
    comparison : Comparison
        What stands out.
    baseline, candidate : Summary
        The mean matrices of its two sweeps.
    ax : Axes, optional
        Where to draw; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    Refusal
        If the matrices are missing or the cells were not compared.
    """
    if baseline.confusion is None or candidate.confusion is None or not comparison.per_class:
        reason = "the runs have no confusion matrices"
        raise Refusal(f"there is no difference of confusion matrices to draw: {reason}")
    if not comparison.confusion and "confusion" in comparison.unavailable:
        raise Refusal(f"the confusions were not compared: {comparison.unavailable['confusion']}")
    names = [part.label for part in comparison.per_class]
    means = [_shares(s, names) for s in (baseline, candidate)]
    gap = means[1] - means[0]
    clear = _clear(comparison, names)
    chosen = _most_moved(gap, clear)
    ax = _new(ax, len(chosen))
    cells = _differing(names, means, clear, chosen)
    _draw(ax, [names[k] for k in chosen], cells)
    canvas.title(ax, *_difference_title(comparison, len(clear), len(chosen), len(names)))
    return ax


def _shares(summary: Summary, names: Sequence[str]) -> Floats:
    """Return the mean matrix as shares of the true classes, in the order of some names."""
    mean = np.array(summary.confusion.mean if summary.confusion else [], dtype=np.float64)
    own = {c.label: k for k, c in enumerate(summary.per_class or ())}
    result = np.zeros((len(names), len(names)))
    places = [(new, own[name]) for new, name in enumerate(names) if name in own]
    new, old = np.array(places, dtype=np.intp).reshape(-1, 2).T
    result[np.ix_(new, new)] = mean[np.ix_(old, old)]
    totals = result.sum(axis=1, keepdims=True)
    return np.asarray(np.divide(result, totals, out=result, where=totals > 0))


_Clear: TypeAlias = dict[tuple[int, int], tuple[float, str]]
"""Cells that stand out: their difference and what establishes it."""


def _clear(comparison: Comparison, names: Sequence[str]) -> _Clear:
    place = {name: k for k, name in enumerate(names)}
    found: _Clear = {
        (place[c.true], place[c.predicted]): (
            c.difference,
            f"{p_phrase(c.p_adjusted, comparison.alpha)} (Benjamini-Hochberg)",
        )
        for c in comparison.confusion
        if c.p_adjusted is not None and c.p_adjusted < comparison.alpha
    }
    for k, part in enumerate(comparison.per_class or ()):
        # The cells speak of this test set, unless every run draws its own.
        own = part.test_set or part.new_data
        if own is not None and own.verdict in ("improved", "regressed"):
            words = f"{p_phrase(own.p_adjusted, comparison.alpha)} (Holm)"
            found[k, k] = (part.difference or 0.0, words)
    return found


def _most_moved(gap: Floats, clear: _Clear) -> list[int]:
    if len(gap) <= MOST_CLASSES:
        return list(range(len(gap)))
    moved = np.abs(gap)
    weight = moved.sum(0) + moved.sum(1)
    for i, j in clear:
        weight[[i, j]] += len(gap)
    return sorted(np.argsort(-weight, kind="stable")[:SHOWN_OF_MANY])


def _differing(
    names: Sequence[str],
    means: Sequence[Floats],
    clear: _Clear,
    chosen: Sequence[int],
) -> list[Cell]:
    """Return the cells that either sweep used, muted where their difference is noise."""
    gap = means[1] - means[0]
    largest = max((abs(d) for d, _ in clear.values()), default=0.0) or 1.0
    numbered = len(chosen) <= MOST_NUMBERED
    muted = SERIES[5]
    cells = []
    for i, t in enumerate(chosen):
        for j, p in enumerate(chosen):
            if not (means[0][t, p] or means[1][t, p]):
                continue
            there = (t, p) in clear
            size, why = clear.get((t, p), (float(gap[t, p]), "not established"))
            depth = min(abs(size) / largest, 1.0)
            color = (_MORE if size > 0 else _LESS) if there else muted
            says = (
                f"true {within(names[t])}, predicted {within(names[p])}: "
                f"{share_text(float(means[0][t, p]), 2)} → {share_text(float(means[1][t, p]), 2)} "
                f"of the class, {SHARE.difference(size, 2)}; {why}"
            )
            text = SHARE.signed(size, 2) if there and numbered else ""
            faint = 0.07 + 0.16 * min(abs(float(gap[t, p])) / largest, 1.0)
            full = 0.3 + (_FULL - 0.3) * round(depth, 2)
            cells.append(Cell(i, j, color, full if there else round(faint, 3), says, text))
    return cells


def _difference_title(c: Comparison, clear: int, shown: int, total: int) -> tuple[str, str, str]:
    found = plural(clear, "cell") if clear else "no cell"
    verb = "stands" if clear in (0, 1) else "stand"
    where = WHERE["new-data" if c.test_set is None else "test-set"]
    return (
        f"{short(c.candidate.name)} minus {short(c.baseline.name)}: {found} {verb} out of the "
        f"noise on {where}",
        f"Difference of mean shares of the true class, pp; orange +: more often, blue −: less "
        f"often; grey: not established{_chosen_words(shown, total, 'most changed')}",
        f"Of the coloured cells about {share_text(c.alpha)} at most are expected to be noise "
        "(Benjamini-Hochberg; the diagonal by Holm)",
    )
