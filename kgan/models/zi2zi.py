"""zi2zi."""

import functools

import keras
import numpy as np
import tensorflow as tf

from kgan.errors import check_not_negative, check_whole
from kgan.losses import auxiliary
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.core.conditions import Label
from kgan.models.core.image_conditions import SourceImage
from kgan.networks import translation


@register("zi2zi")
class Zi2Zi(GAN):
    """Master Chinese calligraphy with conditional adversarial networks: zi2zi (Tian 2017).

    One U-Net redraws characters in the hand that a label names, by a style learnt for each. It is
    paid for fooling a critic, for being taken for that hand (as in AC-GAN, arXiv:1610.09585), for
    the mean absolute difference from the target (as in pix2pix, arXiv:1611.07004), and for a code
    of the result near that of the source (as in DTN, arXiv:1611.02200).

    Then labels are shuffled: half of the examples are redrawn in their neighbour's hand, for which
    there is no target, and so no difference to pay.

    Differs from the paper: instance normalization, scaled and shifted by the style (an option of
    the author's code); no dropout; softmax instead of sigmoids over hands; a critic of patches,
    whose mean features tell the hand; shuffled labels within the batch instead of a second one.

    Args:
        l1_weight: of the mean absolute difference, ≥ 0.
        constant_weight: of the mean squared difference of codes, ≥ 0.
        category_weight: of the cross-entropy over hands, ≥ 0.
        shuffle_after: rounds after which labels are shuffled, ≥ 0; None for never.
        style_size: numbers of a style, ≥ 1.
        options: see `GAN`.

    Reference: arXiv:1611.07004 and https://kaonashi-tyc.github.io/2017/04/06/zi2zi.html.
    """

    conditions = (SourceImage(), Label())
    critic_outputs = ("scores", "logits")
    real_key = "target"
    unused_options = ("network", "generator")
    default_optimizer = functools.partial(keras.optimizers.Adam, 1e-3, beta_1=0.5)

    def __init__(
        self,
        l1_weight: float = 100.0,
        constant_weight: float = 15.0,
        category_weight: float = 1.0,
        shuffle_after: int | None = None,
        style_size: int = 128,
        **options,
    ):
        weights = {"constant_weight": constant_weight, "category_weight": category_weight}
        check_not_negative(l1_weight=l1_weight, **weights)
        check_whole(1, style_size=style_size)
        if shuffle_after is not None:
            check_whole(0, shuffle_after=shuffle_after)
        self.l1_weight = l1_weight
        self.constant_weight = constant_weight
        self.category_weight = category_weight
        self.shuffle_after = shuffle_after
        self.style_size = style_size
        super().__init__(**options)

    def build_generator(self, network, width):
        sizes = {"style_size": self.style_size, "source_channels": self._source_channels}
        hands = self.condition(Label).count
        return translation.build_style_unet(self.image_shape, hands, width or 64, **sizes)

    def build_discriminator(self, network, width):
        sizes = {"source_channels": self._source_channels, "classes": self.condition(Label).count}
        shape = self.image_shape
        return translation.build_patch_critic(shape, width or 64, conditional=True, **sizes)

    @property
    def _source_channels(self):
        return self.condition(SourceImage).count_channels(self.image_shape)

    def generate(self, batch, rng):
        """Returns the images, the `label` that each was redrawn under, and whether it is `paired`.

        Shuffled are two of every four examples, each with its neighbour.
        """
        label = batch["label"]
        paired = tf.ones_like(label, tf.float32)
        if self.shuffle_after is not None:
            late = rng.step >= self.shuffle_after
            shuffled = late & (tf.range(tf.size(label)) % 4 >= 2)
            label = tf.where(shuffled, batches.swap_neighbours(label), label)
            paired = tf.cast(~shuffled, tf.float32)
        images = self.run_generator({**batch, "label": label})
        return {"images": images, "label": label, "paired": paired}

    def discriminator_terms(self, batch, fake, critic_pass):
        outputs, labels = critic_pass.outputs, {"real": batch["label"], "fake": fake["label"]}
        errors = [auxiliary.classification(labels[k], outputs[k]["logits"]) for k in labels]
        return {"category": self.category_weight * sum(errors) / 2.0}

    def generator_terms(self, batch, fake, judged):
        differences = tf.reduce_mean(tf.abs(batch["target"] - fake["images"]), axis=(1, 2, 3))
        l1 = tf.reduce_sum(fake["paired"] * differences) / tf.reduce_sum(fake["paired"])
        encoder = self.generator.get_layer("painter").get_layer("encoder")
        both = tf.concat([batch["source"], tf.cast(fake["images"], batch["source"].dtype)], axis=0)
        before, after = tf.split(tf.cast(encoder(both, training=True)[-1], tf.float32), 2)
        category = auxiliary.classification(fake["label"], judged["logits"])
        return {
            "l1": self.l1_weight * l1,
            "constant": self.constant_weight * auxiliary.l2(before, after),
            "category": self.category_weight * category,
        }

    def interpolate(self, latents, fractions, condition):
        """Returns images [N, H, W, C] on the way from one hand to another, or of one.

        Args:
            latents: [N, latent_size], of which only the number counts.
            fractions: [N] from 0, the first hand, to 1, the second.
            condition: `source`, N images or one for all; `label`, two hands or one.
        """
        count, condition = len(latents), dict(condition or {})
        source = np.asarray(condition.get("source", ()))
        if len(source) == 1:
            condition["source"] = np.repeat(source, count, axis=0)
        hands = np.ravel(condition.get("label", 0))
        if len(hands) != 2:
            return super().interpolate(latents, fractions, condition)
        source = self.read_condition({**condition, "label": 0}, count)["source"]
        ends = self.read_condition({**condition, "label": hands, "source": source[:2]}, 2)["label"]
        styles = self.sampling_generator.get_layer("styles")
        start, end = keras.ops.convert_to_numpy(styles(ends))
        style = start + np.asarray(fractions, np.float32)[:, None] * (end - start)
        return self.images_of_inputs({"source": source, "style": style})

    def call(self, inputs, training=False):
        """Returns images [N, H, W, C] of sources and labels, or of sources and styles [N, S]."""
        if isinstance(inputs, dict) and "style" in inputs:
            painter = self.sampling_generator.get_layer("painter")
            return tf.cast(self.call_generator(painter, inputs, training), self.output_dtype)
        return super().call(inputs, training)

    @classmethod
    def example(cls, **options):
        return super().example(**{"shuffle_after": 1, "style_size": 8, **options})
