import importlib.util
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.errors import ConfigurationMismatch, UsageError
from variance.experiments import registry
from variance.experiments.function import from_function
from variance.request import build, check_same, default_name, parse_seeds

SEEDS = st.lists(st.integers(0, 10**6), min_size=1, max_size=20, unique=True)


def moons(**options):
    return build(registry.find("moons"), **options)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("3", (0, 1, 2)),
        (3, (0, 1, 2)),
        ("100-103", (100, 101, 102, 103)),
        ("1,5,9", (1, 5, 9)),
        ("7-7", (7,)),
        ("0-2,10", (0, 1, 2, 10)),
        (" 1 , 2 - 3 ", (1, 2, 3)),
        ([4, 2], (4, 2)),
        (str(2**63 - 1) + ",0", (2**63 - 1, 0)),
    ],
)
def test_seeds_are_read(text, seeds):
    assert parse_seeds(text) == seeds


@given(SEEDS)
def test_a_list_of_seeds_is_read_as_written(seeds):
    text = ",".join(map(str, seeds)) + "," if len(seeds) == 1 else ",".join(map(str, seeds))
    if len(seeds) > 1:
        assert parse_seeds(text) == tuple(seeds)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0", "at least 1"),
        (0, "at least 1"),
        (-5, "at least 1"),
        ("-5", "cannot be read"),
        ("abc", "cannot be read"),
        ("", "cannot be read"),
        ("1.5", "cannot be read"),
        ("1,,2", "cannot be read"),
        ("5-1", "ends before it begins"),
        ("1,2,1", "1 is given twice"),
        ("0-5,3", "3 is given twice"),
        ([], "no seeds"),
        ([-1], "not -1"),
        ([2**63], "not 9223372036854775808"),
        ("99999999999", "more than one sweep takes"),
        ("0-99999999999", "more than one sweep takes"),
    ],
)
def test_unusable_seeds_are_refused(text, message):
    with pytest.raises(UsageError, match=message):
        parse_seeds(text)


def test_every_hyper_parameter_is_in_the_configuration():
    assert set(moons().configuration.settings) == {
        "hidden", "epochs", "batch_size", "learning_rate", "alpha", "samples", "noise", "test_size",
    }  # fmt: skip


def test_all_sources_vary_by_default():
    assert moons().configuration.vary == ("training", "split")


@pytest.mark.parametrize(
    ("vary", "sources"),
    [
        ("split", ("split",)),
        ("none", ()),
        ("all", ("training", "split")),
        (["split", "training"], ("training", "split")),
    ],
)
def test_sources_can_be_chosen(vary, sources):
    assert moons(vary=vary).configuration.vary == sources


def test_unknown_source_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"(?s)no source.*'splt'.*'split'"):
        moons(vary="splt")


def test_threads_must_be_positive():
    with pytest.raises(UsageError, match="threads must lie between 1 and 4096, not 0"):
        moons(threads=0)


def test_another_configuration_is_refused_naming_what_differs():
    with pytest.raises(ConfigurationMismatch, match="hidden: 16 → 8") as error:
        check_same("a", moons().header, moons(settings={"hidden": 8}).header)

    assert "noise" not in str(error.value)


def test_other_threads_are_another_configuration():
    with pytest.raises(ConfigurationMismatch, match="threads: 1 → 2"):
        check_same("a", moons().header, moons(threads=2).header)


def test_changed_code_is_refused():
    from dataclasses import replace

    asked = moons().header
    stored = replace(asked, fingerprints={**asked.fingerprints, "code": "0" * 64})

    with pytest.raises(ConfigurationMismatch, match="the code changed"):
        check_same("a", stored, asked)


def test_same_configuration_passes():
    check_same("a", moons().header, moons(seeds=5).header)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({}, "moons"),
        ({"settings": {"hidden": 8}}, "moons-hidden-8"),
        ({"vary": "split"}, "moons-vary-split"),
        ({"threads": 2}, "moons-threads-2"),
    ],
)
def test_default_name_tells_the_configuration(options, name):
    asked = moons(**options)

    assert default_name(asked.experiment, asked.configuration) == name


