"""Networks from images to images: U-Net and residual translators, and critics of patches.

All normalise each image on its own (instance normalisation): they may see one at a time.
"""

import math

import keras
from keras import layers

from kgan.layers.instance_normalization import InstanceNormalization
from kgan.layers.latent_dropout import LatentDropout
from kgan.layers.padding import ReflectionPadding
from kgan.networks.shapes import check_image_shape

SIZES = (16, 32, 64, 128, 256)


def unet(image_shape, latent_size=100, width=64, noise=True):
    """Builds a U-Net: `{"source": [B, H, W, C], "latents": [B, latent_size]}` → [B, H, W, C].

    Halved down to 2×2 and doubled again, each step seeing what the way down knew; half of the
    channels of the two innermost steps are dropped, as the latents say.

    Args:
        image_shape: `(H, W, C)`, square, 16 to 256 wide, of source and target.
        latent_size: length of a latent.
        width: channels of the outermost feature maps; doubled at each step, up to 8 times.
        noise: whether latents drop channels; without, they are no input.

    Reference: Section 6.1 of the appendix, Isola et al. 2017, arXiv:1611.07004.
    """
    size, channels = check_image_shape(image_shape, SIZES)
    steps = int(math.log2(size // 2))
    source = keras.Input(tuple(image_shape), name="source")
    latents = keras.Input((latent_size,), name="latents")
    x, seen = source, []
    for step in range(steps):
        # The innermost is not normalised, so that its 2×2 maps may differ in strength.
        normalizes = 0 < step < steps - 1
        x = _convolution(width * min(2**step, 8), 4, 2, bias=not normalizes)(x)
        x = _normalized(x) if normalizes else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
        seen.append(x)
    for step in reversed(range(steps - 1)):
        x = _transposed(width * min(2**step, 8), 4)(x)
        x = _normalized(x)
        if noise and step >= steps - 3:
            x = LatentDropout()([x, latents])
        x = layers.Concatenate()([layers.ReLU()(x), seen[step]])
    x = _transposed(channels, 4, bias=True)(x)
    images = layers.Activation("tanh", dtype="float32", name="images")(x)
    inputs = {"source": source, "latents": latents} if noise else {"source": source}
    return keras.Model(inputs, images, name="generator")


def residual_translator(image_shape, width=64, blocks=6, source="source", name="generator"):
    """Builds `{source: [B, H, W, C]}` → images of the same shape through residual blocks.

    Args:
        image_shape: `(H, W, C)`, square, 16 to 256 wide.
        width: channels at full size; 4 times as many in the residual blocks.
        blocks: residual blocks (6 in the paper at 128×128).
        source: what the input is called.
        name: of the model.

    Reference: Section 7.2 of the appendix, Zhu et al. 2017, arXiv:1703.10593.
    """
    _, channels = check_image_shape(image_shape, SIZES)
    images = keras.Input(tuple(image_shape), name=source)
    x = _rectified(_convolution(width, 7, padding="valid")(ReflectionPadding(3)(images)))
    for step in (2, 4):
        x = _rectified(_convolution(step * width, 3, 2)(x))
    for _ in range(blocks):
        y = _rectified(_convolution(4 * width, 3, padding="valid")(ReflectionPadding(1)(x)))
        y = _normalized(_convolution(4 * width, 3, padding="valid")(ReflectionPadding(1)(y)))
        x = layers.Add()([x, y])
    for step in (2, 1):
        x = _rectified(_transposed(step * width, 3)(x))
    x = _convolution(channels, 7, padding="valid", bias=True)(ReflectionPadding(3)(x))
    translated = layers.Activation("tanh", dtype="float32", name="images")(x)
    return keras.Model({source: images}, translated, name=name)


def patch_critic(image_shape, width=64, conditional=False, name="discriminator"):
    """Builds a critic of patches: images [B, H, W, C] → raw scores [B, h, w, 1].

    Each score sees 34×34 pixels; 70×70 of images that are 128 wide or more.

    Args:
        image_shape: `(H, W, C)`, square, 16 to 256 wide.
        width: channels of the first feature maps.
        conditional: whether it takes `{"images": …, "source": …}` and judges the pair.
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
        x = _convolution(width * 2**step, 4, stride, bias=step == 0)(x)
        x = _normalized(x) if step > 0 else x
        x = layers.LeakyReLU(negative_slope=0.2)(x)
    scores = layers.Conv2D(
        1, 4, padding="same", kernel_initializer=_init(), dtype="float32", name="scores"
    )(x)
    inputs = {"images": images, "source": source} if conditional else images
    return keras.Model(inputs, scores, name=name)


def _init():
    return keras.initializers.RandomNormal(stddev=0.02)


def _convolution(channels, kernel, stride=1, padding="same", bias=False):
    # A bias before a normalisation does nothing; its gradient is rounding, which Adam blows up.
    return layers.Conv2D(
        channels, kernel, stride, padding, use_bias=bias, kernel_initializer=_init()
    )


def _transposed(channels, kernel, bias=False):
    return layers.Conv2DTranspose(
        channels, kernel, 2, "same", use_bias=bias, kernel_initializer=_init()
    )


def _normalized(x):
    return InstanceNormalization(epsilon=1e-5)(x)


def _rectified(x):
    return layers.ReLU()(_normalized(x))
