"""Whether runs can be had again: the same bits, or no further off than another seed would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from variance.analysis import metrics
from variance.analysis.metrics import Floats
from variance.analysis.plain import bounds, count
from variance.analysis.reproduction_results import Cause, Judgement, Reproduction, Rerun
from variance.analysis.rerun import Bits, changed_examples, compare_bits, distance
from variance.analysis.results import Alert, Interval
from variance.errors import Refusal
from variance.records import Failure, Run, Runs
from variance.statistics import claims

__all__ = ["Cause", "Judgement", "Reproduction", "Rerun", "reproduce"]

_WORST: tuple[Judgement, ...] = ("identical", "within", "unknown", "beyond", "altered")
_ALTERED: tuple[Judgement, str] = (
    "altered",
    "the stored record is not what was written when the run was trained",
)
_FEWEST = 5
"""Runs below which their spread is known too badly to say what lies within it."""
_PER_RERUN = 8
"""Stored runs for each rerun, from which one that lies outside of all may be called beyond.

If some share q of all trainings diverges, none of S stored runs shows it and one of r reruns does
with a chance of at most r q (1 - q)^S, which never exceeds r / (e (S + 1)): 0.046 at S = 8 r.
"""


@dataclass(frozen=True)
class _Own:
    """The sweep's own variation, as far as its runs show it."""

    runs: Runs
    stored: Mapping[int, Run]
    level: float  # of each single limit
    enough: bool  # to call something beyond
    prediction: Interval
    fixed: bool  # no source of randomness varies
    distances: dict[int, list[float]] = field(default_factory=dict)

    def from_other_seeds(self, seed: int) -> list[float]:
        """Return how far the stored runs of the other seeds are from this one's."""
        if seed not in self.distances:
            mine = self.stored[seed]
            found = (distance(mine, run) for s, run in self.stored.items() if s != seed)
            self.distances[seed] = [d for d in found if d is not None]
        return self.distances[seed]


def reproduce(
    runs: Runs,
    stored: Sequence[Run | Failure],
    again: Sequence[Run | Failure],
    *,
    altered: Sequence[int] = (),
    damage: str = "",
    alpha: float = 0.05,
    causes: Sequence[Cause] = (),
    warnings: Sequence[str] = (),
) -> Reproduction:
    """Judge whether seeds that were trained again gave the stored runs again.

    A seed is *identical* if predictions, scores and the digest of the weights are the same, bit for
    bit, as far as both runs have them; or if it failed as it had failed before.

    Otherwise it is *within* the sweep's own variation if (a) its reported score lies in the range
    of as many new trainings as were done, or no further from the stored run's than half the length
    of that range; and (b) its predictions are no further from the stored run of the same seed than
    those of a training with another seed would be. Both limits are those of
    `variance.statistics.claims.best_of`: by rank where there are runs enough, which takes nothing
    for granted but that the rerun is one more draw; beyond all runs the further one of a normal and
    an exponential tail. They share `alpha` (Bonferroni). If the reruns were trainings with fresh
    seeds, the chance that any of them is called *beyond* is at most about `alpha`. Thus *within*
    says that a rerun is as good as another seed's run, as far as these runs can tell; not that the
    change of bits is small.

    What is not within is *beyond* where the sweep has eight runs for each rerun with other bits.
    With fewer it is *unknown*: so few may well lack the kind of run that the rerun is, such as one
    that diverges. It is so, too, with fewer than five runs, or without any spread to measure. Where
    the configuration varies no source of randomness, the runs have no variation of their own, and
    whatever is not identical is *beyond*.

    Parameters
    ----------
    runs : Runs
        The finished runs of the sweep.
    stored : sequence of Run or Failure
        The same, run by run, and what failed.
    again : sequence of Run or Failure
        The seeds that were trained again; each is among the stored ones.
    altered : sequence of int
        Seeds whose stored record does not fit the digest that was written with it: they are
        judged *altered*, and so is the whole.
    damage : str
        What of the file does not fit its digests; empty for nothing.
    alpha : float
    causes, warnings
        As in `Reproduction`, to be handed on.

    Returns
    -------
    Reproduction

    Raises
    ------
    Refusal
        If there is nothing to compare.
    """
    if not again:
        raise Refusal(f"no seed of {runs.name} was trained again")
    records = {record.seed: record for record in stored}
    finished = {seed: run for seed, run in records.items() if isinstance(run, Run)}
    others = sum(not _identical(records[run.seed], run) for run in again)
    own = _own_variation(runs, finished, alpha, max(others, 1))
    found = tuple(
        _judged(own, records[run.seed], run, altered=run.seed in altered)
        for run in sorted(again, key=lambda run: run.seed)
    )
    between = [d for run in again if run.seed in finished for d in own.from_other_seeds(run.seed)]
    scores = _scores(runs)
    return Reproduction(
        name=runs.name,
        metric=runs.metric,
        kind=runs.kind,
        judgement="altered" if damage else max((one.judgement for one in found), key=_WORST.index),
        runs=len(runs),
        reruns=found,
        alpha=alpha,
        mean=float(scores.mean()) if scores.size else None,
        sd=float(scores.std(ddof=1)) if scores.size > 1 else None,
        prediction=own.prediction,
        between_seeds=float(np.mean(between)) if between else None,
        causes=tuple(causes),
        warnings=tuple(warnings),
        alerts=tuple(_alerts(runs, found, damage)),
    )


