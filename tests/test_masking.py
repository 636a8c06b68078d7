"""Masking of secrets: quick however long the argument, and as thorough as ever."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.environment.masking import masked, masked_command

WORDS = r"token|key|secret|passw|passphrase|pwd|credential|auth|bearer|cookie|signature"
PLAIN = [
    (
        rf"""((?:[\w.-]*(?:{WORDS})[\w.-]*)=["']?|"[\w.-]*(?:{WORDS})[\w.-]*"\s*:\s*"?)"""
        r"""[^\s"',;&]+""",
        r"\1HIDDEN",
        re.IGNORECASE,
    ),
    (r"(\w[\w+.-]*://)[^/\s@]+@", r"\1HIDDEN@", 0),
    (r"\b(bearer|basic)\s+[\w.~+/=-]+", r"\1 HIDDEN", re.IGNORECASE),
    (
        r"\b(?:sk|hf|gh[pousr]|github_pat|glpat|xox[abprs])[-_][\w-]{16,}|\bAKIA\w{16}\b",
        "HIDDEN",
        0,
    ),
]
"""What is a secret, said as plainly as can be; it takes time that grows with the cube of length."""
PIECES = st.sampled_from(
    ["token", "KEY", "auth", "x", "my.", "-", "_", "=", ":", "://", "http", "+", "@", "/", '"',
     "'", " ", "\t", ",", ";", "&", "Bearer ", "basic", "sk-", "hf_", "AKIA", "0123456789abcdef",
     "ſecret", "é"]
)  # fmt: skip


@given(st.lists(PIECES, max_size=14).map("".join))
def test_the_same_is_hidden_as_by_the_plain_rules(text):
    expected = text
    for pattern, hidden, flags in PLAIN:
        expected = re.sub(pattern, hidden, expected, flags=flags)

    assert masked(text) == expected


@pytest.mark.parametrize(
    "piece",
    ["x", "token", "token.", '"', '"token', '"token" ', "a://", "+", "x@", "bearer ", " ", "sk-",
     "=", "key=,", "AKIA", "a.b-c_"],
)  # fmt: skip
def test_an_argument_of_a_million_characters_is_masked(piece):
    text = piece * (1_000_000 // len(piece))

    assert masked_command(["a", text, "--token=hunter2"]).endswith(" --token=HIDDEN")
