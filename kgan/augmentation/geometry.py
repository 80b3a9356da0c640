"""Moves of pixels, each image by its own random numbers; differentiable to every order."""

import tensorflow as tf

from kgan.errors import InputError
from kgan.random import RandomStream
from kgan.types import Tensor


def check_pictures(name: str, images: Tensor) -> None:
    """Refuses what are no pictures [B, H, W, C] for the augmentation `name`."""
    if images.shape.rank != 4:
        raise InputError(
            f"Expected pictures [B, H, W, C] for augmentation {name}. Received: examples of shape "
            f"{tuple(images.shape[1:])}. Leave it out, or take instance_noise."
        )


def mirror(images: Tensor, rng: RandomStream) -> Tensor:
    """Returns images [B, H, W, C], each mirrored from left to right with probability ½."""
    flips = rng.uniform((tf.shape(images)[0], 1, 1, 1)) < 0.5
    return tf.where(flips, tf.reverse(images, [2]), images)


def shift(
    images: Tensor, rng: RandomStream, limits: tuple[int, int], mode: str = "CONSTANT"
) -> Tensor:
    """Returns images [B, H, W, C], each shifted by whole pixels.

    Args:
        images: [B, H, W, C].
        rng: draws from −limit to limit, each whole number as likely.
        limits: largest shifts `(rows, columns)`, ≥ 0.
        mode: what comes in at the rim: `CONSTANT`, zeros; or `REFLECT`, the picture mirrored.
    """
    down, right = limits
    padded = tf.pad(images, ((0, 0), (down, down), (right, right), (0, 0)), mode)
    for axis, limit in ((1, down), (2, right)):
        size, count = images.shape[axis], tf.shape(images)[0]
        draws = rng.purpose(axis).uniform((count, 1)) * (2 * limit + 1)
        start = tf.minimum(tf.cast(tf.floor(draws), tf.int32), 2 * limit)
        padded = tf.gather(padded, start + tf.range(size)[None], axis=axis, batch_dims=1)
    return padded


def warp(images: Tensor, matrices: Tensor) -> Tensor:
    """Returns images seen through affine maps, by bilinear interpolation, mirrored at the rim.

    Args:
        images: [B, H, W, C].
        matrices: [B, 2, 3]: from a pixel of the result, `(x, y, 1)` about the middle, to the place
            in the image that it shows.

    Example:
        >>> shifted = warp(images, tf.constant([[[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]]))
    """
    height, width, channels = images.shape[1:]
    rows = tf.range(height, dtype=tf.float32) - (height - 1) / 2
    columns = tf.range(width, dtype=tf.float32) - (width - 1) / 2
    x, y = tf.meshgrid(columns, rows)
    places = tf.reshape(tf.stack([x, y, tf.ones_like(x)]), (3, -1))
    seen = tf.matmul(matrices, places[None])  # [B, 2, H·W]
    x, y = seen[:, 0] + (width - 1) / 2, seen[:, 1] + (height - 1) / 2
    left, top = tf.floor(x), tf.floor(y)
    flat = tf.reshape(images, (-1, height * width, channels))
    total = 0.0
    for row, tall in ((top, 1.0 - (y - top)), (top + 1.0, y - top)):
        for column, wide in ((left, 1.0 - (x - left)), (left + 1.0, x - left)):
            index = _reflect(row, height) * width + _reflect(column, width)
            share = tf.cast(tall * wide, images.dtype)[:, :, None]
            total += share * tf.gather(flat, index, axis=1, batch_dims=1)
    return tf.reshape(total, tf.shape(images))


def _reflect(index, size):
    """Returns whole numbers folded into 0 … size − 1, as if the picture went on mirrored."""
    period = max(2 * (size - 1), 1)
    folded = tf.math.floormod(tf.cast(index, tf.int32), period)
    return tf.minimum(folded, period - folded) if size > 1 else tf.zeros_like(folded)
