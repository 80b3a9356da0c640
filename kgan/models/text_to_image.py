"""Matching-aware text-to-image GAN."""

import functools

import keras
import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.losses import penalties
from kgan.models.base import GAN, register
from kgan.models.captions import Tokenizer
from kgan.networks import captioned


@register("text_to_image")
class TextToImageGAN(GAN):
    """Generative adversarial text to image synthesis (Reed et al. 2016): GAN-CLS.

    The critic judges an image together with a caption, and sees three kinds: real with its own
    caption, real with another's, and generated with its own; only the first is right (Algorithm 1).

    Differs from the paper: the text encoders, one for each player, learn with them instead of
    before; R1 on the critic; no interpolation between captions in training.

    Args:
        words: every word a caption may hold.
        caption_length: words of a caption that are read, ≥ 1.
        options: see `GAN`.

    Reference: arXiv:1605.05396.
    """

    batch_keys = ("image", "caption")
    penalties = (penalties.r1(weight=1.0, every=8),)
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.5)

    def __init__(self, words: tuple[str, ...] = (), caption_length: int = 16, **options):
        self.tokenizer = Tokenizer(words, caption_length)
        super().__init__(**options)

    def build_generator(self, network, width):
        encoder = captioned.text_encoder(self.tokenizer.count, self.tokenizer.length)
        return captioned.generator(self.image_shape, self.latent_size, encoder, width or 64)

    def build_discriminator(self, network, width):
        encoder = captioned.text_encoder(self.tokenizer.count, self.tokenizer.length)
        return captioned.discriminator(self.image_shape, encoder, width or 64)

    def named_batch(self, data):
        batch = super().named_batch(data)
        return {**batch, "tokens": self.tokenizer(batch["caption"])}

    def generate(self, batch, rng):
        latents = rng.purpose("latents").normal((tf.shape(batch["tokens"])[0], self.latent_size))
        return self.generator({"latents": latents, "tokens": batch["tokens"]}, training=True)

    def critic(self, images, batch):
        inputs = {"images": images, "tokens": batch["tokens"]}
        return tf.cast(self.discriminator(inputs, training=True), tf.float32)

    def discriminator_loss(self, batch, fake, rng):
        real = self.shown(batch["image"], rng.purpose("shown_real"))
        fake = self.shown(fake, rng.purpose("shown_fake"))
        critic = functools.partial(self.critic, batch=batch)
        mismatched = self.critic(real, {"tokens": swapped(batch["tokens"])})
        wrong = tf.concat([mismatched, critic(fake)], axis=0)  # its mean is Algorithm 1's half
        losses = {"adversarial": self.adversarial.discriminator(critic(real), wrong)}
        for penalty in self.penalties:
            losses[penalty.name] = penalty(critic, real, fake, rng)
        return losses

    def condition_inputs(self, condition, count):
        if condition is None or set(condition) != {"prompt"}:
            raise InputError(
                f"Expected a condition with prompt for {type(self).__name__}. "
                f"Received: {condition and sorted(condition)}."
            )
        prompts = np.broadcast_to(np.asarray(condition["prompt"], object), (count,))
        return {"tokens": self.tokenizer.checked(prompts)}

    def default_condition(self, count):
        raise InputError(
            "Expected what to paint. Received: no prompt. Give --prompt 'a red 7 on blue'."
        )

    def condition_of(self, batch):
        return {"prompt": [caption.decode() for caption in batch["caption"].numpy()]}

    def images_along(self, latents, fractions, condition):
        """Returns images [N, H, W, C] on the way from one prompt's code to another's, or of one."""
        prompts = np.ravel(condition["prompt"])
        if len(prompts) == 1:
            return super().images_along(latents, fractions, {"prompt": prompts[0]})
        painter = self.sampling_generator.get_layer("painter")
        encoder = self.sampling_generator.get_layer("text_encoder")
        start, end = encoder(self.tokenizer.checked(prompts)).numpy()
        codes = start + np.asarray(fractions, np.float32)[:, None] * (end - start)
        return np.asarray(painter({"latents": latents, "code": codes}))

    def preview(self, count, batch):
        """Returns images for the first captions of the data."""
        captions = self.condition_of(batch)["prompt"][:count]
        return self.sample(range(len(captions)), {"prompt": captions})

    @classmethod
    def example(cls, **options):
        words = ("a", "red", "seven", "on", "blue")
        return super().example(**{"words": words, "caption_length": 6, **options})


def swapped(rows):
    """Returns rows [B, ...] with each two neighbours swapped; an odd last row stays."""
    order = tf.range(tf.shape(rows)[0])
    other = tf.bitwise.bitwise_xor(order, 1)
    return tf.gather(rows, tf.where(other < tf.size(order), other, order))
