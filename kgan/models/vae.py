"""VAE."""

import functools

import keras
import tensorflow as tf

from kgan.errors import check_positive
from kgan.losses import auxiliary
from kgan.models.core.base import register
from kgan.models.core.player import Player
from kgan.models.families.encoder import EncodingGAN


@register("vae")
class VAE(EncodingGAN):
    """Auto-encoding variational Bayes (Kingma and Welling 2014): the baseline without a critic.

    One player, encoder and generator together, minimises the negative evidence lower bound per
    image (Eq. 10), the generator being the decoder of p(x|z) = N(G(z), σ²).

    Differs from the paper: convolutional networks; σ is given rather than learned.

    Args:
        noise_scale: σ, in units of images in [-1, 1], > 0; the smaller, the sharper are
            reconstructions and the less do samples look like them.
        options: see `GAN`; those of a critic are refused.

    Raises:
        InputError: for a noise_scale out of range.

    Reference: arXiv:1312.6114.
    """

    unused_options = (
        "adversarial", "regularizers", "augmentations", "discriminator_steps", "discriminator"
    )  # fmt: skip
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-3)

    def __init__(self, noise_scale: float = 0.3, **options):
        check_positive(noise_scale=noise_scale)
        self.noise_scale = noise_scale
        super().__init__(**options)

    def build_discriminator(self, network, width):
        return None

    def players(self):
        networks = (self.generator, self.encoder)
        return (Player("generator", networks, self.generator_loss, generates=True),)

    def generate(self, batch, rng):
        latents, code = self.sample_code(batch["image"], rng)
        return {"image": self.generator(latents, training=True), **code}

    def generator_loss(self, batch, fake, rng):
        del rng
        misses = tf.reduce_sum(tf.square(batch["image"] - fake["image"]), axis=[1, 2, 3])  # [B]
        divergence = auxiliary.gaussian_divergence(fake["mean"], fake["log_variance"])
        return {
            "reconstruction": tf.reduce_mean(misses) / (2.0 * self.noise_scale**2),
            "divergence": divergence,
        }
