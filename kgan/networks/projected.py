"""Projected GAN's critic: small critics of frozen features, mixed at random, at four scales.

Reference: Sauer et al. 2021, arXiv:2111.01007.
"""

import math
from collections.abc import Callable

import keras
from keras import layers

from kgan.errors import InputError, UnknownNameError
from kgan.layers import resampling
from kgan.networks import efficientnet
from kgan.networks.dcgan import normalize_batch
from kgan.networks.shapes import check_image_shape, crop_to
from kgan.types import ImageShape, Tensor

LEAST, MOST = 16, 1024  # pixels of a side
_SMALLEST = 8  # pixels of the side of a feature map from which scores are read
_WIDEST = 8  # times the width


def build_discriminator(
    image_shape: ImageShape,
    width: int = 64,
    features: str = "efficientnet-lite0",
    feature_size: int = 224,
) -> keras.Model:
    """Builds images [B, H, W, C] → raw scores [B, N], as many of each of four scales.

    A frozen network makes feature maps of images, of a quarter, an eighth, … of their size. Frozen
    random 1×1 convolutions mix the channels of each, and from coarse to fine each with the finer
    one. A small critic reads each of the four mixtures, from fine to coarse.

    Args:
        image_shape: `(H, W, C)`, H and W multiples of 8 from 16 to 1024, 1 or 3 channels.
        width: channels of the finest mixture; of the others up to 8 times as many.
        features: the frozen network, a name in `PYRAMIDS`.
        feature_size: pixels of the shorter side that the frozen network is shown at least: smaller
            images are doubled until they have them.

    Returns:
        A `keras.Model` in which the critics alone are trainable.

    Raises:
        InputError: for another image shape, an unknown name, or a network that is not installed.
    """
    check_image_shape(image_shape, least=LEAST, most=MOST)
    _check_features(image_shape, features)
    images = keras.Input(tuple(image_shape), name="images")
    mixtures = build_projection(image_shape, width, features, feature_size)(images)
    scores = [_judge(mixture, width) for mixture in mixtures]
    return keras.Model(images, layers.Concatenate(name="scores")(scores), name="discriminator")


def build_projection(
    image_shape: ImageShape, width: int, features: str, feature_size: int
) -> keras.Model:
    """Builds images [B, H, W, C] → four mixtures of features, frozen; arguments as above."""
    _check_features(image_shape, features)
    images = keras.Input(tuple(image_shape), name="images")
    x = _scale_images(images)
    while min(x.shape[1:3]) < feature_size:
        x = resampling.Upsample()(x)
    sizes = [tuple(math.ceil(side / 2) for side in x.shape[1:3])]
    maps = PYRAMIDS[features](*x.shape[1:3])(x)
    sizes += [one.shape[1:3] for one in maps[:-1]]
    mixed = [_mix(one, width * 2**scale) for scale, one in enumerate(maps)]
    mixtures, x = [], None
    for one, size, scale in reversed([*zip(mixed, sizes, range(len(mixed)), strict=True)]):
        x = one if x is None else layers.Add()([x, one])
        x = crop_to(resampling.Upsample()(x), size)
        x = _mix(x, width * 2 ** max(scale - 1, 0))
        mixtures.append(x)
    projection = keras.Model(images, mixtures[::-1], name="projection")
    projection.trainable = False
    return projection


def build_content(image_shape: ImageShape, features: str = efficientnet.NAME) -> keras.Model:
    """Builds images [B, H, W, C] → features [B, H/8, W/8, F] of a frozen network, float32.

    Args:
        image_shape: `(H, W, C)`, 1 or 3 channels.
        features: the frozen network, a name in `PYRAMIDS`.

    Raises:
        InputError: for other channels, an unknown name, or a network that is not installed.
    """
    _check_features(image_shape, features)
    images = keras.Input(tuple(image_shape), name="images")
    maps = PYRAMIDS[features](*image_shape[:2])(_scale_images(images))
    content = keras.Model(images, layers.Activation("linear", dtype="float32")(maps[1]))
    content.trainable = False
    return content


def _check_features(image_shape, features):
    if features not in PYRAMIDS:
        raise UnknownNameError("frozen network", features, PYRAMIDS)
    if image_shape[2] not in (1, 3):
        raise InputError(
            "Expected images of 1 or 3 channels, which a network for photographs takes. Received: "
            f"image_shape={tuple(image_shape)}. Give --data.channels 3."
        )


def _scale_images(images):
    """Returns images in [-1, 1] as frozen networks were trained on: (pixels − 127) / 128."""
    x = images if images.shape[-1] == 3 else layers.Concatenate()([images] * 3)
    return layers.Rescaling(127.5 / 128.0, 0.5 / 128.0)(x)


def _mix(x, channels):
    """Returns random mixtures of channels, which keep their size in the mean."""
    return layers.Conv2D(channels, 1, use_bias=False, kernel_initializer="he_normal")(x)


def _judge(x: Tensor, width: int) -> Tensor:
    """Returns raw scores [B, n] of a mixture."""
    while min(x.shape[1:3]) >= 2 * _SMALLEST:
        channels = min(2 * x.shape[-1], _WIDEST * width)
        x = layers.Conv2D(channels, 4, 2, "same", use_bias=False)(x)
        x = layers.LeakyReLU(negative_slope=0.2)(normalize_batch(x))
    kernel = tuple(min(4, side) for side in x.shape[1:3])
    return layers.Flatten()(layers.Conv2D(1, kernel, use_bias=False, dtype="float32")(x))


def _build_lite0(height, width):
    pyramid = efficientnet.build_pyramid(height, width)
    efficientnet.set_weights(pyramid, efficientnet.load_weights())
    return pyramid


def _build_random(height, width):
    """Returns a small network that nobody trained, with feature maps of the same sizes."""
    inputs = keras.Input((height, width, 3), name="images")
    x, maps = inputs, []
    for channels in (8, 16, 24, 32, 48):
        x = layers.Conv2D(channels, 3, 2, "same", kernel_initializer="he_normal")(x)
        x = layers.ReLU()(x)
        maps.append(x)
    return keras.Model(inputs, maps[1:], name="pyramid")


# {name: (H, W) -> a network of images [B, H, W, 3] in [-1, 1] and four feature maps}
PYRAMIDS: dict[str, Callable] = {efficientnet.NAME: _build_lite0, "random": _build_random}
