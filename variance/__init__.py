"""Tells a real improvement of a model from a lucky draw.

>>> import variance as va
>>> base = va.sweep("digits", seeds=10)                    # doctest: +SKIP
>>> cand = va.sweep("digits", seeds=10, dropout=0.5)       # doctest: +SKIP
>>> va.compare(base, cand)                                 # doctest: +SKIP

The names below are loaded when they are first used, so that importing the package is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from variance.api import (
        compare,
        from_predictions,
        from_scores,
        import_runs,
        load,
        luck,
        plan,
        plot_runs,
        summarize,
        sweep,
        sweeps,
    )
    from variance.errors import VarianceError
    from variance.handle import Sweep

_HOMES = {
    "Sweep": "variance.handle",
    "VarianceError": "variance.errors",
    "compare": "variance.api",
    "from_predictions": "variance.api",
    "from_scores": "variance.api",
    "import_runs": "variance.api",
    "load": "variance.api",
    "luck": "variance.api",
    "plan": "variance.api",
    "plot_runs": "variance.api",
    "summarize": "variance.api",
    "sweep": "variance.api",
    "sweeps": "variance.api",
}

__all__ = [
    "Sweep",
    "VarianceError",
    "__version__",
    "compare",
    "from_predictions",
    "from_scores",
    "import_runs",
    "load",
    "luck",
    "plan",
    "plot_runs",
    "summarize",
    "sweep",
    "sweeps",
]


def __getattr__(name: str) -> object:
    import importlib

    if name not in _HOMES:
        raise AttributeError(f"module 'variance' has no attribute {name!r}")
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
