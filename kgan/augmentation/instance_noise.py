"""What the critic is shown instead of bare images, as values.

An augmentation's function is `(images, rng) -> images`; both players' losses show it real and
generated images alike, and gradients reach the generator through it.

Example:
    >>> class MyGAN(GAN):
    ...     augmentations = (instance_noise(scale=0.1, steps=10_000),)
"""

from collections.abc import Callable
from typing import NamedTuple

from keras import ops

from kgan.errors import InputError
from kgan.losses import from_config as named


class Augmentation(NamedTuple):
    """One change to what the critic is shown.

    Attributes:
        name: what its random numbers are drawn for.
        function: `(images, rng) -> images`, of the same shape and dtype.
    """

    name: str
    function: Callable

    def __call__(self, images, rng):
        return self.function(images, rng.purpose(self.name))


def instance_noise(scale=0.1, steps=None):
    """Returns instance noise: x + σ·ε with ε ~ N(0, I), which makes supports overlap.

    Args:
        scale: σ at the first round, in units of the images, > 0.
        steps: rounds over which σ falls to 0 along a line; None to keep it.

    Reference: Section 3, Arjovsky and Bottou 2017, arXiv:1701.04862; Sønderby et al. 2016,
    arXiv:1610.04490.
    """
    if not scale > 0 or (steps is not None and not steps > 0):
        raise InputError(
            "Expected scale > 0 and steps > 0 for augmentation instance_noise. "
            f"Received: scale={scale}, steps={steps}."
        )

    def function(images, rng):
        left = 1.0
        if steps is not None:
            left = ops.maximum(0.0, 1.0 - ops.cast(rng.step, "float32") / steps)
        noise = rng.normal((ops.shape(images)[0], *images.shape[1:]))
        return images + ops.cast(scale * left * noise, images.dtype)

    return Augmentation("instance_noise", function)


AUGMENTATIONS = {"instance_noise": instance_noise}


def from_config(config):
    """Returns the tuple of augmentations a config names; see `named.built`."""
    return named.built("augmentation", AUGMENTATIONS, config)
