from dataclasses import dataclass
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from variance.errors import UsageError
from variance.experiments.settings import as_dict, describe, resolve, setting


@dataclass(frozen=True)
class Settings:
    rate: float = setting(0.1, "step size", low=0, low_open=True, high=1)
    layers: int = setting(2, "how many", low=1)
    bias: bool = setting(True, "whether")
    kind: Literal["a", "b"] = setting("a", "which", choices=("a", "b"))


def test_defaults_are_kept():
    assert as_dict(resolve(Settings, {})) == {"rate": 0.1, "layers": 2, "bias": True, "kind": "a"}


@pytest.mark.parametrize(
    ("name", "given", "value"),
    [
        ("rate", "0.5", 0.5),
        ("rate", 1, 1.0),
        ("rate", "1e-3", 0.001),
        ("rate", np.float64(0.25), 0.25),
        ("layers", "3", 3),
        ("layers", 3.0, 3),
        ("layers", 10**400, 10**400),
        ("layers", np.int64(3), 3),
        ("bias", "no", False),
        ("bias", False, False),
        ("kind", "b", "b"),
    ],
)
def test_value_is_taken_in_its_type(name, given, value):
    found = getattr(resolve(Settings, {name: given}), name)

    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("rate", "abc", "rate must be a number, not 'abc'"),
        ("rate", 10**400, "rate must be a finite number, not inf"),
        ("rate", "0", "rate must be above 0 and at most 1"),
        ("rate", "1.5", "rate must be above 0 and at most 1"),
        ("rate", "nan", "finite"),
        ("rate", "inf", "finite"),
        ("rate", True, "rate must be a number"),
        ("layers", "2.5", "layers must be a whole number, not '2.5'"),
        ("layers", 2.5, "whole number"),
        ("layers", True, "whole number"),
        ("layers", "0", "layers must be at least 1"),
        ("bias", "maybe", "bias must be true or false"),
        ("bias", 1, "bias must be true or false"),
        ("kind", "c", "kind must be one of a, b"),
        ("kind", 3, "kind must be text"),
    ],
)
def test_wrong_value_is_refused(name, given, message):
    with pytest.raises(UsageError, match=message):
        resolve(Settings, {name: given})


def test_unknown_name_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"(?s)unknown hyper-parameter 'layer'.*'layers'"):
        resolve(Settings, {"layer": 3})


@given(st.floats(min_value=1e-300, max_value=1))
def test_number_survives_being_typed(value):
    assert resolve(Settings, {"rate": repr(value)}).rate == value


def test_listing_names_type_default_and_meaning():
    assert describe(Settings)[0] == ("rate", "float", 0.1, "step size")
