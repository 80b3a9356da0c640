"""GANs that turn one image into another: what they share."""

import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.models.core import batches, signatures
from kgan.models.core.base import GAN
from kgan.models.core.player import Player
from kgan.models.core.sampling import generated


class Translating:
    """Samples that start from an image, given as the condition; mixed into a `GAN`."""

    sources = ("source",)

    def condition_inputs(self, condition, count):
        known = " or ".join(self.sources)
        if condition is None or len(condition) != 1 or not set(condition) <= set(self.sources):
            raise InputError(
                f"Expected a condition with {known}: images to start from, for "
                f"{type(self).__name__}. Received: {condition and sorted(condition)}."
            )
        ((name, images),) = condition.items()
        images = batches.checked_images(name, images, self.image_shape)
        if len(images) != count:
            raise InputError(
                f"Expected a {name} image for each of {count} seeds. Received: {len(images)}."
            )
        return {name: images}

    def conditions(self):
        source = self.sources[0]
        return {source: signatures.Input(tf.float32, self.image_shape, "image", "in [-1, 1]")}

    def signatures(self):
        """Adds `translate`, `images` uint8 → `images` uint8, and `translate_png`; see `Sampling`.

        Where there is noise, it is that of seed 0.
        """
        return {**super().signatures(), **self._translating("translate", self.sources[0])}

    def _translating(self, name, source):
        def made(images):
            inputs = {source: images}
            if self.takes_latents:
                seeds = tf.zeros((tf.shape(images)[0], 2), tf.int32)
                inputs["latents"] = self.latents_from_seeds(seeds)
            return self.call(inputs)

        return signatures.from_images(self, name, made)

    def condition_of(self, batch):
        return {self.sources[0]: batch[self.sources[0]]}

    def preview(self, count, batch):
        """Returns each source, what becomes of it, and its target if there is one, side by side."""
        batch = self.named_batch(batch)
        paired = () if self.real_key in self.sources else (self.real_key,)
        rows = max(count // (2 * len(self.sources) + len(paired)), 1)
        columns = []
        for name in self.sources:
            source = batch[name][:rows]
            columns += [source, self.sample(range(len(source)), {name: source})]
        return np.concatenate([*columns, *(batch[name][:rows] for name in paired)], axis=2)

    def default_condition(self, count):
        raise InputError(
            f"Expected images to start from, for {type(self).__name__} makes images of images. "
            "Received: none. Give --from FOLDER."
        )


class TwoWayTranslationGAN(Translating, GAN):
    """A GAN that translates between two kinds of image, a and b, in both directions.

    Two generators are one player, two critics the other. A variant builds four networks: those to
    b and of b are `generator` and `discriminator`, those to a and of a stand beside them.
    """

    batch_keys = image_keys = sources = ("a", "b")
    real_key = "b"

    def signatures(self):
        """Adds the other direction, `translate_to_a` and `translate_to_a_png`."""
        return {**super().signatures(), **self._translating("translate_to_a", "b")}

    def facts(self, batch=None):
        sides = {"translate": ["a", "b"], "translate_to_a": ["b", "a"]}
        return {**super().facts(batch), "sides": sides}

    def players(self):
        critics = (self.discriminator, self.discriminator_of_a)
        generators = (self.generator, self.generator_to_a)
        return (
            Player("discriminator", critics, self.discriminator_loss, self.discriminator_steps),
            Player("generator", generators, self.generator_loss, generates=True),
        )

    def generate(self, batch, rng):
        del rng
        return {"b": self.translated("b", batch["a"]), "a": self.translated("a", batch["b"])}

    def translated(self, side, images):
        """Returns images [B, H, W, C] of the other side as `side`'s generator translates them."""
        if side == "a":
            return self.generator_to_a({"b": images}, training=True)
        return self.generator({"a": images}, training=True)

    def scored(self, side, images):
        """Returns the raw scores, float32, that `side`'s critic gives images [B, H, W, C]."""
        critic = self.discriminator if side == "b" else self.discriminator_of_a
        return tf.cast(critic(images, training=True), tf.float32)

    def call(self, inputs, training=False):
        """Returns `inputs["a"]` as b, or `inputs["b"]` as a."""
        if "b" in inputs:
            return tf.cast(generated(self.generator_to_a, inputs, training), tf.float32)
        return super().call(inputs, training)
