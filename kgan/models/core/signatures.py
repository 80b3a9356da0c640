"""Signatures of an exported generator: functions of named, batched tensors.

All that stands before and after the networks, from seeds and PNG files to pixels, is inside them,
in TensorFlow's own ops, so that they run where neither kgan nor Keras is.
"""

from collections.abc import Callable
from typing import NamedTuple

import keras
import tensorflow as tf

from kgan.models.core.picture_kinds import fit_picture, restore_picture
from kgan.types import ImageShape, Tensor

_ENCODED = (1, 2, 3, 4)  # channels a PNG may have
_DECODED = (1, 3, 4)  # channels that tf.io.decode_image can be asked for


class Input(NamedTuple):
    """One input of a signature.

    Attributes:
        dtype: a TensorFlow dtype.
        shape: without the batch axis; None for any height or width.
        kind: `latents`, `seed`, `styles`, `image` or `image_bytes`, or a condition's; what a page
            or a client shows for it.
        text: what it means, in some words.
        key: of the condition whose input it is, or "".
    """

    dtype: tf.DType
    shape: tuple
    kind: str
    text: str = ""
    key: str = ""


class Signature(NamedTuple):
    """A function of an artefact.

    Attributes:
        function: named tensors [N, ...] → `{name: tensor [N, ...]}`.
        takes: `{name: Input}`.
        gives: `{name: text}` of what it returns.

    Example:
        >>> signature = gan.signatures()["sample"]
        >>> signature.function(seed=kgan.random.split_seeds([7]))["images"].dtype
        tf.uint8
    """

    function: Callable
    takes: dict
    gives: dict

    @property
    def inputs(self) -> dict[str, tf.TensorSpec]:
        """`{name: tf.TensorSpec}`, the batch axis first and of any size."""
        return {
            name: tf.TensorSpec((None, *taken.shape), taken.dtype, name=name)
            for name, taken in self.takes.items()
        }


def build_signatures(gan: keras.Model) -> dict[str, Signature]:
    """Returns the signatures of a generator; see `Sampling.signatures`.

    Args:
        gan: a `GAN`, whose conditions are inputs beside latents or seeds.
    """
    conditions = gan.open_conditions
    others = {name: one for condition in conditions for name, one in condition.inputs.items()}
    latents = {}
    if gan.takes_latents:
        latents["latents"] = Input(tf.float32, (gan.latent_size,), "latents", "from N(0, I)")

    def serving_default(**inputs):
        return {gan.output_kind: gan.call(inputs)}

    gives = {gan.output_kind: "in [-1, 1]" if _makes_pictures(gan) else ""}
    asked = {"serving_default": Signature(serving_default, {**latents, **others}, gives)}
    if latents:
        asked |= build_sample_signatures(gan, gan.call, others)
    sources = {k: s for condition in conditions for k, s in condition.image_shapes.items()}
    rest = {name: one for name, one in others.items() if name not in sources}
    for key, shape in sources.items():
        name = "translate" if key in others else f"translate_to_{next(iter(sources))}"
        asked |= build_image_signatures(name, _starting_from(gan, key), shape, rest)
    return asked


def _starting_from(gan, key):
    """Returns the function of images in [-1, 1] and other conditions to images in [-1, 1]."""

    def make(images, **others):
        inputs = {key: images, **others}
        if gan.takes_latents:
            seeds = tf.zeros((tf.shape(images)[0], 2), tf.int32)
            inputs["latents"] = gan.latents_from_seeds(seeds)
        return gan.call(inputs)

    return make


def build_sample_signatures(
    gan: keras.Model, make: Callable[[dict], Tensor], others: dict[str, Input]
) -> dict[str, Signature]:
    """Returns `sample` and, of pictures, `sample_png`.

    Args:
        gan: a `GAN`.
        make: a dict of latents and the others → images [N, ...] in [-1, 1], or tokens [N, T].
        others: `{name: Input}` beside the seed.
    """

    def sample(seed, **inputs):
        made = make({"latents": gan.latents_from_seeds(seed), **inputs})
        return {gan.output_kind: to_pixels(made) if _makes_pictures(gan) else made}

    seed = Input(tf.int32, (2,), "seed", "low and high half of a 64-bit seed")
    gives = {gan.output_kind: "pixels" if _makes_pictures(gan) else ""}
    # Traced once, though two signatures run it.
    signature = Signature(tf.function(sample), {"seed": seed, **others}, gives)
    return {"sample": signature, **_as_png(gan, "sample", signature)}


