"""The layout of a sweep file, its version, its history and the way from older versions.

History
-------
1
    First release.
2
    Table ``model``: the trained models of runs, where they are kept.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

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

MIGRATIONS: tuple[str, ...] = (_FIRST, _MODELS)
"""The script at index i leads from version i to version i + 1."""

VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """Return the schema version of an open file."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, migrations: Sequence[str] = MIGRATIONS) -> None:
    """Bring an open file to the newest version, in one transaction a step.

    Parameters
    ----------
    connection : sqlite3.Connection
        Open for writing, in no transaction.
    migrations : sequence of str
        The scripts; the one at index i leads from version i to version i + 1.
    """
    for version in range(version_of(connection), len(migrations)):
        connection.executescript(
            f"BEGIN IMMEDIATE; {migrations[version]}; "
            f"PRAGMA application_id = {APPLICATION_ID}; "
            f"PRAGMA user_version = {version + 1}; COMMIT;"
        )
