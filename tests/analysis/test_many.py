import json

import numpy as np
import pytest

from tests.analysis.factory import digits, fitted, normal, scored
from variance.analysis.comparison import compare
from variance.analysis.costs import Costs
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


@pytest.mark.parametrize("asked", [{}, {"paired": False}, {"scope": "new-data"}])
def test_lead_over_the_next_is_asked_as_the_others_are(asked):
    base, *others = (digits(8, 300, key=k, error=e, name=f"c{k}") for k, e in enumerate(
        (0.06, 0.02, 0.025)))  # fmt: skip
    lead = compare_many(base, others, **asked).lead
    alone = compare(*(others if lead.candidate.name == "c2" else others[::-1]), **asked)
    assert lead.test_set == alone.test_set
    assert lead.new_data == alone.new_data
    assert lead.pairing == alone.pairing
    assert lead.verdict == alone.verdict


def test_lead_by_another_metric_is_by_that_metric():
    base, *others = (fitted(8, key=k, name=f"c{k}", noise=n) for k, n in enumerate((1, 0.5, 0.6)))
    assert compare_many(base, others, metric="mae").lead.metric == "mae"


def test_lead_by_costs_is_by_costs():
    runs = [digits(6, 200, key=k, error=0.03 * (k + 1), name=f"c{k}") for k in range(3)]
    costs = Costs(runs[0].classes, (1 - np.eye(10)).tolist())
    found = compare_many(runs[2], runs[:2], costs=costs)
    assert (found.best, found.lead.metric, found.lead.baseline.name) == ("c0", "cost", "c1")


def test_lead_without_the_pairs_that_are_asked_for_is_not_judged():
    base = normal(20)
    first = normal(10, name="first", seeds=range(10))
    second = normal(10, name="second", seeds=range(10, 20))
    found = compare_many(base, [first, second], paired=True)
    assert found.lead is None
    assert "cannot be judged: first and second share no seed" in found.alerts[0].message or (
        "cannot be judged: second and first share no seed" in found.alerts[0].message
    )


def family(key):
    rng = np.random.default_rng(key)
    return [normal(9, mean=0.99 + 0.0012 * rng.random(), key=10 * key + k + 1, name=f"c{k}")
            for k in range(3)]  # fmt: skip


@pytest.mark.parametrize("key", range(8))
def test_other_tests_are_held_against_the_verdict_at_its_own_level(key):
    found = compare_many(normal(9), family(key))
    raw = [c.test_set.p_value for c in found.comparisons]
    for i, one in enumerate(found.comparisons):
        established = one.verdict in ("improved", "regressed")
        for test in one.sensitivity:
            if test.p_value is None:
                continue
            instead = multiplicity.holm([*raw[:i], test.p_value, *raw[i + 1 :]])[i] < 0.05
            assert test.agrees == (instead == established)
        against = any(test.agrees is False for test in one.sensitivity)
        assert against == ("sensitivity-disagrees" in {a.code for a in one.alerts})


def test_no_test_is_said_to_decide_otherwise_because_of_the_correction_alone():
    # Alone, t (p = 0.071) and Wilcoxon (p = 0.039) disagree; of two, neither is established.
    base = normal(9)
    d = np.array([-0.8, 0.3, 0.5, 0.7, 0.75, 0.9, 1.0, 1.1, 4.5]) * 1e-3
    near = scored(base.scores["accuracy"] + d, name="near")
    alone, other = compare(base, near), normal(9, key=3, name="other")
    assert "sensitivity-disagrees" in {a.code for a in alone.alerts}
    found = compare_many(base, [near, other]).comparisons[0]
    assert "sensitivity-disagrees" not in {a.code for a in found.alerts}


def test_scopes_are_told_apart_by_the_adjusted_verdicts():
    for one in compare_many(normal(9), family(0)).comparisons:
        codes = {a.code for a in one.alerts}
        assert ("test-set-only" in codes) <= (one.verdicts["test-set"] != "inconclusive")


def test_candidate_of_copies_is_neither_the_best_nor_led():
    copied = scored(np.tile(np.random.default_rng(5).normal(0.999, 0.0003, 5), 2), name="copied")
    found = compare_many(normal(10), [normal(10, key=1, name="b"), copied])

    assert found.best == "b"
    assert found.lead is None
