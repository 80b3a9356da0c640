"""Sizes doubled and halved through a low-pass filter, so that nothing aliases.

The filter is the outer product of [1, 3, 3, 1]/8 with itself; zeros surround features, the border
repeated surrounds colours. All of it is padding, depthwise convolution and bilinear interpolation,
which LiteRT has as builtins.

Reference: Section 3 and Appendix B, Karras et al. 2020, arXiv:1912.04958; Zhang 2019,
arXiv:1904.11486.
"""

import keras
import numpy as np
from keras import ops

TAPS = np.array([1.0, 3.0, 3.0, 1.0], np.float32) / 8.0
_FILTER = np.outer(TAPS, TAPS)


def filtered(x, padding, strides=1, gain=1.0):
    """Returns x [B, H, W, C] after the filter, each channel by itself.

    Args:
        x: feature maps.
        padding: zeros put around them on each side, at most 3.
        strides: 1, or 2 to keep every second pixel.
        gain: factor of the result.
    """
    return _smoothed(padding, gain)(x) if strides == 1 else _convolved(x, padding, strides, gain)


def _convolved(x, padding, strides, gain):
    kernel = np.tile((gain * _FILTER)[:, :, None, None], (1, 1, x.shape[-1], 1))
    around = (padding, padding)
    x = ops.pad(x, ((0, 0), around, around, (0, 0)))
    return ops.depthwise_conv(x, ops.cast(kernel, x.dtype), strides, "valid")


def _smoothed(padding, gain):
    """Returns `filtered` of stride 1; the filter is its own gradient, faster than TensorFlow's."""

    @ops.custom_gradient
    def smoothed(x):
        def gradient(upstream):
            return _smoothed(3 - padding, gain)(upstream)

        return _convolved(x, padding, 1, gain), gradient

    return smoothed


@keras.saving.register_keras_serializable("kgan")
class Blur(keras.layers.Layer):
    """The filter alone: [B, H, W, C] → [B, H + 1, W + 1, C], ready for a strided "valid" 3×3."""

    def call(self, inputs):
        return filtered(inputs, padding=2)


@keras.saving.register_keras_serializable("kgan")
class Downsample(keras.layers.Layer):
    """Halves the size: [B, H, W, C] → [B, H/2, W/2, C], H and W even."""

    def call(self, inputs):
        return filtered(inputs, padding=1, strides=2)


@keras.saving.register_keras_serializable("kgan")
class Upsample(keras.layers.Layer):
    """Doubles the size: [B, H, W, C] → [B, 2H, 2W, C], for colours.

    Each pixel is painted as four times the filter, at every second place. What lies beyond the
    border is as the border: with zeros there, flat colours would get a frame. That is bilinear
    interpolation.
    """

    def call(self, inputs):
        return _doubled(inputs)


@ops.custom_gradient
def _doubled(x):
    height, width = x.shape[1:3]

    def gradient(upstream):
        # The same weights the other way. TensorFlow's own has no gradient, which path lengths want.
        around = ops.pad(upstream, ((0, 0), (1, 1), (1, 1), (0, 0)), "symmetric")
        return filtered(around, padding=0, strides=2, gain=4.0)

    return ops.image.resize(x, (2 * height, 2 * width), "bilinear"), gradient
