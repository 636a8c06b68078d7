import numpy as np
import pandas as pd
import pytest

from variance.errors import VarianceError
from variance.ingest import read

SCORES = pd.DataFrame({"seed": [3, 1, 2], "accuracy": [0.9, 0.91, 0.92], "loss": [0.3, 0.2, 0.1]})
LONG = pd.DataFrame(
    [(s, e, e % 2, (e + (s == 1 and e == 0)) % 2) for s in (0, 1) for e in range(4)],
    columns=["seed", "example", "label", "prediction"],
)
CELLS = pd.DataFrame(
    [(0, "a", "a", 5), (0, "b", "b", 4), (0, "b", "a", 1), (1, "a", "a", 5), (1, "b", "b", 5)],
    columns=["seed", "true", "predicted", "count"],
)


@pytest.fixture
def file(tmp_path):
    """Return a function that writes a table (or text, or arrays) and gives its path."""

    def write(what, suffix=".csv"):
        path = tmp_path / f"runs{suffix}"
        if isinstance(what, str):
            path.write_text(what)
        elif isinstance(what, dict):
            np.savez(path, **what)
        elif suffix == ".parquet":
            what.to_parquet(path)
        elif suffix == ".jsonl":
            what.to_json(path, orient="records", lines=True)
        else:
            what.to_csv(path, index=False)
        return str(path)

    return write


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_scores_are_read_by_seed(file, suffix):
    (found,) = read(file(SCORES, suffix))

    assert [(r.seed, r.metrics["accuracy"], r.metrics["loss"]) for r in found.runs] == [
        (1, 0.91, 0.2), (2, 0.92, 0.1), (3, 0.9, 0.3),
    ]  # fmt: skip


def test_numbers_keep_every_digit(file):
    (found,) = read(
        file("seed,accuracy\n0,0.1000000000000000055511151231257827\n1,0.30000000000000004\n")
    )

    assert [r.metrics["accuracy"] for r in found.runs] == [0.1, 0.30000000000000004]


def test_directions_of_known_metrics_need_no_hint(file):
    (found,) = read(file(SCORES))

    assert found.header.higher_is_better == {"accuracy": True, "loss": False}


def test_direction_of_another_metric_is_taken_from_the_hint(file):
    table = SCORES.rename(columns={"loss": "latency"})
    (found,) = read(file(table), directions={"latency": False})

    assert found.header.higher_is_better["latency"] is False


def test_one_row_a_metric_is_understood(file):
    long = SCORES.melt("seed", var_name="metric", value_name="score")
    (found,) = read(file(long))

    assert found.runs[0].metrics == {"accuracy": 0.91, "loss": 0.2}


def test_rows_of_a_group_are_picked(file):
    table = pd.concat([SCORES.assign(method="a"), SCORES.assign(method="b", accuracy=0.5)])
    (found,) = read(file(table), groups={"method": "b"})

    assert {r.metrics["accuracy"] for r in found.runs} == {0.5}


def test_each_value_of_a_group_becomes_a_sweep(file):
    table = pd.concat([SCORES.assign(method="a"), SCORES.assign(method="b")])

    assert [one.group for one in read(file(table), groups={"method": None})] == ["a", "b"]


def test_columns_may_have_other_names(file):
    table = SCORES.rename(columns={"seed": "id", "accuracy": "acc"})
    (found,) = read(file(table), names={"seed": "id", "accuracy": "acc"})

    assert found.runs[0].metrics["accuracy"] == 0.91


@pytest.mark.parametrize("name", ["accuracy", "seed", "score", "metric"])
def test_mapped_column_takes_the_place_of_one_of_that_name(file, name):
    table = pd.DataFrame({"seed": [1, 2, 3], "accuracy": [0.1, 0.2, 0.3], "score": [1, 2, 3],
                          "metric": [0.4, 0.5, 0.6], "other": [7, 8, 9]})  # fmt: skip
    known = {"score": True, "metric": True, "other": True}
    kept = {m: d for m, d in known.items() if m not in (name, "other")}

    (found,) = read(
        file(table),
        names={name: "other"},
        directions={**kept, **({name: True} if name != "seed" else {})},
    )

    if name == "seed":
        assert [r.seed for r in found.runs] == [7, 8, 9]
    else:
        assert [r.metrics[name] for r in found.runs] == [7, 8, 9]
    assert "other" not in found.runs[0].metrics


