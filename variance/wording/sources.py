"""Sources of randomness and ratios of spreads as people say them."""

from __future__ import annotations

import math

from variance.wording.quantities import Unit, half_width

_CALLED = {
    "init": "the initial weights",
    "order": "the order of the training examples",
    "dropout": "the dropout masks",
    "split": "the split into training and test examples",
    "training": "what training draws",
    "seed": "the seed",
}
_TENTHS = (
    "", "one tenth", "two tenths", "three tenths", "four tenths", "half", "six tenths",
    "seven tenths", "eight tenths", "nine tenths",
)  # fmt: skip


def called(source: str) -> str:
    """Return what a source is in the middle of a sentence."""
    return _CALLED.get(source, f"the source {source}")


def share_of_spread(ratio: float) -> str:
    """Return how a spread reads beside another: ``about nine tenths of the spread of``."""
    tenths = round(10 * ratio)
    if tenths == 0:
        return "next to nothing of the spread of"
    if tenths < 10:
        return f"about {_TENTHS[tenths]} of the spread of"
    return "about as much spread as" if tenths == 10 else f"about {ratio:.1f} times the spread of"


def ratio_text(ratio: float, ci: tuple[float, float] | None) -> str:
    """Return ``0.94 [0.62, 1.41]``; ``[0.62, ∞)`` where nothing bounds it from above."""
    shown = _number(ratio)
    if ci is None:
        return shown
    high = "∞)" if math.isinf(ci[1]) else f"{_number(ci[1])}]"
    return f"{shown} [{_number(ci[0])}, {high}"


def sd_text(unit: Unit, sd: float, ci: tuple[float, float] | None) -> str:
    """Return an SD with its interval, such as ``0.36 pp [0.29, 0.48]``."""
    if ci is None:
        return unit.size(sd)
    digits = unit.digits(half_width(ci))
    return f"{unit.size(sd)} [{unit.spread(ci[0], digits)}, {unit.spread(ci[1], digits)}]"


def _number(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}"
