"""WGAN."""

import functools

import keras

from kgan.layers import clip_weights
from kgan.losses import adversarial
from kgan.models.core.base import GAN, register


@register("wgan")
class WGAN(GAN):
    """Wasserstein GAN (Arjovsky et al. 2017), with clipped weights.

    Algorithm 1: five critic moves to one of the generator, weights in [-0.01, 0.01], RMSprop at
    5e-5. The batch holds the examples of all five moves: for the paper's 64 a move, give 320.

    Args:
        clip: the largest a weight of the critic may be, > 0.
        options: see `GAN`.

    Reference: arXiv:1701.07875.
    """

    adversarial = adversarial.WASSERSTEIN
    discriminator_steps = 5
    default_optimizer = functools.partial(keras.optimizers.RMSprop, 5e-5)

    def __init__(self, clip: float = 0.01, **options):
        self.clip = clip
        super().__init__(**options)

    def constrain_discriminator(self, critic):
        return clip_weights(critic, self.clip)

    @classmethod
    def example(cls, **options):
        return super().example(**{"discriminator_steps": 2, **options})
