"""Which experiments train a network that can be written down as a Keras model, and which one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from variance.experiments import digits, mnist
from variance.experiments.recipe import Recipe


@dataclass(frozen=True)
class Network:
    """A network and the images that it takes.

    Attributes
    ----------
    recipe : Recipe
        Its layers.
    image : tuple of int
        Height and width.
    white : int
        The highest value of a pixel.
    classes : tuple of str
        The names of its outputs.
    """

    recipe: Recipe
    image: tuple[int, int]
    white: int
    classes: tuple[str, ...]


def network(experiment: Any, settings: Any) -> Network | None:
    """Return the network that an experiment trains; None where it trains something else.

    The experiments do not tell it themselves: their source is part of the code digest of every
    sweep of theirs, and how a model is written down changes no run.
    """
    if isinstance(experiment, mnist.Mnist | mnist.MnistClassic):
        return Network(experiment.recipe(settings), (28, 28), 255, mnist.CLASSES)
    if isinstance(experiment, digits.Digits):
        return Network(digits.recipe(settings), (8, 8), 16, digits.CLASSES)
    return None
