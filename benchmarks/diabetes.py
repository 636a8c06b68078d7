"""10,000 seeds of `diabetes` against the loop that anybody would write; prints the ratio.

    python benchmarks/diabetes.py [--seeds 10000] [--repeat 3]

Both sides start from nothing: a new process, its imports, and for the sweep its workers and its
file. They are measured in turns, and each keeps its best time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time

LOOP = """
import sys
import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score
from sklearn.model_selection import train_test_split

x, y = load_diabetes(return_X_y=True)
x = x[:, [9]]
rows = []
for seed in range(int(sys.argv[1])):
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.33, random_state=seed)
    model = LinearRegression().fit(x_train, y_train)
    predictions = model.predict(x_test)
    mse = mean_squared_error(y_test, predictions)
    rows.append((model.coef_[0], model.intercept_, mse, np.sqrt(mse),
                 mean_absolute_error(y_test, predictions), r2_score(y_test, predictions)))
print(np.mean(rows, axis=0)[-1])
"""


def timed(command: list[str]) -> tuple[float, str]:
    begin = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - begin, done.stdout.strip()


def sweep(seeds: int) -> tuple[float, str]:
    with tempfile.TemporaryDirectory() as folder:
        line = f"sweep diabetes --seeds {seeds} --quiet --store {folder}"
        return timed([sys.executable, "-m", "variance", *line.split()])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=10_000)
    parser.add_argument("--repeat", type=int, default=3)
    given = parser.parse_args()
    ours, theirs = [], []
    for _ in range(given.repeat):
        ours.append(sweep(given.seeds))
        theirs.append(timed([sys.executable, "-c", LOOP, str(given.seeds)]))
    print(f"sweep: {min(ours)[0]:.1f} s; {ours[0][1]}")
    print(f"plain loop: {min(theirs)[0]:.1f} s; mean R² {theirs[0][1]}")
    print(f"ratio: {min(theirs)[0] / min(ours)[0]:.2f} times, on {os.cpu_count()} cores")


if __name__ == "__main__":
    main()