def test_two_columns_may_swap_names(file):
    table = pd.DataFrame({"seed": [1, 2], "accuracy": [0.1, 0.2], "f1": [0.3, 0.4]})
    (found,) = read(file(table), names={"accuracy": "f1", "f1": "accuracy"})

    assert found.runs[0].metrics == {"accuracy": 0.3, "f1": 0.1}


def test_one_column_cannot_have_two_names(file):
    with pytest.raises(VarianceError, match="mapped to two names"):
        read(file(SCORES), names={"accuracy": "loss", "f1": "loss"})


@pytest.mark.parametrize(
    "table", [SCORES.drop(columns="seed"), SCORES.rename(columns={"seed": "run"})]
)
def test_rows_and_runs_are_no_seeds(file, table):
    (found,) = read(file(table))

    assert len(found.runs) == 3
    assert not found.header.numbered


def test_what_is_mapped_to_seed_numbers_the_runs(file):
    (found,) = read(file(SCORES.rename(columns={"seed": "run"})), names={"seed": "run"})

    assert [r.seed for r in found.runs] == [1, 2, 3]
    assert found.header.numbered


def test_predictions_of_runs_without_seeds_are_read(file):
    (found,) = read(file(LONG.rename(columns={"seed": "run"})))

    assert len(found.runs) == 2
    assert not found.header.numbered


def test_list_of_objects_is_read(file, tmp_path):
    SCORES.to_json(tmp_path / "runs.json", orient="records", indent=1)
    (found,) = read(str(tmp_path / "runs.json"))

    assert found.runs[0].metrics == {"accuracy": 0.91, "loss": 0.2}


def test_tabs_may_part_the_columns(file):
    (found,) = read(file(SCORES.to_csv(index=False, sep="\t"), ".tsv"))

    assert found.runs[0].metrics == {"accuracy": 0.91, "loss": 0.2}


def test_row_longer_than_the_first_is_not_shifted(file):
    with pytest.raises(VarianceError, match="cannot be read"):
        read(file("seed,accuracy\n0,0.9,0.1\n1,0.8,0.1\n"))


def test_rows_without_a_group_are_not_dropped(file):
    table = pd.concat([SCORES.assign(method="a"), SCORES.assign(method=None)])

    with pytest.raises(VarianceError, match="'method' has rows without a value"):
        read(file(table), groups={"method": None})


def test_names_of_runs_are_no_seeds(file):
    with pytest.raises(VarianceError, match=r"(?s)seed x is not a whole number.*--map run=seed"):
        read(file("seed,accuracy\nx,0.9\ny,0.8\n"))


def test_share_and_percent_in_one_column_are_refused(file):
    with pytest.raises(
        VarianceError, match=r"(?s)0.97 in one run and 98.1 in another.*from 0 to 1"
    ):
        read(file("seed,accuracy\n0,0.98\n1,98.1\n2,0.97\n"))


def test_command_says_that_runs_are_not_paired(cli, file):
    said = cli("import", file(SCORES.drop(columns="seed")), "--name", "t")

    assert "without seeds, so never paired" in said.out


def test_named_runs_are_counted_but_not_numbered(file):
    (found,) = read(file("run,accuracy\nx,0.9\ny,0.8\n"))

    assert [r.seed for r in found.runs] == [0, 1]
    assert not found.header.numbered


def test_predictions_of_a_table_are_aligned_by_example(file):
    (found,) = read(file(LONG.sample(frac=1, random_state=1)))

    assert [r.predictions.tolist() for r in found.runs] == [[0, 1, 0, 1], [1, 1, 0, 1]]
    assert found.runs[0].test_set.labels.tolist() == [0, 1, 0, 1]
    assert found.runs[0].test_set.examples.tolist() == [0, 1, 2, 3]


