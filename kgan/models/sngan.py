"""SNGAN."""

import functools

import keras

from kgan.layers import apply_spectral_norm
from kgan.losses import adversarial
from kgan.models.core.base import GAN, register


@register("sngan")
class SNGAN(GAN):
    """Spectral normalization for generative adversarial networks (Miyato et al. 2018).

    Every kernel of the critic has a largest singular value of 1, so that its slope is bounded;
    hinge loss, residual networks (Table 4), five critic moves to one of the generator. The batch
    holds the examples of all five moves: for the paper's 64 a move, give 320.

    Differs from the paper: kernels are normalised after each move instead of inside it, and the
    generator's batch is as large as the critic's, where the paper's is twice that.

    Reference: arXiv:1802.05957.
    """

    adversarial = adversarial.HINGE
    discriminator_steps = 5
    default_network = "resnet"
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.0, beta_2=0.9)

    def constrain_discriminator(self, critic):
        return apply_spectral_norm(critic)

    @classmethod
    def example(cls, **options):
        few = {"network": "dcgan_plain_critic", "discriminator_steps": 2}
        return super().example(**{**few, **options})
