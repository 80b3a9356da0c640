"""GANs whose generator maps latents to styles first: what people do with styles."""

import numpy as np
import tensorflow as tf
from keras import ops

from kgan.errors import InputError
from kgan.losses.regularizers import REGULARIZERS, path_length
from kgan.models.core import batches
from kgan.models.core.conditions import Truncation
from kgan.models.core.signatures import Input, Signature
from kgan.networks import stylegan2
from kgan.random import RandomStream
from kgan.types import Array, Tensor

STYLE_REGULARIZERS = REGULARIZERS | {"path_length": path_length}


class StyleBased:
    """Samples through styles w, which can be truncated, mixed and interpolated; mixed into a `GAN`.

    Its generator is one of `networks.stylegan2`. Styles are [N, D], one for all layers, or
    [N, L, D], one for each of the `style_layers`.
    """

    conditions = (Truncation(),)
    known_regularizers = STYLE_REGULARIZERS
    style_mixing = 0.9  # share of training samples painted with the styles of two latents

    @property
    def style_layers(self) -> int:
        """How many layers take a style."""
        return stylegan2.count_styles(self.image_shape)

    @property
    def mean_style(self) -> Array:
        """The mean style [D], float32 NumPy, as training has followed it."""
        mapping = self.sampling_generator.get_layer("mapping")
        return ops.convert_to_numpy(mapping.get_layer("mean_latent").mean)

    def styles_of(self, latents: Array, truncation: float | Array = 1.0) -> Array:
        """Returns the styles [N, D], float32 NumPy, that the mapping makes of latents.

        Args:
            latents: [N, latent_size].
            truncation: ψ, or one for each: w′ = mean + ψ (w − mean). Below 1 pictures are better
                and less varied; 0 is the mean picture.

        Reference: Appendix B, Karras et al. 2019, arXiv:1812.04948.
        """
        mapping = self.sampling_generator.get_layer("mapping")
        styles = ops.convert_to_numpy(mapping(np.asarray(latents, np.float32), training=False))
        return self.truncate(styles.astype(np.float32), truncation)

    def truncate(self, styles: Array, truncation: float | Array = 1.0) -> Array:
        """Returns styles [N, ...] brought nearer to the mean, as `styles_of` says."""
        kept = np.asarray(truncation, np.float32).reshape(-1, *[1] * (styles.ndim - 1))
        return ops.convert_to_numpy(_move_to_mean(styles, self.mean_style, kept))

    def mix_styles(self, styles: Array, others: Array, crossover: int) -> Array:
        """Returns styles [N, L, D]: `styles` in layers 0 … crossover − 1, then `others`.

        Args:
            styles: of the coarse layers, [N, D] or [N, L, D].
            others: of the fine layers.
            crossover: 0 … L; L leaves `styles` alone.

        Raises:
            InputError: for a crossover beyond the last layer.

        Reference: Section 3.1 and Figure 3, Karras et al. 2019, arXiv:1812.04948.
        """
        if not 0 <= crossover <= self.style_layers:
            raise InputError(
                f"Expected a crossover from 0 to {self.style_layers}, the layers that take a "
                f"style. Received: crossover={crossover}."
            )
        coarse, fine = self._repeat_in_layers(styles), self._repeat_in_layers(others)
        return np.where(np.arange(self.style_layers)[:, None] < crossover, coarse, fine)

    def images_of_styles(self, styles: Array) -> Array:
        """Returns images [N, H, W, C], float32 NumPy in [-1, 1].

        Args:
            styles: [N, D] or [N, L, D].
        """
        return self.images_of_inputs({"styles": self._repeat_in_layers(styles)})

    def _repeat_in_layers(self, styles):
        styles = np.asarray(styles, np.float32)
        if styles.ndim == 2:
            styles = np.repeat(styles[:, None], self.style_layers, axis=1)
        fits = styles.shape[1:] == (self.style_layers, self.latent_size)
        if not fits or not np.isfinite(styles).all():
            raise InputError(
                f"Expected finite styles [N, {self.latent_size}] or [N, {self.style_layers}, "
                f"{self.latent_size}]. Received: shape={styles.shape}."
            )
        return styles

    # ---- Training ---------------------------------------------------------------------------

    def generate(self, batch, rng):
        """Returns images of styles, a share of them of two latents with a crossover between.

        Reference: "Mixing regularization", Section 3.1 of arXiv:1812.04948.
        """
        size = batches.count_examples(batch)
        latents = [
            rng.purpose(name).normal((size, self.latent_size)) for name in ("latents", "others")
        ]
        mapping = self.generator.get_layer("mapping")
        styles, others = tf.split(mapping(tf.concat(latents, axis=0), training=True), 2)
        # Layers below the crossover, 1 … L − 1, take the first style; unmixed samples always.
        crossover = 1.0 + rng.purpose("crossovers").uniform((size, 1)) * (self.style_layers - 1)
        mixes = rng.purpose("mixes").uniform((size, 1)) < self.style_mixing
        layers = tf.range(self.style_layers, dtype=tf.float32)
        second = tf.logical_and(mixes, layers >= tf.floor(crossover))
        return self.paint(tf.where(second[:, :, None], others[:, None], styles[:, None]), rng)

    def paint(self, styles: Tensor, rng: RandomStream) -> Tensor:
        """Returns images [B, H, W, C] in [-1, 1] of styles [B, D] or [B, L, D] with new noise."""
        if styles.shape.rank == 2:
            styles = tf.repeat(styles[:, None], self.style_layers, axis=1)
        count = stylegan2.count_noise(self.image_shape)
        noise = rng.purpose("noise").normal((batches.count_examples({"styles": styles}), count))
        inputs = {"styles": styles, "noise": noise}
        return self.generator.get_layer("synthesis")(inputs, training=True)

    # ---- Hooks of `Sampling` ----------------------------------------------------------------

    def signatures(self):
        """Adds `mapping` → `styles` [N, L, D], and `synthesis`; `serving_default` truncates not."""

        def mapping(latents, truncation):
            return {"styles": self._map(latents, truncation)}

        def synthesis(styles):
            return {"images": self.call({"styles": styles})}

        asked = super().signatures()
        plain = asked["serving_default"]
        latents = {"latents": plain.takes["latents"]}
        kept = self.condition(Truncation).inputs
        layered = (self.style_layers, self.latent_size)
        styles = {"styles": Input(tf.float32, layered, "styles", "of each layer, coarse to fine")}
        text = {"styles": "the same in each layer"}
        return {
            **asked,
            "serving_default": plain._replace(takes=latents),
            "mapping": Signature(mapping, {**latents, **kept}, text),
            "synthesis": Signature(synthesis, styles, {"images": "in [-1, 1]"}),
        }

    def _map(self, latents, truncation):
        """Returns styles [N, L, D] of latents [N, latent_size] and truncation [N], in the graph."""
        mapping = self.sampling_generator.get_layer("mapping")
        styles = tf.cast(mapping(latents, training=False), tf.float32)
        mean = tf.convert_to_tensor(mapping.get_layer("mean_latent").mean)
        styles = _move_to_mean(styles, mean, truncation[:, None])
        return tf.tile(styles[:, None], (1, self.style_layers, 1))

    def metadata(self, batch=None):
        return {
            **super().metadata(batch),
            "styles": {"layers": self.style_layers, "size": self.latent_size},
        }

    def images_of(self, latents, truncation=1.0):
        if np.all(np.equal(truncation, 1.0)):
            return super().images_of(latents)
        return self.images_of_styles(self.styles_of(latents, truncation))

    def interpolate(self, latents, fractions, condition):
        """Returns images on the straight line between the styles of the first and last latent."""
        ends = np.asarray(latents)[[0, -1]]
        start, end = self.styles_of(ends, **self.read_condition(condition, 2))
        fractions = np.asarray(fractions, np.float32)[:, None]
        return self.images_of_styles(start + fractions * (end - start))

    def codes_of(self, latents):
        return self.read_codes(self.styles_of(latents))

    def read_codes(self, arrays):
        return self._repeat_in_layers(arrays)

    def combine_codes(self, codes, signs):
        """Returns one code: the mean style, and the sum of how far `codes` are from it."""
        return self.mean_style + np.tensordot(signs, codes - self.mean_style, axes=1)

    def images_of_codes(self, codes, condition):
        inputs = self.read_condition(condition, len(codes))
        return self.images_of_styles(self.truncate(codes, **inputs))

    def equalize_channels(self, seeds):
        styles = tf.constant(self._repeat_in_layers(self.styles_of(self.latents_of(seeds))))
        noise = self.sampling_generator.get_layer("fixed_noise")(styles)
        stylegan2.equalize_channels(self.sampling_generator.get_layer("synthesis"), styles, noise)
        return True

    def call(self, inputs, training=False):
        """Returns images [N, H, W, C] of latents, truncated or not, or of styles [N, L, D]."""
        if isinstance(inputs, dict) and "truncation" in inputs:
            inputs = {"styles": self._map(inputs["latents"], inputs["truncation"])}
        if not isinstance(inputs, dict) or "styles" not in inputs:
            return super().call(inputs, training)
        generator = self.sampling_generator
        noise = generator.get_layer("fixed_noise")(inputs["styles"])
        return generator.get_layer("synthesis")({"styles": inputs["styles"], "noise": noise})


def _move_to_mean(styles, mean, kept):
    """Returns mean + kept · (styles − mean); where all is kept, the styles to the last bit."""
    return ops.where(kept == 1.0, styles, mean + kept * (styles - mean))
