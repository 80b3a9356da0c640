"""R3GAN's pair: residual blocks without normalization, resampled without aliases.

Reference: Huang et al. 2024, arXiv:2501.05441.
"""

import keras
from keras import layers

from kgan.layers import resampling
from kgan.layers.modulation import LearnedConstant
from kgan.networks.shapes import check_image_shape, crop_to, list_sizes
from kgan.types import ImageShape, Tensor

MOST = 256  # pixels of a side
CHANNELS = (1, 2, 3, 4)
EXPANSION = 2  # of the channels within a block
_GAIN = 2.0 / (1.0 + 0.2**2)  # of a leaky rectifier: what keeps the variance
_WIDEST = 8  # times the width of the finest feature maps


def build_generator(
    image_shape: ImageShape, latent_size: int = 64, width: int = 32, blocks: int = 2
) -> keras.Model:
    """Builds latents [B, latent_size] → images [B, H, W, C], without bounds.

    Args:
        image_shape: `(H, W, C)`, H and W multiples of 8 up to 256, 1 to 4 channels.
        latent_size: length of a latent.
        width: channels at the images' size; doubled at each halving, up to 8 times as many.
        blocks: residual blocks at each size, ≥ 1.

    Raises:
        InputError: for another image shape.
    """
    check_image_shape(image_shape, most=MOST, channels=CHANNELS)
    sizes, widths = _plan(image_shape, width)
    total = blocks * len(sizes)
    latents = keras.Input((latent_size,), name="latents")
    gains = layers.Dense(widths[0], use_bias=False, kernel_initializer=_scale(1.0))(latents)
    basis = LearnedConstant((*sizes[0], widths[0]), name="basis")(latents)
    x = layers.Multiply()([basis, layers.Reshape((1, 1, widths[0]))(gains)])
    for step, (size, channels) in enumerate(zip(sizes, widths, strict=True)):
        if step:
            x = _match(x, channels)
            x = crop_to(resampling.Upsample()(x), size)
        for _ in range(blocks):
            x = _apply_block(x, total)
    images = layers.Conv2D(
        image_shape[2], 1, kernel_initializer=_scale(1.0), dtype="float32", name="images"
    )(x)
    return keras.Model(latents, images, name="generator")


def build_discriminator(image_shape: ImageShape, width: int = 32, blocks: int = 2) -> keras.Model:
    """Builds images [B, H, W, C] → raw scores [B, 1].

    Args:
        image_shape: as for `build_generator`.
        width: as for `build_generator`.
        blocks: as for `build_generator`.

    Raises:
        InputError: for another image shape.
    """
    check_image_shape(image_shape, most=MOST)
    sizes, widths = _plan(image_shape, width)
    total = blocks * len(sizes)
    images = keras.Input(tuple(image_shape), name="images")
    x = layers.Conv2D(widths[-1], 1, kernel_initializer=_scale(1.0))(images)
    for step in reversed(range(len(widths))):
        for _ in range(blocks):
            x = _apply_block(x, total)
        if step:
            x = _match(resampling.Downsample()(_pad_to_even(x)), widths[step - 1])
    # Keras counts all channels as inputs, of which each filter sees one.
    start = _scale(float(x.shape[-1]))
    x = layers.DepthwiseConv2D(x.shape[1:3], use_bias=False, depthwise_initializer=start)(x)
    scores = layers.Dense(1, kernel_initializer=_scale(1.0), dtype="float32", name="scores")(
        layers.Flatten()(x)
    )
    return keras.Model(images, scores, name="discriminator")


def _plan(image_shape, width):
    """Returns the sizes of feature maps, coarse to fine, and their channels."""
    sizes = list_sizes(image_shape)
    finest = len(sizes) - 1
    return sizes, [width * min(2 ** (finest - step), _WIDEST) for step in range(len(sizes))]


def _apply_block(x: Tensor, total: int) -> Tensor:
    """Returns x + f(x), f being 0 at the start; of `total` blocks none blows up (Fixup)."""
    channels, start = x.shape[-1], _scale(_GAIN * total**-0.5)
    y = layers.Conv2D(EXPANSION * channels, 1, kernel_initializer=start)(x)
    y = layers.LeakyReLU(negative_slope=0.2)(y)
    y = layers.Conv2D(EXPANSION * channels, 3, padding="same", kernel_initializer=start)(y)
    y = layers.LeakyReLU(negative_slope=0.2)(y)
    y = layers.Conv2D(channels, 1, use_bias=False, kernel_initializer="zeros")(y)
    return layers.Add()([x, y])


def _match(x, channels):
    """Returns feature maps with other channels, by a linear map where there are others."""
    if x.shape[-1] == channels:
        return x
    return layers.Conv2D(channels, 1, use_bias=False, kernel_initializer=_scale(1.0))(x)


def _pad_to_even(x):
    rows, columns = (length % 2 for length in x.shape[1:3])
    return layers.ZeroPadding2D(((0, rows), (0, columns)))(x) if rows or columns else x


def _scale(scale):
    return keras.initializers.VarianceScaling(scale, "fan_in", "untruncated_normal")
