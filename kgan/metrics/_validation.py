"""Checks of what a metric is given: features, logits, labels, images. Errors are one line."""

import functools

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.images import from_uint8, looks_like_unit_range
from kgan.log import warn
from kgan.types import Array

_LARGEST = 1e50  # whose sixth power, of the kernel distance, is finite
_ENOUGH = 8  # images of which one would be darker than grey
_BLOCK = 4096  # rows checked at once, so that large arrays need little more memory


def check_rows(name: str, values: ArrayLike, least: int = 2) -> Array:
    """Returns `values` as a floating-point array [N, D] with N >= `least`, all finite.

    Args:
        name: what the message calls it, e.g. `"real"`.
        values: [N, D] numbers; float32 and float64 are not copied.
        least: samples below which no score is defined.

    Raises:
        InputError: another rank, too few samples, no real numbers, or NaN.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        raise InputError(f"Expected an array for {name}. Received: rows of many lengths.") from None
    if array.dtype not in (np.float32, np.float64):
        if array.dtype.kind not in "iufb":
            raise InputError(f"Expected numbers for {name}. Received: {name} of {array.dtype}.")
        array = array.astype(np.float64)
    if array.ndim != 2 or not array.shape[1]:
        raise InputError(
            f"Expected {name} [N, D], a row for each sample. Received: shape={array.shape}."
        )
    if len(array) < least:
        raise InputError(
            f"Expected at least {least} samples for {name}. Received: {len(array)}. Draw more."
        )
    check_finite(name, array)
    _check_size(name, array)
    return array


def _check_size(name, array):
    """Refuses numbers of which float64 cannot hold the powers that scores are made of."""
    largest = max(float(array.max(initial=0)), -float(array.min(initial=0)))
    if largest > _LARGEST or 0 < largest < 1 / _LARGEST:
        raise InputError(
            f"Expected numbers up to {_LARGEST:g} for {name}, and not all below {1 / _LARGEST:g}. "
            f"Received: {largest:g} as the largest. Scale them."
        )


def check_row_pair(real: ArrayLike, fake: ArrayLike, least: int = 2) -> tuple[Array, Array]:
    """Returns `check_rows` of both, which must have the same width."""
    real, fake = check_rows("real", real, least), check_rows("fake", fake, least)
    check_same("real", real, "fake", fake)
    return real, fake


def split_classes(
    real: ArrayLike, real_labels: ArrayLike, fake: ArrayLike, fake_labels: ArrayLike, least: int
) -> dict[int, tuple[Array, Array]]:
    """Returns `{class: (rows of real, rows of fake)}`, at least so many of each.

    Args:
        real: [N, D].
        real_labels: [N] integers from 0.
        fake: [M, D].
        fake_labels: [M] integers from 0.
        least: samples of a class below which no score is defined.

    Raises:
        InputError: for a class with fewer.
    """
    real, fake = check_row_pair(real, fake)
    real_labels = check_labels("real_labels", real_labels, len(real))
    fake_labels = check_labels("fake_labels", fake_labels, len(fake))
    parts = {}
    for label in np.union1d(real_labels, fake_labels).tolist():
        both = real[real_labels == label], fake[fake_labels == label]
        if min(map(len, both)) < least:
            raise InputError(
                f"Expected at least {least} real and {least} fake samples of each class. "
                f"Received: {len(both[0])} real and {len(both[1])} fake of class {label}."
            )
        parts[label] = both
    return parts


def check_same(first_name: str, first: Array, second_name: str, second: Array) -> None:
    """Refuses two arrays whose samples differ in shape."""
    if first.shape[1:] != second.shape[1:]:
        raise InputError(
            f"Expected {first_name} and {second_name} of one shape a sample. Received: "
            f"{first_name}={first.shape[1:]}, {second_name}={second.shape[1:]}. "
            "Take the same extractor, size and channels for both."
        )


def check_finite(name: str, array: Array) -> None:
    """Refuses NaN and infinity, and says how many samples have them."""
    if not np.issubdtype(array.dtype, np.floating):
        return
    bad = 0
    for start in range(0, len(array), _BLOCK):
        finite = np.isfinite(array[start : start + _BLOCK])
        bad += int((~finite.reshape(len(finite), -1).all(axis=1)).sum())
    if bad:
        raise InputError(
            f"Expected finite numbers for {name}. Received: NaN or infinity in {bad} of "
            f"{len(array)} samples. Repair or remove them; a score over the rest would mislead."
        )


def check_labels(name: str, values: ArrayLike, count: int) -> Array:
    """Returns `values` as integer labels [count] from 0."""
    array = np.asarray(values)
    if array.shape != (count,) or not np.issubdtype(array.dtype, np.integer):
        raise InputError(
            f"Expected {name} as integers [{count}], one a sample. Received: {array.dtype}, "
            f"shape={array.shape}."
        )
    if count and array.min() < 0:
        raise InputError(f"Expected {name} from 0. Received: {array.min()}.")
    return array


def check_images(name: str, values: ArrayLike, least: int = 1) -> Array:
    """Returns `values` as images [N, H, W, C], uint8 or floating point in [-1, 1].

    Floating-point images outside [-1, 1] are refused, not scaled: whether they are 0..255, 0..1
    or broken is for their owner to say.

    Raises:
        InputError: another rank, dtype or range, too few images, or NaN.
    """
    array = np.asarray(values)
    if array.ndim != 4 or 0 in array.shape[1:]:
        raise InputError(
            f"Expected {name} [N, H, W, C]. Received: shape={array.shape}. The channels come last."
        )
    if len(array) < least:
        raise InputError(f"Expected at least {least} images for {name}. Received: {len(array)}.")
    if array.dtype == np.uint8:
        return array
    if not np.issubdtype(array.dtype, np.floating):
        raise InputError(
            f"Expected {name} of uint8, or floating point in [-1, 1]. Received: {array.dtype}. "
            "Convert with .astype('uint8') if the values are 0..255."
        )
    check_finite(name, array)
    low, high = float(array.min()), float(array.max())
    # A tanh or a resize in float32 may overshoot by a rounding error.
    if low < -1.0 - 1e-5 or high > 1.0 + 1e-5:
        looks = " They look like 0..255 kept as floats." if low >= 0 and 1.5 < high <= 256 else ""
        raise InputError(
            f"Expected floating-point {name} in [-1, 1]. Received: [{low:g}, {high:g}].{looks} "
            "Nothing was scaled; pass uint8 in 0..255, or x / 127.5 - 1."
        )
    if len(array) >= _ENOUGH and looks_like_unit_range(array):
        _announce_unit_range(name)
    return array


@functools.cache  # once, not for each batch
def _announce_unit_range(name):
    warn(
        f"{name} images are in [0, 1], and are taken as they are, for images in [-1, 1]. If 0 is "
        "black, scale them: 2 * x - 1."
    )


def check_image_pair(real: ArrayLike, fake: ArrayLike, least: int = 1) -> tuple[Array, Array]:
    """Returns `check_images` of both, which must have the same size and channels."""
    real, fake = check_images("real", real, least), check_images("fake", fake, least)
    check_same("real", real, "fake", fake)
    return real, fake


def to_unit(batch: Array) -> Array:
    """Returns checked images as float32 in [-1, 1]."""
    return from_uint8(batch) if batch.dtype == np.uint8 else batch.astype(np.float32)
