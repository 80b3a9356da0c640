"""Checks of image shapes."""

from collections.abc import Collection

from kgan.errors import InputError
from kgan.types import ImageShape


def check_image_shape(
    image_shape: ImageShape,
    sizes: Collection[int] | None = None,
    channels: Collection[int] | None = None,
) -> tuple[int, int]:
    """Returns `(size, channels)` of a square image shape.

    Args:
        image_shape: `(H, W, C)`.
        sizes: the sizes that a network supports, or None for any.
        channels: the numbers of channels that it supports, or None for any.

    Raises:
        InputError: for any other shape.
    """
    shape = tuple(image_shape)
    fits = len(shape) == 3 and shape[0] == shape[1] and min(shape) >= 1
    fits = fits and (sizes is None or shape[0] in sizes)
    fits = fits and (channels is None or shape[2] in channels)
    if not fits:
        supported = f"size {', '.join(map(str, sizes))}" if sizes else "any size"
        supported += f" and {min(channels)} to {max(channels)} channels" if channels else ""
        raise InputError(
            f"Expected square images (H, W, C) of {supported}. Received: image_shape={shape}. "
            "Choose another --data.size, or another variant."
        )
    return shape[0], shape[2]
