import dataclasses

import numpy as np
import pytest

from tests.analysis.factory import classified, digits, fitted, normal, resplit
from tests.plots.helpers import names, says, texts, title
from variance.analysis.comparison import compare
from variance.errors import Refusal
from variance.plots import plot_difference, plot_parts


@pytest.fixture(scope="module")
def found():
    better = digits(12, 2000, error=0.02, key=1, name="candidate")
    return compare(digits(12, 2000), better, margin=0.05)


def bars(ax):
    """The intervals, from the top row down."""
    return [line for line in ax.lines if len(line.get_xdata()) == 2 and line.get_lw() > 1]


def test_both_scopes_are_drawn_in_percent_points(found):
    ax = plot_difference(found)
    drawn = [tuple(line.get_xdata()) for line in bars(ax)]

    assert drawn == [
        pytest.approx([100 * bound for bound in effect.ci])
        for effect in (found.test_set, found.new_data)
    ]
    assert names(ax.yaxis) == ["this test set", "new data"]


def test_verdict_and_numbers_stand_beside_each_scope(found):
    words = texts(plot_difference(found))

    assert [text.split(", p")[0] for text in words] == ["▲ improved", "▲ improved"]
    for text, effect in zip(words, (found.test_set, found.new_data), strict=True):
        low, high = (100 * bound for bound in effect.ci)
        assert f"{100 * effect.estimate:+.2f} pp [{low:+.2f}, {high:+.2f}]" in text


def test_margin_is_a_band_and_is_named(found):
    ax = plot_difference(found)
    (band,) = ax.patches

    assert (band.get_x(), band.get_width()) == pytest.approx((-5.0, 10.0))
    assert "margin, ± 5.0 pp" in title(ax)


def test_no_margin_no_band(found):
    ax = plot_difference(dataclasses.replace(found, margin=None))

    assert len(ax.patches) == 0
    assert "margin" not in title(ax)


def test_scope_that_is_not_judged_says_why():
    ax = plot_difference(compare(normal(8), normal(8, key=1, name="candidate")))

    assert texts(ax)[1].startswith("not judged: no predictions are stored")


def test_redrawn_splits_have_only_new_data():
    ax = plot_difference(compare(resplit(), resplit(noise=0.5, key=1, name="candidate")))

    assert len(bars(ax)) == 1
    assert texts(ax)[0].startswith("not judged: ")


def test_differences_of_errors_keep_their_unit():
    found = compare(fitted(8), fitted(8, noise=0.5, key=1, name="candidate"))
    ax = plot_difference(found)

    assert bars(ax)[0].get_xdata() == pytest.approx(found.test_set.ci)
    assert "pp" not in " ".join([*texts(ax), ax.get_xlabel()])


def test_nothing_to_compare_is_refused():
    with pytest.raises(Refusal, match="at least 3 are needed"):
        plot_difference(compare(normal(2), normal(2, key=1, name="candidate")))


def test_classes_are_drawn_as_the_table_lists_them(found):
    ax = plot_parts(found)
    ordered = sorted(found.per_class, key=lambda part: -abs(part.difference))

    assert names(ax.yaxis) == [part.label for part in ordered]
    assert [tuple(line.get_xdata()) for line in bars(ax)] == [
        pytest.approx([100 * bound for bound in part.ci]) for part in ordered
    ]


def test_each_class_shows_its_verdict_and_inconclusive_ones_are_hollow(found):
    ax = plot_parts(found)
    ordered = sorted(found.per_class, key=lambda part: -abs(part.difference))
    dots = [line for line in ax.lines if len(line.get_xdata()) == 1]
    marks = {"improved": "▲", "regressed": "▼", "inconclusive": "~"}

    assert [text[0] for text in texts(ax)] == [marks[part.verdict] for part in ordered]
    assert [dot.get_markerfacecolor() == "#ffffff" for dot in dots] == [
        part.verdict == "inconclusive" for part in ordered
    ]


def test_of_many_classes_those_that_moved_most_are_drawn_and_the_others_counted():
    sides = [digits(5, 1000, classes=100, key=k, name=str(k)) for k in range(2)]
    found = compare(*sides)
    ax = plot_parts(found)
    moved = sorted((abs(part.difference) for part in found.per_class), reverse=True)
    drawn = [abs(line.get_xdata()[0]) for line in ax.lines if len(line.get_xdata()) == 1]

    assert drawn == pytest.approx([100 * size for size in moved[:24]])
    assert "76 more that moved less, not shown" in title(ax)


def test_slices_of_targets_are_drawn_for_regressions():
    found = compare(fitted(8), fitted(8, noise=0.5, key=1, name="candidate"))
    ax = plot_parts(found)

    assert len(ax.texts) == 4
    assert "Mean squared error by target" in title(ax)
    assert "pp" not in " ".join(says(ax))


def test_class_without_examples_has_no_interval_and_says_why():
    labels = np.arange(300) % 3
    rng = np.random.default_rng(0)
    sides = [
        classified(
            labels, np.where(rng.random((6, 300)) < 0.1, (labels + 1) % 3, labels),
            name=name, classes=["a", "b", "c", "empty"],
        )
        for name in ("baseline", "candidate")
    ]  # fmt: skip
    ax = plot_parts(compare(*sides))

    assert len(bars(ax)) == 3
    assert names(ax.yaxis)[-1] == "empty"


def test_scores_alone_have_no_classes_to_draw():
    with pytest.raises(Refusal, match="neither predictions nor confusion counts"):
        plot_parts(compare(normal(8), normal(8, key=1, name="candidate")))
