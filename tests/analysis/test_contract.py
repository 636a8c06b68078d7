import json

import pytest

from tests.analysis.factory import digits, fitted, normal, resplit
from variance.analysis.comparison import compare
from variance.analysis.results import SCOPES

NUMBER = (int, float)
OPTIONAL = (int, float, type(None))


@pytest.fixture(scope="module")
def found():
    better = digits(12, 2000, error=0.03, key=1, name="candidate")
    return compare(digits(12, 2000), better).to_dict()


def test_top_level_keys_are_those_of_the_contract(found):
    assert {
        "schema", "metric", "higher_is_better", "alpha", "margin", "baseline", "candidate",
        "pairing", "test_set", "new_data", "superiority", "verdict", "scope", "verdicts",
        "sensitivity", "minimum_detectable_effect", "seeds_needed", "examples_needed",
        "per_class", "churn", "spread", "alerts",
    } <= found.keys()  # fmt: skip


@pytest.mark.parametrize(
    ("key", "inner"),
    [
        ("baseline", {"name", "runs", "failed", "mean", "sd", "ci"}),
        ("candidate", {"name", "runs", "failed", "mean", "sd", "ci"}),
        ("pairing", {"by", "pairs", "dropped", "correlation"}),
        ("test_set", {"estimate", "ci", "p_value", "method", "df"}),
        ("new_data", {"estimate", "ci", "p_value", "method", "examples"}),
        ("superiority", {"estimate", "ci"}),
        ("churn", {"between", "within_baseline", "gained", "lost"}),
        ("spread", {"ratio", "p_value", "method"}),
    ],
)
def test_nested_keys_are_those_of_the_contract(found, key, inner):
    assert inner <= found[key].keys()


def test_rows_of_classes_have_the_keys_of_the_contract(found):
    keys = {
        "label", "support", "baseline", "candidate", "difference", "ci", "p_value",
        "p_adjusted", "verdict",
    }  # fmt: skip
    assert all(keys <= row.keys() for row in found["per_class"])
    assert [row["label"] for row in found["per_class"]] == [str(k) for k in range(10)]


def test_types_are_plain(found):
    assert found["schema"] == 1
    assert isinstance(found["higher_is_better"], bool)
    assert isinstance(found["baseline"]["runs"], int)
    assert isinstance(found["test_set"]["p_value"], float)
    assert all(isinstance(bound, NUMBER) for bound in found["test_set"]["ci"])
    assert isinstance(found["seeds_needed"], int)
    assert isinstance(found["examples_needed"], int)
    assert isinstance(found["per_class"][0]["support"], NUMBER)
    assert isinstance(found["per_class"][0]["p_adjusted"], OPTIONAL)


def test_every_comparison_survives_strict_json(found):
    assert json.loads(json.dumps(found, allow_nan=False)) == found


@pytest.mark.parametrize(
    "pair",
    [
        (normal(5), normal(5, key=1, name="candidate")),
        (normal(2), normal(1, name="candidate")),
        (normal(0, failures=3), normal(5, name="candidate")),
        (resplit(8), resplit(8, key=1, name="candidate")),
        (fitted(8), fitted(8, key=1, name="candidate")),
        (digits(3, 1), digits(3, 1, key=1, name="candidate")),
    ],
    ids=["scores", "few", "failed", "redrawn", "regression", "one example"],
)
def test_missing_numbers_are_null_never_nan(pair):
    json.dumps(compare(*pair).to_dict(), allow_nan=False)


def test_verdict_is_that_of_the_scope():
    better = digits(12, 2000, error=0.03, key=1, name="candidate")
    for scope in SCOPES:
        result = compare(digits(12, 2000), better, scope=scope)
        assert result.verdict == result.verdicts[scope]


def test_difference_is_candidate_minus_baseline(found):
    gap = found["candidate"]["mean"] - found["baseline"]["mean"]
    assert found["test_set"]["estimate"] == pytest.approx(gap)
    assert found["new_data"]["estimate"] == pytest.approx(gap)


def test_gained_less_lost_is_the_difference(found):
    churn = found["churn"]
    assert churn["gained"] - churn["lost"] == pytest.approx(found["test_set"]["estimate"])


def test_regression_has_slices_in_place_of_classes():
    result = compare(fitted(8), fitted(8, key=1, name="candidate")).to_dict()
    assert result["per_class"] is None
    assert len(result["per_slice"]) == 4


def test_redrawn_split_has_no_test_set():
    result = compare(resplit(8), resplit(8, key=1, name="candidate")).to_dict()
    assert result["test_set"] is None
    assert result["scope"] == "new-data"
    assert result["new_data"]["method"] == "corrected resampled t"


def test_same_seed_same_result():
    pair = digits(6, 500), digits(6, 500, key=1, name="candidate")
    assert compare(*pair).to_dict() == compare(*pair).to_dict()
