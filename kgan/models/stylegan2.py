"""StyleGAN2."""

import functools
import math

import keras
import tensorflow as tf

from kgan.errors import check_fraction, check_not_negative, check_positive, check_whole
from kgan.losses import regularizers, second_order
from kgan.models.core import batches
from kgan.models.core.base import GAN, register
from kgan.models.families.styles import StyleBased
from kgan.networks import stylegan2

PATH_LENGTH_EVERY = 8  # rounds
PATH_LENGTH_DECAY = 0.99  # of the mean length, a time it is measured


@register("stylegan2")
class StyleGAN2(StyleBased, GAN):
    """Analyzing and improving the image quality of StyleGAN (Karras et al. 2020).

    A mapping turns latents into styles, which scale the layers of a skip generator; the critic is
    residual. The non-saturating game with R1 every 16 rounds; every 8, the generator also pays for
    paths in style space that are not of one length (Eq. 4); styles of two latents are mixed.

    Differs from the paper: as `kgan.networks.stylegan2.build_synthesis` says, so that the sum of
    colours ends in tanh; a regularising term joins the loss of its round, where the paper gives it
    a step of its own, so rates need no correction for that; one crossover for each sample.

    Args:
        mapping_layers: dense layers from latents to styles, ≥ 1.
        mapping_rate: at which share of the generator's rate they learn, > 0.
        style_mixing: share of samples painted with the styles of two latents, in [0, 1].
        path_length_weight: γ_pl, ≥ 0; None for Appendix B's, ln 2 / (ln r − ln 2) with pixels of
            size 1/r, r the root of an image's pixels.
        options: see `GAN`; `width` is the channels at the images' size, 64 unless told otherwise.

    Raises:
        InputError: for a number out of range, or another `network`.

    Reference: arXiv:1912.04958.
    """

    penalties = (regularizers.r1(weight=10.0, every=16),)
    default_optimizer = functools.partial(
        keras.optimizers.Adam, 2e-3, beta_1=0.0, beta_2=0.99, epsilon=1e-8
    )

    def __init__(
        self,
        mapping_layers: int = 8,
        mapping_rate: float = 0.01,
        style_mixing: float = 0.9,
        path_length_weight: float | None = None,
        **options,
    ):
        check_whole(mapping_layers=mapping_layers, least=1)
        check_positive(mapping_rate=mapping_rate)
        check_fraction(style_mixing=style_mixing)
        self.mapping_layers = mapping_layers
        self.mapping_rate = mapping_rate
        self.style_mixing = style_mixing
        super().__init__(**options)
        if path_length_weight is None:
            path_length_weight = second_order.path_length_weight(self._root_of_pixels)
        check_not_negative(path_length_weight=path_length_weight)
        self.path_length_weight = path_length_weight
        self.mean_path_length = self.add_weight(
            name="mean_path_length", initializer="zeros", trainable=False, aggregation="mean"
        )

    def build_generator(self, network, width):
        self.refuse_options(network=network)
        mapping = (self.mapping_layers, self.mapping_rate)
        return stylegan2.build_generator(self.image_shape, self.latent_size, width or 64, *mapping)

    def build_discriminator(self, network, width):
        return stylegan2.build_discriminator(self.image_shape, width or 64)

    def generator_loss(self, batch, fake, rng):
        losses = super().generator_loss(batch, fake, rng)
        if self.path_length_weight:
            losses["path_length"] = self._path_length(batch, rng.purpose("path_length"))
        return losses

    @property
    def _root_of_pixels(self):
        return math.sqrt(math.prod(self.image_shape[:2]))

    def _path_length(self, batch, rng):
        """Returns γ_pl E (‖J_wᵀ y‖ − a)² and moves a, the mean length; 0 on rounds between."""
        before = tf.convert_to_tensor(self.mean_path_length.value)

        def term():
            size = (batches.count_examples(batch) + 1) // 2  # half a batch, as in Appendix B
            latents = rng.purpose("latents").normal((size, self.latent_size))
            styles = self.generator.get_layer("mapping")(latents, training=True)
            pixels = rng.purpose("directions").normal((size, *self.image_shape))
            directions = pixels / self._root_of_pixels
            lengths = second_order.path_lengths(lambda w: self.paint(w, rng), styles, directions)
            # Lazily, as `Penalty` does.
            weight = self.path_length_weight * PATH_LENGTH_EVERY
            return weight * tf.reduce_mean(tf.square(lengths - before)), tf.reduce_mean(lengths)

        due = rng.step % PATH_LENGTH_EVERY == 0
        penalty, seen = tf.cond(due, term, lambda: (tf.constant(0.0), before))
        # Around Keras, whose scope here keeps what the loss assigns from staying.
        self.mean_path_length.value.assign(seen + PATH_LENGTH_DECAY * (before - seen))
        return penalty

    @classmethod
    def example(cls, **options):
        return super().example(**{"image_shape": (8, 8, 1), "mapping_layers": 2, **options})
