"""What a notebook and the command line call: wires the layers, computes nothing itself."""

from variance.api.judging import compare, luck, plan, plot_runs, summarize
from variance.api.keeping import (
    AnySweep,
    from_predictions,
    from_scores,
    import_runs,
    load,
    runs_of,
    sweeps,
)
from variance.api.training import Backend, sweep

__all__ = [
    "AnySweep",
    "Backend",
    "compare",
    "from_predictions",
    "from_scores",
    "import_runs",
    "load",
    "luck",
    "plan",
    "plot_runs",
    "runs_of",
    "summarize",
    "sweep",
    "sweeps",
]
