"""WGAN-GP."""

import functools

import keras

from kgan.losses import adversarial, regularizers
from kgan.models.core.base import GAN, register


@register("wgan_gp")
class WGANGP(GAN):
    """Improved training of Wasserstein GANs (Gulrajani et al. 2017).

    Algorithm 1: five critic moves to one of the generator, penalty of weight 10 on lines between
    real and generated images, no batch normalisation in the critic. The batch holds the examples
    of all five moves: for the paper's 64 a move, give 320.

    Differs from the paper: DCGAN's generator instead of a residual one.

    Reference: arXiv:1704.00028.
    """

    adversarial = adversarial.WASSERSTEIN
    regularizers = (regularizers.gradient_penalty(weight=10.0, target=1.0),)  # Eq. 3
    discriminator_steps = 5
    default_network = "dcgan_plain_critic"
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-4, beta_1=0.0, beta_2=0.9)

    @classmethod
    def example(cls, **options):
        return super().example(**{"discriminator_steps": 2, **options})
