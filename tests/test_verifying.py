"""Training seeds again: each mismatch is caused for real."""

import json
import shutil
import sqlite3

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import variance as va
from variance.errors import DataError, Refusal, StoreDamaged, SweepNotFound, UsageError
from variance.store import seal
from variance.store.codec import pack, unpack

CLASSIFY = """
draw = np.random.default_rng(seed + extra)
labels = np.arange(400) % 4
predictions = np.where(draw.random(400) < 0.1, (labels + 1) % 4, labels)
return {"predictions": predictions, "labels": labels, "weights": [draw.normal(size=3)]}
"""
QUIET = {"quiet": True, "backend": "inline"}


def write(path, body, signature="seed, extra=0"):
    lines = "\n".join(f"    {line}" for line in body.strip().splitlines())
    path.write_text(f"import numpy as np\n\ndef train({signature}):\n{lines}\n")
    return f"{path}:train"


@pytest.fixture
def swept(tmp_path):
    """Return a function that sweeps the body of a training."""

    def sweep(body=CLASSIFY, seeds=8, signature="seed, extra=0", **options):
        return va.sweep(
            write(tmp_path / "toy.py", body, signature), seeds, name="toy", **QUIET, **options
        )

    return sweep


def verify(sweep, *arguments, **options):
    return va.verify(sweep, *arguments, trust=True, **QUIET, **options)


def edit(sweep, statement, *values, signed=True):
    """Change a file, and sign it as if it had been written so, unless it is to be found out."""
    with sqlite3.connect(sweep.path) as db:
        db.execute(statement, values)
        if signed:
            seal.sign(db)
    db.close()
    return sweep.path


def test_the_same_again_is_identical(swept):
    found = verify(swept())

    assert found.judgement == "identical"
    assert [one.seed for one in found.reruns] == [0, 7]
    assert all(one.same_predictions and one.same_weights for one in found.reruns)


def test_worker_processes_give_the_same(swept):
    assert va.verify(swept(), quiet=True, jobs=2).judgement == "identical"


@pytest.mark.parametrize(
    ("seeds", "chosen"),
    [(1, [0]), (2, [0, 7]), (3, [0, 4, 7]), ("3", [0, 4, 7]), ("3,5", [3, 5]), ([6, 2], [2, 6])],
)
def test_seeds_are_a_number_or_named(swept, seeds, chosen):
    assert [one.seed for one in verify(swept(), seeds).reruns] == chosen


@pytest.mark.parametrize(
    ("seeds", "message"),
    [
        ("3,99", "has no run of seed 99"),
        (9, "8 finished runs, fewer than 9"),
        (0, "at least 1, not 0"),
        ("x", "cannot be read"),
    ],
)
def test_seeds_that_are_not_in_the_sweep_are_refused(swept, seeds, message):
    with pytest.raises(UsageError, match=message):
        verify(swept(), seeds)


def test_the_sweep_is_only_read(swept):
    sweep = swept()
    before, listed = sweep.path.read_bytes(), sorted(sweep.path.parent.iterdir())

    verify(sweep)

    assert sweep.path.read_bytes() == before
    assert sorted(sweep.path.parent.iterdir()) == listed


def test_a_file_from_elsewhere_is_verified_with_its_source_where_it_is_now(swept, tmp_path):
    sweep = swept()
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    shutil.move(tmp_path / "toy.py", elsewhere / "moved.py")
    brought = shutil.copy(sweep.path, elsewhere / "brought.sqlite")

    with pytest.raises(UsageError, match="not to be found") as gone:
        verify(brought)
    assert "--experiment" in gone.value.hint

    found = verify(brought, experiment=f"{elsewhere / 'moved.py'}:train")
    assert (found.name, found.judgement) == ("brought", "identical")


def test_changed_source_is_said_first_and_explains_the_difference(swept, tmp_path, capfd):
    sweep = swept()
    write(tmp_path / "toy.py", CLASSIFY.replace("seed + extra", "seed + extra + 1000"))

    found = va.verify(sweep, backend="inline", trust=True)

    assert "The code of the experiment changed since" in found.warnings[0]
    assert found.warnings[0] in capfd.readouterr().err
    assert found.judgement == "within"
    assert found.causes[0].what == "code"


def test_a_worse_source_is_beyond(swept, tmp_path):
    sweep = swept()
    write(tmp_path / "toy.py", CLASSIFY.replace("< 0.1", "< 0.5"))

    assert verify(sweep, 1).judgement == "beyond"


def test_changed_source_that_computes_the_same_is_identical(swept, tmp_path):
    sweep = swept()
    write(tmp_path / "toy.py", f"# a comment\n{CLASSIFY}")

    assert verify(sweep).judgement == "identical"


