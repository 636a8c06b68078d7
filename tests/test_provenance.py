from dataclasses import fields, replace

import pytest

from variance import environment
from variance.environment.software import PACKAGES, VARIABLES
from variance.experiments import registry
from variance.provenance import Origin, differences
from variance.provenance.rules import BUILT_IN, RULES, effect_of, is_variable, key_of
from variance.records import Configuration, Environment, Execution, Header
from variance.reporting.provenance_text import render_differences, sentence

FACTS = dict(environment.collect(["variance", "sweep"], {}).facts)
FACTS |= {"cpu features": "avx avx2 fma", "cpu caches": "L1d 32K, L2 512K", "libc": "glibc 2.36"}
FACTS |= {"openmp scikit-learn": "libgomp-1.so", "git": "a" * 40}
FIRST = {  # what the first version recorded
    name: FACTS[name]
    for name in ("python", "system", "machine", "cpu", "cores", "numpy", "tensorflow", "variance")
}


def origin(name="a", experiment="digits", facts=(FACTS,), seeds=3, fingerprints=None, **how):
    """A sweep of an experiment: one session for each mapping of facts."""
    configuration = Configuration(
        experiment,
        how.pop("settings", {"dropout": 0.25}),
        how.pop("vary", ("init", "order")),
        held=how.pop("held", {}),
        execution=Execution(**how),
    )
    header = Header(
        experiment,
        configuration=configuration,
        fingerprints={"data": "d" * 64, "code": "c" * 64} | (fingerprints or {}),
    )
    return Origin(
        name,
        header,
        tuple(Environment(f, "variance sweep", f"2026-01-0{i}") for i, f in enumerate(facts, 1)),
        {seed: f"weights {seed}" for seed in range(seeds)},
        dict.fromkeys(range(seeds), "test"),
    )


def without(facts, *names):
    return {name: value for name, value in facts.items() if name not in names}


def found(first, second):
    """What differs in two sweeps: fact -> what it may change."""
    return {d.what: d.may_change for d in differences(first, second).differences}


def test_the_same_again_can_be_expected_to_agree():
    result = differences(origin(), origin("b"))

    assert result.differences == ()
    assert result.bits == "same"
    assert "the 3 seeds that both have can be expected to agree bit for bit" in sentence(result)


@pytest.mark.parametrize(
    ("change", "what", "effect"),
    [
        ({"settings": {"dropout": 0.5}}, "setting dropout", "results"),
        ({"settings": {}}, "setting dropout", "results"),
        ({"vary": ("init",)}, "vary", "results"),
        ({"held": {"split": 3}}, "held", "results"),
        ({"fingerprints": {"data": "e" * 64}}, "data", "results"),
        ({"fingerprints": {"code": "e" * 64}}, "code", "results"),
        ({"fingerprints": {"tokenizer": "e" * 64}}, "tokenizer", "results"),
        ({"threads": 2}, "threads", "bits"),
        ({"onednn": False}, "onednn", "bits"),
        ({"precision": "bfloat16"}, "precision", "bits"),
    ],
)
def test_what_is_asked_for(change, what, effect):
    assert found(origin(), origin(**change)) == {what: effect}


def test_every_part_of_a_configuration_is_compared():
    mine, theirs = (
        origin(experiment=e, settings={"s": e}, vary=(e,), held={e: 1}, **execution)
        for e, execution in (
            ("x", {"threads": 1, "onednn": True, "precision": "default"}),
            ("y", {"threads": 2, "onednn": False, "precision": "float64"}),
        )
    )
    parts = {f.name for kind in (Configuration, Execution) for f in fields(kind)}

    assert found(mine, theirs).keys() == parts - {"settings", "execution"} | {"setting s"}


@pytest.mark.parametrize(
    ("what", "value", "effect"),
    [
        ("numpy", "1.0", "bits"),
        ("tensorflow", "1.0", "bits"),
        ("keras", "1.0", "bits"),
        ("cpu", "another", "bits"),
        ("cpu features", "avx", "bits"),
        ("cpu caches", "L1d 48K", "bits"),
        ("blas numpy", "mkl 2024.0", "bits"),
        ("libc", "musl", "bits"),
        ("trained in", "this process", "bits"),
        ("XLA_FLAGS", "--x", "bits"),
        ("torch", "2.0", "bits"),
        ("cores", "99", "speed"),
        ("memory", "1 GiB", "speed"),
        ("system", "Linux 1.0", "nothing"),
        ("gpu", "1 x NVIDIA H200", "nothing"),
        ("CUDA_VISIBLE_DEVICES", "1", "nothing"),
        ("TF_CPP_MIN_LOG_LEVEL", "0", "nothing"),
        ("git", "b" * 40, "nothing"),
        ("distribution", "another", "nothing"),
        ("joblib", "1.0", "nothing"),
    ],
)
def test_where_it_is_computed(what, value, effect):
    changed = origin(facts=[{**FACTS, what: value}])

    assert found(origin(), changed)[what] == effect
    assert differences(origin(), changed).bits == (
        "may-differ" if effect in ("results", "bits") and what != "torch" else
        "unknown" if what == "torch" else "same"
    )  # fmt: skip


