import subprocess
import sys

import numpy as np
import pytest

import variance as va
from variance.errors import Refusal, SweepNotFound, UsageError


@pytest.fixture(scope="module")
def moons(tmp_path_factory):
    return va.sweep(
        "moons",
        seeds=6,
        vary="training",
        name="m",
        store=tmp_path_factory.mktemp("s"),
        quiet=True,
        backend="inline",
        epochs=5,
    )


def test_sweep_has_its_scores_by_name(moons):
    assert moons.scores["accuracy"].shape == (6,)


def test_sweep_has_predictions_labels_and_confusion(moons):
    runs, examples = moons.predictions.shape

    assert (runs, examples) == (6, moons.labels.size)
    assert moons.confusion.shape == (6, 2, 2)
    assert (moons.confusion.sum(axis=(1, 2)) == examples).all()


def test_scores_agree_with_predictions(moons):
    again = (moons.predictions == moons.labels).mean(axis=1)

    assert np.array_equal(again, moons.scores["accuracy"])


def test_frame_has_a_row_a_run(moons):
    frame = moons.to_frame()

    assert frame["seed"].tolist() == list(range(6))
    assert frame["accuracy"].tolist() == moons.scores["accuracy"].tolist()


def test_frame_of_predictions_names_the_classes(moons):
    frame = moons.to_frame("predictions")

    assert len(frame) == moons.predictions.size
    assert set(frame["label"]) == {"upper", "lower"}


def test_frame_of_confusion_counts_every_example(moons):
    assert moons.to_frame("confusion")["count"].sum() == moons.predictions.size


def test_load_gives_the_same_sweep(moons):
    again = va.load(moons.path)

    assert again.predictions.tobytes() == moons.predictions.tobytes()


def test_repr_tells_what_came_of_it(moons):
    assert repr(moons).startswith("<Sweep 'm': 6 runs of moons, accuracy ")


def test_name_tells_the_hyper_parameters_apart(tmp_path):
    options = {"seeds": 1, "store": tmp_path, "quiet": True, "backend": "inline", "epochs": 1}

    assert va.sweep("moons", **options).name == "moons-epochs-1"
    assert va.sweep("moons", **options, hidden=4).name == "moons-hidden-4-epochs-1"


def test_function_of_a_notebook_is_an_experiment(tmp_path):
    def train(seed, shift=0.5):
        return {"accuracy": seed / 2**33 + shift}

    sweep = va.sweep(train, seeds=5, store=tmp_path, quiet=True, jobs=2, shift=0.25)

    assert len(sweep) == 5
    assert sweep.scores["accuracy"].min() >= 0.25


def test_regression_frame_has_numbers(tmp_path):
    sweep = va.sweep("diabetes", seeds=3, store=tmp_path, quiet=True, backend="inline")

    assert {"r2", "mse", "rmse", "mae", "slope", "intercept"} <= set(sweep.scores)
    with pytest.raises(Refusal, match="no confusion"):
        sweep.to_frame("confusion")


def test_diabetes_is_what_scikit_learn_alone_computes(tmp_path):
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import r2_score

    sweep = va.sweep("diabetes", seeds=2, store=tmp_path, quiet=True, backend="inline")
    x, y = load_diabetes(return_X_y=True)
    tested = sweep.runs.examples[1]
    trained = np.setdiff1d(np.arange(len(y)), tested)
    model = LinearRegression().fit(x[trained][:, [9]], y[trained])

    assert len(tested) == 146
    assert sweep.scores["slope"][1] == pytest.approx(model.coef_[0], rel=1e-12)
    assert sweep.scores["r2"][1] == pytest.approx(
        r2_score(y[tested], model.predict(x[tested][:, [9]])), rel=1e-12
    )


def test_missing_sweep_is_refused(tmp_path):
    with pytest.raises(SweepNotFound):
        va.load("nothing", store=tmp_path)


def test_what_is_no_experiment_is_refused():
    with pytest.raises(UsageError, match="not an experiment"):
        va.sweep(42)


def test_unknown_attribute_is_an_attribute_error():
    with pytest.raises(AttributeError, match="sweeep"):
        _ = va.sweeep


def test_every_figure_is_a_public_name():
    from variance import plots

    assert {name for name in plots.__all__ if name.startswith("plot_")} <= set(va.__all__)


def test_every_public_name_is_there():
    assert [name for name in va.__all__ if not hasattr(va, name)] == []


HEAVY = ("tensorflow", "sklearn", "pandas", "matplotlib", "scipy.stats")


@pytest.mark.parametrize(
    ("code", "heavy"),
    [
        ("import variance", (*HEAVY, "numpy")),
        ("from variance.cli.main import variance", (*HEAVY, "numpy", "rich")),
        ("import variance; variance.load, variance.sweep", HEAVY),
        (
            "import variance; variance.sweep('moons', 2, name='a', quiet=True, epochs=1)",
            ("tensorflow", "matplotlib"),
        ),
        (
            "import variance; variance.sweep('diabetes', 2, name='b', quiet=True)",
            ("tensorflow", "matplotlib"),
        ),
    ],
)
def test_heavy_libraries_are_imported_where_they_are_used(code, heavy, tmp_path):
    script = f"{code}\nimport sys\nprint([m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    )

    assert done.stdout.strip() == "[]"


def test_plug_in_is_found_by_its_name(tmp_path, monkeypatch):
    package = tmp_path / "plug_in_of_tests.py"
    package.write_text(
        "from variance.experiments.moons import Moons\n"
        "class Mine(Moons):\n    name = 'mine'\n    summary = 'mine'\n"
    )
    info = tmp_path / "plug_in_of_tests-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-in-of-tests\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[variance.experiments]\nmine = plug_in_of_tests:Mine\n")
    monkeypatch.syspath_prepend(tmp_path)

    sweep = va.sweep("mine", 2, store=tmp_path / "s", quiet=True, backend="inline", epochs=1)

    assert len(sweep) == 2


def test_estimator_is_an_experiment(tmp_path):
    from sklearn.datasets import load_iris
    from sklearn.tree import DecisionTreeClassifier

    data = load_iris(return_X_y=True)
    sweep = va.sweep(
        DecisionTreeClassifier(max_depth=2), 4, data=data, store=tmp_path, quiet=True, jobs=2
    )

    assert sweep.classes == ("0", "1", "2")
    assert sweep.scores["accuracy"].min() > 0.8
    assert sweep.configuration.settings["estimator"] == "DecisionTreeClassifier(max_depth=2)"
    assert sweep.runs.redrawn


def test_regressor_is_an_experiment(tmp_path):
    from sklearn.datasets import load_diabetes
    from sklearn.linear_model import Ridge

    data = load_diabetes(return_X_y=True)
    sweep = va.sweep(Ridge(), 2, data=data, store=tmp_path, quiet=True, backend="inline")

    assert "r2" in sweep.scores


def test_estimator_without_data_is_refused():
    from sklearn.linear_model import Ridge

    with pytest.raises(UsageError, match="needs data"):
        va.sweep(Ridge())
