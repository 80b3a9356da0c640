"""Functions that build generators and critics as `keras.Model`s from sizes.

Generators map latents [B, latent_size] to images [B, H, W, C] in [-1, 1], float32. Critics map
images to raw scores [B, 1], never a probability. `NETWORKS` names the pairs a variant can be
given: `DCGAN(image_shape=(32, 32, 1), network="mlp")`.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from kgan.errors import UnknownNameError
from kgan.networks import dcgan, mlp, points, resnet, textbook


class NetworkPair(NamedTuple):
    """A generator and the critic made for it.

    Attributes:
        generator: `(image_shape, latent_size, width) -> keras.Model`.
        discriminator: `(image_shape, width) -> keras.Model`.
        width: the width both get unless told otherwise; what it counts is said by the builders.
    """

    generator: Callable
    discriminator: Callable
    width: int


NETWORKS = {
    "dcgan": NetworkPair(dcgan.generator, dcgan.discriminator, 64),
    "dcgan_plain_critic": NetworkPair(
        dcgan.generator, functools.partial(dcgan.discriminator, normalization=False), 64
    ),
    "mlp": NetworkPair(mlp.generator, mlp.discriminator, 256),
    "mlp_points": NetworkPair(points.generator, points.discriminator, 128),
    "resnet": NetworkPair(resnet.generator, resnet.discriminator, 128),
    "textbook": NetworkPair(textbook.generator, textbook.discriminator, 64),
}


def pair(name):
    """Returns the `NetworkPair` of that name.

    Raises:
        InputError: for an unknown one.
    """
    if name not in NETWORKS:
        raise UnknownNameError("network", name, NETWORKS)
    return NETWORKS[name]
