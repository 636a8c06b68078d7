"""What is exported can be imported: the same scores, the same verdicts, in every form."""

import io
import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import variance as va
from variance.handle import Content, Sweep
from variance.records import Failure, Header, Run

FORMS = ("csv", "json", "jsonl", "parquet")
HOSTILE = (
    "=1+1",
    "-2",
    "'",
    "",
    "NA",
    "1.0",
    "007",
    'a,b\n"c"',
    "\x1b[31mred",
    "\u202etfel",
    "\\x1b",
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """Sweeps trained on splits that the seed redraws, two of each experiment."""
    store = tmp_path_factory.mktemp("store")

    def train(experiment, name, **settings):
        return va.sweep(
            experiment, 5, name=name, store=store, quiet=True, backend="inline", **settings
        )

    return {
        "diabetes": (train("diabetes", "d1"), train("diabetes", "d2", features="all")),
        "moons": (train("moons", "m1"), train("moons", "m2", hidden=2)),
    }


def fixed(kind):
    """Two sweeps on one test set."""
    rng = np.random.default_rng(0)
    groups = np.arange(60) // 3
    if kind == "regression":
        labels = rng.normal(size=60)
        guesses = [labels + rng.normal(scale=s, size=(5, 60)) for s in (1.0, 0.2)]
        return tuple(
            va.from_predictions(g, labels, name=f"r{i}", seeds=range(5))
            for i, g in enumerate(guesses)
        )
    labels = rng.integers(0, 11, 60)
    labels[:11] = range(11)  # every class is there
    return tuple(
        va.from_predictions(
            np.where(rng.random((5, 60)) < error, (labels + 1) % 11, labels),
            labels, name=f"c{error}", seeds=range(5), classes=HOSTILE, groups=groups,
            examples=rng.permutation(60) if error == 2 else None,
        )
        for error in (0.3, 0.1)
    )  # fmt: skip


def there_and_back(sweep, what, form, folder, **options):
    path = folder / f"{sweep.name}-{what}.{form}"
    va.export_runs(sweep, path, what=what)
    (made,) = va.import_runs(path, f"{sweep.name}-{form}-{what}", **options)
    return made


def judged(pair):
    found = va.compare(*pair)
    effects = (found.test_set, found.new_data)
    return (
        found.verdict,
        found.scope,
        found.verdicts,
        [e and (e.estimate, e.p_value) for e in effects],
    )


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", ["runs", "predictions"])
def test_diabetes_comes_back(trained, what, form, tmp_path):
    before = trained["diabetes"]
    after = [there_and_back(sweep, what, form, tmp_path) for sweep in before]

    for one, other in zip(before, after, strict=True):
        assert other.runs.metric == "r2"
        assert all(other.scores[m].tolist() == one.scores[m].tolist() for m in ("r2", "mse", "mae"))
    assert judged(after) == judged(before)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("what", ["runs", "predictions", "confusion"])
def test_classes_on_redrawn_splits_come_back(trained, what, form, tmp_path):
    before = trained["moons"]
    after = [there_and_back(sweep, what, form, tmp_path) for sweep in before]

    for one, other in zip(before, after, strict=True):
        assert other.scores["accuracy"].tolist() == one.scores["accuracy"].tolist()
    assert judged(after) == judged(before)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", ["classification", "regression"])
def test_predictions_on_one_test_set_come_back(kind, form, tmp_path):
    before = fixed(kind)
    after = [there_and_back(sweep, "predictions", form, tmp_path) for sweep in before]

    for one, other in zip(before, after, strict=True):
        assert set(other.classes) == set(one.classes)
        assert named(other).tolist() == named(one).tolist()
        assert other.runs.groups is None or other.runs.groups.tolist() == one.runs.groups.tolist()
        assert {m: v.tolist() for m, v in other.scores.items()} == {
            m: v.tolist() for m, v in one.scores.items()
        }
    assert judged(after) == judged(before)


def named(sweep):
    return np.array(sweep.classes)[sweep.predictions] if sweep.classes else sweep.predictions


@pytest.mark.parametrize("form", FORMS)
def test_confusion_comes_back(form, tmp_path):
    before = fixed("classification")[0]
    after = there_and_back(before, "confusion", form, tmp_path)
    order = [after.classes.index(name) for name in before.classes]

    assert (after.confusion[:, order][:, :, order] == before.confusion).all()


def hand_made(**options):
    """A sweep whose runs hold everything that a table of runs can tell."""
    runs = tuple(
        Run(seed, {"loss": 0.1 + seed / 7, "accuracy": 0.9 - seed / 70, "slope": -seed / 3},
            seconds=1 + seed / 3, weights_digest=f"{seed}abc")
        for seed in (2, 3, 5, 8)
    )  # fmt: skip
    failure = Failure(7, "raised", "ValueError: =cmd|' /C calc'!A0 \x1b]0;pwned\x07", seconds=0.5)
    header = Header("toy", metric="accuracy", higher_is_better={"accuracy": True, "loss": False})
    return Sweep("mine", content=Content(replace(header, **options), runs, (failure,)))


@pytest.mark.parametrize("form", FORMS)
def test_all_that_a_table_of_runs_tells_comes_back(form, tmp_path):
    before = hand_made()
    after = there_and_back(before, "runs", form, tmp_path)

    assert [(r.seed, dict(r.metrics), r.seconds, r.weights_digest) for r in after.content.runs] == [
        (r.seed, dict(r.metrics), r.seconds, r.weights_digest) for r in before.content.runs
    ]
    assert [(f.seed, f.error, f.seconds) for f in after.failures] == [
        (f.seed, f.error, f.seconds) for f in before.failures
    ]
    assert after.runs.metric == "accuracy"


@pytest.mark.parametrize("form", FORMS)
def test_metrics_may_be_called_like_our_own_columns(form, tmp_path):
    runs = tuple(Run(s, {"error": s / 10, "seconds": 3.0 + s}, seconds=9.0) for s in range(3))
    header = Header("toy", higher_is_better={"seconds": False})
    before = Sweep("mine", content=Content(header, runs, (Failure(4, "raised", "why"),)))
    after = there_and_back(before, "runs", form, tmp_path, directions={"seconds": False})

    assert [dict(r.metrics) for r in after.content.runs] == [dict(r.metrics) for r in runs]
    assert [f.error for f in after.failures] == ["why"]


def test_a_first_metric_without_a_direction_needs_one(tmp_path):
    runs = tuple(Run(s, {"oomph": s / 10}) for s in range(3))
    before = Sweep("mine", content=Content(Header("toy", higher_is_better={"oomph": True}), runs))

    with pytest.raises(va.VarianceError, match="--higher-is-better oomph"):
        there_and_back(before, "runs", "csv", tmp_path)

    after = there_and_back(before, "runs", "json", tmp_path, directions={"oomph": True})
    assert after.runs.higher_is_better == {"oomph": True}


def test_classes_that_are_numbers_in_one_column_only_come_back(tmp_path):
    labels, guesses = np.array(["1", "2", "1"]), np.array([["1", "2", "cat"], ["1", "1", "1"]])
    before = va.from_predictions(guesses, labels, name="odd", seeds=[0, 1])
    after = there_and_back(before, "predictions", "csv", tmp_path)

    assert named(after).tolist() == guesses.tolist()


@pytest.mark.parametrize(
    "text",
    ["[1, 2]", "[[1]]", '{"seed": [1]}', "[{]", "", "[" * 100_000, '"x"', '[{"seed": {"a": 1}}]'],
)
def test_other_json_is_refused(text, tmp_path, cli):
    (tmp_path / "a.json").write_text(text)
    said = cli("import", str(tmp_path / "a.json"), "--name", "a")

    assert said.status == 2
    assert said.err.startswith("error: ")


class TestTheTableItself:
    def test_every_form_holds_the_same(self, tmp_path):
        sweep = fixed("classification")[0]
        for form in FORMS:
            va.export_runs(sweep, tmp_path / f"a.{form}", what="predictions")
        expected = sweep.to_frame("predictions")

        pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "a.parquet"), expected,
                                      check_dtype=False)  # fmt: skip
        rows = json.loads((tmp_path / "a.json").read_text())
        assert rows == [
            json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()
        ]
        assert rows == expected.to_dict("records")

    def test_a_sweep_without_runs_is_a_table_without_rows(self, tmp_path):
        empty = Sweep("empty", content=Content(Header("toy"), ()))
        for form in FORMS:
            va.export_runs(empty, tmp_path / f"a.{form}")

        assert json.loads((tmp_path / "a.json").read_text()) == []
        assert (tmp_path / "a.csv").read_text() == "seed,status,seconds,weights_digest,error\n"
        assert len(pd.read_parquet(tmp_path / "a.parquet")) == 0

    def test_formulas_are_inert_and_negative_numbers_stay_numbers(self, tmp_path):
        va.export_runs(hand_made(), tmp_path / "a.csv")
        cells = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False).to_numpy().ravel()

        assert "-1.0" in cells
        assert not [c for c in cells if c[:1] in "=+@" and c]

    def test_it_is_the_same_to_standard_output(self, tmp_path):
        out = io.StringIO()
        va.export_runs(hand_made(), out)
        va.export_runs(hand_made(), tmp_path / "a.csv")

        assert out.getvalue() == (tmp_path / "a.csv").read_text()
