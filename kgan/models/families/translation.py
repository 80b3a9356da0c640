"""GANs that translate between two kinds of image, unpaired: what they share."""

import keras
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.core.base import GAN
from kgan.models.core.image_conditions import SourceImage
from kgan.models.core.player import Player
from kgan.models.core.sampling import read_inputs
from kgan.types import Tensor


class TwoWayTranslationGAN(GAN):
    """A GAN that translates between two kinds of image, a and b, in both directions.

    Two generators are one player, two critics the other. A variant builds four networks: those to
    b and of b are `generator` and `discriminator`, those to a and of a stand beside them.
    """

    conditions = (SourceImage("a", other="b"),)
    real_key = "b"

    @property
    def image_generators(self):
        return {"a": self.sampling_generator, "b": self.generator_to_a}

    def players(self):
        critics = (self.discriminator, self.discriminator_of_a)
        generators = (self.generator, self.generator_to_a)
        return (
            Player("discriminator", critics, self.discriminator_loss, self.discriminator_steps),
            Player("generator", generators, self.generator_loss, generates=True),
        )

    def generate(self, batch, rng):
        del rng
        return {"b": self.translate("b", batch["a"]), "a": self.translate("a", batch["b"])}

    def translate(self, side: str, images: Tensor) -> Tensor:
        """Returns images [B, H, W, C] of the other side as `side`'s generator translates them."""
        return run_on_images(self.generator_to_a if side == "a" else self.generator, images, True)

    def score(self, side: str, images: Tensor) -> Tensor:
        """Returns the raw scores, float32, that `side`'s critic gives images [B, H, W, C]."""
        critic = self.discriminator if side == "b" else self.discriminator_of_a
        return tf.cast(critic(images, training=True), tf.float32)

    def call(self, inputs, training=False):
        """Returns `inputs["a"]` as b, or `inputs["b"]` as a."""
        if "b" in inputs:
            made = run_on_images(self.generator_to_a, inputs["b"], training)
            return tf.cast(made, tf.float32)
        return super().call(inputs, training)


class OneWayTranslationGAN(GAN):
    """A GAN that makes images b of images a, which do not belong together in pairs."""

    conditions = (SourceImage("a"),)
    real_key = "b"

    def check_channels(self) -> None:
        """Refuses sides that differ in channels, for variants that compare one with the other.

        Raises:
            InputError: if they do.
        """
        a, b = self.condition(SourceImage).shape, self.image_shape
        if a[-1] != b[-1]:
            raise InputError(
                f"Expected sides of the same channels for {type(self).__name__}. Received: "
                f"{a[-1]} and {b[-1]}. Open both with the same --data.channels."
            )

    def preview(self, count, batch=None):
        """Returns sources beside what is made of them; an example's b is no target."""
        columns = super().preview(count, batch)
        return columns[:, :, : -self.image_shape[1]]


def run_on_images(generator: keras.Model, images: Tensor, training: bool) -> Tensor:
    """Returns what a network of one input makes of images, whatever its input is called."""
    names = read_inputs(generator)
    return generator(dict.fromkeys(names, images) if names else images, training=training)
