import re
from dataclasses import replace

import numpy as np
import pytest

from tests.analysis.factory import classified, digits, fitted, normal, resplit, scored
from tests.analysis.test_comparison import limited_by_the_test_set
from variance.analysis.comparison import compare
from variance.analysis.many import compare_many
from variance.reporting.text import render_comparison, render_comparisons

ANSI = re.compile(r"\x1b\[[0-9;]*m")


def text(*sweeps, color=False, width=100, per_class=None, **options):
    return render_comparison(
        compare(*sweeps, **options), color=color, width=width, per_class=per_class
    )


@pytest.fixture(scope="module")
def example():
    """Return the report of a comparison such as the documentation draws."""
    first, second = limited_by_the_test_set()
    return text(first, replace(second, name="candidate"))


def test_sentence_comes_first(example):
    flat = " ".join(example.split())
    assert flat.startswith(
        "candidate is a REAL IMPROVEMENT over baseline on this test set; "
        "on new data it is NOT YET ESTABLISHED."
    )


def test_then_a_line_of_what_was_compared(example):
    assert re.search(
        r"^accuracy, 20 runs each, paired by seed \(r = -?\d\.\d\d\), 400 test examples$",
        example,
        re.MULTILINE,
    )


def test_then_the_table(example):
    lines = example.splitlines()
    top = next(i for i, line in enumerate(lines) if "difference" in line)
    assert lines[top].split() == ["baseline", "candidate", "difference", "p"]
    assert re.match(
        r"  accuracy   \d\d\.\d\d % ± 0\.\d\d   \d\d\.\d\d % ± 0\.\d\d   "
        r"\+0\.\d\d pp \[\+0\.\d\d, \+0\.\d\d\]   .+   this test set \(paired t, 19 df\)$",
        lines[top + 1],
    )
    assert re.match(
        r" +\+0\.\d\d pp \[-\d\.\d\d, \+\d\.\d\d\]   0\.\d+ +new data \(seeds x examples\)$",
        lines[top + 2],
    )
    assert lines[top + 3] == "  ± is the SD over runs; [ ] the 95 % confidence interval"


def test_one_run_against_one_run(example):
    assert re.search(
        r"One candidate run beats one baseline run in \d+ % \[\d+, \d+\] of pairs", example
    )


def test_what_limits_the_answer(example):
    flat = " ".join(example.split())
    assert "is the test set, not the seeds: about" in flat
    assert "more seeds alone may not" in flat


def test_classes_stand_below(example):
    assert re.search(
        r"^  class   baseline   candidate   difference +p \(Holm\)$", example, re.MULTILINE
    )
    assert "[ ] holds for all classes together" in example


@pytest.mark.parametrize(
    ("sweeps", "options", "words"),
    [
        ((normal(9), normal(9, mean=0.995, key=1, name="b")), {}, "b is a REAL IMPROVEMENT over"),
        ((normal(9), normal(9, mean=0.95, key=1, name="b")), {}, "b is a REAL REGRESSION from"),
        ((normal(9), normal(9, key=1, name="b")), {"margin": 0.01}, "b is EQUIVALENT to baseline"),
        ((normal(9), normal(9, key=1, name="b")), {}, "NO DIFFERENCE IS ESTABLISHED"),
        ((normal(2), normal(2, key=1, name="b")), {}, "b CANNOT BE JUDGED against baseline"),
    ],
    ids=["improved", "regressed", "equivalent", "inconclusive", "refused"],
)
def test_words_of_each_verdict(sweeps, options, words):
    assert words in text(*sweeps, **options)


def test_equivalence_shows_the_interval_that_decided_it():
    a, b = normal(9), normal(9, key=1, name="b")
    inner = compare(a, b, margin=0.01).test_set.equivalence
    low, high = (f"{100 * bound:+.2f}" for bound in inner.ci)

    assert f"(90 % interval [{low}, {high}] within ± 1.0 pp)" in text(a, b, margin=0.01)


def test_inconclusive_is_not_read_as_equal():
    assert "That is not equality" in text(normal(9), normal(9, key=1, name="b"))


def test_margin_is_named():
    found = " ".join(text(normal(9), normal(9, mean=0.9, key=1, name="b"), margin=0.01).split())
    assert "by more than the margin of 1.0 pp" in found


def test_refusals_stand_in_place_with_their_reason():
    found = " ".join(text(normal(9), normal(9, key=1, name="b")).split())
    assert "on new data it cannot be judged: no predictions are stored." in found


