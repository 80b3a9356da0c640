"""Matching-aware text-to-image GAN."""

import functools

import keras
import tensorflow as tf

from kgan.errors import check_not_negative
from kgan.losses import adversarial, auxiliary
from kgan.models.core import batches
from kgan.models.core.base import register
from kgan.models.families.captions import CaptionConditionalGAN
from kgan.networks import text_to_image


@register("text_to_image")
class TextToImageGAN(CaptionConditionalGAN):
    """Generative adversarial text to image synthesis (Reed et al. 2016): GAN-CLS.

    The critic judges an image together with a caption, and sees three kinds: real with its own
    caption, real with another's, and generated with its own; only the first is right (Algorithm 1).

    Colours alone tell most wrong captions. So both players also pay where an image is not the
    batch's best match of its caption (Zhang et al. 2021), which asks for every word.

    Differs from the paper: the text encoders, one for each player, learn with them instead of
    before; the critic projects onto the caption's code (Miyato and Koyama 2018), with hinge loss
    and spectral normalization; no interpolation between captions in training.

    Args:
        words: every word a caption may hold.
        caption_length: words of a caption that are read, ≥ 1.
        matching_weight: of the batch's matching of images and captions, ≥ 0; 0 for the paper's.
        options: see `GAN`.

    Reference: arXiv:1605.05396.
    """

    adversarial = adversarial.HINGE
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.0, beta_2=0.9)

    def __init__(
        self,
        words: tuple[str, ...] = (),
        caption_length: int = 16,
        matching_weight: float = 1.0,
        **options,
    ):
        check_not_negative(matching_weight=matching_weight)
        self.matching_weight = matching_weight
        super().__init__(words, caption_length, **options)

    def build_generator(self, network, width):
        encoder = text_to_image.build_text_encoder(self.tokenizer.count, self.tokenizer.length)
        shape, size = self.image_shape, self.latent_size
        return text_to_image.build_generator(shape, size, encoder, width or 64)

    def build_discriminator(self, network, width):
        encoder = text_to_image.build_text_encoder(self.tokenizer.count, self.tokenizer.length)
        return text_to_image.build_discriminator(self.image_shape, encoder, width or 64)

    def critic(self, images, batch):
        judged = self.judged(images, batch)
        return scores(judged, judged["caption_code"])

    def judged(self, images, batch):
        """Returns what the critic's network makes of images and their captions."""
        return self.discriminator({"images": images, "tokens": batch["tokens"]}, training=True)

    def discriminator_loss(self, batch, fake, rng):
        real_images = self.shown(batch["image"], rng.purpose("shown_real"))
        fake_images = self.shown(fake, rng.purpose("shown_fake"))
        real = self.judged(real_images, batch)
        codes = real["caption_code"]
        # Its mean is Algorithm 1's half of both.
        wrong = tf.concat(
            [scores(real, batches.swapped(codes)), self.critic(fake_images, batch)], axis=0
        )
        losses = {
            "adversarial": self.adversarial.discriminator(scores(real, codes), wrong),
            "matching": self.matching_weight * auxiliary.matching(real["image_code"], codes),
        }
        critic = functools.partial(self.critic, batch=batch)
        for penalty in self.penalties:
            losses[penalty.name] = penalty(critic, real_images, fake_images, rng)
        return losses

    def generator_loss(self, batch, fake, rng):
        judged = self.judged(self.shown(fake, rng.purpose("shown_fake")), batch)
        codes = judged["caption_code"]
        told = self.real_scores(batch, rng), scores(judged, codes)
        return {
            "adversarial": self.adversarial.generator(*told),
            "matching": self.matching_weight * auxiliary.matching(judged["image_code"], codes),
        }


def scores(judged, caption_codes):
    """Returns the scores [B, 1] of judged images under captions."""
    told = tf.reduce_sum(judged["image_code"] * caption_codes, axis=-1, keepdims=True)
    return judged["realism"] + told
