"""Hinge GAN."""

from kgan.losses import adversarial
from kgan.models.core.base import GAN, register


@register("hinge_gan")
class HingeGAN(GAN):
    """Geometric GAN (Lim and Ye 2017): the critic is paid for scores beyond a margin of 1.

    Differs from the paper: DCGAN's networks.

    Reference: arXiv:1705.02894; Eq. 16 and 17 of arXiv:1802.05957.
    """

    adversarial = adversarial.HINGE
