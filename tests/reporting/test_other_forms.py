import csv
import io
import json

import pytest

from tests.analysis.factory import classified, digits, fitted, normal, resplit, scored
from variance.analysis.comparison import compare
from variance.analysis.costs import Costs
from variance.analysis.luck import luck
from variance.analysis.many import compare_many
from variance.analysis.planning import plan
from variance.analysis.summary import summarize
from variance.reporting.markdown import comparison_markdown
from variance.reporting.tabular import COLUMNS, comparison_csv, comparison_json
from variance.reporting.text import render_luck, render_plan, render_summary


@pytest.fixture(scope="module")
def found():
    return compare(digits(6, 500), digits(6, 500, error=0.02, key=1, name="cand_1"))


def test_json_is_the_contract(found):
    assert json.loads(comparison_json(found)) == found.to_dict()


def test_csv_has_a_row_a_scope_and_class(found):
    rows = list(csv.DictReader(io.StringIO(comparison_csv(found))))
    assert tuple(rows[0]) == COLUMNS
    assert [r["scope"] for r in rows[:2]] == ["test-set", "new-data"]
    assert len(rows) == 2 + 2 * 10
    assert float(rows[0]["difference"]) == found.test_set.estimate


def test_csv_leaves_missing_numbers_empty():
    result = compare(normal(5), normal(5, key=1, name="b"))
    rows = list(csv.DictReader(io.StringIO(comparison_csv(result))))
    assert (rows[1]["difference"], rows[1]["verdict"]) == ("", "refused")


def test_csv_of_several_candidates():
    many = compare_many(normal(5), [normal(5, key=1, name="b"), normal(5, key=2, name="c")])
    rows = list(csv.DictReader(io.StringIO(comparison_csv(many))))
    assert [r["candidate"] for r in rows] == ["b", "b", "c", "c"]


def test_markdown_starts_with_the_verdict(found):
    lines = comparison_markdown(found).splitlines()
    assert lines[0].startswith("### 🔵 ▲ cand\\_1 is a REAL IMPROVEMENT")
    assert lines[4].startswith("|  | baseline | cand\\_1 | difference | p |")


def test_markdown_folds_the_classes(found):
    shown = comparison_markdown(found)
    assert "<details><summary>classes: recall</summary>" in shown
    assert "<details>" not in comparison_markdown(found, per_class=False)


def test_markdown_of_hostile_names_does_not_act():
    result = compare(normal(5), normal(5, key=1, name="<script>|x|"))
    shown = comparison_markdown(result)
    assert "<script>" not in shown
    table = [line for line in shown.splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1


def test_markdown_says_what_is_missing():
    shown = comparison_markdown(compare(normal(5), normal(5, key=1, name="b")))
    assert "- Not computed: classes: neither predictions" in shown


def test_markdown_of_several_candidates():
    many = compare_many(normal(5), [normal(5, key=1, name="b"), normal(5, key=2, name="c")])
    assert comparison_markdown(many).count("###") == 2


def test_summary_says_what_the_spread_is():
    shown = render_summary(summarize(digits(10, 1000)))
    assert "% ± " in shown.splitlines()[0]
    assert "(SD over 10 runs) on 1,000 test examples." in shown
    assert "95 % interval" in shown
    assert "test-set noise" in shown
    assert "binomial SD" in shown


def test_summary_shows_the_bootstrap():
    assert "BCa bootstrap" in render_summary(summarize(normal(12), bootstrap=True))


def test_summary_of_one_run_has_no_plus_minus():
    first = render_summary(summarize(digits(1, 1000))).splitlines()[0]
    assert "±" not in first
    assert "in 1 run" in first


def test_summary_of_nothing():
    shown = render_summary(summarize(scored([], failures=3)))
    assert "no usable runs, 3 failed" in shown


def test_summary_of_scores_says_what_is_missing():
    assert "Not computed:" in render_summary(summarize(normal(5)))


def test_summary_of_a_regression_and_of_redrawn_splits():
    assert "mse" in render_summary(summarize(fitted(5)))
    assert "drawn anew by every run" in render_summary(summarize(resplit(5)))


def test_summary_shows_cost():
    labels = [0, 1, 0, 1]
    runs = classified(labels, [[0, 1, 1, 1], [0, 1, 0, 0]], classes=("cat", "dog"))
    costs = Costs(("cat", "dog"), ((0, 4), (2, 0)))
    assert "an example; ± is the SD over runs" in render_summary(summarize(runs, costs=costs))


def test_summary_of_many_classes_is_cut():
    runs = digits(3, 400, classes=20)
    assert "8 steadier classes are not shown" in render_summary(summarize(runs))
    assert "not shown" not in render_summary(summarize(runs), per_class=True)


def test_luck_within_and_beyond():
    within, beyond = (render_luck(luck(normal(30), x)) for x in (0.9905, 0.995))
    assert "WITHIN THE LUCK of baseline" in within
    assert "MORE THAN LUCK" in beyond
    assert "quote instead" in within


def test_luck_of_the_best_of_five():
    shown = render_luck(luck(normal(30), 0.9915, best_of=5))
    assert "as the best of 5" in shown
    assert "expected best of 5" in shown


def test_luck_of_two_scores_is_told_in_either_order():
    shown, turned = (
        " ".join(render_luck(luck(normal(30), one, other=other)).split())
        for one, other in ((0.9921, 0.9914), (0.9914, 0.9921))
    )
    told = "accuracy 99.14 % and 99.21 % differ WITHIN THE LUCK of baseline: about 55 % of pairs"
    assert shown.startswith(told)
    assert turned == shown
    assert "accuracy 99.21 % is NOT REPRODUCED by baseline" in shown
    assert "accuracy 99.14 % is LUCKY" in shown


def test_luck_of_two_scores_that_no_training_explains():
    shown = " ".join(render_luck(luck(normal(30), 0.99, other=0.96)).split())
    assert "differ by MORE THAN LUCK: fewer than 0.1 % of pairs of trainings of baseline" in shown


def test_luck_of_two_scores_without_a_yardstick():
    shown = " ".join(render_luck(luck(normal(2), 0.99, other=0.96)).split())
    assert "gap between accuracy 96.00 % and 99.00 % CANNOT BE JUDGED by 2 runs" in shown


def test_luck_of_one_run_is_not_judged():
    assert "CANNOT BE JUDGED by 1 run" in render_luck(luck(normal(1), 0.9921))


def test_plan_tells_seeds():
    shown = render_plan(plan(normal(20), effect=0.001))
    assert (
        "seeds a side establish a difference of 0.10 pp in accuracy on this test set"
        in " ".join(shown.split())
    )
    assert "upper 80 % limit" in " ".join(shown.split())


def test_plan_tells_examples():
    shown = render_plan(plan(digits(8), digits(8, key=1, name="b"), effect=0.003))
    assert "On new data" in shown
    assert "test examples" in shown


def test_plan_that_no_number_of_seeds_fulfils():
    shown = render_plan(plan(resplit(9), resplit(9, key=1, name="b"), effect=1e-5))
    assert shown.startswith("These 9 runs cannot promise any number of seeds")
