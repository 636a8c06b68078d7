"""What reading takes is bounded by a stated limit, which can be raised."""

import io
import json
import resource
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from variance.errors import DataError, UsageError, VarianceError
from variance.ingest import read
from variance.ingest.limits import Limit

CONFUSION = "seed,true,predicted,count\n"


@pytest.fixture
def csv(tmp_path):
    """Return a function that writes text as a table and gives its path."""

    def write(text, name="runs.csv"):
        (tmp_path / name).write_text(text)
        return str(tmp_path / name)

    return write


def npy(shape, dtype="|u1", body=b""):
    """Return an array file that declares a shape, whatever follows."""
    head = io.BytesIO()
    about = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(head, about)
    return head.getvalue() + body


def archive(path, members, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", packing) as packed:
        for name, data in members.items():
            packed.writestr(f"{name}.npy", data)
    return str(path)


@pytest.fixture
def little_memory():
    """Let this process take no more than 600 MB beyond what it has."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + 600_000_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


def test_confusion_counts_stay_counts(csv, little_memory):
    (found,) = read(csv(CONFUSION + "0,0,1,5000000000\n1,0,1,5000000000\n"))

    assert found.runs[0].confusion.tolist() == [[0, 5_000_000_000], [0, 0]]
    assert found.runs[0].test_set.labels.size == 0


def test_large_counts_are_kept_and_judged(cli, csv, home):
    from variance.store import SweepReader

    for name, wrong in (("a", (7, 9, 10)), ("b", (1, 3, 2))):
        rows = [f"{s},0,{k},{c}\n" for s, w in enumerate(wrong)
                for k, c in ((0, 10**9 - w * 10**6), (1, w * 10**6))]  # fmt: skip
        assert cli("import", csv(CONFUSION + "".join(rows)), "--name", name).status == 0
    with SweepReader(home.path("a")) as reader:
        runs = reader.read("a")

    said = cli("compare", "a", "b", "--format", "json")

    assert runs.test_size == 10**9
    assert json.loads(said.out)["verdict"] == "improved"


def test_many_classes_are_refused_before_their_matrix_is_made(csv, little_memory):
    cells = "".join(f"{s},{k},{k},1\n" for s in (0, 1) for k in range(30_000))

    with pytest.raises(DataError, match=r"(?s)30,000 classes would take about 29 GB.*--limit 29GB"):
        read(csv(CONFUSION + cells))


def test_many_distinct_labels_are_refused_before_their_matrix_is_made(little_memory):
    from variance.ingest import from_predictions

    labels = np.arange(20_000)
    with pytest.raises(DataError, match="20,000 classes would take"):
        from_predictions(np.tile(labels, (2, 1)), labels)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("0,a,a,0\n1,a,a,0\n", "all counts of seed 0 are 0"),
        ("0,a,a,9007199254740993\n1,a,a,9007199254740993\n", "add up to more than"),
        ("0,,a,5\n1,a,a,5\n", "row 1 has no class"),
    ],
)
def test_counts_that_cannot_be_judged_are_refused(csv, rows, message):
    with pytest.raises(DataError, match=message):
        read(csv(CONFUSION + rows))


@pytest.mark.parametrize("seed", [2**63, 2**64, 10**30, 1e300])
def test_seed_that_no_sweep_can_hold_is_refused(csv, seed):
    with pytest.raises(DataError, match="seed"):
        read(csv(f"seed,accuracy\n{seed},0.9\n1,0.8\n"))


def test_largest_seed_is_kept(csv, cli, home):
    assert cli("import", csv(f"seed,accuracy\n{2**63 - 1},0.9\n1,0.8\n"), "--name", "t").status == 0


def test_bomb_is_refused_by_what_it_declares(tmp_path, little_memory):
    shape = (490, 10_000_000)
    path = archive(tmp_path / "a.npz", {"predictions": npy(shape), "labels": npy((10_000_000,))})

    with pytest.raises(DataError, match="shorter than it declares"):
        read(path)


def test_packed_zeros_are_refused_before_they_are_unpacked(tmp_path, little_memory):
    packed = tmp_path / "a.npz"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as members:
        for name, shape in (("predictions", (3, 10**8)), ("labels", (10**8,))):
            with members.open(f"{name}.npy", "w", force_zip64=True) as file:
                file.write(npy(shape))
                for _ in range(int(np.prod(shape)) // 10**7):
                    file.write(bytes(10**7))

    assert packed.stat().st_size < 4_000_000
    with pytest.raises(DataError, match=r"(?s)hold would take about 400 MB.*--limit 400MB"):
        read(str(packed), limit="300MB")


@pytest.mark.parametrize("shape", [(10**12, 0), (0, 0), (0, 10**12), (10**15, 10**15)])
def test_absurd_shapes_are_refused(tmp_path, shape, little_memory):
    path = archive(tmp_path / "a.npz", {"predictions": npy(shape), "labels": npy(shape[1:])})

    with pytest.raises(DataError):
        read(path)


def test_objects_are_never_unpickled(tmp_path):
    class Payload:
        def __reduce__(self):
            return (open, (str(tmp_path / "ran"), "w"))

    np.savez(tmp_path / "a.npz", predictions=np.array([[Payload()]] * 2), labels=np.array([1]))

    with pytest.raises(DataError, match=r"(?s)Python objects, which are not loaded.*Save numbers"):
        read(str(tmp_path / "a.npz"))
    assert not (tmp_path / "ran").exists()


def test_archive_packed_otherwise_is_refused(tmp_path):
    path = archive(tmp_path / "a.npz", {"predictions": npy((1, 1)), "labels": npy((1,))},
                   zipfile.ZIP_BZIP2)  # fmt: skip

    with pytest.raises(DataError, match="packed in an unusual way"):
        read(path)


def test_sparse_grid_is_not_filled(csv, little_memory):
    rows = "".join(f"{i},{i},0,0\n" for i in range(50_000))

    with pytest.raises(DataError, match="is missing"):
        read(csv("seed,example,label,prediction\n" + rows))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("a," * 20_000 + "\n", "runs.csv"),
        ("".join(f'{{"k{i}": 1}}\n' for i in range(11_000)), "runs.jsonl"),
    ],
)
def test_too_many_columns_are_refused(csv, text, name):
    with pytest.raises(DataError, match="more than 10,000 columns"):
        read(csv(text, name))


def test_key_in_every_line_does_not_take_the_square_of_the_file(csv):
    lines = "".join(f'{{"k{i}": 1}}\n' for i in range(9_000))

    with pytest.raises(DataError, match=r"its table would take about 3\.2"):
        read(csv(lines, "runs.jsonl"))


def test_one_long_text_is_not_copied_into_a_million_rows(tmp_path, little_memory):
    import pyarrow as pa
    import pyarrow.parquet as pq

    long = pa.DictionaryArray.from_arrays(pa.array(np.zeros(1_000_000, "i4")), ["x" * 100_000])
    table = pa.table({"name": long, "accuracy": np.linspace(0.1, 0.9, 1_000_000)})
    pq.write_table(table, tmp_path / "a.parquet")

    with pytest.raises(DataError, match="1,000,000 runs would take about 2 GB"):
        read(str(tmp_path / "a.parquet"), limit="1GB")


def test_large_table_is_refused_by_its_size(tmp_path):
    with (tmp_path / "runs.csv").open("wb") as file:
        file.truncate(200_000_000)

    with pytest.raises(DataError, match=r"its table would take about 5 GB"):
        read(str(tmp_path / "runs.csv"))


@pytest.mark.parametrize("name", ["runs.csv.gz", "runs.zip"])
def test_compressed_table_is_to_be_unpacked_first(csv, name):
    with pytest.raises(DataError, match="Unpack it first"):
        read(csv("seed,accuracy\n", name))


def test_file_that_would_become_many_sweeps_is_refused(csv):
    rows = "".join(f"{i % 2},{i // 2},0.5\n" for i in range(2400))

    with pytest.raises(DataError, match="method would make 1,200 sweeps"):
        read(csv("seed,method,accuracy\n" + rows), groups={"method": None})


def test_limit_is_raised_by_option_and_by_environment(csv, cli, monkeypatch):
    path = csv("seed,accuracy\n" + "".join(f"{i},0.{i}\n" for i in range(10, 90)))

    assert "--limit 1MB" in cli("import", path, "--name", "t", "--limit", "1kB").err
    monkeypatch.setenv("VARIANCE_IMPORT_LIMIT", "1kB")
    assert cli("import", path, "--name", "t").status == 2
    assert cli("import", path, "--name", "t", "--limit", "1GB").status == 0


def test_what_is_no_size_is_refused(monkeypatch):
    with pytest.raises(UsageError, match="not 'much'"):
        Limit.of("much")
    monkeypatch.setenv("VARIANCE_IMPORT_LIMIT", "lots")
    with pytest.raises(UsageError, match="VARIANCE_IMPORT_LIMIT is a positive number"):
        Limit.of()


def test_nested_json_is_refused(csv):
    with pytest.raises(VarianceError, match="cannot be read"):
        read(csv('{"accuracy": ' + "[" * 5000 + "]" * 5000 + "}\n", "runs.jsonl"))


def test_table_of_lists_is_refused(tmp_path):
    pd.DataFrame({"seed": [0, 1], "accuracy": [[1], [2]]}).to_parquet(tmp_path / "a.parquet")

    with pytest.raises(DataError, match="lists or records"):
        read(str(tmp_path / "a.parquet"))
