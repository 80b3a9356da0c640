"""Conditions that are pictures: an image to start from, and where one is to be filled in."""

import dataclasses
import os
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from kgan.data import (
    Source,
    UnreadableImage,
    convert_image,
    open_source,
    read_image,
    scan_folder,
)
from kgan.errors import InputError
from kgan.images import format_size
from kgan.models.core import batches, flags
from kgan.models.core.condition import Condition, ConditionArguments
from kgan.models.core.signatures import Input
from kgan.types import Array, Batch, ImageShape, Shape


@dataclasses.dataclass(frozen=True)
class SourceImage(Condition):
    """An image to start from: [B, H, W, C], uint8 or in [-1, 1].

    Attributes:
        key: of the batch.
        other: key of the images of the other side, where a variant translates back too.
        shape: `(H, W, C)`.
        other_shape: `(H, W, C)` of the other side.
    """

    key: str = "source"
    other: str | None = None
    shape: ImageShape | None = None
    other_shape: ImageShape | None = None

    argument = "source_shape"
    kind = "image"
    flag = flags.SOURCE

    @property
    def names(self) -> tuple[str, ...]:
        return self.keys

    @property
    def keys(self) -> tuple[str, ...]:
        return (self.key,) if self.other is None else (self.key, self.other)

    @property
    def image_shapes(self) -> dict[str, ImageShape]:
        return dict(zip(self.keys, (self.shape, self.other_shape), strict=False))

    @property
    def inputs(self) -> dict[str, Input]:
        return {self.key: Input(tf.float32, self.shape, self.kind, "in [-1, 1]", self.key)}

    def arguments_from(self, source: Source) -> ConditionArguments:
        return {self.argument: list(source.spec[self.key].shape)}

    def bind(self, image_shape: ImageShape, arguments: ConditionArguments) -> "SourceImage":
        shape = tuple(arguments.pop(self.argument, image_shape))
        return dataclasses.replace(self, shape=shape, other_shape=tuple(image_shape))

    def open_to(self, shapes: dict[str, Shape]) -> "SourceImage":
        taken = {key: shapes.get(key, shape) for key, shape in self.image_shapes.items()}
        other = taken.get(self.other, self.other_shape)
        return dataclasses.replace(self, shape=taken[self.key], other_shape=other)

    def prepare(self, batch: Batch) -> Batch:
        return {key: batch[key] for key in self.keys}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        images = batches.check_images(name, value, self.image_shapes[name])
        if len(images) != count:
            raise InputError(
                f"Expected a {name} image for each of {count} seeds. Received: {len(images)}."
            )
        return {name: images}

    def default(self, count: int) -> Any:
        raise InputError(
            f"Expected images to start from as {' or '.join(self.keys)}. Received: none. "
            "Give --from FOLDER."
        )

    def make_examples(self, count: int, random: np.random.Generator) -> dict[str, Array]:
        return {self.key: random.uniform(-1.0, 1.0, (count, *self.shape)).astype(np.float32)}

    def metadata(self, batch: Batch | None = None) -> dict[str, Any]:
        if self.other is None:
            return {}
        back = f"translate_to_{self.key}"
        return {"sides": {"translate": [self.key, self.other], back: [self.other, self.key]}}

    def count_channels(self, image_shape: ImageShape) -> int:
        """Returns the channels of sources, which must have the targets' height and width.

        Args:
            image_shape: `(H, W, C)` of the targets.

        Raises:
            InputError: for sources of another size.
        """
        if self.shape[:2] != tuple(image_shape[:2]):
            raise InputError(
                "Expected sources of the targets' height and width. Received: source_shape="
                f"{self.shape}, image_shape={tuple(image_shape)}. Choose other data."
            )
        return self.shape[-1]

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "SourceImage":
        return cls(key, shape=tuple(shape))


@dataclasses.dataclass(frozen=True)
class Mask(Condition):
    """Where an image is to be filled in: [B, H, W, 1], uint8 (0 or 255) or 0 to 1; 1 is a hole.

    A person may give a picture file, white where there is a hole, or a folder of them.

    Attributes:
        key: of the batch.
        shape: `(H, W, 1)`, the size of the image it belongs to.
    """

    key: str = "mask"
    shape: ImageShape | None = None

    kind = "mask"
    flag = flags.MASK

    @property
    def inputs(self) -> dict[str, Input]:
        text = "1 where it is to be filled"
        return {self.key: Input(tf.float32, self.shape, self.kind, text, self.key)}

    def bind(self, image_shape: ImageShape, arguments: ConditionArguments) -> "Mask":
        return dataclasses.replace(self, shape=(*image_shape[:2], 1))

    def open_to(self, shapes: dict[str, Shape]) -> "Mask":
        return dataclasses.replace(self, shape=shapes.get(self.key, self.shape))

    def prepare(self, batch: Batch) -> Batch:
        return {self.key: _to_fractions(tf.convert_to_tensor(batch[self.key]))}

    def read(self, name: str, value: Any, count: int) -> dict[str, Array]:
        if isinstance(value, str | os.PathLike):
            value = _read_files(pathlib.Path(value), self.shape)
        masks = np.asarray(_to_fractions(tf.convert_to_tensor(np.asarray(value))))
        masks = masks[None] if masks.ndim == 3 else masks
        fits = batches.is_of_shape(masks.shape, (None, *self.shape)) and len(masks) in (1, count)
        if not fits or masks.min() < 0 or masks.max() > 1:
            raise InputError(
                f"Expected one mask {self.shape} for all images, or {count}, uint8 or from 0 to 1. "
                f"Received: shape={np.shape(value)}."
            )
        return {self.key: np.broadcast_to(masks, (count, *masks.shape[1:])).astype(np.float32)}

    @classmethod
    def restore(cls, key: str, shape: tuple[int, ...], metadata: dict[str, Any]) -> "Mask":
        return cls(key, tuple(shape))

    def make_examples(self, count: int, random: np.random.Generator) -> dict[str, Array]:
        return {self.key: random.integers(0, 2, (count, *self.shape)).astype(np.float32)}


def _read_files(path, shape):
    """Returns the masks of a picture file [H, W, 1], or of a folder [N, H, W, 1], uint8."""
    try:
        first = path
        if path.is_dir():
            scan = scan_folder(path)
            first = scan.folder / next(iter(scan.pictures), "")
        image = read_image(first)[0]
        own = image.height, image.width
        size = format_size(*(given or length for given, length in zip(shape, own, strict=False)))
        if path.is_dir():
            options = {"folder": str(path), "size": size, "channels": 1}
            return open_source("images", options).arrays()["image"]
        return convert_image(image, size, 1, background="black")
    except UnreadableImage as error:
        raise InputError(f"Expected a picture as mask. Received: {path} ({error}).") from error


def _to_fractions(masks):
    """Returns masks as float32: uint8 from 0 to 255 becomes 0 to 1."""
    scale = 255.0 if masks.dtype == tf.uint8 else 1.0
    return tf.cast(masks, tf.float32) / scale
