"""What a batch may be, and the dict of named tensors that the hooks get."""

import contextlib
import re
import types
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from kgan.errors import InputError
from kgan.images import from_uint8, looks_like_unit_range
from kgan.log import warn
from kgan.random import RandomStream
from kgan.replicas import gather_over_replicas
from kgan.types import Array, Batch, ImageShape, Shape, Tensor

_CHECKED = 1024  # images that are looked at before training
_OVERSHOOT = 1e-3  # beyond [-1, 1], as a resize or a cast may leave it
_MORE = "Choose data that fit, or build the model with more of them."
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def count_examples(batch: Batch) -> int | Tensor:
    """Returns B, the examples of a dict of tensors [B, ...]: an int where the shape tells."""
    first = next(iter(batch.values()))
    known = first.shape[0]
    return tf.shape(first)[0] if known is None else known


def split_turns(batch: Batch, count: int) -> list[Batch]:
    """Returns a batch in `count` parts, the first of every count-th example from the first on.

    With the batch split over replicas, a part's examples are then the same ones as without.

    Args:
        batch: dict of tensors [B, ...].
        count: ≥ 1.

    Raises:
        InputError: for fewer examples than parts.
    """
    examples = count_examples(batch)
    if isinstance(examples, int) and examples < count:
        raise InputError(
            f"Expected at least {count} examples a batch and replica, one for each move. "
            f"Received: a batch of {examples}. Raise batch_size."
        )
    return [{key: rows[part::count] for key, rows in batch.items()} for part in range(count)]


def check_first_batch(data: Any, shapes: dict[str, tuple[int, ...]]) -> Any:
    """Refuses data whose first batch has floating-point images that are not in [-1, 1].

    They are not scaled: whether they are 0..255 or broken is for their owner to say. Images in
    [0, 1], which may be meant so, are announced.

    Args:
        data: as for `fit`.
        shapes: `{name: shape without the batch axis}` of what are images.

    Returns:
        The data; of a generator, one that yields the first batch too.

    Raises:
        InputError: for images outside [-1, 1], NaN or infinity.
    """
    if isinstance(data, types.GeneratorType):
        first = next(data, None)
        data = data if first is None else _put_back(first, data)
    else:
        first = _read_first(data, shapes)
    for key, images in _name_images(first, shapes).items():
        images = np.asarray(images[:_CHECKED])
        if images.ndim == 4 and images.size and images.dtype.kind == "f":
            _check_range(key, images)
    return data


def _read_first(data, shapes):
    """Returns the first batch of what can be read twice, or None; of images as bytes, None too."""
    if isinstance(data, tf.data.Dataset):
        images = _name_images(data.element_spec, shapes).values()
        if not any(isinstance(one, tf.TensorSpec) and one.dtype.is_floating for one in images):
            return None
        return next(iter(data.take(1)), None)
    if isinstance(data, keras.utils.PyDataset):
        return data[0]
    return data if isinstance(data, np.ndarray | tf.Tensor | dict | tuple | list) else None


def _name_images(batch, shapes):
    """Returns `{name: images}` of a batch, or of its specification."""
    if isinstance(batch, tuple | list):
        batch = batch[0] if len(batch) else None
    if isinstance(batch, dict):
        return {key: value for key, value in batch.items() if key in shapes}
    return {} if batch is None else {"image": batch}


def _put_back(first, rest):
    yield first
    yield from rest


def _check_range(key, images):
    if not np.isfinite(images).all():
        raise InputError(
            f"Expected finite images. Received: {key} with NaN or infinity. Remove or repair those."
        )
    low, high = float(images.min()), float(images.max())
    if max(-low, high) > 1 + _OVERSHOOT:
        raise InputError(
            f"Expected uint8 images, or floating-point ones in [-1, 1]. Received: {key} in "
            f"[{low:g}, {high:g}]. Scale them: pixels in 0..255 by images / 127.5 - 1."
        )
    if looks_like_unit_range(images):
        warn(
            f"{key} is in [0, 1], and is taken as it is, for images in [-1, 1]. If 0 is black, "
            "scale it: 2 * images - 1."
        )


def name_tensors(
    data: Any, keys: tuple[str, ...], shapes: dict[str, tuple[int, ...]], variant: str
) -> Batch:
    """Returns a batch as a dict of named tensors, images scaled to float32 in [-1, 1].

    Args:
        data: a dict of named tensors, a bare image tensor, or `(images, labels)`. uint8 images
            become float32 in [-1, 1], on the device; floats become float32, and stay as they are.
        keys: names that must be there.
        shapes: `{name: shape without the batch axis}` of those that are images.
        variant: who asks, for the message.

    Raises:
        InputError: if a tensor is missing, images have another shape, or examples have weights.

    Example:
        >>> images = tf.constant([[0, 255]], tf.uint8)
        >>> name_tensors(images, ("image",), {"image": (2,)}, "GAN")["image"].numpy()
        array([[-1.,  1.]], dtype=float32)
    """
    if isinstance(data, tuple | list):
        if any(part is not None for part in data[1 if isinstance(data[0], dict) else 2 :]):
            raise InputError(
                "Expected images, images and labels, or a dict of named tensors. Received: "
                f"{len(data)} parts. Weights of examples are not used: leave them out."
            )
        data = [part for part in data if part is not None]
        data = data[0] if len(data) == 1 else dict(zip(("image", "label"), data, strict=True))
    batch = data if isinstance(data, dict) else {"image": data}
    for key in keys:
        if key not in batch:
            raise InputError(
                f"Expected data with {', '.join(keys)} for {variant}. "
                f"Received: {', '.join(sorted(batch))}. Choose data that has them."
            )
    batch = {key: _float32(value, key in shapes) for key, value in batch.items()}
    for key, expected in shapes.items():
        shape = tuple(batch[key].shape[1:])
        if shape != expected:
            raise InputError(
                f"Expected images of shape {expected} as {key}. Received: {shape}. "
                "Choose another --data.size, or build the model with that image_shape."
            )
    return batch


