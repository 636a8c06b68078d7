"""Where the spread comes from as tidy tables: raw numbers, missing is NaN."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from variance.analysis.results import Interval
    from variance.analysis.source_results import Arm, CrossedResult, MachineResult, SourcesResult

_ARM = (
    "arm", "kind", "sweep", "part", "runs", "failed", "mean", "sd", "ci_low", "ci_high",
    "robust_low", "robust_high", "same", "churn", "ratio", "ratio_low", "ratio_high", "p_value",
    "p_adjusted", "relation",
)  # fmt: skip
_TEXTS = ("arm", "kind", "sweep", "part", "same", "relation")


def sources_frame(result: SourcesResult) -> pd.DataFrame:
    """Return one row an arm, then one an arm and class.

    Parameters
    ----------
    result : SourcesResult

    Returns
    -------
    DataFrame
        ``arm``, ``kind`` and ``sweep`` say which; ``part`` is the class (its recall), empty for the
        metric. Then ``runs``, ``failed``, ``mean``, ``sd`` over runs with ``ci_low`` and
        ``ci_high`` (χ²), ``robust_low`` and ``robust_high`` (Bonett); ``same``, what is the same in
        every run; ``churn``; and ``ratio``, the SD over that of the arm ``all``, with its interval,
        ``p_value``, ``p_adjusted`` (Holm) and ``relation``.
    """
    import pandas as pd

    rows = [_arm(arm) for arm in result.arms]
    rows += [row for arm in result.arms for row in _classes(arm)]
    frame = pd.DataFrame(rows, columns=list(_ARM))
    numbers = [name for name in _ARM if name not in (*_TEXTS, "runs", "failed")]
    return frame.astype(dict.fromkeys(numbers, "float64")).fillna(dict.fromkeys(_TEXTS, ""))


def _arm(arm: Arm) -> dict[str, Any]:
    row = {
        "arm": arm.name, "kind": arm.kind, "sweep": arm.sweep, "part": "", "runs": arm.runs,
        "failed": arm.failed, "mean": arm.mean, "sd": arm.sd, "same": arm.same, "churn": arm.churn,
        **_ends("ci", arm.sd_ci), **_ends("robust", arm.robust_ci),
    }  # fmt: skip
    if arm.ratio is None:
        return row
    return row | {
        "ratio": arm.ratio.estimate, **_ends("ratio", arm.ratio.ci), "p_value": arm.ratio.p_value,
        "p_adjusted": arm.ratio.p_adjusted, "relation": arm.ratio.relation,
    }  # fmt: skip


def _classes(arm: Arm) -> Iterator[dict[str, Any]]:
    for label, spread in arm.per_class.items():
        yield {
            "arm": arm.name, "kind": arm.kind, "sweep": arm.sweep, "part": label, "runs": arm.runs,
            "failed": arm.failed, "sd": spread,
        }  # fmt: skip


def crossed_frame(result: CrossedResult) -> pd.DataFrame:
    """Return one row a part of the variance.

    Parameters
    ----------
    result : CrossedResult

    Returns
    -------
    DataFrame
        ``part`` is a source, ``interaction`` or ``total``; ``sd`` with ``ci_low`` and ``ci_high``;
        its ``share`` of the variance with ``share_low`` and ``share_high``; ``p_value`` of no main
        effect.
    """
    import pandas as pd

    r = result
    named = ((r.first, r.main_first), (r.second, r.main_second), ("interaction", r.interaction))
    rows = [
        {
            "part": name, "sd": part.sd, **_ends("ci", part.ci), "share": part.share,
            **_ends("share", part.share_ci), "p_value": part.p_value,
        }
        for name, part in named
    ]  # fmt: skip
    rows.append({"part": "total", "sd": r.sd, **_ends("ci", r.sd_ci)})
    columns = ["part", "sd", "ci_low", "ci_high", "share", "share_low", "share_high", "p_value"]
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[1:], "float64"))


def machine_frame(result: MachineResult) -> pd.DataFrame:
    """Return one row a way to compute.

    Parameters
    ----------
    result : MachineResult

    Returns
    -------
    DataFrame
        ``way`` and ``sweep`` say which; ``pairs`` of runs with one seed, ``failed``, how many are
        ``identical``; their ``distance`` with ``distance_low`` and ``distance_high``; the mean
        ``difference`` of the metric with ``ci_low`` and ``ci_high``, and the ``largest``.
    """
    import pandas as pd

    rows = [
        {
            "way": arm.name, "sweep": arm.sweep, "pairs": arm.pairs, "failed": arm.failed,
            "identical": arm.identical, "distance": arm.distance,
            **_ends("distance", arm.distance_range), "difference": arm.difference,
            **_ends("ci", arm.ci), "largest": arm.largest,
        }
        for arm in result.arms
    ]  # fmt: skip
    columns = [
        "way", "sweep", "pairs", "failed", "identical", "distance", "distance_low",
        "distance_high", "difference", "ci_low", "ci_high", "largest",
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(columns[5:], "float64"))


def _ends(name: str, ci: Interval) -> dict[str, float | None]:
    low, high = (None, None) if ci is None else ci
    return {f"{name}_low": low, f"{name}_high": high}
