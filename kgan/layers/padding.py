"""Padding that mirrors the picture instead of framing it in black."""

import keras
from keras import ops


@keras.saving.register_keras_serializable("kgan")
class ReflectionPadding(keras.layers.Layer):
    """Pads [B, H, W, C] by mirroring `width` pixels at each side, the edge itself not repeated.

    Args:
        width: pixels, below H and W.
    """

    def __init__(self, width, **options):
        super().__init__(**options)
        self.width = width

    def call(self, inputs):
        around = (self.width, self.width)
        return ops.pad(inputs, ((0, 0), around, around, (0, 0)), mode="reflect")

    def compute_output_shape(self, input_shape):
        batch, height, width, channels = input_shape
        return (batch, height + 2 * self.width, width + 2 * self.width, channels)

    def get_config(self):
        return {**super().get_config(), "width": self.width}
