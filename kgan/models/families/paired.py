"""GANs that learn one picture from another, in pairs: what they share."""

import keras
import tensorflow as tf

from kgan.errors import check_not_negative, check_whole
from kgan.losses import auxiliary
from kgan.models.core.base import GAN
from kgan.models.core.image_conditions import SourceImage
from kgan.models.core.sampling import read_inputs
from kgan.networks import translation
from kgan.types import Batch, Tensor


class PairedGAN(GAN):
    """A GAN that makes `target` of `source`, paid by a critic, by its features and by pixels.

    For `pretraining_steps` rounds the generator is paid for pixels alone, and the critic waits.

    Args:
        adversarial_weight: of the adversarial loss, ≥ 0.
        feature_weight: of the mean absolute difference of the critic's features, ≥ 0.
        l1_weight: of the mean absolute difference of pixels, ≥ 0.
        pretraining_steps: rounds on pixels alone, ≥ 0.
        options: see `GAN`.
    """

    conditions = (SourceImage(),)
    real_key = "target"
    unused_options = ("network",)

    def __init__(
        self,
        adversarial_weight: float = 1.0,
        feature_weight: float = 1.0,
        l1_weight: float = 1.0,
        pretraining_steps: int = 0,
        **options,
    ):
        weights = {"adversarial_weight": adversarial_weight, "feature_weight": feature_weight}
        check_not_negative(l1_weight=l1_weight, **weights)
        check_whole(0, pretraining_steps=pretraining_steps)
        self.adversarial_weight = adversarial_weight
        self.feature_weight = feature_weight
        self.l1_weight = l1_weight
        self.pretraining_steps = pretraining_steps
        super().__init__(**options)

    def build_discriminator(self, network, width):
        return translation.build_patch_critic(self.image_shape, width or 64)

    def build_others(self, network, width):
        critic = self.discriminator
        activations = [x.output for x in critic.layers if isinstance(x, keras.layers.LeakyReLU)]
        self.features = keras.Model(critic.input, activations or [critic.layers[-1].input])

    def players(self):
        critic, generator = super().players()
        return critic._replace(start=self.pretraining_steps), generator

    def generator_loss(self, batch, fake, rng):
        pixels = self.l1_weight * self.measure_pixels(batch, fake)

        def play():
            losses = GAN.generator_loss(self, batch, fake, rng)
            features = self.feature_weight * self.compare_features(batch, fake)
            return self.adversarial_weight * losses["adversarial"], features

        def wait():
            return tf.constant(0.0), tf.constant(0.0)

        if self.pretraining_steps:
            adversarial, features = tf.cond(rng.step < self.pretraining_steps, wait, play)
        else:
            adversarial, features = play()
        return {"adversarial": adversarial, "features": features, "l1": pixels}

    def measure_pixels(self, batch: Batch, fake: Tensor) -> Tensor:
        """Returns the mean absolute difference of images [B, H, W, C] from the targets, float32."""
        return auxiliary.l1(batch["target"], fake)

    def compare_features(self, batch: Batch, fake: Tensor) -> Tensor:
        """Returns the mean absolute difference of what the critic sees in both, float32."""
        real, generated = (self._look(images, batch) for images in (batch["target"], fake))
        pairs = list(zip(real, generated, strict=True))
        return sum(auxiliary.l1(*pair) for pair in pairs) / len(pairs)

    def _look(self, images, batch):
        names = read_inputs(self.discriminator)
        inputs = {name: images if name == "images" else batch[name] for name in names or ()}
        maps = self.features(inputs or images, training=True)
        return maps if isinstance(maps, list) else [maps]
