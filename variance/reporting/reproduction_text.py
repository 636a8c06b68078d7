"""Whether runs could be had again, as plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from variance.reporting.document import Block, Document, Table, Text, rows
from variance.reporting.layout import render
from variance.wording.quantities import NOTHING, Unit, level_text, plural, share_text

if TYPE_CHECKING:
    from variance.analysis.reproduction import Cause, Reproduction, Rerun

_MOST_CAUSES = 5
_HEADS = {
    "identical": "IDENTICAL",
    "within": "DIFFERENT BITS, WITHIN the sweep's own variation",
    "beyond": "DIFFERENT BEYOND the sweep's own variation",
    "altered": "ALTERED: the stored file is not what was written",
    "unknown": "DIFFERENT, AND IT CANNOT BE SAID whether within the sweep's own variation",
}


def render_reproduction(result: Reproduction, *, color: bool = False, width: int = 100) -> str:
    """Return what came of training seeds again, as people read it.

    Parameters
    ----------
    result : Reproduction
    color : bool
        Whether to add ANSI colours.
    width : int
        Columns that sentences are wrapped to.
    """
    return render(reproduction_document(result), color=color, width=width)


def reproduction_document(result: Reproduction) -> Document:
    """Return what is shown of seeds that were trained again."""
    return Document.of([Text(_sentence(result), "lead", "bold")], _body(result))


def _body(r: Reproduction) -> Iterator[Block]:
    yield Table(f"Seeds of {r.name} trained again", rows(_rows(r)), _heads(r))
    for one in r.reruns:
        if one.reason:
            yield Text(f"seed {one.seed}: {one.reason}.", "note")
    if r.judgement != "identical":
        yield from (Text(line, "note") for line in (_variation(r), *_causes(r.causes)))
    yield from (Text(alert.message, "alert") for alert in r.alerts)


def _sentence(r: Reproduction) -> str:
    count = len(r.reruns)
    if r.judgement == "identical":
        failed = sum(one.again is None for one in r.reruns)
        again = f"{plural(count, 'seed')} of {r.name}, trained again,"
        if failed == count:
            return f"{_HEADS[r.judgement]}: {again} failed as before."
        gave = "gives" if count == 1 else "give"
        rest = f"; {failed} of them failed as before" if failed else ""
        return f"{_HEADS[r.judgement]}: {again} {gave} the same {_compared(r)}, bit for bit{rest}."
    other = [one for one in r.reruns if one.judgement != "identical"]
    if r.judgement == "altered" and all(one.judgement != "altered" for one in other):
        return (
            f"{_HEADS[r.judgement]}, though not in the seeds of {r.name} that were trained again."
        )
    worst = [str(one.seed) for one in other if one.judgement == r.judgement]
    same = count - len(other)
    rest = f"; {plural(same, 'other seed')} identical" if same else ""
    seeds = ("seed " if len(worst) == 1 else "seeds ") + ", ".join(worst)
    return f"{_HEADS[r.judgement]}: {seeds} of {r.name}, trained again{rest}."


def _compared(r: Reproduction) -> str:
    parts = ["predictions"] if any(one.same_predictions for one in r.reruns) else []
    parts += ["scores"]
    parts += ["weights"] if any(one.same_weights for one in r.reruns) else []
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def _heads(r: Reproduction) -> tuple[str, ...]:
    score = f"{r.metric}, then → now"
    return ("seed", "predicted otherwise", "weights", "other scores", score, "difference")


def _rows(r: Reproduction) -> Iterator[tuple[str, ...]]:
    unit = Unit.of(r.metric, [v for one in r.reruns for v in (one.stored, one.again)])
    digits = max(unit.digits(r.sd), 2)
    for one in r.reruns:
        others = [name for name in one.different_scores if name != r.metric]
        failed = one.stored is None or one.again is None
        yield (
            str(one.seed),
            _otherwise(one, r.kind),
            _word(one.same_weights),
            NOTHING if failed else ", ".join(others[:4]) or "same",
            _pair(one, unit, digits),
            _change(one, unit, failed=failed),
        )


def _pair(one: Rerun, unit: Unit, digits: int) -> str:
    shown = ["failed" if v is None else unit.value(v, digits) for v in (one.stored, one.again)]
    return f"{shown[0]} → {shown[1]}"


def _change(one: Rerun, unit: Unit, *, failed: bool) -> str:
    if failed or one.stored is None or one.again is None:
        return NOTHING
    gap = one.again - one.stored
    if gap == 0:
        return "same"
    shown = unit.size(gap)
    if not any(digit in shown for digit in "123456789"):  # a unit in the last place is no zero
        shown = f"{abs(gap) * (100 if unit.share else 1):.1e}{' pp' if unit.share else ''}"
    return f"{'+' if gap > 0 else '-'}{shown}"


def _otherwise(one: Rerun, kind: str) -> str:
    if one.same_predictions is None:
        return NOTHING
    if one.same_predictions:
        return "none"
    if one.changed is None or one.examples is None or one.distance is None:
        return "not comparable"
    shown = f"{one.changed:,} of {one.examples:,}"
    if kind == "classification":
        return f"{shown} ({share_text(one.distance, 2)})"
    return f"{shown}, by {one.distance:.2g} (RMS)"


def _word(same: bool | None) -> str:
    return NOTHING if same is None else "same" if same else "differ"


def _variation(r: Reproduction) -> str:
    """Return what the sweep's own variation is, as far as its runs show it."""
    unit = Unit.of(r.metric, [r.mean])
    digits = max(unit.digits(r.sd), 2)
    parts = []
    if r.mean is not None and r.sd is not None:
        parts.append(
            f"{r.metric} {unit.value(r.mean, digits)} ± {unit.spread(r.sd, digits)} "
            f"(SD over {plural(r.runs, 'run')})"
        )
    if r.prediction is not None:
        parts.append(f"limits for a new training {unit.values(r.prediction, digits)}")
    limits = [one.limit for one in r.reruns if one.limit is not None]
    if r.between_seeds is not None:
        apart = f"runs of different seeds are {_distance(r, r.between_seeds)} apart on average"
        if limits:
            apart += f", limit {_distance(r, min(limits))}"
        parts.append(apart)
    told = "; ".join(parts) or "unknown"
    rule = f" The limits hold at {level_text(r.alpha)}, all together." if r.prediction else ""
    return f"The sweep's own variation: {told}.{rule}"


