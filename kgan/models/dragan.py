"""DRAGAN."""

from kgan.losses import regularizers
from kgan.models.core.base import GAN, register


@register("dragan")
class DRAGAN(GAN):
    """On convergence and stability of GANs (Kodali et al. 2017).

    The non-saturating game, and a critic whose slope around real images is drawn to 1.

    Differs from the paper: DCGAN's networks, with no batch normalisation in the critic.

    Reference: arXiv:1705.07215.
    """

    regularizers = (regularizers.dragan(weight=10.0),)
    default_network = "dcgan_plain_critic"
