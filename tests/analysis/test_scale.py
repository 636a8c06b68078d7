"""A margin or an effect in another unit than the scores is turned away, or at least remarked."""

import pytest

from tests.analysis.factory import normal
from variance.analysis.comparison import compare
from variance.analysis.luck import luck
from variance.analysis.planning import plan
from variance.errors import UsageError

SHARE, OTHER = normal(10, mean=0.97), normal(10, mean=0.97, key=1, name="b")
PERCENT = normal(10, mean=97, sd=0.1)


@pytest.mark.parametrize(
    "ask",
    [
        lambda: compare(SHARE, OTHER, margin=2),
        lambda: luck(SHARE, 0.97, claimed_n=5, margin=2),
        lambda: plan(SHARE, effect=-2),
    ],
    ids=["compare", "luck", "plan"],
)
def test_size_beyond_the_scale_is_refused(ask):
    with pytest.raises(UsageError, match="is 2, but no two values of accuracy") as refused:
        ask()
    assert refused.value.hint == "Did you mean 0.02?"


def test_margin_that_a_perfect_model_is_within_is_remarked():
    found = {a.code: a.message for a in compare(SHARE, OTHER, margin=0.5).alerts}

    assert "was 0.005 meant" in found["wide-margin"]
    assert "wide-margin" in {a.code for a in luck(SHARE, 0.97, claimed_n=5, margin=0.5).alerts}


def test_margin_in_percent_beside_percent_is_fine():
    assert "wide-margin" not in {a.code for a in compare(PERCENT, PERCENT, margin=0.5).alerts}
