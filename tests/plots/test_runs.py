from itertools import pairwise

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PatchCollection, PathCollection
from matplotlib.figure import Figure

import variance as va
from tests.analysis.factory import normal, resplit, scored
from variance.analysis.summary import summarize
from variance.errors import Refusal, UsageError
from variance.plots import plot_runs
from variance.plots.marks import told
from variance.plots.shape import edges


@pytest.fixture
def sweeps():
    one = va.from_scores({"accuracy": [0.90, 0.91, 0.93]}, name="one", seeds=[0, 1, 2])
    other = va.from_scores({"accuracy": [0.92, 0.95]}, name="other", seeds=[1, 5])
    return one, other


@pytest.fixture
def ax():
    return Figure().add_subplot()


def drawn(ax, kind):
    return [c for c in ax.collections if type(c) is kind]


def joined(ax):
    return [c for c in drawn(ax, LineCollection) if c in told(ax.figure)]


def diamonds(ax):
    return [line for line in ax.lines if line.get_marker() == "D"]


def test_every_run_is_a_dot(sweeps, ax):
    va.plot_runs(*sweeps, ax=ax)
    heights = [dots.get_offsets()[:, 1].tolist() for dots in drawn(ax, PathCollection)]

    assert heights == [[0.90, 0.91, 0.93], [0.92, 0.95]]


def test_dots_say_seed_and_score(sweeps, ax):
    va.plot_runs(*sweeps, ax=ax)
    texts = told(ax.figure)[drawn(ax, PathCollection)[1]]

    assert texts == ("other, seed 1: 92.0 %", "other, seed 5: 95.0 %")


def test_runs_with_the_same_seed_are_joined(sweeps, ax):
    va.plot_runs(*sweeps, ax=ax)
    (lines,) = joined(ax)

    assert [path.vertices[:, 1].tolist() for path in lines.get_paths()] == [[0.91, 0.92]]
    assert told(ax.figure)[lines] == ("seed 1: +1.00 pp",)


def test_runs_that_are_merely_counted_are_not_joined(ax):
    counted = [va.from_scores({"accuracy": [0.9, 0.8]}, name=name) for name in "ab"]
    va.plot_runs(*counted, ax=ax)

    assert joined(ax) == []
    assert "joined" not in ax.get_title(loc="left")


@pytest.mark.parametrize("runs", [normal(12), resplit(12)], ids=["fixed", "redrawn"])
def test_mean_and_interval_are_those_of_the_summary(runs, ax):
    summary = summarize(runs)
    plot_runs(runs, ax=ax)
    (bar,) = (c for c in ax.containers)

    assert diamonds(ax)[0].get_ydata()[0] == pytest.approx(summary.mean)
    assert bar.lines[2][0].get_segments()[0][:, 1] == pytest.approx(summary.ci)


def test_one_run_has_no_mean(ax):
    plot_runs(normal(1), ax=ax)

    assert diamonds(ax) == []
    assert "interval" not in ax.get_title(loc="left")


def test_names_and_counts_are_written(sweeps, ax):
    va.plot_runs(*sweeps, ax=ax)

    assert [label.get_text() for label in ax.get_xticklabels()] == ["one", "other"]
    assert [text.get_text() for text in ax.texts] == ["n = 3", "n = 2"]


def test_many_runs_are_drawn_in_bins_that_hold_them_all(ax):
    many = normal(1000)
    plot_runs(many, normal(20), ax=ax)
    shapes = drawn(ax, PatchCollection)
    counts = [int(text.split(": ")[1].split(" run")[0]) for text in told(ax.figure)[shapes[0]]]

    assert sum(counts) == 1000
    assert drawn(ax, PathCollection) == joined(ax) == []
    assert "bins" in ax.get_title(loc="left")


def test_bins_hold_equally_many_points_of_a_lattice():
    counts = np.random.default_rng(0).binomial(10_000, 0.01, 3000)
    found = edges(counts / 10_000)
    points = np.arange(20_000) / 10_000
    inside = [np.sum((points > low) & (points < high)) for low, high in pairwise(found)]

    assert len(set(inside)) == 1


def test_runs_without_a_usable_score_are_left_out(ax):
    plot_runs(scored([0.1, 0.3, np.nan], metric="loss"), ax=ax)

    assert [text.get_text() for text in ax.texts] == ["n = 2"]


def test_unknown_metric_is_refused(sweeps):
    with pytest.raises(UsageError, match="no metric 'acuracy'"):
        va.plot_runs(sweeps[0], metric="acuracy")


def test_axes_are_made_where_none_are_given(sweeps):
    assert va.plot_runs(sweeps[0]).figure is not None


def test_nothing_to_draw_is_refused():
    with pytest.raises(Refusal, match="no runs to draw"):
        va.plot_runs()
