import json

import numpy as np
import pytest

from tests.analysis.factory import normal, resplit, scored
from variance.analysis.luck import luck
from variance.errors import UsageError

RUNS = normal(30)
MEAN, SD = RUNS.scores["accuracy"].mean(), RUNS.scores["accuracy"].std(ddof=1)


def verdict(score, runs=RUNS, **known):
    return luck(runs, score, **known).claim.verdict


def codes(score, runs=RUNS, **known):
    return {alert.code for alert in luck(runs, score, **known).alerts}


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        (MEAN, "consistent"),
        (MEAN + 1.9 * SD, "lucky"),
        (MEAN + 3 * SD, "not-reproduced"),
        (MEAN - 1.8 * SD, "consistent"),
        (MEAN - 4 * SD, "better-than-claimed"),
    ],
)
def test_single_score(score, expected):
    assert verdict(score) == expected


def test_best_of_many_explains_a_score_that_one_training_does_not():
    score = MEAN + 2.7 * SD

    assert [verdict(score, best_of=k) for k in (1, 20)] == ["not-reproduced", "lucky"]


def test_best_of_many_that_is_no_better_than_one_training_is_surpassed():
    assert verdict(MEAN - SD, best_of=10) == "better-than-claimed"


def test_lower_is_better_turns_the_verdict():
    runs = scored(np.random.default_rng(0).normal(0.3, 0.01, 20), metric="loss")

    assert verdict(0.2, runs) == "not-reproduced"
    assert verdict(0.4, runs, claimed_n=3, claimed_sd=0.01) == "better-than-claimed"


def test_mean_strays_less_than_a_single_score():
    score = MEAN + 1.2 * SD

    assert [verdict(score, claimed_n=n) for n in (1, 10)] == ["consistent", "not-reproduced"]


def test_mean_of_one_run_is_a_single_score():
    assert luck(RUNS, 0.99, claimed_n=1).claim.kind == "single"


def test_mean_and_sd_is_compared_as_a_sample():
    found = luck(RUNS, MEAN + SD, claimed_n=30, claimed_sd=SD).claim

    assert found.kind == "mean-and-sd"
    assert found.verdict == "not-reproduced"
    assert found.difference.method == "Welch t"
    assert found.difference.estimate == pytest.approx(-SD)


def test_mean_with_a_wide_sd_is_consistent():
    assert verdict(MEAN + SD, claimed_n=8, claimed_sd=3 * SD) == "consistent"


def test_consistent_is_not_reproduced_without_a_margin():
    known = {"claimed_n": 30, "claimed_sd": SD}

    assert verdict(MEAN, **known) == "consistent"
    assert verdict(MEAN, margin=SD, **known) == "reproduced"
    assert verdict(MEAN, margin=0.1 * SD, **known) == "consistent"


def test_difference_within_the_margin_is_reproduced_though_established():
    found = luck(RUNS, MEAN + 0.8 * SD, claimed_n=100, claimed_sd=SD, margin=2 * SD).claim

    assert found.difference.ci[1] < 0
    assert found.verdict == "reproduced"


def test_single_score_can_be_reproduced_within_a_wide_margin_only():
    assert verdict(MEAN, margin=4 * SD) == "reproduced"
    assert verdict(MEAN, margin=SD) == "consistent"


@pytest.mark.parametrize("n", [1, 5])
def test_mean_without_spread_is_reproduced_where_its_interval_lies_within_the_margin(n):
    low, high = luck(RUNS, MEAN, claimed_n=n, margin=1.0).claim.difference.ci
    half = (high - low) / 2

    assert verdict(MEAN, claimed_n=n, margin=1.01 * half) == "reproduced"
    assert verdict(MEAN, claimed_n=n, margin=0.99 * half) == "consistent"


def test_what_would_have_been_found_shrinks_with_runs():
    few, many = (luck(normal(n), 0.99, claimed_n=30).claim.detectable for n in (5, 100))

    assert many < few


def test_more_than_luck_is_never_called_consistent():
    rng = np.random.default_rng(3)
    for n in (3, 25, 45):
        for best_of in (1, 4):
            for score in rng.normal(0.9915, 0.001, 8):
                found = luck(normal(n), score, best_of=best_of)
                rare = found.chance_best_of < 0.05
                assert not rare or found.claim.verdict in {"lucky", "not-reproduced"}


def test_chance_of_one_training_is_the_chance_of_the_result():
    found = luck(RUNS, MEAN + 3 * SD)

    assert found.claim.at_least == pytest.approx(found.chance)


