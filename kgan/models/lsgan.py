"""LSGAN."""

from kgan.losses import adversarial
from kgan.models.core.base import GAN, register


@register("lsgan")
class LSGAN(GAN):
    """Least squares generative adversarial networks (Mao et al. 2017).

    In the 0-1 coding: real scores are drawn to 1, generated ones to 0; the generator draws its own
    to 1.

    Differs from the paper: DCGAN's networks and Adam.

    Reference: arXiv:1611.04076.
    """

    adversarial = adversarial.LEAST_SQUARES
