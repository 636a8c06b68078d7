"""What other people's parsers raise on damaged files, as errors of ours."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from variance.errors import DataError, VarianceError


@contextmanager
def parsing(file: Path) -> Iterator[None]:
    """Turn whatever a parser raises inside the block into a DataError that names the file."""
    try:
        yield
    except (VarianceError, ImportError):
        raise
    except MemoryError as error:
        raise DataError(f"{file} cannot be read: it asks for more memory than there is") from error
    except Exception as error:  # damaged bytes make a parser raise anything
        why = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise DataError(f"{file} cannot be read: {why}") from error
