from dataclasses import replace

import numpy as np
import pytest

from tests.analysis import factory
from tests.analysis.test_reproduction import DIGITS, flipped, judged, records
from variance.analysis.reproduction import Cause, reproduce
from variance.records import Failure
from variance.reporting.reproduction_text import render_reproduction

CAUSES = (
    Cause("tensorflow", "2.20", "2.21", "bits", "another version may compute otherwise"),
    Cause("cpu", "Xeon", "EPYC", "bits", "kernels are chosen for it"),
)


def text(found, **options):
    return " ".join(render_reproduction(found, **options).split())


def test_identical_runs_are_said_to_be_so_and_no_more():
    shown = text(judged(DIGITS, records(DIGITS)[:2], causes=CAUSES))

    assert shown.startswith(
        "IDENTICAL: 2 seeds of baseline, trained again, give the same predictions, scores and "
        "weights, bit for bit. "
    )
    assert "tensorflow" not in shown  # what differs has changed nothing
    assert "variation" not in shown


def test_only_what_was_compared_is_said_to_be_the_same():
    runs = factory.normal(8, vary=("seed",))
    run = replace(records(runs)[0], weights_digest=None)

    shown = text(reproduce(runs, [run, *records(runs)[1:]], [run]))

    assert "1 seed of baseline, trained again, gives the same scores, bit for bit." in shown
    assert "The sweep holds no predictions" in shown


def test_other_bits_come_with_churn_difference_and_cause():
    shown = text(judged(DIGITS, [flipped(records(DIGITS)[0], 5)], causes=CAUSES))

    assert shown.startswith(
        "DIFFERENT BITS, WITHIN the sweep's own variation: seed 0 of baseline, trained again."
    )
    assert "5 of 500 (1.00 %)" in shown
    assert "runs of different seeds are" in shown
    assert "Likeliest cause: tensorflow 2.20 → 2.21 (can change bits: another version" in shown
    assert "Also different: cpu Xeon → EPYC." in shown


def test_without_a_recorded_difference_no_cause_is_invented():
    shown = text(judged(DIGITS, [flipped(records(DIGITS)[0], 5)]))

    assert "Nothing that is recorded differs" in shown


def test_what_is_not_recorded_is_not_called_a_cause():
    unknown = replace(CAUSES[0], stored="not recorded", known=False)

    shown = text(judged(DIGITS, [flipped(records(DIGITS)[0], 5)], causes=[unknown]))

    assert "Nothing that is recorded differs" in shown
    assert "Not recorded, so perhaps different too: tensorflow." in shown


def test_digests_are_cut_short():
    cause = Cause("code", "a" * 64, "b" * 64, "results", "it may train another model")

    shown = text(judged(DIGITS, [flipped(records(DIGITS)[0], 5)], causes=[cause]))

    assert f"code {'a' * 12} → {'b' * 12} (can change results" in shown


def test_runs_beyond_the_variation_are_said_to_be_so():
    same, other = records(DIGITS)[:2]

    shown = text(judged(DIGITS, [same, flipped(other, 250)]))

    assert shown.startswith(
        "DIFFERENT BEYOND the sweep's own variation: seed 1 of baseline, trained again; "
        "1 other seed identical."
    )


def test_few_runs_cannot_tell_and_show_no_limits():
    runs = factory.digits(3, 500, vary=("init",))

    shown = text(judged(runs, [flipped(records(runs)[0], 5)]))

    assert shown.startswith("DIFFERENT, AND IT CANNOT BE SAID whether")
    assert "The limits hold" not in shown


def test_a_failure_has_no_score():
    shown = text(judged(DIGITS, [Failure(0, "raised", "ValueError: no")]))

    assert "→ failed —" in shown
    assert "seed 0: it finished then and fails now (ValueError: no)." in shown


def test_seeds_that_all_failed_as_before_are_no_runs():
    stored = [*records(DIGITS), Failure(50, "raised", "no")]

    shown = text(reproduce(DIGITS, stored, [Failure(50, "raised", "no")]))

    assert shown.startswith("IDENTICAL: 1 seed of baseline, trained again, failed as before.")


def test_the_smallest_difference_is_not_shown_as_none():
    runs = factory.normal(8, vary=("seed",))
    run = records(runs)[0]
    again = replace(run, metrics={"accuracy": float(np.nextafter(run.metrics["accuracy"], 1))})

    shown = text(reproduce(runs, records(runs), [again]))

    assert "+1.1e-14 pp" in shown


def test_regression_tells_the_size_of_the_changes():
    runs = factory.fitted(12, vary=("seed",))
    run = records(runs)[0]

    shown = text(judged(runs, [replace(run, predictions=run.predictions + 0.1)]))

    assert "200 of 200, by 0.1 (RMS)" in shown


@pytest.mark.parametrize("width", [60, 100])
def test_sentences_fit_the_width(width):
    shown = render_reproduction(
        judged(DIGITS, [flipped(records(DIGITS)[0], 5)], causes=CAUSES), width=width
    )

    sentences = [line for line in shown.splitlines() if "   " not in line]
    assert max(map(len, sentences)) <= width + 2