def _float32(tensor, image):
    tensor = tf.convert_to_tensor(tensor)
    taken = tensor.dtype.is_floating or tensor.dtype == tf.uint8
    if image and not taken and (tensor.shape.rank == 4 or tensor.dtype.is_complex):
        raise InputError(
            f"Expected images of uint8, or floating point in [-1, 1]. Received: {tensor.dtype.name}"
            ". Convert pixels in 0..255 with .astype('uint8')."
        )
    if image and tensor.dtype == tf.uint8:
        return tf.cast(tensor, tf.float32) / 127.5 - 1.0
    return tf.cast(tensor, tf.float32) if tensor.dtype.is_floating else tensor


def check_range(name: str, values: Tensor, count: int) -> Tensor:
    """Returns whole numbers as int32, and stops at one outside 0 to count − 1.

    TensorFlow would stop in its own words at an index without a row, or take a vector of zeros for
    it. A round that XLA compiles cannot stop: there numbers pass unchecked.

    Args:
        name: what they are, for the message.
        values: whole numbers of any shape.
        count: how many there are, ≥ 1.

    Raises:
        InputError: for a number outside; in a traced step, from `readable_errors`.
    """
    # In int64 first: 2³² + 3 must not pass as 3.
    values = tf.cast(values, tf.int64)
    low, high = tf.reduce_min(values), tf.reduce_max(values)
    inside = (low >= 0) & (high < count)
    text = f"Expected {name} from 0 to {count - 1}. Received:"
    worst = tf.where(low < 0, low, high)
    if tf.executing_eagerly():
        if not inside:
            raise InputError(f"{text} {worst}. {_MORE}")
        return tf.cast(values, tf.int32)
    with tf.control_dependencies([tf.debugging.Assert(inside, [text, worst])]):
        return tf.cast(values, tf.int32)


@contextlib.contextmanager
def readable_errors() -> Iterator[None]:
    """Raises the `InputError` of `check_range` where TensorFlow has a page of text about it.

    And no error holds what colours a terminal, which Keras puts around messages of layers.
    """
    try:
        yield
    except Exception as error:
        text = error.message if isinstance(error, tf.errors.OpError) else str(error)
        refused = re.search(r"assertion failed: \[(Expected .*? Received:)\] \[(.*?)\]", text)
        if refused and isinstance(error, tf.errors.InvalidArgumentError):
            raise InputError(f"{refused[1]} {refused[2]}. {_MORE}") from None
        if "\x1b[" not in text:
            raise
        if isinstance(error, InputError):  # the line itself, without the layer's arguments
            raise InputError(text.split("\x1b[1m")[-1].split("\x1b[0m")[0]) from None
        text = _COLOUR.sub("", text)
        if isinstance(error, tf.errors.OpError):
            error._message = text
        error.args = tuple(text if _holds_colour(part) else part for part in error.args)
        raise


def _holds_colour(part):
    return isinstance(part, str) and "\x1b[" in part


def check_images(name: str, images: Array, shape: ImageShape) -> Array:
    """Returns a person's images as float32 NumPy in [-1, 1].

    Args:
        name: what they are, for the message.
        images: [N, H, W, C], uint8 or float in [-1, 1].
        shape: `(H, W, C)` wanted, None for any.

    Raises:
        InputError: for another shape or range.
    """
    images = np.asarray(images)
    if images.dtype == np.uint8:
        images = from_uint8(images)
    fits = is_of_shape(images.shape, (None, *shape)) and np.isrealobj(images)
    if not fits or not np.abs(images).max(initial=0) <= 1.0:
        raise InputError(
            f"Expected {name} images of shape {shape}, uint8 or floats in [-1, 1]. Received: "
            f"shape={images.shape}, dtype={images.dtype}, largest size "
            f"{np.abs(images).max(initial=0)}."
        )
    return images.astype(np.float32)


def is_of_shape(shape: Shape, wanted: Shape) -> bool:
    """Returns whether a shape is the one wanted, in which None stands for any size."""
    return len(shape) == len(wanted) and all(
        size in (None, have) for size, have in zip(wanted, shape, strict=True)
    )


def shuffle(rows: Tensor, rng: RandomStream) -> Tensor:
    """Returns rows [B, D] of the batch in a random order, over all replicas together.

    Args:
        rows: [B, D], this replica's.
        rng: the round's random numbers.
    """
    every, first = gather_over_replicas(rows)
    order = tf.argsort(rng.for_all_replicas().uniform((tf.shape(every)[0],)))
    return tf.gather(every, order[first : first + tf.shape(rows)[0]])


def swap_neighbours(rows: Tensor) -> Tensor:
    """Returns rows [B, ...] with each two neighbours swapped; an odd last row stays."""
    order = tf.range(tf.shape(rows)[0])
    other = tf.bitwise.bitwise_xor(order, 1)
    return tf.gather(rows, tf.where(other < tf.size(order), other, order))
