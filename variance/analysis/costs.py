"""What each kind of mistake costs."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from variance.analysis.metrics import Floats
from variance.errors import DataError, UsageError, nearest
from variance.statistics import classes as per_class


@dataclass(frozen=True)
class Costs:
    """A cost for every pair of true and predicted class.

    Attributes
    ----------
    classes : tuple of str
        Names of the K classes.
    matrix : tuple of tuple of float, K x K
        Row: true class, column: predicted class; finite, none negative.
    """

    classes: tuple[str, ...]
    matrix: tuple[tuple[float, ...], ...]

    def __post_init__(self) -> None:
        """Check names, shape and values."""
        k = len(self.classes)
        if len(set(self.classes)) < k:
            raise DataError(f"a class is named twice: {', '.join(self.classes)}")
        if len(self.matrix) != k or any(len(row) != k for row in self.matrix):
            raise DataError(f"{k} classes need {k} x {k} costs")
        per_class.cost_matrix(self.matrix)

    @classmethod
    def parse(cls, text: str) -> Costs:
        """Read a CSV: a header of class names, then one row a true class, its name first.

        Parameters
        ----------
        text : str
            Contents of the file.

        Raises
        ------
        DataError
            If the shape is wrong, a name is missing or doubled, or an entry is no number.
        """
        try:
            rows = [row for row in csv.reader(text.splitlines()) if any(c.strip() for c in row)]
        except csv.Error as error:
            raise DataError(f"the costs are no CSV: {error}") from error
        if len(rows) < 2:
            raise DataError(
                "the cost matrix is empty",
                "Give a header with the predicted classes and one row for each true class.",
            )
        columns = [name.strip() for name in rows[0]][1:]
        names = [row[0].strip() for row in rows[1:]]
        for given in (columns, names):
            if len(set(given)) < len(given):
                raise DataError(f"a class is named twice: {', '.join(given)}")
        if sorted(columns) != sorted(names):
            raise DataError(
                f"rows and columns name different classes: {', '.join(names)} "
                f"and {', '.join(columns)}"
            )
        matrix = {
            name: dict(zip(columns, _numbers(name, row[1:], len(columns)), strict=True))
            for name, row in zip(names, rows[1:], strict=True)
        }
        return cls.of(matrix)

    @classmethod
    def of(cls, matrix: Mapping[str, Mapping[str, float]]) -> Costs:
        """Return the costs of ``matrix[true][predicted]``."""
        names = tuple(matrix)
        for true, row in matrix.items():
            if set(row) != set(names):
                raise DataError(f"the costs of {true!r} name other classes than the rows do")
        return cls(names, tuple(tuple(float(matrix[i][j]) for j in names) for i in names))

    def for_classes(self, classes: Sequence[str]) -> Floats:
        """Return the matrix in the order of some classes, shape (K, K).

        Raises
        ------
        UsageError
            If a class has no cost, or a cost no class.
        """
        for name in classes:
            if name not in self.classes:
                raise UsageError(
                    f"the cost matrix has no class {name!r}", nearest(name, self.classes)
                )
        for name in self.classes:
            if name not in classes:
                raise UsageError(
                    f"the cost matrix names the class {name!r}, the runs do not",
                    nearest(name, classes),
                )
        order = [self.classes.index(name) for name in classes]
        return np.array(self.matrix, dtype=np.float64)[np.ix_(order, order)]


def _numbers(name: str, cells: list[str], expected: int) -> list[float]:
    if len(cells) != expected:
        raise DataError(f"the row {name!r} has {len(cells)} costs; {expected} are needed")
    try:
        return [float(cell) for cell in cells]
    except ValueError as error:
        raise DataError(f"a cost in the row {name!r} is not a number: {error}") from error
