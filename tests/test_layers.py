"""Imports only look down, those inside functions included."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "variance"

BELOW = {
    "_version": set(),
    "errors": set(),
    "records": {"errors"},
    "recipe_file": {"records", "errors"},
    "statistics": {"errors"},
    "codefiles": set(),
    "provenance": {"records", "errors"},
    "environment": {"codefiles", "records"},
    "resources": {"errors"},
    "descendants": set(),
    "experiments": {"codefiles", "descendants", "records", "errors"},
    "executors": {"descendants", "records", "errors"},
    "assembly": {"records"},
    "store": {"assembly", "records", "errors"},
    "ingest": {"experiments", "records", "errors"},
    "request": {"experiments", "records", "errors"},
    "engine": {"executors", "store", "experiments", "records", "errors"},
    "analysis": {"statistics", "records", "errors"},
    "wording": {"records"},
    "plots": {"wording", "analysis", "statistics", "records", "errors"},
    "reporting": {
        "wording", "plots", "provenance", "analysis", "statistics", "records", "errors",
    },
    "handle": {
        "assembly", "wording", "plots", "reporting", "analysis", "store", "records", "errors",
    },
    "api": {
        "handle", "reporting", "plots", "analysis", "statistics", "engine", "executors",
        "experiments", "assembly", "ingest", "environment", "codefiles", "provenance",
        "recipe_file", "request", "resources", "store", "records", "errors",
    },
    "cli": {
        "api", "assembly", "handle", "wording", "reporting", "analysis", "experiments", "store",
        "records", "errors",
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
