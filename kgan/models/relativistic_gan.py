"""Relativistic GAN."""

from kgan.losses import adversarial
from kgan.models.core.base import GAN, register


@register("relativistic_gan")
class RelativisticGAN(GAN):
    """The relativistic discriminator (Jolicoeur-Martineau 2018): RSGAN.

    The critic says how much more real a real example is than a generated one;
    `adversarial="relativistic_average"` compares with the other kind's mean instead (RaSGAN),
    which under a distribution strategy is the mean of the replica's share of the batch.

    Differs from the paper: DCGAN's networks.

    Reference: arXiv:1807.00734.
    """

    adversarial = adversarial.RELATIVISTIC
