import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.analysis.factory import classified, digits, normal, resplit, scored
from variance.analysis import opinions
from variance.analysis.comparison import compare
from variance.errors import UsageError
from variance.statistics import means
from variance.statistics.unpaired import unpaired_t

UP = [0.90, 0.91, 0.92, 0.93, 0.94]


def codes(result):
    return {alert.code for alert in result.alerts}


def test_same_seeds_are_paired():
    x, y = normal(10), normal(10, key=1, name="b")
    found = compare(x, y)
    expected = means.paired_t(x.scores["accuracy"], y.scores["accuracy"])
    assert found.pairing.by == "seed"
    assert found.test_set.p_value == expected.p_value
    assert found.test_set.ci == (expected.low, expected.high)


def test_pairs_go_by_number_not_by_position():
    first = scored([0.1, 0.2, 0.3, 0.4], seeds=[0, 1, 2, 3])
    second = scored([0.25, 0.35, 0.46, 0.9], seeds=[1, 2, 3, 4], name="b")
    found = compare(first, second)
    assert found.pairing.pairs == 3
    assert found.pairing.dropped == 2
    assert found.test_set.estimate == pytest.approx(np.mean([0.05, 0.05, 0.06]))
    assert "seeds-dropped" in codes(found)


def test_disjoint_seeds_are_welch():
    found = compare(normal(6), normal(6, key=1, name="b", seeds=range(10, 16)))
    assert found.pairing.by is None
    assert found.test_set.method == "Welch t"


def test_few_shared_seeds_are_not_paired_but_told():
    found = compare(normal(30), normal(30, key=1, name="b", seeds=range(26, 56)))
    assert found.pairing.by is None
    assert "seeds-shared" in codes(found)


def test_pairing_that_drops_most_runs_is_not_the_default():
    found = compare(normal(80), normal(5, key=1, name="b"))

    assert found.pairing.by is None
    assert (found.baseline.runs, found.candidate.runs) == (80, 5)


def test_means_of_pairs_alone_are_called_so():
    found = compare(normal(8), normal(5, key=1, name="b"))
    (told,) = [alert.message for alert in found.alerts if alert.code == "seeds-dropped"]

    assert found.baseline.runs == 5
    assert "means and SDs are those of the 5 pairs" in told


def test_runs_without_a_number_are_never_paired():
    found = compare(normal(5, numbered=False), normal(5, key=1, name="b", numbered=False))
    assert found.pairing.by is None


def test_unpaired_on_request():
    assert compare(normal(5), normal(5, key=1), paired=False).test_set.method == "Welch t"


def test_pairs_asked_for_but_missing():
    with pytest.raises(UsageError, match="share no seed"):
        compare(normal(3), normal(3, seeds=[7, 8, 9]), paired=True)


@pytest.mark.parametrize(("metric", "verdict"), [("accuracy", "improved"), ("loss", "regressed")])
def test_direction_of_the_metric_decides(metric, verdict):
    first = scored(UP, metric=metric)
    second = scored(np.add(UP, [0.05, 0.06, 0.05, 0.06, 0.05]), metric=metric, name="b")
    assert compare(first, second).verdict == verdict


def test_unknown_direction_is_refused():
    odd = scored(UP, metric="zing")
    with pytest.raises(UsageError, match="whether more zing is better"):
        compare(odd, odd)


def test_contradicting_directions_are_refused():
    first = scored(UP, metric="zing", higher_is_better={"zing": True})
    second = scored(UP, metric="zing", higher_is_better={"zing": False})
    with pytest.raises(UsageError, match="better high in one"):
        compare(first, second)


def test_unknown_metric_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean 'accuracy'"):
        compare(normal(3), normal(3), metric="acuracy")


@pytest.mark.parametrize("alpha", [0, 0.5, 1, -1, float("nan")])
def test_alpha_out_of_range(alpha):
    with pytest.raises(UsageError, match="alpha"):
        compare(normal(3), normal(3), alpha=alpha)


@pytest.mark.parametrize("margin", [0, -1, float("inf"), float("nan")])
def test_margin_out_of_range(margin):
    with pytest.raises(UsageError, match="margin"):
        compare(normal(3), normal(3), margin=margin)


def test_unknown_scope():
    with pytest.raises(UsageError, match="unknown scope"):
        compare(normal(3), normal(3), scope="newdata")


def test_close_scores_are_equivalent_within_a_margin():
    found = compare(normal(20, sd=1e-4), normal(20, sd=1e-4, key=1, name="b"), margin=0.01)
    assert found.verdict == "equivalent"
    assert found.test_set.equivalent is True


