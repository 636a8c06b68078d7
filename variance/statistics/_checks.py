"""What every function of this package asks of its arguments, in one voice."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from variance.errors import Refusal, UsageError

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.int64]
Matrix: TypeAlias = NDArray[Any]

SMALLEST_P = float(np.finfo(np.float64).tiny)
"""What a p-value that underflows is reported as (2.2e-308): a p-value is never 0."""

ROUNDING = 4 * float(np.finfo(np.float64).eps)
"""A spread below this share of the largest value is rounding, not variation."""


def numbers(values: ArrayLike, name: str) -> NDArray[Any]:
    """Return a real array of any shape; booleans and integers keep their type."""
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise UsageError(f"{name} is ragged: {error}.", "Give rows of equal length.") from error
    if array.dtype.kind not in "biuf":
        raise UsageError(
            f"{name} must hold real numbers; its type is {array.dtype}.", "Convert it to floats."
        )
    return array


def finite(array: NDArray[Any], name: str) -> None:
    """Refuse NaN and infinity, naming the first."""
    if array.dtype.kind != "f":
        return
    bad = ~np.isfinite(array)
    if bad.any():
        first = tuple(int(i) for i in np.argwhere(bad)[0])
        place = first[0] if len(first) == 1 else first
        raise Refusal(
            f"{name} has {int(bad.sum())} non-finite value(s); "
            f"the first is {array[first]} at {place}.",
            "A run whose score is not finite is a failed run: count it among the failures.",
        )


def vector(values: ArrayLike, name: str, *, at_least: int = 1) -> Floats:
    """Return a finite float vector of at least so many entries."""
    array = numbers(values, name)
    if array.ndim != 1:
        raise UsageError(f"{name} must be one-dimensional; its shape is {array.shape}.")
    if array.size < at_least:
        raise Refusal(f"{name} has {array.size} value(s); at least {at_least} needed.", "Add runs.")
    finite(array, name)
    return array.astype(np.float64)


def matrix(values: ArrayLike, name: str) -> Matrix:
    """Return a finite, non-empty two-dimensional array, its type kept."""
    array = numbers(values, name)
    if array.ndim != 2:
        raise UsageError(
            f"{name} must have the shape (runs, examples); its shape is {array.shape}."
        )
    if array.size == 0:
        raise Refusal(f"{name} is empty: its shape is {array.shape}.", "Add runs or examples.")
    finite(array, name)
    return array


def pair(baseline: ArrayLike, candidate: ArrayLike) -> tuple[Floats, Floats]:
    """Return two finite vectors of equal length, one entry a shared seed."""
    x, y = vector(baseline, "baseline"), vector(candidate, "candidate")
    if x.size != y.size:
        raise UsageError(
            f"Paired scores differ in number: {x.size} baseline, {y.size} candidate.",
            "Keep the seeds that both have, in the same order, or compare them unpaired.",
        )
    return x, y


def probability(value: float, name: str) -> float:
    """Return a number strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        raise UsageError(f"{name} must lie between 0 and 1; it is {value}.")
    return float(value)


def positive(value: float, name: str) -> float:
    """Return a finite number above 0."""
    if not (np.isfinite(value) and value > 0):
        raise UsageError(f"{name} must be a positive number; it is {value}.")
    return float(value)


def whole(value: int, name: str, *, at_least: int = 1) -> int:
    """Return a whole number of at least so much."""
    if int(value) != value or value < at_least:
        raise UsageError(f"{name} must be a whole number of at least {at_least}; it is {value}.")
    return int(value)


def one_of(value: str, name: str, known: Sequence[str]) -> str:
    """Return a word out of a few."""
    if value not in known:
        raise UsageError(f"{name} must be one of {', '.join(known)}; it is {value!r}.")
    return value


def never_zero(p: float) -> float:
    """Return a p-value within [smallest normal float, 1]; NaN stays NaN."""
    return float(np.clip(p, SMALLEST_P, 1.0))


def sd(x: Floats, scale: float | None = None) -> float:
    """Return the unbiased SD: exactly 0 where it is nothing but rounding, NaN for one value.

    `scale` is the size of the values that were rounded, where `x` is made of larger ones.
    """
    if x.size < 2:
        return math.nan
    spread = float(x.std(ddof=1))
    return 0.0 if constant(spread, largest(x) if scale is None else scale) else spread


def largest(*arrays: Matrix) -> float:
    """Return the largest absolute value."""
    return max(max(abs(float(a.max())), abs(float(a.min()))) for a in arrays)


def constant(spread: float, scale: float) -> bool:
    """Tell whether a spread is nothing but the rounding of values of that size."""
    return not spread > ROUNDING * scale