def test_trainings_whose_best_reaches_it():
    found = luck(RUNS, MEAN + 2.5 * SD)

    assert (1 - found.chance) ** found.claim.best_of_needed <= 0.5
    assert (1 - found.chance) ** (found.claim.best_of_needed - 1) > 0.5
    assert luck(RUNS, MEAN + 9 * SD).claim.best_of_needed is None


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        (normal(1), "1 run cannot tell"),
        (normal(2), "2 runs cannot tell"),
        (scored([0.9] * 5), "all its runs are the same"),
    ],
)
@pytest.mark.parametrize("known", [{}, {"claimed_n": 3, "claimed_sd": 0.01}])
def test_what_cannot_be_judged_is_refused(runs, reason, known):
    found = luck(runs, 0.9, **known).claim

    assert found.verdict == "refused"
    assert reason in found.reason


def test_mean_over_redrawn_splits_is_judged_with_the_correction():
    runs = resplit()
    score = float(runs.scores["r2"].mean())
    found = luck(runs, score, claimed_n=20, claimed_sd=0.05).claim

    assert "corrected for redrawn splits" in found.difference.method
    assert "the split drawn from the same data" in found.assumptions


def test_mean_over_redrawn_splits_of_unknown_size_is_refused():
    runs = resplit()
    unknown = type(runs)(**{**vars(runs), "train_size": None})

    assert "training size unknown" in luck(unknown, 0.5, claimed_n=20).claim.reason
    assert verdict(float(runs.scores["r2"].mean()), unknown) == "consistent"


def test_standard_error_taken_for_an_sd_is_suspected():
    known = {"claimed_n": 16, "claimed_sd": SD / 4}

    assert "standard-error" in codes(MEAN, **known)
    assert "standard-error" not in codes(MEAN, claimed_n=16, claimed_sd=SD)


def test_sd_in_percent_is_suspected():
    assert "claimed-sd-scale" in codes(MEAN, claimed_n=5, claimed_sd=100 * SD)


def test_spreads_that_differ_are_told():
    assert "spreads-differ" in codes(MEAN, claimed_n=20, claimed_sd=5 * SD)


def test_verdict_that_hangs_on_rounding_is_told():
    runs = normal(30, mean=0.9912, sd=0.0003)

    assert verdict(0.99, runs) == "better-than-claimed"
    assert "rounded-claim" in codes(0.99, runs)
    assert "rounded-claim" not in codes(0.98812, runs)


def test_verdict_by_rank_does_not_rest_on_a_tail():
    assert "beyond-the-data" in codes(0.999)
    assert "beyond-the-data" not in codes(0.999, normal(60))


BAD = [
    ({"claimed_sd": 0.1}, "of how many"),
    ({"claimed_n": 1, "claimed_sd": 0.1}, "1 run has no SD"),
    ({"claimed_n": 3, "claimed_sd": 0}, r"at most 1e\+75; it is 0"),
    ({"claimed_n": 3, "claimed_sd": -1}, r"at most 1e\+75; it is -1"),
    ({"claimed_n": 3, "claimed_sd": float("nan")}, r"at most 1e\+75; it is nan"),
    ({"claimed_n": 3, "claimed_sd": 7}, r"7 cannot be the SD(?s:.)*Did you mean 0\.07"),
    ({"claimed_n": 0}, "claimed_n must be a whole number"),
    ({"claimed_n": 2.5}, "claimed_n must be a whole number"),
    ({"best_of": 0}, "best_of must be a whole number"),
    ({"best_of": 3, "claimed_n": 5}, "one training, not a mean over 5 runs"),
    ({"best_of": 3, "claimed_n": 5, "claimed_sd": 0.1}, "one training, not a mean"),
    ({"best_of": 3, "margin": 0.1}, "cannot be held against a mean"),
    ({"margin": 0}, "margin must be a positive number"),
    ({"other": 0.98, "claimed_n": 3}, "a claim is one score"),
    ({"other": 0.98, "margin": 0.1}, "a claim is one score"),
]


@pytest.mark.parametrize(("known", "message"), BAD, ids=[str(b[0]) for b in BAD])
def test_contradictions_are_refused(known, message):
    with pytest.raises(UsageError, match=message):
        luck(RUNS, 0.99, **known)


def test_fraction_given_for_percent():
    runs = scored(np.random.default_rng(0).normal(98, 0.2, 10))

    with pytest.raises(UsageError, match=r"(?s)in percent here.*Did you mean 98\.5"):
        luck(runs, 0.985)


@pytest.mark.parametrize(
    "known", [{}, {"best_of": 3}, {"claimed_n": 3}, {"claimed_n": 3, "claimed_sd": 0.01}]
)
@pytest.mark.parametrize("runs", [RUNS, normal(1), scored([0.9] * 4)])
def test_json_is_strict(runs, known):
    json.dumps(luck(runs, 0.99, **known).to_dict(), allow_nan=False)