def test_equivalence_rests_on_the_inner_interval():
    x, y = normal(8), normal(12, key=1, name="b", seeds=np.arange(100, 112))
    inner = compare(x, y, margin=0.01, alpha=0.05).test_set.equivalence
    same = unpaired_t(x.scores["accuracy"], y.scores["accuracy"]).at_level(0.9)

    assert inner.level == pytest.approx(0.9)
    assert inner.ci == pytest.approx(same.bounds)


def test_without_a_margin_nothing_is_equivalent():
    found = compare(normal(20, sd=1e-4), normal(20, sd=1e-4, key=1, name="b"))
    assert found.verdict == "inconclusive"
    assert found.test_set.equivalent is None


def test_beyond_the_margin():
    found = compare(normal(10), normal(10, mean=0.9, key=1, name="b"), margin=0.01)
    assert found.verdict == "regressed"
    assert found.test_set.beyond_margin is True


def test_small_but_certain_difference_is_improved_and_within_the_margin():
    y = normal(10, sd=1e-5, mean=0.9904, key=1, name="b")
    found = compare(normal(10, sd=1e-5), y, margin=0.01)
    assert found.verdict == "improved"
    assert found.test_set.equivalent is True


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-1, 1), min_size=3, max_size=12), st.floats(0.005, 0.4))
def test_p_and_interval_never_contradict(values, alpha):
    rng = np.random.default_rng(0)
    base = rng.normal(0, 1, len(values))
    result = compare(
        scored(base, metric="r2"), scored(base + values, metric="r2", name="b"), alpha=alpha
    )
    effect = result.test_set
    if effect.ci is None:
        assert result.verdicts["test-set"] == "refused"
    else:
        excludes = effect.ci[0] > 0 or effect.ci[1] < 0
        assert excludes == (effect.p_value < alpha)
        assert excludes == (result.verdict in ("improved", "regressed"))


def limited_by_the_test_set():
    """Runs that hardly differ, on examples of which few change: little luck of training."""
    labels = np.zeros(400, dtype=int)
    rng = np.random.default_rng(0)
    base, better = np.zeros((2, 20, 400), dtype=int)
    base[:, :10], better[:, 5:13] = 1, 1
    for wrong in (base, better):
        wrong[np.arange(20), rng.integers(100, 400, 20)] = rng.integers(0, 2, 20)
    return classified(labels, base), classified(labels, better, name="b")


def test_established_on_the_test_set_only():
    found = compare(*limited_by_the_test_set())
    assert found.verdicts == {"test-set": "improved", "new-data": "inconclusive"}
    assert found.limit == "examples"
    assert {"test-set-only", "test-set-limited"} <= codes(found)
    assert found.examples_needed > 400
    assert found.seeds_needed_on_new_data is None


def test_new_data_interval_is_never_the_narrower():
    found = compare(digits(8, 800), digits(8, 800, error=0.04, key=1, name="b"))
    width = [e.ci[1] - e.ci[0] for e in (found.test_set, found.new_data)]
    assert width[1] >= width[0] - 1e-12


def test_bootstrap_stands_beside_the_crossed_interval():
    found = compare(digits(8, 800), digits(8, 800, error=0.03, key=1, name="b"))
    low, high = found.new_data.bootstrap.ci
    assert low < found.new_data.estimate < high


def test_groups_are_counted_and_widen_the_interval():
    groups = np.arange(1000) // 50
    plain = compare(digits(6), digits(6, error=0.04, key=1, name="b"))
    grouped = compare(digits(6, groups=groups), digits(6, error=0.04, key=1, groups=groups))
    assert grouped.new_data.groups == 20
    assert grouped.new_data.examples == 1000
    assert plain.new_data.groups is None


def test_scores_alone_say_nothing_of_new_data():
    found = compare(normal(5), normal(5, key=1, name="b"))
    assert found.new_data is None
    assert found.verdicts["new-data"] == "refused"
    assert found.refused["new-data"] == "no predictions are stored"
    assert "per_class" in found.unavailable
    assert "test-set-unknown" in codes(found)


def test_superiority_counts_better_not_higher():
    first, second = scored(UP, metric="loss"), scored(np.subtract(UP, 0.5), metric="loss", name="b")
    assert compare(first, second).superiority.estimate == 1


