"""FastGAN's networks: a generator whose coarse feature maps gate fine ones, a critic, and decoders.

The critic gives its feature maps out beside its scores, for decoders to make small pictures of.

Reference: Liu et al. 2021, arXiv:2101.04775.
"""

import math

import keras
from keras import layers

from kgan.layers.gating import GatedLinearUnit
from kgan.networks.dcgan import normalize_batch
from kgan.networks.shapes import check_image_shape, crop_to, list_sizes
from kgan.types import ImageShape, Shape, Tensor

LEAST, MOST = 16, 1024  # pixels of a side
CHANNELS = (1, 2, 3, 4)
_WIDEST = 32  # times the width of the finest feature maps
_FARTHEST = 4  # doublings from a feature map to the one it gates: 4×4 gates 64×64


def build_generator(
    image_shape: ImageShape, latent_size: int = 256, width: int = 64
) -> keras.Model:
    """Builds latents [B, latent_size] → images [B, H, W, C] in [-1, 1].

    Each doubling is a convolution with a gated linear unit, each second one two of them. Skip-layer
    excitation: a coarse feature map says of each channel of one that is 16 times as large how much
    of it passes; in small pictures of one that is less far away.

    Args:
        image_shape: `(H, W, C)`, H and W multiples of 8 from 16 to 1024, 1 to 4 channels.
        latent_size: length of a latent, of which only the direction matters.
        width: channels at the images' size, doubled at each halving, up to 32 times as many.

    Raises:
        InputError: for another image shape.
    """
    check_image_shape(image_shape, least=LEAST, most=MOST, channels=CHANNELS)
    sizes = list_sizes(image_shape)
    widths = _list_widths(len(sizes), width)
    apart = min(_FARTHEST, len(sizes) - 2)
    latents = keras.Input((latent_size,), name="latents")
    x = layers.Rescaling(math.sqrt(latent_size))(layers.UnitNormalization(dtype="float32")(latents))
    x = layers.Dense(
        math.prod(sizes[0]) * 2 * widths[0], use_bias=False, kernel_initializer=_initializer()
    )(x)
    maps = [_gate(layers.Reshape((*sizes[0], 2 * widths[0]))(x))]
    for step in range(1, len(sizes)):
        x = _double(maps[-1], widths[step], sizes[step])
        if step % 2 == 0:
            x = _gate(_convolve(x, 2 * widths[step]))
        if step >= apart:
            gates = _excite(maps[step - apart], step - apart, sizes[0], widths[step])
            x = layers.Multiply()([x, gates])
        maps.append(x)
    x = _convolve(maps[-1], image_shape[2])
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model(latents, images, name="generator")


def _excite(x: Tensor, halvings: int, coarsest: tuple[int, int], channels: int) -> Tensor:
    """Returns gates [B, 1, 1, channels] in (0, 1) read from a feature map."""
    for _ in range(halvings):
        x = layers.AveragePooling2D(2, padding="same")(x)
    start = {"use_bias": False, "kernel_initializer": _initializer()}
    x = layers.Conv2D(channels, coarsest, activation="silu", **start)(x)
    return layers.Conv2D(channels, 1, activation="sigmoid", **start)(x)


def build_discriminator(image_shape: ImageShape, width: int = 64) -> keras.Model:
    """Builds images [B, H, W, C] → `{"scores", "fine", "coarse"}`.

    `scores` [B, h, w, 1] are raw, each of a part of the image; `coarse` is the last feature map,
    8×8 (4×4 of images below 24 pixels), and `fine` the one before it, twice as large.

    Args:
        image_shape: as for `build_generator`.
        width: as for `build_generator`.

    Raises:
        InputError: for another image shape.
    """
    check_image_shape(image_shape, least=LEAST, most=MOST)
    sizes = list_critic_sizes(image_shape)
    *widths, _ = _list_widths(len(sizes), width)
    images = keras.Input(tuple(image_shape), name="images")
    x = layers.LeakyReLU(negative_slope=0.2)(_convolve(images, widths[-1], 4, 2))
    maps = [x]
    for channels in reversed(widths[:-1]):
        x = _halve(x, channels)
        maps.append(x)
    fine, coarse = maps[-2:]
    kernel = tuple(min(4, side) for side in coarse.shape[1:3])
    x = _activate(_convolve(coarse, widths[0], 1))
    scores = layers.Conv2D(
        1, kernel, use_bias=False, kernel_initializer=_initializer(), dtype="float32", name="scores"
    )(x)
    outputs = {"scores": scores, "fine": fine, "coarse": coarse}
    return keras.Model(images, outputs, name="discriminator")


def build_decoder(
    features: Shape, image_shape: ImageShape, width: int = 64, name: str = "decoder"
) -> keras.Model:
    """Builds a critic's features [B, h, w, F] → pictures [B, H/2, W/2, C] in [-1, 1].

    Args:
        features: `(h, w, F)`, h and w those of the critic's coarse feature map.
        image_shape: of the critic's images.
        width: channels at the pictures' size, doubled at each halving.
        name: of the network.
    """
    _, *sizes, _ = list_critic_sizes(image_shape)
    inputs = keras.Input(features, name="features")
    x = inputs
    for size, channels in zip(sizes, _list_widths(len(sizes), width), strict=True):
        x = _double(x, channels, size)
    pictures = layers.Activation("tanh", dtype="float32")(_convolve(x, image_shape[2]))
    return keras.Model(inputs, pictures, name=name)


def list_critic_sizes(image_shape: ImageShape) -> list[tuple[int, int]]:
    """Returns the sizes of the critic's feature maps, coarse to fine, and last the images'.

    Example:
        >>> list_critic_sizes((64, 48, 3))
        [(11, 8), (22, 16), (43, 32), ...]
    """
    return list_sizes(image_shape, coarsest=8 if min(image_shape[:2]) >= 24 else 4)


def _list_widths(count, width):
    """Returns channels at `count` sizes, coarse to fine."""
    return [width * min(2**halvings, _WIDEST) for halvings in reversed(range(count))]


def _double(x, channels, size):
    return _gate(_convolve(crop_to(layers.UpSampling2D()(x), size), 2 * channels))


def _gate(x):
    return GatedLinearUnit()(normalize_batch(x))


def _halve(x, channels):
    """Returns the mean of two paths to half the size: of two convolutions, and of one of means."""
    first = _activate(_convolve(_activate(_convolve(x, channels, 4, 2)), channels))
    means = layers.AveragePooling2D(2, padding="same")(x)
    return layers.Average()([first, _activate(_convolve(means, channels, 1))])


def _activate(x):
    return layers.LeakyReLU(negative_slope=0.2)(normalize_batch(x))


def _convolve(x, channels, kernel=3, stride=1):
    return layers.Conv2D(
        channels, kernel, stride, "same", use_bias=False, kernel_initializer=_initializer()
    )(x)


def _initializer():
    return keras.initializers.RandomNormal(stddev=0.02)
