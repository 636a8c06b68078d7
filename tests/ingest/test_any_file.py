"""Whatever a file holds, it is read or refused by an error of ours; never anything else."""

import importlib.util
import json
import math
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from variance.analysis.costs import Costs
from variance.errors import VarianceError
from variance.ingest import from_predictions, from_scores, read

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz.py"
NAMES = st.sampled_from(
    ["seed", "run", "accuracy", "loss", "metric", "score", "example", "label", "prediction",
     "true", "predicted", "count", "status", "error", "group", "", "f1"]
)  # fmt: skip
CELLS = st.one_of(
    st.integers(0, 3),
    st.sampled_from([0.5, -1, 2**63, 10**25, 1e308, "", "a", "failed", "accuracy", "nan", True]),
    st.text(st.characters(codec="utf-8"), max_size=4),
)
few = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@st.composite
def tables(draw):
    """Return rows of cells under some of the names that mean something."""
    names = draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))
    rows = st.lists(CELLS, min_size=len(names), max_size=len(names))
    return pd.DataFrame(draw(st.lists(rows, max_size=6)), columns=names)


def read_or_refused(path, **options):
    """Read a file; what is read must be usable."""
    try:
        found = read(str(path), **options)
    except VarianceError:
        return []
    for sweep in found:
        assert len(sweep.runs) >= 2
        assert len({run.seed for run in sweep.runs}) == len(sweep.runs)
        assert all(math.isfinite(v) for run in sweep.runs for v in run.metrics.values())
    return found


@few
@given(tables())
def test_any_table(tmp_path, table):
    table.to_csv(tmp_path / "t.csv", index=False)
    read_or_refused(tmp_path / "t.csv")
    read_or_refused(tmp_path / "t.csv", groups={"group": None})

    rows = [json.dumps(row, default=str) for row in table.astype(object).to_dict("records")]
    (tmp_path / "t.jsonl").write_text("\n".join(rows), encoding="utf-8")
    read_or_refused(tmp_path / "t.jsonl")


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".jsonl", ".parquet", ".npz"])
@few
@given(st.binary(max_size=200))
def test_any_bytes(tmp_path, suffix, data):
    (tmp_path / f"t{suffix}").write_bytes(data)

    read_or_refused(tmp_path / f"t{suffix}")


@st.composite
def predicted(draw):
    """Return arrays under the names of an archive, of all types and shapes."""
    kinds = st.sampled_from(["u1", "i8", "f8", "f2", "?", "U2", "S2", "c8", "M8[s]", "u8"])
    shapes = arrays.array_shapes(min_dims=0, max_dims=2, min_side=0, max_side=3)
    some = arrays.arrays(draw(kinds), draw(shapes))
    names = ["seeds", "classes", "examples", "groups"]
    more = draw(st.lists(st.sampled_from(names), unique=True))
    shape = draw(st.tuples(st.integers(0, 3), st.integers(0, 3)))
    found = arrays.arrays(draw(kinds), shape)
    labels = arrays.arrays(draw(kinds), shape[1])
    return {"predictions": draw(found), "labels": draw(labels), **{n: draw(some) for n in more}}


@few
@given(predicted())
def test_any_archive(tmp_path, members):
    np.savez(tmp_path / "t.npz", **members)

    read_or_refused(tmp_path / "t.npz")


@few
@given(st.dictionaries(NAMES, st.lists(st.one_of(st.floats(), CELLS), max_size=4), max_size=3))
def test_any_scores(scores):
    try:
        found = from_scores(scores, higher_is_better=True)
    except VarianceError:
        return
    assert all(math.isfinite(v) for run in found.runs for v in run.metrics.values())


@few
@given(
    st.lists(st.lists(CELLS, min_size=2, max_size=2), min_size=2, max_size=3),
    st.lists(CELLS, min_size=2, max_size=2),
    st.none() | st.lists(CELLS, max_size=3),
)
def test_any_predictions(predictions, labels, classes):
    try:
        found = from_predictions(predictions, labels, classes=classes)
    except VarianceError:
        return
    assert all(len(run.predictions) == 2 for run in found.runs)


@few
@given(st.text(max_size=60) | st.lists(st.lists(CELLS.map(str), max_size=4)).map(
    lambda rows: "\n".join(",".join(row) for row in rows)))  # fmt: skip
def test_any_costs(text):
    try:
        costs = Costs.parse(text)
    except VarianceError:
        return
    assert len(costs.matrix) == len(costs.classes)


@few
@given(
    arrays.arrays("f8", st.integers(2, 6), elements=st.floats(0, 1)),
    st.lists(st.integers(0, 2**63 - 1), min_size=6, max_size=6, unique=True),
)
def test_what_was_written_is_read(tmp_path, scores, seeds):
    table = pd.DataFrame({"seed": seeds[: len(scores)], "accuracy": scores})
    table.to_csv(tmp_path / "t.csv", index=False)
    table.to_json(tmp_path / "t.jsonl", orient="records", lines=True, double_precision=15)
    table.to_parquet(tmp_path / "t.parquet")

    wanted = sorted(zip(seeds, scores.tolist(), strict=False))
    for suffix in (".csv", ".parquet"):
        (found,) = read_or_refused(tmp_path / f"t{suffix}")
        assert [(run.seed, run.metrics["accuracy"]) for run in found.runs] == wanted
    (found,) = read_or_refused(tmp_path / "t.jsonl")
    assert [run.seed for run in found.runs] == [seed for seed, _ in wanted]


@pytest.fixture(scope="module")
def fuzz():
    spec = importlib.util.spec_from_file_location("fuzz", FUZZ)
    module = importlib.util.module_from_spec(spec)
    sys.modules["fuzz"] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules["fuzz"]


@pytest.mark.parametrize(
    "kind",
    ["csv", "tsv", "jsonl", "parquet", "long", "confusion", "metrics", "npz", "costs"],
)
def test_damaged_file_is_read_or_refused(fuzz, kind, tmp_path):
    path = tmp_path / f"t{fuzz.SUFFIXES[kind]}"
    fuzz.valid(kind, path)
    data = path.read_bytes()
    assert fuzz.judge(kind, path) == ("read", "")
    for case in range(25):
        path.write_bytes(fuzz.damaged(kind, data, fuzz.dice(kind, 1, case)))
        outcome, words = fuzz.judge(kind, path)
        assert outcome in ("read", "refused"), (case, words)


def test_fuzzer_sees_what_is_no_error_of_ours(fuzz, monkeypatch, tmp_path):
    monkeypatch.setattr(fuzz, "read", lambda kind, path: {}["nothing"])

    outcome, words = fuzz.judge("csv", tmp_path / "t.csv")

    assert outcome == "fault"
    assert words.startswith("KeyError at test_any_file.py")


def test_damage_depends_on_kind_seed_and_case_alone(fuzz):
    made = [fuzz.damaged("csv", b"seed,accuracy\n0,1\n" * 9, fuzz.dice("csv", 3, 4)) for _ in "ab"]

    assert made[0] == made[1]
