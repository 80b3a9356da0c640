"""StyleGAN2's mapping network, synthesis network and critic.

The mapping network turns a latent z into a style w; each layer of the synthesis network is scaled
by a style, usually the same w for all. Low layers determine coarse structure, high ones colour and
texture.

Reference: Karras et al. 2020, arXiv:1912.04958, Figures 2 and 7.
"""

import math

import keras
from keras import layers, ops

from kgan.layers import MinibatchStandardDeviation, equalized, modulation, resampling
from kgan.networks.shapes import check_image_shape, crop_to, list_sizes
from kgan.types import ImageShape, Tensor

MOST = 1024  # pixels of a side
CHANNELS = (1, 2, 3, 4)
_MAX_CHANNELS = 512  # of any feature map, as in the paper


def _count_channels(count, width):
    """Returns the channels of feature maps at `count` sizes, from 4×4 to the images'."""
    return [min(width * 2**halvings, _MAX_CHANNELS) for halvings in reversed(range(count))]


def _count_synthesis_channels(count, width):
    """Returns the synthesis network's: doubled at sizes 4 and 8, where narrow ones lack them."""
    coarse, fine = _count_channels(count, width)[:2], _count_channels(count, width)[2:]
    return [*(min(2 * channels, _MAX_CHANNELS) for channels in coarse), *fine]


def count_styles(image_shape: ImageShape) -> int:
    """Returns how many styles the synthesis network takes: two for each size from 4×4."""
    return 2 * len(list_sizes(image_shape))


def count_noise(image_shape: ImageShape) -> int:
    """Returns how many numbers of noise an image takes: one map at 4×4, two at each later size."""
    first, *later = map(math.prod, list_sizes(image_shape))
    return first + 2 * sum(later)


def build_mapping(
    latent_size: int, depth: int = 8, learning_rate_multiplier: float = 0.01
) -> keras.Model:
    """Builds latents z [B, latent_size] → styles w [B, latent_size].

    Args:
        latent_size: length of both.
        depth: dense layers, ≥ 1 (8 in the paper).
        learning_rate_multiplier: factor of their learning rate, > 0; λ of the paper.

    Returns:
        A `keras.Model`; its layer `mean_latent` has the running mean of w.

    Reference: Figure 1b and Appendix C, Karras et al. 2019, arXiv:1812.04948.
    """
    latents = keras.Input((latent_size,), name="latents")
    # Only a latent's direction matters; equalized layers expect inputs of mean square 1.
    x = layers.Rescaling(math.sqrt(latent_size))(layers.UnitNormalization(dtype="float32")(latents))
    for _ in range(depth):
        x = equalized.EqualizedDense(
            latent_size, equalized.leaky_relu_with_gain, learning_rate_multiplier
        )(x)
    styles = modulation.MeanLatent(name="mean_latent")(x)
    return keras.Model(latents, styles, name="mapping")


def build_synthesis(image_shape: ImageShape, style_size: int, width: int = 64) -> keras.Model:
    """Builds `{"styles": [B, L, style_size], "noise": [B, N]}` → images [B, H, W, C] in [-1, 1].

    Differs from the paper: sizes 4 and 8 have twice the channels, up to 512, which changes only
    narrow networks; images are upsampled with their border repeated, not with zeros; tanh is
    applied to the sum of images.

    Args:
        image_shape: `(H, W, C)`, H and W multiples of 8 up to 1024, 1 to 4 channels.
        style_size: length of a style.
        width: channels at full size; each halving doubles them, and size 8 once more, up to 512. 32
            gives the paper's network at size 1024.

    Returns:
        A `keras.Model`. L is `count_styles(image_shape)`, N is `count_noise(image_shape)`.

    Raises:
        InputError: for another image shape.

    Reference: Figures 2c and 7b ("skip" generator), arXiv:1912.04958.
    """
    *_, colors = check_image_shape(image_shape, most=MOST, channels=CHANNELS)
    styles = keras.Input((count_styles(image_shape), style_size), name="styles")
    noise = keras.Input((count_noise(image_shape),), name="noise")
    index = start = 0  # of the next convolution's style, and of its noise
    images = None
    sizes = list_sizes(image_shape)
    channels = _count_synthesis_channels(len(sizes), width)
    x = modulation.LearnedConstant((*sizes[0], channels[0]))(styles)
    for size, filters in zip(sizes, channels, strict=True):
        for upsample in (False,) if images is None else (True, False):
            x = crop_to(_modulate(x, styles, index, filters, 3, upsample=upsample), size)
            x = modulation.AddNoise(start)([x, noise])
            x = layers.Activation(equalized.leaky_relu_with_gain)(x)
            index, start = index + 1, start + math.prod(size)
        # The colours share the style of the next convolution.
        colored = _modulate(x, styles, index, colors, 1, demodulate=False)
        if images is not None:
            images = crop_to(resampling.Upsample(dtype="float32")(images), size)
            colored = layers.Add(dtype="float32")([images, colored])
        images = colored
    # A sum of colours is not bounded as the data are: a critic would recognise images by values out
    # of range before it learned about shapes.
    images = layers.Activation("tanh", dtype="float32", name="images")(images)
    return keras.Model({"styles": styles, "noise": noise}, images, name="synthesis")


