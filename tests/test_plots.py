import numpy as np
import pytest
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure

import variance as va
from variance.errors import Refusal


@pytest.fixture
def sweeps():
    one = va.from_scores({"accuracy": [0.90, 0.91, 0.93]}, name="one", seeds=[0, 1, 2])
    other = va.from_scores({"accuracy": [0.92, 0.95]}, name="other", seeds=[1, 5])
    return one, other


@pytest.fixture
def ax():
    return Figure().add_subplot()


def test_every_run_is_a_dot(sweeps, ax):
    va.plot_runs(*sweeps, ax=ax)
    dots = [d for d in ax.collections if isinstance(d, PathCollection)]
    heights = [d.get_offsets()[:, 1].tolist() for d in dots]

    assert heights == [[0.90, 0.91, 0.93], [0.92, 0.95]]


def test_runs_with_the_same_seed_are_joined(sweeps, ax):
    va.plot_runs(*sweeps, ax=ax)
    joined = [line.get_ydata() for line in ax.lines if line.get_color() == "#999999"]

    assert np.array(joined).tolist() == [[0.91, 0.92]]


def test_mean_is_that_of_the_runs(sweeps, ax):
    va.plot_runs(sweeps[0], ax=ax)
    diamond = next(line for line in ax.lines if line.get_marker() == "D")

    assert diamond.get_ydata()[0] == pytest.approx(np.mean([0.90, 0.91, 0.93]))


def test_names_and_counts_are_written(sweeps, ax):
    va.plot_runs(*sweeps, ax=ax)

    assert [label.get_text() for label in ax.get_xticklabels()] == ["one", "other"]
    assert [text.get_text() for text in ax.texts] == ["n = 3", "n = 2"]


def test_axes_are_made_where_none_are_given(sweeps):
    assert va.plot_runs(sweeps[0]).figure is not None


def test_nothing_to_draw_is_refused():
    with pytest.raises(Refusal, match="no runs to draw"):
        va.plot_runs()