def test_sensitivity_that_disagrees_is_told():
    first = scored([0.0] * 12, metric="r2", name="a", vary=("init",))
    second = scored([*([0.01] * 11), -3.0], metric="r2", name="b")
    found = compare(first, second)
    assert found.verdict == "inconclusive"
    assert "sensitivity-disagrees" in codes(found)


def test_five_pairs_cannot_reach_significance_by_signs():
    found = compare(normal(5), normal(5, key=1, name="b"))
    assert found.sensitivity[0].smallest_p == pytest.approx(2 / 32)
    assert found.sensitivity[0].agrees is None
    assert "smallest-p" in codes(found)


def test_equal_scores_that_hide_churn_are_told():
    labels = np.zeros(100, dtype=int)
    rng = np.random.default_rng(0)

    def sweep(half, name):
        wrong = np.zeros((6, 100), dtype=int)
        wrong[:, half] = 1
        wrong[np.arange(6), rng.integers(40, 60, 6)] = 1
        return classified(labels, wrong, name=name)

    found = compare(sweep(slice(0, 20), "a"), sweep(slice(80, 100), "b"))
    assert found.verdict in ("inconclusive", "refused")
    assert found.churn.between > 3 * found.churn.within_baseline


def test_redrawn_needs_the_training_size():
    from dataclasses import replace

    first, second = (replace(resplit(8, key=k), train_size=None) for k in (0, 1))
    found = compare(first, second)
    assert found.verdict == "refused"
    assert "trained on is unknown" in found.refused["new-data"]


def test_redrawn_interval_is_wider_than_a_paired_t():
    first, second = resplit(20), resplit(20, key=1, name="b")
    found = compare(first, second)
    naive = means.paired_t(first.scores["r2"], second.scores["r2"])
    wide, narrow = np.diff(found.new_data.ci)[0], naive.high - naive.low
    assert wide > 2 * narrow
    assert found.sensitivity == ()


def test_redrawn_has_no_verdict_on_a_test_set():
    found = compare(resplit(8), resplit(8, key=1, name="b"), scope="test-set")
    assert found.verdict == "refused"
    assert "no fixed test set" in found.refused["test-set"]


def test_redrawn_unpaired_is_corrected_too():
    found = compare(resplit(8), resplit(8, key=1, name="b"), paired=False)
    assert found.new_data.method == "corrected Welch t"


def test_seeds_needed_shrink_with_the_margin():
    pair = normal(10), normal(10, key=1, name="b")
    large, small = compare(*pair, margin=0.01), compare(*pair, margin=0.0005)
    assert large.seeds_needed < small.seeds_needed


def test_failed_runs_are_counted_and_compared():
    found = compare(normal(20), normal(10, key=1, name="b", failures=10))
    assert found.candidate.failed == 10
    assert found.failures.p_value < 0.05
    assert {"failed-runs", "failures-differ"} <= codes(found)


def test_score_that_is_not_finite_is_a_failed_run():
    values = np.array([0.9, 0.91, np.nan, 0.92, np.inf])
    found = compare(scored(values), normal(5, mean=0.9, name="b"))
    assert found.baseline.runs == 3
    assert found.baseline.failed == 2


def test_mixed_environments_are_told():
    mixed = normal(5, environments=("cpu a", "cpu b"))
    found = compare(mixed, normal(5, key=1, name="b", environments=("cpu a",)))
    assert {"mixed-environments", "environments-differ"} <= codes(found)


def test_other_training_data_are_told():
    first = normal(5, fingerprints={"data": "x"})
    found = compare(first, normal(5, key=1, fingerprints={"data": "y"}))
    assert "data-differs" in codes(found)


def test_runs_that_repeat_are_told():
    twice = normal(6, weights_digests=("a", "b", "c", "a", "d", "e"))
    assert "duplicated-runs" in codes(compare(twice, normal(6, key=1, name="b")))


def test_spread_of_paired_runs_is_compared_seed_by_seed():
    rng = np.random.default_rng(0)
    common = rng.normal(0.9, 0.02, 12)
    x = scored(common + rng.normal(0, 0.001, 12))
    y = scored(0.9 + 1.3 * (common - 0.9) + rng.normal(0, 0.001, 12), name="b")
    paired, apart = compare(x, y).spread, compare(x, y, paired=False).spread

    # 1.3 times as wide, seed by seed, which two unrelated samples of 12 cannot show.
    assert paired.ratio == pytest.approx(1.3, abs=0.05)
    assert paired.p_value < 0.01 < apart.p_value
    assert (paired.method, apart.method) == (opinions.PAIRED_SPREAD, "Brown-Forsythe")