def _modulate(x, styles, index, filters, kernel_size, upsample=False, demodulate=True):
    scales = equalized.StyleScales(x.shape[-1], index)(styles)
    convolution = modulation.ModulatedConv2D(filters, kernel_size, upsample, demodulate)
    return convolution([x, scales])


def equalize_channels(synthesis: keras.Model, styles: Tensor, noise: Tensor) -> None:
    """Scales weights so that all inputs of a convolution have about the same range.

    In int8 all channels of a convolution's input share 256 values, but styles times features differ
    much by channel. Each channel's scales are divided by its maximum over the examples, and its
    part of the kernel is multiplied by it, which leaves the images the same.

    Args:
        synthesis: from `build_synthesis`; changed in place.
        styles: of the examples, [N, L, style_size].
        noise: of the examples, [1, count_noise(image_shape)].

    Reference: Eqs. 3 and 4 with α = 1, Xiao et al. 2023, arXiv:2211.10438, where a normalization
    layer has the scales.
    """
    convolutions = [one for one in synthesis.layers if isinstance(one, modulation.ModulatedConv2D)]
    maxima = keras.Model(synthesis.input, [_take_maxima(one, *one.input) for one in convolutions])
    examples = [maxima({"styles": style[None], "noise": noise}) for style in styles]
    for convolution, largest in zip(convolutions, zip(*examples, strict=True), strict=True):
        largest = ops.max(ops.stack(largest), axis=0)
        largest = ops.where(largest > 0, largest, 1.0)
        scales = next(one for one in synthesis.layers if one.output is convolution.input[1])
        scales.kernel.assign(scales.kernel / largest)
        scales.bias.assign(scales.bias / largest)
        convolution.kernel.assign(convolution.kernel * largest[:, None])


def _take_maxima(convolution, features, scales):
    """Returns the largest absolute input [C] of a modulated convolution, by channel."""
    return ops.max(
        ops.abs(features * convolution.normalize_scales(scales)[:, None, None, :]), axis=(0, 1, 2)
    )


def build_generator(
    image_shape: ImageShape,
    latent_size: int,
    width: int = 64,
    depth: int = 8,
    mapping_rate: float = 0.01,
) -> keras.Model:
    """Builds latents [B, latent_size] → images [B, H, W, C] in [-1, 1], with fixed noise.

    For other styles or noise, call its layers `mapping`, `synthesis` and `fixed_noise`.

    Args:
        image_shape: as for `build_synthesis`.
        latent_size: length of latents and styles.
        width: as for `build_synthesis`.
        depth: as for `build_mapping`.
        mapping_rate: the mapping network's `learning_rate_multiplier`.
    """
    latents = keras.Input((latent_size,), name="latents")
    synthesis = build_synthesis(image_shape, latent_size, width)
    styles = layers.RepeatVector(count_styles(image_shape), name="styles")(
        build_mapping(latent_size, depth, mapping_rate)(latents)
    )
    noise = modulation.FixedNoise(count_noise(image_shape), name="fixed_noise")(latents)
    return keras.Model(latents, synthesis({"styles": styles, "noise": noise}), name="generator")


def build_discriminator(image_shape: ImageShape, width: int = 64) -> keras.Model:
    """Builds images [B, H, W, C] → raw scores [B, 1], by residual blocks.

    Args:
        image_shape: as for `build_synthesis`, but with any number of channels.
        width: as for `build_synthesis`.

    Raises:
        InputError: for another image shape.

    Reference: Figure 7c ("residual" discriminator), arXiv:1912.04958.
    """
    check_image_shape(image_shape, most=MOST)
    images = keras.Input(tuple(image_shape), name="images")
    channels = _count_channels(len(list_sizes(image_shape)), width)
    x = _convolve(images, width, 1)
    for filters in reversed(channels[:-1]):
        x = _apply_residual_block(x, filters)
    x = MinibatchStandardDeviation()(x)
    x = _convolve(x, channels[0], 3)
    x = equalized.EqualizedDense(channels[0], equalized.leaky_relu_with_gain)(layers.Flatten()(x))
    scores = equalized.EqualizedDense(1, dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")


def _convolve(x, filters, kernel_size, strides=1, padding="same"):
    return equalized.EqualizedConv2D(
        filters, kernel_size, strides, padding, equalized.leaky_relu_with_gain
    )(x)


def _apply_residual_block(x, filters):
    """Returns feature maps of half the size; the sum of the branches is scaled to keep variance."""
    main = _convolve(x, x.shape[-1], 3)
    main = _convolve(resampling.Blur()(main), filters, 3, strides=2, padding="valid")
    skip = resampling.Downsample()(x)
    skip = equalized.EqualizedConv2D(filters, 1, use_bias=False)(skip)
    return layers.Rescaling(math.sqrt(0.5))(layers.Add()([main, skip]))
