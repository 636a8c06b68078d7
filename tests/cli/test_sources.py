import json
import os
import signal
import sys
import time

import numpy as np
import pytest

import variance as va
from variance.api import arms
from variance.errors import ConfigurationMismatch, Refusal, UsageError
from variance.store import SweepReader

TWO = """
import numpy as np
a, b = (np.random.default_rng(s).standard_normal() for s in (init_seed, order_seed))
return {"accuracy": 0.9 + 0.01 * a + 0.001 * b}
"""
SIGNATURE = "init_seed, order_seed, shift=0.0"


@pytest.fixture
def toy(experiment):
    """An experiment in which init gives ten times the spread that order gives, and no more."""
    return experiment(TWO, SIGNATURE)


@pytest.fixture
def counting(experiment, tmp_path):
    """An experiment that counts its runs, and the count."""
    body = f'with open({str(tmp_path / "log")!r}, "a") as log: log.write("x")\n{TWO}'
    reference = experiment(body, SIGNATURE)

    def count():
        path = tmp_path / "log"
        return len(path.read_text()) if path.exists() else 0

    return reference, count


def sources(toy, *options, **more):
    backend = "loky" if more.get("machine") else "inline"
    return va.sources(toy, *options, backend=backend, quiet=True, **more)


def seeds_of(home, name):
    with SweepReader(home.path(name)) as reader:
        return sorted(reader.seeds())


def test_each_arm_is_a_stored_sweep_of_the_seeds_from_one_on(toy, home):
    sources(toy, 4)

    names = ("all", "init", "none", "order")
    assert home.names() == [f"toy-train-sources-{name}" for name in names]
    assert {tuple(seeds_of(home, name)) for name in home.names()} == {(1, 2, 3, 4)}


def test_arms_are_what_sweep_trains_under_the_same_name(toy):
    va.sweep(toy, "1-4", vary="init", name="toy-train-sources-init", backend="inline", quiet=True)

    found = sources(toy, 4)

    alone = va.load("toy-train-sources-init").scores["accuracy"]
    assert found.arm("init").scores == tuple(alone)


def test_what_gives_the_spread_is_found():
    def train(init_seed, order_seed):
        a, b = (np.random.default_rng(s).standard_normal() for s in (init_seed, order_seed))
        return {"accuracy": 0.9 + 0.01 * a + 0.001 * b}

    found = sources(train, 30)

    assert found.arm("init").sd == pytest.approx(0.01, rel=0.35)
    assert found.arm("order").sd == pytest.approx(0.001, rel=0.35)
    assert found.arm("order").ratio.relation == "less"
    assert found.arm("init").ratio.relation == "open"
    assert found.arm("none").sd == 0
    (pair,) = found.pairs
    assert pair.ratio.relation == "more"


def test_same_call_again_trains_nothing(counting):
    toy, count = counting
    first = sources(toy, 3)
    trained = count()

    again = sources(toy, 3)

    assert count() == trained == 4 * 3
    assert again == first


def test_more_seeds_extend_the_arms(counting):
    toy, count = counting
    sources(toy, 3)

    found = sources(toy, 5)

    assert count() == 4 * 5
    assert found.arm("all").seeds == (1, 2, 3, 4, 5)


def test_only_the_seeds_asked_for_are_looked_at(toy):
    sources(toy, 5)

    assert sources(toy, "2-4").arm("init").seeds == (2, 3, 4)


def test_chosen_arms_only(toy, home):
    found = sources(toy, 3, arms="order,all")

    assert [arm.name for arm in found.arms] == ["all", "order"]
    assert home.names() == ["toy-train-sources-all", "toy-train-sources-order"]


def test_settings_are_part_of_the_name_and_reach_the_runs(toy, home):
    found = sources(toy, 3, arms="all", shift=0.05)

    assert home.names() == ["toy-train-shift-0.05-sources-all"]
    assert found.arm("all").runs == 3


def test_prefix_replaces_the_name(toy, home):
    sources(toy, 3, arms="all,none", name="mine")

    assert home.names() == ["mine-all", "mine-none"]


