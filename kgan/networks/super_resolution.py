"""Networks that enlarge images; they are convolutional, and take images of any size."""

import keras
from keras import layers, ops

from kgan.errors import InputError
from kgan.layers.normalization import make_batch_normalization
from kgan.types import ImageShape


def build_upscaler(
    source_shape: ImageShape, image_shape: ImageShape, width: int = 64, blocks: int = 16
) -> keras.Model:
    """Builds `{"source": [B, h, w, c]}` → images [B, H, W, C] in [-1, 1], H / h = W / w.

    Residual blocks at the source's size, then a pixel shuffle for each doubling.

    Args:
        source_shape: `(h, w, c)` in training.
        image_shape: `(H, W, C)` in training.
        width: channels of the feature maps.
        blocks: residual blocks.

    Raises:
        InputError: where the images are not 1, 2, 4, … times as large as the sources.

    Reference: Figure 4 of Ledig et al. 2017, arXiv:1609.04802.
    """
    doublings = _count_doublings(source_shape, image_shape)
    source = keras.Input((None, None, source_shape[-1]), name="source")
    x = start = _rectify(_convolve(source, width, 9))
    for _ in range(blocks):
        y = _rectify(make_batch_normalization()(_convolve(x, width)))
        x = layers.Add()([x, make_batch_normalization()(_convolve(y, width))])
    x = layers.Add()([start, make_batch_normalization()(_convolve(x, width))])
    for _ in range(doublings):
        x = _rectify(ops.depth_to_space(_convolve(x, 4 * width), 2))
    x = _convolve(x, image_shape[-1], 9)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model({"source": source}, images, name="generator")


def build_compact_upscaler(
    source_shape: ImageShape, image_shape: ImageShape, width: int = 64, blocks: int = 16
) -> keras.Model:
    """Builds the same of convolutions at the source's size, which it adds to the source enlarged.

    Args:
        source_shape: `(h, w, c)` in training, c = C.
        image_shape: `(H, W, C)` in training.
        width: channels of the feature maps.
        blocks: convolutions between the first and the last.

    Raises:
        InputError: where the images are not 2, 4, … times as large as the sources, or of other
            channels.

    Reference: Wang et al. 2021, arXiv:2107.10833, whose code has it.
    """
    factor = 2 ** _count_doublings(source_shape, image_shape)
    if factor == 1 or source_shape[-1] != image_shape[-1]:
        raise InputError(
            "Expected larger images of the sources' channels for the compact network. Received: "
            f"source_shape={tuple(source_shape)}, image_shape={tuple(image_shape)}."
        )
    source = keras.Input((None, None, source_shape[-1]), name="source")
    x = source
    for _ in range(blocks + 1):
        x = _rectify(_convolve(x, width))
    x = _convolve(x, image_shape[-1] * factor**2)
    x = ops.depth_to_space(x, factor)
    x = layers.Add(dtype="float32")([x, layers.UpSampling2D(factor)(source)])
    # Not tanh: it would make the source's own colours pale.
    images = layers.ReLU(max_value=2.0, dtype="float32")(x + 1.0) - 1.0
    return keras.Model({"source": source}, images, name="generator")


def _count_doublings(source_shape, image_shape):
    """Returns how often sources are doubled to the size of images."""
    factor = image_shape[0] // source_shape[0]
    fits = factor > 0 and factor & (factor - 1) == 0
    if not fits or any(
        b != factor * a for a, b in zip(source_shape[:2], image_shape, strict=False)
    ):
        raise InputError(
            "Expected images 1, 2, 4, … times as large as their sources. Received: "
            f"source_shape={tuple(source_shape)}, image_shape={tuple(image_shape)}."
        )
    return factor.bit_length() - 1


def _convolve(x, channels, kernel=3):
    return layers.Conv2D(channels, kernel, padding="same")(x)


def _rectify(x):
    return layers.PReLU(shared_axes=(1, 2))(x)
