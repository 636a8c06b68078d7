"""Digests that tell whether data, code and weights are the same as before."""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray


def of_arrays(*arrays: NDArray[Any]) -> str:
    """Return the SHA-256 of arrays: their types, shapes and values, in order."""
    sha = hashlib.sha256()
    for array in arrays:
        sha.update(f"{array.dtype.str}{array.shape}".encode())
        if array.dtype.hasobject:  # its bytes are addresses, new in each process
            sha.update(repr(array.tolist()).encode())
        elif array.dtype.kind in "mM":  # times, which NumPy does not lend as a buffer
            sha.update(array.tobytes())
        else:
            sha.update(np.ascontiguousarray(array).data)
    return sha.hexdigest()


def of_modules(*names: str) -> str:
    """Return the SHA-256 of the source files of modules, which are not imported for it."""
    sha = hashlib.sha256()
    for name in names:
        spec = importlib.util.find_spec(name)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(name)
        sha.update(Path(spec.origin).read_bytes())
    return sha.hexdigest()


def of_files(files: Iterable[Path]) -> str:
    """Return the SHA-256 of files, in order."""
    sha = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while part := file.read(1 << 20):
                sha.update(part)
    return sha.hexdigest()


def of_callable(*functions: Callable[..., Any]) -> str:
    """Return the SHA-256 of the source of functions, and of what they call in their own modules.

    Where Python cannot find the source, the bytecode with its constants stands in. What is imported
    and the values of variables around a function do not count.
    """
    parts: list[bytes] = []
    for function in functions:
        main, bound = _unwrapped(function)
        parts += [_text(one) for one in _reached(main)] + bound
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def packages_of(*functions: Callable[..., Any]) -> tuple[str, ...]:
    """Return the names of the packages that functions, and what they call, take anything from."""
    found: set[str] = set()
    for one in (o for function in functions for o in _reached(_unwrapped(function)[0])):
        found.add(str(one.__module__))
        if isinstance(one, FunctionType):
            found |= set(_imported(one.__code__))
            named = (one.__globals__.get(name) for name in _names(one.__code__))
            found |= {
                value.__name__ if isinstance(value, ModuleType) else str(value.__module__)
                for value in named
                if isinstance(value, ModuleType) or hasattr(value, "__module__")
            }
    tops = {name.partition(".")[0] for name in found}
    return tuple(sorted(tops - sys.stdlib_module_names - {"variance", "__main__", "None"}))


def _imported(code: CodeType) -> Iterator[str]:
    """Yield what a function imports when it runs."""
    yield from (i.argval for i in dis.get_instructions(code) if i.opname == "IMPORT_NAME")
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _imported(constant)


def _unwrapped(function: Any) -> tuple[Any, list[bytes]]:
    """Return the function behind a partial or an object, and the arguments that are bound to it."""
    bound = []
    while isinstance(function, functools.partial):
        given = [*enumerate(function.args), *sorted(function.keywords.items())]
        bound.append(repr([(name, _value(value)) for name, value in given]).encode())
        function = function.func
    function = inspect.unwrap(function)
    if not isinstance(function, (FunctionType, type)):
        function = getattr(function, "__func__", None) or type(function)
    return function, bound


def _value(value: Any) -> str:
    """Return a value as text that is the same in each process."""
    if isinstance(value, frozenset):
        return repr(sorted(map(repr, value)))
    plain = (bool, int, float, complex, str, bytes, tuple, type(None), type(...))
    return repr(value) if isinstance(value, plain) else type(value).__name__


def _reached(main: Any) -> list[Any]:
    """Return a function and the functions and classes of its module that it needs, main first."""
    found: dict[str, Any] = {}
    waiting = [main]
    while waiting:
        one = waiting.pop()
        key = f"{one.__qualname__} {getattr(one, '__code__', None) is None}"
        if key not in found:
            found[key] = one
            waiting += [o for o in _needed(one) if o.__module__ == main.__module__]
    first = next(iter(found))
    return [found[key] for key in (first, *sorted(found.keys() - {first}))]


def _needed(one: Any) -> Iterator[Any]:
    """Yield the functions and classes that a function names, or that make up a class."""
    if isinstance(one, type):
        yield from (v for v in vars(one).values() if isinstance(v, FunctionType))
        yield from one.__bases__
        return
    around = dict(one.__globals__)
    for name, cell in zip(one.__code__.co_freevars, one.__closure__ or (), strict=True):
        try:
            around[name] = cell.cell_contents
        except ValueError:  # not filled yet
            continue
    for name in _names(one.__code__):
        value = around.get(name)
        if isinstance(value, (FunctionType, type)):
            inner = inspect.unwrap(value)
            yield inner if isinstance(inner, FunctionType) else value


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    yield from code.co_freevars
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _text(one: Any) -> bytes:
    try:
        return inspect.getsource(one).encode()
    except (OSError, TypeError):
        return _bytecode(one.__code__) if isinstance(one, FunctionType) else b""


def _bytecode(code: CodeType) -> bytes:
    parts = [code.co_code, repr(code.co_names).encode()]
    for constant in code.co_consts:
        inner = isinstance(constant, CodeType)
        parts.append(_bytecode(constant) if inner else _value(constant).encode())
    return b"\0".join(parts)
