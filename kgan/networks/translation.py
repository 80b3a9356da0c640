"""Networks from images to images: U-Net, residual translator and patch critic.

All use instance normalization, and so work on batches of one image too.
"""

import math

import keras
from keras import layers

from kgan.layers.latent_dropout import LatentDropout
from kgan.layers.normalization import InstanceNormalization
from kgan.layers.resampling import ReflectionPadding
from kgan.networks.shapes import check_image_shape
from kgan.types import ImageShape

SIZES = (16, 32, 64, 128, 256)


def build_unet(
    image_shape: ImageShape, latent_size: int = 100, width: int = 64, noise: bool = True
) -> keras.Model:
    """Builds a U-Net: `{"source": [B, H, W, C], "latents": [B, latent_size]}` → [B, H, W, C].

    The size is halved down to 2×2 and doubled again, with skip connections between equal sizes; the
    latents drop half of the channels of the two innermost steps.

    Args:
        image_shape: `(H, W, C)`, square, 16 to 256 wide, of source and target.
        latent_size: length of a latent.
        width: channels of the outermost feature maps; doubled at each step, up to 8 · width.
        noise: whether latents are an input and drop channels.

    Reference: Section 6.1 of the appendix, Isola et al. 2017, arXiv:1611.07004.
    """
    size, channels = check_image_shape(image_shape, SIZES)
    steps = int(math.log2(size // 2))
    source = keras.Input(tuple(image_shape), name="source")
    latents = keras.Input((latent_size,), name="latents")
    x, skips = source, []
    for step in range(steps):
        # The innermost is not normalised, so that its 2×2 maps keep their strength.
        normalizes = 0 < step < steps - 1
        x = _convolve(width * min(2**step, 8), 4, 2, bias=not normalizes)(x)
        x = _normalize(x) if normalizes else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        skips.append(x)
    for step in reversed(range(steps - 1)):
        x = _convolve_transpose(width * min(2**step, 8), 4)(x)
        x = _normalize(x)
        if noise and step >= steps - 3:
            x = LatentDropout()([x, latents])
        x = layers.Concatenate()([layers.ReLU()(x), skips[step]])
    x = _convolve_transpose(channels, 4, bias=True)(x)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    inputs = {"source": source, "latents": latents} if noise else {"source": source}
    return keras.Model(inputs, images, name="generator")


def build_residual_translator(
    image_shape: ImageShape,
    width: int = 64,
    blocks: int = 6,
    source: str = "source",
    name: str = "generator",
) -> keras.Model:
    """Builds `{source: [B, H, W, C]}` → images of the same shape through residual blocks.

    Args:
        image_shape: `(H, W, C)`, square, 16 to 256 wide.
        width: channels at full size; 4 times as many in the residual blocks.
        blocks: residual blocks (6 in the paper at 128×128).
        source: name of the input.
        name: of the model.

    Reference: Section 7.2 of the appendix, Zhu et al. 2017, arXiv:1703.10593.
    """
    _, channels = check_image_shape(image_shape, SIZES)
    images = keras.Input(tuple(image_shape), name=source)
    x = _rectify(_convolve(width, 7, padding="valid")(ReflectionPadding(3)(images)))
    for step in (2, 4):
        x = _rectify(_convolve(step * width, 3, 2)(x))
    for _ in range(blocks):
        y = _rectify(_convolve(4 * width, 3, padding="valid")(ReflectionPadding(1)(x)))
        y = _normalize(_convolve(4 * width, 3, padding="valid")(ReflectionPadding(1)(y)))
        x = layers.Add()([x, y])
    for step in (2, 1):
        x = _rectify(_convolve_transpose(step * width, 3)(x))
    x = _convolve(channels, 7, padding="valid", bias=True)(ReflectionPadding(3)(x))
    translated = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model({source: images}, translated, name=name)


def build_patch_critic(
    image_shape: ImageShape,
    width: int = 64,
    conditional: bool = False,
    name: str = "discriminator",
) -> keras.Model:
    """Builds a critic of patches: images [B, H, W, C] → raw scores [B, h, w, 1].

    Each score depends on 34×34 pixels, or 70×70 if images are 128 wide or more.

    Args:
        image_shape: `(H, W, C)`, square, 16 to 256 wide.
        width: channels of the first feature maps.
        conditional: whether it takes `{"images": …, "source": …}` and scores the pair.
        name: of the model.

    Reference: Section 6.1 of the appendix, Isola et al. 2017, arXiv:1611.07004.
    """
    size, _ = check_image_shape(image_shape, SIZES)
    images = keras.Input(tuple(image_shape), name="images")
    source = keras.Input(tuple(image_shape), name="source")
    x = layers.Concatenate()([images, source]) if conditional else images
    halvings = 3 if size >= 128 else 2
    for step in range(halvings + 1):
        stride = 2 if step < halvings else 1
        x = _convolve(width * 2**step, 4, stride, bias=step == 0)(x)
        x = _normalize(x) if step > 0 else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    scores = layers.Conv2D(
        1, 4, padding="same", kernel_initializer=_initializer(), dtype="float32", name="scores"
    )(x)
    inputs = {"images": images, "source": source} if conditional else images
    return keras.Model(inputs, scores, name=name)


def _initializer():
    return keras.initializers.RandomNormal(stddev=0.02)


def _convolve(channels, kernel, stride=1, padding="same", bias=False):
    # A bias before a normalization has no effect; its gradient is rounding error, which Adam
    # amplifies.
    return layers.Conv2D(
        channels, kernel, stride, padding, use_bias=bias, kernel_initializer=_initializer()
    )


def _convolve_transpose(channels, kernel, bias=False):
    return layers.Conv2DTranspose(
        channels, kernel, 2, "same", use_bias=bias, kernel_initializer=_initializer()
    )


def _normalize(x):
    return InstanceNormalization(epsilon=1e-5)(x)


def _rectify(x):
    return layers.ReLU()(_normalize(x))
