"""PacGAN."""

import functools

import keras
from keras import ops

from kgan.errors import InputError, check_whole
from kgan.losses import regularizers
from kgan.models.core.base import GAN, register


@register("pacgan")
class PacGAN(GAN):
    """PacGAN: the power of two samples in generative adversarial networks (Lin et al. 2018).

    The critic judges `packing` examples at once, of one kind, joined along their channels: a
    generator that makes the same few examples again and again gives itself away. A penalty sees
    packs too.

    Differs from the paper: R1 on packs, as the critic is otherwise free to grow without bound.

    Args:
        packing: examples in a pack, ≥ 1; it must divide the examples of each critic's move.
        options: see `GAN`.

    Raises:
        InputError: for another packing, or batches it does not divide.

    Reference: arXiv:1712.04086.
    """

    regularizers = (regularizers.r1(weight=1.0),)
    default_network = "dcgan_plain_critic"
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.0, beta_2=0.99)

    def __init__(self, packing: int = 2, **options):
        check_whole(packing=packing, least=1)
        self.packing = packing
        super().__init__(**options)

    @property
    def critic_shape(self):
        *sides, channels = self.image_shape
        return (*sides, channels * self.packing)

    def build_discriminator(self, network, width):
        pair = self._network_pair(network)
        return pair.build_discriminator(self.critic_shape, width or pair.width)

    def augment(self, images, rng):
        images = super().augment(images, rng)
        count = images.shape[0]
        if count is None or count % self.packing:
            raise InputError(
                f"Expected examples of each move of a player to fill packs of {self.packing}. "
                f"Received: {count or 'batches of unknown size'}. Choose another batch_size "
                "(and drop_remainder=True), or packing."
            )
        packs = ops.reshape(images, (count // self.packing, self.packing, *self.image_shape))
        joined = ops.moveaxis(packs, 1, -2)  # [packs, ..., packing, C]
        *sides, channels = self.image_shape
        return ops.reshape(joined, (-1, *sides, self.packing * channels))
