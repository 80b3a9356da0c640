"""Examples that are already arrays in Python."""

from collections.abc import Sequence

import numpy as np

from kgan.data._images import describe_small_classes
from kgan.data._source import Source
from kgan.errors import InputError
from kgan.images import looks_like_unit_range
from kgan.types import Array


def arrays(
    images: Array | dict[str, Array],
    labels: Array | Sequence[int] | None = None,
    classes: tuple[str, ...] | None = None,
    mirror: bool = False,
) -> Source:
    """Arrays in memory.

    Args:
        images: [N, H, W, C] or [N, H, W] (which gets a channel axis), uint8 or floating point in
            [-1, 1]; or a dict of named arrays [N, ...], kept under their names.
        labels: [N] integers from 0, or `None`; a dict holds its own under `"label"`.
        classes: names of the labels, or `None` to call them by their numbers.
        mirror: flip each `"image"` left to right with probability 1/2.

    Returns:
        A `Source` of `image` [H, W, C] uint8 or float32, and `label` [] int32 if there are labels.

    Raises:
        InputError: a dtype, rank, length or value that training could not use.

    Example:
        >>> gan.fit(kgan.data.arrays(images).dataset(batch_size=64), epochs=40)
    """
    named = dict(images) if isinstance(images, dict) else {"image": images}
    if labels is not None:
        if "label" in named:
            raise InputError(
                "Expected labels once. Received: a dict with the key 'label', and labels=. "
                "Leave one of them out."
            )
        named["label"] = labels
    named = {key: _validate(key, np.asarray(values)) for key, values in named.items()}
    lengths = {key: len(values) for key, values in named.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise InputError(
            f"Expected arrays of one length, at least 1. Received: {_list_lengths(lengths)}. "
            "Give each example its entry in every array."
        )
    if mirror and "image" not in named:
        raise InputError(
            f"Expected an array named 'image' to mirror. Received: {', '.join(named)}. "
            "Rename it or leave mirror out."
        )
    if "label" in named:
        classes = _name_classes(named["label"], classes)
    notes = tuple(
        f"{key} is in [0, 1], and is taken as it is, for images in [-1, 1]. If 0 is black, scale "
        "it: 2 * images - 1."
        for key, values in named.items()
        if key == "image" and values.dtype == np.float32 and looks_like_unit_range(values)
    )
    if "label" in named:
        notes += describe_small_classes(named["label"], classes)
    return Source.from_arrays("arrays", named, classes=classes, mirror=mirror, notes=notes)


def _validate(key, values):
    """Returns an array in the dtype and shape in which examples hold it."""
    if key == "label":
        return _validate_labels(values)
    if key == "image":
        values = _validate_image_shape(values)
    if np.issubdtype(values.dtype, np.floating):
        if not np.isfinite(values).all():
            raise InputError(
                f"Expected finite numbers. Received: {key} with NaN or infinity at "
                f"{_position(~np.isfinite(values))}. Remove or repair those examples."
            )
        values = values.astype(np.float32)
        if key == "image" and (np.abs(values) > 1.0).any():
            raise InputError(
                f"Expected floating-point images in [-1, 1]. Received: {key} in "
                f"[{values.min():g}, {values.max():g}]. Scale them, or pass uint8 in 0..255."
            )
    elif key == "image" and values.dtype != np.uint8:
        raise InputError(
            f"Expected images of uint8, or floating point in [-1, 1]. Received: {key} of "
            f"{values.dtype}. Convert with .astype('uint8') if the values are 0..255."
        )
    elif not (np.issubdtype(values.dtype, np.integer) or values.dtype == np.bool_):
        raise InputError(
            f"Expected arrays of numbers. Received: {key} of {values.dtype}. "
            "Convert it, or leave it out."
        )
    return values


def _validate_image_shape(values):
    if values.ndim == 3:
        values = values[..., np.newaxis]
    if values.ndim != 4 or 0 in values.shape[1:]:
        raise InputError(
            f"Expected images [N, H, W, C] or [N, H, W]. Received: shape={values.shape}. "
            "Reshape them; the channels come last."
        )
    return values


def _validate_labels(values):
    if values.ndim != 1 or not np.issubdtype(values.dtype, np.integer):
        raise InputError(
            f"Expected labels as integers [N]. Received: label of {values.dtype}, "
            f"shape={values.shape}. Number the classes from 0."
        )
    if values.size and not 0 <= values.min() <= values.max() < 2**31:
        raise InputError(
            f"Expected labels from 0. Received: label in [{values.min()}, {values.max()}]. "
            "Number the classes from 0."
        )
    return values.astype(np.int32)


def _name_classes(labels, classes):
    needed = int(labels.max()) + 1
    if classes is None:
        return tuple(str(number) for number in range(needed))
    if len(classes) < needed:
        raise InputError(
            f"Expected a class name for each of the labels 0..{needed - 1}. "
            f"Received: classes={classes!r}. Name all {needed}."
        )
    return tuple(classes)


def _list_lengths(lengths):
    return ", ".join(f"{key} of length {length}" for key, length in lengths.items())


def _position(mask):
    return "[" + ", ".join(str(int(axis)) for axis in np.argwhere(mask)[0]) + "]"