def test_another_operating_system_can_change_bits():
    changed = origin(facts=[{**FACTS, "system": "Darwin 24.1"}])

    assert found(origin(), changed) == {"operating system": "bits", "system": "nothing"}


@pytest.mark.parametrize(("what", "value"), [("cores", "99"), ("gpu", "1 x NVIDIA H200")])
def test_code_of_ones_own_may_use_all_cores_and_the_gpu(what, value):
    mine = origin(experiment="m.py:train")
    changed = origin(experiment="m.py:train", facts=[{**FACTS, what: value}])

    assert found(mine, changed) == {what: "bits"}


def test_variables_that_carry_out_a_setting_are_not_counted_again():
    one, two = ({**FACTS, "OMP_NUM_THREADS": n, "MKL_NUM_THREADS": n} for n in "12")
    result = found(origin(facts=[one]), origin(facts=[two], threads=2))

    assert result == {
        "threads": "bits",
        "MKL_NUM_THREADS": "nothing",
        "OMP_NUM_THREADS": "nothing",
    }


def test_variables_that_carry_out_nothing_can_change_bits():
    one, two = ({**FACTS, "OMP_NUM_THREADS": n} for n in "12")

    assert found(origin(facts=[one]), origin(facts=[two])) == {"OMP_NUM_THREADS": "bits"}


# What is not recorded


def test_what_one_does_not_record_is_unknown_not_equal():
    result = differences(origin(), origin(facts=[without(FACTS, "cpu features")]))

    assert [(d.what, d.known, d.b) for d in result.differences] == [
        ("cpu features", False, (None,))
    ]
    assert result.bits == "unknown"
    assert "cpu features is not recorded of both" in sentence(result)


def test_what_neither_records_is_unknown_too():
    lacking = [without(FACTS, "cpu features")]
    result = differences(origin(facts=lacking), origin(facts=lacking))

    assert result.differences == ()
    assert result.not_recorded == ("cpu features",)
    assert result.bits == "unknown"


def test_files_of_the_first_version_are_understood():
    result = differences(origin(facts=[FIRST]), origin(facts=[FIRST]))

    assert {"cpu features", "blas numpy", "libc"} <= set(result.not_recorded)
    assert result.bits == "unknown"


def test_the_first_version_looked_for_variables_and_packages_already():
    result = differences(
        origin(facts=[FIRST]), origin(facts=[{**FACTS, "OMP_PROC_BIND": "1", "keras": "3"}])
    )
    known = {d.what: d.a for d in result.differences if d.known}

    assert known["OMP_PROC_BIND"] == ("unset",)
    assert known["keras"] == ("not installed",)
    unknown = {d.what for d in result.differences if not d.known}
    assert unknown >= {"cpu features", "git", "pandas", "trained in"}


def test_nothing_is_known_of_an_imported_sweep():
    imported = Origin("i", Header("runs.csv", "imported"), (), {0: "weights 0"})
    result = differences(imported, origin())

    assert {d.what: d.known for d in result.differences} == {
        "seeds": True,
        "configuration": False,
        "environment": False,
    }
    assert result.bits == "unknown"
    assert differences(imported, imported).bits == "unknown"


def test_data_that_the_experiment_does_not_tell_of_are_unknown():
    mine = origin(experiment="m.py:train", facts=[{**FACTS, "imports": "numpy"}])
    silent = replace(mine, header=replace(mine.header, fingerprints={"code": "c"}))

    assert differences(mine, mine).bits == "same"
    assert differences(silent, silent).not_recorded == ("data",)


# Code and commits


@pytest.mark.parametrize(
    ("imports", "effect"),
    [("numpy, torch", "nothing"), ("numpy, mine (editable)", "results"), (None, "results")],
)
def test_a_commit_matters_where_the_digest_does_not_cover_all_code(imports, effect):
    facts = {**FACTS, **({"imports": imports} if imports else {})}
    mine, changed = (
        origin(experiment="m.py:train", facts=[{**facts, "git": commit * 40}]) for commit in "ab"
    )

    assert found(mine, changed) == {"git": effect}
    assert ("imported code" in differences(mine, mine).not_recorded) is (effect == "results")


