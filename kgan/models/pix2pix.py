"""pix2pix."""

import functools

import keras

from kgan.errors import InputError
from kgan.losses import auxiliary
from kgan.models.core.base import GAN, register
from kgan.models.core.image_conditions import SourceImage
from kgan.networks import translation


@register("pix2pix")
class Pix2Pix(GAN):
    """Image-to-image translation with conditional adversarial networks (Isola et al. 2017).

    A U-Net is paid for fooling a critic of patches, which sees the source too, and for the mean
    absolute difference from the target (Eq. 4).

    Differs from the paper: instance normalisation; noise drops whole channels, as the latent of a
    seed says, in training and after.

    Args:
        adversarial_weight: of the adversarial loss, ≥ 0; 0 leaves L1 alone.
        l1_weight: λ of Eq. 4, ≥ 0; 0 leaves the GAN alone.
        noise: whether there is a latent; without one, a source has one translation.
        options: see `GAN`.

    Reference: arXiv:1611.07004.
    """

    conditions = (SourceImage(),)
    real_key = "target"
    unused_options = ("network",)
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def __init__(
        self,
        adversarial_weight: float = 1.0,
        l1_weight: float = 100.0,
        noise: bool = True,
        **options,
    ):
        if not (adversarial_weight >= 0 and l1_weight >= 0 and adversarial_weight + l1_weight > 0):
            raise InputError(
                "Expected adversarial_weight and l1_weight >= 0, not both 0. Received: "
                f"adversarial_weight={adversarial_weight}, l1_weight={l1_weight}."
            )
        self.adversarial_weight = adversarial_weight
        self.l1_weight = l1_weight
        self.noise = noise
        super().__init__(**options)

    def build_generator(self, network, width):
        channels = self.condition(SourceImage).count_channels(self.image_shape)
        sizes = (self.image_shape, self.latent_size, width or 64)
        return translation.build_unet(*sizes, self.noise, source_channels=channels)

    def build_discriminator(self, network, width):
        channels = self.condition(SourceImage).shape[-1]
        return translation.build_patch_critic(
            self.image_shape, width or 64, conditional=True, source_channels=channels
        )

    def generator_loss(self, batch, fake, rng):
        losses = super().generator_loss(batch, fake, rng)
        return {
            "adversarial": self.adversarial_weight * losses["adversarial"],
            "l1": self.l1_weight * auxiliary.l1(batch["target"], fake),
        }
