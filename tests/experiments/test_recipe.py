import numpy as np
import pytest

from variance.experiments.process import environment
from variance.experiments.recipe import Adadelta, Adam
from variance.records import Execution


def test_one_cycle_rises_to_its_peak_and_falls_to_nothing():
    rates = Adam(0.01, warm_up=0.25).learning_rates(1000)

    assert np.argmax(rates) in (249, 250)
    assert rates.max() == pytest.approx(0.01, rel=0.01)
    assert rates[0] < 1e-4
    assert rates[-1] < 1e-4


def test_adadelta_keeps_its_rate():
    assert Adadelta(1.0).learning_rates(3).tolist() == [1, 1, 1]


def test_a_worker_gets_its_threads_and_kernels_from_the_environment():
    given = environment(Execution(threads=2, onednn=False))

    assert given["TF_ENABLE_ONEDNN_OPTS"] == "0"
    assert given["OMP_NUM_THREADS"] == "2"
