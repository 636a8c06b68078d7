import csv
import io
import json
import os
import resource
import threading
import tracemalloc
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import variance as va
from tests.engine.test_faults import in_namespace, needs_namespace
from variance import api
from variance.records import Configuration, Header, Run
from variance.store import SweepReader, SweepWriter


@pytest.fixture
def kept(cli, experiment):
    toy = experiment("return [0, 1, seed % 2, 1], [0, 1, 0, 1]", signature="seed, rate=0.5")
    cli("sweep", toy, "--seeds", "4", "--quiet", "--backend", "inline", "--set", "rate=0.25")


def test_list_tells_what_was_trained_and_what_came_of_it(cli, kept):
    lines = cli("list").out.splitlines()

    assert lines[0].split() == [
        "name",
        "experiment",
        "runs",
        "failed",
        "result",
        "changed",
        "settings",
    ]
    assert lines[1].startswith("baseline")
    assert "rate=0.25" in lines[1]


@pytest.mark.parametrize("name", ["a=b", "\x1b[31mred", "two\nlines", " space", "-dash", "\udcff"])
def test_list_of_a_file_that_no_sweep_can_be_called(cli, kept, home, name):
    home.path("baseline").with_name(f"{name}.sqlite").write_bytes(b"")

    said = cli("list")

    assert (said.status, len(said.out.splitlines())) == (0, 3)
    assert "a sweep's name cannot" in said.out
    assert "\x1b" not in said.out


def test_list_leaves_out_hidden_files(cli, kept, home):
    home.path("baseline").with_name("._baseline.sqlite").write_bytes(bytes(4096))

    assert len(cli("list").out.splitlines()) == 2


def test_list_tells_changed_settings_where_the_source_is_gone(cli, experiment, tmp_path):
    toy = experiment("return {'accuracy': 0.9}", signature="seed, rate=0.5, size=3")
    cli("sweep", toy, "--seeds", "3", "-q", "--backend", "inline", "--set", "rate=0.25")
    (tmp_path / "toy.py").unlink()

    assert cli("list").out.splitlines()[1].endswith("  rate=0.25")


@pytest.mark.parametrize(
    ("experiment", "settings", "shown"),
    [
        ("elsewhere.py:train", {"rate": 0.5, "size": 3}, "rate=0.5 size=3"),
        ("diabetes", {"features": "9", "model": "ridge"}, "model=ridge"),
    ],
)
def test_list_of_a_file_without_defaults(cli, home, experiment, settings, shown):
    header = Header(experiment, configuration=Configuration(experiment, settings, ("split",)))
    with SweepWriter.create(home.path("old"), header) as writer:
        writer.add([Run(0, {"r2": 0.5})])

    assert cli("list").out.splitlines()[1].endswith(f"  {shown}")


def test_list_of_nothing_tells_how_to_begin(cli):
    said = cli("list")

    assert (said.status, said.out) == (0, "")
    assert "variance sweep" in said.err


def test_list_shows_a_damaged_file_as_such(cli, kept, home):
    home.path("baseline").write_bytes(b"")

    assert "truncated" in cli("list").out


def test_export_gives_exact_numbers(cli, kept, home):
    rows = list(csv.DictReader(io.StringIO(cli("export", "baseline").out)))
    with SweepReader(home.path("baseline")) as reader:
        expected = reader.metrics()["accuracy"].tolist()

    assert [float(row["accuracy"]) for row in rows] == expected


def test_export_of_json_is_json(cli, kept):
    rows = json.loads(cli("export", "baseline", "--format", "json").out)

    assert [row["seed"] for row in rows] == [0, 1, 2, 3]
    assert rows[0]["error"] is None


def test_export_takes_the_format_from_the_files_name(cli, kept, tmp_path):
    cli("export", "baseline", "-o", str(tmp_path / "a.parquet"))

    assert len(pd.read_parquet(tmp_path / "a.parquet")) == 4


@pytest.mark.parametrize(("what", "rows"), [("predictions", 16), ("confusion", 16)])
def test_export_of_predictions_and_confusion(cli, kept, what, rows):
    out = cli("export", "baseline", "--what", what).out

    assert len(out.splitlines()) == rows + 1


def test_export_to_where_nothing_can_be_written_is_refused(cli, kept, tmp_path):
    said = cli("export", "baseline", "-o", str(tmp_path / "no" / "a.csv"))

    assert said.status == 2
    assert "cannot write" in said.err


