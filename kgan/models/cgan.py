"""Conditional GAN."""

from kgan.models.core.base import register
from kgan.models.families.labels import LabelConditionalGAN
from kgan.networks import conditional


@register("cgan")
class CGAN(LabelConditionalGAN):
    """Conditional generative adversarial nets (Mirza and Osindero 2014).

    The label is one more input of both players: an embedding after the latents, and one more
    channel of the image.

    Differs from the paper: DCGAN's networks instead of dense ones.

    Args:
        classes: names of the classes, or how many there are.
        options: see `GAN`.

    Reference: arXiv:1411.1784.
    """

    default_network = "dcgan_plain_critic"

    def build_generator(self, network, width):
        pair, sizes = self._network_pair(network), (self.latent_size, len(self.classes))
        return conditional.build_concatenation_generator(pair, self.image_shape, *sizes, width)

    def build_discriminator(self, network, width):
        pair, classes = self._network_pair(network), len(self.classes)
        return conditional.build_concatenation_discriminator(pair, self.image_shape, classes, width)
