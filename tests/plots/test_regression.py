import dataclasses

import numpy as np
import pytest

from tests.analysis.factory import digits, fitted, normal, resplit
from tests.plots.helpers import names, says, title
from variance.errors import Refusal
from variance.plots import coefficients, plot_distribution, plot_predictions
from variance.plots.marks import told


def with_slope(runs):
    slope = np.random.default_rng(5).normal(600, 40, len(runs))
    return dataclasses.replace(runs, scores={**runs.scores, "slope": slope})


def test_coefficients_are_the_scores_without_a_direction():
    assert coefficients(with_slope(fitted())) == ("slope",)


def test_bars_hold_every_run():
    runs = with_slope(fitted(60))
    ax = plot_distribution(runs, metric="slope")
    (bars,) = ax.collections
    texts = told(ax.figure)[bars]

    assert sum(int(text.split(": ")[1].split(" run")[0]) for text in texts) == 60


def test_mean_and_sd_are_drawn_and_said():
    values = np.array([1.0, 2.0, 3.0, 4.0])
    runs = dataclasses.replace(fitted(4), scores={"slope": values}, metric="slope")
    ax = plot_distribution(runs)
    bar, dot = ax.lines

    assert dot.get_xdata()[0] == 2.5
    assert bar.get_xdata() == pytest.approx([2.5 - values.std(ddof=1), 2.5 + values.std(ddof=1)])
    assert "baseline: 2.5 ± 1.3 (SD over 4 runs)" in title(ax)


def test_sweeps_stand_one_above_the_other_on_the_same_bins():
    ax = plot_distribution(normal(30), normal(30, key=1, name="other"))

    assert names(ax.yaxis) == ["baseline", "other"]
    assert len(ax.collections) == 2


def test_a_constant_score_is_drawn():
    runs = dataclasses.replace(fitted(4), scores={"slope": np.full(4, 7.0)}, metric="slope")

    assert "7.0000 ± 0 (SD over 4 runs)" in title(plot_distribution(runs))


def test_distribution_of_nothing_is_refused():
    with pytest.raises(Refusal, match="no runs to draw"):
        plot_distribution()


def test_predictions_are_averaged_over_runs():
    runs = fitted(10, examples=20)
    ax = plot_predictions(runs)
    (dots,) = ax.collections
    order = np.argsort(runs.labels, kind="stable")

    assert np.allclose(dots.get_offsets()[:, 0], runs.labels[order])
    assert np.allclose(dots.get_offsets()[:, 1], runs.predictions.mean(axis=0)[order])


def test_bars_are_sds_over_the_runs():
    runs = fitted(10, examples=20)
    bars = plot_predictions(runs).lines[1]
    low, high = bars.get_ydata()[0::3], bars.get_ydata()[1::3]
    order = np.argsort(runs.labels, kind="stable")

    assert np.allclose((high - low) / 2, runs.predictions.std(axis=0, ddof=1)[order])


def test_redrawn_examples_are_gathered_from_the_runs_that_tested_them():
    runs = resplit(10, pool=60, test=20)
    ax = plot_predictions(runs)
    example = int(runs.examples[0, 0])
    own = runs.predictions[runs.examples == example]
    text = next(t for t in says(ax) if t.startswith(f"example {example}:"))

    assert f"predicted {own.mean():.2f}" in text
    assert text.endswith(f", {len(own)} run{'s' * (len(own) > 1)}")
    assert len(ax.collections[0].get_offsets()) == len(np.unique(runs.examples))


def test_examples_whose_ids_are_unknown_stand_alone():
    runs = dataclasses.replace(resplit(3, pool=60, test=20), examples=None)

    assert len(plot_predictions(runs).collections[0].get_offsets()) == 60


def test_of_many_examples_some_are_drawn_from_smallest_to_largest():
    runs = fitted(4, examples=2000)
    ax = plot_predictions(runs)
    drawn = ax.collections[0].get_offsets()[:, 0]

    assert len(drawn) == 160
    assert (drawn[0], drawn[-1]) == (runs.labels.min(), runs.labels.max())
    assert "160 of 2,000 examples" in title(ax)


@pytest.mark.parametrize("runs", [normal(4), digits(4)], ids=["scores", "classes"])
def test_predictions_that_are_no_numbers_are_refused(runs):
    with pytest.raises(Refusal, match="no predictions of numbers"):
        plot_predictions(runs)