def test_a_command_has_arms_too(cli, tmp_path, home):
    script = tmp_path / "train.py"
    script.write_text('import sys\nprint(\'{"accuracy": 0.\' + sys.argv[1] + "}")\n')

    said = cli("sources", "--seeds", "3", "-q", "--", sys.executable, str(script), "{seed}")

    assert said.status == 0
    assert [name.rpartition("-sources-")[2] for name in home.names()] == ["all", "none"]


def test_lacking_sources_are_not_applicable(toy):
    lacking = sources(toy, 3, arms="all").inapplicable

    assert lacking == {}  # asked for none of them
    every = sources(toy, 3).inapplicable
    assert every["dropout"].endswith("toy.py:train has no such source")
    assert every["nudge"].endswith("cannot move one of its initial weights")


def test_a_lacking_source_may_be_asked_for_beside_others(toy):
    found = sources(toy, 3, arms="all,dropout")

    assert [arm.name for arm in found.arms] == ["all"]
    assert list(found.inapplicable) == ["dropout"]


def test_moons_names_what_it_has_and_what_not():
    found = sources("moons", 3, epochs=2)

    assert [arm.name for arm in found.arms] == ["all", "training", "split", "none"]
    assert set(found.inapplicable) == {"init", "order", "dropout", "nudge"}
    assert found.arm("none").same == "bits"
    assert (found.arm("split").redrawn, found.arm("training").redrawn) == (True, False)


def test_a_single_source_is_the_arm_of_all(experiment):
    found = sources(experiment('return {"accuracy": (seed % 7) / 7}'), 4)

    assert [arm.name for arm in found.arms] == ["all", "none"]
    assert "only source" in found.inapplicable["seed"]


def test_failed_runs_are_counted(experiment):
    body = 'if init_seed % 2: raise ValueError("odd")\nreturn {"accuracy": 1 / (1 + init_seed)}'
    toy = experiment(body, "init_seed, order_seed")

    found = sources(toy, 12)

    arm = found.arm("init")
    assert arm.failed > 0
    assert arm.runs + arm.failed == 12


def test_failed_seeds_can_be_tried_again(experiment, tmp_path):
    flag = tmp_path / "broken"
    flag.touch()
    body = f"if Path({str(flag)!r}).exists(): raise OSError('full')\n{TWO}"
    toy = experiment(body, SIGNATURE)
    with pytest.raises(Refusal):
        sources(toy, 3)
    flag.unlink()

    assert sources(toy, 3, retry_failed=True).arm("all").runs == 3


def test_a_machine_that_does_not_repeat_itself_is_found_out(experiment):
    body = 'return {"accuracy": 0.5 + (time.perf_counter_ns() % 1000) / 1e5}'

    assert sources(experiment(body, "init_seed, order_seed"), 5).arm("none").sd > 0


def test_crossed_rows_are_sweeps_with_the_first_source_held(toy, home):
    found = sources(toy, crossed="init,order", levels=3)

    rows = [f"toy-train-sources-order-at-init-{i}" for i in (1, 2, 3)]
    assert home.names() == ["toy-train-sources-none", *rows]
    held = va.load(rows[1]).configuration
    assert (held.vary, dict(held.held)) == (("order",), {"init": 2})
    assert found.first_levels == found.second_levels == (1, 2, 3)
    assert found.repeats


def test_crossed_components_are_those_of_the_experiment():
    def train(init_seed, order_seed):
        a, b = (np.random.default_rng(s).standard_normal() for s in (init_seed, order_seed))
        return {"accuracy": 0.9 + 0.01 * a + 0.002 * b}

    found = sources(train, crossed=("init", "order"), levels=12)

    assert found.main_first.sd == pytest.approx(0.01, rel=0.5)
    assert found.main_second.sd == pytest.approx(0.002, rel=0.5)
    assert found.interaction.sd == pytest.approx(0, abs=1e-9)


