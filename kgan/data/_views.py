"""Views: what makes a task of any source of pictures, from a poorer picture back to the whole one.

`--data downsampled:FOLDER`, `masked:faces`, `grayscale:emoji`, `outlines:faces`: `source` is what a
translator starts from, `target` the picture itself.
"""

import dataclasses
from collections.abc import Callable
from typing import Literal

import tensorflow as tf

from kgan.data._decoding import build_file_fetch
from kgan.data._masks import draw_mask
from kgan.data._open import open_source, parse_source
from kgan.data._source import Source
from kgan.errors import InputError, UnknownNameError
from kgan.registry import SOURCES, arguments_of
from kgan.types import Batch, Tensor

register = SOURCES.register

_KERNELS = {"box": "area", "bilinear": "bilinear", "bicubic": "bicubic", "lanczos": "lanczos3"}
_LUMA = (0.299, 0.587, 0.114)  # ITU-R 601-2, as Pillow converts


@register("downsampled")
def downsampled(
    of: str,
    factor: Literal[2, 4] = 4,
    kernel: Literal["box", "bilinear", "bicubic", "lanczos"] = "bicubic",
    size: int | None = None,
    split: str | None = None,
) -> Source:
    """Any pictures, made small: from `source` back to `target`, a task of super-resolution.

    Args:
        of: the source: its name, `"images:FOLDER"`, `"tfds:NAME"` or a folder.
        factor: how many times smaller `source` is, 2 or 4.
        kernel: the filter, antialiased: `"box"`, `"bilinear"`, `"bicubic"` or `"lanczos"`.
        size: height and width of `target`, where the source takes one; None for its default.
        split: of the source, where it has some; None for its default.

    Returns:
        A `Source` of `source` [H / factor, W / factor, C] and `target` [H, W, C], uint8, and what
        else the source knows.

    Raises:
        InputError: an option out of range, a side that `factor` does not divide, or no pictures.

    Example:
        >>> source = kgan.data.downsampled("faces", factor=4)
        >>> source.spec["source"].shape
        TensorShape([16, 16, 3])
    """
    if factor not in (2, 4):
        raise InputError(f"Expected a factor of 2 or 4. Received: factor={factor!r}.")
    if kernel not in _KERNELS:
        raise UnknownNameError("kernel", kernel, _KERNELS)
    whole = _open(of, size, split)
    height, width, channels = whole.spec["image"].shape
    if height % factor or width % factor:
        raise InputError(
            f"Expected pictures whose sides {factor} divides. Received: {of} of {height}x{width}. "
            "Give another size."
        )
    shape = (height // factor, width // factor, channels)

    def shrink(images):
        small = tf.image.resize(images, shape[:2], _KERNELS[kernel], antialias=True)
        return tf.cast(tf.round(tf.clip_by_value(small, 0.0, 255.0)), tf.uint8)

    return _view("downsampled", whole, shape, shrink)


@register("masked")
def masked(of: str, size: int | None = None, split: str | None = None) -> Source:
    """Any pictures with holes: from `source` and `mask` back to `target`, a task of inpainting.

    Holes are LaMa's: thick strokes, or up to four boxes; a function of the example's number.

    Args:
        of: the source: its name, `"images:FOLDER"`, `"tfds:NAME"` or a folder.
        size: height and width, where the source takes one; None for its default.
        split: of the source, where it has some; None for its default.

    Returns:
        A `Source` of `source` (grey, 128, in the hole) and `target` [H, W, C], and `mask`
        [H, W, 1], 255 in the hole: all uint8; and what else the source knows.

    Raises:
        InputError: no pictures, or smaller than 16 pixels.

    Example:
        >>> source = kgan.data.masked("faces")

    Reference: Section 3 of Suvorov et al. 2022, arXiv:2109.07161.
    """
    whole = _open(of, size, split)
    height, width, _ = whole.spec["image"].shape
    if min(height, width) < 16:
        raise InputError(f"Expected pictures of at least 16 pixels. Received: {height}x{width}.")

    fetch_mask = build_file_fetch(lambda n: draw_mask(height, width, int(n)), (height, width, 1))

    def fetch(indices):
        batch = whole.fetch(indices)
        target = batch.pop("image")
        mask = fetch_mask(indices)
        source = tf.where(mask > 0, tf.constant(128, target.dtype), target)
        return {"source": source, "target": target, "mask": mask, **batch}

    mask = tf.TensorSpec((height, width, 1), tf.uint8)
    return _replace(whole, "masked", {"source": whole.spec["image"], "mask": mask}, fetch)


@register("grayscale")
def grayscale(of: str, size: int | None = None, split: str | None = None) -> Source:
    """Any coloured pictures without their colour: from grey `source` back to `target`.

    Args:
        of: the source: its name, `"images:FOLDER"`, `"tfds:NAME"` or a folder.
        size: height and width, where the source takes one; None for its default.
        split: of the source, where it has some; None for its default.

    Returns:
        A `Source` of `source` [H, W, 1] (ITU-R 601-2 luma) and `target` [H, W, 3], uint8, and what
        else the source knows.

    Raises:
        InputError: no coloured pictures.

    Example:
        >>> source = kgan.data.grayscale("emoji")
    """
    whole = _open(of, size, split)
    shape = _check_color("grayscale", whole)
    return _view("grayscale", whole, shape, _to_grey)


@register("outlines")
def outlines(of: str, size: int | None = None, split: str | None = None) -> Source:
    """Any coloured pictures as drawings: from their edges, dark on white, back to `target`.

    An edge is as dark as the Sobel gradient of the strongest colour channel is steep.

    Args:
        of: the source: its name, `"images:FOLDER"`, `"tfds:NAME"` or a folder.
        size: height and width, where the source takes one; None for its default.
        split: of the source, where it has some; None for its default.

    Returns:
        A `Source` of `source` [H, W, 1] and `target` [H, W, 3], uint8, and what else the source
        knows.

    Raises:
        InputError: no coloured pictures.

    Example:
        >>> source = kgan.data.outlines("faces")
    """
    whole = _open(of, size, split)
    shape = _check_color("outlines", whole)
    return _view("outlines", whole, shape, _draw_edges)


def _open(of, size, split):
    """Opens the source of a view: one that has an `image` [H, W, C] of uint8."""
    kind, _ = parse_source(of)
    known = arguments_of(SOURCES.get(kind))
    options = {name: v for name, v in {"size": size, "split": split}.items() if v is not None}
    for name, value in options.items():
        if name not in known:
            raise InputError(f"Expected no {name} for {of}, which has none. Received: {value!r}.")
    whole = open_source(of, options)
    spec = whole.spec.get("image")
    if whole.sides or spec is None or spec.shape.rank != 3 or spec.dtype != tf.uint8:
        held = ", ".join(whole.spec)
        raise InputError(f"Expected a source of pictures, as image. Received: {of} with {held}.")
    return whole


def _check_color(view, whole):
    """Returns the shape of a grey picture of a source, whose pictures must be coloured."""
    height, width, channels = whole.spec["image"].shape
    if channels != 3:
        raise InputError(
            f"Expected coloured pictures for {view}. Received: {whole.name}, of {channels} "
            "channel. Give --data.channels 3 where the source takes it, or another source."
        )
    return (height, width, 1)


def _view(name: str, whole: Source, shape: tuple, change: Callable[[Tensor], Tensor]) -> Source:
    """Returns the source whose `source` is made from each `target` by `change`."""

    def fetch(indices: Tensor) -> Batch:
        batch = whole.fetch(indices)
        target = batch.pop("image")
        return {"source": change(target), "target": target, **batch}

    return _replace(whole, name, {"source": tf.TensorSpec(shape, tf.uint8)}, fetch)


def _replace(whole, name, new, fetch):
    rest = {key: spec for key, spec in whole.spec.items() if key != "image"}
    first = {"source": new.pop("source"), "target": whole.spec["image"], **new}
    return dataclasses.replace(
        whole, name=f"{name}:{whole.name}", spec={**first, **rest}, fetch=fetch
    )


def _to_grey(images):
    luma = tf.tensordot(tf.cast(images, tf.float32), tf.constant(_LUMA), 1)
    return tf.cast(tf.round(luma), tf.uint8)[..., tf.newaxis]


def _draw_edges(images):
    gradients = tf.image.sobel_edges(tf.cast(images, tf.float32))  # [B, H, W, C, 2]
    steepest = tf.reduce_max(tf.norm(gradients, axis=-1), axis=-1, keepdims=True)
    # A step from black to white has a Sobel gradient of 4 × 255.
    return tf.cast(tf.round(255.0 - tf.minimum(steepest / 2.0, 255.0)), tf.uint8)
