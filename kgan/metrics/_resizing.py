"""Two ways to resize pictures to a network's size. They move FID by points, so each has a name.

* `clean`: Pillow's bicubic filter on float values, which averages when it shrinks.
* `tf1`: `tf.image.resize_bilinear` of TensorFlow 1, which samples without averaging and is shifted
  by up to half a pixel; the first published FIDs used it.

Reference: Parmar et al. 2022, On aliased resizing and surprising subtleties in GAN evaluation,
arXiv:2104.11222.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image

from kgan.errors import UnknownNameError
from kgan.types import Array


def resize_clean(images: Array, size: int) -> Array:
    """Returns [N, H, W, C] resized to float32 [N, size, size, C] in the same units.

    Args:
        images: [N, H, W, C] numbers, e.g. uint8.
        size: height and width in pixels.
    """
    if images.shape[1:3] == (size, size):
        return images.astype(np.float32)
    channels = [
        np.asarray(Image.fromarray(channel).resize((size, size), Image.Resampling.BICUBIC))
        for image in images.astype(np.float32)
        for channel in np.moveaxis(image, -1, 0)
    ]
    stacked = np.stack(channels).reshape(len(images), -1, size, size)
    return np.moveaxis(stacked, 1, -1)


def resize_tf1(images: Array, size: int) -> Array:
    """Returns [N, H, W, C] resized to float32 [N, size, size, C]: row i is read at i · H / size."""
    import tensorflow as tf

    resized = tf.compat.v1.image.resize_bilinear(
        images.astype(np.float32), (size, size), align_corners=False, half_pixel_centers=False
    )
    return resized.numpy()


RESIZES = {"clean": resize_clean, "tf1": resize_tf1}


def choose_resize(name: str) -> Callable[[Array, int], Array]:
    """Returns the function of that name in `RESIZES`. Raises `InputError` for an unknown one."""
    if name not in RESIZES:
        raise UnknownNameError("resize", name, RESIZES)
    return RESIZES[name]