def test_crossed_cells_share_the_levels_streams(toy):
    found = sources(toy, crossed="init,order", levels=3)

    cells = np.array(found.scores)  # additive: rows differ by the same amount everywhere
    assert np.allclose(np.diff(cells, axis=0), np.diff(cells, axis=0)[:, :1])


def test_other_sources_are_held_in_a_crossed_design(experiment):
    toy = experiment(TWO, "init_seed, order_seed, mixup_seed")

    assert sources(toy, crossed="init,order", levels=3).held == ("mixup",)


def test_machine_arms_have_the_seeds_of_the_reference(toy, home):
    found = sources(toy, 3, machine=True)

    ways = ("again", "threads-2", "no-onednn")
    assert [arm.name for arm in found.arms] == list(ways)
    assert home.names() == sorted(f"toy-train-sources-{way}" for way in ("all", *ways))
    assert {arm.pairs for arm in found.arms} == {3}
    assert set(found.inapplicable) == {"bfloat16", "float64"}


def test_what_threads_change_is_measured(experiment):
    body = 'return {"accuracy": 0.5 + 0.1 * (os.environ["OMP_NUM_THREADS"] == "2")}'

    found = va.sources(experiment(body), 3, machine=True, quiet=True)

    again, threads, onednn = found.arms
    assert (again.identical, onednn.identical, threads.identical) == (3, 3, 0)
    assert threads.difference == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("options", "what", "hint"),
    [
        ({"arms": "ordr"}, "no arm 'ordr'", "'order'"),
        ({"arms": "dropout"}, "none of these arms applies", "Known: all"),
        ({"seeds": 2}, "at least 3 seeds, not 2", "--seeds 10"),
        ({"seeds": "0-9"}, "held at seed 0", "--seeds 1-9"),
        ({"seeds": 0}, "at least 1", ""),
        ({"seeds": "many"}, "cannot be read from 'many'", "range"),
        ({"crossed": "init"}, "two different sources are crossed, not init", "order"),
        ({"crossed": "init,init"}, "two different sources", ""),
        ({"crossed": "init,dropout"}, "no source of randomness called 'dropout'", "init, order"),
        ({"crossed": "init,order", "levels": 1}, "at least 3 levels", "--levels 5"),
        ({"crossed": "init,order", "machine": True}, "different questions", "one at a time"),
        ({"crossed": "init,order", "arms": "all"}, "arms cannot be chosen", ""),
        ({"alpha": 0}, "alpha must lie between 0 and 1", ""),
        ({"shfit": 1.0}, "shfit", "shift"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_anything_is_trained(
    counting, home, options, what, hint
):
    toy, count = counting

    with pytest.raises(UsageError) as refusal:
        sources(toy, **options)

    assert what in refusal.value.message
    assert hint in refusal.value.hint
    assert (count(), home.names()) == (0, [])


def test_a_taken_name_is_refused_before_anything_is_trained(counting, home):
    toy, count = counting
    va.sweep(toy, 3, vary="order", name="x-none", backend="inline", quiet=True)
    before = count()

    with pytest.raises(ConfigurationMismatch, match="'x-none' exists with another configuration"):
        sources(toy, 3, name="x")

    assert (count(), home.names()) == (before, ["x-none"])


def test_an_imported_name_is_refused(toy, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text("seed,accuracy\n1,0.5\n2,0.6\n3,0.7\n")
    va.import_runs(file, "x-all")

    with pytest.raises(ConfigurationMismatch, match="'x-all' was imported"):
        sources(toy, 3, name="x")


def test_changed_code_is_refused(experiment):
    sources(experiment(TWO, SIGNATURE), 3, arms="all")

    with pytest.raises(ConfigurationMismatch, match="the code changed"):
        sources(experiment(f"{TWO}\n# changed", SIGNATURE), 3, arms="all")


def test_a_sweep_in_place_of_an_experiment_is_told_apart(cli, tmp_path):
    file = tmp_path / "runs.csv"
    file.write_text("seed,accuracy\n1,0.5\n2,0.6\n3,0.7\n")
    va.import_runs(file, "theirs")
    va.sweep("moons", 3, name="ours", epochs=1, backend="inline", quiet=True)

    theirs, ours = cli("sources", "theirs"), cli("sources", "ours")

    assert (theirs.status, ours.status) == (2, 2)
    assert "'theirs' is a sweep of runs that were imported: there is nothing to train" in theirs.err
    assert "'ours' is a sweep of the experiment moons, not an experiment" in ours.err


def test_unknown_experiment_is_refused(cli):
    said = cli("sources", "moon")

    assert (said.status, "'moons'" in said.err) == (2, True)


def test_result_goes_to_stdout_and_progress_to_stderr(cli, toy):
    said = cli("sources", toy, "--seeds", "3")

    assert said.status == 0
    assert "where the spread of accuracy between runs comes from" in " ".join(said.out.split())
    assert "toy-train-sources-order: 3/3 runs" in said.err
    assert cli("sources", toy, "--seeds", "3", "--quiet").err == ""


def test_json_is_what_the_library_returns(cli, toy):
    sources(toy, 3)

    data = json.loads(cli("sources", toy, "--seeds", "3", "--format", "json", "-q").out)

    assert data == json.loads(json.dumps(sources(toy, 3).to_dict()))


def test_failed_runs_end_with_their_own_status(cli, experiment):
    body = 'if init_seed % 2: raise ValueError("odd")\nreturn {"accuracy": 1 / (1 + init_seed)}'
    toy = experiment(body, "init_seed, order_seed")

    said = cli("sources", toy, "--seeds", "8", "-q", "--jobs", "1")

    assert said.status == 3
    assert "failed and are not in these numbers" in said.out


@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["--levels", "4"], "--levels goes with --crossed"),
        (["--crossed", "init,order", "--seeds", "4"], "--seeds does not go with --crossed"),
    ],
)
def test_options_that_would_be_ignored_are_refused(cli, toy, options, what):
    said = cli("sources", toy, *options)

    assert (said.status, what in said.err) == (2, True)


