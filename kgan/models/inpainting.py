"""Inpainting."""

import functools

import keras
import tensorflow as tf

from kgan.models.core.base import register
from kgan.models.core.image_conditions import Mask, SourceImage
from kgan.models.families.paired import PairedGAN
from kgan.networks.inpainting import build_inpainter
from kgan.types import Batch, Tensor


@register("inpainting")
class Inpainting(PairedGAN):
    """Large-mask inpainting (Suvorov et al. 2022): fills the holes of pictures.

    A network of dilated convolutions sees the picture and where its hole is; outside of the hole
    the picture stays as it is. The critic of patches is told that a filled picture is real where
    nothing was filled (Section 2.3). L1 and the critic's features are paid beside.

    Differs from the paper: dilated instead of Fourier convolutions, which LiteRT lacks; L1 in the
    hole, for the rest is the source's own; no perceptual loss of another network.

    Args:
        adversarial_weight: of the adversarial loss, ≥ 0.
        feature_weight: of the mean absolute difference of the critic's features, ≥ 0.
        l1_weight: of the mean absolute difference of pixels in the hole, ≥ 0.
        pretraining_steps: rounds on pixels alone, ≥ 0.
        options: see `GAN`.

    Reference: arXiv:2109.07161.
    """

    conditions = (SourceImage(), Mask())
    unused_options = ("network", "adversarial")
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def __init__(
        self,
        adversarial_weight: float = 1.0,
        feature_weight: float = 10.0,
        l1_weight: float = 10.0,
        pretraining_steps: int = 0,
        **options,
    ):
        super().__init__(
            adversarial_weight, feature_weight, l1_weight, pretraining_steps, **options
        )

    def build_generator(self, network, width):
        self.condition(SourceImage).count_channels(self.image_shape)
        return build_inpainter(self.image_shape, width or 64)

    def discriminator_loss(self, batch, fake, rng):
        seen = self.run_critic(batch, fake, rng)
        signed = turn_known(seen.fake_scores, batch["mask"])
        loss = self.adversarial.discriminator(seen.real_scores, signed)
        return {"adversarial": loss, **self.regularize("discriminator", batch, rng, seen)}

    def measure_pixels(self, batch: Batch, fake: Tensor) -> Tensor:
        """Returns the mean over pictures of the mean absolute difference in the hole, a scalar."""
        errors = tf.abs(batch["target"] - tf.cast(fake, tf.float32)) * batch["mask"]
        held = tf.reduce_sum(batch["mask"], axis=(1, 2, 3)) * self.image_shape[-1]
        return tf.reduce_mean(tf.reduce_sum(errors, axis=(1, 2, 3)) / tf.maximum(held, 1.0))


def turn_known(scores: Tensor, mask: Tensor) -> Tensor:
    """Returns scores of filled pictures, negated where nothing was filled.

    softplus(−D) is paid there, as for real pictures, and softplus(D) where something was filled.

    Args:
        scores: [B, h, w, 1], D of patches.
        mask: [B, H, W, 1], 1 in the hole.

    Reference: Eqs. 3 and 4, arXiv:2109.07161.
    """
    holes = tf.image.resize(mask, tf.shape(scores)[1:3], "area") > 0
    return tf.where(holes, scores, -scores)
