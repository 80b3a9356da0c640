"""Examples that are already arrays in Python."""

import numpy as np

from kgan.data.source import Source, in_memory
from kgan.errors import InputError


def arrays_source(images, labels=None, classes: tuple[str, ...] | None = None, mirror=False):
    """Arrays in memory as a `Source`.

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
        >>> source = arrays_source(np.zeros([100, 28, 28], np.uint8))
        >>> source.spec["image"].shape
        TensorShape([28, 28, 1])
    """
    named = dict(images) if isinstance(images, dict) else {"image": images}
    if labels is not None:
        if "label" in named:
            raise InputError(
                "Expected labels once. Received: a dict with the key 'label', and labels=. "
                "Leave one of them out."
            )
        named["label"] = labels
    named = {key: _checked(key, np.asarray(values)) for key, values in named.items()}
    lengths = {key: len(values) for key, values in named.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise InputError(
            f"Expected arrays of one length, at least 1. Received: {_listed(lengths)}. "
            "Give each example its entry in every array."
        )
    if mirror and "image" not in named:
        raise InputError(
            f"Expected an array named 'image' to mirror. Received: {', '.join(named)}. "
            "Rename it or leave mirror out."
        )
    if "label" in named:
        classes = _checked_classes(named["label"], classes)
    fetch, spec = in_memory(named)
    return Source("arrays", lengths[next(iter(lengths))], spec, fetch, classes, mirror)


def arrays(
    images,
    labels=None,
    classes: tuple[str, ...] | None = None,
    mirror=False,
    batch_size=64,
    seed=0,
    shuffle=True,
):
    """Arrays in memory as a finite `tf.data.Dataset`, one epoch in another order each time.

    Args:
        images: [N, H, W, C] or [N, H, W], uint8 or floating point in [-1, 1]; or a dict of them.
        labels: [N] integers from 0, or `None`.
        classes: names of the labels, or `None`.
        mirror: flip each image left to right with probability 1/2.
        batch_size: examples a batch; the remainder of an epoch is dropped.
        seed: integer in [0, 2**32) that fixes the sequence of orders.
        shuffle: `False` reads in index order.

    Returns:
        A `tf.data.Dataset` of `{"image": [B, H, W, C], "label": [B] int32}`.

    Example:
        >>> gan.fit(kgan.data.arrays(images, batch_size=64), epochs=40)
    """
    return arrays_source(images, labels, classes, mirror).dataset(batch_size, seed, shuffle)


def _checked(key, values):
    if key == "label":
        return _checked_labels(values)
    if key == "image":
        values = _checked_image_shape(values)
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


def _checked_image_shape(values):
    if values.ndim == 3:
        values = values[..., np.newaxis]
    if values.ndim != 4 or 0 in values.shape[1:]:
        raise InputError(
            f"Expected images [N, H, W, C] or [N, H, W]. Received: shape={values.shape}. "
            "Reshape them; the channels come last."
        )
    return values


def _checked_labels(values):
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


def _checked_classes(labels, classes):
    needed = int(labels.max()) + 1
    if classes is None:
        return tuple(str(number) for number in range(needed))
    if len(classes) < needed:
        raise InputError(
            f"Expected a class name for each of the labels 0..{needed - 1}. "
            f"Received: classes={classes!r}. Name all {needed}."
        )
    return tuple(classes)


def _listed(lengths):
    return ", ".join(f"{key} of length {length}" for key, length in lengths.items())


def _position(mask):
    return "[" + ", ".join(str(int(axis)) for axis in np.argwhere(mask)[0]) + "]"