def test_own_code_agrees_only_if_it_heeds_its_seed():
    mine = origin(experiment="m.py:train", facts=[{**FACTS, "imports": "numpy"}])

    assert "if their own code draws all its randomness" in sentence(differences(mine, mine))


def test_a_file_that_was_moved_is_the_same_experiment():
    assert found(origin(experiment="m.py:train"), origin(experiment="b/n.py:train")) == {
        "experiment": "nothing"
    }


def test_two_experiments_may_share_their_code():
    assert found(origin(experiment="mnist"), origin(experiment="mnist-classic")) == {
        "experiment": "results"
    }


# Several sessions, seeds, order


def test_a_sweep_of_two_environments_is_not_known_to_be_the_same_as_another_such():
    facts = [{**FACTS, "numpy": version} for version in ("1.0", "2.0")]
    mixed = origin(facts=facts)
    result = differences(mixed, mixed)

    assert [(d.what, d.a, d.b) for d in result.differences if d.may_change == "bits"] == [
        ("numpy", ("1.0", "2.0"), ("1.0", "2.0"))
    ]
    assert result.bits == "may-differ"


def test_a_session_that_records_less_hides_no_difference():
    older = origin(facts=[without(FACTS, "libc"), FACTS])
    result = differences(older, origin(facts=[{**FACTS, "libc": "musl"}]))

    assert {d.what: d.known for d in result.differences}["libc"]


def test_other_seeds_leave_the_shared_ones_as_they_are():
    result = differences(origin(seeds=5), origin(seeds=3))

    assert {d.what: (d.a, d.b) for d in result.differences} == {"seeds": (("0-4",), ("0-2",))}
    assert (result.bits, result.shared_seeds, result.agreeing) == ("same", 3, 3)


def test_without_a_shared_seed_nothing_is_promised():
    empty = replace(origin(), results={}, tests={})

    assert differences(origin(), empty).bits == "no-shared-seeds"


def test_runs_that_did_not_come_out_the_same_are_counted():
    other = replace(origin(), results={0: "weights 0", 1: "weights x", 2: ""})
    result = differences(origin(), other)

    assert (result.agreeing, result.shared_seeds) == (1, 3)


def test_other_test_examples_can_change_results():
    other = replace(origin(), tests=dict.fromkeys(range(3), "other"))

    assert found(origin(), other) == {"test examples": "results"}


def test_explanations_come_likeliest_first_and_the_known_ones_before_the_others():
    changed = without({**FACTS, "libc": "musl", "numpy": "1"}, "cpu features")
    result = differences(origin(), origin(facts=[changed], threads=2))

    assert [d.what for d in result.explanations] == ["threads", "numpy", "libc", "cpu features"]
    assert "the likeliest reason is threads, then numpy and libc" in sentence(result)


# The table of rules


def test_built_in_experiments_are_those_of_the_registry():
    assert set(registry.BUILT_IN) == BUILT_IN


def test_every_fact_that_is_recorded_has_a_rule():
    facts = environment.collect([], None).facts
    without_rule = {
        name
        for name in facts
        if key_of(name) == "package" and name not in {"record", "not recorded", *PACKAGES}
    }

    assert without_rule == set()
    assert set(PACKAGES) <= RULES.keys()


def test_every_variable_that_is_recorded_is_known_as_one():
    assert all(is_variable(f"{name}_X" if name[-1] != "_" else f"{name}X") for name in VARIABLES)


def test_code_of_ones_own_is_never_trusted_more_than_a_built_in():
    order = ("results", "bits", "speed", "nothing")
    for key in RULES:
        built_in, own = (order.index(effect_of(key, own=o)[0]) for o in (False, True))
        assert own <= built_in, key


# As text


def test_of_a_list_only_what_differs_is_shown():
    text = render_differences(
        differences(origin(), origin(facts=[{**FACTS, "cpu features": "avx avx2 avx512f"}]))
    )

    assert "-fma +avx512f  (libraries choose" in text


def test_no_line_is_wider_than_asked():
    changed = {**FACTS, "cpu features": "avx", "libc": "musl", "variance": "9"}
    text = render_differences(differences(origin(), origin(facts=[changed])), width=60)

    assert max(map(len, text.splitlines())) <= 60
