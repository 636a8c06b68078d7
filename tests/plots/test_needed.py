import numpy as np
import pytest

from tests.analysis.factory import digits, normal, resplit
from tests.plots.helpers import says, texts, title
from variance.analysis.comparison import compare
from variance.analysis.curve import curve
from variance.errors import Refusal
from variance.plots import plot_needed
from variance.wording.quantities import Unit, about


@pytest.fixture(scope="module")
def found():
    return compare(digits(8, 2000), digits(8, 2000, error=0.05, key=1, name="candidate"))


def test_points_are_those_of_the_curve(found):
    ax = plot_needed(found)
    on_test_set, on_new_data = ax.collections
    steps = curve(found).steps

    assert on_test_set.get_offsets().tolist() == [
        pytest.approx([s.seeds, 100 * s.test_set]) for s in steps
    ]
    assert on_new_data.get_offsets().tolist() == [
        pytest.approx([s.seeds, 100 * s.new_data]) for s in steps
    ]


def test_what_was_run_is_marked_as_the_text_says(found):
    ax = plot_needed(found)
    (star,) = (line for line in ax.lines if line.get_marker() == "*")

    assert (star.get_xdata()[0], star.get_ydata()[0]) == pytest.approx(
        (8, 100 * found.minimum_detectable_effect)
    )
    size = Unit(True).size(found.minimum_detectable_effect)
    assert f"these 8 seeds find {size} on this test set" in says(ax)


def test_needed_seeds_are_marked_as_the_text_says(found):
    ax = plot_needed(found)

    assert f"about {about(found.seeds_needed)} on this test set" in title(ax)
    assert f"about {about(found.seeds_needed_on_new_data)} on new data" in title(ax)
    assert f"about {about(found.seeds_needed)} seeds a side are needed on this test set" in says(ax)


def test_target_is_the_margin_where_there_is_one():
    pair = digits(8, 2000), digits(8, 2000, key=1, name="candidate")

    assert "margin 0.50 pp" in texts(plot_needed(compare(*pair, margin=0.005)))
    assert any(t.startswith("difference as estimated") for t in texts(plot_needed(compare(*pair))))


def test_floor_on_new_data_is_said(found):
    size = Unit(True).size(curve(found).floor)

    assert f"more seeds alone do not get below {size} on new data" in says(plot_needed(found))


def test_scores_alone_have_one_curve_and_no_floor():
    ax = plot_needed(compare(normal(8), normal(8, key=1, name="candidate")))

    assert len(ax.collections) == 1
    assert not any("do not get below" in text for text in says(ax))


def test_redrawn_splits_have_a_floor():
    ax = plot_needed(compare(resplit(), resplit(noise=0.5, key=1, name="candidate")))

    assert len(ax.collections) == 1
    assert any("do not get below" in text for text in says(ax))


def test_nothing_can_be_planned_from_too_few_runs():
    with pytest.raises(Refusal, match="no number of seeds can be planned: 2 runs a side"):
        plot_needed(compare(normal(2), normal(2, key=1, name="candidate")))


def test_differences_without_spread_cannot_be_planned_with():
    first = normal(8)
    second = normal(8, name="candidate")
    second.scores["accuracy"][:] = np.asarray(first.scores["accuracy"]) + 0.5**10
    with pytest.raises(Refusal, match="no number of seeds"):
        plot_needed(compare(first, second))
