"""Crossed bootstrap of 30 x 10,000 predictions against the published algorithm, written plainly.

    python benchmarks/bootstrap.py [--resamples 10000] [--plain 200]

The plain one is that of the MultiBERTs' library (Sellam et al. 2022): for each resample draw
seeds and examples with replacement, take those rows and columns, average.  It is timed over
fewer resamples, for each costs the same, and its time is scaled up; the number is printed.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
from numpy.typing import NDArray

from variance.statistics.resampling import crossed_bootstrap
from variance.statistics.simulation import CrossedModel

RUNS, EXAMPLES = 30, 10_000


def multibootstrap(
    baseline: NDArray[np.bool_],
    candidate: NDArray[np.bool_],
    resamples: int,
    rng: np.random.Generator,
) -> NDArray[np.float64]:
    """Return resampled differences, seeds paired."""
    seeds, examples = baseline.shape
    drawn = np.empty(resamples)
    for b in range(resamples):
        s, t = rng.integers(seeds, size=seeds), rng.integers(examples, size=examples)
        drawn[b] = candidate[s][:, t].mean() - baseline[s][:, t].mean()
    return drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--resamples", type=int, default=10_000)
    parser.add_argument("--plain", type=int, default=200, help="resamples of the plain one")
    parser.add_argument("--repeat", type=int, default=3)
    asked = parser.parse_args()
    # 99 % accuracy and 2.3 % of the examples on which anything differs, as on MNIST.
    model = CrossedModel(run_sd=0.02, example_sd=0.3, skill=12.5, skill_sd=5.0)
    rng = np.random.default_rng(0)
    baseline, candidate = model.draw((RUNS, RUNS), EXAMPLES, rng)
    differing = float((baseline != candidate).any(axis=0).mean())
    print(f"{RUNS} + {RUNS} runs x {EXAMPLES:,} examples, accuracy {baseline.mean():.2%} and "
          f"{candidate.mean():.2%}, pairs differ on {differing:.1%} of the examples")  # fmt: skip

    ours, plain = np.inf, np.inf
    for repeat in range(asked.repeat):
        begin = time.perf_counter()
        found = crossed_bootstrap(
            baseline, candidate, paired=True, rng=np.random.default_rng(repeat),
            resamples=asked.resamples,
        )  # fmt: skip
        ours = min(ours, time.perf_counter() - begin)
        begin = time.perf_counter()
        drawn = multibootstrap(baseline, candidate, asked.plain, np.random.default_rng(repeat))
        plain = min(plain, time.perf_counter() - begin)
    scaled = plain * asked.resamples / asked.plain
    print(f"standard error: ours {found.standard_error:.6f}, plain {drawn.std(ddof=1):.6f}")
    print(f"ours   {ours:8.3f} s for {asked.resamples:,} resamples")
    print(
        f"plain  {plain:8.3f} s for {asked.plain:,}, scaled to {asked.resamples:,}: {scaled:.1f} s"
    )
    print(f"ratio  {scaled / ours:8.0f}   (must reach 50)")


if __name__ == "__main__":
    main()
