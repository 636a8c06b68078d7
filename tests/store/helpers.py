"""Runs and headers for tests of the store."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np

from variance.experiments.scoring import confusion_matrix
from variance.records import Configuration, Failure, Header, Run, TestSet
from variance.store import SweepReader, schema, seal

HEADER = Header(
    "toy",
    configuration=Configuration("toy", {"lr": 0.1}, ("init",)),
    fingerprints={"data": "d", "code": "c"},
    metric="accuracy",
    created="2026-01-01T00:00:00+00:00",
)
LABELS = np.random.default_rng(0).integers(0, 10, 500).astype(np.uint8)
TESTS = TestSet(LABELS, tuple("0123456789"), train_size=1000)


def run(seed: int, labels=LABELS, test_set=TESTS) -> Run:
    """Return a run whose predictions are wrong in about one of ten examples."""
    rng = np.random.default_rng(seed)
    wrong = rng.random(labels.size) < 0.1
    predictions = np.where(wrong, rng.integers(0, 10, labels.size), labels).astype(np.uint8)
    return Run(
        seed=seed,
        metrics={"accuracy": float(np.mean(predictions == labels)), "loss": rng.random()},
        predictions=predictions,
        test_set=test_set,
        confusion=confusion_matrix(labels, predictions, 10),
        sources={"init": seed},
        seconds=1.5,
        started="2026-01-01T00:00:00+00:00",
        weights_digest=f"{seed:064x}",
    )


def failure(seed: int) -> Failure:
    return Failure(
        seed, "raised", "ValueError: no", "Traceback …", 0.5, "2026-01-01T00:00:00+00:00"
    )


def edit(path: Path, *statements: str, signed: bool = False) -> None:
    """Change a file behind our back; signed, as a forger would who computes all digests anew."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.text_factory = lambda data: data.decode("utf-8", "surrogateescape")
        db.execute("BEGIN")
        for statement in statements:
            db.execute(statement)
        if signed:
            seal.sign(db)
        db.execute("COMMIT")


def as_version(path: Path, version: int) -> Path:
    """Put a file as an earlier version wrote it in the place of one of the present version."""
    with SweepReader(path) as reader:
        digests = {one.seed: seal.run_digest(one) for one in reader.runs()}
    old = path.with_suffix(".old")
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        schema.migrate(db, schema.MIGRATIONS[:version])
        db.execute("ATTACH ? AS new", (str(path),))
        for (table,) in db.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        ).fetchall():
            names = ", ".join(row[1] for row in db.execute(f"PRAGMA main.table_info({table})"))
            db.execute(f"INSERT INTO main.{table} ({names}) SELECT {names} FROM new.{table}")
        db.executemany(
            "UPDATE run SET digest = ? WHERE seed = ?", [(d, seed) for seed, d in digests.items()]
        )
    return old.replace(path)
