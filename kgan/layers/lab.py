"""CIE L*a*b* of sRGB, of the D65 white point and the 2° observer; and back, within the gamut.

Only operations that LiteRT has are used.

Reference: IEC 61966-2-1; CIE 15:2004.
"""

import keras
import numpy as np
from keras import ops

from kgan.types import Shape, Tensor

_TO_XYZ = np.array(
    [[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]]
)
_TO_XYZ = (_TO_XYZ / _TO_XYZ.sum(axis=1, keepdims=True)).astype("float32")  # white is 1, 1, 1
_FROM_XYZ = np.linalg.inv(_TO_XYZ).astype("float32")
_TINY = 1e-6  # no power of 0, whose gradient is infinite


def rgb_to_lab(images: Tensor) -> Tensor:
    """Returns L* in [0, 100], a* and b* of sRGB images [..., 3] in [-1, 1], float32.

    Example:
        >>> np.round(rgb_to_lab(np.float32([[1, -1, -1]])), 1)     # red
        array([[53.2, 80.1, 67.2]], dtype=float32)
    """
    x, y, z = (_curve(v) for v in ops.split(_mix(to_linear(images), _TO_XYZ), 3, axis=-1))
    return ops.concatenate([116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)], axis=-1)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """Returns sRGB images [..., 3] in [-1, 1] of L* in [0, 100], a* and b*, float32.

    A colour that sRGB does not have moves towards grey on a straight line of linear light until it
    has it, and so keeps its luminance and L*.
    """
    lightness, a, b = ops.split(ops.cast(lab, "float32"), 3, axis=-1)
    y = (lightness + 16.0) / 116.0
    parts = ops.concatenate([y + a / 500.0, y, y - b / 200.0], axis=-1)
    xyz = _uncurve(parts)
    luminance = xyz[..., 1:2]
    away = _mix(xyz, _FROM_XYZ) - luminance
    # How far each channel may go: to 1 where it grows, to 0 where it shrinks.
    room = ops.where(away > 0, 1.0 - luminance, luminance)
    share = ops.min(room / ops.maximum(ops.abs(away), _TINY), axis=-1, keepdims=True)
    return from_linear(luminance + ops.minimum(share, 1.0) * away)


def to_linear(images: Tensor) -> Tensor:
    """Returns linear light in [0, 1] of sRGB images in [-1, 1], float32."""
    values = (ops.cast(images, "float32") + 1.0) / 2.0
    steep = ops.power((ops.maximum(values, 0.04) + 0.055) / 1.055, 2.4)
    return ops.where(values > 0.04045, steep, values / 12.92)


def from_linear(light: Tensor) -> Tensor:
    """Returns sRGB images in [-1, 1] of linear light in [0, 1], float32."""
    light = ops.clip(light, 0.0, 1.0)
    steep = 1.055 * ops.power(ops.maximum(light, 0.003), 1.0 / 2.4) - 0.055
    return 2.0 * ops.where(light > 0.0031308, steep, 12.92 * light) - 1.0


def _mix(values, matrix):
    return ops.matmul(values, matrix.T)


def _curve(values):
    root = ops.power(ops.maximum(values, 0.008), 1.0 / 3.0)
    return ops.where(values > 0.008856, root, 7.787 * values + 16.0 / 116.0)


def _uncurve(values):
    return ops.where(values > 0.2068966, values * values * values, (values - 16.0 / 116.0) / 7.787)


@keras.saving.register_keras_serializable("kgan")
class Colorize(keras.layers.Layer):
    """Gives grey pictures a colour and keeps their lightness.

    Called on `[source, color]`: [B, H, W, 1 or 3] in [-1, 1], of which the lightness is taken, and
    [B, H, W, 2] in [-1, 1], a* and b* by 110 → images [B, H, W, 3] in [-1, 1].
    """

    def __init__(self, **options) -> None:
        super().__init__(**{**options, "dtype": "float32"})

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        source, color = inputs
        if source.shape[-1] == 1:
            source = ops.concatenate([source] * 3, axis=-1)
        lightness = rgb_to_lab(source)[..., :1]
        return lab_to_rgb(ops.concatenate([lightness, 110.0 * color], axis=-1))

    def compute_output_shape(self, input_shape: tuple[Shape, Shape]) -> Shape:
        return (*input_shape[0][:-1], 3)
