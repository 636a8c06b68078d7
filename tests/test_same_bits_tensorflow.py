"""Same seed, same bits, with the network that MNIST is trained with: each case trains for real."""

import signal
import time

import pytest

import variance as va
from variance.store import Home, SweepReader

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]
SEEDS = 10


def digests(path):
    with SweepReader(path) as reader:
        return {run.seed: (run.weights_digest, run.predictions.tobytes()) for run in reader.runs()}


def digits(folder, seeds, **options):
    return va.sweep("digits", seeds, store=folder, quiet=True, epochs=1, name="d", **options)


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Ten seeds, one after another in a single worker."""
    return digests(digits(tmp_path_factory.mktemp("one"), SEEDS, jobs=1).path)


def test_two_workers_give_the_bits_of_one(tmp_path, expected):
    assert digests(digits(tmp_path, SEEDS, jobs=2).path) == expected


def test_tenth_in_a_worker_is_the_same_alone(tmp_path, expected):
    assert digests(digits(tmp_path, [SEEDS - 1], jobs=1).path) == {9: expected[9]}


def test_interrupted_and_resumed_as_in_one_go(start, tmp_path, expected):
    line = ("sweep", "digits", "--seeds", str(SEEDS), "--set", "epochs=1", "--name", "d")
    path = Home(tmp_path / "s").path("d")
    process = start(*line, "--store", str(tmp_path / "s"), "--jobs", "1")
    end = time.monotonic() + 90
    while not (path.exists() and len(digests(path)) >= 2):
        assert time.monotonic() < end
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    begun = len(digests(path))

    again = start(*line, "--store", str(tmp_path / "s"))
    again.communicate(timeout=90)

    assert 2 <= begun < SEEDS
    assert digests(path) == expected


def test_threads_belong_to_the_identity(tmp_path):
    digits(tmp_path, 1, jobs=1)

    with pytest.raises(va.VarianceError, match="threads: 1 → 2"):
        digits(tmp_path, 1, jobs=1, threads=2)


def test_held_sources_leave_one_source_of_variation(tmp_path):
    order = digests(digits(tmp_path / "a", 2, vary="order", jobs=1).path)
    none = digests(digits(tmp_path / "b", 2, vary="none", jobs=1).path)

    assert order[0] == none[0] == none[1]
    assert order[1] != order[0]
