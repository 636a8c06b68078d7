import json
import math

import numpy as np
import pytest

from tests.analysis.factory import scored
from variance.analysis.crossing import crossing
from variance.errors import Refusal, UsageError
from variance.records import Failure
from variance.statistics.factorial import factorial


def rows(table, failed=()):
    """Runs of a crossed design, without the cells (row, column) that failed."""
    made = {}
    for i, values in enumerate(np.asarray(table, float), start=1):
        columns = [j for j in range(1, len(values) + 1) if (i, j) not in failed]
        runs = scored(values[[j - 1 for j in columns]], seeds=columns)
        missing = tuple(Failure(j, "raised", "boom") for r, j in failed if r == i)
        made[i] = type(runs)(**{**vars(runs), "failures": missing})
    return made


def table(a=4, b=5, first=1.0, second=0.5, both=0.2, key=0):
    rng = np.random.default_rng(key)
    return (
        first * rng.standard_normal((a, 1))
        + second * rng.standard_normal((1, b))
        + both * rng.standard_normal((a, b))
    )


def crossed(made, **options):
    return crossing(made, experiment="toy", first="init", second="order", **options)


def test_components_are_those_of_the_table():
    cells = table()

    found = crossed(rows(cells))

    expected = factorial(cells, rng=np.random.default_rng(0))
    assert found.main_first.sd == pytest.approx(expected.first.sd)
    assert found.interaction.share == pytest.approx(expected.interaction.share)
    assert found.main_second.ci == pytest.approx(
        (math.sqrt(expected.second.low), math.sqrt(expected.second.high))
    )
    assert found.sd == pytest.approx(math.sqrt(expected.total))
    assert found.scores == tuple(map(tuple, cells.tolist()))


def test_shares_of_the_variance_add_up():
    found = crossed(rows(table()))

    shares = [p.share for p in (found.main_first, found.main_second, found.interaction)]
    assert math.fsum(shares) == pytest.approx(1)


def test_same_runs_same_intervals():
    assert crossed(rows(table())) == crossed(rows(table()))


def test_an_incomplete_row_is_left_out():
    cells = table(a=4)

    found = crossed(rows(cells, failed=[(2, 1), (2, 4)]))

    assert (found.first_levels, found.second_levels, found.failed) == (
        (1, 3, 4),
        (1, 2, 3, 4, 5),
        2,
    )
    assert found.scores == tuple(map(tuple, np.delete(cells, 1, axis=0).tolist()))


def test_an_incomplete_column_is_left_out():
    found = crossed(rows(table(), failed=[(1, 3), (2, 3), (4, 3)]))

    assert (found.first_levels, found.second_levels) == ((1, 2, 3, 4), (1, 2, 4, 5))


def test_too_many_failures_are_refused():
    failed = [(1, 1), (2, 2), (3, 3), (4, 4)]

    with pytest.raises(Refusal, match="4 of 20 runs of the crossed design failed"):
        crossed(rows(table(), failed=failed))


def test_nothing_finished_is_refused():
    empty = {i: scored([], failures=3) for i in (1, 2, 3)}

    with pytest.raises(Refusal, match="no run of toy has finished"):
        crossed(empty)


def test_nothing_varied():
    found = crossed(rows(np.full((3, 3), 0.5)))

    assert (found.sd, found.sd_ci, found.main_first.share) == (0.0, None, None)
    assert found.reason == "nothing varied between the runs"


def test_a_crossed_split_is_said_to_redraw():
    found = crossing(rows(table()), experiment="toy", first="training", second="split")

    assert found.redrawn


def test_unknown_metric_is_refused():
    with pytest.raises(UsageError, match="no metric 'speed'"):
        crossed(rows(table()), metric="speed")


def test_impossible_alpha_is_refused():
    with pytest.raises(UsageError, match="alpha"):
        crossed(rows(table()), alpha=0)


def test_result_is_json():
    data = crossed(rows(np.full((3, 3), 0.5)), held=["dropout"], repeats=True).to_dict()

    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert (next(iter(data)), data["held"], data["repeats"]) == ("schema", ["dropout"], True)