def until(condition, seconds=60.0):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def test_an_interrupt_keeps_what_was_finished_and_says_how_to_go_on(start, experiment, home):
    second, go_on = home.path("toy-train-sources-init"), home.folder / "go-on"
    wait = f"while os.path.exists({str(second)!r}) and not os.path.exists({str(go_on)!r}):"
    toy = experiment(f"import os\n{wait}\n    time.sleep(0.05)\n{TWO}", SIGNATURE)
    process = start("sources", toy, "--seeds", "6", "--jobs", "1", "-q")
    until(second.exists)
    os.killpg(process.pid, signal.SIGINT)
    go_on.touch()

    _, err = process.communicate(timeout=60)

    assert process.returncode == 130
    assert f"To go on: variance sources {toy} --seeds 6 --jobs 1 -q" in err
    assert seeds_of(home, "toy-train-sources-all") == [1, 2, 3, 4, 5, 6]
    assert sources(toy, 6).arm("order").runs == 6


@pytest.mark.slow
@pytest.mark.tensorflow
def test_digits_have_every_arm():
    found = sources("digits", 3, epochs=1, filters=2, dense=4)

    names = ["all", "init", "order", "dropout", "nudge", "none"]
    assert [arm.name for arm in found.arms] == names
    assert found.arm("none").same == "bits"
    assert found.arm("nudge").same != "bits"
    assert found.arm("init").churn > 0
    assert list(found.inapplicable) == ["split"]


@pytest.mark.slow
@pytest.mark.tensorflow
def test_digits_in_another_precision_are_other_bits(monkeypatch):
    monkeypatch.setattr(arms, "WAYS", {"float64": arms.WAYS["float64"]})

    found = sources("digits", 3, machine=True, epochs=1, filters=2, dense=4)

    assert {way.name: way.identical for way in found.arms} == {"float64": 0}


def test_other_threads_cannot_be_had_in_this_very_process(home):
    with pytest.raises(UsageError, match="cannot be set in this very process"):
        va.sources("moons", machine=True, backend="inline", quiet=True)

    assert home.names() == []
