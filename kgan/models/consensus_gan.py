"""Consensus optimization."""

import functools

import keras

from kgan.errors import check_positive
from kgan.losses import second_order
from kgan.models.core.base import GAN, register


@register("consensus_gan")
class ConsensusGAN(GAN):
    """The numerics of GANs (Mescheder et al. 2017): consensus optimization.

    Both players also pay for the length of the joint gradient, ½‖v(θ, ψ)‖², so that they spiral
    into an equilibrium instead of around it. It costs two more passes and second derivatives.

    Differs from the paper: the players move in turn, and see noise of their own in the new term.

    Args:
        consensus_weight: γ, > 0 (10 in the paper's experiments with images).
        options: see `GAN`.

    Raises:
        InputError: for another weight.

    Reference: arXiv:1705.10461.
    """

    default_network = "dcgan_plain_critic"
    default_optimizer = functools.partial(keras.optimizers.RMSprop, 1e-4)

    def __init__(self, consensus_weight: float = 10.0, **options):
        check_positive(consensus_weight=consensus_weight)
        self.consensus_weight = consensus_weight
        super().__init__(**options)

    def discriminator_loss(self, batch, fake, rng):
        losses = super().discriminator_loss(batch, fake, rng)
        return {**losses, "consensus": self._consensus(batch, rng.purpose("consensus"))}

    def generator_loss(self, batch, fake, rng):
        losses = super().generator_loss(batch, fake, rng)
        return {**losses, "consensus": self._consensus(batch, rng.purpose("consensus"))}

    def _consensus(self, batch, rng):
        def losses():
            fake = self.generate(batch, rng)
            discriminator = super(ConsensusGAN, self).discriminator_loss(batch, fake, rng)
            generator = super(ConsensusGAN, self).generator_loss(batch, fake, rng)
            return sum(discriminator.values()), sum(generator.values())

        variables = [player.variables for player in self.players()]
        return self.consensus_weight * second_order.consensus_penalty(losses, variables)
