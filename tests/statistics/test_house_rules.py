"""What holds for the package as a whole."""

import ast
import doctest
import importlib
import pkgutil
import sys
from pathlib import Path

import pytest

import variance.statistics

FOLDER = Path(variance.statistics.__file__).parent
NAMES = sorted(m.name for m in pkgutil.iter_modules([str(FOLDER)]))
FOREIGN = {"numpy", "scipy", "variance"}


def imported(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


@pytest.mark.parametrize("name", NAMES)
def test_examples_in_docstrings_run(name):
    module = importlib.import_module(f"variance.statistics.{name}")
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", NAMES)
def test_imports_arrays_and_errors_only(name):
    for module in imported(FOLDER / f"{name}.py"):
        top = module.split(".")[0]
        assert top in FOREIGN or top in sys.stdlib_module_names
        if top == "variance":
            assert module == "variance.errors" or module.startswith("variance.statistics")


@pytest.mark.parametrize("name", NAMES)
def test_no_global_random_state(name):
    text = (FOLDER / f"{name}.py").read_text(encoding="utf-8")
    for call in ("np.random.seed", "np.random.rand", "RandomState", "default_rng()"):
        assert call not in text


@pytest.mark.parametrize("name", [n for n in NAMES if not n.startswith("_")])
def test_package_docstring_lists_every_module(name):
    assert f"`{name}`" in (variance.statistics.__doc__ or "")
