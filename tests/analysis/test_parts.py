import numpy as np
import pytest

from tests.analysis.factory import classified, digits, fitted, resplit
from variance.analysis.comparison import compare


def shifted(harm, name="b", key=1):
    """Return runs that err more often on class 0."""
    labels = np.arange(2000) % 10
    rng = np.random.default_rng(key)
    chance = np.where(labels == 0, harm, 0.05)
    wrong = rng.random((12, 2000)) < chance
    return classified(labels, np.where(wrong, (labels + 1) % 10, labels), name=name)


@pytest.fixture(scope="module")
def found():
    return compare(shifted(0.05, "a", key=0), shifted(0.25))


def test_only_the_class_that_moved_is_called(found):
    verdicts = {p.label: p.verdict for p in found.per_class}
    assert verdicts.pop("0") == "regressed"
    assert set(verdicts.values()) == {"inconclusive"}


def test_holm_never_lowers_a_p_value(found):
    assert all(p.p_adjusted >= p.p_value for p in found.per_class)


def test_simultaneous_intervals_agree_with_the_verdicts(found):
    for part in found.per_class:
        excludes = part.ci[0] > 0 or part.ci[1] < 0
        touches = 0 in part.ci
        assert (part.verdict != "inconclusive") == (excludes or touches)


def test_both_scopes_are_there(found):
    part = found.per_class[0]
    assert part.test_set.verdict == part.new_data.verdict == "regressed"
    assert part.ci == part.test_set.ci


def test_row_follows_the_scope():
    result = compare(shifted(0.05, "a", key=0), shifted(0.25), scope="new-data")
    assert result.per_class[0].ci == result.per_class[0].new_data.ci


def test_recalls_are_means_over_runs(found):
    baseline = shifted(0.05, "a", key=0)
    hits = (baseline.predictions == baseline.labels)[:, baseline.labels == 0]
    assert found.per_class[0].baseline == pytest.approx(hits.mean())


def test_cells_explore_the_confusion_that_moved(found):
    top = found.confusion[0]
    assert (top.true, top.predicted) == ("0", "1")
    assert top.p_adjusted >= top.p_value
    assert top.difference == pytest.approx(0.2, abs=0.03)


def test_slices_split_the_targets_in_quarters():
    found = compare(fitted(8), fitted(8, noise=2, key=1, name="b"))
    assert [p.support for p in found.per_slice] == [50] * 4
    assert {p.verdict for p in found.per_slice} == {"regressed"}


def test_slices_of_redrawn_splits():
    found = compare(resplit(12), resplit(12, noise=3, key=1, name="b"))
    assert sum(p.support for p in found.per_slice) == pytest.approx(146)
    assert all(p.test_set is None for p in found.per_slice)
    assert {p.verdict for p in found.per_slice} <= {"regressed", "inconclusive"}


def test_unpaired_classes():
    found = compare(shifted(0.05, "a", key=0), shifted(0.25), paired=False)
    assert found.per_class[0].verdict == "regressed"


def test_many_classes_are_not_explored_cell_by_cell():
    labels = np.arange(4000) % 100
    rng = np.random.default_rng(0)
    guesses = rng.integers(0, 100, (2, 3, 4000))
    names = tuple(str(k) for k in range(100))
    a, b = (
        classified(labels, g, classes=names, name=n) for g, n in zip(guesses, "ab", strict=True)
    )
    result = compare(a, b)
    assert result.confusion == ()
    assert "too many" in result.unavailable["confusion"]


def test_classes_of_two_sweeps_are_the_union():
    a, b = digits(4, 200), digits(4, 200, key=1, name="b")
    from dataclasses import replace

    found = compare(a, replace(b, classes=(*b.classes, "other")))
    assert found.per_class[-1].label == "other"
    assert found.per_class[-1].support == 0
