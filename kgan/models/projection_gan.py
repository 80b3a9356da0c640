"""Projection GAN."""

import functools

import keras

from kgan.layers import apply_spectral_norm
from kgan.losses import adversarial
from kgan.models.core.base import GAN, register
from kgan.models.core.conditions import Label
from kgan.networks import conditional


@register("projection_gan")
class ProjectionGAN(GAN):
    """cGANs with projection discriminator (Miyato and Koyama 2018).

    The critic adds the inner product of its features and an embedding of the label (Eq. 5); the
    generator's batch normalization belongs to the class; hinge loss, spectral normalization.

    Differs from the paper: DCGAN's networks instead of residual ones, one critic move a round
    instead of five.

    Args:
        options: see `GAN`.

    Reference: arXiv:1802.05637.
    """

    conditions = (Label(),)
    adversarial = adversarial.HINGE
    unused_options = ("network",)
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.0, beta_2=0.9)

    def build_generator(self, network, width):
        sizes = (self.image_shape, self.latent_size, self.condition(Label).count)
        return conditional.build_projection_generator(*sizes, width or 64)

    def build_discriminator(self, network, width):
        classes = self.condition(Label).count
        return conditional.build_projection_discriminator(self.image_shape, classes, width or 64)

    def constrain_discriminator(self, critic):
        return apply_spectral_norm(critic)