def _scores(runs: Runs) -> Floats:
    values = runs.scores.get(runs.metric, np.empty(0))
    return values[np.isfinite(values)]


def _own_variation(runs: Runs, stored: Mapping[int, Run], alpha: float, count_: int) -> _Own:
    limits = 1 if runs.kind == "scores" else 2
    level = alpha / (limits * count_)
    enough = len(runs) >= _PER_RERUN * count_
    range_ = _range(_scores(runs), runs.metric, level)
    return _Own(runs, stored, level, enough, range_, fixed=runs.vary == ())


def _range(scores: Floats, metric: str, level: float) -> Interval:
    """Return where a new training lands but for a chance of `level`; None if that is unknown."""
    if scores.size < _FEWEST:
        return None
    found = claims.best_of(scores, float(scores[0]), level=1 - level)
    if found.reason:
        return None
    return metrics.within_limits(bounds(found.low, found.high), metric, scores)


def _identical(stored: Run | Failure, again: Run | Failure) -> bool:
    if isinstance(stored, Run) and isinstance(again, Run):
        return compare_bits(stored, again).same
    return type(stored) is type(again)


def _judged(own: _Own, stored: Run | Failure, again: Run | Failure, *, altered: bool) -> Rerun:
    if isinstance(stored, Failure) or isinstance(again, Failure):
        judgement, reason = _ALTERED if altered else _with_failure(stored, again)
        return Rerun(
            stored.seed,
            judgement,
            reason,
            stored=_score(own, stored),
            again=_score(own, again),
            altered=altered,
        )
    bits = compare_bits(stored, again)
    apart = distance(stored, again) if bits.test_set else None
    limit = _limit(own, stored.seed) if apart else None
    judgement, reason = (
        ("identical", "") if bits.same else _different(own, bits, (stored, again), apart, limit)
    )
    if altered:
        judgement, reason = _ALTERED
    return Rerun(
        stored.seed,
        judgement,
        reason,
        bits.predictions,
        bits.weights,
        bits.scores,
        _score(own, stored),
        _score(own, again),
        changed=changed_examples(stored, again) if bits.test_set else None,
        examples=None if stored.test_set is None else len(stored.test_set.labels),
        distance=apart,
        limit=limit,
        altered=altered,
    )


def _score(own: _Own, run: Run | Failure) -> float | None:
    return run.metrics.get(own.runs.metric) if isinstance(run, Run) else None


