import hashlib

import numpy as np
import pytest

from variance.errors import DataError
from variance.experiments import digits, registry
from variance.experiments.mnist import published_digest
from variance.experiments.pictures import pictures_of


def data_digest():
    return registry.find("digits").fingerprints(digits.Settings())["data"]


def test_digits_are_the_test_images_on_a_scale_of_bytes():
    found = pictures_of("digits", {}, data_digest())
    tested = digits.images().test_images

    assert found.shape == tested.shape
    assert found.dtype == np.uint8
    assert (found.min(), found.max()) == (0, 255)
    assert np.array_equal(found > 127, tested > 7)


def test_other_data_are_not_shown_in_their_place():
    with pytest.raises(DataError, match="not those trained on"):
        pictures_of("digits", {}, hashlib.sha256(b"").hexdigest())


@pytest.mark.parametrize("settings", [{"train_size": 60_000}, {"train_size": "x"}, {}])
def test_other_mnist_is_not_shown_either(settings):
    with pytest.raises(DataError, match="other images"):
        pictures_of("mnist", settings, published_digest(50_000))


def test_an_experiment_without_pictures_says_so():
    with pytest.raises(DataError, match="moons offers no pictures"):
        pictures_of("moons", {}, "")


def test_mnist_is_not_downloaded_to_be_shown(monkeypatch, tmp_path):
    for name in ("HOME", "XDG_CACHE_HOME", "KERAS_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("VARIANCE_DATA", raising=False)
    monkeypatch.setattr("variance.experiments.mnist_data.fetch", lambda: pytest.fail("fetched"))

    with pytest.raises(DataError, match="not on this machine"):
        pictures_of("mnist", {"train_size": 60_000}, published_digest(60_000))


@pytest.mark.mnist
def test_mnist_gives_its_ten_thousand_test_images(mnist):
    found = pictures_of("mnist-classic", {"train_size": 60_000}, published_digest(60_000))

    assert found.shape == (10_000, 28, 28)
