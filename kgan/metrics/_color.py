"""Scores of colours: how far they are from others for an eye, and how colourful a picture is."""

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.metrics import _validation
from kgan.types import Array


def color_difference(target: ArrayLike, output: ArrayLike) -> float:
    """Returns the mean CIEDE2000 difference ΔE₀₀ of pixels; 1 is about what an eye just sees.

    Args:
        target: [N, H, W, 3] sRGB, uint8 or floating point in [-1, 1].
        output: [N, H, W, 3], image i for target i.

    Raises:
        InputError: other counts, sizes, ranges or channels.

    Reference: Sharma, Wu and Dalal 2005, doi:10.1002/col.20070.
    """
    pairs = zip(*_validation.check_image_pair(target, output), strict=True)
    return float(np.mean([ciede2000(_to_lab(one), _to_lab(other)).mean() for one, other in pairs]))


def colorfulness(images: ArrayLike) -> float:
    """Returns the mean colourfulness of images: 0 for grey ones, about 60 for vivid ones.

    Args:
        images: [N, H, W, 3] sRGB, uint8 or floating point in [-1, 1].

    Raises:
        InputError: another range, or other channels.

    Reference: Eq. M(3) of Hasler and Süsstrunk 2003, Measuring colourfulness in natural images.
    """
    images = _validation.check_images("images", images)
    return float(np.mean([_measure_colorfulness(_to_bytes(image)) for image in images]))


def ciede2000(one: ArrayLike, other: ArrayLike) -> Array:
    """Returns ΔE₀₀ [...] of colours in L*a*b* [..., 3].

    Reference: Eqs. 2 to 22, Sharma, Wu and Dalal 2005.
    """
    one, other = (np.asarray(lab, np.float64) for lab in (one, other))
    chromas = [np.hypot(lab[..., 1], lab[..., 2]) for lab in (one, other)]
    seventh = np.mean(chromas, axis=0) ** 7
    gain = 1.5 - 0.5 * np.sqrt(seventh / (seventh + 25.0**7))
    (l1, c1, h1), (l2, c2, h2) = (_to_polar(lab, gain) for lab in (one, other))
    grey = c1 * c2 == 0
    turn = (h2 - h1 + 180.0) % 360.0 - 180.0
    turn = np.where(grey, 0.0, np.where((turn == -180.0) & (h2 > h1), 180.0, turn))
    lightness, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    hue = np.where(np.abs(h1 - h2) <= 180.0, (h1 + h2) / 2, ((h1 + h2 + 360.0) / 2) % 360.0)
    hue = np.where(grey, h1 + h2, hue)
    weight = (
        1.0
        - 0.17 * _cos(hue - 30.0)
        + 0.24 * _cos(2 * hue)
        + 0.32 * _cos(3 * hue + 6.0)
        - 0.20 * _cos(4 * hue - 63.0)
    )
    middle = np.square(lightness - 50.0)
    light = (l2 - l1) / (1.0 + 0.015 * middle / np.sqrt(20.0 + middle))
    vivid = (c2 - c1) / (1.0 + 0.045 * chroma)
    turned = 2.0 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2)) / (1.0 + 0.015 * chroma * weight)
    blue = 30.0 * np.exp(-np.square((hue - 275.0) / 25.0))
    rotation = -2.0 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(np.radians(2 * blue))
    return np.sqrt(light**2 + vivid**2 + turned**2 + rotation * vivid * turned)


def _to_polar(lab, gain):
    """Returns lightness, chroma and hue in degrees, a* being multiplied by the gain."""
    a, b = lab[..., 1] * gain, lab[..., 2]
    return lab[..., 0], np.hypot(a, b), np.degrees(np.arctan2(b, a)) % 360.0


def _cos(degrees):
    return np.cos(np.radians(degrees))


def _to_lab(image):
    from kgan.layers import lab

    return np.asarray(lab.rgb_to_lab(_to_bytes(image).astype(np.float32) / 127.5 - 1.0))


def _to_bytes(image):
    """Returns a picture [H, W, 3] in 0 … 255, float64."""
    if image.shape[-1] != 3:
        raise InputError(f"Expected pictures of 3 channels. Received: {image.shape[-1]}.")
    return image.astype(np.float64) if image.dtype == np.uint8 else (image + 1.0) * 127.5


def _measure_colorfulness(image):
    red, green, blue = np.moveaxis(image, -1, 0)
    sides = np.stack([red - green, (red + green) / 2 - blue])
    spread, mean = sides.std(axis=(1, 2)), sides.mean(axis=(1, 2))
    return np.hypot(*spread) + 0.3 * np.hypot(*mean)
