"""Functions that build generators and critics as `keras.Model`s from sizes.

Generators map latents [B, latent_size] to images [B, H, W, C] in [-1, 1], float32. Critics map
images to raw scores [B, 1], never a probability. `NETWORKS` has the pairs of both by name:
`DCGAN(image_shape=(32, 32, 1), network="mlp")`.
"""

import functools
from collections.abc import Callable
from typing import NamedTuple

from kgan.errors import UnknownNameError
from kgan.networks import dcgan, mlp, resnet, textbook


class NetworkPair(NamedTuple):
    """Functions that build a generator and the critic that belongs to it.

    Attributes:
        build_generator: `(image_shape, latent_size, width) -> keras.Model`.
        build_discriminator: `(image_shape, width) -> keras.Model`.
        width: the default width of both; the functions say what it counts.
    """

    build_generator: Callable
    build_discriminator: Callable
    width: int


NETWORKS = {
    "dcgan": NetworkPair(dcgan.build_generator, dcgan.build_discriminator, 64),
    "dcgan_plain_critic": NetworkPair(
        dcgan.build_generator,
        functools.partial(dcgan.build_discriminator, normalization=False),
        64,
    ),
    "mlp": NetworkPair(mlp.build_generator, mlp.build_discriminator, 256),
    "mlp_points": NetworkPair(mlp.build_point_generator, mlp.build_point_discriminator, 128),
    "resnet": NetworkPair(resnet.build_generator, resnet.build_discriminator, 128),
    "textbook": NetworkPair(textbook.build_generator, textbook.build_discriminator, 64),
}


def get_pair(name: str) -> NetworkPair:
    """Returns the `NetworkPair` called `name`.

    Raises:
        InputError: if there is none, with the known names.
    """
    if name not in NETWORKS:
        raise UnknownNameError("network", name, NETWORKS)
    return NETWORKS[name]
