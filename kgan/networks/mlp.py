"""Dense networks for images, those of the first GAN, and for points.

Reference: Goodfellow et al. 2014, arXiv:1406.2661.
"""

import math

import keras
from keras import layers


def build_generator(
    image_shape: tuple[int, ...], latent_size: int = 100, width: int = 256
) -> keras.Model:
    """Builds latents [B, latent_size] → [B, *image_shape] in [-1, 1], with two hidden layers.

    Args:
        image_shape: shape of one example, e.g. `(28, 28, 1)`.
        latent_size: length of a latent.
        width: units of the first hidden layer; the second has twice as many.

    Returns:
        A `keras.Model`.
    """
    latents = keras.Input((latent_size,), name="latents")
    x = latents
    for units in (width, 2 * width):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(units)(x))
    x = layers.Dense(math.prod(image_shape))(x)
    x = layers.Reshape(tuple(image_shape))(x)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(latents, images, name="generator")


def build_discriminator(image_shape: tuple[int, ...], width: int = 256) -> keras.Model:
    """Builds [B, *image_shape] → raw scores [B, 1], with hidden layers of 2·width and width."""
    images = keras.Input(tuple(image_shape), name="images")
    x = layers.Flatten()(images)
    for units in (2 * width, width):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(units)(x))
    scores = layers.Dense(1, dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")


def build_point_generator(
    image_shape: tuple[int, ...], latent_size: int = 2, width: int = 128
) -> keras.Model:
    """Builds latents [B, latent_size] → points [B, *image_shape] of any range.

    Two hidden layers of equal width, and a linear output.

    Args:
        image_shape: shape of one example, `(2,)` for points in the plane.
        latent_size: length of a latent.
        width: units of each hidden layer.

    Returns:
        A `keras.Model`.
    """
    latents = keras.Input((latent_size,), name="latents")
    x = latents
    for _ in range(2):
        x = layers.ReLU()(layers.Dense(width)(x))
    x = layers.Dense(math.prod(image_shape))(x)
    images = layers.Reshape(tuple(image_shape), dtype="float32", name="images")(x)
    return keras.Model(latents, images, name="generator")


def build_point_discriminator(image_shape: tuple[int, ...], width: int = 128) -> keras.Model:
    """Builds points [B, *image_shape] → raw scores [B, 1], with two hidden layers of `width`."""
    images = keras.Input(tuple(image_shape), name="images")
    x = layers.Flatten()(images)
    for _ in range(2):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(width)(x))
    scores = layers.Dense(1, dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")
