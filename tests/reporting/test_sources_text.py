from dataclasses import replace

import numpy as np
import pytest

import variance.api  # noqa: F401 - lets results show themselves
from tests.analysis.factory import classified, scored
from variance.analysis.crossing import crossing
from variance.analysis.machine import MachineRuns, machine
from variance.analysis.sources import ArmRuns, sources
from variance.records import Run, TestSet
from variance.reporting.sources_text import render_sources

N = 40


def arm(name, values, kind="source", **fields):
    seeds = np.arange(1, 1 + len(values))
    return ArmRuns(name, kind, scored(values, name=f"toy-{name}", seeds=seeds, **fields))


def values(key, sd=1.0, n=N):
    return 0.9 + 0.001 * sd * np.random.default_rng(key).standard_normal(n)


def text(*arms, width=10_000, per_class=False, **options):
    found = sources(arms, experiment="toy", **options)
    return render_sources(found, width=width, per_class=per_class)


def test_a_source_is_told_as_a_share_of_the_whole_spread_with_its_interval():
    said = text(arm("all", values(0), "all"), arm("order", values(5, 0.8)))

    assert "Varying only the order of the training examples gives about " in said
    assert "of the spread of everything together (0." in said
    assert "; the two are not told apart." in said


def test_what_is_established_is_said_with_its_p():
    said = text(arm("all", values(0), "all"), arm("order", values(1, 0.1)))

    assert "about one tenth of the spread of everything together (0.1" in said
    assert "established to be less (p = " in said


def test_without_evidence_nothing_is_called_less_or_more():
    said = text(arm("all", values(0, n=6), "all"), arm("a", values(1, 0.6, 6)))

    assert "established to be" not in said
    assert " ▼\n" not in said


def test_sources_are_ranked_only_where_it_is_established():
    close = text(arm("all", values(0), "all"), arm("a", values(1)), arm("b", values(2)))
    apart = text(arm("all", values(0), "all"), arm("a", values(1, 0.1)), arm("b", values(2)))

    assert "Which of the sources gives more spread than another is not established." in close
    assert "b gives more spread than a: " in apart


def test_some_pairs_told_apart_and_some_not():
    arms = [arm("all", values(0), "all"), arm("a", values(1, 0.1)), arm("b", values(2))]

    said = text(*arms, arm("c", values(3)))

    assert "b gives more spread than a: " in said
    assert "c gives more spread than a: " in said
    assert "Not told apart: b and c." in said


def test_nothing_varied_and_nothing_changed():
    runs = classified([0, 1], [[0, 1]] * 3, weights_digests=("a",) * 3)

    said = text(ArmRuns("none", "none", runs))

    assert "With nothing varied every run is the same bits: the machine adds nothing." in said
    assert "0: every run is the same bits" in said


def test_what_is_not_known_of_the_bits_is_not_claimed():
    said = text(arm("none", np.full(4, 0.5), "none"))

    assert "every run scores the same: the machine adds nothing that shows in the score" in said
    assert "bits" not in said


def test_equal_scores_with_other_predictions_are_no_sameness():
    runs = classified([0, 1], [[0, 0], [1, 1], [0, 0]], weights_digests=tuple("aba"))

    said = text(ArmRuns("order", "source", runs))

    assert "gives no spread: every run scores the same, though not all of them predict the" in said


def test_a_machine_that_does_not_repeat_itself():
    said = text(arm("none", values(0), "none"))

    assert "With nothing varied runs still differ, with an SD of 0.0" in said
    assert "part of every arm" in said


def test_a_nudge_that_spreads_runs_is_told_for_what_it_means():
    said = text(arm("all", values(0), "all"), arm("nudge", values(1), "nudge"))

    assert (
        "Moving one initial weight by one unit in the last place, and nothing else, gives" in said
    )
    assert "Training amplifies even so small a change that far." in said


def test_a_nudge_without_effect():
    said = text(arm("all", values(0), "all"), arm("nudge", np.full(N, 0.9), "nudge"))

    assert "nothing else, gives no spread: every run scores the same." in said
    assert "amplifies" not in said


def test_sum_of_variances_is_said_with_what_is_established_of_it():
    x, y = values(1), values(2)

    adds = text(arm("all", x + y - 0.9, "all"), arm("a", x), arm("b", y))
    repeats = text(arm("all", x, "all"), *(arm(name, values(ord(name))) for name in "abcdefgh"))

    assert "whether they simply add up (1) is not established" in adds
    assert "the sources interact" in repeats


def test_sds_are_said_not_to_add_up():
    assert "need not add up" in text(arm("all", values(0), "all"), arm("a", values(1)))


def test_failed_runs_are_counted_and_said():
    said = text(arm("all", values(0), "all", failures=2), arm("a", values(1), failures=1))

    assert "! 3 runs failed and are not in these numbers." in said
    assert "40 (2 failed)" in said


def test_an_arm_of_failures_has_no_spread():
    lines = text(arm("all", values(0), "all"), arm("a", [], failures=3)).splitlines()

    assert any(line.startswith("  a     0 (3 failed)   — ") for line in lines)


def test_redrawn_splits_say_what_their_spread_mixes():
    said = text(arm("all", values(0), "all", redrawn=True), arm("a", values(1)))

    assert "In the arm all each run is trained and tested on examples of its own" in said


def test_lacking_sources_are_not_applicable_rather_than_zero():
    reasons = {"init": "toy has no such source", "order": "toy has no such source", "nudge": "no"}

    said = text(arm("all", values(0), "all"), inapplicable=reasons)

    assert "Not applicable: init, order (toy has no such source); nudge (no)." in said
    assert "\n  init" not in said


