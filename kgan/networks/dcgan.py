"""The DCGAN pair: strided convolutions, batch normalisation, no hidden dense layer.

Reference: Radford et al. 2016, arXiv:1511.06434, "Architecture guidelines" and Figure 1.
"""

import math

import keras
from keras import layers

from kgan.layers.normalization import batch_normalization
from kgan.networks.shapes import check_image_shape

SIZES = (16, 32, 64, 128)
CHANNELS = (1, 2, 3, 4)
KERNEL = 4  # divides evenly by the stride, so that transposed convolutions paint no chequerboard


def _init():
    return keras.initializers.RandomNormal(stddev=0.02)  # Section 4 of the paper


def generator(image_shape, latent_size=100, width=64):
    """Builds latents [B, latent_size] → images [B, H, W, C] in [-1, 1].

    Args:
        image_shape: `(H, W, C)`, square, 16, 32, 64 or 128 wide, 1 to 4 channels.
        latent_size: length of a latent.
        width: channels of the widest feature maps in pixels; each halving of the size doubles
            them, down to 4×4. 128 gives the paper's 1024-512-256-128 at size 64.

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for another image shape.
    """
    latents = keras.Input((latent_size,), name="latents")
    images = images_from(latents, image_shape, width, batch_normalized)
    return keras.Model(latents, images, name="generator")


def images_from(code, image_shape, width, normalized):
    """Returns the symbolic images [B, H, W, C] that the generator's layers make of a code.

    Args:
        code: symbolic [B, D].
        image_shape: as for `generator`.
        width: as for `generator`.
        normalized: `feature maps -> feature maps`, a new normalisation at each call.
    """
    size, channels = check_image_shape(image_shape, SIZES, CHANNELS)
    stages = int(math.log2(size // 4))
    # "Project and reshape": the one product with a matrix, straight into 4×4 feature maps.
    x = layers.Dense(4 * 4 * width * 2 ** (stages - 1), use_bias=False, kernel_initializer=_init())(
        code
    )
    x = layers.Reshape((4, 4, -1))(x)  # [B, 4, 4, width · 2^(stages − 1)]
    x = _activation("relu")(normalized(x))
    for stage in reversed(range(stages - 1)):
        x = layers.Conv2DTranspose(
            width * 2**stage, KERNEL, 2, "same", use_bias=False, kernel_initializer=_init()
        )(x)
        x = _activation("relu")(normalized(x))
    x = layers.Conv2DTranspose(channels, KERNEL, 2, "same", kernel_initializer=_init())(x)
    return layers.Activation("tanh", dtype="float32", name="images")(x)


def discriminator(image_shape, width=64, normalization=True):
    """Builds images [B, H, W, C] in [-1, 1] → raw scores [B, 1].

    Args:
        image_shape: as for `generator`, but with any number of channels.
        width: channels of the first feature maps; each halving of the size doubles them.
        normalization: whether hidden layers but the first are batch-normalised, as in the paper.

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for another image shape.
    """
    images = keras.Input(tuple(image_shape), name="images")
    x = features_of(images, width, batch_normalized if normalization else None)
    # The 4×4 convolution without padding that ends in one number is this product.
    scores = layers.Dense(1, kernel_initializer=_init(), dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")


def features_of(images, width, normalized=None):
    """Returns the symbolic features [B, F] that the critic's layers make of images.

    Args:
        images: symbolic [B, H, W, C], of a size in `SIZES`.
        width: as for `discriminator`.
        normalized: as for `images_from`; None for none.
    """
    size, _ = check_image_shape(images.shape[1:], SIZES)
    x = images
    for stage in range(int(math.log2(size // 4))):
        normalizes = normalized is not None and stage > 0
        x = layers.Conv2D(
            width * 2**stage,
            KERNEL,
            2,
            "same",
            use_bias=not normalizes,
            kernel_initializer=_init(),
        )(x)
        x = _activation("leaky_relu")(normalized(x) if normalizes else x)
    return layers.Flatten()(x)


def batch_normalized(x):
    """Returns feature maps after batch normalisation as the paper starts it."""
    gamma = keras.initializers.RandomNormal(mean=1.0, stddev=0.02)
    return batch_normalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma)(x)


def _activation(name):
    return layers.ReLU() if name == "relu" else layers.LeakyReLU(negative_slope=0.2)
