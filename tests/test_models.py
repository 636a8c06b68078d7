"""The trained model of a run: kept, or made again and checked."""

import shutil
import sqlite3

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import variance as va
from variance.errors import DataError, Refusal, StoreDamaged, UsageError
from variance.experiments import digits, moons
from variance.store import SweepReader, seal

QUIET = {"quiet": True, "backend": "inline"}
WEIGHTS = 'return {"metrics": {"accuracy": 0.5}, "weights": [np.full(3, seed), np.eye(2)]}'


@pytest.fixture
def toy(tmp_path):
    def sweep(body=WEIGHTS, **options):
        path = tmp_path / "toy.py"
        path.write_text(f"import numpy as np\ndef train(seed):\n    {body}\n")
        return va.sweep(f"{path}:train", 3, name="toy", **QUIET, **options)

    return sweep


def save(sweep, seed, path, **options):
    return va.save_model(sweep, seed, path, **QUIET, **options)


@pytest.mark.parametrize("keep", [True, False])
def test_weights_of_a_function_are_written(toy, tmp_path, keep):
    written = save(toy(keep_weights=keep), 2, tmp_path / "w.npz")

    with np.load(written) as archive:
        assert archive["arr_0"].tolist() == [2, 2, 2]


def test_kept_weights_need_no_training(toy, tmp_path):
    sweep = toy(keep_weights=True)
    (tmp_path / "toy.py").unlink()

    assert save(sweep, 1, tmp_path / "w.npz").is_file()


def test_nothing_is_kept_unless_asked(toy):
    with SweepReader(toy().path) as reader:
        assert reader.model(0) is None


def test_keeping_changes_no_run(toy, tmp_path):
    plain = toy()
    before = [(run.metrics, run.weights_digest) for run in plain.content.runs]
    plain.path.unlink()

    assert [(run.metrics, run.weights_digest) for run in toy(keep_weights=True).content.runs] == (
        before
    )


def test_what_hands_out_no_model_cannot_be_kept(toy):
    with pytest.raises(va.VarianceError, match="does not hand out its model"):
        toy('return {"accuracy": 0.5}', keep_weights=True)


@pytest.mark.parametrize("keep", [True, False])
def test_moons_becomes_an_estimator(tmp_path, keep):
    sweep = va.sweep("moons", 3, name="m", keep_weights=keep, **QUIET, epochs=5)

    model = joblib.load(save(sweep, 1, tmp_path / "m.joblib"))

    x, _ = moons.points(moons.Settings(epochs=5))
    run = sweep.content.runs[1]
    assert np.array_equal(model.predict(x[run.test_set.examples]), run.predictions)


def test_an_estimator_handed_over_is_made_again(tmp_path):
    data = (np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 2)
    sweep = va.sweep(LogisticRegression(), 3, data=data, name="fit", **QUIET)

    path = save(sweep, 1, tmp_path / "m.joblib", experiment=LogisticRegression(), data=data)

    assert joblib.load(path).coef_.shape == (1, 2)
    other = (data[0] + 1, data[1])
    with pytest.raises(DataError, match="the data are not those"):
        save(sweep, 1, tmp_path / "n.joblib", experiment=LogisticRegression(), data=other)


def test_another_model_than_the_stored_one_is_refused(toy, tmp_path):
    sweep = toy(WEIGHTS.replace("np.eye(2)", "np.random.default_rng().normal(size=2)"))
    target = tmp_path / "w.npz"

    with pytest.raises(Refusal, match="is another model than the stored run's"):
        save(sweep, 1, target)
    assert not list(tmp_path.glob("*.npz"))

    save(sweep, 1, target, anyway=True)
    assert target.is_file()


def test_a_run_that_fails_now_is_refused(toy, tmp_path):
    sweep = toy()
    (tmp_path / "toy.py").write_text("def train(seed):\n    raise ValueError('no')\n")

    with pytest.raises(Refusal, match="fails now: ValueError: no"):
        save(sweep, 1, tmp_path / "w.npz", trust=True)


def test_a_kept_model_that_was_altered_is_refused(toy, tmp_path):
    sweep = toy(keep_weights=True)
    with sqlite3.connect(sweep.path) as db:
        db.execute("UPDATE model SET data = zeroblob(200) WHERE seed = 1")
    db.close()

    with pytest.raises(StoreDamaged, match="kept model of seed 1"):
        save(sweep, 1, tmp_path / "w.npz")


@pytest.mark.parametrize(
    ("seed", "name", "message"),
    [
        (9, "w.npz", "has no run of seed 9"),
        (1, "w.h5", "cannot be written as '.h5'"),
        (1, "w", "a file without an ending"),
        (1, "w.keras", "cannot be written as .keras"),
        (1, "w.joblib", "cannot be written as .joblib"),
        (1, "nowhere/w.npz", "no folder"),
    ],
)
def test_what_cannot_be_written_is_refused(toy, tmp_path, seed, name, message):
    sweep = toy()

    with pytest.raises(UsageError, match=message):
        save(sweep, seed, tmp_path / name)
    assert {path.name for path in tmp_path.iterdir()} <= {"toy.py", "sweeps", "__pycache__"}


def test_a_failed_seed_has_no_model(toy, tmp_path):
    sweep = toy(f'assert seed != 1, "no"\n    {WEIGHTS}')

    with pytest.raises(UsageError, match="gave no model: it failed"):
        save(sweep, 1, tmp_path / "w.npz")


def test_an_existing_file_survives_a_refusal(toy, tmp_path):
    target = tmp_path / "w.npz"
    target.write_bytes(b"mine")

    with pytest.raises(UsageError):
        save(toy(), 9, target)
    assert target.read_bytes() == b"mine"


@pytest.mark.slow
@pytest.mark.tensorflow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # TensorFlow's own, on import
def test_digits_kept_and_made_again_are_the_same_keras_model(tmp_path):
    import keras

    options = {"quiet": True, "epochs": 2, "jobs": 1}
    kept = va.sweep("digits", 2, name="kept", keep_weights=True, **options)
    plain = va.sweep("digits", 2, name="plain", **options)
    assert kept.to_frame()["weights_digest"].equals(plain.to_frame()["weights_digest"])

    paths = [va.save_model(s, 1, tmp_path / f"{s.name}.keras", quiet=True) for s in (kept, plain)]

    for path in paths:
        model = keras.models.load_model(path)
        guess = model.predict(digits.images().test_images, verbose=0).argmax(axis=1)
        assert np.array_equal(guess, kept.predictions[1])

    swapped = shutil.copy(kept.path, tmp_path / "swapped.sqlite")
    with sqlite3.connect(swapped) as db:  # the model of another seed, its own digest intact
        db.execute("UPDATE model SET (data, digest) = (SELECT data, digest FROM model "
                   "WHERE seed = 0) WHERE seed = 1")  # fmt: skip
        seal.sign(db)
    db.close()
    with pytest.raises(Refusal, match="do not fit the digest"):
        va.save_model(swapped, 1, tmp_path / "swapped.keras", quiet=True)
    assert not (tmp_path / "swapped.keras").exists()
