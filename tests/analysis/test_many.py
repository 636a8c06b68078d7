import json

import pytest

from tests.analysis.factory import digits, normal
from variance.analysis.comparison import compare
from variance.analysis.many import compare_many
from variance.errors import UsageError
from variance.statistics import multiplicity

CANDIDATES = [
    normal(10, mean=0.99 + d, key=k + 1, name=f"c{k}") for k, d in enumerate((0, 1e-3, 4e-3))
]


@pytest.fixture(scope="module")
def found():
    return compare_many(normal(10), CANDIDATES)


def test_p_values_are_holm_s(found):
    raw = [compare(normal(10), c).test_set.p_value for c in CANDIDATES]
    assert [c.test_set.p_adjusted for c in found.comparisons] == pytest.approx(
        multiplicity.holm(raw).tolist()
    )


def test_verdicts_are_those_of_the_adjusted_p_values(found):
    for one in found.comparisons:
        established = one.test_set.p_adjusted < 0.05
        assert (one.verdict in ("improved", "regressed")) == established


def test_intervals_widen(found):
    for one, runs in zip(found.comparisons, CANDIDATES, strict=True):
        alone = compare(normal(10), runs).test_set.ci
        together = one.test_set.ci
        assert together[1] - together[0] >= (alone[1] - alone[0]) * 0.999 or 0 in together


def test_winner_is_flagged(found):
    assert found.best == "c2"
    assert found.alerts[0].code == "winners-curse"
    assert found.lead.baseline.name == "c1"


def test_one_candidate_needs_no_adjustment():
    one = compare_many(normal(10), CANDIDATES[:1])
    assert one.comparisons[0].test_set.p_adjusted == one.comparisons[0].test_set.p_value
    assert one.alerts == ()


def test_a_refused_candidate_does_not_count():
    many = compare_many(normal(10), [CANDIDATES[2], normal(2, name="two")])
    assert many.comparisons[1].verdict == "refused"
    assert many.comparisons[0].test_set.p_adjusted == many.comparisons[0].test_set.p_value


def test_both_scopes_are_adjusted():
    many = compare_many(
        digits(6, 400), [digits(6, 400, error=0.02, key=k, name=f"c{k}") for k in (1, 2)]
    )
    assert all(c.new_data.p_adjusted is not None for c in many.comparisons)


def test_equivalence_is_shared_out():
    close = [normal(20, sd=1e-4, key=k + 5, name=f"c{k}") for k in range(2)]
    many = compare_many(normal(20, sd=1e-4), close, margin=0.01)
    assert [c.verdict for c in many.comparisons] == ["equivalent", "equivalent"]


def test_names_must_differ():
    with pytest.raises(UsageError, match="different names"):
        compare_many(normal(3), [normal(3), normal(3)])


def test_no_candidates():
    with pytest.raises(UsageError, match="there are none"):
        compare_many(normal(3), [])


def test_json_is_strict(found):
    data = found.to_dict()
    json.dumps(data, allow_nan=False)
    assert [c["candidate"]["name"] for c in data["comparisons"]] == ["c0", "c1", "c2"]
