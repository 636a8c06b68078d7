"""What a notebook and the command line call: wires the layers, computes nothing itself."""

from variance.analysis.presented import Presenter, present_with
from variance.api.arms import sources
from variance.api.drawing import (
    plot_best_of,
    plot_confusion,
    plot_confusion_difference,
    plot_distribution,
    plot_luck,
    plot_predictions,
    plot_runs,
    plot_spread,
    plot_summary,
)
from variance.api.judging import compare, luck, plan, summarize
from variance.api.keeping import (
    AnySweep,
    export_runs,
    from_predictions,
    from_scores,
    import_runs,
    load,
    runs_of,
    sweeps,
)
from variance.api.models import save_model
from variance.api.origins import diff
from variance.api.recipes import from_recipe, write_recipe
from variance.api.repair import repair
from variance.api.reproducing import verify
from variance.api.showing import report
from variance.api.training import Backend, sweep

__all__ = [
    "AnySweep",
    "Backend",
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
    "plot_confusion",
    "plot_confusion_difference",
    "plot_distribution",
    "plot_luck",
    "plot_predictions",
    "plot_runs",
    "plot_spread",
    "plot_summary",
    "repair",
    "report",
    "runs_of",
    "save_model",
    "sources",
    "summarize",
    "sweep",
    "sweeps",
    "verify",
    "write_recipe",
]


def _presenter() -> Presenter:
    from variance.reporting import notebook

    return notebook


present_with(_presenter)