def test_labels_read_from_a_changed_file_are_noticed(swept, tmp_path):
    """A function's data are its own affair: that they changed shows in what it is scored on."""
    labels = tmp_path / "labels.txt"
    np.savetxt(labels, np.arange(400) % 4, fmt="%d")
    sweep = swept(CLASSIFY.replace("np.arange(400) % 4", f"np.loadtxt({str(labels)!r}, int)"))
    np.savetxt(labels, (np.arange(400) + 1) % 4, fmt="%d")

    found = verify(sweep)

    assert any("No digest of the data" in warning for warning in found.warnings)
    assert found.judgement == "beyond"
    assert "other test examples or labels" in found.reruns[0].reason


def test_changed_data_are_refused_before_training(tmp_path):
    draw = np.random.default_rng(0)
    x, y = draw.normal(size=(80, 2)), draw.integers(0, 2, 80)
    model = LogisticRegression()
    sweep = va.sweep(model, 6, data=(x, y), name="fit", **QUIET)

    with pytest.raises(DataError, match="the data are not those that fit was trained on"):
        verify(sweep, experiment=model, data=(x + 1, y))

    assert verify(sweep, experiment=model, data=(x, y)).judgement == "identical"
    moved = verify(sweep, experiment=model, data=(x + [[0, 9]] * draw.normal(size=(80, 1)), y),
                   anyway=True)  # fmt: skip
    assert moved.causes[0].what == "data"


def test_an_estimator_must_be_handed_over(tmp_path):
    sweep = va.sweep(LogisticRegression(), 3, data=(np.eye(30), np.arange(30) % 2), **QUIET)

    with pytest.raises(UsageError, match="not to be found") as unknown:
        verify(sweep)
    assert "experiment=" in unknown.value.hint


def test_another_estimator_is_refused():
    data = (np.eye(30), np.arange(30) % 2)
    sweep = va.sweep(LogisticRegression(), 3, data=data, **QUIET)

    with pytest.raises(UsageError, match="cannot be trained as"):
        verify(sweep, experiment=LogisticRegression(C=2.0), data=data)


def test_a_function_of_a_notebook_is_handed_over():
    def train(seed):
        return {"accuracy": seed / 100}

    sweep = va.sweep(train, 5, **QUIET)

    with pytest.raises(UsageError, match="not to be found"):
        verify(sweep)
    assert verify(sweep, experiment=train).judgement == "identical"


def test_a_command_is_verified(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "job.sh").write_text('echo "{\\"accuracy\\": 0.9$1}"\n')
    sweep = va.sweep("-- sh job.sh {seed}", 6, name="job", **QUIET)

    assert verify(sweep).judgement == "identical"
    (tmp_path / "job.sh").write_text("exit 3\n")
    assert verify(sweep).judgement == "beyond"


def test_numbers_that_the_seed_does_not_fix_are_within_and_unexplained(swept):
    found = verify(swept(CLASSIFY.replace("default_rng(seed + extra)", "default_rng()")))

    assert found.judgement == "within"
    assert found.causes == ()


def test_an_edited_prediction_is_found(swept):
    sweep = swept()
    with sqlite3.connect(sweep.path) as db:
        (packed,) = db.execute("SELECT predictions FROM run WHERE seed = 7").fetchone()
    db.close()
    predictions = unpack(packed).copy()
    predictions[3] = (predictions[3] + 1) % 4
    edited = edit(
        sweep, "UPDATE run SET predictions = ? WHERE seed = 7", pack(predictions), signed=False
    )

    found = verify(edited)

    assert found.judgement == "altered"
    assert [one.judgement for one in found.reruns] == ["identical", "altered"]
    assert [one.changed for one in found.reruns] == [0, 1]
    assert found.reruns[1].altered
    assert any("was changed after it was written" in warning for warning in found.warnings)


def test_an_edit_of_another_seed_is_said(swept):
    edited = edit(swept(), "UPDATE run SET sources = '{}' WHERE seed = 3", signed=False)

    found = verify(edited)

    assert found.judgement == "altered"
    assert [one.judgement for one in found.reruns] == ["identical", "identical"]
    assert "seed 3 does not fit" in found.alerts[0].message


def test_a_run_taken_away_is_said(swept):
    edited = edit(swept(), "DELETE FROM run WHERE seed = 3", signed=False)

    found = verify(edited)

    assert found.judgement == "altered"
    assert "removed" in found.alerts[0].message


def test_an_edited_score_is_found_though_its_digest_was_edited_too(swept):
    sweep = swept('return {"accuracy": 0.9 + seed / 1000}', signature="seed")
    metrics = json.dumps({"accuracy": 0.99})
    edited = edit(sweep, "UPDATE run SET metrics = ? WHERE seed = 0", metrics)

    found = verify(edited)

    assert not found.reruns[0].altered
    assert found.reruns[0].different_scores == ("accuracy",)


def test_another_version_explains_other_bits(swept):
    sweep = swept(CLASSIFY.replace("default_rng(seed + extra)", "default_rng()"))
    with sqlite3.connect(sweep.path) as db:
        (facts,) = db.execute("SELECT environment FROM session").fetchone()
    db.close()
    facts = {**json.loads(facts), "numpy": "1.2.3"}
    edited = edit(sweep, "UPDATE session SET environment = ?", json.dumps(facts))

    found = verify(edited)

    assert (found.causes[0].what, found.causes[0].stored) == ("numpy", "1.2.3")


