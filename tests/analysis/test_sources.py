import json
import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from tests.analysis.factory import classified, scored
from variance.analysis.sources import ArmRuns, sources
from variance.errors import Refusal, UsageError
from variance.records import Failure
from variance.statistics import intervals
from variance.statistics.paired_spread import sd_ratio

N = 40


def arm(name, values, kind="source", **fields):
    seeds = np.arange(1, 1 + len(values))
    return ArmRuns(name, kind, scored(values, name=f"toy-{name}", seeds=seeds, **fields))


def values(key, sd=1.0, n=N):
    return 0.9 + 0.001 * sd * np.random.default_rng(key).standard_normal(n)


def three(narrow=0.1):
    """All, a source as wide and one much narrower."""
    return [
        arm("all", values(0), "all"), arm("wide", values(1)), arm("narrow", values(2, narrow)),
        arm("none", np.full(N, 0.9), "none"),
    ]  # fmt: skip


def found(arms=None, **options):
    return sources(three() if arms is None else arms, experiment="toy", **options)


def test_spread_of_an_arm_is_that_of_its_runs():
    x = values(1)

    one = found().arm("wide")

    expected = intervals.sd_interval(x)
    assert one.sd == pytest.approx(x.std(ddof=1))
    assert one.sd_ci == pytest.approx((expected.low, expected.high))
    assert (one.runs, one.seeds[:3], one.scores[0]) == (N, (1, 2, 3), x[0])


def test_ratio_is_to_the_arm_that_varies_all():
    one = found().arm("narrow")

    expected = sd_ratio(values(2, 0.1), values(0))
    assert one.ratio.estimate == pytest.approx(expected.estimate)
    assert one.ratio.ci == pytest.approx((expected.low, expected.high))
    assert found().arm("all").ratio is None
    assert found().arm("none").ratio is None


def test_what_is_clearly_narrower_is_less():
    result = found()

    assert (result.arm("narrow").ratio.relation, result.arm("wide").ratio.relation) == (
        "less", "open",
    )  # fmt: skip


def test_what_is_clearly_wider_is_more():
    result = found([arm("all", values(0), "all"), arm("wide", values(1, 5.0))])

    assert result.arm("wide").ratio.relation == "more"


def test_claims_are_corrected_for_their_number():
    alone = found([arm("all", values(0), "all"), arm("a", values(2, 0.48))]).arm("a").ratio
    many = [arm(name, values(ord(name))) for name in "bcdefgh"]
    among = found([arm("all", values(0), "all"), arm("a", values(2, 0.48)), *many]).arm("a").ratio

    assert alone.p_value == among.p_value
    assert alone.p_adjusted == alone.p_value
    assert among.p_adjusted == pytest.approx(8 * among.p_value)
    assert (alone.relation, among.relation) == ("less", "open")


def test_false_claims_are_rare_over_all_arms_together():
    rng = np.random.default_rng(8)
    claims = 0
    for _ in range(300):
        arms = [arm("all", rng.standard_normal(10), "all")]
        arms += [arm(name, rng.standard_normal(10)) for name in "abc"]
        result = sources(arms, experiment="toy")
        claims += any(one.ratio and one.ratio.relation != "open" for one in result.arms)
    assert claims / 300 <= 0.05 + 2.5 * math.sqrt(0.05 * 0.95 / 300)


def test_sources_are_set_against_each_other():
    (pair,) = found().pairs

    assert (pair.first, pair.second, pair.ratio.relation) == ("wide", "narrow", "more")


def test_nudge_is_set_against_all_but_not_against_sources():
    result = found([*three(), arm("nudge", values(9), "nudge")])

    assert result.arm("nudge").ratio is not None
    assert len(result.pairs) == 1


def test_arms_are_compared_over_the_seeds_that_both_finished():
    whole = arm("all", values(0), "all")
    part = ArmRuns("a", "source", scored(values(1)[:7], seeds=np.arange(4, 11)))

    one = found([whole, part]).arm("a")

    assert one.ratio.pairs == 7
    assert one.ratio.estimate == pytest.approx(sd_ratio(values(1)[:7], values(0)[3:10]).estimate)


def test_no_seed_in_common_leaves_no_ratio_and_says_why():
    part = ArmRuns("a", "source", scored(values(1), seeds=np.arange(1000, 1000 + N)))

    ratio = found([arm("all", values(0), "all"), part]).arm("a").ratio

    assert (ratio.estimate, ratio.ci, ratio.relation) == (None, None, "open")
    assert ratio.reason == "no seed finished in both arms"


def test_variances_of_independent_sources_add_up():
    x, y = values(1), values(2, 2.0)

    result = found([arm("all", x + y, "all"), arm("x", x), arm("y", y)])

    expected = (x.var(ddof=1) + y.var(ddof=1)) / (x + y).var(ddof=1)
    assert result.variances.estimate == pytest.approx(expected)
    assert result.variances.ci[0] < 1 < result.variances.ci[1]


def test_one_source_has_no_sum():
    assert found([arm("all", values(0), "all"), arm("x", values(1))]).variances is None


def test_every_arm_is_needed_for_the_sum():
    empty = ArmRuns("y", "source", scored([], failures=3))

    result = found([arm("all", values(0), "all"), arm("x", values(1)), empty])

    assert result.variances is None


