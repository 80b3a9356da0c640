"""A layer that lets features through as far as others say."""

import keras
from keras import ops

from kgan.types import Shape, Tensor


@keras.saving.register_keras_serializable("kgan")
class GatedLinearUnit(keras.layers.Layer):
    """Multiplies one half of the channels by the sigmoid of the other.

    [..., 2C] → [..., C]: channel c times sigmoid(channel C + c).

    Reference: Dauphin et al. 2017, arXiv:1612.08083.
    """

    def call(self, inputs: Tensor) -> Tensor:
        values, gates = ops.split(inputs, 2, axis=-1)
        return values * ops.sigmoid(gates)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], input_shape[-1] // 2)
