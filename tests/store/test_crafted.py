"""Files made to mislead, and files that chance has changed: refused by name, or read as written."""

import json
import os
import shutil
import sqlite3
import zlib
from contextlib import closing
from dataclasses import fields, replace
from typing import get_args, get_type_hints

import numpy as np
import pytest

from tests.store.helpers import HEADER, as_version, edit, failure, run
from variance.errors import StoreDamaged, StoreError, StoreForeign, StoreTooLarge, UsageError
from variance.records import Configuration, Environment, Execution, Failure, Header, Model
from variance.store import SweepReader, SweepWriter, codec, repair, rows
from variance.store.codec import unpack

HANGING_VIEW = (
    "CREATE VIEW run AS WITH RECURSIVE n(seed) AS "
    "(SELECT 0 UNION ALL SELECT seed + 1 FROM n) SELECT * FROM n"
)
FOREIGN = {
    "a view in the place of a table": (
        ["ALTER TABLE run RENAME TO r", HANGING_VIEW],
        "is not as we make it",
    ),
    "a trigger": (
        ["CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END"],
        "trigger 't' is not ours",
    ),
    "another table": (["CREATE TABLE more (x)"], "table 'more' is not ours"),
    "another index": (["CREATE INDEX i ON run (started)"], "index 'i' is not ours"),
    "a missing table": (["DROP TABLE session"], "table 'session' is missing"),
    "a column more": (["ALTER TABLE run ADD COLUMN x"], "table 'run' is not as we make it"),
    "no version": (["PRAGMA user_version = 0"], "user_version is 0"),
    "a version below all": (["PRAGMA user_version = -1"], "user_version is -1"),
    "the version before": (["PRAGMA user_version = 2"], "is not"),
}
DEEP = "[" * 100_000 + "]" * 100_000


def fact(key, value):
    return f"INSERT OR REPLACE INTO sweep VALUES ('{key}', '{json.dumps(value)}')"


def configured(**changes):
    configuration = HEADER.configuration.as_dict() | changes
    return fact("configuration", {k: v for k, v in configuration.items() if v != "absent"})


WRONG = {
    "an unknown fact": (fact("colour", "red"), "unknown fact 'colour'"),
    "no experiment": ("DELETE FROM sweep WHERE key = 'experiment'", "what was trained"),
    "an experiment that is a number": (fact("experiment", 5), "the experiment of the header"),
    "an origin that there is not": (fact("origin", "found"), "the origin of the header"),
    "fingerprints in a list": (fact("fingerprints", []), "the fingerprints of the header"),
    "directions in words": (fact("higher_is_better", {"a": "up"}), "the higher_is_better"),
    "a configuration in a list": (fact("configuration", []), "the configuration"),
    "an unknown fact of the configuration": (configured(x=1), "unknown fact 'x'"),
    "a configuration without settings": (configured(settings="absent"), "its settings"),
    "settings in settings": (configured(settings={"a": {}}), "the settings"),
    "a source held at a negative seed": (configured(held={"a": -1}), "the held"),
    "sources in one word": (configured(vary="init"), "the vary"),
    "no threads": (configured(execution={"threads": 0}), "the threads"),
    "an unknown way to compute": (configured(execution={"gpu": 1}), "unknown fact 'gpu'"),
    "deep JSON": (f"UPDATE sweep SET value = '{DEEP}' WHERE key = 'note'", "'note'"),
    "a value of bytes": ("UPDATE sweep SET value = x'00' WHERE key = 'note'", "'note'"),
    "bytes that are no text": (
        "UPDATE sweep SET value = CAST(x'22ff22' AS TEXT) WHERE key = 'note'",
        "'note'",
    ),
    "a negative seed": ("UPDATE run SET seed = -1 WHERE seed = 1", "a seed cannot be -1"),
    "scores in a list": ("UPDATE run SET metrics = '[]' WHERE seed = 1", "the metrics"),
    "scores in words": ('UPDATE run SET metrics = \'{"a": "b"}\' WHERE seed = 1', "the metrics"),
    "no scores": ("UPDATE run SET metrics = NULL WHERE seed = 1", "the metrics"),
    "a source without a seed": (
        "UPDATE run SET sources = '{\"init\": 1e400}' WHERE seed = 1",
        "the sources",
    ),
    "a source of a seed too large": (
        f"UPDATE run SET sources = '{{\"init\": {2**63}}}' WHERE seed = 1",
        "the sources",
    ),
    "a duration in words": ("UPDATE run SET seconds = 'long' WHERE seed = 1", "a duration"),
    "predictions in words": ("UPDATE run SET predictions = 'many' WHERE seed = 1", "predictions"),
    "another test set's predictions": (
        f"UPDATE run SET predictions = x'{b'|u1:1:raw'.hex()}0a00' WHERE seed = 1",
        "not as many as the labels",
    ),
    "counts of other classes": (
        f"UPDATE run SET confusion = x'{b'|u1:1,1:raw'.hex()}0a00' WHERE seed = 1",
        "not those of 10 classes",
    ),
    "a test set that is not there": ("UPDATE run SET test_set = 9 WHERE seed = 1", "seed 1"),
    "classes in one word": ("UPDATE test_set SET classes = '\"ab\"'", "the classes"),
    "labels beyond the classes": ("UPDATE test_set SET classes = '[\"a\"]'", "the labels"),
    "an id for one label": (
        f"UPDATE test_set SET examples = x'{b'|u1:1:raw'.hex()}0a00'",
        "the examples",
    ),
    "a training size in words": ("UPDATE test_set SET train_size = 'all'", "a training size"),
    "an environment in a list": ("UPDATE session SET environment = '[1]'", "an environment"),
    "a failure for no reason": (
        "UPDATE run SET reason = 'bored' WHERE seed = 9",
        "the reason of a failure",
    ),
}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    path = tmp_path_factory.mktemp("store") / "a.sqlite"
    with SweepWriter.create(path, HEADER) as writer:
        writer.add_session(Environment({"python": "3"}, "variance sweep", "2026"))
        writer.add([replace(run(0), model=Model("npz", bytes(5000))), run(1), run(2), failure(9)])
    return path