def test_bounds_that_are_not_there_are_explained():
    stray = [0.9, 0.901, 0.899, 0.9, 0.902, 0.901, 0.898, 0.9, 0.7, 0.899]

    said = text(arm("all", stray, "all"), arm("a", values(1, 3, n=10)))

    assert "∞)" in said
    assert "∞: so few runs set no upper bound." in said


def test_classes_are_shown_on_request():
    runs = classified([0, 1, 1], [[0, 1, 1], [0, 1, 0], [0, 0, 1]])

    arms = [ArmRuns("all", "all", runs)]

    assert "class   all" in text(*arms, per_class=True)
    assert "class   all" not in text(*arms)


def test_no_classes_to_show():
    assert "no classes to show" in text(arm("all", values(0), "all"), per_class=True)


def test_lines_are_wrapped():
    said = text(arm("all", values(0), "all"), arm("a", values(1)), width=60)

    prose = [line for line in said.splitlines() if not line.startswith("  ")]
    assert max(map(len, prose)) <= 60


def test_results_show_themselves():
    found = sources([arm("all", values(0), "all"), arm("<b>", values(1))], experiment="toy")

    html = found._repr_html_()

    assert str(found) == render_sources(found)
    assert "<table" in html
    assert "&lt;b&gt;" in html
    assert "<b>" not in html


def test_frame_has_a_row_an_arm():
    found = sources([arm("all", values(0), "all"), arm("a", values(1, 0.1))], experiment="toy")

    frame = found.to_frame().set_index("arm")

    assert frame.loc["a", "relation"] == "less"
    assert frame.loc["a", "sd"] == found.arm("a").sd
    assert np.isnan(frame.loc["all", "ratio"])
    assert frame.loc["all", "relation"] == ""


def table(key=0):
    rng = np.random.default_rng(key)
    cells = rng.standard_normal((5, 1)) + 0.1 * rng.standard_normal((5, 5))
    return {i: scored(0.9 + 0.01 * row, seeds=np.arange(1, 6)) for i, row in enumerate(cells, 1)}


def crossed(rows=None, **options):
    return crossing(rows or table(), experiment="toy", first="init", second="order", **options)


def test_crossed_sources_are_told_with_their_shares():
    said = render_sources(crossed(held=["dropout"], repeats=True), width=10_000)

    assert "toy: init and order crossed, 5 x 5 runs, with the dropout masks held." in said
    assert " of the variance comes from the initial weights alone (p" in said
    assert "That anything comes from the order of the training examples alone is not" in said
    assert "Repeated runs are the same, so there is no noise in it." in said


@pytest.mark.parametrize(
    ("repeats", "words"),
    [(False, "Repeated runs differ, and that noise is part of it"), (None, "is not known")],
)
def test_noise_in_the_interaction_is_said(repeats, words):
    assert words in render_sources(crossed(repeats=repeats), width=10_000)


def test_crossed_runs_that_all_score_the_same():
    same = {i: scored(np.full(3, 0.5), seeds=[1, 2, 3]) for i in (1, 2, 3)}

    assert "Every run scores the same." in render_sources(crossed(same), width=10_000)


def test_crossed_frame_has_a_row_a_part():
    frame = crossed().to_frame()

    assert frame["part"].tolist() == ["init", "order", "interaction", "total"]
    assert frame["share"][:3].sum() == pytest.approx(1)


TESTS = TestSet(np.array([0, 1, 1, 0], np.uint8), ("no", "yes"))


def run(seed, predictions, digest="a"):
    guess = np.array(predictions, np.uint8)
    return Run(seed, {"accuracy": float((guess == TESTS.labels).mean())}, guess, TESTS,
               weights_digest=digest)  # fmt: skip


def ways(*arms, **options):
    runs = (run(1, [0, 1, 1, 0]), run(2, [0, 1, 0, 0]))
    reference = MachineRuns("all", "toy-all", runs, 0)
    return machine(reference, arms, experiment="toy", metric="accuracy", **options)


def test_ways_that_change_nothing_and_ways_that_do():
    again = MachineRuns("again", "x", (run(1, [0, 1, 1, 0]), run(2, [0, 1, 0, 0])), 0)
    other = MachineRuns("threads-2", "y", (run(1, [0, 1, 1, 1], "b"), run(2, [0, 1, 0, 0])), 1)

    said = render_sources(ways(again, other, inapplicable={"float64": "cannot"}), width=10_000)

    assert "Trained again in the same way, both runs are the same bits, weights too." in said
    assert "With 2 threads, 1 of 2 runs are the same bits; a run differs from its twin on" in said
    assert "0.5 times what two seeds differ by" in said
    assert "! 1 run failed" in said
    assert "Not applicable: float64 (cannot)." in said


def test_regression_speaks_of_no_share_of_examples():
    test = TestSet(np.array([1.0, 2.0]))
    runs = [Run(s, {"r2": 0.5 + s / 10}, np.array([1.0, 2.0 + s]), test) for s in (1, 2)]
    moved = [replace(r, predictions=r.predictions + 0.5) for r in runs]
    found = machine(
        MachineRuns("all", "a", runs, 0), [MachineRuns("float64", "b", moved, 0)],
        experiment="toy", metric="r2",
    )  # fmt: skip

    said = render_sources(found, width=10_000)

    assert "In float64, no run is the same in all that is stored." in said
    assert "RMS distance" in said
    assert "examples" not in said


def test_machine_frame_has_a_row_a_way():
    again = MachineRuns("again", "x", (run(1, [0, 1, 1, 0]),), 0)

    assert ways(again).to_frame().loc[0, ["way", "identical", "pairs"]].tolist() == ["again", 1, 1]
