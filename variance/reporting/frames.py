"""Results as tidy tables: one row an observation, raw numbers, missing is NaN.

Shares are fractions, not percent; differences are candidate minus baseline.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from variance.analysis.many import Comparisons
from variance.analysis.results import Comparison
from variance.reporting.tabular import COLUMNS, comparison_rows

if TYPE_CHECKING:
    import pandas as pd

    from variance.analysis.luck import LuckResult
    from variance.analysis.planning import Plan
    from variance.analysis.reproduction_results import Reproduction
    from variance.analysis.results import Interval
    from variance.analysis.summary_results import ClassSummary, Summary

_TEXTS = ("part", "verdict", "method")
_SUMMARY = (
    "sweep", "metric", "part", "examples", "runs", "mean", "sd", "ci_low", "ci_high", "low", "high",
    "noise_sd",
)  # fmt: skip


def comparison_frame(comparison: Comparison | Comparisons) -> pd.DataFrame:
    """Return one row a scope, and one a scope and class (or slice), for each candidate.

    Parameters
    ----------
    comparison : Comparison or Comparisons

    Returns
    -------
    DataFrame
        ``baseline``, ``candidate`` and ``metric`` say what is compared; ``part`` is the class or
        slice, empty for the whole; ``scope`` is ``test-set`` or ``new-data``. The numbers are
        ``baseline_value``, ``candidate_value``, ``difference``, ``ci_low``, ``ci_high``,
        ``p_value``, ``p_adjusted`` (Holm); then ``verdict`` and ``method``.
    """
    import pandas as pd

    several = comparison.comparisons if isinstance(comparison, Comparisons) else (comparison,)
    rows = [row for one in several for row in comparison_rows(one)]
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    numbers = [c for c in COLUMNS[5:] if c not in _TEXTS]
    return frame.astype(dict.fromkeys(numbers, "float64")).fillna(dict.fromkeys(_TEXTS, ""))


def summary_frame(summary: Summary) -> pd.DataFrame:
    """Return one row for the sweep's metric, then one a class and score.

    Parameters
    ----------
    summary : Summary

    Returns
    -------
    DataFrame
        ``sweep``, ``metric`` (for classes ``recall``, ``precision`` and ``f1``), ``part`` (the
        class, empty for the whole), ``examples`` and ``runs`` behind it, ``mean``, ``sd`` over
        runs, ``ci_low`` and ``ci_high`` of the mean, ``low`` and ``high`` over runs, and
        ``noise_sd``: the SD that so many examples alone would give.
    """
    import pandas as pd

    rows = [_whole(summary), *(row for c in summary.per_class or () for row in _class(summary, c))]
    return pd.DataFrame(rows, columns=list(_SUMMARY)).astype(
        dict.fromkeys(("examples", *_SUMMARY[5:]), "float64")
    )


def _whole(s: Summary) -> dict[str, Any]:
    return {
        "sweep": s.name, "metric": s.metric, "part": "", "examples": s.examples, "runs": s.runs,
        "mean": s.mean, "sd": s.sd, **_ends("ci_low", "ci_high", s.ci),
        **_ends("low", "high", s.range), "noise_sd": s.origin.noise if s.origin else None,
    }  # fmt: skip


def _class(s: Summary, c: ClassSummary) -> Iterator[dict[str, Any]]:
    for metric, score in (("recall", c.recall), ("precision", c.precision), ("f1", c.f1)):
        yield {
            "sweep": s.name, "metric": metric, "part": c.label, "examples": c.support,
            "runs": score.defined, "mean": score.mean, "sd": score.sd, "low": score.low,
            "high": score.high, "noise_sd": score.floor,
        }  # fmt: skip


def luck_frame(result: LuckResult) -> pd.DataFrame:
    """Return one row.

    Parameters
    ----------
    result : LuckResult

    Returns
    -------
    DataFrame
        ``sweep``, ``metric``, ``runs``, ``mean`` and ``sd`` of the runs, ``score``, ``best_of``,
        ``at_least`` (runs that score as well), ``chance`` of one training, ``chance_best_of``,
        ``expected_best``, ``lucky``, and ``prediction_low`` and ``prediction_high``, between which
        a new training lands.
    """
    import pandas as pd

    r = result
    row = {
        "sweep": r.name, "metric": r.metric, "runs": r.runs, "mean": r.mean, "sd": r.sd,
        "score": r.score, "best_of": r.best_of, "at_least": r.at_least, "chance": r.chance,
        "chance_best_of": r.chance_best_of, "expected_best": r.expected_best, "lucky": r.lucky,
        **_ends("prediction_low", "prediction_high", r.prediction),
    }  # fmt: skip
    return pd.DataFrame([row])


def plan_frame(plan: Plan) -> pd.DataFrame:
    """Return one row a number of seeds.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    DataFrame
        ``metric``, ``scope`` and ``effect`` say what is planned; ``seeds`` a side, the ``power``
        to establish the effect with them, and ``detectable``, the smallest difference found with
        the power asked for.
    """
    import pandas as pd

    columns = ["metric", "scope", "effect", "seeds", "power", "detectable"]
    rows = [
        (plan.metric, plan.scope, plan.effect, step.seeds, step.power, step.detectable)
        for step in plan.steps
    ]
    return pd.DataFrame(rows, columns=columns)


def reproduction_frame(result: Reproduction) -> pd.DataFrame:
    """Return one row a seed that was trained again.

    Parameters
    ----------
    result : Reproduction

    Returns
    -------
    DataFrame
        ``sweep``, ``metric``, ``seed`` and its ``judgement``; the metric as ``stored`` and
        ``again``; ``same_predictions`` and ``same_weights``; ``changed`` of so many ``examples``,
        their ``distance`` and its ``limit``.
    """
    import pandas as pd

    names = (
        "seed", "judgement", "stored", "again", "same_predictions", "same_weights", "changed",
        "examples", "distance", "limit",
    )  # fmt: skip
    rows = [
        {"sweep": result.name, "metric": result.metric, **{n: getattr(one, n) for n in names}}
        for one in result.reruns
    ]
    return pd.DataFrame(rows, columns=["sweep", "metric", *names])


def _ends(low: str, high: str, ci: Interval) -> dict[str, float | None]:
    return {low: None, high: None} if ci is None else {low: ci[0], high: ci[1]}
