import pytest

from tests.analysis.factory import digits, normal
from tests.plots.helpers import names, says, texts, title
from variance.analysis.luck import luck
from variance.analysis.summary import summarize
from variance.errors import Refusal
from variance.plots import plot_best_of, plot_luck, plot_spread
from variance.wording.quantities import Unit

SHARE = Unit(True)


def marks(ax):
    return [line for line in ax.lines if len(line.get_xdata()) == 1]


def test_spread_shows_sd_noise_genuine_and_expectation():
    summary = summarize(digits(12, 2000))
    ax = plot_spread(summary)
    shown = [line.get_xdata()[0] for line in marks(ax)]
    expected = [summary.sd, summary.origin.noise, summary.origin.genuine, summary.expected_sd]

    assert shown == pytest.approx([100 * value for value in expected])
    assert texts(ax) == [SHARE.size(value) for value in expected]
    assert names(ax.yaxis) == ["SD over runs", "test-set noise", "genuine", "well-trained"]


def test_intervals_of_the_spread_are_those_of_the_summary():
    summary = summarize(digits(12, 2000))
    ax = plot_spread(summary)
    drawn = [tuple(line.get_xdata()) for line in ax.lines if len(line.get_xdata()) == 2]

    assert drawn == [
        pytest.approx([100 * bound for bound in ci])
        for ci in (summary.sd_ci, summary.origin.genuine_ci)
    ]


def test_spread_of_scores_alone_says_why_it_has_no_parts():
    ax = plot_spread(summarize(normal(8)))

    assert names(ax.yaxis) == ["SD over runs", "its parts"]
    assert texts(ax)[1] == "no predictions are stored"


def test_several_sweeps_are_named():
    ax = plot_spread(summarize(normal(8)), summarize(normal(8, name="other")))

    assert names(ax.yaxis)[2] == "other: SD over runs"


def test_one_run_has_no_spread_to_draw():
    with pytest.raises(Refusal, match="no spread to draw"):
        plot_spread(summarize(normal(1)))


def test_best_of_starts_from_one_training_and_follows_the_summary():
    summary = summarize(normal(20))
    ax = plot_best_of(summary)
    expected = {1: summary.mean, **summary.best_of}
    (dots,) = ax.collections

    assert dots.get_offsets().tolist() == [[k, expected[k]] for k in sorted(expected)]
    assert says(ax)[1] == f"baseline, best of 2: {SHARE.value(summary.best_of[2], 2)}"


def test_best_of_one_run_is_refused():
    with pytest.raises(Refusal, match="one run has no best"):
        plot_best_of(summarize(normal(1)))


def test_every_run_lies_at_its_score_and_no_two_on_one_place():
    runs = digits(30, 500)
    ax = plot_luck(luck(runs, 0.96), runs)
    (dots,) = ax.collections
    places = dots.get_offsets()

    assert sorted(places[:, 0]) == sorted(runs.scores["accuracy"])
    assert len({tuple(place) for place in places.tolist()}) == 30


def test_score_mean_and_prediction_are_marked():
    runs = normal(20)
    found = luck(runs, 0.9931, other=0.9925)
    ax = plot_luck(found, runs)
    (band,) = ax.patches

    assert {line.get_xdata()[0] for line in ax.lines} == {0.9931, 0.9925, found.mean}
    assert (band.get_x(), band.get_x() + band.get_width()) == pytest.approx(found.prediction)


def test_chance_stands_in_the_title():
    runs = normal(39, mean=0.9, sd=0.01)
    found = luck(runs, float(runs.scores["accuracy"].min()))

    assert found.chance_best_of == 1.0
    assert "about 100 % of trainings of baseline reach it" in title(plot_luck(found, runs))


def test_many_runs_are_counted_in_bars():
    runs = normal(400)
    ax = plot_luck(luck(runs, 0.993), runs)
    bars = [text for text in says(ax) if " run" in text and "within" in text and "(" in text]

    assert sum(int(text.split(": ")[1].split(" run")[0]) for text in bars) == 400
    assert ax.get_ylabel() == "runs"


def test_luck_of_too_few_runs_is_not_judged():
    runs = normal(2)

    assert "cannot be judged by 2 runs" in title(plot_luck(luck(runs, 0.99), runs))
