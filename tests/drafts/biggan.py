"""BigGAN."""

import keras

from kgan.errors import InputError
from kgan.layers import apply_spectral_norm
from kgan.losses import adversarial, regularizers
from kgan.models import GAN, register
from kgan.models.core.conditions import Label
from tests.drafts import networks


@register("biggan")
class BigGAN(GAN):
    """Large scale GAN training for high fidelity natural image synthesis (Brock et al. 2019).

    Residual networks with spectral normalization of both; a projection critic; the latent is split,
    and each part drives, beside the class, the normalizations of one block; kernels of the
    generator are held orthogonal (Eq. 3).

    Differs from the paper: no attention; the critic of the spectral normalization paper; its
    embedding of classes is normalised in the generator too.

    Args:
        latent_size: length of a latent, divisible by the generator's blocks + 1.
        options: see `GAN`.

    Reference: arXiv:1809.11096.
    """

    conditions = (Label(),)
    adversarial = adversarial.HINGE
    regularizers = (regularizers.orthogonal(1e-4),)
    discriminator_steps = 2
    default_network = "resnet"

    def __init__(self, latent_size: int = 120, **options):
        super().__init__(latent_size=latent_size, **options)

    def default_optimizers(self):
        rates = {"generator": 5e-5, "discriminator": 2e-4}
        return {
            name: keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.999)
            for name, rate in rates.items()
        }

    def build_generator(self, network, width):
        parts = (self.image_shape[0] // 4).bit_length()
        if self.latent_size % parts:
            raise InputError(
                f"Expected a latent_size divisible by {parts}, a part for each block and one. "
                f"Received: latent_size={self.latent_size}."
            )
        sizes = (self.image_shape, self.latent_size, self.condition(Label).count)
        return networks.build_hierarchical_generator(*sizes, width or 64)

    def build_discriminator(self, network, width):
        critic = super().build_discriminator(network, width)
        return networks.add_projection(critic, self.condition(Label).count)

    def constrain_generator(self, generator):
        return apply_spectral_norm(generator)

    def constrain_discriminator(self, critic):
        return apply_spectral_norm(critic)

    @classmethod
    def example(cls, **options):
        few = {"latent_size": 9, "network": "dcgan_plain_critic"}
        return super().example(**{**few, **options})
