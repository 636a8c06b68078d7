"""The test images of built-in experiments, for showing single examples; nothing is downloaded.

It stands apart from the experiments so that a change here does not change the digest of the code
that trained a sweep.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from variance.errors import DataError
from variance.records import Setting

Pixels: TypeAlias = NDArray[np.uint8]


def pictures_of(experiment: str, settings: Mapping[str, Setting], digest: str) -> Pixels:
    """Return the test images of an experiment.

    Parameters
    ----------
    experiment : str
        Its name.
    settings : mapping of str to Setting
        Every hyper-parameter.
    digest : str
        That of the data on which it was trained: other data are not shown in their place.

    Returns
    -------
    ndarray of uint8, shape (T, h, w)
        From 0 to 255.

    Raises
    ------
    DataError
        If there are none, they are not on this machine, or they are other data; says which.
    """
    if experiment not in _KNOWN:
        raise DataError(f"{experiment} offers no pictures of its test examples")
    return _KNOWN[experiment](settings, digest)


def _mnist(settings: Mapping[str, Any], digest: str) -> Pixels:
    from variance.experiments import mnist, mnist_data

    train_size = settings.get("train_size")
    if not isinstance(train_size, int) or mnist.published_digest(train_size) != digest:
        raise DataError("the sweep was trained on other images than MNIST's")
    return np.asarray(mnist_data.load(fetch_missing=False).test_images, dtype=np.uint8)


def _digits(settings: Mapping[str, Any], digest: str) -> Pixels:
    from variance.experiments import digits
    from variance.experiments.fingerprint import of_arrays

    del settings
    data = digits.images()
    arrays = (data.train_images, data.train_labels, data.test_images, data.test_labels)
    if of_arrays(*arrays) != digest:
        raise DataError("the digits that scikit-learn bundles here are not those trained on")
    return np.round(data.test_images * (255 / data.white)).astype(np.uint8)


_KNOWN: Mapping[str, Callable[[Mapping[str, Any], str], Pixels]] = {
    "mnist": _mnist,
    "mnist-classic": _mnist,
    "digits": _digits,
}
