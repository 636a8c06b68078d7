"""Frozen results as JSON-ready data."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import numpy as np


def as_data(value: Any) -> Any:
    """Return a result as dicts, lists, strings, numbers and None.

    Parameters
    ----------
    value : object
        A frozen dataclass, mapping, sequence, array, number, string or None.

    Returns
    -------
    object
        What ``json.dumps`` takes; a number that is not finite becomes None.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: as_data(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): as_data(entry) for key, entry in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return as_data(value.tolist())
    if isinstance(value, list | tuple):
        return [as_data(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def count(number: int, noun: str) -> str:
    """Return ``1 run`` or ``30 runs``."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def known(value: float) -> float | None:
    """Return the number as a plain float; None where it is not finite."""
    return float(value) if math.isfinite(value) else None


def bounds(low: float, high: float) -> tuple[float, float] | None:
    """Return the interval as plain floats; None where a bound is not finite."""
    return (float(low), float(high)) if math.isfinite(low) and math.isfinite(high) else None