def test_the_nudge_varies_only_when_asked_for():
    assert "nudge" not in build(registry.find("digits")).configuration.vary
    assert build(registry.find("digits"), vary="nudge").configuration.vary == ("nudge",)


def test_an_experiment_without_initial_weights_of_ours_cannot_be_nudged():
    with pytest.raises(UsageError, match="no source of randomness called 'nudge'"):
        build(registry.find("moons"), vary="nudge")


def test_another_precision_is_another_configuration():
    usual, other = (build(registry.find("digits"), precision=p) for p in ("default", "bfloat16"))

    with pytest.raises(ConfigurationMismatch, match="precision: default → bfloat16"):
        check_same("a", usual.header, other.header)


def test_precision_an_experiment_cannot_compute_in_is_refused():
    with pytest.raises(UsageError, match="moons cannot compute in precision 'float64'"):
        build(registry.find("moons"), precision="float64")


def test_a_held_source_does_not_vary_by_default():
    configuration = moons(hold={"split": 7}).configuration

    assert (configuration.vary, configuration.held) == (("training",), {"split": 7})


def test_a_source_held_at_the_usual_seed_is_the_usual_configuration():
    assert moons(hold={"split": 0}).configuration == moons(vary="training").configuration


def test_a_source_cannot_both_vary_and_be_held():
    with pytest.raises(UsageError, match="'split' cannot both vary and be held"):
        moons(vary="split", hold={"split": 7})


@pytest.mark.parametrize(
    ("hold", "message"),
    [({"splt": 1}, r"(?s)no source.*'splt'.*'split'"), ({"split": -1}, "held at -1")],
)
def test_unusable_hold_is_refused(hold, message):
    with pytest.raises(UsageError, match=message):
        moons(hold=hold)


def test_another_held_seed_is_another_configuration():
    with pytest.raises(ConfigurationMismatch, match="held: split=7 → split=8"):
        check_same("a", moons(hold={"split": 7}).header, moons(hold={"split": 8}).header)


def test_a_configuration_stored_before_precisions_and_holds_reads_as_the_usual_one():
    usual = moons().configuration
    stored = usual.as_dict()
    del stored["held"], stored["execution"]["precision"]

    assert type(usual).from_dict(stored) == usual


@pytest.fixture
def without_tensorflow(monkeypatch):
    """Let TensorFlow be neither loaded nor found, as after an install without the extra."""
    find_spec = importlib.util.find_spec
    monkeypatch.delitem(sys.modules, "tensorflow", raising=False)
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "tensorflow" else find_spec(name)
    )


@pytest.mark.usefixtures("without_tensorflow")
@pytest.mark.parametrize("arguments", [["digits"], []], ids=["named", "default"])
def test_without_tensorflow_the_built_in_networks_say_what_to_install(cli, home, arguments):
    said = cli("sweep", *arguments, "--seeds", "3")

    assert said.status == 2
    assert "needs TensorFlow, which is not installed" in said.err
    assert "pip install 'model-variance[tensorflow]'" in said.err
    assert home.names() == []


@pytest.mark.usefixtures("without_tensorflow")
def test_a_function_called_like_a_built_in_experiment_needs_no_tensorflow():
    def digits(seed):
        return {"accuracy": 0.5 + seed / 100}

    assert build(from_function(digits), seeds=3).header.experiment == "digits"


def test_a_seed_of_thousands_of_digits_is_refused():
    for text in ("9" * 5000, f"0-{'9' * 5000}"):
        with pytest.raises(UsageError, match="a seed is a whole number from 0 to"):
            parse_seeds(text)


def test_settings_that_take_all_memory_are_refused():
    with pytest.raises(UsageError, match="moons, so set, needs too much memory"):
        moons(settings={"samples": 10**15})