def test_without_the_arm_of_all_there_are_spreads_but_no_ratios():
    result = found([arm("x", values(1)), arm("y", values(2))])

    assert result.arm("x").sd > 0
    assert (result.arm("x").ratio, result.variances) == (None, None)
    assert len(result.pairs) == 1


def test_nothing_varies_at_all():
    result = found([arm("all", np.full(5, 0.9), "all"), arm("x", np.full(5, 0.9))])

    assert (result.arm("all").sd, result.arm("x").ratio, result.pairs) == (0.0, None, ())


def bits(predictions, digests, name="none", **fields):
    runs = classified([0, 1, 1], predictions, weights_digests=tuple(digests), **fields)
    return ArmRuns(name, "none", runs)


@pytest.mark.parametrize(
    ("predictions", "digests", "same"),
    [
        ([[0, 1, 1]] * 3, "aaa", "bits"),
        ([[0, 1, 1]] * 3, "aab", "predictions"),
        ([[0, 1, 1]] * 3, [None] * 3, "predictions"),
        ([[0, 1, 0], [0, 0, 1], [0, 1, 0]], "aba", ""),
        ([[0, 1, 1], [0, 1, 0]], "ab", ""),
    ],
)
def test_what_is_the_same_in_every_run(predictions, digests, same):
    assert found([bits(predictions, digests)]).arms[0].same == same


def test_same_predictions_and_weights_but_another_loss_are_not_the_same_bits():
    one = bits([[0, 1, 1]] * 2, "aa")
    runs = replace(one.runs, scores={**one.runs.scores, "loss": np.array([0.1, 0.2])})

    assert found([replace(one, runs=runs)]).arms[0].same == "predictions"


def test_runs_of_which_only_scores_are_known_score_the_same():
    assert found([arm("none", np.full(4, 0.5), "none")]).arms[0].same == "scores"


def test_one_run_is_not_the_same_as_others():
    one = found([arm("none", [0.5], "none")]).arms[0]

    assert (one.same, one.sd) == ("", None)
    assert one.unavailable["sd_ci"] == "one run has no spread to measure"


def test_churn_is_that_between_the_runs_of_an_arm():
    assert found([bits([[0, 1, 1], [0, 1, 0]], "ab")]).arms[0].churn == pytest.approx(1 / 3)


def test_runs_with_their_own_test_examples_have_no_churn():
    runs = classified([0, 1, 1], [[0, 1, 1], [1, 1, 0]], redrawn=True)
    own = replace(runs, labels=np.array([[0, 1, 1], [1, 1, 0]], np.uint8))

    one = found([ArmRuns("split", "source", own)]).arms[0]

    assert (one.churn, one.redrawn, one.same) == (None, True, "")
    assert one.unavailable["churn"] == "every run has test examples of its own"


def test_spread_of_each_class():
    # Class 1 has two examples: recalls 1, 0.5 and 0.5.
    one = found([bits([[0, 1, 1], [0, 1, 0], [0, 0, 1]], "abc")]).arms[0]

    assert one.per_class == {"0": 0.0, "1": pytest.approx(np.std([1, 0.5, 0.5], ddof=1))}


def test_failed_runs_are_counted():
    one = found([arm("all", values(0), "all", failures=2)]).arms[0]

    assert (one.runs, one.failed) == (N, 2)


def test_an_arm_of_failures_says_so():
    empty = ArmRuns("x", "source", scored([], failures=3))

    one = found([arm("all", values(0), "all"), empty]).arm("x")

    assert (one.runs, one.failed, one.sd, one.ratio) == (0, 3, None, None)
    assert one.unavailable == {"sd": "every run failed (3)"}


def test_nothing_finished_is_refused():
    failures = (Failure(1, "raised", "boom"),)

    with pytest.raises(Refusal, match=r"no arm of toy has a finished run \(1 failed\)"):
        found([ArmRuns("all", "all", replace(scored([]), failures=failures))])


def test_another_metric():
    runs = scored(values(0), seeds=np.arange(1, N + 1))
    both = replace(runs, scores={**runs.scores, "speed": values(3)})

    result = found([ArmRuns("all", "all", both)], metric="speed")

    assert result.arm("all").sd == pytest.approx(values(3).std(ddof=1))


def test_unknown_metric_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match="'acuracy'") as refusal:
        found(metric="acuracy")
    assert "accuracy" in refusal.value.hint


@pytest.mark.parametrize("alpha", [0, 1, -0.1, 2])
def test_impossible_alpha_is_refused(alpha):
    with pytest.raises(UsageError, match="alpha must lie between 0 and 1"):
        found(alpha=alpha)


def test_result_is_json_with_the_schema_first():
    few = [arm("all", values(0, n=4), "all"), arm("x", values(1, n=4))]

    data = found(few).to_dict()

    assert next(iter(data)) == "schema"
    assert data["schema"] == 1
    text = json.dumps(data, allow_nan=False)  # an infinite bound is null
    assert json.loads(text) == data


def test_result_is_frozen():
    with pytest.raises(FrozenInstanceError):
        found().metric = "loss"
