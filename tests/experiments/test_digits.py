import subprocess
import sys

import numpy as np
import pytest

from variance.experiments import digits, mnist, scoring
from variance.experiments.settings import resolve
from variance.experiments.streams import Streams
from variance.records import Execution

ALL = ("init", "order", "dropout")
EXPERIMENTS = [digits.Digits(), mnist.Mnist(), mnist.MnistClassic()]


def test_a_third_of_each_class_is_tested_on():
    data = digits.images()
    tested = np.bincount(data.test_labels)
    trained = np.bincount(data.train_labels)

    assert (tested == (tested + trained) // 3).all()
    assert tested.sum() + trained.sum() == 1797


def test_pixels_reach_white_and_no_further():
    assert digits.images().train_images.max() == digits.images().white == 16


@pytest.mark.parametrize("experiment", EXPERIMENTS, ids=lambda e: e.name)
def test_sources_follow_the_settings(experiment):
    given = experiment.settings_type()
    off = {name: 0.0 for name in vars(given) if name.startswith("dropout")}

    assert experiment.sources(given) == ALL
    assert experiment.sources(resolve(experiment.settings_type, off)) == ("init", "order")


def test_fingerprints_are_digests():
    found = digits.Digits().fingerprints(digits.Settings())

    assert {name: len(digest) for name, digest in found.items()} == {"data": 64, "code": 64}


@pytest.mark.mnist
@pytest.mark.usefixtures("mnist")
@pytest.mark.parametrize("experiment", [mnist.Mnist(), mnist.MnistClassic()], ids=lambda e: e.name)
def test_fingerprints_of_mnist_are_digests(experiment):
    found = experiment.fingerprints(experiment.settings_type())

    assert {name: len(digest) for name, digest in found.items()} == {"data": 64, "code": 64}


def test_fewer_training_images_are_other_data():
    assert mnist.published_digest(1000) != mnist.published_digest(60_000)


def test_the_modules_load_without_tensorflow():
    code = (
        "import sys, variance.experiments.digits, variance.experiments.mnist;"
        "print(sorted({'tensorflow', 'keras', 'sklearn', 'pooch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.tensorflow
def test_digits_are_learned():
    experiment = digits.Digits()
    trainer = experiment.trainer(digits.Settings(), Execution())
    runs = [trainer.train(Streams(seed, ALL)) for seed in range(5)]
    scores = [scoring.accuracy(r.test_set.labels, r.predictions) for r in runs]

    assert np.mean(scores) > 0.975
    assert runs[0].test_set.classes == tuple("0123456789")
    assert runs[0].predictions.dtype == np.uint8
