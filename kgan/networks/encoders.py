"""An encoder of images as latents, and a critic of images together with latents."""

import keras
from keras import layers

from kgan.networks import dcgan
from kgan.types import ImageShape, Tensor


def build_encoder(image_shape: ImageShape, latent_size: int, width: int = 32) -> keras.Model:
    """Builds images [B, H, W, C] in [-1, 1] → a Gaussian over latents.

    The layers of DCGAN's critic, batch-normalised, and a dense layer for each output.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.build_discriminator`.
        latent_size: L, length of a latent.
        width: see `dcgan.build_discriminator`.

    Returns:
        A `keras.Model` of outputs `mean` [B, L] and `log_variance` [B, L], float32.

    Raises:
        InputError: for another image shape.
    """
    images = keras.Input(tuple(image_shape), name="images")
    features = dcgan.apply_critic_layers(images, width, dcgan.normalize_batch)
    outputs = {
        name: layers.Dense(latent_size, dtype="float32", name=name)(features)
        for name in ("mean", "log_variance")
    }
    return keras.Model(images, outputs, name="encoder")


def build_joint_discriminator(
    image_shape: ImageShape, latent_size: int, width: int = 32, hidden: int = 512
) -> keras.Model:
    """Builds a critic of an image together with a latent.

    Two dense layers on the latent, then two on their output and the features of DCGAN's critic.

    Args:
        image_shape: `(H, W, C)`, see `dcgan.build_discriminator`.
        latent_size: L, length of a latent.
        width: see `dcgan.build_discriminator`.
        hidden: units of each dense layer.

    Returns:
        A `keras.Model` of `{"images": [B, H, W, C], "latents": [B, L]}` → raw scores [B, 1].

    Raises:
        InputError: for another image shape.

    Reference: Figure 1, Donahue et al. 2017, arXiv:1605.09782.
    """

    def dense(x: Tensor) -> Tensor:
        return layers.LeakyReLU(negative_slope=0.2)(layers.Dense(hidden)(x))

    images = keras.Input(tuple(image_shape), name="images")
    latents = keras.Input((latent_size,), name="latents")
    joined = layers.Concatenate()([dcgan.apply_critic_layers(images, width), dense(dense(latents))])
    scores = layers.Dense(1, dtype="float32", name="scores")(dense(dense(joined)))
    return keras.Model({"images": images, "latents": latents}, scores, name="discriminator")
