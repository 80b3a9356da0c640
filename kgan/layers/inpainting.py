"""A layer that puts a filling into the holes of pictures."""

import keras
from keras import ops

from kgan.types import Shape, Tensor


@keras.saving.register_keras_serializable("kgan")
class FillHole(keras.layers.Layer):
    """Returns the filling where a mask is ½ or more, the picture elsewhere, to the last bit.

    Called on `[filling, picture, mask]`: [B, H, W, C] twice and [B, H, W, 1] → [B, H, W, C].
    """

    def __init__(self, **options) -> None:
        super().__init__(**{**options, "dtype": "float32"})

    def call(self, inputs: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        filling, picture, mask = inputs
        return ops.where(mask >= 0.5, filling, picture)

    def compute_output_shape(self, input_shape: tuple[Shape, Shape, Shape]) -> Shape:
        return input_shape[1]
