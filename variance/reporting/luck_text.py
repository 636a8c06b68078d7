"""How lucky a score is, as plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from variance.reporting.layout import columns, paint, wrapped
from variance.reporting.quantities import Unit, level_text, plural, share_text

if TYPE_CHECKING:
    from variance.analysis.luck import LuckResult


def render_luck(result: LuckResult, *, color: bool = False, width: int = 100) -> str:
    """Return what a single score is worth, as people read it.

    Parameters
    ----------
    result : LuckResult
    color : bool
        Whether to add ANSI colours.
    width : int
        Columns that sentences are wrapped to.
    """
    return "\n".join(_blocks(result, color=color, width=width))


def _blocks(r: LuckResult, *, color: bool, width: int) -> Iterator[str]:
    head = wrapped(_sentence(r), width)
    yield paint(head, "bold", color=color)
    yield ""
    yield from columns(list(_rows(r)))
    for alert in r.alerts:
        yield wrapped(f"! {alert.message}", width, "  ")
    if r.unavailable:
        missing = "; ".join(
            f"{name.replace('_', ' ')}: {why}" for name, why in r.unavailable.items()
        )
        yield wrapped(f"Not computed: {missing}.", width, "  ")
    yield wrapped(
        f"This tells how far {r.name} reaches by luck; to compare it with another model, train "
        "that one over several seeds too.",
        width,
        "  ",
    )


def _unit(r: LuckResult) -> Unit:
    return Unit.of(r.metric, (r.mean, r.score))


def _shown(r: LuckResult, value: float) -> str:
    unit = _unit(r)
    return unit.value(value, max(unit.digits(r.sd), 2))


def _chance(share: float) -> str:
    return share_text(share, 0 if share >= 0.1 else 1)


def _sentence(r: LuckResult) -> str:
    score = f"{r.metric} {_shown(r, r.score)}"
    many = f" as the best of {r.best_of}" if r.best_of > 1 else ""
    chance = _chance(r.chance_best_of)
    if r.lucky is None:
        return f"{score} CANNOT BE JUDGED by {plural(r.runs, 'run')} of {r.name}."
    trainings = f"sets of {r.best_of} trainings" if r.best_of > 1 else "trainings"
    if r.lucky:
        return (
            f"{score}{many} is MORE THAN LUCK: only about {chance} of {trainings} of "
            f"{r.name} would reach it."
        )
    return (
        f"{score}{many} is WITHIN THE LUCK of {r.name}: about {chance} of {trainings} would "
        "reach it."
    )


def _rows(r: LuckResult) -> Iterator[tuple[str, str]]:
    unit = _unit(r)
    better = "at least" if r.higher_is_better else "at most"
    yield f"runs that score {better} this", f"{r.at_least} of {r.runs}"
    if r.predicted is not None:
        yield "chance of one training, from the t distribution", _chance(r.predicted)
    if r.best_of > 1 and r.expected_best is not None:
        yield f"expected best of {r.best_of}", _shown(r, r.expected_best)
    if r.prediction is not None:
        digits = max(unit.digits(r.sd), 2)
        yield f"{level_text(r.alpha)} of trainings score", unit.values(r.prediction, digits)
    if r.other is not None and r.gap_chance is not None:
        gap = f"chance that two trainings differ as {_shown(r, r.score)} and {_shown(r, r.other)}"
        yield gap, _chance(r.gap_chance)
    if r.mean is not None:
        digits = max(unit.digits(r.sd), 2)
        spread = "" if r.sd is None else f" ± {unit.spread(r.sd, digits)} (SD over {r.runs} runs)"
        yield "quote instead", f"{_shown(r, r.mean)}{spread}"
