"""Networks of latents that are read from images: an encoder, and a critic of both together."""

import keras
from keras import layers

from kgan.networks import dcgan


def encoder(image_shape, latent_size, width=32):
    """Builds images [B, H, W, C] in [-1, 1] → a Gaussian over latents.

    The layers of DCGAN's critic, batch-normalised, and one product with a matrix for each output.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.discriminator`.
        latent_size: L, length of a latent.
        width: see `dcgan.discriminator`.

    Returns:
        A `keras.Model` of outputs `mean` [B, L] and `log_variance` [B, L], float32.

    Raises:
        InputError: for another image shape.
    """
    images = keras.Input(tuple(image_shape), name="images")
    features = dcgan.features_of(images, width, dcgan.batch_normalized)
    outputs = {
        name: layers.Dense(latent_size, dtype="float32", name=name)(features)
        for name in ("mean", "log_variance")
    }
    return keras.Model(images, outputs, name="encoder")


def joint_discriminator(image_shape, latent_size, width=32, hidden=512):
    """Builds a critic of an image together with a latent.

    The features of DCGAN's critic and those of two layers on the latent meet in two layers more.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.discriminator`.
        latent_size: L, length of a latent.
        width: see `dcgan.discriminator`.
        hidden: units of each layer that sees latents.

    Returns:
        A `keras.Model` of `{"images": [B, H, W, C], "latents": [B, L]}` → raw scores [B, 1].

    Raises:
        InputError: for another image shape.

    Reference: Figure 1, Donahue et al. 2017, arXiv:1605.09782.
    """

    def dense(x):
        return layers.LeakyReLU(negative_slope=0.2)(layers.Dense(hidden)(x))

    images = keras.Input(tuple(image_shape), name="images")
    latents = keras.Input((latent_size,), name="latents")
    joined = layers.Concatenate()([dcgan.features_of(images, width), dense(dense(latents))])
    scores = layers.Dense(1, dtype="float32", name="scores")(dense(dense(joined)))
    return keras.Model({"images": images, "latents": latents}, scores, name="discriminator")
