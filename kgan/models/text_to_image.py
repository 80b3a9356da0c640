"""Matching-aware text-to-image GAN."""

import functools

import keras
import numpy as np
import tensorflow as tf

from kgan.errors import check_not_negative
from kgan.losses import adversarial, auxiliary
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.core.conditions import Caption
from kgan.networks import text_to_image
from kgan.types import Tensor


@register("text_to_image")
class TextToImageGAN(GAN):
    """Generative adversarial text to image synthesis (Reed et al. 2016): GAN-CLS.

    The critic judges an image together with a caption, and sees three kinds: real with its own
    caption, real with another's, and generated with its own; only the first is right (Algorithm 1).

    Colours alone tell most wrong captions. So both players also pay where an image is not the
    batch's best match of its caption (Zhang et al. 2021), which asks for every word. Many images
    fit one caption: its code for the generator is drawn, as the latent's second half says
    (conditioning augmentation, Zhang et al. 2017).

    Differs from the paper: the text encoders, one for each player, learn with them instead of
    before; the critic projects onto the caption's code (Miyato and Koyama 2018), with hinge loss
    and spectral normalization; no interpolation between captions in training.

    Args:
        caption_length: words of a caption that are read, ≥ 1.
        matching_weight: of the batch's matching of images and captions, ≥ 0; 0 for the paper's.
        divergence_weight: of the divergence of captions' codes from a standard normal distribution,
            ≥ 0: more makes images of one caption more varied, and obey it less.
        options: see `GAN`; `latent_size` is even.

    Reference: arXiv:1605.05396.
    """

    conditions = (Caption(),)
    critic_outputs = ("realism", "image_code", "caption_code")
    adversarial = adversarial.HINGE
    unused_options = ("network",)
    default_optimizer = functools.partial(keras.optimizers.Adam, 2e-4, beta_1=0.0, beta_2=0.9)

    def __init__(
        self,
        caption_length: int = 16,
        matching_weight: float = 1.0,
        divergence_weight: float = 0.002,
        **options,
    ):
        check_not_negative(matching_weight=matching_weight, divergence_weight=divergence_weight)
        self.matching_weight = matching_weight
        self.divergence_weight = divergence_weight
        self.conditions = (Caption(length=caption_length),)
        super().__init__(**options)

    def build_generator(self, network, width):
        encoder = self._build_text_encoder()
        return text_to_image.build_generator(
            self.image_shape, self.latent_size, encoder, width or 64
        )

    def build_discriminator(self, network, width):
        encoder = self._build_text_encoder()
        return text_to_image.build_discriminator(self.image_shape, encoder, width or 64)

    def judge(self, images, batch):
        judged = super().judge(images, batch)
        return {**judged, "scores": self.score(judged, judged["caption_code"])}

    def score(self, judged: dict[str, Tensor], caption_codes: Tensor) -> Tensor:
        """Returns the scores [B, 1] of judged images under captions."""
        matches = tf.reduce_sum(judged["image_code"] * caption_codes, axis=-1, keepdims=True)
        return judged["realism"] + matches

    def discriminator_loss(self, batch, fake, rng):
        seen = self.run_critic(batch, fake, rng)
        real = seen.outputs["real"]
        codes = real["caption_code"]
        others = self.score(real, batches.swap_neighbours(codes))
        wrong = tf.concat([others, seen.fake_scores], axis=0)  # its mean: half of both
        return {
            "adversarial": self.adversarial.discriminator(seen.real_scores, wrong),
            "matching": self.matching_weight * auxiliary.matching(real["image_code"], codes),
            **self.regularize("discriminator", batch, rng, seen),
        }

    def generator_terms(self, batch, fake, judged):
        matching = auxiliary.matching(judged["image_code"], judged["caption_code"])
        terms = {"matching": self.matching_weight * matching}
        if self.divergence_weight:
            read = self.generator.get_layer("caption_reader")(batch["tokens"], training=True)
            divergence = auxiliary.gaussian_divergence(**read)
            terms["divergence"] = self.divergence_weight * divergence
        return terms

    def interpolate(self, latents, fractions, condition):
        """Returns images [N, H, W, C] on the way from one prompt's code to another's, or of one."""
        names = self.condition(Caption).names
        prompts = next((np.ravel(condition[n]) for n in names if n in (condition or {})), ())
        if len(prompts) != 2:
            return super().interpolate(latents, fractions, condition)
        painter = self.sampling_generator.get_layer("code_generator")
        reader = self.sampling_generator.get_layer("caption_reader")
        read = reader(self.condition(Caption).tokenizer.read(prompts))
        shares = np.asarray(fractions, np.float32)[:, None]
        codes = {name: both[:1] + shares * (both[1:] - both[:1]) for name, both in read.items()}
        return np.asarray(painter({"latents": tf.constant(latents), **codes}))

    def _build_text_encoder(self):
        tokenizer = self.condition(Caption).tokenizer
        return text_to_image.build_text_encoder(tokenizer.count, tokenizer.length)

    @classmethod
    def example(cls, **options):
        words = ("a", "red", "seven", "on", "blue")
        return super().example(**{"words": words, "caption_length": 6, **options})
