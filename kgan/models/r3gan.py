"""R3GAN."""

import functools

import keras
import tensorflow as tf

from kgan.errors import check_whole
from kgan.losses import adversarial, regularizers
from kgan.models.core.base import GAN, register
from kgan.networks import r3gan


@register("r3gan")
class R3GAN(GAN):
    """The GAN is dead; long live the GAN! A modern GAN baseline (Huang et al. 2024).

    Each real image is paired with a generated one, and the critic says how much more real it is
    (relativistic pairing); zero-centred penalties on its slope at both (R1 and R2) each
    round; plain residual networks without normalization, styles, noise or attention.

    Differs from the paper: convolutions are not grouped, which CPUs and LiteRT do slowly or not at
    all; γ and Adam's β₂ stay what they are; no augmentation unless asked for. Images have no tanh,
    and are cut to [-1, 1] when sampled.

    Args:
        blocks: residual blocks at each size, ≥ 1.
        options: see `GAN`; `width` is the channels at the images' size, 32 unless told otherwise.

    Raises:
        InputError: for a number out of range.

    Reference: arXiv:2501.05441.
    """

    adversarial = adversarial.RELATIVISTIC
    regularizers = (regularizers.r1(weight=1.0), regularizers.r2(weight=1.0))
    unused_options = ("network",)
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.0, beta_2=0.99)

    def __init__(self, blocks: int = 2, **options):
        check_whole(1, blocks=blocks)
        self.blocks = blocks
        super().__init__(**options)

    def build_generator(self, network, width):
        sizes = (self.image_shape, self.latent_size, width or 32, self.blocks)
        return r3gan.build_generator(*sizes)

    def build_discriminator(self, network, width):
        return r3gan.build_discriminator(self.image_shape, width or 32, self.blocks)

    def call(self, inputs, training=False):
        return tf.clip_by_value(super().call(inputs, training), -1.0, 1.0)

    @classmethod
    def example(cls, **options):
        return super().example(**{"blocks": 1, **options})