def test_redrawn_split_speaks_of_new_data_only():
    found = text(resplit(9), resplit(9, noise=2, key=1, name="b"))
    assert "on new data; every run splits the data anew" in " ".join(found.split())
    assert "this test set" not in found


def test_lower_is_better_is_said():
    assert "loss (lower is better)" in text(
        normal(5, metric="loss"), normal(5, key=1, metric="loss", name="b")
    )


def test_own_units_have_no_percent():
    found = text(fitted(6), fitted(6, noise=2, key=1, name="b"))
    assert " pp" not in found
    assert re.search(r"mse +\d\.\d+ ± ", found)


def test_plain_text_has_no_colour(example):
    assert not ANSI.search(example)


def test_colour_changes_nothing_but_colour():
    sweeps = digits(6), digits(6, error=0.01, key=1, name="b")
    assert ANSI.sub("", text(*sweeps, color=True)) == text(*sweeps)
    assert "\x1b[38;5;33m" in text(*sweeps, color=True)


def test_symbols_stand_beside_colours():
    found = text(digits(9, 3000), digits(9, 3000, error=0.01, key=1, name="b"))
    assert "▲" in found


@pytest.mark.parametrize("width", [60, 80, 120])
def test_sentences_keep_to_the_width(width):
    found = text(normal(9), normal(9, key=1, name="b"), width=width)
    prose = [line for line in found.splitlines() if "   " not in line.strip()]
    assert max(map(len, prose)) <= width


def test_up_to_twelve_classes_are_all_shown():
    found = text(digits(4, 200), digits(4, 200, key=1, name="b"))
    assert "--per-class" not in found


@pytest.fixture(scope="module")
def many_classes():
    labels = np.arange(1500) % 15
    rng = np.random.default_rng(0)
    sweeps = []
    for name, harm in (("a", 0.05), ("b", 0.5)):
        chance = np.where(labels == 3, harm, 0.05)
        wrong = rng.random((8, 1500)) < chance
        guesses = np.where(wrong, (labels + 1) % 15, labels)
        sweeps.append(classified(labels, guesses, name=name))
    return sweeps


def test_of_many_classes_only_the_moved_are_shown(many_classes):
    found = text(*many_classes)
    assert "▼" in found
    assert "14 more classes did not move; --per-class shows them all" in found


def test_all_classes_on_request(many_classes):
    assert "--per-class" not in text(*many_classes, per_class=True)


def test_no_classes_on_request(many_classes):
    assert "recall;" not in text(*many_classes, per_class=False)


def test_names_head_the_columns():
    found = text(normal(5, name="adam"), normal(5, key=1, name="sgd"))
    assert re.search(r"^ +adam +sgd +difference +p$", found, re.MULTILINE)


def test_long_names_are_cut_in_headings():
    found = text(normal(5), normal(5, key=1, name="x" * 60))
    assert "x" * 23 + "…" in found


def test_deterministic_side_shows_no_rounding_noise():
    found = text(normal(9), scored([0.1 + 0.2] * 9, name="b", vary=("init",)))
    assert "30.00 % ± 0 " in found
    assert "do not vary at all" in found


def test_no_zero_p_value():
    found = text(normal(30, sd=1e-6), normal(30, sd=1e-6, mean=0.5, key=1, name="b"))
    assert "< 1e-12" in found


def test_several_candidates_share_a_table():
    many = compare_many(
        normal(9), [normal(9, mean=0.995, key=1, name="up"), normal(9, key=2, name="same")]
    )
    found = render_comparisons(many)
    assert "up is a REAL IMPROVEMENT over baseline" in found
    assert "p is Holm's" in found
    assert "up is the best of 2 candidates" in found
    assert ANSI.sub("", render_comparisons(many, color=True)) == found


def test_single_models_are_not_called_recipes():
    found = text(digits(1, 2000), digits(1, 2000, error=0.01, key=1, name="b"), method="mcnemar")
    assert found.startswith("The single model of b is BETTER than that of baseline on new data")


def test_methods_by_name_are_named():
    found = text(normal(9), normal(9, mean=0.995, key=1, name="b"), method="bayes-correlated-t")
    assert "this test set (Bayesian correlated t, 8 df: worse" in found


def test_what_is_said_of_one_of_several_candidates_names_it():
    # Seven of one candidate's runs failed; that only scores are known is said of both.
    failed = normal(9, key=3, name="failed", failures=7)
    shown = " ".join(
        render_comparisons(compare_many(normal(9), [failed, normal(9, key=2, name="fine")])).split()
    )

    assert "failed: 7 of 16 runs of failed gave no usable score" in shown
    assert shown.count("Only scores are known") == 1
    assert "fine: Only" not in shown