def _with_failure(stored: Run | Failure, again: Run | Failure) -> tuple[Judgement, str]:
    """Judge where at least one of the two gave no model."""
    if isinstance(stored, Run) and isinstance(again, Failure):
        return "beyond", f"it finished then and fails now ({again.error})"
    if isinstance(stored, Failure) and isinstance(again, Run):
        return "unknown", f"it failed then ({stored.error}) and finishes now"
    if isinstance(stored, Failure) and isinstance(again, Failure):
        if (stored.reason, stored.error) == (again.reason, again.error):
            return "identical", f"it fails as it failed then ({stored.error})"
        return "unknown", f"it failed then ({stored.error}) and fails otherwise now ({again.error})"
    raise TypeError("one of them has failed")


def _different(
    own: _Own, bits: Bits, pair: tuple[Run, Run], apart: float | None, limit: float | None
) -> tuple[Judgement, str]:
    """Judge two runs whose bits differ."""
    if bits.test_set is False:
        return "beyond", "it was scored on other test examples or labels than the stored run"
    if own.fixed:
        return (
            "beyond",
            "no source of randomness varies, so the runs have no variation of their own",
        )
    if len(own.runs) < _FEWEST:
        return "unknown", (
            f"{count(len(own.runs), 'run')} cannot tell how far runs of the sweep vary "
            f"(it takes {_FEWEST})"
        )
    if bits.predictions is False and apart is None:
        return "beyond", "only one of the two runs has predictions"
    verdicts = [_by_score(own, *pair), *([_by_distance(own, apart, limit)] if apart else [])]
    worst = max((judgement for judgement, _ in verdicts), key=_WORST.index)
    return worst, " and ".join(reason for judgement, reason in verdicts if judgement == worst)


def _by_score(own: _Own, stored: Run, again: Run) -> tuple[Judgement, str]:
    metric, before, now = own.runs.metric, _score(own, stored), _score(own, again)
    if before is None or now is None:
        return "beyond", f"only one of the two runs has a score called {metric}"
    if before == now:
        return "within", f"its {metric} is the same"
    if own.prediction is None:
        return "unknown", f"{metric} does not vary between the stored runs"
    low, high = own.prediction
    # The stored run may itself be an outlier: what is as near to it is no further off.
    if low <= now <= high or abs(now - before) <= (high - low) / 2:
        return "within", f"its {metric} lies where other trainings of the sweep would land"
    outside = f"its {metric} lies outside of where other trainings of the sweep would land"
    return _outside(own, outside)


def _outside(own: _Own, reason: str) -> tuple[Judgement, str]:
    """Return that a rerun is beyond, if the stored runs are many enough to know."""
    if own.enough:
        return "beyond", reason
    return "unknown", (
        f"{reason}, as far as {count(len(own.runs), 'run')} can tell; to be sure it takes "
        f"{_PER_RERUN} for each seed that gave other bits"
    )


def _by_distance(own: _Own, apart: float, limit: float | None) -> tuple[Judgement, str]:
    if limit is None:
        return "unknown", "how far runs of different seeds are apart cannot be told"
    if apart <= limit:
        return "within", "it is no further from the stored run than a run of another seed would be"
    return _outside(own, "it is further from the stored run than a run of another seed would be")


def _limit(own: _Own, seed: int) -> float | None:
    """Return the largest distance from a stored run that another seed's run would have."""
    others = np.array(own.from_other_seeds(seed))
    if len(others) < _FEWEST - 1:
        return None
    found = claims.best_of(others, float(others[0]), level=1 - 2 * own.level)  # its upper end alone
    return None if found.reason else max(found.high, float(others.max()))


def _alerts(runs: Runs, found: Sequence[Rerun], damage: str) -> Iterator[Alert]:
    if damage:
        yield Alert(
            "altered-record",
            f"The file was changed after it was written: {damage}.",
        )
    models = [one for one in found if one.stored is not None and one.again is not None]
    if models and all(one.same_weights is None for one in models):
        yield Alert("no-weights", "The weights could not be compared: no digest of them is stored.")
    if runs.kind == "scores":
        yield Alert("scores-only", "The sweep holds no predictions: only scores were compared.")
    if any(one.judgement != "identical" for one in found) and _FEWEST <= len(runs) < 10:
        yield Alert(
            "few-runs",
            f"{count(len(runs), 'run')} give only a rough idea of the sweep's own variation.",
        )
