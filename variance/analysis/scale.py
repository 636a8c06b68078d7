"""Whether a size, such as a margin, is given in the unit of the scores."""

from __future__ import annotations

from collections.abc import Iterator

from variance.analysis.results import Alert
from variance.analysis.sample import Sample
from variance.errors import UsageError
from variance.records import scale_of

_WHOLE = {"share": 1.0, "percent": 100.0}


def check_size(chosen: Sample, size: float | None, noun: str) -> None:
    """Raise UsageError where no two scores of a metric can lie so far apart.

    Parameters
    ----------
    chosen : Sample
    size : float, optional
        A difference in the metric's own unit.
    noun : str
        What it is, for the message.
    """
    whole = _whole(chosen)
    if size is None or whole is None or size <= whole:
        return
    raise UsageError(
        f"the {noun} is {size:g}, but no two values of {chosen.metric}, which lies between 0 and "
        f"{whole:g}, differ by more than {whole:g}",
        f"Did you mean {size / 100:g}?" if size < 100 * whole else "",
    )


def wide_margin(chosen: Sample, margin: float | None) -> Iterator[Alert]:
    """Yield that a margin is so wide that a perfect model would count as equivalent.

    Parameters
    ----------
    chosen : Sample
        The baseline.
    margin : float, optional
    """
    whole = _whole(chosen)
    if margin is None or whole is None:
        return
    mean = float(chosen.scores.mean())
    room = whole - mean if chosen.higher_is_better else mean
    if margin > room:
        yield Alert(
            "wide-margin",
            f"The margin of {margin:g} is so wide that a perfect model would be within it of "
            f"{chosen.runs.name}: was {margin / 100:g} meant, in the unit of the scores?",
        )


def _whole(chosen: Sample) -> float | None:
    """Return what a perfect share is written as; None for other metrics and without scores."""
    x = chosen.scores
    return _WHOLE.get(scale_of(chosen.metric, x.tolist())) if len(x) else None