def _distance(r: Reproduction, value: float) -> str:
    return share_text(value, 2) if r.kind == "classification" else f"{value:.2g} (RMS)"


def _causes(causes: Sequence[Cause]) -> Iterator[str]:
    known = [cause for cause in causes if cause.known]
    if known:
        first, *others = known
        why = f"can change {first.may_change}: {first.reason}"
        yield f"Likeliest cause: {_cause(first)} ({why})."
        if others:
            yield f"Also different: {_some(list(map(_cause, others)))}."
    else:
        yield (
            "Nothing that is recorded differs and could change a bit: the experiment may draw "
            "numbers that its seed does not fix, or the stored runs are not what was trained."
        )
    unknown = [cause.what for cause in causes if not cause.known]
    if unknown:
        yield f"Not recorded, so perhaps different too: {_some(unknown)}."


def _some(listed: Sequence[str]) -> str:
    more = len(listed) - _MOST_CAUSES
    return "; ".join(listed[:_MOST_CAUSES]) + (f"; and {more} more" if more > 0 else "")


def _cause(cause: Cause) -> str:
    return f"{cause.what} {_short(cause.stored)} → {_short(cause.here)}"


def _short(text: str) -> str:
    if re.fullmatch("[0-9a-f]{64}", text):  # a digest
        return text[:12]
    return text if len(text) <= 60 else f"{text[:57]}…"
