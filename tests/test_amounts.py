"""Amounts as people write and read them."""

import pytest

from variance.amounts import enough_for, size_of, size_text, time_of
from variance.errors import UsageError


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [(90, 90), (0.5, 0.5), ("90", 90), ("90s", 90), ("1.5m", 90), ("5 min", 300), ("1h", 3600)],
)
def test_durations(asked, seconds):
    assert time_of(asked) == seconds


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (1000, 1000),
        ("500M", 500_000_000),
        ("2GB", 2 * 10**9),
        ("2gib", 2 * 2**30),
        ("1k", 1000),
        ("4GB", 4 * 10**9),
        ("500 mb", 5 * 10**8),
        ("1.5GB", 1_500_000_000),
    ],
)
def test_sizes(asked, count):
    assert size_of(asked) == count


@pytest.mark.parametrize(
    "asked", ["", "0", "-5", "5 days", "m", "1e3s", "nan", 0, -1.0, "٣s", "9" * 400]
)
@pytest.mark.parametrize("read", [time_of, size_of])
def test_what_is_no_limit_is_refused(read, asked):
    with pytest.raises(UsageError, match="positive number"):
        read(asked)


def test_less_than_a_byte_is_no_size():
    with pytest.raises(UsageError, match="positive number"):
        size_of("0.2")


def test_message_names_what_was_wrong():
    with pytest.raises(UsageError, match=r"VARIANCE_ARRAY_LIMIT is a positive .* not 'lots'"):
        size_of("lots", "VARIANCE_ARRAY_LIMIT")


def test_sizes_read_well():
    assert [size_text(n) for n in (900, 2_000, 2_040_000_000, 4_900_000_000, 43 * 10**9)] == [
        "900 bytes", "2 kB", "2.04 GB", "4.9 GB", "43 GB",
    ]  # fmt: skip


@pytest.mark.parametrize("need", [1, 999_999_999, 1_000_000_001])
def test_limit_that_is_proposed_suffices(need):
    assert size_of(enough_for(need)) >= need
