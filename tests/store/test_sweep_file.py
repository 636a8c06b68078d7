import json
import os
import sqlite3

import numpy as np
import pytest

from tests.store.helpers import HEADER, LABELS, TESTS, failure, run
from variance.errors import (
    StoreBusy,
    StoreDamaged,
    StoreForeign,
    StoreNewer,
    SweepExists,
)
from variance.records import Environment, Run, TestSet
from variance.store import SweepReader, SweepWriter, repair, schema


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.sqlite"


@pytest.fixture
def filled(path):
    with SweepWriter.create(path, HEADER) as writer:
        writer.add_session(Environment({"python": "3"}, "variance sweep", "2026"))
        writer.add([run(seed) for seed in range(40)])
    return path


def test_header_comes_back(filled):
    with SweepReader(filled) as reader:
        assert reader.header() == HEADER


def test_environment_comes_back(filled):
    with SweepReader(filled) as reader:
        assert reader.environments() == [Environment({"python": "3"}, "variance sweep", "2026")]


def test_run_comes_back_bit_for_bit(filled):
    with SweepReader(filled) as reader:
        back = list(reader.runs())[7]
    expected = run(7)

    assert back.metrics == expected.metrics
    assert back.predictions.tobytes() == expected.predictions.tobytes()
    assert back.confusion.tolist() == expected.confusion.tolist()
    assert back.test_set.digest == TESTS.digest
    assert (back.seed, back.seconds, back.started) == (7, 1.5, expected.started)
    assert (back.weights_digest, back.sources) == (expected.weights_digest, {"init": 7})


def test_runs_are_in_order_of_seed_whatever_the_order_of_arrival(path):
    with SweepWriter.create(path, HEADER) as writer:
        for seed in (5, 1, 3):
            writer.add([run(seed)])
    with SweepReader(path) as reader:
        assert reader.read("a").seeds.tolist() == [1, 3, 5]


def test_arrays_have_the_shapes_of_runs_examples_and_classes(filled):
    with SweepReader(filled) as reader:
        runs = reader.read("a")

    assert runs.predictions.shape == (40, 500)
    assert runs.labels.tolist() == LABELS.tolist()
    assert runs.confusion.shape == (40, 10, 10)
    assert (runs.kind, runs.redrawn, runs.train_size) == ("classification", False, 1000)


def test_redrawn_test_sets_are_kept_run_by_run(path):
    tests = [TestSet(LABELS[i:][:100], TESTS.classes, np.arange(i, i + 100)) for i in range(3)]
    with SweepWriter.create(path, HEADER) as writer:
        writer.add([run(i, t.labels, t) for i, t in enumerate(tests)])
    with SweepReader(path) as reader:
        runs = reader.read("a")

    assert runs.redrawn
    assert runs.labels.tolist() == [t.labels.tolist() for t in tests]
    assert runs.examples[2].tolist() == list(range(2, 102))


def test_failure_comes_back(path):
    with SweepWriter.create(path, HEADER) as writer:
        writer.add([run(0), failure(1)])
    with SweepReader(path) as reader:
        assert reader.failures() == (failure(1),)
        assert reader.seeds() == {0: "finished", 1: "failed"}


def test_run_takes_the_place_of_a_failure(path):
    with SweepWriter.create(path, HEADER) as writer:
        writer.add([failure(1)])
        writer.add([run(1)])
    with SweepReader(path) as reader:
        assert reader.seeds() == {1: "finished"}
        assert reader.failures() == ()


def test_metrics_are_a_table_for_sql(filled):
    db = sqlite3.connect(filled)
    found = db.execute("SELECT value FROM metric WHERE seed = 3 AND name = 'accuracy'").fetchall()
    db.close()

    assert found == [(run(3).metrics["accuracy"],)]


def test_a_prediction_takes_less_than_a_byte_on_disk(path):
    with SweepWriter.create(path, HEADER) as writer:
        writer.add([run(seed) for seed in range(300)])

    assert path.stat().st_size < 300 * 500 * 2


def test_existing_file_is_not_replaced(filled):
    with pytest.raises(SweepExists):
        SweepWriter.create(filled, HEADER)


def test_nothing_but_the_sweep_stays_behind(filled):
    assert list(filled.parent.iterdir()) == [filled]


def test_second_writer_is_refused(filled):
    with SweepWriter.open(filled), pytest.raises(StoreBusy, match="another process"):
        SweepWriter.open(filled)


def test_writer_can_come_after_another(filled):
    SweepWriter.open(filled).close()

    SweepWriter.open(filled).close()


def test_reading_works_while_another_writes(filled):
    with SweepWriter.open(filled) as writer, SweepReader(filled) as reader:
        writer.add([run(100)])
        assert 100 in reader.seeds()


