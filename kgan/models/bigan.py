"""BiGAN."""

import functools

import keras
import tensorflow as tf

from kgan.models.core import batches
from kgan.models.core.base import register
from kgan.models.families.encoder import EncodingGAN
from kgan.networks import encoders
from kgan.types import Tensor


@register("bigan")
class BiGAN(EncodingGAN):
    """Adversarial feature learning (Donahue et al. 2017) and adversarially learned inference.

    The critic sees pairs: an image with the latent that the encoder reads from it, and a latent
    with the image that the generator makes of it. Where it cannot tell them apart, encoder and
    generator are each other's inverse (Theorem 2). Encoder and generator are one player, and each
    is paid for its own pairs.

    Differs from the paper: the encoder's latent is drawn, as in ALI (Dumoulin et al. 2017,
    arXiv:1606.00704); regularizers and augmentations take a pair as one long vector.

    Args:
        options: see `GAN`.

    Reference: arXiv:1605.09782.
    """

    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def build_discriminator(self, network, width):
        return encoders.build_joint_discriminator(self.image_shape, self.latent_size, width or 64)

    def players(self):
        discriminator, generator = super().players()
        return discriminator, generator._replace(networks=(self.generator, self.encoder))

    def generate(self, batch, rng):
        latents = rng.purpose("latents").normal((batches.count_examples(batch), self.latent_size))
        code, _ = self.sample_code(batch["image"], rng)
        images = self.generator(latents, training=True)
        return {"real": join_pairs(batch["image"], code), "fake": join_pairs(images, latents)}

    def judge(self, pairs, batch):
        height, width, channels = self.image_shape
        images, latents = tf.split(pairs, [height * width * channels, self.latent_size], axis=1)
        images = tf.reshape(images, (-1, height, width, channels))
        return super().judge(images, {"latents": latents})

    def discriminator_loss(self, batch, fake, rng):
        return super().discriminator_loss({**batch, "image": fake["real"]}, fake["fake"], rng)

    def generator_loss(self, batch, fake, rng):
        real, made = (
            self.judge(self.augment(fake[kind], rng.purpose(f"shown_{kind}")), batch)["scores"]
            for kind in ("real", "fake")
        )
        return {
            "adversarial": self.adversarial.generator(real, made),
            "encoder": self.adversarial.encoder(real, made),
        }


def join_pairs(images: Tensor, latents: Tensor) -> Tensor:
    """Returns pairs [B, H·W·C + latent_size], float32."""
    flat = tf.reshape(tf.cast(images, tf.float32), (tf.shape(images)[0], -1))
    return tf.concat([flat, latents], axis=1)
