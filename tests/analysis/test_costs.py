import numpy as np
import pytest

from tests.analysis.factory import classified, normal
from variance.analysis.comparison import compare
from variance.analysis.costs import Costs
from variance.analysis.summary import summarize
from variance.errors import DataError, Refusal, UsageError, VarianceError

TEXT = "true,cat,dog\ncat,0,5\ndog,1,0\n"
LABELS = np.tile([0, 1], 20)


def sweep(key, name="baseline", rate=0.2):
    rng = np.random.default_rng(key)
    wrong = rng.random((6, 40)) < rate
    return classified(
        LABELS, np.where(wrong, 1 - LABELS, LABELS), classes=("cat", "dog"), name=name
    )


def test_csv_is_read():
    assert Costs.parse(TEXT) == Costs(("cat", "dog"), ((0, 5), (1, 0)))


def test_columns_may_stand_in_another_order():
    assert Costs.parse("x,dog,cat\ncat,5,0\ndog,0,1\n") == Costs.parse(TEXT)


def test_matrix_follows_the_order_of_the_classes():
    assert Costs.parse(TEXT).for_classes(("dog", "cat")).tolist() == [[0, 1], [5, 0]]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x,cat,dog\n",
        "x,cat,dog\ncat,0,1\n",
        "x,cat,dog\ncat,0\ndog,1,0\n",
        "x,cat,dog\ncat,0,one\ndog,1,0\n",
        "x,cat,dog\ncat,0,-1\ndog,1,0\n",
        "x,cat,dog\ncat,0,nan\ndog,1,0\n",
        "x,cat,dog\ncat,0,inf\ndog,1,0\n",
        "x,cat,cat\ncat,0,1\ncat,1,0\n",
        "x,cat,dog\ncat,0,1\neel,1,0\n",
    ],
    ids=["empty", "no rows", "short", "ragged", "word", "negative", "nan", "inf", "twice", "names"],
)
def test_unusable_matrices_are_refused(text):
    with pytest.raises(VarianceError):
        Costs.parse(text)


def test_class_without_a_cost_names_the_nearest():
    with pytest.raises(UsageError, match="no class 'cats'"):
        Costs.parse(TEXT).for_classes(("cats", "dog"))


def test_cost_without_a_class():
    with pytest.raises(UsageError, match="the runs do not"):
        Costs.parse(TEXT).for_classes(("cat",))


def test_costs_make_cost_the_metric():
    found = compare(sweep(0), sweep(1, "b", rate=0.01), costs=Costs.parse(TEXT))
    assert (found.metric, found.higher_is_better) == ("cost", False)
    assert found.verdict == "improved"
    assert found.new_data.ci is not None


def test_costs_weigh_mistakes():
    runs, costs = sweep(0), Costs.parse(TEXT)
    wrong = runs.predictions != runs.labels
    expected = np.where(runs.labels == 0, 5, 1) * wrong
    assert summarize(runs, costs=costs).cost.mean == pytest.approx(expected.mean())


def test_costs_of_runs_without_classes():
    with pytest.raises(Refusal, match="no classes"):
        compare(normal(3), normal(3), costs=Costs.parse(TEXT))


def test_cell_beyond_all_measure_is_refused():
    with pytest.raises(DataError, match="are no CSV"):
        Costs.parse(f",a\n{'a' * 200_000},1\n")
