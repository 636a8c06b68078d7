"""The layout of a sweep file, its version, its history and the way from older versions.

History
-------
1
    First release.
2
    Table ``model``: the trained models of runs, where they are kept.
3
    Each row carries its ``record``, the digest of all that it holds, and the table ``seal`` the
    digests of the header and of each table: what was altered, added or removed is found. The
    column ``digest`` of ``run`` is written no more. See `variance.store.seal`.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import cache

from variance.errors import StoreForeign, StoreNewer
from variance.store import seal

APPLICATION_ID = 0x56415249  # "VARI", in the file's header: tells our files from others

_FIRST = """
-- What the sweep is: one row a fact, each value JSON.
CREATE TABLE sweep (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

-- One row each time training was started: where, when and by which command.
CREATE TABLE session (
    id          INTEGER PRIMARY KEY,
    started     TEXT NOT NULL,   -- ISO 8601, UTC
    command     TEXT NOT NULL,
    environment TEXT NOT NULL    -- JSON object: fact -> value
);

-- What the runs were scored on; one row for a fixed test set, one a run where the seed redraws it.
CREATE TABLE test_set (
    id         INTEGER PRIMARY KEY,
    digest     TEXT NOT NULL UNIQUE,
    labels     BLOB NOT NULL,    -- array: class indices, or targets
    examples   BLOB,             -- array: which examples of the data; NULL: all, in order
    groups     BLOB,             -- array: the cluster of each example, where there are clusters
    classes    TEXT NOT NULL,    -- JSON list of names; empty for regression
    train_size INTEGER
);

-- One row a seed. It is there whole or not at all.
CREATE TABLE run (
    seed           INTEGER PRIMARY KEY,
    status         TEXT NOT NULL CHECK (status IN ('finished', 'failed')),
    session        INTEGER REFERENCES session (id),
    started        TEXT NOT NULL,
    seconds        REAL NOT NULL,
    attempts       INTEGER NOT NULL DEFAULT 1,
    sources        TEXT,         -- JSON object: source -> the seed that it followed
    metrics        TEXT,         -- JSON object: name -> value
    test_set       INTEGER REFERENCES test_set (id),
    predictions    BLOB,         -- array (T,): class indices, or predicted values
    confusion      BLOB,         -- array (K, K): rows true class, columns predicted class
    weights_digest TEXT,         -- SHA-256 of the trained weights
    digest         TEXT,         -- SHA-256 of metrics, predictions and test set
    reason         TEXT,         -- of a failure: raised, died, diverged
    error          TEXT,         -- of a failure: one line
    traceback      TEXT
);

-- The scores as a table, for people with an SQL prompt.
CREATE VIEW metric AS
    SELECT run.seed AS seed, each.key AS name, each.value AS value
    FROM run, json_each(run.metrics) AS each WHERE run.status = 'finished';
"""

_MODELS = """
-- The trained models of the runs of which they are kept.
CREATE TABLE model (
    seed   INTEGER PRIMARY KEY REFERENCES run (seed),
    form   TEXT NOT NULL CHECK (form IN ('npz', 'joblib')),
    data   BLOB NOT NULL,        -- a file: the weights in their order, or a pickled estimator
    digest TEXT NOT NULL         -- SHA-256 of data
);
"""

_SEALS = """
-- A row's `record` is the SHA-256 of its table's name, the header's digest and its other columns.
ALTER TABLE session ADD COLUMN record TEXT;
ALTER TABLE test_set ADD COLUMN record TEXT;
ALTER TABLE run ADD COLUMN record TEXT;
ALTER TABLE model ADD COLUMN record TEXT;

-- What the header and the tables session, test_set and run hold in all.
CREATE TABLE seal (
    name  TEXT PRIMARY KEY,
    count INTEGER NOT NULL,      -- rows
    sum   TEXT NOT NULL          -- of their records, modulo 2^256; of the header, its digest
) WITHOUT ROWID;
"""


MIGRATIONS: tuple[str, ...] = (_FIRST, _MODELS, _SEALS)
"""The script at index i leads from version i to version i + 1."""

VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version of an open file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check(connection: sqlite3.Connection, path: object) -> int:
    """Return the version of an open file that has our tables and nothing else.

    Only the list of tables is read: views and triggers of others are never run.

    Raises
    ------
    StoreForeign
        If anything is there that we do not make, or is missing; names it.
    StoreNewer
        If a later version wrote it.
    """
    version = version_of(connection)
    if version > VERSION:
        raise StoreNewer(
            f"{path} was written by a later version: its schema is {version}, "
            f"the newest known here {VERSION}",
            "Upgrade: pip install --upgrade model-variance",
        )
    if version < 1:
        raise StoreForeign(f"{path} is not a sweep file: its user_version is {version}")
    found, ours = _layout(connection), _known_layout(version)
    for name in sorted(found.keys() | ours.keys()):
        if found.get(name) != ours.get(name):
            wrong = "is not ours" if name not in ours else "is missing"
            wrong = "is not as we make it" if name in found and name in ours else wrong
            raise StoreForeign(f"{path} is not a sweep file: in it {name} {wrong}")
    return version


def migrate(connection: sqlite3.Connection, migrations: Sequence[str] | None = None) -> None:
    """Bring an open file to the newest version, in one transaction a step.

    Parameters
    ----------
    connection : sqlite3.Connection
        Open for writing, in no transaction.
    migrations : sequence of str, optional
        The scripts; the one at index i leads from version i to version i + 1.
    """
    steps = MIGRATIONS if migrations is None else migrations
    for version in range(version_of(connection), len(steps)):
        connection.executescript(f"BEGIN IMMEDIATE; {steps[version]}")
        if version + 1 == seal.FIRST_VERSION:
            seal.sign(connection, seal.unfit_rows(connection))
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {version + 1}")
        connection.execute("COMMIT")


def _layout(connection: sqlite3.Connection) -> dict[str, str]:
    """Return what an open file is made of: names and definitions, comments left out."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    return {f"{kind} {name!r}": f"{table}: {_plain(sql)}" for kind, name, table, sql in rows}


def _plain(sql: str | None) -> str:
    return " ".join(re.sub(r"--[^\n]*", "", str(sql or "")).split())


@cache
def _known_layout(version: int) -> dict[str, str]:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        migrate(connection, MIGRATIONS[:version])
        return _layout(connection)
