"""Rows added to an open sweep file, each with its record."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from variance.errors import UsageError
from variance.records import LARGEST_SEED, Environment, Failure, Header, Run, TestSet
from variance.store import seal
from variance.store.codec import pack, smallest_unsigned

_REMEMBERED = 64


class Entries:
    """Adds rows to one file; the caller holds a transaction.

    Parameters
    ----------
    connection : sqlite3.Connection
        To a file with a header.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._db = connection
        self._header = seal.header_digest(connection)
        self._tests: dict[str, int] = {}

    def forget(self) -> None:
        """Look into the file again: what was added last may have been rolled back."""
        self._tests.clear()

    def session(self, environment: Environment) -> int:
        """Add where runs are trained; return its key."""
        return self._insert_next(
            "session",
            environment.started,
            environment.command,
            json.dumps(dict(environment.facts)),
        )

    def add(self, results: Iterable[Run | Failure], session: int | None) -> None:
        """Add runs; a failure of the same seed is replaced."""
        for result in results:
            if not 0 <= result.seed <= LARGEST_SEED:
                raise UsageError(f"a sweep file holds seeds from 0 to 2^63 - 1, not {result.seed}")
            if isinstance(result, Run):
                self._run(result, session)
            else:
                self._failure(result, session)

    def insert(self, table: str, *row: Any) -> None:
        """Add a row as it is; see `variance.store.seal.insert`."""
        seal.insert(self._db, self._header, table, row)

    def _run(self, run: Run, session: int | None) -> None:
        test = None if run.test_set is None else self._test_set(run.test_set)
        predictions, confusion = run.predictions, run.confusion
        if predictions is not None and predictions.dtype.kind in "ui":
            predictions = smallest_unsigned(predictions)
        self.insert(
            "run",
            int(run.seed),
            "finished",
            session,
            run.started,
            float(run.seconds),
            1,
            json.dumps(dict(run.sources)),
            json.dumps(dict(run.metrics)),
            test,
            None if predictions is None else pack(predictions),
            None if confusion is None else pack(smallest_unsigned(confusion)),
            run.weights_digest,
            *(None, None, None, None),
        )
        self._db.execute("DELETE FROM model WHERE seed = ?", (int(run.seed),))
        if run.model is not None:
            data = run.model.data
            self.insert(
                "model", int(run.seed), run.model.form, hashlib.sha256(data).hexdigest(), data
            )

    def _failure(self, failure: Failure, session: int | None) -> None:
        self.insert(
            "run",
            int(failure.seed),
            "failed",
            session,
            failure.started,
            float(failure.seconds),
            int(failure.attempts),
            *(None, None, None, None, None, None, None),
            failure.reason,
            failure.error,
            failure.traceback,
        )

    def _test_set(self, test: TestSet) -> int:
        """Return the key of a test set, storing it once."""
        if test.digest not in self._tests:
            if len(self._tests) > _REMEMBERED:  # a redrawn split: there is nothing to remember
                self._tests.clear()
            row = self._db.execute(
                "SELECT id FROM test_set WHERE digest = ?", (test.digest,)
            ).fetchone()
            self._tests[test.digest] = row[0] if row else self._insert_test_set(test)
        return self._tests[test.digest]

    def _insert_test_set(self, test: TestSet) -> int:
        ids = [
            None if values is None else pack(smallest_unsigned(values))
            for values in (test.examples, test.groups)
        ]
        return self._insert_next(
            "test_set",
            test.digest,
            pack(test.labels),
            *ids,
            json.dumps(test.classes),
            None if test.train_size is None else int(test.train_size),
        )

    def _insert_next(self, table: str, *row: Any) -> int:
        """Add a row under the next free key, and return that."""
        (last,) = self._db.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()
        self.insert(table, last + 1, *row)
        return int(last) + 1


def insert_header(connection: sqlite3.Connection, header: Header) -> None:
    """Write what the sweep is into a new file, and seal it."""
    facts: dict[str, Any] = asdict(header)
    facts["configuration"] = header.configuration.as_dict() if header.configuration else None
    if header.redrawn_split is None:  # few sweeps have one; the others stay as they always were
        del facts["redrawn_split"]
    connection.executemany(
        "INSERT INTO sweep (key, value) VALUES (?, ?)",
        [(key, json.dumps(value)) for key, value in facts.items()],
    )
    seal.sign(connection)
