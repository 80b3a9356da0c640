"""BigGAN."""

import keras
import tensorflow as tf

from kgan.layers import apply_spectral_norm
from kgan.layers.lipschitz import NORMALIZED
from kgan.losses import adversarial, regularizers
from kgan.models.core.base import GAN, register
from kgan.models.core.conditions import Label, Truncation
from kgan.networks import biggan
from kgan.random import UNTRUNCATED, truncate_normals


@register("biggan")
class BigGAN(GAN):
    """Large scale GAN training for high fidelity natural image synthesis (Brock et al. 2019).

    Residual networks with self-attention, spectrally normalised; a projection critic. The latent is
    split: each part says, beside an embedding of the class that blocks share, how one block is
    normalised. Kernels start orthogonal, and the generator's are held so (Eq. 3), so that latents
    may be truncated when it samples: without large numbers pictures are better, and vary less.

    Differs from the paper: attention at a quarter of the size of 64 pixels and more, at half of
    smaller ones; truncated numbers are not drawn again but moved to where such would be
    (`kgan.random.truncate_normals`); batch normalisation keeps one mean and variance for all
    truncations; batches are small.

    Args:
        latent_size: length of a latent, divisible by the generator's blocks + 1: by 4 at 32×32,
            by 5 at 64×64.
        options: see `GAN`; `width` is the channels at the images' size, 32 unless told otherwise.

    Raises:
        InputError: for a latent that cannot be split.

    Reference: arXiv:1809.11096.
    """

    conditions = (Label(), Truncation(none=UNTRUNCATED))
    adversarial = adversarial.HINGE
    regularizers = (regularizers.orthogonal(1e-4),)
    discriminator_steps = 2
    unused_options = ("network",)

    def __init__(self, latent_size: int = 120, **options):
        super().__init__(latent_size=latent_size, **options)

    def default_optimizers(self):
        rates = {"discriminator": 2e-4, "generator": 5e-5}
        return {
            name: keras.optimizers.Adam(rate, beta_1=0.0, beta_2=0.999, epsilon=1e-6)
            for name, rate in rates.items()
        }

    def build_generator(self, network, width):
        sizes = (self.image_shape, self.latent_size, self.condition(Label).count)
        return biggan.build_generator(*sizes, width or 32)

    def build_discriminator(self, network, width):
        classes = self.condition(Label).count
        return biggan.build_discriminator(self.image_shape, classes, width or 32)

    def constrain_generator(self, generator):
        # Not the classes' embedding, of which one direction would be held and the others grow.
        kinds = tuple(kind for kind in NORMALIZED if kind is not keras.layers.Embedding)
        return apply_spectral_norm(generator, kinds=kinds)

    def constrain_discriminator(self, critic):
        return apply_spectral_norm(critic)

    def call(self, inputs, training=False):
        """Returns images of latents and labels, after truncation where `inputs` say one."""
        if isinstance(inputs, dict) and "truncation" in inputs:
            latents = tf.cast(inputs["latents"], tf.float32)
            inputs = {**inputs, "latents": truncate_normals(latents, inputs["truncation"])}
        return super().call(inputs, training)

    @classmethod
    def example(cls, **options):
        # With seed 0 one step beyond hinge's margin leaves the critic without a gradient.
        few = {"image_shape": (8, 8, 1), "width": 2, "discriminator_steps": 1, "seed": 2}
        return super().example(**{**few, **options})