def test_predictions_of_arrays_are_read(file):
    arrays = {
        "predictions": np.array([[1, 0, 2], [1, 1, 2]]),
        "labels": np.array([1, 0, 2]),
        "seeds": np.array([7, 5]),
        "classes": np.array(["x", "y", "z"]),
    }
    (found,) = read(file(arrays, ".npz"))

    assert [r.seed for r in found.runs] == [5, 7]
    assert found.runs[1].metrics["accuracy"] == 1
    assert found.runs[0].test_set.classes == ("x", "y", "z")
    assert found.runs[0].confusion.tolist() == [[0, 1, 0], [0, 1, 0], [0, 0, 1]]


def test_one_column_a_run_is_understood(file):
    arrays = {"predictions": np.array([[1, 0], [1, 1], [2, 2]]), "labels": np.array([1, 0, 2])}
    (found,) = read(file(arrays, ".npz"))

    assert [r.predictions.tolist() for r in found.runs] == [[1, 1, 2], [0, 1, 2]]


def test_real_numbers_are_regression(file):
    arrays = {"predictions": np.array([[1.0, 2.0], [1.5, 2.0]]), "labels": np.array([1.0, 2.0])}
    (found,) = read(file(arrays, ".npz"))

    assert found.runs[1].metrics["mse"] == 0.125


def test_whole_number_labels_need_not_count_from_zero(file):
    arrays = {"predictions": np.array([[10, 2], [2, 2]]), "labels": np.array([10, 2])}
    (found,) = read(file(arrays, ".npz"))

    assert found.runs[0].test_set.classes == ("2", "10")
    assert found.runs[0].metrics["accuracy"] == 1


def test_confusion_counts_are_read(file):
    (found,) = read(file(CELLS))

    assert found.runs[0].confusion.tolist() == [[5, 0], [1, 4]]
    assert [r.metrics["accuracy"] for r in found.runs] == [0.9, 1.0]
    assert found.runs[0].predictions is None


def test_ids_of_text_are_the_same_in_every_file(file):
    named = LONG.assign(example=["img" + str(e) for e in LONG["example"]])
    (all_four,) = read(file(named))
    (three,) = read(file(named[named["example"] != "img0"]))

    ids = all_four.runs[0].test_set.examples.tolist()
    assert set(three.runs[0].test_set.examples.tolist()) < set(ids)


SHORT = SCORES.melt("seed", var_name="metric", value_name="score")[:-1]
ONES = {"predictions": np.ones((2, 3), int), "labels": np.ones(3, int)}


def without(table, column):
    return table.drop(columns=column)


BAD = [
    ("", ".csv", {}, "is empty"),
    ("seed,accuracy\n", ".csv", {}, "has no rows"),
    ("a,b\n1\n1,2,3,4\n", ".csv", {}, "cannot be read"),
    ("not json", ".jsonl", {}, "cannot be read"),
    ("not arrow", ".parquet", {}, "cannot be read"),
    ("not zip", ".npz", {}, "cannot be read"),
    (without(LONG, "seed"), ".csv", {}, "(?s)no column 'seed' or 'run'.*--map seed="),
    (SCORES[["seed"]], ".csv", {}, "no column of numbers besides 'seed'"),
    (SCORES.assign(seed=[1, 1, 2]), ".csv", {}, "seed 1 is there twice"),
    (SCORES.assign(seed=[1.5, 1, 2]), ".csv", {}, "seed 1.5 is not a whole number"),
    (SCORES.assign(seed=[-1, 1, 2]), ".csv", {}, "not -1"),
    (SCORES.assign(accuracy=[0.9, None, 0.8]), ".csv", {}, "accuracy has nan at position"),
    (SCORES[:1], ".csv", {}, "(?s)holds one run.*variance luck"),
    (SCORES.rename(columns={"loss": "speed"}), ".csv", {}, "(?s)more speed is better is.*--lower"),
    (SCORES, ".csv", {"groups": {"method": "a"}}, "no column 'method'"),
    (SCORES.assign(method="a"), ".csv", {"groups": {"method": "b"}}, "(?s)has no 'b'.*Known: a"),
    (SCORES, ".csv", {"names": {"seed": "id"}}, "no column 'id'"),
    (SCORES, ".csv", {"directions": {"speed": True}}, "no metric 'speed'"),
    (SHORT, ".csv", {}, "(?s)loss of seed 2 is missing.*All runs must have the same"),
    (pd.concat([LONG, LONG[:1]]), ".csv", {}, "prediction of seed 0 for example 0 is there twice"),
    (LONG[:-1], ".csv", {}, "prediction of seed 1 for example 3 is missing"),
    (LONG.assign(label=[0, 1, 0, 1, 1, 1, 0, 1]), ".csv", {}, "example 0 has two labels"),
    (pd.concat([CELLS, CELLS[:1]]), ".csv", {}, "true a, predicted a of seed 0 is there twice"),
    (CELLS.assign(count=[5, 4, 1, 5, 4]), ".csv", {}, "seed 1 has other numbers of examples"),
    (CELLS.assign(count=[-5, 4, 1, 5, 4]), ".csv", {}, "whole numbers, 0 or more"),
    ({"labels": np.arange(3)}, ".npz", {}, "(?s)no array 'predictions'.*--map predictions="),
    ({"predictions": np.zeros((4, 2)), "labels": np.zeros(3)}, ".npz", {}, r"shape \(4, 2\) and"),
    ({"predictions": np.zeros((2, 3)), "labels": np.full(3, np.nan)}, ".npz", {}, "labels has nan"),
    (
        {**ONES, "labels": np.full(3, 9), "classes": np.array(["a", "b"])}, ".npz", {},
        "label 9 is not one of the classes",
    ),
    ({**ONES, "seeds": np.array([1])}, ".npz", {}, "2 runs, but 1 seeds"),
    (ONES, ".npz", {"groups": {"a": None}}, "arrays have no groups"),
]  # fmt: skip


