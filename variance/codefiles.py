"""Which files a Python program consists of, and what it imports: read, not run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Program:
    """What a Python file is made of.

    Attributes
    ----------
    files : tuple of Path
        The file itself first, then those beside it that it imports, directly or not, sorted.
    packages : tuple of str
        The names of the packages from elsewhere that any of them imports; sorted.
    """

    files: tuple[Path, ...] = ()
    packages: tuple[str, ...] = ()

    def __add__(self, other: Program) -> Program:
        """Return both as one."""
        return Program(
            tuple(dict.fromkeys(self.files + other.files)),
            tuple(sorted({*self.packages, *other.packages})),
        )


def program(main: Path, root: Path | None = None) -> Program:
    """Return what a Python file is made of.

    Imports within functions count; names that are put together while it runs are not found. A file
    that is no Python counts as one without imports.

    Parameters
    ----------
    main : Path
        The file.
    root : Path, optional
        Where Python looks first for what it imports: the file's folder by default.
    """
    main = main.resolve()
    root = main.parent if root is None else root.resolve()
    found, packages, waiting = {main}, set(), [main]
    while waiting:
        file = waiting.pop()
        for name in _imports(file, root):
            beside = set(_beside(name, root))
            if not beside:
                packages.add(name.partition(".")[0])
            waiting += beside - found
            found |= beside
    known = packages - sys.stdlib_module_names - {"variance"}
    return Program((main, *sorted(found - {main})), tuple(sorted(known)))


def program_of_module(name: str) -> Program:
    """Return what a loaded module is made of: its file, and what lies in the folder around it."""
    origin = getattr(sys.modules.get(name), "__file__", None)
    if not origin or not origin.endswith(".py"):
        return Program()
    inside = Program(packages=(name.partition(".")[0],)) if "." in name else Program()
    return program(Path(origin)) + inside


def _imports(file: Path, root: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports, relative ones made whole."""
    for node in ast.walk(_tree(file)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if 0 < node.level <= len(file.parents):
                folder = file.parents[node.level - 1]
                inside = folder.relative_to(root).parts if folder.is_relative_to(root) else ()
                base = ".".join([*inside, *([base] if base else [])])
            yield from ([base] if base else [])
            # What is imported from a package may be one of its modules.
            dotted = [f"{base}.{alias.name}".lstrip(".") for alias in node.names]
            yield from (name for name in dotted if any(_beside(name, root)))


def _tree(file: Path) -> ast.AST:
    try:
        return ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _beside(name: str, root: Path) -> Iterator[Path]:
    """Yield the files in a folder that an import runs: a module, and the packages around it."""
    parts = name.split(".")
    for depth in range(1, len(parts) + 1):
        stem = root.joinpath(*parts[:depth])
        for file in (stem / "__init__.py", stem.with_name(f"{stem.name}.py")):
            if file.is_file():
                yield file.resolve()
