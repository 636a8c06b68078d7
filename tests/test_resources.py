import joblib
import pytest

from variance.errors import UsageError
from variance.resources import available_bytes, choose_jobs


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