@pytest.fixture
def path(original, tmp_path):
    return shutil.copy(original, tmp_path / "a.sqlite") and tmp_path / "a.sqlite"


def everything(path):
    """All that can be read of a file, as something to compare."""
    with SweepReader(path) as reader:
        runs = [
            replace(
                one,
                predictions=one.predictions.tobytes(),
                confusion=one.confusion.tobytes(),
                test_set=one.test_set.digest,
            )
            for one in reader.runs()
        ]
        rest = (reader.header(), reader.environments(), reader.sessions(), reader.failures())
        try:
            model = reader.model(0)
        except StoreDamaged:
            model = "damaged"
        return runs, rest, model


@pytest.mark.parametrize("how", FOREIGN)
def test_tables_that_are_not_ours_are_refused_by_name(how, path):
    statements, message = FOREIGN[how]
    edit(path, *statements)

    with pytest.raises(StoreForeign, match=r"a\.sqlite is not a sweep file") as refused:
        everything(path)
    assert message in refused.value.message


@pytest.mark.parametrize("how", WRONG)
def test_values_that_cannot_be_are_refused_by_name(how, path):
    statement, message = WRONG[how]
    edit(path, statement, signed=True)

    with pytest.raises(StoreDamaged, match=r"a\.sqlite is damaged") as refused:
        everything(path)
    assert message in refused.value.message
    assert len(refused.value.message) < 400


@pytest.mark.parametrize("how", ["an unknown fact", "deep JSON", "settings in settings"])
def test_they_are_refused_in_files_without_a_seal_too(how, path):
    as_version(path, 2)
    edit(path, WRONG[how][0])

    with pytest.raises(StoreDamaged):
        everything(path)


def test_every_fact_of_a_header_has_its_check():
    assert set(rows._HEADER) == {one.name for one in fields(Header)}
    assert set(rows._EXECUTION) == {one.name for one in fields(Execution)}
    assert set(rows._CONFIGURATION) == {one.name for one in fields(Configuration)}


