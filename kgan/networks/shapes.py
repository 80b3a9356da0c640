"""Image shapes: which a network makes, and the sizes of its feature maps."""

import math
from collections.abc import Collection

from keras import layers

from kgan.errors import InputError
from kgan.types import ImageShape, Tensor


def check_image_shape(
    image_shape: ImageShape,
    multiple: int = 8,
    least: int = 8,
    most: int | None = None,
    channels: Collection[int] | None = None,
) -> ImageShape:
    """Returns an image shape that a network supports, as a tuple.

    Args:
        image_shape: `(H, W, C)`.
        multiple: of which H and W must be.
        least: what they are at least.
        most: what they are at most, or None.
        channels: the numbers of channels that the network supports, or None for any.

    Raises:
        InputError: for any other shape.
    """
    shape = tuple(image_shape)
    fits = len(shape) == 3 and min(shape) >= 1
    fits = fits and all(
        size % multiple == 0 and least <= size <= (most or size) for size in shape[:2]
    )
    fits = fits and (channels is None or shape[2] in channels)
    if not fits:
        supported = f"from {least} up" if most is None else f"{least} to {most}"
        supported += f" in steps of {multiple}" if multiple > 1 else ""
        supported = str(least) if least == most else supported
        supported += f" and {min(channels)} to {max(channels)} channels" if channels else ""
        raise InputError(
            f"Expected images (H, W, C) with H and W {supported}. Received: image_shape={shape}. "
            "Choose another --data.size, or another variant."
        )
    return shape


def list_sizes(image_shape: ImageShape, coarsest: int = 4) -> list[tuple[int, int]]:
    """Returns the sizes `(H, W)` of feature maps, each half of the next one, rounded up.

    Args:
        image_shape: `(H, W, ...)`, the last size.
        coarsest: which the shorter side of the first size is nearest to, by the logarithm.

    Example:
        >>> list_sizes((64, 48, 3))
        [(4, 3), (8, 6), (16, 12), (32, 24), (64, 48)]
    """
    sizes = [tuple(image_shape[:2])]
    for _ in range(round(math.log2(min(sizes[0]) / coarsest))):
        sizes.append(tuple(math.ceil(length / 2) for length in sizes[-1]))
    return sizes[::-1]


def crop_to(x: Tensor, size: tuple[int, int]) -> Tensor:
    """Returns symbolic feature maps [B, H, W, C] without what exceeds a size at bottom and right.

    A size that is odd comes after one whose double is larger by one.
    """
    rows, columns = (have - want for have, want in zip(x.shape[1:3], size, strict=True))
    return layers.Cropping2D(((0, rows), (0, columns)))(x) if rows or columns else x
