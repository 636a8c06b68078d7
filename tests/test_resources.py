import joblib
import pytest

from variance.errors import UsageError
from variance.resources import available_bytes, choose_jobs, size_of, time_of


def test_default_leaves_no_core_idle():
    assert choose_jobs(None, threads=1, worker_bytes=1, runs=1000).count == joblib.cpu_count()


def test_default_never_exceeds_the_cores():
    assert choose_jobs(None, threads=joblib.cpu_count(), worker_bytes=1, runs=1000).count == 1


def test_no_more_workers_than_runs():
    assert choose_jobs(None, threads=1, worker_bytes=1, runs=1).count == 1


def test_default_yields_to_memory_and_says_so():
    chosen = choose_jobs(None, threads=1, worker_bytes=available_bytes() * 2, runs=1000)

    assert chosen.count == 1
    assert joblib.cpu_count() == 1 or "Memory for 1 at a time" in chosen.warning


def test_more_memory_than_there_is_is_refused():
    with pytest.raises(UsageError, match="100 jobs need more memory than there is"):
        choose_jobs(100, threads=1, worker_bytes=available_bytes() // 50, runs=1000)


def test_more_jobs_than_cores_are_allowed_with_a_warning():
    chosen = choose_jobs(joblib.cpu_count() + 1, threads=1, worker_bytes=1, runs=1000)

    assert chosen.count == joblib.cpu_count() + 1
    assert "will not be faster" in chosen.warning


@pytest.mark.parametrize("jobs", [0, -1])
def test_jobs_must_be_positive(jobs):
    with pytest.raises(UsageError, match=f"at least 1, not {jobs}"):
        choose_jobs(jobs, threads=1, worker_bytes=1, runs=1)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(90, 90), (0.5, 0.5), ("90", 90), ("90s", 90), ("1.5m", 90), ("5 min", 300), ("1h", 3600)],
)
def test_durations(asked, seconds):
    assert time_of(asked) == seconds


@pytest.mark.parametrize(
    ("asked", "count"),
    [(1000, 1000), ("500M", 500_000_000), ("2GB", 2 * 10**9), ("2gib", 2 * 2**30), ("1k", 1000)],
)
def test_sizes(asked, count):
    assert size_of(asked) == count


@pytest.mark.parametrize("asked", ["", "0", "-5", "5 days", "m", "1e3s", "nan", 0, -1.0, "٣s"])
@pytest.mark.parametrize("read", [time_of, size_of])
def test_what_is_no_limit_is_refused(read, asked):
    with pytest.raises(UsageError, match="positive number"):
        read(asked)
