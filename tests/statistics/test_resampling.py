import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from variance.errors import UsageError
from variance.statistics import classes, crossed, metric_bootstrap, resampling, simulation


def multibootstrap(a, b, resamples, rng, *, paired):
    """Sellam et al.'s algorithm as plainly as it can be written."""
    drawn = []
    for _ in range(resamples):
        first = rng.integers(len(a), size=len(a))
        second = first if paired else rng.integers(len(b), size=len(b))
        examples = rng.integers(a.shape[1], size=a.shape[1])
        drawn.append(b[second][:, examples].mean() - a[first][:, examples].mean())
    return np.array(drawn)


def draw(seed, runs=(6, 6), examples=60, **options):
    model = simulation.CrossedModel(**options)
    return model.draw(runs, examples, np.random.default_rng(seed))


def bootstrap(a, b, *, paired=True, seed=0, **options):
    return resampling.crossed_bootstrap(
        a, b, paired=paired, rng=np.random.default_rng(seed), **options
    )


def closed_form_paired(a, b):
    d = b.astype(float) - a
    s, t = d.shape
    rest = d - d.mean(axis=1, keepdims=True) - d.mean(axis=0) + d.mean()
    return math.sqrt(
        d.mean(axis=1).var() / s + d.mean(axis=0).var() / t + (rest**2).mean() / (s * t)
    )


@pytest.mark.parametrize("paired", [True, False])
def test_same_distribution_as_the_plain_algorithm(paired):
    a, b = draw(0, example_sd=1.0)
    plain = multibootstrap(a, b, 4000, np.random.default_rng(1), paired=paired)
    found = bootstrap(a, b, paired=paired, resamples=19_999)
    assert found.standard_error == pytest.approx(plain.std(), rel=0.05)
    expected = np.quantile(plain, (0.025, 0.975))
    np.testing.assert_allclose((found.low, found.high), expected, atol=0.15 * plain.std())


def test_standard_error_has_its_closed_form():
    a, b = draw(2, example_sd=1.0)
    found = bootstrap(a, b, resamples=40_000)
    assert found.standard_error == pytest.approx(closed_form_paired(a, b), rel=0.02)


def test_putting_examples_apart_changes_nothing_but_time():
    a, b = draw(3)
    agreed = np.ones((6, 500), dtype=bool)
    padded = bootstrap(np.hstack((a, agreed)), np.hstack((b, agreed)), resamples=40_000)
    full_a, full_b = np.hstack((a, agreed)), np.hstack((b, agreed))
    assert padded.informative <= 60
    assert padded.standard_error == pytest.approx(closed_form_paired(full_a, full_b), rel=0.02)


def test_collapsed_draws_have_the_moments_of_a_multinomial():
    drawn = resampling.collapsed_draws(50, 4, 40_000, np.random.default_rng(0))
    expected = stats.multinomial(50, [1 / 50] * 50).cov()[:4, :4]
    np.testing.assert_allclose(drawn.mean(axis=0), 1, atol=0.03)
    np.testing.assert_allclose(np.cov(drawn.T), expected, atol=0.03)


def test_all_draws_land_when_none_are_put_apart():
    drawn = resampling.collapsed_draws(7, 7, 20, np.random.default_rng(0))
    assert (drawn.sum(axis=1) == 7).all()


def test_groups_of_one_change_nothing():
    a, b = draw(4)
    plain = bootstrap(a, b, resamples=20_000)
    grouped = bootstrap(a, b, groups=np.arange(60), resamples=20_000)
    assert grouped.standard_error == pytest.approx(plain.standard_error, rel=0.03)


@pytest.mark.parametrize("paired", [True, False])
def test_copies_of_examples_are_no_news_when_grouped(paired):
    a, b = draw(5, example_sd=2.0)
    plain = bootstrap(a, b, paired=paired, resamples=20_000)
    again = bootstrap(
        np.repeat(a, 3, axis=1), np.repeat(b, 3, axis=1), paired=paired,
        groups=np.repeat(np.arange(60), 3), resamples=20_000,
    )  # fmt: skip
    assert again.standard_error == pytest.approx(plain.standard_error, rel=0.03)


def test_blocks_are_drawn_to_the_full_number(monkeypatch):
    monkeypatch.setattr(resampling, "BLOCK", 100)
    assert bootstrap(*draw(6), resamples=1234).resamples == 1234


@st.composite
def two_sweeps(draw):
    runs, examples = draw(st.integers(1, 4)), draw(st.integers(1, 8))
    side = hnp.arrays(np.bool_, (runs, examples))
    return draw(side), draw(side)


@settings(deadline=None, max_examples=150)
@given(two_sweeps(), st.booleans(), st.sampled_from([0.01, 0.05, 0.2]))
def test_p_value_and_interval_agree(sweeps, paired, alpha):
    found = bootstrap(*sweeps, paired=paired, resamples=299, level=1 - alpha)
    assert (found.p_value < alpha) == found.excludes(0.0)
    assert not found.p_value <= 0
    assert math.isnan(found.p_value) == bool(found.reason)


@pytest.mark.parametrize("alpha", [0.5, 0.1, 0.05, 0.01])
@pytest.mark.parametrize("size", [999, 1000, 1234])
def test_p_value_and_interval_agree_at_every_rank(size, alpha):
    for below in range(1, size):
        drawn = np.concatenate((-np.ones(below), np.ones(size - below)))
        found = resampling.summarise(drawn, 0.5, 1 - alpha, informative=1, method="", n=(3, 3))
        assert (found.p_value < alpha) == found.excludes(0.0)


