"""Imports only look down, those inside functions included."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "variance"

BELOW = {
    "_version": set(),
    "errors": set(),
    "amounts": {"errors"},
    "characters": set(),
    "files": {"errors"},
    "records": {"errors"},
    "recipe_file": {"characters", "records", "errors"},
    "statistics": {"errors"},
    "codefiles": set(),
    "provenance": {"records", "errors"},
    "environment": {"codefiles", "records"},
    "resources": {"amounts", "errors"},
    "descendants": set(),
    "experiments": {"codefiles", "descendants", "records", "errors"},
    "executors": {"amounts", "descendants", "records", "errors"},
    "assembly": {"records"},
    "store": {"amounts", "assembly", "records", "errors"},
    "ingest": {"amounts", "experiments", "characters", "records", "errors"},
    "request": {"experiments", "records", "errors"},
    "engine": {"executors", "store", "experiments", "records", "errors"},
    "analysis": {"statistics", "records", "errors"},
    "wording": {"records"},
    "plots": {"wording", "analysis", "statistics", "records", "errors"},
    "reporting": {
        "wording", "plots", "provenance", "analysis", "statistics", "files",
        "characters", "records", "errors",
    },
    "handle": {
        "assembly", "wording", "plots", "reporting", "analysis", "store", "characters",
        "records", "errors",
    },
    "api": {
        "handle", "reporting", "plots", "analysis", "statistics", "engine", "executors",
        "experiments", "assembly", "ingest", "environment", "codefiles", "provenance",
        "recipe_file", "request", "resources", "store", "files", "amounts",
        "characters", "records", "errors",
    },
    "cli": {
        "api", "assembly", "handle", "wording", "reporting", "analysis", "experiments", "store",
        "files", "characters", "records", "errors",
    },
    "__init__": {"api", "handle", "errors", "plots"},
    "__main__": {"cli"},
}  # fmt: skip
"""What each part may import; itself and the version are always allowed."""

FILES = sorted(PACKAGE.rglob("*.py"))


def part_of(path):
    return path.relative_to(PACKAGE).with_suffix("").parts[0]


def imported(path):
    """Every module a file imports, as dotted names."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are absolute"
            yield node.module
            if node.module == "variance":
                yield from (f"variance.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_look_down(path):
    part = part_of(path)
    ours = {name.split(".")[1] for name in imported(path) if name.startswith("variance.")}

    assert ours - {part, "_version"} <= BELOW[part]


def test_tensorflow_is_imported_to_train_and_to_write_models_only():
    heavy = ("tensorflow", "keras")
    found = {
        path.relative_to(PACKAGE).as_posix()
        for path in FILES
        if any(name.split(".")[0] in heavy for name in imported(path))
    }

    assert found == {"experiments/training.py", "experiments/keras_file.py"}


def test_statistics_know_arrays_only():
    allowed = {"__future__", "numpy", "scipy", "variance"}
    found = {
        name.split(".")[0]
        for path in FILES
        if part_of(path) == "statistics"
        for name in imported(path)
    }

    assert {n for n in found - allowed if n not in __import__("sys").stdlib_module_names} == set()


def test_no_public_name_is_a_modules_name():
    import variance

    modules = {path.stem for path in PACKAGE.glob("*.py")} | {
        path.name for path in PACKAGE.iterdir() if path.is_dir()
    }

    assert set(variance.__all__) & modules == set()


WRITERS = {
    "NamedTemporaryFile", "ParquetWriter", "copy2", "copyfile", "copyfileobj", "copytree",
    "hardlink_to", "mkstemp", "save", "savefig", "savetxt", "savez", "savez_compressed",
    "symlink_to", "to_csv", "to_excel", "to_feather", "to_hdf", "to_parquet", "to_pickle",
    "tofile", "touch", "write_bytes", "write_html", "write_image", "write_table", "write_text",
}  # fmt: skip
"""Functions and methods that write files."""

OF_MODULES = {"copy", "dump", "link", "move", "rename", "replace", "symlink", "truncate"}
"""Functions of `os`, `shutil` and `json` that do; texts and tables have methods of these names."""

MAY_WRITE = {
    "engine.py": "a terminal that was closed, turned away",
    "files.py": "the writer of all that is for people and other programs",
    "store/": "the folder of sweeps: SQLite makes the files safe",
    "experiments/keras_file.py": "Keras writes to paths alone: into a temporary folder",
    "experiments/models.py": "an archive in memory",
    "experiments/process.py": "standard output of the workers, turned away",
    "plots/shown.py": "a picture in memory",
    "provenance/trust.py": "the memory of what was trained here: empty files, named by digests",
    "reporting/page/examples.py": "a picture in memory",
    "reporting/parquet.py": "Arrow, into a file that `variance.files` opened",
    "reporting/svg.py": "a picture in memory",
    "cli/main.py": "standard output, turned away when nobody reads it",
}
"""Who else may write, and why; everybody else uses `variance.files`."""


def writes(path):
    """Yield each call in a file that may write one."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call):
            owner, _, name = ast.unparse(call.func).rpartition(".")
            moves = name in {"rename", "replace"} and len(call.args) == 1 and not call.keywords
            module = name in OF_MODULES and owner in {"os", "shutil", "json", "joblib", "pickle"}
            if owner != "files" and (name in WRITERS or moves or module or opens(call, name)):
                yield f"line {call.lineno}: {owner}.{name}"


def opens(call, name):
    """Tell whether a call is `open` in any form, with a mode or flags that write."""
    if name not in {"open", "fdopen"}:
        return False
    parts = [*call.args, *(word.value for word in call.keywords)]
    modes = [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]
    flags = {node.attr for p in parts for node in ast.walk(p) if isinstance(node, ast.Attribute)}
    return any(set(m) <= set("rwaxbt+") and set(m) & set("wax+") for m in modes) or bool(
        flags & {"O_WRONLY", "O_RDWR", "O_CREAT", "O_APPEND"}
    )


@pytest.mark.parametrize(
    "path",
    [p for p in FILES if not p.relative_to(PACKAGE).as_posix().startswith(tuple(MAY_WRITE))],
    ids=lambda p: str(p.relative_to(PACKAGE)),
)
def test_files_are_written_in_one_place(path):
    assert list(writes(path)) == []


@pytest.mark.parametrize(
    "line",
    [
        "open(p, 'w')", "p.open('x', encoding='utf-8')", "open(p, mode='a')", "p.write_text('')",
        "os.open(p, os.O_WRONLY | os.O_CREAT)", "frame.to_csv(p)", "figure.savefig(p)",
        "fresh.replace(path)", "os.replace(a, b)", "shutil.move(a, b)", "json.dump(a, file)",
        "np.savez(p, a)",
    ],
)  # fmt: skip
def test_a_new_writer_would_be_seen(tmp_path, line):
    (tmp_path / "new.py").write_text(line)

    assert len(list(writes(tmp_path / "new.py"))) == 1
