"""StyleGAN2."""

import functools

import keras

from kgan.errors import check_fraction, check_positive, check_whole
from kgan.losses import regularizers
from kgan.models.core.base import GAN, register
from kgan.models.families.styles import StyleBased
from kgan.networks import stylegan2


@register("stylegan2")
class StyleGAN2(StyleBased, GAN):
    """Analyzing and improving the image quality of StyleGAN (Karras et al. 2020).

    A mapping turns latents into styles, which scale the layers of a skip generator; the critic is
    residual. The non-saturating game with R1 every 16 rounds; every 8, the generator also pays for
    paths in style space that are not of one length (Eq. 4); styles of two latents are mixed.

    Differs from the paper: as `kgan.networks.stylegan2.build_synthesis` says, so that the sum of
    colours ends in tanh; a regularising term joins the loss of its round, where the paper gives it
    a step of its own, so rates need no correction for that; one crossover for each sample.

    Args:
        mapping_layers: dense layers from latents to styles, ≥ 1.
        mapping_rate: at which share of the generator's rate they learn, > 0.
        style_mixing: share of samples painted with the styles of two latents, in [0, 1].
        options: see `GAN`; `width` is the channels at the images' size, 64 unless told otherwise.

    Raises:
        InputError: for a number out of range, or another `network`.

    Reference: arXiv:1912.04958.
    """

    regularizers = (regularizers.r1(weight=10.0, every=16), regularizers.path_length(every=8))
    unused_options = ("network",)
    default_optimizer = functools.partial(
        keras.optimizers.Adam, 2e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8
    )

    def __init__(
        self,
        mapping_layers: int = 8,
        mapping_rate: float = 0.01,
        style_mixing: float = 0.9,
        **options,
    ):
        check_whole(mapping_layers=mapping_layers, least=1)
        check_positive(mapping_rate=mapping_rate)
        check_fraction(style_mixing=style_mixing)
        self.mapping_layers = mapping_layers
        self.mapping_rate = mapping_rate
        self.style_mixing = style_mixing
        super().__init__(**options)

    def build_generator(self, network, width):
        mapping = (self.mapping_layers, self.mapping_rate)
        return stylegan2.build_generator(self.image_shape, self.latent_size, width or 64, *mapping)

    def build_discriminator(self, network, width):
        return stylegan2.build_discriminator(self.image_shape, width or 64)

    @classmethod
    def example(cls, **options):
        return super().example(**{"image_shape": (8, 8, 1), "mapping_layers": 2, **options})
