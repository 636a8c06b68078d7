"""Kept models in a sweep file, and files from before there were any."""

import sqlite3
from dataclasses import replace

import pytest

from tests.store.helpers import HEADER, as_version, edit, failure, run
from variance.errors import StoreDamaged
from variance.records import Environment, Model
from variance.store import SweepReader, SweepWriter, repair, schema

KEPT = Model("npz", bytes(range(256)) * 40)


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a.sqlite"
    with SweepWriter.create(path, HEADER) as writer:
        writer.add_session(Environment({"numpy": "1"}))
        writer.add([replace(run(0), model=KEPT), run(1)])
        writer.add_session(Environment({"numpy": "2"}))
        writer.add([run(2), failure(3)])
    return path


@pytest.fixture
def first_version(path):
    """Return a file as the first version wrote it."""
    return as_version(path, 1)


def test_a_kept_model_comes_back(path):
    with SweepReader(path) as reader:
        assert (reader.model(0), reader.model(1), reader.model(99)) == (KEPT, None, None)


def test_runs_are_read_without_their_models(path):
    with SweepReader(path) as reader:
        assert [found.model for found in reader.runs()] == [None, None, None]


def test_an_altered_model_is_refused(path):
    edit(path, "UPDATE model SET data = x'00'")

    with SweepReader(path) as reader, pytest.raises(StoreDamaged, match="kept model of seed 0"):
        reader.model(0)


def test_repair_keeps_models(path):
    edit(path, "UPDATE run SET seconds = 9 WHERE seed = 1")

    repair(path)

    with SweepReader(path) as reader:
        assert (sorted(reader.seeds()), reader.model(0)) == ([0, 2, 3], KEPT)


def test_repair_keeps_a_run_whose_model_is_damaged(path):
    edit(path, "UPDATE model SET data = x'00'")

    saved = repair(path)

    assert "the kept model of seed 0" in str(saved)
    with SweepReader(path) as reader:
        assert (sorted(reader.seeds()), reader.model(0)) == ([0, 1, 2, 3], None)


def test_models_in_each_others_place_are_refused(path):
    with SweepWriter.open(path) as writer:
        writer.add([replace(run(7), model=Model("npz", b"other"))])
    edit(
        path,
        "UPDATE model SET seed = 99 WHERE seed = 0",
        "UPDATE model SET seed = 0 WHERE seed = 7",
    )

    with SweepReader(path) as reader, pytest.raises(StoreDamaged, match="kept model of seed 0"):
        reader.model(0)


def test_a_file_of_the_first_version_is_read_as_it_is(first_version):
    before = first_version.read_bytes()

    with SweepReader(first_version) as reader:
        assert len(reader.read("a")) == 3
        assert reader.model(0) is None
    assert first_version.read_bytes() == before


def test_a_file_of_the_first_version_takes_models(first_version):
    with SweepWriter.open(first_version) as writer:
        writer.add([replace(run(7), model=KEPT)])

    with SweepReader(first_version) as reader:
        assert (reader.model(7), len(reader.read("a"))) == (KEPT, 4)
    db = sqlite3.connect(first_version)
    assert schema.version_of(db) == schema.VERSION
    db.close()


def test_each_seed_knows_its_session(path):
    with SweepReader(path) as reader:
        assert reader.sessions() == {0: 0, 1: 0, 2: 1, 3: 1}