def test_high_levels_need_more_resamples():
    with pytest.raises(UsageError, match="too few"):
        bootstrap(*draw(8), resamples=99, level=0.99)


@pytest.mark.parametrize(("shape", "reason"), [((1, 9), "one run"), ((4, 1), "one test example")])
def test_too_small_is_undefined(shape, reason):
    a = np.arange(math.prod(shape)).reshape(shape) % 2
    assert reason in bootstrap(a, 1 - a).reason


def test_one_group_is_undefined():
    assert "one group" in bootstrap(*draw(7), groups=np.zeros(60)).reason


@pytest.mark.parametrize("paired", [True, False])
def test_identical_sweeps_are_undefined(paired):
    a = np.ones((4, 10))
    assert "nothing varied" in bootstrap(a, a, paired=paired).reason


def test_paired_needs_equal_numbers():
    with pytest.raises(UsageError, match="3, 4"):
        bootstrap(np.ones((3, 5)), np.ones((4, 5)))


def test_too_few_resamples_are_refused():
    with pytest.raises(UsageError, match="resamples"):
        bootstrap(*draw(8), resamples=10)


def test_repeats_with_its_generator():
    a, b = draw(9)
    assert bootstrap(a, b, seed=3) == bootstrap(a, b, seed=3)


def test_real_valued_scores_work():
    rng = np.random.default_rng(0)
    a, b = rng.random((5, 40)), rng.random((5, 40)) + 0.5
    found = bootstrap(a, b, resamples=20_000)
    assert found.standard_error == pytest.approx(closed_form_paired(a, b), rel=0.03)
    assert found.excludes(0.0)


# --- metrics of the confusion matrix


def predictions(seed, runs=5, examples=120, kinds=3):
    rng = np.random.default_rng(seed)
    labels = rng.integers(kinds, size=examples)
    sure = rng.random(examples) < 0.6
    sides = []
    for _ in range(2):
        guess = rng.integers(kinds, size=(runs, examples))
        sides.append(np.where(sure | (rng.random((runs, examples)) < 0.6), labels, guess))
    return labels, sides[0], sides[1]


def metric_boot(labels, a, b, score, *, paired=True, resamples=4999, kinds=3):
    return metric_bootstrap.crossed_bootstrap_metric(
        labels, a, b, kinds, score, paired=paired, resamples=resamples,
        rng=np.random.default_rng(0),
    )  # fmt: skip


@pytest.mark.parametrize("paired", [True, False])
def test_accuracy_is_the_plain_crossed_bootstrap(paired):
    labels, a, b = predictions(0)
    found = metric_boot(labels, a, b, "accuracy", paired=paired)
    plain = bootstrap(a == labels, b == labels, paired=paired, resamples=20_000)
    assert found.estimate == pytest.approx(plain.estimate)
    assert found.standard_error == pytest.approx(plain.standard_error, rel=0.05)


def test_macro_f1_is_the_plainly_written_bootstrap():
    labels, a, b = predictions(1)
    rng, drawn = np.random.default_rng(1), []
    for _ in range(1500):
        runs, examples = rng.integers(5, size=5), rng.integers(120, size=120)
        means = [
            classes.metric(
                classes.confusion(labels[examples], p[runs][:, examples], 3), "macro_f1"
            ).mean()
            for p in (a, b)
        ]
        drawn.append(means[1] - means[0])
    found = metric_boot(labels, a, b, "macro_f1")
    assert found.standard_error == pytest.approx(np.std(drawn), rel=0.08)


def test_any_function_of_confusion_arrays_will_do():
    labels, a, b = predictions(2)
    recall = metric_boot(labels, a, b, lambda c: c[:, 0, 0] / c[:, 0].sum(axis=1))
    members = labels == 0
    expected = (b[:, members] == 0).mean() - (a[:, members] == 0).mean()
    assert recall.estimate == pytest.approx(expected)


@pytest.mark.parametrize("agreed", [0, 40])
def test_every_resample_draws_as_many_examples_as_there_are(agreed):
    labels, a, b = predictions(5, examples=80)
    a[:, :agreed] = b[:, :agreed] = labels[:agreed]
    totals = []

    def count(c):
        totals.append(c.sum(axis=(1, 2)))
        return c[:, 0, 0]

    metric_boot(labels, a, b, count, resamples=200)
    assert set(np.concatenate(totals).round(9)) == {80}


def test_metric_undefined_in_resamples_is_said():
    labels = np.array([0, 1, 1, 1, 1])
    a = np.tile(labels, (3, 1))
    b = a.copy()
    b[0, 1] = 0

    def first_recall(c):
        return np.divide(c[:, 0, 0], c[:, 0].sum(axis=1), out=np.full(len(c), math.nan),
                         where=c[:, 0].sum(axis=1) > 0)  # fmt: skip

    assert "undefined in some" in metric_boot(labels, a, b, first_recall, kinds=2).reason


def test_metric_of_one_run_is_undefined():
    labels, a, b = predictions(3)
    assert "one run" in metric_boot(labels, a[:1], b[:1], "macro_f1").reason


def test_metric_of_identical_runs_is_undefined():
    labels, a, _ = predictions(4)
    same = np.tile(a[0], (4, 1))
    assert "nothing varied" in metric_boot(labels, same, same, "accuracy").reason


def test_crossed_interval_and_bootstrap_agree_when_examples_dominate():
    a, b = draw(10, runs=(20, 20), examples=400, example_sd=3.0)
    theory, check = crossed.crossed_paired(a, b), bootstrap(a, b)
    assert check.standard_error == pytest.approx(theory.standard_error, rel=0.1)
