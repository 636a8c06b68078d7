"""`variance sweep mnist` against the loop one would write: a process a seed, `model.fit`.

Both train the same recipe on the same data, each as it is by default, start-up included, in turns
on the same machine. TensorFlow's default leaves oneDNN off on processors without AVX-512;
``--onednn`` turns it on for the plain loop too. Also printed: the sweep's floating-point
operations as a share of what the machine's cores multiply matrices with.

    python benchmarks/sweep.py [--seeds 8] [--keras 1] [--rounds 3] [--onednn]
"""

from __future__ import annotations

import argparse
import csv
import io
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import joblib
import sgemm

from variance.experiments import mnist
from variance.experiments.recipe import Conv, Dense

LOOP = str(Path(__file__).with_name("keras_loop.py"))


@dataclass(frozen=True)
class Round:
    """One turn of each: seconds a seed, and the peak of the cores around the sweep."""

    ours: float
    theirs: float
    training: float
    peak: float

    @property
    def ratio(self) -> float:
        """How many times the seeds an hour."""
        return self.theirs / self.ours

    def share(self, seconds: float) -> float:
        """Return the share of the peak at which a seed in so many seconds computes."""
        return operations() / seconds / self.peak


def main() -> None:
    arguments = parse()
    cores = joblib.cpu_count()
    rounds: list[Round] = []
    ours: list[float] = []
    theirs: list[float] = []
    with tempfile.TemporaryDirectory() as store:
        for number in range(arguments.rounds):
            first = number * arguments.keras
            seeds = range(first, first + arguments.keras)
            their_seconds, scores = keras_loop(seeds, onednn=arguments.onednn)
            theirs += scores
            before = sgemm.peak(cores)
            begin = number * arguments.seeds
            our_seconds, runs = sweep(store, begin, begin + arguments.seeds - 1)
            ours += [run["accuracy"] for run in runs]
            turn = Round(
                our_seconds / arguments.seeds,
                their_seconds / arguments.keras,
                statistics.median(run["seconds"] for run in runs) / cores,
                (before + sgemm.peak(cores)) / 2,
            )
            rounds.append(turn)
            show(number, turn)
    report(rounds, ours, theirs, cores)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=8, help="seeds of the sweep a round")
    parser.add_argument("--keras", type=int, default=1, help="seeds of the plain loop a round")
    parser.add_argument("--rounds", type=int, default=3, help="how often to take turns")
    parser.add_argument("--onednn", action="store_true", help="oneDNN for the plain loop too")
    return parser.parse_args()


def keras_loop(seeds: range, *, onednn: bool) -> tuple[float, list[float]]:
    """Train seeds one after another, a process each; return the seconds and the accuracies."""
    kernels = {"TF_ENABLE_ONEDNN_OPTS": "1"} if onednn else {}
    begin = time.perf_counter()
    outputs = [run([sys.executable, LOOP, str(seed)], kernels) for seed in seeds]
    seconds = time.perf_counter() - begin
    return seconds, [float(text.rpartition(":")[2].strip(" }\n")) for text in outputs]


def sweep(store: str, first: int, last: int) -> tuple[float, list[dict[str, float]]]:
    """Train the seeds from first to last; return the seconds and one row a run."""
    variance = [sys.executable, "-m", "variance"]
    name = f"seeds-{first}"
    where = ["--store", store]
    begin = time.perf_counter()
    run([*variance, "sweep", "mnist", "--seeds", f"{first}-{last}", "--name", name, "-q", *where])
    seconds = time.perf_counter() - begin
    table = run([*variance, "export", name, "--format", "csv", *where])
    rows = csv.DictReader(io.StringIO(table))
    return seconds, [{key: float(row[key]) for key in ("accuracy", "seconds")} for row in rows]


def run(command: list[str], more: dict[str, str] | None = None) -> str:
    root = str(Path(__file__).parents[1])
    paths = os.pathsep.join(filter(None, (root, os.environ.get("PYTHONPATH"))))
    environment = {**os.environ, "PYTHONPATH": paths, **(more or {})}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)} failed:\n{done.stderr}")
    return done.stdout


def show(number: int, turn: Round) -> None:
    print(
        f"round {number + 1}: sweep {turn.ours:.1f} s a seed, plain loop {turn.theirs:.1f} s, "
        f"ratio {turn.ratio:.2f}; sgemm {turn.peak / 1e9:.0f} GFLOP/s, share while training "
        f"{turn.share(turn.training):.2f}, with start-up {turn.share(turn.ours):.2f}",
        flush=True,
    )


def report(rounds: list[Round], ours: list[float], theirs: list[float], cores: int) -> None:
    """Print the medians over the rounds: other work on the machine disturbs a round or two."""
    middle = statistics.median
    mine, plain = middle(r.ours for r in rounds), middle(r.theirs for r in rounds)
    print(f"variance sweep mnist: {3600 / mine:6.0f} seeds an hour, {accuracy(ours)}")
    print(f"plain Keras loop:     {3600 / plain:6.0f} seeds an hour, {accuracy(theirs)}")
    print(f"ratio: {middle(r.ratio for r in rounds):.2f} (start-up included)")
    print(
        f"a seed takes {operations() / 1e12:.2f} TFLOP of convolutions and dense layers; "
        f"share of the sgemm peak of {cores} cores: "
        f"{middle(r.share(r.training) for r in rounds):.2f} while training, "
        f"{middle(r.share(r.ours) for r in rounds):.2f} with start-up"
    )


def accuracy(scores: list[float]) -> str:
    spread = f" ± {100 * statistics.stdev(scores):.2f} (SD)" if len(scores) > 1 else ""
    return f"accuracy {100 * statistics.mean(scores):.2f} %{spread}, n = {len(scores)}"


def operations() -> float:
    """Return the floating-point operations that one seed of `mnist` needs, 2 a multiply-add.

    Forward and both gradients of every convolution and dense layer, without the gradient for the
    images, which nobody needs; and the forward pass over the test images. Nothing else counts.
    """
    settings = mnist.Settings()
    layers = [
        layer for layer in mnist.Mnist().recipe(settings).layers if isinstance(layer, Conv | Dense)
    ]
    side, channels, first, later = 28, 1, 0, 0
    for number, layer in enumerate([*layers, Dense(10)]):
        if isinstance(layer, Conv):  # padded: the image keeps its size until it is pooled
            cost = side**2 * layer.kernel**2 * channels * layer.filters
            side, channels = side // 2, layer.filters
        else:
            cost = side**2 * channels * layer.units
            side, channels = 1, layer.units
        first, later = (cost, later) if number == 0 else (first, later + cost)
    training = settings.epochs * settings.train_size * (2 * first + 3 * later)
    return 2.0 * (training + 10_000 * (first + later))


if __name__ == "__main__":
    main()
