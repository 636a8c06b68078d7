"""Alerts that follow from the results of a comparison."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from variance.analysis.results import Alert, Comparison, Scope
from variance.records import SHARES
from variance.statistics.crossed import COCHRAN, CrossedDifference
from variance.statistics.results import Difference

FOUND = ("improved", "regressed")

OVERSURE = {"bca": 60, "bayes-signed-rank": 10, "aso": 30}
"""Methods that find differences where there are none in more than 6 % of the cases, with the
number of runs from which they no longer do; see docs/calibration.md."""
FEW_FOR_CLASSES = 10
"""Pairs below which the classes' verdicts err together in up to 8 %; see docs/calibration.md."""
FEW_EXAMPLES = 200
"""Test examples below which rare, large losses are likely to be missed; see docs/calibration.md."""
NOTABLE_CHURN = 1.5
"""Flips between sweeps over flips within the baseline from which a change is worth a line."""


def alerts(result: Comparison, levels: Mapping[Scope, float]) -> Iterator[Alert]:
    """Yield what the results themselves give reason to say.

    Parameters
    ----------
    result : Comparison
    levels : mapping of str to float
        The error rate that the verdict of each scope was held to: below alpha among several.
    """
    yield from _sensitivity(result, levels["test-set"])
    yield from _bootstrap(result, levels["new-data"])
    yield from _scopes(result)
    yield from _limit(result)
    yield from _hidden_churn(result)
    yield from _failures(result)
    yield from _calibration(result)
    if result.method == "mcnemar":
        yield Alert(
            "single-pair",
            "One model of each is compared: another seed may reverse the answer.",
        )


def _calibration(result: Comparison) -> Iterator[Alert]:
    """Yield where what was computed errs more often than it should."""
    n = min(result.baseline.runs, result.candidate.runs)
    if n < OVERSURE.get(result.method, 0):
        yield Alert(
            "oversure-method",
            f"{result.method} with {n} runs finds a difference where there is none in more than "
            f"{result.alpha:.0%} of the cases; the default method does not.",
        )
    if result.method.startswith("corrected") and result.verdict in FOUND:
        yield Alert(
            "overlapping-splits",
            "The correction for splits that share training examples is calibrated for smooth "
            "learners such as least squares; for learners that lean on single examples, such as "
            "nearest neighbours, it finds a difference where there is none in up to 12 %.",
        )
    found = [part.label for part in result.per_class or () if part.verdict in FOUND]
    if found and n < FEW_FOR_CLASSES:
        yield Alert(
            "few-runs-classes",
            f"With {n} runs the verdicts on classes err more often than the {result.alpha:.0%} "
            f"that they claim together; confirm {', '.join(found[:3])} with 10 runs or more.",
        )


def _sensitivity(result: Comparison, level: float) -> Iterator[Alert]:
    against = [s.method for s in result.sensitivity if s.agrees is False]
    if against:
        yield Alert(
            "sensitivity-disagrees",
            f"{' and '.join(against)} would decide otherwise on this test set: the verdict "
            "depends on the method.",
        )
    mute = [s for s in result.sensitivity[:1] if (s.smallest_p or 0) >= level]
    if mute:
        yield Alert(
            "smallest-p",
            f"With so few runs {mute[0].method} cannot give a p-value below "
            f"{mute[0].smallest_p:.2g}: its silence says nothing.",
        )


def _bootstrap(result: Comparison, level: float) -> Iterator[Alert]:
    check = result.new_data.bootstrap if result.new_data is not None else None
    if check is None or check.p_value is None or 2 / (check.resamples + 1) >= level:
        return
    established = result.verdicts["new-data"] in FOUND
    if (check.p_value < level) == established:
        return
    why = (
        "would not establish it; it counts chance disagreements more than once and is cautious here"
        if established
        else "would call it established; it is too sure with few seeds"
    )
    yield Alert("bootstrap-disagrees", f"On new data the crossed bootstrap {why}.")


def _scopes(result: Comparison) -> Iterator[Alert]:
    one, other = result.verdicts["test-set"], result.verdicts["new-data"]
    if one in ("improved", "regressed") and other == "inconclusive":
        yield Alert(
            "test-set-only",
            "The difference is established on this test set only; on new data it is not.",
        )


def _limit(result: Comparison) -> Iterator[Alert]:
    if result.verdicts["new-data"] != "inconclusive" or result.limit is None:
        return
    if result.limit == "examples":
        message = "The test set, not the seeds, limits the answer on new data."
        yield Alert("test-set-limited", message)
    else:
        yield Alert("seeds-limited", "The seeds, not the test set, limit the answer on new data.")


def of_new_data(difference: Difference, metric: str) -> Iterator[Alert]:
    """Yield why the test examples may be too few for a claim about new data.

    Parameters
    ----------
    difference : Difference
        On new data.
    metric : str
    """
    if not isinstance(difference, CrossedDifference):
        return
    units, needed = difference.examples, COCHRAN * difference.example_skewness**2
    if difference.few_for_skewness:
        yield Alert(
            "skewed-examples",
            f"A few of the {units:,} test examples (or groups) decide on new data: their "
            f"differences are so skewed that {needed:,.0f} would be needed to trust a t interval "
            "(Cochran's rule). It is lengthened for that.",
        )
    if difference.excludes(0.0) and units < FEW_EXAMPLES and metric not in SHARES:
        yield Alert(
            "few-examples",
            f"What strikes fewer than {3 / units:.0%} of all cases may be missing from {units:,} "
            "test examples; a claim about new data rests on what they show.",
        )


def _hidden_churn(result: Comparison) -> Iterator[Alert]:
    churn = result.churn
    if churn is None or result.verdict not in ("inconclusive", "equivalent"):
        return
    within = max(churn.within_baseline or 0.0, churn.within_candidate or 0.0)
    if churn.between > NOTABLE_CHURN * within and churn.between > 0:
        yield Alert(
            "churn",
            f"The scores agree, but the predictions moved: a candidate run differs from a "
            f"baseline run on {churn.between:.2%} of the examples, two runs of one sweep on at "
            f"most {within:.2%}.",
        )


def _failures(result: Comparison) -> Iterator[Alert]:
    failures = result.failures
    if failures is not None and failures.p_value is not None and failures.p_value < result.alpha:
        yield Alert(
            "failures-differ",
            f"The sweeps do not fail equally often: {failures.baseline} baseline and "
            f"{failures.candidate} candidate runs ({failures.method}, p = {failures.p_value:.2g}).",
        )