@pytest.mark.parametrize("reason", get_args(get_type_hints(Failure)["reason"]))
def test_every_reason_to_fail_comes_back(tmp_path, reason):
    path, failed = tmp_path / "a.sqlite", replace(failure(0), reason=reason)
    SweepWriter.create(path, HEADER, [failed]).close()

    with SweepReader(path) as reader:
        assert reader.failures() == (failed,)


def test_list_shows_a_line_for_each_and_goes_on(cli, home, original):
    shutil.copy(original, home.path("good"))
    bad = {**FOREIGN, **{how: ([one], said) for how, (one, said) in WRONG.items()}}
    for number, (statements, _) in enumerate(bad.values()):
        shutil.copy(original, home.path(f"bad{number}"))
        edit(home.path(f"bad{number}"), *statements)
    home.path("empty").write_bytes(b"")
    home.path("text").write_text("seed,accuracy\n" * 20)

    said = cli("list")

    lines = said.out.splitlines()
    assert said.status == 0
    assert len(lines) == len(bad) + 4
    assert sum("toy" in line for line in lines) == 1
    assert sum(line.split()[1] == "?" for line in lines) == len(bad) + 2


def test_a_file_cut_off_anywhere_is_refused(path):
    data = path.read_bytes()
    for size in [*range(110), *range(110, len(data), 97)]:
        os.truncate(path, size)
        with pytest.raises((StoreDamaged, StoreForeign)):
            SweepReader(path)
        path.write_bytes(data)


@pytest.mark.parametrize("version", [2, 3])
def test_a_bit_that_flips_changes_nothing_in_silence(path, version):
    if version < 3:
        as_version(path, version)
    data, before = path.read_bytes(), everything(path)
    rng = np.random.default_rng(version)
    refused = 0
    for place in rng.integers(0, len(data), 200):
        flipped = bytearray(data)
        flipped[place] ^= 1 << int(rng.integers(8))
        path.write_bytes(flipped)
        try:
            after = everything(path)
        except StoreError:
            refused += 1
        else:
            if version == 3:
                assert after[:2] == before[:2], place
                assert after[2] in (before[2], "damaged"), place
            else:
                assert [one.metrics for one in after[0]] == [one.metrics for one in before[0]]
    assert refused > 20


def test_an_edit_names_the_seed(path):
    edit(path, "UPDATE run SET weights_digest = 'x' WHERE seed = 1")

    with pytest.raises(StoreDamaged, match="seed 1 does not fit the digest written with it"):
        SweepReader(path)


def test_an_edited_failure_is_found(path):
    edit(path, "UPDATE run SET error = 'fine' WHERE seed = 9")

    with pytest.raises(StoreDamaged, match="seed 9 does not fit"):
        SweepReader(path)


@pytest.mark.parametrize(
    ("statement", "message"),
    [
        ("DELETE FROM run WHERE seed = 1", "runs were added or removed"),
        ("DELETE FROM session", "were added or removed"),
        ("UPDATE session SET command = 'x'", "the record of where runs were trained"),
        ("UPDATE test_set SET train_size = 7", "the test set does not fit"),
        ("UPDATE sweep SET value = '\"x\"' WHERE key = 'note'", "its header does not fit"),
        ("DELETE FROM seal", "its header does not fit"),
    ],
)
def test_edits_elsewhere_are_named(path, statement, message):
    edit(path, statement)

    with pytest.raises(StoreDamaged, match=message):
        SweepReader(path)


def test_a_run_of_another_sweep_does_not_fit(path, tmp_path):
    other = tmp_path / "b.sqlite"
    with SweepWriter.create(other, replace(HEADER, note="another")) as writer:
        writer.add([run(5)])
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("ATTACH ? AS b", (str(other),))
        db.execute("INSERT INTO run SELECT * FROM b.run")

    with pytest.raises(StoreDamaged, match="seed 5 does not fit"):
        SweepReader(path)


def test_a_file_that_changes_while_it_is_open_is_checked_again(path):
    with SweepReader(path) as reader:
        reader.header()
        edit(path, "UPDATE run SET seconds = 9 WHERE seed = 1")
        with pytest.raises(StoreDamaged, match="seed 1"):
            list(reader.runs())