def test_the_session_in_which_the_seed_was_trained_counts(swept):
    sweep = swept(seeds=6)
    facts = {"numpy": "1.2.3"}
    edit(sweep, "UPDATE session SET environment = ?", json.dumps(facts))
    more = swept(seeds=8)

    assert "numpy" in {cause.what for cause in verify(more, "0,1").causes}
    assert "numpy" not in {cause.what for cause in verify(more, "6,7").causes}


def test_a_run_without_a_session_is_compared_with_all(swept):
    edited = edit(swept(), "UPDATE run SET session = NULL")

    assert verify(edited).judgement == "identical"


def test_another_number_of_threads_is_among_the_causes(swept):
    """The runs were trained with one thread; their file is made to say two."""
    sweep = swept()
    assert va.verify(sweep, quiet=True, jobs=1).causes[0].what == "trained in"  # they were not

    causes = va.verify(swept_with(sweep, threads=2), quiet=True, jobs=1).causes

    assert "OMP_NUM_THREADS" in {cause.what for cause in causes}


def swept_with(sweep, **execution):
    with sqlite3.connect(sweep.path) as db:
        (stored,) = db.execute("SELECT value FROM sweep WHERE key = 'configuration'").fetchone()
    db.close()
    configuration = json.loads(stored)
    configuration["execution"].update(execution)
    return edit(
        sweep,
        "UPDATE sweep SET value = ? WHERE key = 'configuration'",
        json.dumps(configuration),
    )


def test_a_seed_that_failed_fails_again(swept):
    sweep = swept('assert seed != 3, "no"\nreturn {"accuracy": seed / 100}', signature="seed")
    assert len(sweep.failures) == 1

    assert [one.seed for one in verify(sweep, 8 - 1).reruns] == [0, 1, 2, 4, 5, 6, 7]
    found = verify(sweep, "3-4")
    assert found.judgement == "identical"
    assert "fails as it failed then (AssertionError: no)" in found.reruns[0].reason


def test_only_failures_leave_nothing_to_compare(swept):
    sweep = swept('raise ValueError("no")', signature="seed", seeds=2)

    with pytest.raises(Refusal, match="no finished runs"):
        verify(sweep)
    assert verify(sweep, "0-1").judgement == "identical"


def test_held_sources_stay_held(swept):
    sweep = swept(
        'return {"accuracy": (init_seed % 97 + order_seed % 89) / 200}',
        signature="init_seed, order_seed",
        vary="order",
        hold={"init": 3},
    )

    assert verify(sweep).judgement == "identical"


def test_settings_that_the_source_no_longer_takes_are_refused(swept, tmp_path):
    sweep = swept()
    write(tmp_path / "toy.py", CLASSIFY.replace(" + extra", ""), signature="seed")

    with pytest.raises(UsageError, match="cannot be trained as toy was: unknown hyper-parameter"):
        verify(sweep)


def test_a_setting_added_since_is_said(swept, tmp_path):
    sweep = swept()
    write(tmp_path / "toy.py", CLASSIFY, signature="seed, extra=0, more=1")

    assert any("more: absent → 1" in warning for warning in verify(sweep).warnings)


def test_imported_runs_cannot_be_trained_again(tmp_path):
    sweep = va.from_scores({"accuracy": [0.9, 0.91]}, name="theirs")

    with pytest.raises(UsageError, match="imported"):
        verify(sweep)


def test_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(SweepNotFound):
        verify("nothing")


def test_a_truncated_file_is_refused(swept):
    sweep = swept()
    sweep.path.write_bytes(sweep.path.read_bytes()[:5000])

    with pytest.raises(StoreDamaged):
        verify(sweep.path)


@pytest.mark.parametrize("alpha", [0, 1, -1])
def test_alpha_is_checked(swept, alpha):
    with pytest.raises(UsageError, match="alpha"):
        verify(swept(), alpha=alpha)


def test_digests_of_runs_survive_the_store(swept):
    """Otherwise every run would seem to have been altered."""
    found = verify(swept())

    assert not any("changed after" in warning for warning in found.warnings)
    assert not any(one.altered for one in found.reruns)


@pytest.mark.slow
@pytest.mark.tensorflow
def test_digits_with_other_threads_are_told_apart():
    """Two threads add in another order than one; the file is made to say one."""
    large = {"epochs": 1, "batch_size": 256, "filters": 64, "dense": 512}  # worth sharing out
    sweep = va.sweep("digits", 5, name="two", threads=2, quiet=True, **large)
    assert va.verify(sweep, 1, quiet=True).judgement == "identical"

    found = va.verify(swept_with(sweep, threads=1), 1, quiet=True)

    assert found.judgement == "within"
    assert found.reruns[0].same_weights is False
    assert found.causes[0].what in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
