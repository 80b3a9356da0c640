"""Unrolled GAN."""

import functools

import keras

from kgan.errors import InputError, check_whole
from kgan.losses import second_order
from kgan.models.core.base import GAN, register


@register("unrolled_gan")
class UnrolledGAN(GAN):
    """Unrolled generative adversarial networks (Metz et al. 2017).

    The generator is paid by the critic as it would be some gradient steps later, and feels how
    those steps answer it: fleeing to one mode no longer pays.

    Differs from the paper: plain gradient steps of the critic are unrolled, not Adam's.

    Args:
        unrolling_steps: steps the generator looks ahead, ≥ 1 (5 or 10 in the paper).
        unrolling_step_size: length of each, > 0.
        options: see `GAN`.

    Raises:
        InputError: for steps or a step size out of range.

    Reference: arXiv:1611.02163.
    """

    default_network = "dcgan_plain_critic"
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-4, beta_1=0.5)

    def __init__(self, unrolling_steps: int = 5, unrolling_step_size: float = 0.1, **options):
        check_whole(unrolling_steps=unrolling_steps, least=1)
        if not unrolling_step_size > 0:
            raise InputError(
                "Expected unrolling_step_size > 0. "
                f"Received: unrolling_step_size={unrolling_step_size}."
            )
        self.unrolling_steps = unrolling_steps
        self.unrolling_step_size = unrolling_step_size
        super().__init__(**options)

    def generator_loss(self, batch, fake, rng):
        critic = self.discriminator.trainable_variables
        ahead = second_order.unroll(
            lambda: sum(self.discriminator_loss(batch, fake, rng).values()),
            critic,
            self.unrolling_steps,
            self.unrolling_step_size,
        )
        with keras.StatelessScope(zip(critic, ahead, strict=True)):
            return super().generator_loss(batch, fake, rng)

    @classmethod
    def example(cls, **options):
        return super().example(**{"unrolling_steps": 2, **options})
