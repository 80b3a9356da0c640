"""Dropout as a function of a latent, and so of a seed."""

import keras
from keras import ops

from kgan.types import Shape, Tensor


@keras.saving.register_keras_serializable("kgan")
class LatentDropout(keras.layers.Layer):
    """Drops half of the channels, in training and at inference, chosen by a latent.

    Called on `[x, latents]`: x [B, H, W, C], latents [B, D] from N(0, I). Channel c is kept, and
    doubled, where latents · r_c > 0 for a fixed random direction r_c.

    Unlike `keras.layers.Dropout` it drops whole channels, and has no state.
    """

    def build(self, input_shape: tuple[Shape, Shape]) -> None:
        shape, latents = input_shape
        self.directions = self.add_weight(
            shape=(latents[-1], shape[-1]),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            trainable=False,
            name="directions",
        )

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, latents = inputs
        sides = ops.matmul(ops.cast(latents, "float32"), ops.cast(self.directions, "float32"))
        kept = ops.cast(sides > 0, x.dtype)
        return x * 2.0 * ops.reshape(kept, (-1, 1, 1, x.shape[-1]))

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        return input_shape[0]
