"""The notebooks run from nothing, and are stored as they ran."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

FOLDER = Path(__file__).parents[1] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
BYTES = 400_000

PATHS = re.compile(r"(?<![\w.:/<])/(?:home|root|Users|tmp|var|opt|usr|work|mnt|private)/|[A-Z]:\\")
NOISE = re.compile(r"\d (?:s|min) left|Warning|Traceback|0x[0-9a-f]{6}", re.IGNORECASE)

named = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda p: p.stem[0])


def code(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def outputs(path):
    return [output for cell in code(path) for output in cell.outputs]


def texts(output):
    data = output.get("data", {})
    return [output.get("text", ""), data.get("text/plain", ""), data.get("text/html", "")]


def execute(notebook, folder, monkeypatch, **settings):
    """Run a notebook in an empty folder, and return it."""
    for name, value in settings.items():
        monkeypatch.setenv(f"VARIANCE_{name}", value)
    resources = {"metadata": {"path": str(folder)}}
    NotebookClient(notebook, timeout=300, resources=resources).execute()
    return notebook


@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    """Return a folder of sweeps for all notebooks, as their reader has."""
    return str(tmp_path_factory.mktemp("sweeps"))


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    [
        pytest.param(p, id=p.stem[0], marks=[pytest.mark.tensorflow] if p.stem[0] in "12" else [])
        for p in NOTEBOOKS
    ],
)
def test_notebook_runs_from_nothing(path, shared, tmp_path, monkeypatch):
    execute(
        nbformat.read(path, as_version=4),
        tmp_path,
        monkeypatch,
        HOME=shared,
        DATASET="digits",
        SEEDS="3",
        TRIALS="5",
        SETTINGS='{"epochs": 2}',
    )


@pytest.mark.slow
@pytest.mark.mnist
@pytest.mark.tensorflow
@pytest.mark.parametrize("path", NOTEBOOKS[:2], ids=lambda p: p.stem[0])
def test_notebook_runs_on_mnist(path, mnist, shared, tmp_path, monkeypatch):
    assert mnist
    execute(
        nbformat.read(path, as_version=4),
        tmp_path,
        monkeypatch,
        HOME=shared,
        DATASET="mnist",
        SEEDS="3",
        SETTINGS='{"epochs": 1, "train_size": 1000}',
    )


def test_there_are_notebooks():
    assert [path.stem[:1] for path in NOTEBOOKS] == ["1", "2", "3", "4", "5", "6"]


@named
def test_notebook_is_small(path):
    assert path.stat().st_size < BYTES


@named
def test_cells_ran_in_order(path):
    cells = code(path)

    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))


@named
def test_outputs_are_stored_and_none_is_an_error(path):
    kinds = [output.output_type for output in outputs(path)]

    assert len(kinds) > 4
    assert "error" not in kinds
    assert not any(o.get("name") == "stderr" for o in outputs(path))


@named
def test_nothing_of_the_machine_is_stored(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not PATHS.search(cell.source)
        for output in cell.get("outputs", []):
            for text in texts(output):
                assert not PATHS.search(text)
                assert not NOISE.search(text)
        assert "execution" not in cell.metadata


@named
def test_results_are_stored_with_their_text(path):
    shown = [
        o.data for o in outputs(path) if "variance-result" in o.get("data", {}).get("text/html", "")
    ]
    pictures = [o for o in outputs(path) if "image/png" in o.get("data", {})]

    assert pictures
    assert all(data["text/plain"].count("\n") > 2 for data in shown)


def test_bar_leaves_a_line_without_times(shared, tmp_path, monkeypatch):
    cell = nbformat.v4.new_code_cell(
        "import variance as va\n"
        "va.sweep('moons', 3, name='bar', vary='training', epochs=2, backend='inline');"
    )
    done = execute(nbformat.v4.new_notebook(cells=[cell]), tmp_path, monkeypatch, HOME=shared)
    (output,) = done.cells[0].outputs

    assert output.output_type == "display_data"
    assert set(output.data) == {"text/plain"}
    assert re.fullmatch(r"bar: 3/3 runs, accuracy .* \(95 % CI\)", output.data["text/plain"])