def test_half_written_transaction_leaves_no_run(filled):
    bad = run(50)
    object.__setattr__(bad, "metrics", {"accuracy": object()})
    with SweepWriter.open(filled) as writer, pytest.raises(TypeError):
        writer.add([run(49), bad])
    with SweepReader(filled) as reader:
        assert 49 not in reader.seeds()


def test_test_set_of_a_half_written_transaction_is_stored_with_the_next(path):
    bad = run(1)
    object.__setattr__(bad, "metrics", {"accuracy": object()})
    with SweepWriter.create(path, HEADER) as writer:
        with pytest.raises(TypeError):
            writer.add([run(0), bad])
        writer.add([run(0)])
    with SweepReader(path) as reader:
        assert reader.read("a").labels.tolist() == LABELS.tolist()


def test_reserve_grows_with_the_runs(path):
    labels = np.random.default_rng(0).random(300_000)
    big = Run(0, {"r2": 0.5}, labels, TestSet(labels))
    with SweepWriter.create(path, HEADER) as writer:
        writer.add([big])
        reserve = path.with_name(f".{path.name}.writing").stat()

    assert reserve.st_size >= 8 * labels.nbytes


def test_text_file_is_foreign(path):
    path.write_text("seed,accuracy\n" * 50)

    with pytest.raises(StoreForeign, match="not a sweep file"):
        SweepReader(path)


def test_other_programs_database_is_foreign(path):
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE t (x)")
    db.close()

    with pytest.raises(StoreForeign, match="another program"):
        SweepReader(path)


def test_file_of_a_later_version_is_refused(filled):
    db = sqlite3.connect(filled)
    db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    db.close()

    with pytest.raises(StoreNewer, match="later version"):
        SweepReader(filled)


def test_empty_file_is_damaged(path):
    path.write_bytes(b"")

    with pytest.raises(StoreDamaged, match="truncated"):
        SweepReader(path)


def test_truncated_file_is_refused_with_the_way_on(filled):
    os.truncate(filled, filled.stat().st_size - 4096)

    with pytest.raises(StoreDamaged, match=r"(?s)truncated.*same `variance sweep` line again"):
        SweepReader(filled)


def test_writer_refuses_a_corrupted_file(filled):
    with filled.open("r+b") as file:
        file.seek(5 * 4096)
        file.write(b"\xff" * 4096)

    with pytest.raises(StoreDamaged):
        SweepWriter.open(filled)


@pytest.mark.parametrize("pages", [1, 2])
def test_repair_keeps_every_run_that_is_whole(filled, pages):
    size = filled.stat().st_size
    os.truncate(filled, size - 4096 * pages)

    saved = repair(filled)

    with SweepReader(filled) as reader:
        whole = list(reader.runs())
    assert saved.kept.stat().st_size == size - 4096 * pages
    assert len(whole) == saved.runs
    assert saved.runs + len(saved.unreadable) + saved.missing == 40
    assert 40 - 10 * pages <= saved.runs < 40  # a page holds at most 10 of these runs
    assert all(r.predictions.tobytes() == run(r.seed).predictions.tobytes() for r in whole)


def test_repair_of_a_file_without_a_readable_header_leaves_it_alone(filled):
    os.truncate(filled, 1000)

    with pytest.raises(StoreDamaged, match="nothing can be saved"):
        repair(filled)

    assert filled.stat().st_size == 1000


def test_older_schema_is_migrated_on_reading(filled, monkeypatch):
    later = (*schema.MIGRATIONS, "ALTER TABLE run ADD COLUMN device TEXT DEFAULT 'cpu'")
    monkeypatch.setattr(schema, "VERSION", len(later))
    monkeypatch.setattr(schema, "MIGRATIONS", later)
    before = filled.read_bytes()

    with SweepReader(filled) as reader:
        assert len(reader.read("a")) == 40

    assert filled.read_bytes() == before


def test_older_schema_is_migrated_in_the_file_on_writing(filled, monkeypatch):
    later = (*schema.MIGRATIONS, "ALTER TABLE run ADD COLUMN device TEXT DEFAULT 'cpu'")
    monkeypatch.setattr(schema, "VERSION", len(later))
    monkeypatch.setattr(schema, "MIGRATIONS", later)

    with SweepWriter.open(filled):
        pass

    db = sqlite3.connect(filled)
    assert db.execute("SELECT DISTINCT device FROM run").fetchall() == [("cpu",)]
    db.close()


def test_values_of_the_header_are_json(filled):
    db = sqlite3.connect(filled)
    values = dict(db.execute("SELECT key, value FROM sweep"))
    db.close()

    assert json.loads(values["configuration"])["settings"] == {"lr": 0.1}
