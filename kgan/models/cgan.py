"""Conditional GAN."""

from kgan.models.core.base import GAN, register
from kgan.models.core.conditions import Label
from kgan.networks import conditional


@register("cgan")
class CGAN(GAN):
    """Conditional generative adversarial nets (Mirza and Osindero 2014).

    The label is one more input of both players: an embedding after the latents, and one more
    channel of the image.

    Differs from the paper: DCGAN's networks instead of dense ones.

    Args:
        options: see `GAN`.

    Reference: arXiv:1411.1784.
    """

    conditions = (Label(),)
    default_network = "dcgan_plain_critic"

    def build_generator(self, network, width):
        pair, classes = self._network_pair(network), self.condition(Label).count
        sizes = (self.latent_size, classes)
        return conditional.build_concatenation_generator(pair, self.image_shape, *sizes, width)

    def build_discriminator(self, network, width):
        pair, classes = self._network_pair(network), self.condition(Label).count
        return conditional.build_concatenation_discriminator(pair, self.image_shape, classes, width)
