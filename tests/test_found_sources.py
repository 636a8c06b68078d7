"""Arms that are stored already, as a report finds them."""

import numpy as np
import pytest

import variance as va
from variance.analysis.source_results import CrossedResult, MachineResult, SourcesResult
from variance.api.found_arms import found_sources

QUIET = {"backend": "inline", "quiet": True}


def train(init_seed, order_seed, shift=0.0):
    a, b = (np.random.default_rng(s).standard_normal() for s in (init_seed, order_seed))
    return {"accuracy": 0.9 + 0.01 * a + 0.001 * b + shift}


@pytest.fixture
def base():
    return va.sweep(train, 5, name="base", **QUIET)


def found(sweep, metric="accuracy"):
    return found_sources(sweep, metric=metric, alpha=0.05)


def test_without_arms_there_is_nothing(base):
    assert found(base) == []


def test_arms_say_what_they_said_when_they_were_trained(base):
    trained = va.sources(train, 6, **QUIET)

    (again,) = found(base)

    assert isinstance(again, SourcesResult)
    assert (again.arms, again.pairs) == (trained.arms, trained.pairs)


def test_crossed_rows_say_the_same_again(base):
    trained = va.sources(train, crossed="init,order", levels=3, **QUIET)

    (again,) = found(base)

    assert isinstance(again, CrossedResult)
    assert again == trained


@pytest.mark.slow
def test_ways_to_compute_say_the_same_again(base):
    trained = va.sources(train, 3, machine=True, quiet=True)

    (again,) = found(base)

    assert isinstance(again, MachineResult)
    assert again.arms == trained.arms


def test_arms_of_other_hyper_parameters_are_left_alone(base):
    va.sources(train, 3, shift=0.1, **QUIET)

    assert found(base) == []


def test_arms_of_other_code_are_left_alone(base):
    def train(init_seed, order_seed, shift=0.0):
        return {"accuracy": (init_seed % 7 + order_seed % 5) / 12 + shift}

    va.sources(train, 3, **QUIET)

    assert found(base) == []


def test_a_sweep_that_is_only_called_like_an_arm_is_left_alone(base):
    va.sources(train, 3, arms="all,init", **QUIET)
    va.sweep(train, "1-3", vary="order", name="train-sources-dropout", **QUIET)

    (again,) = found(base)

    assert [arm.name for arm in again.arms] == ["all", "init"]


def test_the_seed_at_which_sources_are_held_is_left_out(base):
    va.sources(train, 4, arms="all,init", **QUIET)
    va.sweep(train, 5, name="train-sources-all", **QUIET)

    (again,) = found(base)

    assert again.arm("all").seeds == (1, 2, 3, 4)


def test_damaged_arms_are_left_out(base, home):
    va.sources(train, 3, **QUIET)
    home.path("train-sources-order").write_bytes(b"no database")

    (again,) = found(base)

    assert [arm.name for arm in again.arms] == ["all", "init", "none"]


def test_a_metric_that_arms_lack_is_no_error(base):
    va.sources(train, 3, **QUIET)

    assert found(base, metric="speed") == []


def test_a_sweep_without_a_file_has_no_arms():
    assert found(va.from_scores({"accuracy": [0.1, 0.2, 0.3]}, name="theirs")) == []


def test_report_has_a_section_on_them_where_they_lie_beside_the_baseline(base, tmp_path):
    bare = va.report(base, output=tmp_path / "bare.html").read_text(encoding="utf-8")
    va.sources(train, 4, **QUIET)
    va.sources(train, crossed="init,order", levels=3, **QUIET)

    page = va.report(base, output=tmp_path / "page.html").read_text(encoding="utf-8")

    assert "Which randomness the spread comes from" not in bare
    assert "Which randomness the spread comes from" in page
    assert "Varying only the initial weights gives" in page
    assert "init and order crossed, 3 x 3 runs" in page
