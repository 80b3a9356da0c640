"""The residual networks of the spectral normalization paper, for 32×32 and other sizes.

Reference: Table 4, Miyato et al. 2018, arXiv:1802.05957.
"""

import math

import keras
from keras import layers

from kgan.layers.normalization import make_batch_normalization
from kgan.networks.shapes import check_image_shape, crop_to, list_sizes
from kgan.types import ImageShape

MOST = 256  # pixels of a side


def build_generator(
    image_shape: ImageShape, latent_size: int = 128, width: int = 128
) -> keras.Model:
    """Builds latents [B, latent_size] → images [B, H, W, C] in [-1, 1].

    Args:
        image_shape: `(H, W, C)`, H and W multiples of 8 up to 256.
        latent_size: length of a latent.
        width: half the channels of every feature map (256 channels in the paper).

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for another image shape.
    """
    *_, channels = check_image_shape(image_shape, most=MOST)
    latents = keras.Input((latent_size,), name="latents")
    first, *sizes = list_sizes(image_shape)  # from 4×4
    x = layers.Dense(math.prod(first) * 2 * width)(latents)
    x = layers.Reshape((*first, 2 * width))(x)
    for size in sizes:
        x = _block_up(x, 2 * width, size)
    x = layers.ReLU()(make_batch_normalization(momentum=0.9)(x))
    x = layers.Conv2D(channels, 3, padding="same")(x)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(latents, images, name="generator")


def build_discriminator(image_shape: ImageShape, width: int = 128) -> keras.Model:
    """Builds images [B, H, W, C] in [-1, 1] → raw scores [B, 1].

    Args:
        image_shape: as for `build_generator`.
        width: channels of every feature map.

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for another image shape.
    """
    check_image_shape(image_shape, most=MOST)
    images = keras.Input(tuple(image_shape), name="images")
    x = _block_down(images, width, first=True)
    for _ in list_sizes(image_shape, coarsest=8)[2:]:
        x = _block_down(x, width)
    for _ in range(2):
        x = _block(x, width)
    x = layers.ReLU()(x)  # [B, 8, 8, width]
    positions = float(math.prod(x.shape[1:3]))
    x = layers.Rescaling(positions)(layers.GlobalAveragePooling2D()(x))  # sum over positions
    scores = layers.Dense(1, dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")


def _block_up(x, width, size):
    shortcut = layers.Conv2D(width, 1)(crop_to(layers.UpSampling2D()(x), size))
    x = layers.ReLU()(make_batch_normalization(momentum=0.9)(x))
    x = layers.Conv2D(width, 3, padding="same")(crop_to(layers.UpSampling2D()(x), size))
    x = layers.ReLU()(make_batch_normalization(momentum=0.9)(x))
    return layers.Add()([layers.Conv2D(width, 3, padding="same")(x), shortcut])


def _block_down(x, width, first=False):
    # Images are not rectified before their first convolution.
    shortcut = layers.Conv2D(width, 1)(layers.AveragePooling2D(2, padding="same")(x))
    x = x if first else layers.ReLU()(x)
    x = layers.ReLU()(layers.Conv2D(width, 3, padding="same")(x))
    x = layers.Conv2D(width, 3, padding="same")(x)
    return layers.Add()([layers.AveragePooling2D(2, padding="same")(x), shortcut])


def _block(x, width):
    y = layers.Conv2D(width, 3, padding="same")(layers.ReLU()(x))
    y = layers.Conv2D(width, 3, padding="same")(layers.ReLU()(y))
    return layers.Add()([y, x])
