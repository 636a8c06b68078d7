"""How many floating-point operations a second this machine multiplies float32 matrices with."""

from __future__ import annotations

import os
import subprocess
import sys
import time

SIZES = (256, 384, 512, 768, 1024, 1536, 2048)
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def peak(processes: int, seconds: float = 6) -> float:
    """Return the summed peak (flop/s) of so many single-threaded processes at the same time."""
    command = [sys.executable, __file__, str(seconds)]
    workers = [
        subprocess.Popen(command, env={**os.environ, **ONE_THREAD}, stdout=subprocess.PIPE)
        for _ in range(processes)
    ]
    return sum(float(worker.communicate()[0]) for worker in workers)


def best(seconds: float) -> float:
    """Return the best rate of this process over several sizes."""
    import numpy as np

    found, end = 0.0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        for n in SIZES:
            a, b = np.ones((2, n, n), np.float32)
            out = np.empty((n, n), np.float32)
            repeats = max(1, int(1e9 / (2 * n**3)))
            begin = time.perf_counter()
            for _ in range(repeats):
                np.dot(a, b, out=out)
            found = max(found, 2 * n**3 * repeats / (time.perf_counter() - begin))
    return found


if __name__ == "__main__":
    print(best(float(sys.argv[1])))
