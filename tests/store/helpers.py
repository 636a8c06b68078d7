"""Runs and headers for tests of the store."""

from __future__ import annotations

import numpy as np

from variance.experiments.scoring import confusion_matrix
from variance.records import Configuration, Failure, Header, Run, TestSet

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
