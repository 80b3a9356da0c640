"""StyleGAN2's mapping, synthesis and critic.

A latent z becomes a style w through the `mapping`; each layer of the `synthesis` is scaled by the
style it is given, mostly the same w for all. Low layers then hold what is coarse, high ones
colour and texture.

Reference: Karras et al. 2020, arXiv:1912.04958, Figures 2 and 7.
"""

import math

import keras
from keras import layers, ops

from kgan.layers import MinibatchStandardDeviation, equalized, modulation, resampling
from kgan.networks.shapes import check_image_shape

SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
CHANNELS = (1, 2, 3, 4)
_WIDEST = 512  # channels of any feature map, as in the paper


def _channels(size, image_size, width):
    return min(width * image_size // size, _WIDEST)


def _painted_channels(size, image_size, width):
    """Returns a synthesis' channels: shapes are drawn at 4 and 8, where a narrow one lacks them."""
    return min(_channels(size, image_size, width) * (2 if size <= 8 else 1), _WIDEST)


def _sizes(image_size):
    """Returns the sizes of the feature maps: 4, 8, …, image_size."""
    return [2**power for power in range(2, int(math.log2(image_size)) + 1)]


def style_layers(image_size):
    """Returns how many styles the synthesis of such images takes: two for each size from 4."""
    return 2 * len(_sizes(image_size))


def noise_size(image_size):
    """Returns how many numbers of noise a picture takes: one map at 4×4, two at each later size."""
    return 2 * sum(size**2 for size in _sizes(image_size)) - 16


def mapping(latent_size, depth=8, learning_rate_multiplier=0.01):
    """Builds latents z [B, latent_size] → styles w [B, latent_size].

    Args:
        latent_size: length of both.
        depth: dense layers, ≥ 1 (8 in the paper).
        learning_rate_multiplier: at which share of the rate they learn, > 0; λ of the paper.

    Returns:
        A `keras.Model`; its layer `mean_latent` holds the mean of w.

    Reference: Figure 1b and Appendix C, Karras et al. 2019, arXiv:1812.04948.
    """
    latents = keras.Input((latent_size,), name="latents")
    # Only a latent's direction counts; with mean square 1 it is what equalized layers expect.
    x = layers.Rescaling(math.sqrt(latent_size))(layers.UnitNormalization(dtype="float32")(latents))
    for _ in range(depth):
        x = equalized.EqualizedDense(
            latent_size, equalized.scaled_leaky_relu, learning_rate_multiplier
        )(x)
    styles = modulation.MeanLatent(name="mean_latent")(x)
    return keras.Model(latents, styles, name="mapping")


def synthesis(image_shape, style_size, width=64):
    """Builds `{"styles": [B, L, style_size], "noise": [B, N]}` → images [B, H, W, C] in [-1, 1].

    Differs from the paper: sizes 4 and 8 have twice the channels, up to 512, so that only narrow
    networks change; colours are doubled as if each border went on, not as if zeros followed; tanh
    ends the sum of colours.

    Args:
        image_shape: `(H, W, C)`, square, a power of 2 from 8 to 1024 wide, 1 to 4 channels.
        style_size: length of a style.
        width: channels at the images' own size; each halving doubles them, and 8 does once more, up
            to 512. 32 gives the paper's network at size 1024.

    Returns:
        A `keras.Model`. L is `style_layers(H)`, N is `noise_size(H)`.

    Raises:
        InputError: for another image shape.

    Reference: Figures 2c and 7b ("skip" generator), arXiv:1912.04958.
    """
    size, colors = check_image_shape(image_shape, SIZES, CHANNELS)
    styles = keras.Input((style_layers(size), style_size), name="styles")
    noise = keras.Input((noise_size(size),), name="noise")
    place = start = 0  # of the next convolution among styles and noise
    images = None
    x = modulation.LearnedConstant((4, 4, _painted_channels(4, size, width)))(styles)
    for step in _sizes(size):
        filters = _painted_channels(step, size, width)
        for upsample in (False,) if step == 4 else (True, False):
            x = _modulated(x, styles, place, filters, 3, upsample=upsample)
            x = modulation.AddNoise(start)([x, noise])
            x = layers.Activation(equalized.scaled_leaky_relu)(x)
            place, start = place + 1, start + step**2
        # Colours share the style of the convolution that follows.
        painted = _modulated(x, styles, place, colors, 1, demodulate=False)
        if images is not None:
            images = resampling.Upsample(dtype="float32")(images)
            painted = layers.Add(dtype="float32")([images, painted])
        images = painted
    # A sum of colours has no bound of its own. The data have one, and often lie on it: a critic
    # would tell pictures by what goes beyond before it looked at their shapes.
    images = layers.Activation("tanh", dtype="float32", name="images")(images)
    return keras.Model({"styles": styles, "noise": noise}, images, name="synthesis")


def _modulated(x, styles, index, filters, kernel_size, upsample=False, demodulate=True):
    scales = equalized.StyleScales(x.shape[-1], index)(styles)
    convolution = modulation.ModulatedConv2D(filters, kernel_size, upsample, demodulate)
    return convolution([x, scales])


def even_channels(painter, styles, noise):
    """Scales weights of a `synthesis` so that a convolution's inputs have about one range.

    int8 has 256 values for all channels of what flows into a convolution, and styles times features
    differ much by channel. Each channel's scales are divided by the widest value that the examples
    show, and its part of the kernel is multiplied by it: images stay the same.

    Args:
        painter: the `synthesis`.
        styles: of the examples, [N, L, style_size].
        noise: theirs, [1, noise_size].

    Reference: Eqs. 3 and 4 with α = 1, Xiao et al. 2023, arXiv:2211.10438, where it is a
    normalisation that scales.
    """
    convolutions = [one for one in painter.layers if isinstance(one, modulation.ModulatedConv2D)]
    flowing = [_widest(one, *one.input) for one in convolutions]
    watch = keras.Model(painter.input, flowing)
    shown = [watch({"styles": style[None], "noise": noise}) for style in styles]
    for convolution, widest in zip(convolutions, zip(*shown, strict=True), strict=True):
        widest = ops.max(ops.stack(widest), axis=0)
        widest = ops.where(widest > 0, widest, 1.0)
        scales = next(one for one in painter.layers if one.output is convolution.input[1])
        scales.kernel.assign(scales.kernel / widest)
        scales.bias.assign(scales.bias / widest)
        convolution.kernel.assign(convolution.kernel * widest[:, None])


def _widest(convolution, features, scales):
    """Returns the widest value [C] of each channel that flows into a modulated convolution."""
    return ops.max(
        ops.abs(features * convolution.shared_out(scales)[:, None, None, :]), axis=(0, 1, 2)
    )


def generator(image_shape, latent_size, width=64, depth=8, mapping_rate=0.01):
    """Builds latents [B, latent_size] → images [B, H, W, C] in [-1, 1], with noise that is fixed.

    Its layers `mapping`, `synthesis` and `fixed_noise` serve whoever wants other styles or noise.

    Args:
        image_shape: as for `synthesis`.
        latent_size: length of latents and styles.
        width: as for `synthesis`.
        depth: as for `mapping`.
        mapping_rate: its `learning_rate_multiplier`.
    """
    latents = keras.Input((latent_size,), name="latents")
    painter = synthesis(image_shape, latent_size, width)
    styles = layers.RepeatVector(style_layers(image_shape[0]), name="styles")(
        mapping(latent_size, depth, mapping_rate)(latents)
    )
    noise = modulation.FixedNoise(noise_size(image_shape[0]), name="fixed_noise")(latents)
    return keras.Model(latents, painter({"styles": styles, "noise": noise}), name="generator")


def discriminator(image_shape, width=64):
    """Builds images [B, H, W, C] → raw scores [B, 1], by residual blocks.

    Args:
        image_shape: as for `synthesis`, but with any number of channels.
        width: as for `synthesis`.

    Raises:
        InputError: for another image shape.

    Reference: Figure 7c ("residual" discriminator), arXiv:1912.04958.
    """
    size, _ = check_image_shape(image_shape, SIZES)
    images = keras.Input(tuple(image_shape), name="images")
    x = _convolved(images, width, 1)
    for step in reversed(_sizes(size)[1:]):
        x = _residual(x, _channels(step // 2, size, width))
    x = MinibatchStandardDeviation()(x)
    x = _convolved(x, _channels(4, size, width), 3)
    x = equalized.EqualizedDense(_channels(4, size, width), equalized.scaled_leaky_relu)(
        layers.Flatten()(x)
    )
    scores = equalized.EqualizedDense(1, dtype="float32", name="scores")(x)
    return keras.Model(images, scores, name="discriminator")


def _convolved(x, filters, kernel_size, strides=1, padding="same"):
    return equalized.EqualizedConv2D(
        filters, kernel_size, strides, padding, equalized.scaled_leaky_relu
    )(x)


def _residual(x, filters):
    """Returns feature maps of half the size; the sum of two branches keeps its variance."""
    main = _convolved(x, x.shape[-1], 3)
    main = _convolved(resampling.Blur()(main), filters, 3, strides=2, padding="valid")
    skip = resampling.Downsample()(x)
    skip = equalized.EqualizedConv2D(filters, 1, use_bias=False)(skip)
    return layers.Rescaling(math.sqrt(0.5))(layers.Add()([main, skip]))
