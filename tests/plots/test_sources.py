import numpy as np
import pytest
from matplotlib.figure import Figure

import variance.api  # noqa: F401 - lets results draw themselves
from tests.analysis.factory import scored
from tests.analysis.test_machine import AGAIN, REFERENCE, run, way
from variance.analysis.crossing import crossing
from variance.analysis.machine import MachineRuns, machine
from variance.analysis.sources import ArmRuns, sources
from variance.errors import Refusal
from variance.plots import plot_crossed, plot_machine, plot_sources
from variance.plots.marks import told
from variance.records import Run

N = 20


def arm(name, sd, kind="source", **fields):
    rng = np.random.default_rng(len(name))
    values = 0.9 + sd * rng.standard_normal(N) if N else []
    return ArmRuns(name, kind, scored(values, seeds=np.arange(1, N + 1), **fields))


@pytest.fixture
def result():
    arms = [arm("all", 0.01, "all"), arm("order", 0.005), arm("none", 0.0, "none")]
    return sources(arms, experiment="toy")


def says(ax):
    return [text for texts in told(ax.figure).values() for text in texts]


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def dots(ax):
    """The mark of each row, from top to bottom, as drawn."""
    found = [line for line in ax.lines if line.get_marker() not in ("None", None, "")]
    return [float(line.get_xdata()[0]) for line in sorted(found, key=lambda x: -x.get_ydata()[0])]


def test_each_arm_is_drawn_at_its_sd_in_percent_points(result):
    ax = plot_sources(result)

    assert names(ax) == ["all", "order", "none"]
    assert dots(ax) == pytest.approx([100 * one.sd for one in result.arms])


def test_intervals_are_those_of_the_result(result):
    ax = plot_sources(result)

    (low, high) = result.arm("order").sd_ci
    drawn = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2]
    assert any(np.allclose(ends, (100 * low, 100 * high)) for ends in drawn)


def test_marks_say_their_numbers(result):
    assert any(text.startswith("order: SD 0.") for text in says(plot_sources(result)))


def test_an_arm_without_spread_says_what_is_the_same(result):
    texts = [text.get_text() for text in plot_sources(result).texts]

    assert "0: one score" in texts


def test_draws_onto_given_axes(result):
    ax = Figure().add_subplot()

    assert plot_sources(result, ax) is ax
    assert result.plot(ax=ax) is ax


def test_hostile_names_are_only_text():
    found = sources([arm("all", 0.01, "all"), arm(r"$\frac{<b>", 0.01)], experiment=r"$x^{$" * 20)

    plot_sources(found).figure.canvas.draw()


def test_arms_without_spread_to_measure_are_refused():
    one = ArmRuns("all", "all", scored([0.5]))

    with pytest.raises(Refusal, match="no arm has two finished runs"):
        plot_sources(sources([one], experiment="toy"))


def crossed(table):
    rows = {i: scored(row, seeds=np.arange(1, 5)) for i, row in enumerate(table, 1)}
    return crossing(rows, experiment="toy", first="init", second="order")


def test_crossed_parts_are_drawn_at_their_sds():
    found = crossed(0.9 + 0.01 * np.random.default_rng(0).standard_normal((4, 4)))

    ax = plot_crossed(found)

    parts = (found.main_first, found.main_second, found.interaction, found)
    assert dots(ax) == pytest.approx([100 * part.sd for part in parts])
    assert names(ax) == ["init alone", "order alone", "only together", "both varied"]


def test_crossed_runs_that_all_score_the_same_are_refused():
    with pytest.raises(Refusal, match="nothing varied"):
        plot_crossed(crossed(np.full((4, 4), 0.5)))


def test_ways_are_drawn_at_their_distance_beside_that_of_another_seed():
    other = way("threads-2", run(1, [0, 1, 1, 1], "b"), run(2, [0, 1, 1, 1]))
    found = machine(REFERENCE, [AGAIN, other], experiment="toy", metric="accuracy")

    ax = plot_machine(found)

    assert names(ax) == ["again", "threads-2", "other seed"]
    assert dots(ax) == pytest.approx([0, 12.5, 100 * found.between_seeds])


def test_ways_without_predictions_are_refused():
    runs = MachineRuns("all", "all", [Run(1, {"loss": 0.5}), Run(2, {"loss": 0.6})], 0)

    with pytest.raises(Refusal, match="no predictions are stored"):
        plot_machine(machine(runs, [runs], experiment="toy", metric="loss"))
