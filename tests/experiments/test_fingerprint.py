import functools
import subprocess
import sys

import numpy as np
import pytest

from variance.experiments import function, registry
from variance.experiments.command import CommandExperiment
from variance.experiments.estimator import EstimatorExperiment
from variance.experiments.fingerprint import of_arrays, of_callable, packages_of

MODELS = """
import functools
LIMIT = 3
def helper(x): return x + {helper}
def other(x): return {other}
class Net:
    def fit(self): return helper({net})
def train(seed): return Net().fit()
def tail(seed): return {tail} in {{"a", "b", "c"}}
"""
VALUES = {"helper": "1", "other": "1", "net": "1", "tail": "seed"}


def defined(**changed):
    """The functions of a notebook: their source is nowhere to be found."""
    space = {"__name__": "__main__"}
    exec(MODELS.format(**{**VALUES, **changed}), space)  # noqa: S102 - a notebook does so
    return space


@pytest.mark.parametrize(
    ("changed", "same"),
    [({"helper": "2"}, False), ({"net": "2"}, False), ({"other": "2"}, True), ({}, True)],
)
def test_a_notebooks_function_is_known_by_all_that_it_calls(changed, same):
    before, after = (of_callable(defined(**c)["train"]) for c in ({}, changed))

    assert (before == after) is same


def test_constants_count_where_there_is_bytecode_alone():
    assert of_callable(defined()["tail"]) != of_callable(defined(tail="2")["tail"])


def test_digest_is_the_same_in_every_process():
    code = (
        "import sys; sys.path.insert(0, '.');"
        "from tests.experiments.test_fingerprint import defined, of_callable;"
        "print(of_callable(defined()['tail']))"
    )
    run = functools.partial(subprocess.run, capture_output=True, text=True, check=True)
    said = [
        run([sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}).stdout for seed in "123"
    ]

    assert len(set(said)) == 1


def test_what_is_bound_to_a_function_counts():
    train = defined()["train"]
    digests = {of_callable(functools.partial(train, seed=s)) for s in (1, 2, 1)}

    assert len(digests) == 2


def imports_within(seed):
    import email

    import pyarrow

    return np.sqrt(seed), email, pyarrow


def test_packages_of_a_function_are_found_by_name_and_by_import():
    assert {"numpy", "pyarrow"} <= set(packages_of(imports_within))
    assert "email" not in packages_of(imports_within)


def test_objects_are_known_by_their_values_not_their_addresses():
    rows = [np.array(["a" * 9, 1.5, None], dtype=object) for _ in range(2)]
    rows[0][0] = "".join(["a"] * 9)

    assert of_arrays(rows[0]) == of_arrays(rows[1])
    assert of_arrays(rows[0]) != of_arrays(np.array(["b" * 9, 1.5, None], dtype=object))


def test_times_have_a_digest():
    days = np.array(["2020-01-01", "2021-01-01"], dtype="M8[D]")

    assert of_arrays(days) != of_arrays(days[::-1])


@pytest.mark.parametrize("name", ["moons", "diabetes", "digits"])
def test_built_in_experiments_are_known_by_code_and_data(name):
    found = registry.find(name)

    assert found.fingerprints(found.settings_type()).keys() == {"data", "code"}


def test_code_beside_a_users_file_counts(tmp_path):
    (tmp_path / "near.py").write_text("X = 1")
    (tmp_path / "model.py").write_text("def train(seed):\n    import near\n    return {'a': 1}")
    digests = []
    for text in ("X = 1", "X = 2", "X = 1"):
        (tmp_path / "near.py").write_text(text)
        found = function.from_file(str(tmp_path / "model.py"), "train")
        digests.append(found.fingerprints(None)["code"])

    assert digests[0] != digests[1]
    assert digests[0] == digests[2]


@pytest.mark.parametrize("words", [["python", "job.py"], ["python", "-m", "job"]])
def test_code_that_a_command_starts_counts_with_what_is_beside(tmp_path, monkeypatch, words):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.py").write_text("import near")
    digests = []
    for text in ("1", "2"):
        (tmp_path / "near.py").write_text(text)
        digests.append(CommandExperiment(words).fingerprints(None)["code"])

    assert digests[0] != digests[1]


def test_words_that_are_no_names_of_files_are_no_files():
    assert CommandExperiment(["echo", "x" * 10_000, "{}"]).program.files == ()


class Mine:
    """An estimator that is not scikit-learn's."""

    def fit(self, x, y):
        return self

    def get_params(self, deep=True):
        return {}


def test_an_estimator_of_ones_own_is_known_by_its_class():
    from sklearn.linear_model import LinearRegression

    data = (np.zeros((4, 1)), np.arange(4.0))
    stock = EstimatorExperiment(LinearRegression(), data)

    assert set(stock.fingerprints(None)) == {"data"}
    assert "scikit-learn" not in stock.program.packages
    assert "sklearn" in stock.program.packages


def test_an_estimators_class_has_a_digest():
    assert of_callable(Mine) == of_callable(Mine)
    assert of_callable(Mine) != of_callable(type("Mine", (), {}))
