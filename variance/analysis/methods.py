"""Procedures that decide when they are asked for by name, before looking."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from variance.analysis.design import Design, enough
from variance.analysis.matching import Match
from variance.analysis.plain import bounds, known
from variance.analysis.results import Effect, Scope, Verdict
from variance.errors import UsageError, nearest
from variance.statistics import bayes, dominance, intervals, permutation, ranks, tables
from variance.statistics.means import NO_SPREAD

RESAMPLES = 9_999
ALMOST = 0.2
"""The violation of stochastic order below which it is called almost one (Ulmer et al. 2022)."""


@dataclass(frozen=True)
class Decision:
    """What a procedure says.

    Attributes
    ----------
    effect : Effect
    verdict : str
    scope : str
        What the procedure speaks of.
    """

    effect: Effect
    verdict: Verdict
    scope: Scope


@dataclass(frozen=True, eq=False)
class _Question:
    match: Match
    design: Design
    margin: float | None
    alpha: float
    rng: np.random.Generator

    @property
    def gap(self) -> float:
        return float(self.match.candidate.scores.mean() - self.match.baseline.scores.mean())

    @property
    def sign(self) -> int:
        return 1 if self.match.baseline.higher_is_better else -1


def check(method: str | None) -> None:
    """Refuse a method that is not there."""
    if method is not None and method not in METHODS:
        raise UsageError(f"unknown method {method!r}", nearest(method, METHODS))


def scope_of(method: str, match: Match, asked: Scope | None) -> Scope:
    """Return what a method speaks of, refusing another scope and a design it cannot judge."""
    own: Scope = "new-data" if method == "mcnemar" or match.redrawn else "test-set"
    if match.redrawn and method != "bayes-correlated-t":
        raise UsageError(
            f"{method} takes the runs as independent, but these share training data",
            "Leave --method out, or use bayes-correlated-t.",
        )
    if method in PAIRED and not match.paired:
        raise UsageError(f"{method} needs pairs of runs with the same seed")
    if method in UNPAIRED and match.paired:
        raise UsageError(f"{method} needs unpaired runs", "Add --unpaired.")
    if asked is not None and asked != own:
        raise UsageError(f"{method} speaks of {own}, not of {asked}")
    return own


def decide(
    method: str, match: Match, design: Design, margin: float | None, alpha: float, seed: int
) -> Decision:
    """Return what a method says.

    Parameters
    ----------
    method : str
        One of `METHODS`.
    match, design, margin, alpha, seed
        As in `variance.analysis.case.Case`.
    """
    scope = scope_of(method, match, None)
    few = not enough(match.baseline.scores, match.candidate.scores)
    if match.problem or (few and method != "mcnemar") or not match.smallest:
        reason = match.problem[1] if match.problem else "fewer than 3 runs a side"
        return Decision(Effect(None, None, None, method, None, reason=reason), "refused", scope)
    rng = np.random.default_rng(seed)
    return METHODS[method](_Question(match, design, margin, alpha, rng))


def _sign_flip(q: _Question) -> Decision:
    x, y = q.match.baseline.scores, q.match.candidate.scores
    found = permutation.sign_flip(x, y, rng=q.rng, resamples=RESAMPLES)
    return _by_p(q, found, q.gap)


def _permutation(q: _Question) -> Decision:
    x, y = q.match.baseline.scores, q.match.candidate.scores
    found = permutation.two_sample_permutation(x, y, rng=q.rng, resamples=RESAMPLES)
    return _by_p(q, found, q.gap)


def _wilcoxon(q: _Question) -> Decision:
    x, y = q.match.baseline.scores, q.match.candidate.scores
    direction = ranks.effect_sizes(x, y, paired=True).rank_biserial
    return _by_p(q, ranks.wilcoxon(x, y), direction)


def _mann_whitney(q: _Question) -> Decision:
    x, y = q.match.baseline.scores, q.match.candidate.scores
    direction = ranks.effect_sizes(x, y).cliff_delta
    return _by_p(q, ranks.mann_whitney(x, y), direction)


def _by_p(q: _Question, test: permutation.RankOrPermutation, direction: float) -> Decision:
    """Decide by a p-value alone: such tests have no interval of their own."""
    mute = test.smallest >= q.alpha
    reason = test.reason or (
        f"so few runs cannot give a p-value below {test.smallest:.2g}" if mute else ""
    )
    effect = Effect(
        q.gap, None, known(test.p_value), test.method, None, q.match.examples,
        details={"statistic": test.statistic}, reason=reason,
    )  # fmt: skip
    return Decision(effect, _verdict(q, test.p_value, direction, refused=mute), "test-set")


def _verdict(q: _Question, p: float, direction: float, *, refused: bool = False) -> Verdict:
    if refused:
        return "refused"
    if not p < q.alpha:
        return "inconclusive"
    return "improved" if direction * q.sign > 0 else "regressed"


def _bca(q: _Question) -> Decision:
    d = q.match.candidate.scores - q.match.baseline.scores
    found = intervals.bca(d, level=1 - q.alpha, rng=q.rng)
    effect = Effect(
        q.gap, bounds(found.low, found.high), None, "BCa bootstrap of the pairs", None,
        q.match.examples, reason=found.reason,
    )  # fmt: skip
    if found.reason:
        return Decision(effect, "refused", "test-set")
    p = 0.0 if found.excludes(0.0) else 1.0
    return Decision(effect, _verdict(q, p, q.gap), "test-set")


def _mcnemar(q: _Question) -> Decision:
    first, second = q.match.baseline.runs, q.match.candidate.runs
    if len(first) != 1 or len(second) != 1:
        raise UsageError(
            f"McNemar's test compares one pair of runs; there are {len(first)} and {len(second)}",
            "With several runs leave --method out: a pair picked from them is a lucky draw.",
        )
    if first.kind != "classification" or first.predictions is None or second.predictions is None:
        raise UsageError("McNemar's test needs the predicted classes of both runs")
    table = tables.mcnemar_table(first.labels, first.predictions[0], second.predictions[0])  # type: ignore[arg-type]
    found = tables.mcnemar(table)
    gap = float(table[1, 0] - table[0, 1]) / float(table.sum())
    effect = Effect(
        gap, None, known(found.p_value), "McNemar, exact, of two single models", None,
        q.match.examples,
        details={"gained": float(table[1, 0]), "lost": float(table[0, 1])},
    )  # fmt: skip
    verdict: Verdict = "inconclusive"
    if found.p_value < q.alpha:
        verdict = "improved" if gap > 0 else "regressed"
    return Decision(effect, verdict, "new-data")


def _correlated_t(q: _Question) -> Decision:
    x, y = q.sign * q.match.baseline.scores, q.sign * q.match.candidate.scores
    if q.match.redrawn and not q.design.test_share:
        reason = "how many examples a run was trained on is unknown"
        return Decision(
            Effect(q.gap, None, None, "Bayesian correlated t", None, reason=reason),
            "refused",
            "new-data",
        )
    share = q.design.test_share or 0.0
    found = bayes.correlated_t(x, y, rope=q.margin or 0.0, test_share=share)
    return _by_posterior(q, found, "" if found.variance else NO_SPREAD)


def _signed_rank(q: _Question) -> Decision:
    x, y = q.sign * q.match.baseline.scores, q.sign * q.match.candidate.scores
    return _by_posterior(q, bayes.signed_rank(x, y, rope=q.margin or 0.0, rng=q.rng))


def _by_posterior(q: _Question, found: bayes.Posterior, reason: str = "") -> Decision:
    """Decide where a probability reaches 1 - alpha/2, so that false alarms stay below alpha."""
    scope: Scope = "new-data" if q.match.redrawn else "test-set"
    if reason:
        return Decision(
            Effect(q.gap, None, None, found.method, None, reason=reason), "refused", scope
        )
    shares = {"worse": found.worse, "same": found.same, "better": found.better}
    enough_mass = 1 - q.alpha / 2
    verdict: Verdict = "inconclusive"
    if found.better > enough_mass:
        verdict = "improved"
    elif found.worse > enough_mass:
        verdict = "regressed"
    elif q.margin and found.same > enough_mass:
        verdict = "equivalent"
    effect = Effect(
        q.gap, None, None, found.method, known(found.df), q.match.examples, details=shares
    )
    return Decision(effect, verdict, scope)


def _stochastic_order(q: _Question) -> Decision:
    x, y = q.sign * q.match.baseline.scores, q.sign * q.match.candidate.scores
    forth = dominance.almost_stochastic_order(x, y, rng=q.rng, alpha=q.alpha / 2)
    back = dominance.almost_stochastic_order(y, x, rng=q.rng, alpha=q.alpha / 2)
    verdict: Verdict = "inconclusive"
    if math.isnan(forth.upper):
        verdict = "refused"
    elif forth.upper < ALMOST:
        verdict = "improved"
    elif back.upper < ALMOST:
        verdict = "regressed"
    effect = Effect(
        q.gap, None, None, "almost stochastic order", None, q.match.examples,
        details={"violation": forth.violation, "upper": forth.upper}, reason=forth.reason,
    )  # fmt: skip
    return Decision(effect, verdict, "test-set")


METHODS: dict[str, Callable[[_Question], Decision]] = {
    "sign-flip": _sign_flip,
    "wilcoxon": _wilcoxon,
    "bca": _bca,
    "permutation": _permutation,
    "mann-whitney": _mann_whitney,
    "mcnemar": _mcnemar,
    "bayes-correlated-t": _correlated_t,
    "bayes-signed-rank": _signed_rank,
    "aso": _stochastic_order,
}
"""Name to procedure."""

PAIRED = frozenset({"sign-flip", "wilcoxon", "bca", "bayes-correlated-t", "bayes-signed-rank"})
UNPAIRED = frozenset({"permutation", "mann-whitney"})