@pytest.mark.parametrize("options", [(), ("--recipe",), ("--what", "predictions")])
def test_export_replaces_a_file_only_by_force(cli, kept, tmp_path, options):
    target = tmp_path / "a.csv"
    target.write_text("mine")
    said = cli("export", "baseline", *options, "-o", str(target))

    assert said.status == 2
    assert f"{target} is there already" in said.err
    assert "--force" in said.err
    assert target.read_text() == "mine"

    assert cli("export", "baseline", *options, "-o", str(target), "--force").status == 0
    assert target.read_text() != "mine"


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
@pytest.mark.parametrize("what", ["runs", "predictions"])
def test_export_to_a_pipe_leaves_it_a_pipe(cli, kept, tmp_path, form, what):
    pipe, taken = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: taken.append(pipe.read_bytes()))
    reader.start()

    said = cli("export", "baseline", "--what", what, "--format", form, "-o", str(pipe))
    reader.join(10)

    assert (said.status, pipe.is_fifo()) == (0, True)
    assert len(taken[0]) > 100


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_export_that_finds_no_space_leaves_nothing(cli, kept, tmp_path, form):
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))  # as a full disk: no file grows
    try:
        said = cli("export", "baseline", "-o", str(tmp_path / "out" / f"a.{form}"))
        (tmp_path / "out").mkdir()
        full = cli("export", "baseline", "-o", str(tmp_path / "out" / f"a.{form}"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)

    assert (said.status, full.status) == (2, 2)
    assert "there is no folder" in said.err
    assert "cannot write" in full.err
    assert list((tmp_path / "out").iterdir()) == []


def test_export_to_a_reader_that_has_enough_ends_quietly(start, cli, home):
    many = np.arange(20_000) % 2
    made = va.from_predictions(np.tile(many, (20, 1)), many, name="many", seeds=range(20))
    with SweepWriter.create(home.path("many"), made.header) as writer:
        writer.add(made.content.runs)
    process = start("export", "many", "--what", "predictions")
    process.stdout.readline()
    process.stdout.close()

    assert process.wait(20) == 0
    assert process.stderr.read() == ""


def test_memory_of_an_export_does_not_grow_with_the_runs(home):
    labels = np.arange(2_000) % 3
    guess = (labels + 1) % 3
    made = va.from_predictions(np.stack([labels, guess]), labels, name="a", seeds=range(2))
    for name, count in (("few", 3), ("many", 40)):
        with SweepWriter.create(home.path(name), made.header) as writer:
            writer.add([replace(made.content.runs[0], seed=seed) for seed in range(count)])

    def peak(name, form):
        tracemalloc.start()
        with open(os.devnull, "w") as nowhere:  # noqa: PTH123
            api.export_runs(name, nowhere, what="predictions", form=form)
        taken = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return taken

    peak("few", "csv")  # what the first one imports is not counted
    assert peak("many", "csv") < 1.3 * peak("few", "csv")
    assert peak("many", "json") < 1.3 * peak("few", "json")


def test_parquet_needs_a_file(cli, kept):
    assert "-o runs.parquet" in cli("export", "baseline", "--format", "parquet").err


def test_rename_and_rm(cli, kept, home):
    cli("rename", "baseline", "other")
    assert home.names() == ["other"]

    cli("rm", "other")
    assert home.names() == []


def test_rm_of_several_deletes_nothing_if_one_is_missing(cli, kept, home):
    assert cli("rm", "baseline", "nothing").status == 2
    assert home.names() == ["baseline"]


def test_rename_to_a_taken_name_is_refused(cli, kept, home):
    home.path("other").write_bytes(home.path("baseline").read_bytes())

    said = cli("rename", "baseline", "other")

    assert said.status == 2
    assert "is there already" in said.err


def test_copied_file_is_a_sweep(cli, kept, home, tmp_path):
    copy = tmp_path / "copy.sqlite"
    copy.write_bytes(home.path("baseline").read_bytes())

    assert len(cli("export", str(copy)).out.splitlines()) == 5


def test_foreign_file_is_refused(cli, tmp_path):
    (tmp_path / "a.sqlite").write_text("hello" * 100)

    said = cli("show", str(tmp_path / "a.sqlite"))

    assert said.status == 2
    assert "not a sweep file" in said.err


IMPORT_FULL = """
mount -t tmpfs -o size=1500k tmpfs $D
mkdir $D/s
set +e
$V import all.csv --group method --name two --store $D/s; echo "status $?"
find $D/s -type f
"""


@needs_namespace
def test_a_disk_that_fills_up_during_an_import_keeps_nothing(tmp_path):
    rows = np.random.default_rng(0).normal(size=(2, 20, 6000)).round(3)  # 1 MB each, stored
    tables = [
        pd.DataFrame(
            {"seed": np.repeat(range(20), 6000), "example": np.tile(range(6000), 20),
             "label": np.tile(np.arange(6000) / 2, 20), "prediction": one.ravel(), "method": name}
        )
        for name, one in zip("ab", rows, strict=True)
    ]  # fmt: skip
    pd.concat(tables).to_csv(tmp_path / "all.csv", index=False)
    said = in_namespace(IMPORT_FULL, tmp_path)

    assert "no space left" in said.stderr
    assert "Nothing was stored. Free some space" in said.stderr
    assert said.stdout == "status 2\n"


def test_a_bad_last_row_keeps_nothing(cli, tmp_path, home):
    (tmp_path / "a.csv").write_text("seed,accuracy,method\n0,0.5,a\n1,0.6,a\n0,0.5,b\n1,oops,b\n")
    said = cli("import", str(tmp_path / "a.csv"), "--name", "x", "--group", "method")

    assert said.status == 2
    assert home.names() == []


def test_groups_that_would_share_a_name_are_refused(cli, tmp_path, home):
    (tmp_path / "a.csv").write_text(
        "seed,accuracy,m,n\n0,0.5,a b,c\n1,0.6,a b,c\n0,0.5,a,b c\n1,0.6,a,b c\n"
    )
    said = cli("import", str(tmp_path / "a.csv"), "--name", "x", "--group", "m", "--group", "n")

    assert said.status == 2
    assert "two groups would be called 'x-a b c'" in said.err
    assert home.names() == []
