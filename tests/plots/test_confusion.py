import numpy as np
import pytest
from matplotlib.colors import to_hex

from tests.analysis.factory import classified, digits, normal
from tests.plots.helpers import names, says, texts, title
from variance.analysis.comparison import compare
from variance.analysis.summary import summarize
from variance.errors import Refusal
from variance.plots import plot_confusion, plot_confusion_difference
from variance.plots.marks import told
from variance.plots.theme import SERIES


def runs_with(name, share, key, n=12):
    """Runs that take 0 for 1 with a given chance, and 2 for 0 with a fixed one."""
    labels = np.arange(900) % 3
    rng = np.random.default_rng(key)
    draw = rng.random((n, 900))
    predictions = np.where((labels == 0) & (draw < share), 1, labels)
    predictions = np.where((labels == 2) & (draw < 0.05), 0, predictions)
    return classified(labels, predictions, name=name, classes=["zero", "one", "two"])


@pytest.fixture(scope="module")
def pair():
    return runs_with("baseline", 0.05, 0), runs_with("candidate", 0.2, 1)


def cells(ax):
    """What each cell says, by its place, with its colour and opacity."""
    (squares,) = ax.collections
    texts = told(ax.figure)[squares]
    faces = squares.get_facecolor()
    boxes = [path.get_extents() for path in squares.get_paths()]
    return {
        (round(box.y0 + 0.48), round(box.x0 + 0.48)): (text, to_hex(face), face[3])
        for box, text, face in zip(boxes, texts, faces, strict=True)
    }


def test_cells_show_mean_and_sd_of_the_summary(pair):
    summary = summarize(pair[0])
    ax = plot_confusion(summary)
    mean, sd = summary.confusion.mean[0][1], summary.confusion.sd[0][1]

    assert f"{mean:.1f}\n± {sd:.1f}" in texts(ax)
    assert cells(ax)[0, 1][0].startswith(f"true zero, predicted one: {mean:.1f} ± {sd:.1f} of 300")


def test_cells_that_no_run_used_are_empty(pair):
    assert set(cells(plot_confusion(summarize(pair[0])))) == {
        (0, 0), (0, 1), (1, 1), (2, 0), (2, 2),
    }  # fmt: skip


def test_mistakes_have_another_colour_than_the_diagonal(pair):
    found = cells(plot_confusion(summarize(pair[0])))

    assert {found[i, i][1] for i in range(3)} == {SERIES[0]}
    assert {found[0, 1][1], found[2, 0][1]} == {SERIES[1]}


def test_many_classes_have_no_numbers():
    assert texts(plot_confusion(summarize(digits(3, 400, classes=16)))) == []


def test_of_very_many_classes_the_most_confused_are_drawn():
    labels = np.arange(500) % 50
    wrong = np.where((labels == 7) & (np.arange(500) % 4 > 0), 31, labels)
    ax = plot_confusion(summarize(classified(labels, np.stack([wrong, wrong]))))

    assert {"7", "31"} <= set(names(ax.yaxis))
    assert len(names(ax.yaxis)) == 20
    assert "the 20 most confused of 50 classes" in title(ax)


def test_rare_confusions_are_not_rounded_to_none():
    labels = np.zeros(10, dtype=int)
    predictions = np.zeros((40, 10), dtype=int)
    predictions[0, 0] = 1
    ax = plot_confusion(summarize(classified(labels, predictions, classes=["a", "b"])))

    assert "0.03\n± 0.16" in texts(ax)


def test_single_run_has_no_sd(pair):
    ax = plot_confusion(summarize(runs_with("one", 0.05, 0, n=1)))

    assert all("±" not in text for text in (*texts(ax), *says(ax)))


def test_scores_alone_have_no_matrix_to_draw():
    with pytest.raises(Refusal, match="neither predictions nor confusion counts"):
        plot_confusion(summarize(normal(5)))


def difference(pair):
    return plot_confusion_difference(compare(*pair), *map(summarize, pair))


def test_cells_that_stand_out_have_their_number(pair):
    found = {(c.true, c.predicted): c for c in compare(*pair).confusion}
    gained = found["zero", "one"].difference
    ax = difference(pair)

    assert f"{100 * gained:+.2f}" in texts(ax)
    assert "(Benjamini-Hochberg)" in cells(ax)[0, 1][0]
    assert cells(ax)[0, 1][1] == SERIES[1]
    assert cells(ax)[0, 0][1] == SERIES[0]


def test_cells_that_are_noise_are_muted(pair):
    text, color, opacity = cells(difference(pair))[2, 0]

    assert text.endswith("not established")
    assert color == SERIES[5]
    assert opacity < 0.25


def test_no_difference_colours_nothing(pair):
    ax = difference((pair[0], runs_with("candidate", 0.05, 7)))

    assert {color for _, color, _ in cells(ax).values()} == {SERIES[5]}
    assert texts(ax) == []
    assert "no cell stands out" in title(ax)


def test_every_cell_that_stands_out_is_coloured_however_many_there_are():
    labels = np.arange(1200) % 6
    rng = np.random.default_rng(0)

    def confused(name, share):
        moved = np.where(rng.random((8, 1200)) < share, rng.integers(1, 6, (8, 1200)), 0)
        return classified(labels, (labels + moved) % 6, name=name)

    pair = confused("baseline", 0.02), confused("candidate", 0.6)
    found = compare(*pair)
    clear = [c for c in found.confusion if c.p_adjusted < found.alpha]
    shown = [at for at, cell in cells(difference(pair)).items() if cell[1] == SERIES[1]]

    assert len(clear) == len(shown) == 30


def test_classes_are_matched_by_name(pair):
    other = runs_with("candidate", 0.2, 1)
    swapped = [2, 1, 0]
    turned = classified(
        np.array(swapped)[other.labels], np.array(swapped)[other.predictions],
        name="candidate", classes=["two", "one", "zero"],
    )  # fmt: skip

    assert cells(difference((pair[0], turned))) == cells(difference(pair))


def test_difference_without_matrices_is_refused():
    pair = normal(5), normal(5, key=1, name="candidate")
    with pytest.raises(Refusal, match="no confusion matrices"):
        difference(pair)
