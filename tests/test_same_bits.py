"""Same seed, same bits: whatever ran before, beside it, or broke off."""

import pytest

import variance as va
from variance.store import SweepReader


def digests(sweep):
    with SweepReader(sweep.path) as reader:
        return {run.seed: (run.weights_digest, run.predictions.tobytes()) for run in reader.runs()}


@pytest.fixture(scope="module")
def expected(tmp_path_factory):
    """Eight seeds, each the only run of its sweep, in this very process."""
    folder = tmp_path_factory.mktemp("alone")
    return {
        seed: digests(moons(folder, [seed], name=f"s{seed}", backend="inline"))[seed]
        for seed in range(8)
    }


def moons(folder, seeds, **options):
    return va.sweep("moons", seeds, store=folder, quiet=True, epochs=5, samples=200, **options)


@pytest.mark.parametrize("jobs", [1, 2])
def test_in_workers(tmp_path, expected, jobs):
    assert digests(moons(tmp_path, 8, jobs=jobs)) == expected


def test_last_in_a_worker_as_first(tmp_path, expected):
    assert digests(moons(tmp_path, [7, 6, 5, 4, 3, 2, 1, 0], jobs=1)) == expected


def test_extended_as_trained_at_once(tmp_path, expected):
    moons(tmp_path, 3)

    assert digests(moons(tmp_path, 8)) == expected


def test_seeds_differ(expected):
    assert len({weights for weights, _ in expected.values()}) == 8


def test_held_source_makes_no_difference(tmp_path):
    found = digests(moons(tmp_path, 3, vary="none"))

    assert len({weights for weights, _ in found.values()}) == 1


def test_seed_zero_is_the_same_run_whatever_varies(tmp_path, expected):
    assert digests(moons(tmp_path, [0], vary="split"))[0] == expected[0]
