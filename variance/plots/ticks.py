"""Numbers along an axis, all with the same decimals and no more than they need.

Imported only where something is drawn: it needs matplotlib at once.
"""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.ticker import Formatter

_MOST = 12


class Even(Formatter):
    """Numbers with equally many decimals.

    Parameters
    ----------
    factor : float
        What the values are multiplied with to be shown.
    unit : str
        Put behind each.
    signed : bool
        Whether to show a plus sign.
    """

    def __init__(self, factor: float = 1.0, unit: str = "", *, signed: bool = False) -> None:
        self._factor, self._unit, self._signed = factor, unit, signed

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return one number, as for the cursor."""
        del pos
        return self.format_ticks([x])[0]

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return the numbers of an axis."""
        shown = [self._factor * float(value) for value in values]
        span = max((abs(value) for value in shown), default=0.0) or 1.0
        digits = next((d for d in range(_MOST) if _suffice(shown, d, span)), _MOST)
        return [self._text(value, digits, span) for value in shown]

    def _text(self, value: float, digits: int, span: float) -> str:
        if abs(value) < 1e-9 * span:
            return f"0{self._unit}"
        return f"{value:{'+' if self._signed else ''},.{digits}f}{self._unit}"


def _suffice(values: Sequence[float], digits: int, span: float) -> bool:
    return all(abs(round(value, digits) - value) < 1e-6 * span * 10**-digits for value in values)
