"""SRGAN."""

import functools

import keras

from kgan.errors import check_not_negative
from kgan.losses import auxiliary
from kgan.models import GAN, register
from kgan.models.core.image_conditions import SourceImage
from tests.drafts import networks


@register("srgan")
class SRGAN(GAN):
    """Photo-realistic single image super-resolution using a GAN (Ledig et al. 2017).

    A residual network enlarges an image; it is paid for what a critic's features and the pixels
    differ from the target's, and for fooling that critic.

    Differs from the paper: the critic's own features instead of VGG's, with L1 of the pixels
    beside them; DCGAN's critic; no training on errors of pixels alone before.

    Args:
        adversarial_weight: of the adversarial loss, ≥ 0 (Eq. 3).
        feature_weight: of the mean absolute difference of features, ≥ 0.
        l1_weight: of the mean absolute difference of pixels, ≥ 0.
        blocks: residual blocks of the generator, ≥ 1.
        options: see `GAN`.

    Reference: arXiv:1609.04802.
    """

    conditions = (SourceImage(),)
    real_key = "target"
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-4, beta_1=0.9)

    def __init__(
        self,
        adversarial_weight: float = 1e-3,
        feature_weight: float = 1.0,
        l1_weight: float = 1.0,
        blocks: int = 16,
        **options,
    ):
        check_not_negative(
            adversarial_weight=adversarial_weight,
            feature_weight=feature_weight,
            l1_weight=l1_weight,
        )
        self.adversarial_weight = adversarial_weight
        self.feature_weight = feature_weight
        self.l1_weight = l1_weight
        self.blocks = blocks
        super().__init__(**options)

    def build_generator(self, network, width):
        shapes = (self.condition(SourceImage).shape, self.image_shape)
        return networks.build_upscaler(*shapes, width or 64, self.blocks)

    def build_others(self, network, width):
        self.features = keras.Model(self.discriminator.inputs, self.discriminator.layers[-1].input)

    def generator_loss(self, batch, fake, rng):
        losses = super().generator_loss(batch, fake, rng)
        features = [self.features(x, training=True) for x in (batch["target"], fake)]
        return {
            "adversarial": self.adversarial_weight * losses["adversarial"],
            "features": self.feature_weight * auxiliary.l1(*features),
            "l1": self.l1_weight * auxiliary.l1(batch["target"], fake),
        }

    @classmethod
    def example(cls, **options):
        shapes = {"image_shape": (32, 32, 1), "source_shape": (8, 8, 1), "blocks": 1}
        return super().example(**{**shapes, **options})
