"""GANs with an encoder: images to latents and back."""

import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.core import batches, signatures
from kgan.models.core.base import GAN
from kgan.models.core.sampling import map_chunks
from kgan.networks import encoders
from kgan.random import RandomStream
from kgan.types import Array, Tensor


class EncodingGAN(GAN):
    """A GAN whose encoder reads a Gaussian over latents from an image, beside its generator.

    Args:
        options: see `GAN`; `network` is the generator's, encoder and critic have DCGAN's layers.

    Example:
        >>> latents = gan.encode(images)              # [N, latent_size]
        >>> again = gan.reconstruct(images)           # [N, H, W, C]
    """

    @property
    def image_conditions(self):
        return {"image": self.image_shape}

    def build_others(self, network, width):
        self.encoder = encoders.build_encoder(self.image_shape, self.latent_size, width or 64)
        self._means_of = tf.function(
            lambda inputs: self.encoder(inputs["images"], training=False)["mean"],
            reduce_retracing=True,
        )

    def sample_code(self, images: Tensor, rng: RandomStream) -> tuple[Tensor, dict[str, Tensor]]:
        """Returns latents drawn from what the encoder reads, with its `mean` and `log_variance`.

        Args:
            images: [B, H, W, C] in [-1, 1].
            rng: `kgan.random.RandomStream`.

        Returns:
            `(latents [B, latent_size], {"mean": …, "log_variance": …})`, float32; differentiable.
        """
        code = self.encoder(images, training=True)
        noise = rng.purpose("code").normal((tf.shape(images)[0], self.latent_size))
        return code["mean"] + tf.exp(0.5 * code["log_variance"]) * noise, code

    def encode(self, images: Array) -> Array:
        """Returns the means [N, latent_size] that the encoder reads from images, float32 NumPy.

        Args:
            images: [N, H, W, C], uint8 or float in [-1, 1].

        Raises:
            InputError: for images of another shape or range.
        """
        images = batches.check_images("image", images, self.image_shape)
        none = np.zeros((0, self.latent_size), np.float32)
        return map_chunks(self._means_of, {"images": images}, none)

    def reconstruct(self, images: Array) -> Array:
        """Returns images [N, H, W, C] in [-1, 1] that the generator makes of `encode(images)`."""
        return self.images_of(self.encode(images))

    def sample(self, seeds, condition=None):
        """Makes one image for each seed; or, under `{"image": images}`, each image again.

        See `GAN.sample`.
        """
        seeds = list(seeds)
        if condition is None or set(condition) != {"image"}:
            return super().sample(seeds, condition)
        if len(seeds) != len(condition["image"]):
            raise InputError(
                f"Expected an image for each seed. Received: {len(condition['image'])} images, "
                f"{len(seeds)} seeds."
            )
        return self.reconstruct(condition["image"])

    def signatures(self):
        """Adds `encode`, `images` uint8 → `latents`, and `reconstruct`, → `images` uint8."""

        def means(images):
            return tf.cast(self.encoder(images, training=False)["mean"], tf.float32)

        def encode(images):
            return {"latents": means(signatures.to_floats(images))}

        taken = {"images": signatures.pixel_input(self.image_shape)}
        text = "means of what the encoder reads"
        again = signatures.build_image_signatures(
            "reconstruct", lambda images: self.call(means(images)), self.image_shape, {}
        )
        return {
            **super().signatures(),
            "encode": signatures.Signature(encode, taken, {"latents": text}),
            **again,
        }

    def preview(self, count, batch=None):
        """Returns each example, what becomes of it, and beside them a sample; else samples."""
        if batch is None:
            return super().preview(count)
        images = np.asarray(batch["image"])[: max(count // 3, 1)]
        real = batches.check_images("image", images, self.image_shape)
        made = self.sample(range(len(real)))
        return np.concatenate([real, self.reconstruct(real), made], axis=2)
