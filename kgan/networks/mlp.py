"""Dense networks: the first GAN.

Reference: Goodfellow et al. 2014, arXiv:1406.2661.
"""

import math

import keras
from keras import layers


def generator(image_shape, latent_size=100, width=256):
    """Builds latents [B, latent_size] → [B, *image_shape] through two hidden layers.

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


def discriminator(image_shape, width=256):
    """Builds [B, *image_shape] → raw scores [B, 1]: hidden layers of 2·width and width units."""
    images = keras.Input(tuple(image_shape), name="images")
    x = layers.Flatten()(images)
    for units in (2 * width, width):
        x = layers.LeakyReLU(negative_slope=0.2)(layers.Dense(units)(x))
    scores = layers.Dense(1, dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")
