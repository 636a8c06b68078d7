"""Where the difference lies: classes, slices of the targets, cells of the confusion matrix."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from variance.analysis.design import Design, enough, nothing
from variance.analysis.matching import Match
from variance.analysis.metrics import Floats, Matrix
from variance.analysis.plain import bounds, known
from variance.analysis.results import (
    CellEffect,
    Interval,
    PartEffect,
    Scope,
    ScopedEffect,
    Verdict,
)
from variance.statistics import classes, multiplicity
from variance.statistics.results import Difference

SLICES = 4
MOST_CELLS = 2_000
CELLS_SHOWN = 20


@dataclass(frozen=True, eq=False)
class Part:
    """One class or slice of both sweeps.

    Attributes
    ----------
    label : str
    support : float
    baseline, candidate : ndarray of float, shape (S,) and (U,)
        Its score in each run, NaN where undefined.
    columns : ndarray of int, optional
        Positions of its examples, on a fixed test set with predictions.
    """

    label: str
    support: float
    baseline: Floats
    candidate: Floats
    columns: NDArray[np.intp] | None


@dataclass(frozen=True, eq=False)
class Family:
    """Parts that are tested together, and their scores on each example.

    Attributes
    ----------
    parts : list of Part
    scores : tuple of ndarray, optional
        Per-example scores of both sweeps, (S, T) and (U, T).
    higher_is_better : bool
    """

    parts: list[Part]
    scores: tuple[Matrix, Matrix] | None
    higher_is_better: bool


def class_family(match: Match) -> Family | None:
    """Return the recall of every class; None where there are no confusion matrices."""
    first, second = match.baseline.confusion, match.candidate.confusion
    if first is None or second is None:
        return None
    mine, theirs = classes.class_scores(first), classes.class_scores(second)
    runs = match.baseline.runs
    labels = runs.labels
    fixed = labels is not None and labels.ndim == 1 and not match.redrawn
    parts = [
        Part(
            name,
            float(mine.support[:, k].mean()),
            mine.recall[:, k],
            theirs.recall[:, k],
            np.flatnonzero(labels == k) if fixed else None,
        )
        for k, name in enumerate(runs.classes)
    ]
    return Family(parts, _correctness(match) if fixed else None, higher_is_better=True)


def _correctness(match: Match) -> tuple[Matrix, Matrix] | None:
    first, second = match.baseline.runs, match.candidate.runs
    if first.predictions is None or second.predictions is None:
        return None
    return first.predictions == first.labels, second.predictions == second.labels


def slice_family(match: Match) -> Family | None:
    """Return the error in every quarter of the targets; None without predictions.

    The error is the absolute one where the metric is ``mae``, else the squared one.
    """
    first, second = match.baseline.runs, match.candidate.runs
    if first.kind != "regression" or first.labels is None or second.labels is None:
        return None
    if first.predictions is None or second.predictions is None:
        return None
    power = 1 if match.baseline.metric == "mae" else 2
    errors = [
        np.abs(np.asarray(r.predictions) - np.asarray(r.labels, dtype=np.float64)) ** power
        for r in (first, second)
    ]
    edges = np.quantile(first.labels, np.linspace(0, 1, SLICES + 1))
    parts = list(_slices(edges, first.labels, second.labels, errors))
    fixed = first.labels.ndim == 1 and not match.redrawn
    return Family(parts, (errors[0], errors[1]) if fixed else None, higher_is_better=False)


def _slices(edges: Floats, labels: Matrix, others: Matrix, errors: list[Floats]) -> Iterator[Part]:
    for q in range(SLICES):
        member = _within(labels, edges, q)
        there = _within(others, edges, q)
        if not member.any():
            continue
        yield Part(
            f"{edges[q]:.4g} to {edges[q + 1]:.4g}",
            float(member.sum()) / (len(member) if member.ndim == 2 else 1),
            _mean_where(errors[0], member),
            _mean_where(errors[1], there),
            np.flatnonzero(member) if member.ndim == 1 else None,
        )


def _within(labels: Matrix, edges: Floats, q: int) -> NDArray[np.bool_]:
    above = labels >= edges[q] if q == 0 else labels > edges[q]
    return np.asarray(above & (labels <= edges[q + 1]))


def _mean_where(errors: Floats, member: NDArray[np.bool_]) -> Floats:
    member = np.broadcast_to(member, errors.shape)
    sums = np.where(member, errors, 0.0).sum(axis=1)
    return classes.ratio(sums, member.sum(axis=1).astype(np.float64))


def part_effects(
    family: Family, match: Match, design: Design, scope: Scope, alpha: float
) -> tuple[PartEffect, ...]:
    """Return the difference of every part in both scopes, Holm-adjusted within each.

    Parameters
    ----------
    family : Family
    match : Match
    design : Design
    scope : {"test-set", "new-data"}
        Whose interval and verdict stand in the row itself.
    alpha : float
        Family-wise error in each scope.
    """
    over_seeds = [_over_seeds(part, design) for part in family.parts]
    found: dict[Scope, list[Difference] | None] = {
        "test-set": None if match.redrawn else over_seeds,
        "new-data": over_seeds if match.redrawn else _over_both(family, match, design),
    }
    scoped = {
        name: None if d is None else _adjusted(d, family.higher_is_better, alpha)
        for name, d in found.items()
    }
    return tuple(
        _row(part, i, scoped, found[scope] or over_seeds, scope)
        for i, part in enumerate(family.parts)
    )


def _row(
    part: Part,
    i: int,
    scoped: dict[Scope, list[ScopedEffect] | None],
    differences: list[Difference],
    scope: Scope,
) -> PartEffect:
    effects = {name: None if rows is None else rows[i] for name, rows in scoped.items()}
    own = effects[scope] or ScopedEffect(None, None, None, "refused")
    missing = "" if effects[scope] else "no predictions are stored"
    return PartEffect(
        label=part.label,
        support=part.support,
        baseline=_mean(part.baseline),
        candidate=_mean(part.candidate),
        difference=known(differences[i].estimate),
        ci=own.ci,
        p_value=own.p_value,
        p_adjusted=own.p_adjusted,
        verdict=own.verdict,
        test_set=effects["test-set"],
        new_data=effects["new-data"],
        reason=missing or differences[i].reason,
    )


def _mean(values: Floats) -> float | None:
    there = values[np.isfinite(values)]
    return float(there.mean()) if there.size else None


def _over_seeds(part: Part, design: Design) -> Difference:
    x, y = part.baseline, part.candidate
    if design.paired:
        both = np.isfinite(x) & np.isfinite(y)
        x, y = x[both], y[both]
    else:
        x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    if not (x.size and y.size):
        return nothing(x, y, design.level, "the test set has no such examples")
    if not enough(x, y):
        return nothing(x, y, design.level, "fewer than 3 runs a side")
    return design.over_seeds(x, y)


def _over_both(family: Family, match: Match, design: Design) -> list[Difference] | None:
    if family.scores is None:
        return None
    first, second = family.scores
    groups = match.groups

    def compare(part: Part) -> Difference:
        where = part.columns
        if where is None or not where.size or not enough(part.baseline, part.candidate):
            return _over_seeds(part, design)
        ids = None if groups is None else groups[where]
        return design.over_seeds_and_examples(first[:, where], second[:, where], ids)

    return [compare(part) for part in family.parts]


def _adjusted(
    differences: list[Difference], higher_is_better: bool, alpha: float
) -> list[ScopedEffect]:
    adjusted = multiplicity.holm([d.p_value for d in differences])
    together = multiplicity.simultaneous(differences, alpha=alpha)
    return [
        ScopedEffect(
            _reachable(bounds(wide.low, wide.high), recall=higher_is_better),
            known(d.p_value),
            known(p),
            _verdict(d, float(p), higher_is_better, alpha),
        )
        for d, wide, p in zip(differences, together, adjusted, strict=True)
    ]


def _reachable(ci: Interval, *, recall: bool) -> Interval:
    """Return the interval of a difference of recalls within [-1, 1]; that of errors as it is."""
    return ci if ci is None or not recall else (max(ci[0], -1.0), min(ci[1], 1.0))


def _verdict(d: Difference, p_adjusted: float, higher_is_better: bool, alpha: float) -> Verdict:
    if not d.defined:
        return "refused"
    if not p_adjusted < alpha:
        return "inconclusive"
    return "improved" if (d.estimate > 0) == higher_is_better else "regressed"


def cell_effects(match: Match, design: Design) -> tuple[tuple[CellEffect, ...], str]:
    """Return the confusions that moved most clearly, or why none are given.

    Returns
    -------
    cells : tuple of CellEffect
        Off-diagonal, by rising p-value: all that stand out after Benjamini-Hochberg over the
        cells that any run used, and others up to 20 in all.
    reason : str
        Why they were not compared; empty where they were.
    """
    first, second = match.baseline.confusion, match.candidate.confusion
    if first is None or second is None:
        return (), "no confusion counts"
    if not enough(match.baseline.scores, match.candidate.scores):
        return (), "fewer than 3 runs a side"
    used = (first.any(axis=0) | second.any(axis=0)) & ~np.eye(first.shape[1], dtype=bool)
    used &= (first.sum(axis=2) > 0).all(axis=0)[:, None]
    used &= (second.sum(axis=2) > 0).all(axis=0)[:, None]
    if used.sum() > MOST_CELLS:
        return (), f"{int(used.sum()):,} cells are too many to explore"
    shares = [c / np.maximum(c.sum(axis=2, keepdims=True), 1) for c in (first, second)]
    compare = partial(design.over_seeds, shuffled=False)  # of hundreds of cells, to explore
    cells = _tested(np.argwhere(used), shares, match.baseline.runs.classes, compare)
    clear = sum(c.p_adjusted is not None and c.p_adjusted < 1 - design.level for c in cells)
    return cells[: max(clear, CELLS_SHOWN)], ""


def _tested(
    where: Matrix,
    shares: list[Floats],
    names: tuple[str, ...],
    compare: Callable[[Floats, Floats], Difference],
) -> tuple[CellEffect, ...]:
    pairs = [(shares[0][:, i, j], shares[1][:, i, j]) for i, j in where]
    found = [compare(x, y) for x, y in pairs]
    adjusted = multiplicity.benjamini_hochberg([d.p_value for d in found])
    cells = [
        CellEffect(
            names[i], names[j], float(x.mean()), float(y.mean()), d.estimate,
            known(d.p_value), known(p),
        )
        for (i, j), (x, y), d, p in zip(where, pairs, found, adjusted, strict=True)
    ]  # fmt: skip
    cells.sort(key=lambda cell: 2.0 if cell.p_value is None else cell.p_value)
    return tuple(cells)
