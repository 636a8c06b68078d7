import numpy as np
import pytest

from tests.analysis.factory import classified, digits, fitted, scored
from variance.analysis.disputed import least_decided, most_moved
from variance.analysis.summary import summarize
from variance.errors import Refusal

LABELS = np.array([0, 1, 2, 0])
FIRST = classified(LABELS, [[0, 1, 2, 1], [0, 1, 0, 1], [0, 1, 1, 1], [0, 1, 2, 1]])
OTHER = classified(LABELS, [[0, 2, 2, 0], [0, 2, 2, 0], [0, 2, 2, 1], [0, 1, 2, 1]], name="b")


def test_least_decided_leaves_out_what_all_runs_agree_on():
    (found,) = least_decided(FIRST, top=5)

    assert (found.example, found.label) == (2, "2")


def test_votes_are_shares_of_the_runs_the_commonest_first():
    (opinion,) = least_decided(FIRST, top=1)[0].opinions

    assert opinion.right == 0.5
    assert list(opinion.votes.items()) == [("2", 0.5), ("0", 0.25), ("1", 0.25)]


def test_most_moved_orders_by_the_change_in_the_share_right():
    found = most_moved(FIRST, OTHER, top=2)

    assert [one.example for one in found] == [1, 2]  # 1.0 to 0.25; 0.5 to 1.0, before its tie
    assert [o.right for o in found[0].opinions] == [1.0, 0.25]


def test_examples_that_are_shown_already_are_left_out():
    assert [e.example for e in least_decided(FIRST, OTHER, top=5, without={2})] == [3, 1]


def test_ids_stand_for_positions_where_there_are_any():
    ids = np.array([40, 41, 42, 43])
    runs = classified(LABELS, FIRST.predictions, examples=ids)

    assert least_decided(runs, top=1)[0].example == 42


def test_agrees_with_the_summary():
    runs = digits(12)
    listed = summarize(runs).unstable
    found = least_decided(runs, top=len(listed))

    assert [(e.example, e.label, e.right) for e in listed] == [
        (d.example, d.label, d.opinions[0].right) for d in found
    ]


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        (scored([0.1, 0.2, 0.3]), "no predictions are stored"),
        (fitted(4), "the runs predict numbers, not classes"),
        (classified(LABELS, np.empty((0, 4), int), classes="012"), "there are no runs"),
    ],
)
def test_what_has_no_votes_is_refused_with_the_reason(runs, reason):
    with pytest.raises(Refusal, match=reason):
        least_decided(runs, top=1)
