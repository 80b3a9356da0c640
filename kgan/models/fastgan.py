"""FastGAN."""

import functools

import keras
import tensorflow as tf
from keras import ops

from kgan.augmentation import diffaugment
from kgan.errors import check_positive
from kgan.layers import apply_spectral_norm
from kgan.losses import adversarial, auxiliary
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.core.network_checks import name_outputs
from kgan.networks import fastgan
from kgan.random import RandomStream
from kgan.types import Tensor


@register("fastgan")
class FastGAN(GAN):
    """Towards faster and stabilized GAN training for few-shot image synthesis (Liu et al. 2021).

    For some hundred pictures. The critic is an autoencoder too: of its features of real images two
    decoders make the whole image at half the size, and a random quarter of it. A critic that has to
    describe images cannot look for a few pixels that give them away. How well it does is logged as
    `discriminator_psnr`, in decibels; where that is far better for the images it trains on than for
    others, it knows them by heart. Hinge loss, DiffAugment.

    Differs from the paper: reconstructions are compared by their mean squared error, not by a
    network for likeness; the generator has no noise beside its latent, and its kernels are not
    normalised, the critic's are as `sngan`'s; gates reach less far in pictures below 128 pixels.

    Args:
        reconstruction_weight: of the mean squared errors of both reconstructions, > 0.
        options: see `GAN`; `width` is the channels at the images' size, 64 unless told otherwise;
            a `discriminator` gives `{"scores", "fine", "coarse"}`, as
            `kgan.networks.fastgan.build_discriminator` does.

    Raises:
        InputError: for a number out of range, or a critic without these.

    Reference: arXiv:2101.04775.
    """

    adversarial = adversarial.HINGE
    critic_outputs = ("scores", "fine", "coarse")
    augmentations = (diffaugment(cutout=False),)
    unused_options = ("network",)
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def __init__(self, reconstruction_weight: float = 1.0, **options):
        check_positive(reconstruction_weight=reconstruction_weight)
        self.reconstruction_weight = reconstruction_weight
        super().__init__(**options)

    def build_generator(self, network, width):
        return fastgan.build_generator(self.image_shape, self.latent_size, width or 64)

    def build_discriminator(self, network, width):
        return fastgan.build_discriminator(self.image_shape, width or 64)

    def constrain_discriminator(self, critic):
        return apply_spectral_norm(critic)

    def build_others(self, network, width):
        judged = self.discriminator(keras.Input(self.image_shape))
        maps = name_outputs(judged, self.critic_outputs)
        size = maps["coarse"].shape[1:3]
        self.decoders = {
            name: fastgan.build_decoder(
                (*size, maps[name].shape[-1]), self.image_shape, width or 64, f"{name}_decoder"
            )
            for name in ("fine", "coarse")
        }

    def players(self):
        critic, generator = super().players()
        networks = (*critic.networks, *self.decoders.values())
        return critic._replace(networks=networks, reports=("psnr",)), generator

    def discriminator_loss(self, batch, fake, rng):
        seen = self.run_critic(batch, fake, rng)
        pairs = self.reconstruct(seen.shown["real"], seen.outputs["real"], rng)
        errors = sum(auxiliary.l2(*pair) for pair in pairs)
        decibels = [tf.image.psnr(*pair, max_val=2.0) for pair in pairs]
        return {
            "adversarial": self.adversarial.discriminator(seen.real_scores, seen.fake_scores),
            "reconstruction": self.reconstruction_weight * errors,
            "psnr": tf.reduce_mean(decibels),
            **self.regularize("discriminator", batch, rng, seen),
        }

    def reconstruct(
        self, images: Tensor, maps: dict[str, Tensor], rng: RandomStream
    ) -> list[tuple[Tensor, Tensor]]:
        """Returns two pairs of pictures [B, H/2, W/2, C] and what decoders make of features.

        Args:
            images: [B, H, W, C] as the critic was shown them.
            maps: what it gave for them.
            rng: says which part of the images is the second picture.
        """
        images = tf.cast(images, tf.float32)
        grid, size = maps["fine"].shape[1:3], maps["coarse"].shape[1:3]
        room = [float(all_ - some + 1) for all_, some in zip(grid, size, strict=True)]
        place = tf.cast(room * rng.purpose("part").for_all_replicas().uniform((2,)), "int32")
        half = [side // 2 for side in self.image_shape[:2]]
        whole = self.decoders["coarse"](maps["coarse"], training=True)
        part = self.decoders["fine"](cut(maps["fine"], place, grid, size), training=True)
        return [
            (ops.average_pool(images, 2, 2), whole),
            (cut(images, place, grid, half), part),
        ]


def cut(maps: Tensor, place: Tensor, grid: tuple[int, int], size: tuple[int, int]) -> Tensor:
    """Returns the part [B, *size, C] of feature maps or images that begins at a place.

    Args:
        maps: [B, H, W, C].
        place: int32 [2], row and column of a grid.
        grid: into how many rows and columns it divides the picture.
        size: of the part, in pixels of `maps`.
    """
    start = place * maps.shape[1:3] // grid
    count = batches.count_examples({"maps": maps})
    return tf.slice(maps, [0, start[0], start[1], 0], [count, *size, maps.shape[-1]])
