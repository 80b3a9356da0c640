"""GAN with R1."""

import functools

import keras

from kgan.losses import regularizers
from kgan.models.core.base import GAN, register


@register("r1_gan")
class R1GAN(GAN):
    """Which training methods for GANs do actually converge? (Mescheder et al. 2018).

    The non-saturating game, with a zero-centred penalty of γ = 10 on the critic's slope at real
    images (Eq. 9). An averaged generator (`ema_half_life`) is part of the paper's method.

    Differs from the paper: DCGAN's networks, with no batch normalisation in the critic; Adam with
    β₁ = 0 instead of RMSprop.

    Reference: arXiv:1801.04406.
    """

    regularizers = (regularizers.r1(weight=10.0),)
    default_network = "dcgan_plain_critic"
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-4, beta_1=0.0, beta_2=0.99)
