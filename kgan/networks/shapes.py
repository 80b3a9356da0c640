"""Checks of image shapes that networks share."""

from kgan.errors import InputError


def check_image_shape(image_shape, sizes=None, channels=None):
    """Returns `(size, channels)` of a square image shape.

    Args:
        image_shape: `(H, W, C)`.
        sizes: the sizes a network is made for, or None for any.
        channels: the channel counts it is made for, or None for any.

    Raises:
        InputError: if the shape is another.
    """
    shape = tuple(image_shape)
    fits = len(shape) == 3 and shape[0] == shape[1] and min(shape) >= 1
    fits = fits and (sizes is None or shape[0] in sizes)
    fits = fits and (channels is None or shape[2] in channels)
    if not fits:
        wanted = f"size {', '.join(map(str, sizes))}" if sizes else "any size"
        wanted += f" and {min(channels)} to {max(channels)} channels" if channels else ""
        raise InputError(
            f"Expected square images (H, W, C) of {wanted}. Received: image_shape={shape}. "
            "Choose another --data.size, or another variant."
        )
    return shape[0], shape[2]
