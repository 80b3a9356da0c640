"""The convolutional networks for 28×28 digits with which textbooks teach GANs."""

import keras
from keras import layers

from kgan.networks.shapes import check_image_shape
from kgan.types import ImageShape


def build_generator(
    image_shape: ImageShape, latent_size: int = 100, width: int = 64
) -> keras.Model:
    """Builds latents [B, latent_size] → two dense layers → 7×7×128 → 14×14×64 → images in [-1, 1].

    Args:
        image_shape: `(28, 28, C)`.
        latent_size: length of a latent, 100 in the textbooks.
        width: channels of the 14×14 feature maps, half those of the 7×7 ones.

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for images that are not 28×28.
    """
    *_, channels = check_image_shape(image_shape, multiple=28, least=28, most=28)
    return keras.Sequential(
        [
            keras.Input((latent_size,), name="latents"),
            layers.Dense(1024),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Dense(7 * 7 * 2 * width),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Reshape((7, 7, 2 * width)),
            layers.UpSampling2D(),
            layers.Conv2D(width, 5, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.UpSampling2D(),
            layers.Conv2D(channels, 5, padding="same"),
            layers.Activation("tanh", dtype="float32", name="images"),
        ],
        name="generator",
    )


def build_discriminator(image_shape: ImageShape, width: int = 64) -> keras.Model:
    """Builds 28×28 images → conv 64 → pool → conv 128 → pool → two dense layers → scores [B, 1].

    Args:
        image_shape: `(28, 28, C)`.
        width: channels of the first convolution, half those of the second.

    Raises:
        InputError: for images that are not 28×28.
    """
    check_image_shape(image_shape, multiple=28, least=28, most=28)
    return keras.Sequential(
        [
            keras.Input(tuple(image_shape), name="images"),
            layers.Conv2D(width, 5, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.AveragePooling2D(2),
            layers.Conv2D(2 * width, 5, padding="same"),
            layers.LeakyReLU(negative_slope=0.2),
            layers.AveragePooling2D(2),
            layers.Flatten(),
            layers.Dense(1024),
            layers.LeakyReLU(negative_slope=0.2),
            layers.Dense(1, dtype="float32", name="scores"),
        ],
        name="discriminator",
    )
