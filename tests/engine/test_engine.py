"""The engine with stand-ins for executor and store: what it asks of them, and in which order."""

from dataclasses import replace

import pytest

from variance.engine import train
from variance.errors import StoreFull, VarianceError
from variance.executors import Delivery
from variance.executors.inline import Inline
from variance.experiments.task import Unusable
from variance.records import Failure, Run


class Kept:
    full = False

    def __init__(self):
        self.results = []

    def add(self, results):
        self.results.extend(results)

    @property
    def seeds(self):
        return [r.seed for r in self.results]


class Ears:
    def __init__(self):
        self.notes = []
        self.heard = []

    def finished(self, results):
        self.heard.extend(results)

    def note(self, message):
        self.notes.append(message)


class Deadly:
    """Two lanes; the workers die on given seeds, so many times each."""

    lanes = 2

    def __init__(self, deaths):
        self.deaths = dict(deaths)
        self.queue = []
        self.submitted = []
        self.closed = False

    def free(self):
        return self.lanes - len(self.queue)

    def submit(self, seeds):
        self.queue.append(tuple(seeds))
        self.submitted.append(tuple(seeds))

    def wait(self, timeout):
        seeds = self.queue.pop(0)
        for seed in seeds:
            if self.deaths.get(seed):
                self.deaths[seed] -= 1
                return [Delivery(seeds, (), 1.0, "killed")]
        return [Delivery(seeds, tuple(run(s) for s in seeds), 1e-5)]

    def close(self):
        self.closed = True


def run(seed):
    return Run(seed, {"accuracy": 0.5})


def test_each_seed_is_trained_and_kept_once():
    kept = Kept()

    tally = train(range(20), Inline(run), kept, Ears())

    assert sorted(kept.seeds) == list(range(20))
    assert (tally.finished, tally.failed) == (20, 0)


def test_listener_hears_of_a_run_only_once_it_is_kept():
    kept = Kept()

    class Checking(Ears):
        def finished(self, results):
            assert all(r in kept.results for r in results)
            super().finished(results)

    ears = Checking()
    train(range(3), Inline(run), kept, ears)

    assert len(ears.heard) == 3


def test_quick_runs_are_sent_several_at_a_time():
    executor = Deadly({})

    train(range(1000), executor, Kept(), Ears())

    assert len(executor.submitted) < 200


def test_failure_is_kept_and_the_others_go_on():
    kept = Kept()
    work = lambda seed: Failure(seed, "raised", "no") if seed == 1 else run(seed)  # noqa: E731

    tally = train(range(4), Inline(work), kept, Ears())

    assert (tally.finished, tally.failed) == (3, 1)


def test_fail_fast_starts_nothing_after_a_failure():
    kept = Kept()
    work = lambda seed: Failure(seed, "raised", "no") if seed == 1 else run(seed)  # noqa: E731

    train(range(100_000), Inline(work), kept, Ears(), fail_fast=True)

    assert 1 in kept.seeds
    assert len(kept.seeds) < 100_000 / 2


def test_seed_is_tried_again_after_a_death():
    kept = Kept()

    tally = train(range(5), Deadly({3: 1}), kept, Ears())

    assert tally.failed == 0
    assert sorted(kept.seeds) == [0, 1, 2, 3, 4]


def test_seed_is_set_aside_after_two_deaths_by_itself():
    kept = Kept()

    tally = train(range(5), Deadly({3: 99}), kept, Ears())

    failure = next(r for r in kept.results if r.seed == 3)
    assert (failure.reason, failure.attempts) == ("died", 2)
    assert tally.finished == 4


def test_seeds_that_shared_a_worker_with_the_culprit_are_not_blamed():
    kept = Kept()

    tally = train(range(300), Deadly({200: 99}), kept, Ears())

    assert tally.finished == 299
    assert [r.seed for r in kept.results if isinstance(r, Failure)] == [200]


class Slow(Deadly):
    """Ends the runs of given seeds for their time, and knows them among their neighbours."""

    def __init__(self, seeds):
        super().__init__({})
        self.slow = set(seeds)

    def wait(self, timeout):
        seeds = self.queue.pop(0)
        culprit = next((s for s in seeds if s in self.slow), None)
        if culprit is not None:
            return [Delivery(seeds, (), 9.0, "too long", "timeout", culprit)]
        return [Delivery(seeds, tuple(run(s) for s in seeds), 1e-5)]


def test_seed_beyond_its_time_is_charged_at_once_and_alone():
    kept, ears = Kept(), Ears()

    train(range(300), Slow({200, 201}), kept, ears)

    failures = {r.seed: r for r in kept.results if isinstance(r, Failure)}
    assert sorted(kept.seeds) == list(range(300))
    assert {s: (f.reason, f.attempts) for s, f in failures.items()} == {
        200: ("timeout", 1),
        201: ("timeout", 1),
    }
    assert "Seed 200 was ended (too long); set aside as failed." in ears.notes


def test_limit_exceeded_by_nobody_in_particular_is_tried_again():
    class Heavy(Deadly):
        def wait(self, timeout):
            seeds = self.queue.pop(0)
            if self.deaths.pop(seeds[0], None):
                return [Delivery(seeds, (), 1.0, "too much", "memory")]
            return [Delivery(seeds, tuple(run(s) for s in seeds), 1.0)]

    tally = train(range(3), Heavy({1: 1}), Kept(), Ears())

    assert (tally.finished, tally.failed) == (3, 0)


def test_known_culprit_of_a_death_spares_its_neighbours_a_lane_each():
    class Telling(Deadly):
        def wait(self, timeout):
            found = super().wait(timeout)[0]
            return [replace(found, culprit=200) if found.death else found]

    executor, kept = Telling({200: 99}), Kept()
    train(range(300), executor, kept, Ears())

    assert sum(isinstance(r, Failure) for r in kept.results) == 1
    assert sum(len(seeds) == 1 for seeds in executor.submitted) < 10


def test_death_is_told():
    ears = Ears()

    train(range(5), Deadly({3: 1}), Kept(), ears)

    assert any("A worker died on seed" in note for note in ears.notes)


def test_experiment_that_cannot_be_set_up_ends_the_sweep():
    with pytest.raises(VarianceError, match="no data"):
        train(range(5), Inline(lambda seed: Unusable("no data", "")), Kept(), Ears())


def test_executor_is_closed_when_the_store_breaks():
    executor = Deadly({})

    class Broken(Kept):
        def add(self, results):
            raise StoreFull("full")

    with pytest.raises(StoreFull):
        train(range(5), executor, Broken(), Ears())

    assert executor.closed


def test_full_disk_starts_nothing_more():
    class Filling(Kept):
        @property
        def full(self):
            return len(self.results) >= 3

    kept = Filling()
    with pytest.raises(StoreFull) as full:
        train(range(100_000), Inline(run), kept, Ears())

    assert 3 <= len(kept.results) < 100_000 / 2
    assert f"the {len(kept.results)} runs that were finished are stored" in str(full.value)


def test_inline_work_computes_with_the_threads_asked_for():
    from threadpoolctl import threadpool_info

    kept = Kept()
    seen = []

    def work(seed):
        seen.append({pool["num_threads"] for pool in threadpool_info()})
        return run(seed)

    train(range(1), Inline(work, threads=1), kept, Ears())

    assert seen == [{1}]
