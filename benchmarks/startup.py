"""Start-up times: `variance --help`, `import variance`, and a compare of 30 + 30 runs.

    python benchmarks/startup.py [--repeat 7]

Each is a new process; the best of several is printed, beside that of a bare `python -c pass`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from variance.experiments.scoring import accuracy, confusion_matrix
from variance.records import Header, Run, TestSet
from variance.store import Home, SweepWriter

RUNS, EXAMPLES = 30, 10_000


def best(command: list[str], repeat: int) -> float:
    times = []
    for _ in range(repeat):
        begin = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        times.append(time.perf_counter() - begin)
    return min(times)


def fill(home: Home, name: str, error: float, seed: int) -> None:
    """Store runs whose examples differ in difficulty, as those of a real model do."""
    labels = np.random.default_rng(0).integers(0, 10, EXAMPLES).astype(np.uint8)
    rng = np.random.default_rng(seed)
    difficulty = rng.beta(0.05, 0.05 / error, EXAMPLES)
    test = TestSet(labels, tuple("0123456789"), train_size=60_000)
    with SweepWriter.create(home.path(name), Header("synthetic")) as writer:
        for run in range(RUNS):
            wrong = rng.random(EXAMPLES) < difficulty
            predictions = np.where(wrong, (labels + 1) % 10, labels).astype(np.uint8)
            score = {"accuracy": accuracy(labels, predictions)}
            confusion = confusion_matrix(labels, predictions, 10)
            writer.add([Run(run, score, predictions, test, confusion)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeat", type=int, default=7)
    repeat = parser.parse_args().repeat
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        fill(home, "a", 0.0100, 1)
        fill(home, "b", 0.0085, 2)
        variance = [sys.executable, "-m", "variance"]
        for label, command in {
            "python -c pass": [sys.executable, "-c", "pass"],
            "import variance": [sys.executable, "-c", "import variance"],
            "variance --help": [*variance, "--help"],
            f"compare of {RUNS} + {RUNS} x {EXAMPLES:,}": [
                *variance, "compare", "a", "b", "--store", folder,
            ],
        }.items():  # fmt: skip
            print(f"{label:28} {best(command, repeat):.2f} s")


if __name__ == "__main__":
    main()
