"""Dense networks for points: two hidden layers of equal width, nothing that squashes the output."""

import math

import keras
from keras import layers


def generator(image_shape, latent_size=2, width=128):
    """Builds latents [B, latent_size] → points [B, *image_shape] of any range.

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


def discriminator(image_shape, width=128):
    """Builds points [B, *image_shape] → raw scores [B, 1]."""
    images = keras.Input(tuple(image_shape), name="images")
    x = layers.Flatten()(images)
    for _ in range(2):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(width)(x))
    scores = layers.Dense(1, dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")
