"""Tells a real improvement of a model from a lucky draw.

>>> import variance as va
>>> base = va.sweep("digits", seeds=10)                    # doctest: +SKIP
>>> cand = va.sweep("digits", seeds=10, dropout=0.5)       # doctest: +SKIP
>>> va.compare(base, cand)                                 # doctest: +SKIP

The names below are loaded when they are first used, so that importing the package is quick.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from variance._version import __version__

if TYPE_CHECKING:
    from variance.api import (
        compare,
        diff,
        export_runs,
        from_predictions,
        from_recipe,
        from_scores,
        import_runs,
        load,
        luck,
        plan,
        plot_best_of,
        plot_confusion,
        plot_confusion_difference,
        plot_distribution,
        plot_luck,
        plot_predictions,
        plot_runs,
        plot_spread,
        plot_summary,
        report,
        save_model,
        sources,
        summarize,
        sweep,
        sweeps,
        verify,
        write_recipe,
    )
    from variance.api.repair import repair
    from variance.errors import VarianceError
    from variance.handle import Sweep
    from variance.plots import (
        Picture,
        plot_candidates,
        plot_crossed,
        plot_difference,
        plot_example,
        plot_examples,
        plot_machine,
        plot_needed,
        plot_parts,
        plot_plan,
        plot_reproduction,
        plot_sources,
    )

_HOMES = {
    "Picture": "variance.plots",
    "Sweep": "variance.handle",
    "VarianceError": "variance.errors",
    "compare": "variance.api",
    "diff": "variance.api",
    "export_runs": "variance.api",
    "from_predictions": "variance.api",
    "from_recipe": "variance.api",
    "from_scores": "variance.api",
    "import_runs": "variance.api",
    "load": "variance.api",
    "luck": "variance.api",
    "plan": "variance.api",
    "plot_best_of": "variance.api",
    "plot_candidates": "variance.plots",
    "plot_confusion": "variance.api",
    "plot_confusion_difference": "variance.api",
    "plot_crossed": "variance.plots",
    "plot_difference": "variance.plots",
    "plot_distribution": "variance.api",
    "plot_example": "variance.plots",
    "plot_examples": "variance.plots",
    "plot_luck": "variance.api",
    "plot_machine": "variance.plots",
    "plot_needed": "variance.plots",
    "plot_parts": "variance.plots",
    "plot_plan": "variance.plots",
    "plot_predictions": "variance.api",
    "plot_reproduction": "variance.plots",
    "plot_runs": "variance.api",
    "plot_sources": "variance.plots",
    "plot_spread": "variance.api",
    "plot_summary": "variance.api",
    "repair": "variance.api",
    "report": "variance.api",
    "save_model": "variance.api",
    "sources": "variance.api",
    "summarize": "variance.api",
    "sweep": "variance.api",
    "sweeps": "variance.api",
    "verify": "variance.api",
    "write_recipe": "variance.api",
}

__all__ = [
    "Picture",
    "Sweep",
    "VarianceError",
    "__version__",
    "compare",
    "diff",
    "export_runs",
    "from_predictions",
    "from_recipe",
    "from_scores",
    "import_runs",
    "load",
    "luck",
    "plan",
    "plot_best_of",
    "plot_candidates",
    "plot_confusion",
    "plot_confusion_difference",
    "plot_crossed",
    "plot_difference",
    "plot_distribution",
    "plot_example",
    "plot_examples",
    "plot_luck",
    "plot_machine",
    "plot_needed",
    "plot_parts",
    "plot_plan",
    "plot_predictions",
    "plot_reproduction",
    "plot_runs",
    "plot_sources",
    "plot_spread",
    "plot_summary",
    "repair",
    "report",
    "save_model",
    "sources",
    "summarize",
    "sweep",
    "sweeps",
    "verify",
    "write_recipe",
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
