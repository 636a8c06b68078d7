"""A comparison as CSV and JSON, for other programs."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from variance.analysis.many import Comparisons
from variance.analysis.results import SCOPES, Comparison, Effect, PartEffect
from variance.characters import to_cell, to_json

COLUMNS = (
    "baseline", "candidate", "metric", "part", "scope", "baseline_value", "candidate_value",
    "difference", "ci_low", "ci_high", "p_value", "p_adjusted", "verdict", "method",
)  # fmt: skip


def comparison_json(comparison: Comparison | Comparisons) -> str:
    """Return the contract of ``compare --format json``: raw numbers, missing is ``null``."""
    return to_json(comparison.to_dict())


def comparison_csv(comparison: Comparison | Comparisons) -> str:
    """Return one row a scope, and one a scope and class (or slice); raw numbers, missing empty."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    several = comparison.comparisons if isinstance(comparison, Comparisons) else (comparison,)
    for one in several:
        writer.writerows(map(_inert, comparison_rows(one)))
    return file.getvalue()


def _inert(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row whose texts no program that reads it acts on."""
    return {key: to_cell(v) if v and isinstance(v, str) else v for key, v in row.items()}


def comparison_rows(c: Comparison) -> Iterator[dict[str, Any]]:
    """Yield one row a scope, and one a scope and class (or slice)."""
    names = {"baseline": c.baseline.name, "candidate": c.candidate.name, "metric": c.metric}
    values = {"baseline_value": c.baseline.mean, "candidate_value": c.candidate.mean}
    for scope in SCOPES:
        effect = c.test_set if scope == "test-set" else c.new_data
        verdict = c.verdicts[scope]
        yield {
            **names,
            **values,
            "part": "",
            "scope": scope,
            "verdict": verdict,
            **_numbers(effect),
        }
    measure = "recall" if c.per_class is not None else "error"
    for part in (*(c.per_class or ()), *(c.per_slice or ())):
        for scope in SCOPES:
            yield from _part(part, scope, {**names, "metric": measure})


def _numbers(effect: Effect | None) -> dict[str, Any]:
    if effect is None:
        return {}
    return {
        "difference": effect.estimate,
        **_bounds(effect.ci),
        "p_value": effect.p_value,
        "p_adjusted": effect.p_adjusted,
        "method": effect.method,
    }


def _part(part: PartEffect, scope: str, names: dict[str, str]) -> Iterator[dict[str, Any]]:
    own = part.test_set if scope == "test-set" else part.new_data
    if own is None:
        return
    yield {
        **names,
        "part": part.label,
        "scope": scope,
        "baseline_value": part.baseline,
        "candidate_value": part.candidate,
        "difference": part.difference,
        **_bounds(own.ci),
        "p_value": own.p_value,
        "p_adjusted": own.p_adjusted,
        "verdict": own.verdict,
    }


def _bounds(ci: tuple[float, float] | None) -> dict[str, float]:
    return {} if ci is None else {"ci_low": ci[0], "ci_high": ci[1]}
