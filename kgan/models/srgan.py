"""SRGAN."""

import functools

import keras

from kgan.errors import check_whole
from kgan.models.core.base import register
from kgan.models.core.image_conditions import SourceImage
from kgan.models.families.paired import PairedGAN
from kgan.networks import super_resolution


@register("srgan")
class SRGAN(PairedGAN):
    """Photo-realistic single image super-resolution using a GAN (Ledig et al. 2017).

    A residual network enlarges an image, of any size, 2, 4, … times. First it is paid for its
    pixels alone, then also for the critic's features and for fooling the critic (Eq. 3).

    Differs from the paper: the critic's own features instead of VGG's; L1, which stays after the
    first phase, instead of the mean squared error; a critic of patches.

    Args:
        adversarial_weight: of the adversarial loss, ≥ 0 (Eq. 3).
        feature_weight: of the mean absolute difference of features, ≥ 0.
        l1_weight: of the mean absolute difference of pixels, ≥ 0.
        pretraining_steps: rounds on pixels alone, ≥ 0.
        blocks: residual blocks, or convolutions of the compact network, ≥ 1.
        compact: whether the generator is Real-ESRGAN's small network, which works at the source's
            size and adds what the source lacks (arXiv:2107.10833).
        options: see `GAN`.

    Reference: arXiv:1609.04802.
    """

    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-4, beta_1=0.9)

    def __init__(
        self,
        adversarial_weight: float = 1e-3,
        feature_weight: float = 1.0,
        l1_weight: float = 1.0,
        pretraining_steps: int = 0,
        blocks: int = 16,
        compact: bool = False,
        **options,
    ):
        check_whole(1, blocks=blocks)
        self.blocks = blocks
        self.compact = compact
        super().__init__(
            adversarial_weight, feature_weight, l1_weight, pretraining_steps, **options
        )

    def build_generator(self, network, width):
        build = super_resolution.build_upscaler
        build = super_resolution.build_compact_upscaler if self.compact else build
        return build(self.condition(SourceImage).shape, self.image_shape, width or 64, self.blocks)

    @classmethod
    def example(cls, **options):
        shapes = {"image_shape": (32, 32, 1), "source_shape": (8, 8, 1), "blocks": 1}
        return super().example(**{**shapes, "pretraining_steps": 1, **options})
