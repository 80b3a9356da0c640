"""SAGAN."""

import keras

from kgan.layers import apply_spectral_norm
from kgan.losses import adversarial
from kgan.models.core.base import GAN, register
from kgan.networks import resnet


@register("sagan")
class SAGAN(GAN):
    """Self-attention generative adversarial networks (Zhang et al. 2019).

    At one size of their feature maps generator and critic attend to themselves: what is painted in
    a place can follow from what stands far away. Kernels of both are spectrally normalised; hinge
    loss; one move each a round, the critic's rate being four times the generator's.

    Differs from the paper: no classes; the residual networks of `sngan`, whose critic ends at 8×8;
    keys and values are max-pooled, as in BigGAN.

    Args:
        options: see `GAN`; `width` is half the channels of the generator and all of the critic's,
            128 unless told otherwise.

    Reference: arXiv:1805.08318.
    """

    adversarial = adversarial.HINGE
    unused_options = ("network",)

    def default_optimizers(self):
        rates = {"discriminator": 4e-4, "generator": 1e-4}
        return {
            name: keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.9)
            for name, rate in rates.items()
        }

    def build_generator(self, network, width):
        sizes = (self.image_shape, self.latent_size, width or 128)
        return resnet.build_generator(*sizes, attention=True)

    def build_discriminator(self, network, width):
        return resnet.build_discriminator(self.image_shape, width or 128, attention=True)

    def constrain_generator(self, generator):
        return apply_spectral_norm(generator)

    def constrain_discriminator(self, critic):
        return apply_spectral_norm(critic)

    @classmethod
    def example(cls, **options):
        # With seed 0 a step at rate 1 leaves tanh, and so attention, without a gradient.
        return super().example(**{"image_shape": (8, 8, 1), "seed": 1, **options})
