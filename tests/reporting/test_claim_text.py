import re

import pytest

from tests.analysis.factory import normal, scored
from variance.analysis.luck import luck
from variance.reporting.luck_text import render_luck

RUNS = normal(30)
MEAN, SD = RUNS.scores["accuracy"].mean(), RUNS.scores["accuracy"].std(ddof=1)


def shown(score, runs=RUNS, **known):
    return " ".join(render_luck(luck(runs, score, **known)).split())


@pytest.mark.parametrize(
    ("score", "known", "words"),
    [
        (MEAN, {}, "is CONSISTENT, WITHIN THE LUCK of baseline: about"),
        (MEAN + 1.9 * SD, {}, "is LUCKY: baseline can give it, but only about"),
        (MEAN + 2.7 * SD, {"best_of": 20}, "as the best of 20 is LUCKY"),
        (MEAN + 6 * SD, {}, "NOT REPRODUCED by baseline, MORE THAN LUCK: fewer than 0.1 %"),
        (MEAN - 6 * SD, {}, "baseline is BETTER THAN CLAIMED by accuracy"),
        (MEAN, {"claimed_n": 5}, "as a mean over 5 runs is CONSISTENT with baseline"),
        (MEAN + SD, {"claimed_n": 30, "claimed_sd": SD}, "whose mean is 0.082 pp worse"),
        (MEAN - SD, {"claimed_n": 30, "claimed_sd": SD}, "its mean is 0.082 pp better"),
        (MEAN, {"claimed_n": 30, "margin": 0.001}, "REPRODUCED by baseline within the margin of"),
    ],
)
def test_sentence_names_the_verdict(score, known, words):
    assert words in shown(score, **known)


@pytest.mark.parametrize("known", [{}, {"claimed_n": 5}, {"claimed_n": 5, "claimed_sd": SD}])
def test_consistent_is_never_sold_as_the_same(known):
    assert re.search(r"does not make (them|the models) the same", shown(MEAN, **known))


def test_agreement_that_is_not_shown_is_told():
    assert "nor agreement within 0.010 pp" in shown(MEAN, claimed_n=5, margin=0.0001)
    assert "nor is agreement within 0.010 pp shown" in shown(MEAN, margin=0.0001)


def test_difference_beyond_the_margin_is_told():
    text = shown(MEAN + 3 * SD, claimed_n=30, claimed_sd=SD, margin=SD / 2)

    assert "by more than the margin of" in text


def test_what_is_taken_for_granted_is_told():
    assert "not a mean (--claimed-n) or a best (--best-of)" in shown(MEAN)
    assert "the claimed runs vary as much as these" in shown(MEAN, claimed_n=5)
    assert "the ± is an SD over runs" in shown(MEAN, claimed_n=5, claimed_sd=SD)


def test_smallest_difference_that_is_found_is_told():
    assert "smallest difference found 4 times in 5 0.28 pp" in shown(MEAN)


def test_refusal_has_its_reason():
    assert "CANNOT BE JUDGED by baseline: all its runs are the same" in shown(
        0.9, scored([0.9] * 5)
    )


@pytest.mark.parametrize("other", [None, MEAN])
def test_what_every_run_reaches_is_not_called_certain(other):
    said = shown(RUNS.scores["accuracy"].min(), other=other)

    assert "WITHIN THE LUCK of baseline: all 30 runs reach it." in said
    assert "100" not in said.partition("runs that score")[0]
