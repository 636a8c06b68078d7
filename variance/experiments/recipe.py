"""What a small convolutional network is and how it is trained, as plain data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Conv:
    """A convolution with square kernel and ReLU, then perhaps a 2 x 2 max-pool.

    Attributes
    ----------
    filters : int
        Number of output channels.
    pool : bool
        Whether a max-pool follows.
    kernel : int
        Side of the kernel.
    padding : {"VALID", "SAME"}
        Whether the border is dropped or padded with zeros.
    """

    filters: int
    pool: bool
    kernel: int = 3
    padding: str = "VALID"


@dataclass(frozen=True)
class Dense:
    """A fully connected layer with ReLU.

    Attributes
    ----------
    units : int
        Number of outputs.
    """

    units: int


@dataclass(frozen=True)
class Dropout:
    """Sets a random share of its inputs to zero in training, and scales up the others.

    Attributes
    ----------
    rate : float
        The share, in [0, 1).
    """

    rate: float


Layer: TypeAlias = Conv | Dense | Dropout


@dataclass(frozen=True)
class Adam:
    """Adam whose learning rate rises to a peak and falls to nothing (one cycle).

    Attributes
    ----------
    peak : float
        The highest learning rate.
    warm_up : float
        Share of the steps in which it rises.
    """

    peak: float
    warm_up: float = 0.25
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-7

    def learning_rates(self, steps: int) -> NDArray[np.float64]:
        """Return the learning rate of each step, shape (steps,)."""
        middle = (np.arange(steps) + 0.5) / steps
        rising = middle / self.warm_up
        falling = (1 - middle) / (1 - self.warm_up)
        return self.peak * np.minimum(rising, falling)


@dataclass(frozen=True)
class Adadelta:
    """Adadelta with a constant learning rate.

    Attributes
    ----------
    rate : float
        The learning rate.
    """

    rate: float
    rho: float = 0.95
    epsilon: float = 1e-7

    def learning_rates(self, steps: int) -> NDArray[np.float64]:
        """Return the learning rate of each step, shape (steps,)."""
        return np.full(steps, self.rate)


@dataclass(frozen=True)
class Recipe:
    """The network and how it is trained.

    Attributes
    ----------
    layers : tuple of Conv, Dense or Dropout
        From the image to the last hidden layer; a dense layer without ReLU, one output a class,
        follows them.
    optimizer : Adam or Adadelta
        How the weights follow the gradient.
    epochs : int
        Passes over the training examples.
    batch_size : int
        Examples a step; what is left over makes a last, smaller step.
    """

    layers: tuple[Layer, ...]
    optimizer: Adam | Adadelta
    epochs: int
    batch_size: int

    @property
    def draws(self) -> tuple[str, ...]:
        """The sources of randomness that training draws from."""
        drops = any(isinstance(layer, Dropout) and layer.rate > 0 for layer in self.layers)
        return ("init", "order", "dropout") if drops else ("init", "order")


@dataclass(frozen=True)
class Images:
    """Labelled images to train and to test on.

    Attributes
    ----------
    train_images, test_images : ndarray of uint8, shape (n, height, width)
    train_labels, test_labels : ndarray of uint8, shape (n,)
    white : int
        The highest value of a pixel; the network sees pixels divided by it.
    classes : tuple of str
        Names of the classes.
    """

    train_images: NDArray[np.uint8]
    train_labels: NDArray[np.uint8]
    test_images: NDArray[np.uint8]
    test_labels: NDArray[np.uint8]
    white: int
    classes: tuple[str, ...]
