"""Colorization."""

import functools

import keras

from kgan.errors import InputError
from kgan.layers.lab import Colorize
from kgan.models.core.base import register
from kgan.models.core.image_conditions import SourceImage
from kgan.models.families.paired import PairedGAN
from kgan.networks import translation


@register("colorization")
class Colorization(PairedGAN):
    """Colours for grey pictures, in L*a*b* (Isola et al. 2017, Section 4.2).

    A U-Net says a* and b*; the lightness is that of the picture itself. It is paid for fooling a
    critic of patches and for the mean absolute difference from the target.

    Differs from the paper: no noise; losses on RGB; colours that RGB does not have become paler.

    Args:
        adversarial_weight: of the adversarial loss, ≥ 0.
        feature_weight: of the mean absolute difference of the critic's features, ≥ 0.
        l1_weight: of the mean absolute difference of pixels, ≥ 0.
        pretraining_steps: rounds on pixels alone, ≥ 0.
        options: see `GAN`.

    Reference: arXiv:1611.07004.
    """

    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def __init__(
        self,
        adversarial_weight: float = 1.0,
        feature_weight: float = 0.0,
        l1_weight: float = 100.0,
        pretraining_steps: int = 0,
        **options,
    ):
        super().__init__(
            adversarial_weight, feature_weight, l1_weight, pretraining_steps, **options
        )

    def build_generator(self, network, width):
        channels = self.condition(SourceImage).count_channels(self.image_shape)
        if self.image_shape[-1] != 3 or channels not in (1, 3):
            raise InputError(
                "Expected coloured targets, and sources of 1 or 3 channels. Received: image_shape="
                f"{self.image_shape}, {channels} channels of sources."
            )
        source = keras.Input((None, None, channels), name="source")
        shape = (*self.image_shape[:2], 2)
        unet = translation.build_unet(
            shape, self.latent_size, width or 64, noise=False, source_channels=channels
        )
        color = keras.Model(unet.inputs, unet.outputs[0], name="color")
        images = Colorize(name="images")([source, color(source)])
        return keras.Model({"source": source}, images, name="generator")

    @classmethod
    def example(cls, **options):
        shapes = {"image_shape": (32, 32, 3), "source_shape": (32, 32, 1)}
        return super().example(**{**shapes, **options})