def build_image_signatures(
    name: str, make: Callable[..., Tensor], shape: ImageShape, others: dict[str, Input]
) -> dict[str, Signature]:
    """Returns the signature `name` of pictures uint8 to pictures uint8, and `{name}_png` of files.

    Args:
        name: of the signature.
        make: images [N, H, W, C] in [-1, 1], and the others → images in [-1, 1].
        shape: `(H, W, C)` of the pictures to start from; `(None, None, C)` for any size. Files may
            then be of different sizes and kinds, see `picture_kinds`, and come back as they are.
        others: `{name: Input}` beside the pictures.
    """
    open_size = shape[0] is None

    def translate(images, **inputs):
        return {"images": to_pixels(make(to_floats(images), **inputs))}

    traced = tf.function(translate)

    def translate_png(image_bytes, **inputs):
        images = traced(decode_images(image_bytes, shape), **inputs)["images"]
        return {"image_bytes": encode_png(images)}

    def translate_file(row):
        file, inputs = row
        picture = tf.io.decode_image(file, expand_animations=False)
        picture = tf.ensure_shape(picture, (None, None, None))
        images = fit_picture(picture, shape[-1])[None]
        made = traced(images, **{key: value[None] for key, value in inputs.items()})["images"]
        return encode_png(restore_picture(made[0], picture, shape[-1]))

    def translate_files(image_bytes, **inputs):
        text = tf.TensorSpec((), tf.string)
        # One at a time: each may fill the memory.
        options = {"fn_output_signature": text, "parallel_iterations": 1}
        return {"image_bytes": tf.map_fn(translate_file, (image_bytes, inputs), **options)}

    takes = {"images": pixel_input(shape), **others}
    asked = {name: Signature(traced, takes, {"images": "pixels"})}
    if shape[-1] in (_ENCODED if open_size else _DECODED):
        text = "PNG, JPEG, GIF or BMP; " + (
            "any size, which it keeps, as it keeps alpha and grey"
            if open_size
            else "cropped to the middle and resized where its size is another"
        )
        takes = {"image_bytes": Input(tf.string, (), "image_bytes", text), **others}
        function = translate_files if open_size else translate_png
        asked[f"{name}_png"] = Signature(function, takes, {"image_bytes": "PNG"})
    return asked


def pixel_input(shape: ImageShape) -> Input:
    """Returns the `Input` of pictures as pixels."""
    return Input(tf.uint8, shape, "image", "pixels")


def to_pixels(images: Tensor) -> Tensor:
    """Returns uint8 of images in [-1, 1]; halves round to even, as `kgan.images` does."""
    return tf.cast(tf.round(tf.clip_by_value((images + 1.0) * 127.5, 0.0, 255.0)), tf.uint8)


def to_floats(images: Tensor) -> Tensor:
    """Returns float32 in [-1, 1] of images uint8, as training sees them."""
    return tf.cast(images, tf.float32) / 127.5 - 1.0


def encode_png(images: Tensor) -> Tensor:
    """Returns PNG files [N], strings, of images [N, H, W, C] uint8, or one of one."""
    return tf.raw_ops.EncodePng(image=images)


def decode_images(files: Tensor, shape: ImageShape) -> Tensor:
    """Returns images [N, H, W, C] uint8 of PNG, JPEG, GIF or BMP files [N].

    The middle of the wanted proportions is cut out, and resized without aliases.

    Args:
        files: strings [N].
        shape: `(H, W, C)`.
    """
    height, width, channels = shape

    def one(file):
        image = tf.io.decode_image(file, channels, expand_animations=False)
        rows, columns = tf.shape(image)[0], tf.shape(image)[1]
        # In whole numbers: rows / height against columns / width.
        tall = tf.minimum(rows, tf.maximum(columns * height // width, 1))
        wide = tf.minimum(columns, tf.maximum(rows * width // height, 1))
        image = tf.slice(image, ((rows - tall) // 2, (columns - wide) // 2, 0), (tall, wide, -1))
        image = tf.image.resize(image, (height, width), antialias=True)
        image = tf.round(tf.clip_by_value(image, 0.0, 255.0))
        return tf.ensure_shape(tf.cast(image, tf.uint8), shape)

    return tf.map_fn(one, files, fn_output_signature=tf.TensorSpec(shape, tf.uint8))


def _as_png(gan, name, signature):
    """Returns `{name}_png` of a signature of pictures, or nothing where a PNG cannot hold them."""
    if not _makes_pictures(gan) or gan.image_shape[-1] not in _ENCODED:
        return {}

    def as_png(**inputs):
        return {"image_bytes": encode_png(signature.function(**inputs)[gan.output_kind])}

    return {f"{name}_png": Signature(as_png, signature.takes, {"image_bytes": "PNG"})}


def _makes_pictures(gan):
    return len(gan.image_shape) == 3
