import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from variance.errors import UsageError
from variance.statistics import means, multiplicity

P_VALUES = hnp.arrays(np.float64, st.integers(1, 20), elements=st.floats(0, 1))
ALL = [
    multiplicity.holm,
    multiplicity.bonferroni,
    multiplicity.sidak,
    multiplicity.benjamini_hochberg,
    multiplicity.benjamini_yekutieli,
]


def holm_by_stepping(p, alpha):
    """Holm as told: test the smallest at alpha/m, the next at alpha/(m-1), stop at a miss."""
    rejected = np.zeros(len(p), dtype=bool)
    for step, i in enumerate(np.argsort(p, kind="stable")):
        if not p[i] < alpha / (len(p) - step):
            break
        rejected[i] = True
    return rejected


@given(P_VALUES, st.sampled_from([0.01, 0.05, 0.1]))
def test_holm_rejects_what_stepping_down_rejects(p, alpha):
    factors = np.arange(len(p), 0, -1)
    near = np.isclose(np.sort(p) * factors, alpha, rtol=1e-12, atol=0).any()
    assert near or (multiplicity.holm(p) < alpha).tolist() == holm_by_stepping(p, alpha).tolist()


@pytest.mark.parametrize("adjust", ALL)
@given(p=P_VALUES)
def test_adjusting_never_lowers_and_stays_a_probability(adjust, p):
    adjusted = adjust(p)
    assert (adjusted >= p - 1e-12).all()
    assert (adjusted <= 1).all()


@pytest.mark.parametrize("adjust", ALL)
@given(p=P_VALUES)
def test_order_of_input_does_not_matter(adjust, p):
    order = np.argsort(-p, kind="stable")
    np.testing.assert_allclose(adjust(p)[order], adjust(p[order]))


@given(P_VALUES)
def test_holm_is_never_above_bonferroni(p):
    assert (multiplicity.holm(p) <= multiplicity.bonferroni(p) + 1e-15).all()


def test_benjamini_hochberg_is_scipys():
    p = np.array([0.01, 0.4, 0.03, 0.2])
    expected = stats.false_discovery_control(p)
    np.testing.assert_allclose(multiplicity.benjamini_hochberg(p), expected)


@pytest.mark.parametrize("adjust", ALL)
def test_one_question_is_not_adjusted(adjust):
    np.testing.assert_allclose(adjust([0.03]), [0.03])


@pytest.mark.parametrize("adjust", ALL)
def test_no_question_or_only_undefined_ones_stay(adjust):
    assert adjust(np.array([])).size == 0
    assert np.isnan(adjust([math.nan, math.nan])).all()


def test_sidak_keeps_small_p_values():
    assert multiplicity.sidak([1e-20, 0.5])[0] == pytest.approx(2e-20)


@pytest.mark.parametrize("bad", [-0.1, 1.1])
def test_impossible_p_values_are_refused(bad):
    with pytest.raises(UsageError, match=r"\[0, 1\]"):
        multiplicity.holm([0.5, bad])


def family(seed, size=6):
    rng = np.random.default_rng(seed)
    shifts = rng.choice([0.0, 0.5, 1.0, 2.0], size)
    found = [means.paired_t(rng.normal(size=8), rng.normal(s, 1, 8)) for s in shifts]
    return [*found, means.paired_t([1.0], [2.0])]


@pytest.mark.parametrize("seed", range(30))
def test_simultaneous_intervals_agree_with_holm(seed):
    questions = family(seed)
    adjusted = multiplicity.holm([d.p_value for d in questions])
    for d, p in zip(multiplicity.simultaneous(questions), adjusted, strict=True):
        assert (p < 0.05) == d.excludes(0.0)


def test_simultaneous_intervals_are_bonferronis_where_that_decides():
    questions = family(1)
    first, found = questions[0], multiplicity.simultaneous(questions)[0]
    assert found.level == pytest.approx(1 - 0.05 / 6)
    assert found.high == pytest.approx(first.at_level(1 - 0.05 / 6).high)


def test_undefined_differences_are_not_counted():
    only = means.paired_t([1, 2, 3], [2, 4, 5])
    found = multiplicity.simultaneous([only, means.paired_t([1], [2])])
    assert found[0].low == pytest.approx(only.low)
    assert math.isnan(found[1].low)


def test_bound_next_to_zero_excludes_it_for_what_holm_adds():
    rng = np.random.default_rng(0)
    strong = means.paired_t(np.zeros(8), 5 + rng.normal(size=8))
    d = rng.normal(size=8)
    d = (d - d.mean()) / d.std(ddof=1)
    weak = means.paired_t(np.zeros(8), d + stats.t.isf(0.02, 7) / math.sqrt(8))
    assert 0.025 < weak.p_value < 0.05
    found = multiplicity.simultaneous([strong, weak])[1]
    assert found.excludes(0.0)
    assert 0 < found.low < 1e-300
    assert found.high > 0


THOUSANDTHS = st.integers(0, 100).map(lambda k: k / 1000)


@given(st.lists(THOUSANDTHS, min_size=1, max_size=6), THOUSANDTHS)
def test_levels_judge_as_the_adjusted_p_values_do(p_values, other):
    p = [*p_values, other]
    level = multiplicity.holm_levels(p)[-1]
    assert (other < level) == (multiplicity.holm(p)[-1] < 0.05)


def test_level_of_a_question_does_not_depend_on_its_own_p_value():
    levels = [multiplicity.holm_levels([0.001, 0.02, p])[-1] for p in (1e-9, 0.03, 1.0)]
    assert levels == [0.05, 0.05, 0.05]


def test_unanswered_questions_have_no_level_and_do_not_count():
    found = multiplicity.holm_levels([0.04, math.nan])
    assert found[0] == 0.05
    assert math.isnan(found[1])