def test_an_older_file_is_checked_by_the_digests_that_it_has(path):
    as_version(path, 1)
    edit(path, "UPDATE run SET metrics = '{\"accuracy\": 1.0}' WHERE seed = 1")

    with pytest.raises(StoreDamaged, match="seed 1 does not fit"):
        SweepReader(path)


def test_an_altered_run_is_not_signed_by_a_migration(path):
    as_version(path, 2)
    edit(path, "UPDATE run SET metrics = '{\"accuracy\": 1.0}' WHERE seed = 1")
    before = path.read_bytes()

    with pytest.raises(StoreDamaged, match="seed 1"):
        SweepWriter.open(path)
    assert path.read_bytes() == before
    assert repair(path).altered == (1,)


def test_another_journal_mode_is_named(path):
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.close()

    with pytest.raises(StoreForeign, match="journal mode"):
        SweepReader(path)


def test_an_array_that_claims_to_be_large_takes_no_memory():
    head = b"<f8:1000000000000:zlib\n"

    with pytest.raises(StoreTooLarge, match=r"8 TB of memory.*the limit is 512 MB"):
        unpack(head + zlib.compress(bytes(8)))


def test_a_bomb_is_not_unpacked_beyond_what_it_claims():
    bomb = zlib.compress(bytes(50_000_000))

    with pytest.raises(ValueError, match="damaged"):
        unpack(b"|u1:10:zlib\n" + bomb)


def test_the_limit_can_be_raised(path, monkeypatch):
    """The three runs have 500 examples, and counts of ten classes."""
    with SweepReader(path) as reader:
        reader.check_memory()
        monkeypatch.setattr(codec, "limit", lambda: 10_000)
        with pytest.raises(StoreTooLarge, match=r"(?s)reading .*VARIANCE_ARRAY_LIMIT=1MB"):
            reader.check_memory()


@pytest.mark.parametrize(("said", "size"), [("3MB", 3_000_000), ("2gb", 2 * 10**9), ("77", 77)])
def test_a_limit_is_a_size(monkeypatch, said, size):
    monkeypatch.setenv("VARIANCE_ARRAY_LIMIT", said)

    assert codec.limit() == size


def test_a_limit_that_is_no_size_is_refused(monkeypatch):
    monkeypatch.setenv("VARIANCE_ARRAY_LIMIT", "much")

    with pytest.raises(UsageError, match="VARIANCE_ARRAY_LIMIT is a positive number"):
        codec.limit()


def test_many_classes_count_before_counts_are_made(path):
    names = json.dumps([str(n) for n in range(30_000)])
    edit(path, f"UPDATE test_set SET classes = '{names}'", "UPDATE run SET confusion = NULL",
         signed=True)  # fmt: skip

    with SweepReader(path) as reader, pytest.raises(StoreTooLarge, match="22 GB"):
        reader.check_memory()


def test_an_array_larger_than_its_file_says_is_not_read(path):
    blob = b"|u1:500:zlib\n" + zlib.compress(bytes(5_000_000))
    edit(path, f"UPDATE run SET predictions = x'{blob.hex()}' WHERE seed = 1", signed=True)

    with pytest.raises(StoreDamaged, match="seed 1"):
        everything(path)


@pytest.mark.parametrize("version", [2, 3])
def test_repair_of_random_damage_saves_only_what_was_written(path, version):
    if version < 3:
        as_version(path, version)
    data, before = path.read_bytes(), {one.seed: one for one in everything(path)[0]}
    rng = np.random.default_rng(version)
    saved = 0
    for _ in range(60):
        damaged = bytearray(data)
        for place in rng.integers(100, len(data), 12):
            damaged[place] ^= 1 << int(rng.integers(8))
        if rng.random() < 0.3:
            del damaged[int(rng.integers(8192, len(data))) :]
        path.write_bytes(damaged)
        try:
            repair(path)
            runs = everything(path)[0]
        except StoreError:  # the header is lost, or the schema
            continue
        finally:
            path.with_name("a.damaged-1").unlink(missing_ok=True)
        saved += len(runs)
        for one in runs:
            assert (one if version == 3 else one.metrics) == (
                before[one.seed] if version == 3 else before[one.seed].metrics
            )
    assert saved > 0
