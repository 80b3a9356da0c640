"""The residual networks of the spectral normalization paper, for 32×32 and other sizes.

Reference: Table 4, Miyato et al. 2018, arXiv:1802.05957.
"""

import math
from collections.abc import Callable

import keras
from keras import layers

from kgan.layers.attention import apply_self_attention
from kgan.layers.normalization import make_batch_normalization
from kgan.networks.shapes import check_image_shape, crop_to, list_sizes
from kgan.types import ImageShape, Tensor

MOST = 256  # pixels of a side


def build_generator(
    image_shape: ImageShape, latent_size: int = 128, width: int = 128, attention: bool = False
) -> keras.Model:
    """Builds latents [B, latent_size] → images [B, H, W, C] in [-1, 1].

    Args:
        image_shape: `(H, W, C)`, H and W multiples of 8 up to 256.
        latent_size: length of a latent.
        width: half the channels of every feature map (256 channels in the paper).
        attention: whether feature maps of the size that `choose_middle` says attend to themselves.

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for another image shape.
    """
    *_, channels = check_image_shape(image_shape, most=MOST)
    middle = choose_middle(image_shape) if attention else None
    latents = keras.Input((latent_size,), name="latents")
    first, *sizes = list_sizes(image_shape)  # from 4×4
    x = layers.Dense(math.prod(first) * 2 * width)(latents)
    x = attend_at(middle, layers.Reshape((*first, 2 * width))(x))
    for size in sizes:
        x = attend_at(middle, enlarge(x, 2 * width, size, _normalize))
    images = paint(x, channels)
    return keras.Model(latents, images, name="generator")


def build_discriminator(
    image_shape: ImageShape, width: int = 128, attention: bool = False
) -> keras.Model:
    """Builds images [B, H, W, C] in [-1, 1] → raw scores [B, 1].

    Args:
        image_shape: as for `build_generator`.
        width: channels of every feature map.
        attention: as for `build_generator`.

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for another image shape.
    """
    check_image_shape(image_shape, most=MOST)
    middle = choose_middle(image_shape) if attention else None
    images = keras.Input(tuple(image_shape), name="images")
    x = attend_at(middle, shrink(images, width, first=True))
    for _ in list_sizes(image_shape, coarsest=8)[2:]:
        x = attend_at(middle, shrink(x, width))
    for _ in range(2):
        x = refine(x, width)
    scores = layers.Dense(1, dtype="float32", name="scores")(pool(x))
    return keras.Model(images, scores, name="discriminator")


def choose_middle(image_shape: ImageShape) -> tuple[int, int]:
    """Returns the size of feature maps that attend: 8 of 16, 16 of 32 and 64, 32 of 128 and 256."""
    sizes = list_sizes(image_shape)
    return sizes[min(len(sizes) // 2, len(sizes) - 2)]


def attend_at(size: tuple[int, int] | None, x: Tensor) -> Tensor:
    """Returns feature maps, after a new self-attention block if they have that size."""
    return apply_self_attention(x) if x.shape[1:3] == size else x


def enlarge(
    x: Tensor, channels: int, size: tuple[int, int], normalize: Callable[[Tensor], Tensor]
) -> Tensor:
    """Returns feature maps of twice the size, cut to `size`, after a new residual block.

    Args:
        x: symbolic feature maps [B, H, W, C].
        channels: of the result.
        size: of the result, 2H or 2H − 1 rows, and columns likewise.
        normalize: `feature maps -> feature maps`, with a new normalization layer at each call.
    """
    shortcut = layers.Conv2D(channels, 1)(crop_to(layers.UpSampling2D()(x), size))
    x = layers.ReLU()(normalize(x))
    x = layers.Conv2D(channels, 3, padding="same")(crop_to(layers.UpSampling2D()(x), size))
    x = layers.ReLU()(normalize(x))
    return layers.Add()([layers.Conv2D(channels, 3, padding="same")(x), shortcut])


def paint(x: Tensor, channels: int) -> Tensor:
    """Returns the images in [-1, 1] of a generator's last feature maps."""
    x = layers.ReLU()(_normalize(x))
    x = layers.Conv2D(channels, 3, padding="same")(x)
    return layers.Activation("tanh", dtype="float32", name="images")(x)


def shrink(x: Tensor, channels: int, first: bool = False) -> Tensor:
    """Returns feature maps of half the size, rounded up, after a new residual block.

    Args:
        x: symbolic feature maps [B, H, W, C], or images.
        channels: of the result.
        first: whether they are images, which are not rectified before their first convolution.
    """
    shortcut = layers.Conv2D(channels, 1)(layers.AveragePooling2D(2, padding="same")(x))
    x = x if first else layers.ReLU()(x)
    x = layers.ReLU()(layers.Conv2D(channels, 3, padding="same")(x))
    x = layers.Conv2D(channels, 3, padding="same")(x)
    return layers.Add()([layers.AveragePooling2D(2, padding="same")(x), shortcut])


def refine(x: Tensor, channels: int) -> Tensor:
    """Returns feature maps with as many channels, after a new residual block."""
    y = layers.Conv2D(channels, 3, padding="same")(layers.ReLU()(x))
    y = layers.Conv2D(channels, 3, padding="same")(layers.ReLU()(y))
    return layers.Add()([y, x])


def pool(x: Tensor) -> Tensor:
    """Returns features [B, C]: rectified feature maps summed over their positions."""
    x = layers.ReLU()(x)
    positions = float(math.prod(x.shape[1:3]))
    return layers.Rescaling(positions)(layers.GlobalAveragePooling2D()(x))


def _normalize(x):
    return make_batch_normalization(momentum=0.9)(x)
