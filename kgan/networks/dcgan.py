"""The DCGAN pair: strided convolutions, batch normalisation, no hidden dense layer.

Reference: Radford et al. 2016, arXiv:1511.06434, "Architecture guidelines" and Figure 1.
"""

from collections.abc import Callable

import keras
from keras import layers

from kgan.layers.normalization import make_batch_normalization
from kgan.networks.shapes import check_image_shape, crop_to, list_sizes
from kgan.types import ImageShape, Tensor

MOST = 256  # pixels of a side
CHANNELS = (1, 2, 3, 4)
KERNEL = 4  # divisible by the stride, or transposed convolutions make chequerboard patterns


def _initializer():
    return keras.initializers.RandomNormal(stddev=0.02)  # Section 4 of the paper


def build_generator(
    image_shape: ImageShape, latent_size: int = 100, width: int = 64
) -> keras.Model:
    """Builds latents [B, latent_size] → images [B, H, W, C] in [-1, 1].

    Args:
        image_shape: `(H, W, C)`, H and W multiples of 8 up to 256, 1 to 4 channels.
        latent_size: length of a latent.
        width: channels of the largest feature maps; each halving of the size doubles them, down to
            4×4, or 4×3 of 64×48. 128 gives the paper's 1024-512-256-128 at size 64.

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for another image shape.
    """
    latents = keras.Input((latent_size,), name="latents")
    images = apply_generator_layers(latents, image_shape, width, normalize_batch)
    return keras.Model(latents, images, name="generator")


def apply_generator_layers(
    code: Tensor, image_shape: ImageShape, width: int, normalize: Callable[[Tensor], Tensor]
) -> Tensor:
    """Returns the symbolic images [B, H, W, C] that new layers of the generator make of a code.

    Args:
        code: symbolic [B, D].
        image_shape: as for `build_generator`.
        width: as for `build_generator`.
        normalize: `feature maps -> feature maps`, with a new normalization layer at each call.
    """
    *_, channels = check_image_shape(image_shape, most=MOST, channels=CHANNELS)
    (rows, columns), *sizes = list_sizes(image_shape)
    stages = len(sizes)
    # "Project and reshape": the only dense layer, which makes the smallest feature maps.
    units = rows * columns * width * 2 ** (stages - 1)
    x = layers.Dense(units, use_bias=False, kernel_initializer=_initializer())(code)
    x = layers.Reshape((rows, columns, -1))(x)  # [B, 4, 4, width · 2^(stages − 1)]
    x = _activation("relu")(normalize(x))
    for stage, size in zip(reversed(range(stages - 1)), sizes, strict=False):
        x = layers.Conv2DTranspose(
            width * 2**stage, KERNEL, 2, "same", use_bias=False, kernel_initializer=_initializer()
        )(x)
        x = _activation("relu")(normalize(crop_to(x, size)))
    x = layers.Conv2DTranspose(channels, KERNEL, 2, "same", kernel_initializer=_initializer())(x)
    x = crop_to(x, sizes[-1])
    return layers.Activation("tanh", dtype="float32", name="images")(x)


def build_discriminator(
    image_shape: ImageShape, width: int = 64, normalization: bool = True
) -> keras.Model:
    """Builds images [B, H, W, C] in [-1, 1] → raw scores [B, 1].

    Args:
        image_shape: as for `build_generator`, but with any number of channels.
        width: channels of the first feature maps; each halving of the size doubles them.
        normalization: whether all hidden layers but the first are batch-normalised, as in the
            paper.

    Returns:
        A `keras.Model`.

    Raises:
        InputError: for another image shape.
    """
    images = keras.Input(tuple(image_shape), name="images")
    x = apply_critic_layers(images, width, normalize_batch if normalization else None)
    # Equal to the paper's 4×4 convolution without padding and with one output.
    scores = layers.Dense(1, kernel_initializer=_initializer(), dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")


def apply_critic_layers(
    images: Tensor, width: int, normalize: Callable[[Tensor], Tensor] | None = None
) -> Tensor:
    """Returns the symbolic features [B, F] that new layers of the critic make of images.

    Args:
        images: symbolic [B, H, W, C], of a size that `build_generator` makes.
        width: as for `build_discriminator`.
        normalize: as for `apply_generator_layers`, or None.
    """
    check_image_shape(images.shape[1:], most=MOST)
    x = images
    for stage in range(len(list_sizes(images.shape[1:])) - 1):
        normalizes = normalize is not None and stage > 0
        x = layers.Conv2D(
            width * 2**stage,
            KERNEL,
            2,
            "same",
            use_bias=not normalizes,
            kernel_initializer=_initializer(),
        )(x)
        x = _activation("leaky_relu")(normalize(x) if normalizes else x)
    return layers.Flatten()(x)


def normalize_batch(x: Tensor) -> Tensor:
    """Returns feature maps after batch normalization with the paper's initial scale."""
    gamma = keras.initializers.RandomNormal(mean=1.0, stddev=0.02)
    return make_batch_normalization(momentum=0.9, epsilon=1e-5, gamma_initializer=gamma)(x)


def _activation(name):
    return layers.ReLU() if name == "relu" else layers.LeakyReLU(negative_slope=0.2)
