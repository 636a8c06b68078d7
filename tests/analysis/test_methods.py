import pytest

from tests.analysis.factory import digits, normal, resplit, scored
from variance.analysis.comparison import compare
from variance.analysis.methods import METHODS, PAIRED, UNPAIRED
from variance.errors import UsageError
from variance.reporting.text import render_comparison

BETTER = normal(12, mean=0.995, key=1, name="b")


@pytest.mark.parametrize("method", sorted(PAIRED | UNPAIRED | {"aso"}))
def test_clear_differences_are_found_by_every_method(method):
    paired = method not in UNPAIRED
    found = compare(normal(12), BETTER, method=method, paired=paired)
    assert found.verdict == "improved"
    assert found.method == method
    reverse = compare(BETTER, normal(12), method=method, paired=paired)
    assert reverse.verdict == "regressed"


@pytest.mark.parametrize("method", sorted(PAIRED | UNPAIRED | {"aso"}))
def test_no_difference_is_found_where_there_is_none(method):
    found = compare(normal(12), normal(12, key=4, name="b"), method=method,
                    paired=method not in UNPAIRED)  # fmt: skip
    assert found.verdict == "inconclusive"


@pytest.mark.parametrize("method", ["bayes-correlated-t", "bayes-signed-rank"])
def test_region_of_practical_equivalence(method):
    found = compare(normal(20), normal(20, key=4, name="b"), method=method, margin=0.01)
    assert found.verdict == "equivalent"
    assert found.test_set.details["same"] > 0.975


@pytest.mark.parametrize("method", ["bayes-correlated-t", "bayes-signed-rank"])
def test_no_posterior_is_certain(method):
    found = compare(normal(30, mean=0.49), normal(30, key=4, name="b"), method=method)
    assert found.verdict == "improved"
    assert "better > 99.9 %" in render_comparison(found)
    assert "better 1" not in render_comparison(found)


def test_posterior_without_any_spread_is_refused():
    first = normal(5)
    same_gap = scored(first.scores["accuracy"] - 0.25, name="b")
    found = compare(first, same_gap, method="bayes-correlated-t")
    assert found.verdict == "refused"
    assert "no yardstick" in found.refused["test-set"]


def test_stochastic_order_that_is_violated_a_little_too_much_decides_nothing():
    # The bound on the violation, about 0.27, lies below a half but not below 0.2.
    shifted = normal(12, mean=0.9903, key=1, name="b")
    found = compare(normal(12), shifted, method="aso", paired=False)
    assert 0.2 < found.test_set.details["upper"] < 0.5
    assert found.verdict == "inconclusive"


def test_too_few_pairs_for_signs_are_refused():
    found = compare(normal(5), normal(5, mean=0.999, key=1, name="b"), method="sign-flip")
    assert found.verdict == "refused"
    assert "cannot give a p-value below" in found.refused["test-set"]


def test_mcnemar_compares_one_pair_of_runs():
    found = compare(digits(1, 2000), digits(1, 2000, error=0.01, key=1, name="b"), method="mcnemar")
    assert found.verdict == "improved"
    assert found.scope == "new-data"
    assert found.verdicts["test-set"] == "refused"
    assert "single-pair" in {a.code for a in found.alerts}


def test_mcnemar_refuses_to_pick_a_pair():
    with pytest.raises(UsageError, match="one pair of runs"):
        compare(digits(3), digits(3, key=1), method="mcnemar")


def test_redrawn_splits_take_the_correlated_t_alone():
    with pytest.raises(UsageError, match="share training data"):
        compare(resplit(8), resplit(8, key=1), method="wilcoxon")
    found = compare(resplit(8), resplit(8, key=1, name="b"), method="bayes-correlated-t")
    assert found.scope == "new-data"
    assert found.new_data.method == "Bayesian correlated t"


@pytest.mark.parametrize(
    ("method", "paired", "match"),
    [("wilcoxon", False, "needs pairs"), ("permutation", True, "needs unpaired")],
)
def test_design_must_fit_the_method(method, paired, match):
    with pytest.raises(UsageError, match=match):
        compare(normal(5), normal(5, key=1), method=method, paired=paired)


def test_other_scope_than_the_method_s():
    with pytest.raises(UsageError, match="speaks of test-set"):
        compare(normal(5), normal(5, key=1), method="wilcoxon", scope="new-data")


def test_unknown_method_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'wilcoxon'"):
        compare(normal(5), normal(5, key=1), method="wilcoxn")


def test_every_method_is_known_by_its_design():
    assert set(METHODS) == PAIRED | UNPAIRED | {"aso", "mcnemar"}