@pytest.mark.parametrize(("what", "suffix", "options", "message"), BAD, ids=[b[3] for b in BAD])
def test_unusable_file_is_refused(file, what, suffix, options, message):
    with pytest.raises(VarianceError, match=message):
        read(file(what, suffix), **options)


def test_missing_file_is_refused():
    with pytest.raises(VarianceError, match="no file at nowhere"):
        read("nowhere.csv")


def test_command_stores_each_group(cli, file, home):
    table = pd.concat([SCORES.assign(method="a"), SCORES.assign(method="b")])

    said = cli("import", file(table), "--name", "t", "--group", "method")

    assert said.status == 0
    assert home.names() == ["t-a", "t-b"]


def test_command_replaces_nothing(cli, file, home):
    cli("import", file(SCORES), "--name", "t")

    said = cli("import", file(SCORES), "--name", "t")

    assert said.status == 2
    assert "'t' is there already" in said.err


def test_bad_file_leaves_nothing_behind(cli, file, home):
    assert cli("import", file(SCORES[:1]), "--name", "t").status == 2
    assert home.names() == []


def test_imported_sweep_cannot_be_trained_further(cli, file, experiment):
    cli("import", file(SCORES), "--name", "baseline")

    said = cli("sweep", experiment('return {"accuracy": 1.0}'), "--seeds", "2")

    assert said.status == 2
    assert "was imported" in said.err


def test_stored_import_is_what_was_read(cli, file, home):
    from variance.store import SweepReader

    cli("import", file(LONG), "--name", "t")
    with SweepReader(home.path("t")) as reader:
        runs = reader.read("t")

    assert runs.predictions.tolist() == [[0, 1, 0, 1], [1, 1, 0, 1]]
    assert runs.vary is None


def test_what_was_exported_can_be_imported(cli, experiment, home, tmp_path):
    from variance.store import SweepReader

    toy = experiment('if seed == 2: raise ValueError("no")\nreturn {"accuracy": seed / 10}')
    cli("sweep", toy, "--seeds", "4", "--quiet", "--backend", "inline")
    cli("export", "baseline", "-o", str(tmp_path / "runs.csv"))

    said = cli("import", str(tmp_path / "runs.csv"), "--name", "again")

    assert said.status == 0
    with SweepReader(home.path("again")) as reader:
        again = reader.read("again")
    assert again.seeds.tolist() == [0, 1, 3]
    assert again.scores["accuracy"].tolist() == [0.0, 0.1, 0.3]
    assert [(f.seed, f.error) for f in again.failures] == [(2, "ValueError: no")]
