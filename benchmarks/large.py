"""Large sweeps: reading 1,000 runs x 10,000 predictions, and comparing two of them.

    python benchmarks/large.py [--runs 1000] [--examples 10000]

Reading must take at most 1 s and the file at most 2 bytes a prediction; `compare` of both
sweeps, in a process of its own, at most 15 s and 2 GB. An export of all predictions, likewise,
takes at most 0.25 GB in any form, however many runs there are: `--runs 2000` is 20 million rows.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from variance.experiments.scoring import accuracy, confusion_matrix
from variance.records import Header, Run, TestSet
from variance.store import Home, SweepReader, SweepWriter

COMPARE = """
import resource, sys, time
begin = time.perf_counter()
import variance as va
result = va.compare(*sys.argv[1:3])
str(result)
print(f"{time.perf_counter() - begin:.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}",
      result.verdict, f"{time.process_time():.2f}")
"""


EXPORT = """
import resource, sys, time
begin = time.perf_counter()
import variance as va
va.export_runs(sys.argv[1], sys.argv[2], what="predictions")
print(f"{time.perf_counter() - begin:.2f} {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}",
      f"{time.process_time():.2f}")
"""


def fill(home: Home, name: str, error: float, seed: int, size: tuple[int, int]) -> Path:
    """Store runs whose examples differ in difficulty, as those of a real model do."""
    runs, examples = size
    labels = np.random.default_rng(0).integers(0, 10, examples).astype(np.uint8)
    rng = np.random.default_rng(seed)
    difficulty = rng.beta(0.05, 0.05 / error, examples)
    test = TestSet(labels, tuple("0123456789"), train_size=60_000)
    with SweepWriter.create(home.path(name), Header("synthetic")) as writer:
        for run in range(runs):
            wrong = rng.random(examples) < difficulty
            predictions = np.where(wrong, (labels + 1 + run % 9) % 10, labels).astype(np.uint8)
            score = {"accuracy": accuracy(labels, predictions)}
            confusion = confusion_matrix(labels, predictions, 10)
            writer.add([Run(run, score, predictions, test, confusion)])
    return home.path(name)


def read(path: Path) -> tuple[float, float]:
    """Return the seconds that every run takes to read, and those up to labelled arrays."""
    begin = time.perf_counter()
    with SweepReader(path) as reader:
        count = len(list(reader.runs()))
    bare = time.perf_counter() - begin
    import variance as va

    begin = time.perf_counter()
    assert len(va.load(path).runs) == count  # noqa: S101 - a benchmark of nothing is worth nothing
    return bare, time.perf_counter() - begin


def apart(code: str, *arguments: str) -> list[str]:
    """Run code in a process of its own and return the words that it prints."""
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        check=True, capture_output=True, text=True, env={**os.environ},
    ).stdout.split()  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=1_000)
    parser.add_argument("--examples", type=int, default=10_000)
    asked = parser.parse_args()
    size = (asked.runs, asked.examples)
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        paths = [fill(home, "a", 0.0100, 1, size), fill(home, "b", 0.0085, 2, size)]
        length = paths[0].stat().st_size
        print(f"{asked.runs:,} runs x {asked.examples:,} predictions")
        print(f"file    {length / 1e6:8.1f} MB, {length / (asked.runs * asked.examples):.3f} bytes "
              "a prediction (one byte before compression; at most 2)")  # fmt: skip
        times = [read(paths[0]) for _ in range(3)]
        print(f"read    {min(t[0] for t in times):8.2f} s every run; "
              f"{min(t[1] for t in times):.2f} s as labelled arrays (at most 1)")  # fmt: skip
        wall, memory, verdict, computing = apart(COMPARE, *map(str, paths))
        print(f"compare {float(wall):8.2f} s (at most 15), {computing} s of it computing; "
              f"peak memory {int(memory) / 1e6:.2f} GB (at most 2); {verdict}")  # fmt: skip

        for form in ("csv", "json", "jsonl", "parquet"):
            target = Path(folder) / f"a.{form}"
            wall, memory, computing = apart(EXPORT, str(paths[0]), str(target))
            print(f"export  {float(wall):8.2f} s as {form}, {computing} s of it computing; peak "
                  f"memory {int(memory) / 1e6:.2f} GB (at most 0.25); "
                  f"{target.stat().st_size / 1e6:,.0f} MB")  # fmt: skip
            target.unlink()


if __name__ == "__main__":
    main()
