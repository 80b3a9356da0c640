"""Layers that change the size of feature maps: resampling, reflection, cropping, joining.

The low-pass filter against aliasing is the outer product of [1, 3, 3, 1]/8 with itself; features
are padded with zeros, colours with their border. Only padding, depthwise convolution and bilinear
interpolation are used, which are built into LiteRT.

Reference: Section 3 and Appendix B, Karras et al. 2020, arXiv:1912.04958; Zhang 2019,
arXiv:1904.11486.
"""

from collections.abc import Callable

import keras
import numpy as np
from keras import ops

from kgan.types import Shape, Tensor

TAPS = np.array([1.0, 3.0, 3.0, 1.0], np.float32) / 8.0
_FILTER = np.outer(TAPS, TAPS)


def filter_low_pass(x: Tensor, padding: int, strides: int = 1, gain: float = 1.0) -> Tensor:
    """Applies the low-pass filter to each channel of x [B, H, W, C].

    Args:
        x: feature maps.
        padding: zeros added on each side, at most 3.
        strides: 1, or 2 to keep every second pixel.
        gain: factor of the result.
    """
    return _make_filter(padding, gain)(x) if strides == 1 else _convolve(x, padding, strides, gain)


def _convolve(x, padding, strides, gain):
    kernel = np.tile((gain * _FILTER)[:, :, None, None], (1, 1, x.shape[-1], 1))
    around = (padding, padding)
    x = ops.pad(x, ((0, 0), around, around, (0, 0)))
    return ops.depthwise_conv(x, ops.cast(kernel, x.dtype), strides, "valid")


def _make_filter(padding: int, gain: float) -> Callable[[Tensor], Tensor]:
    """Returns the filter of stride 1. Its gradient is the filter, faster than TensorFlow's."""

    @ops.custom_gradient
    def convolve(x):
        def gradient(upstream):
            return _make_filter(3 - padding, gain)(upstream)

        return _convolve(x, padding, 1, gain), gradient

    return convolve


@keras.saving.register_keras_serializable("kgan")
class Blur(keras.layers.Layer):
    """The filter alone: [B, H, W, C] → [B, H + 1, W + 1, C], ready for a strided "valid" 3×3."""

    def call(self, inputs: Tensor) -> Tensor:
        return filter_low_pass(inputs, padding=2)


@keras.saving.register_keras_serializable("kgan")
class Downsample(keras.layers.Layer):
    """Halves the size: [B, H, W, C] → [B, H/2, W/2, C], H and W even."""

    def call(self, inputs: Tensor) -> Tensor:
        return filter_low_pass(inputs, padding=1, strides=2)


@keras.saving.register_keras_serializable("kgan")
class Upsample(keras.layers.Layer):
    """Doubles the size: [B, H, W, C] → [B, 2H, 2W, C], for colours.

    Zeros between pixels and four times the filter, with the border repeated beyond it (zeros there
    would frame flat colours), which is bilinear interpolation.
    """

    def call(self, inputs: Tensor) -> Tensor:
        return _double(inputs)


@ops.custom_gradient
def _double(x):
    height, width = x.shape[1:3]

    def gradient(upstream):
        # The transposed weights. TensorFlow's own gradient cannot be differentiated again, which
        # path lengths need.
        around = ops.pad(upstream, ((0, 0), (1, 1), (1, 1), (0, 0)), "symmetric")
        return filter_low_pass(around, padding=0, strides=2, gain=4.0)

    return ops.image.resize(x, (2 * height, 2 * width), "bilinear"), gradient


@keras.saving.register_keras_serializable("kgan")
class ReflectionPadding(keras.layers.Layer):
    """Pads [B, H, W, C] by mirroring `width` pixels at each side, the edge itself not repeated.

    Args:
        width: pixels, below H and W.
    """

    def __init__(self, width: int, **options) -> None:
        super().__init__(**options)
        self.width = width

    def call(self, inputs: Tensor) -> Tensor:
        around = (self.width, self.width)
        return ops.pad(inputs, ((0, 0), around, around, (0, 0)), mode="reflect")

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, *size, channels = input_shape
        return (batch, *(n and n + 2 * self.width for n in size), channels)

    def get_config(self) -> dict:
        return {**super().get_config(), "width": self.width}


def reflect_places(length: int | Tensor, before: int, after: int | Tensor) -> Tensor:
    """Returns which of `length` pixels stand in a row that is mirrored at its ends, int32.

    Unlike TensorFlow's padding it goes on mirroring where a row is shorter than its padding.

    Args:
        length: of the row, ≥ 1.
        before: pixels before its first one.
        after: pixels after its last one.

    Example:
        >>> reflect_places(3, 1, 4).numpy()
        array([1, 0, 1, 2, 1, 0, 1, 2], dtype=int32)
    """
    period = ops.maximum(2 * (length - 1), 1)
    places = ops.mod(ops.arange(before + length + after, dtype="int32") - before, period)
    return ops.minimum(places, period - places)


@keras.saving.register_keras_serializable("kgan")
class PadToMultiple(keras.layers.Layer):
    """Mirrors pixels at bottom and right until H and W of [B, H, W, C] are multiples of a number.

    Args:
        multiple: of which both become.
        least: what both become at least, a multiple of it.
    """

    def __init__(self, multiple: int, least: int = 0, **options) -> None:
        super().__init__(**options)
        self.multiple = multiple
        self.least = least

    def call(self, inputs: Tensor) -> Tensor:
        for axis in (1, 2):
            length = ops.shape(inputs)[axis]
            missing = self.count_missing(length)
            # Known sizes that fit need no operation: networks train as without this layer.
            if not isinstance(missing, int) or missing:
                places = reflect_places(length, 0, missing)
                inputs = ops.take(inputs, places, axis)
        return inputs

    def count_missing(self, length: int | Tensor) -> int | Tensor:
        """Returns how many pixels a row of a length lacks."""
        most = max if isinstance(length, int) else ops.maximum
        return most(-(-length // self.multiple) * self.multiple, self.least) - length

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        batch, *size, channels = input_shape
        return (batch, *(n and n + self.count_missing(n) for n in size), channels)

    def get_config(self) -> dict:
        return {**super().get_config(), "multiple": self.multiple, "least": self.least}


@keras.saving.register_keras_serializable("kgan")
class CropLike(keras.layers.Layer):
    """Cuts feature maps at bottom and right to the size of others.

    Called on `[x, like]`: [B, H, W, C] and [B, h, w, D], h ≤ H and w ≤ W, → [B, h, w, C].
    """

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, like = inputs
        known = tuple(like.shape[1:3])
        if None not in known and tuple(x.shape[1:3]) == known:
            return x
        _, height, width, _ = ops.shape(like)
        return x[:, :height, :width]

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        (batch, *_, channels), (_, height, width, _) = input_shape
        return (batch, height, width, channels)


@keras.saving.register_keras_serializable("kgan")
class JoinStyle(keras.layers.Layer):
    """Joins a style to feature maps, the same at each place.

    Called on `[x, style]`: [B, H, W, C] and [B, S] → [B, H, W, C + S].
    """

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        x, style = inputs
        # A product carries a style to places whose number is not known.
        places = ops.ones_like(x[..., :1])
        everywhere = ops.expand_dims(ops.cast(style, x.dtype), (1, 2)) * places
        return ops.concatenate([x, everywhere], axis=-1)

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        *shape, channels = input_shape[0]
        return (*shape, channels + input_shape[1][-1])
