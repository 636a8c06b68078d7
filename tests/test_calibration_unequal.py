"""The many comparisons at once behind the calibration page are those of `unpaired_t`."""

from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from tests.analysis.factory import scored
from variance.analysis.comparison import compare
from variance.statistics.unpaired import unpaired_t

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.mark.parametrize("shape", ["normal", "log-normal", "rare collapse", "tied"])
@pytest.mark.parametrize("sizes", [(3, 4), (5, 3), (3, 12), (4, 4)])
def test_none_is_cautious_where_the_function_is_sure(shape, sizes, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    study = import_module("calibration_unequal")
    x, y = study.drawn(shape, sizes, 0.7)(np.random.default_rng(1), 8)
    at_once = np.minimum(1, 2 * study.tails(x, y)[study.JOINED].min(axis=0))
    one_by_one = [unpaired_t(a, b) for a, b in zip(x, y, strict=True)]
    pairs = [(d.p_value, p) for d, p in zip(one_by_one, at_once, strict=True) if d.defined]
    p, quick = np.transpose(pairs)

    assert (quick <= p * (1 + 1e-9)).all()
    assert ((quick < 0.05) == (p < 0.05)).all()


@pytest.mark.parametrize("m", [3, 4, 30])
def test_compare_gives_the_p_value_of_the_function(m):
    rng = np.random.default_rng(m)
    for _ in range(5):
        x, y = rng.lognormal(size=3), rng.lognormal(size=m)
        found = compare(scored(x), scored(y, name="b", seeds=np.arange(100, 100 + m)))
        assert found.test_set.p_value == unpaired_t(x, y).p_value
