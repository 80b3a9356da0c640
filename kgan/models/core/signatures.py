"""What an artefact can be asked: functions of named, batched tensors that a family declares.

All that stands before and after the networks, from seeds and PNG files to pixels, is inside them,
in TensorFlow's own ops, so that they run where neither kgan nor Keras is.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

_ENCODED = (1, 2, 3, 4)  # channels a PNG may have
_DECODED = (1, 3, 4)  # channels that tf.io.decode_image can be asked for


class Input(NamedTuple):
    """One input of a signature.

    Attributes:
        dtype: a TensorFlow dtype.
        shape: without the batch axis.
        kind: latents, seed, label, caption, truncation, styles, image or image_bytes; what a page
            or a client shows for it.
        text: what it means, in some words.
    """

    dtype: tf.DType
    shape: tuple
    kind: str
    text: str = ""


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
    def inputs(self):
        """`{name: tf.TensorSpec}`, the batch axis first and of any size."""
        return {
            name: tf.TensorSpec((None, *taken.shape), taken.dtype, name=name)
            for name, taken in self.takes.items()
        }


def sampling(gan):
    """Returns `serving_default`, and `sample` and `sample_png` of a generator that takes latents.

    Args:
        gan: a `GAN`, whose `conditions` are inputs beside latents or seeds.
    """
    others, latents = gan.conditions(), {}
    if gan.takes_latents:
        latents["latents"] = Input(tf.float32, (gan.latent_size,), "latents", "from N(0, I)")

    def serving_default(**inputs):
        return {gan.makes: gan.call(inputs)}

    gives = {gan.makes: "in [-1, 1]" if _pictures(gan) else ""}
    found = {"serving_default": Signature(serving_default, {**latents, **others}, gives)}
    return {**found, **(by_seed(gan, gan.call, others) if latents else {})}


def by_seed(gan, made, others):
    """Returns `sample` and, of pictures, `sample_png`.

    Args:
        gan: a `GAN`.
        made: a dict of latents and the others → images [N, ...] in [-1, 1], or tokens [N, T].
        others: `{name: Input}` beside the seed.
    """

    def sample(seed, **inputs):
        drawn = made({"latents": gan.latents_from_seeds(seed), **inputs})
        return {gan.makes: pixels(drawn) if _pictures(gan) else drawn}

    seed = Input(tf.int32, (2,), "seed", "low and high half of a 64-bit seed")
    takes, gives = {"seed": seed, **others}, {gan.makes: "pixels" if _pictures(gan) else ""}
    # Traced once, though two signatures run it.
    signature = Signature(tf.function(sample), takes, gives)
    return {"sample": signature, **_as_png(gan, "sample", signature)}


def from_images(gan, name, made):
    """Returns the signature `name` of pictures uint8 to pictures uint8, and `{name}_png` of files.

    Args:
        gan: a `GAN`.
        name: of the signature.
        made: images [N, H, W, C] in [-1, 1] → images in [-1, 1].
    """

    def translate(images):
        return {"images": pixels(made(scaled(images)))}

    traced = tf.function(translate)

    def translate_png(image_bytes):
        return {"image_bytes": png(traced(decoded(image_bytes, gan.image_shape))["images"])}

    found = {name: Signature(traced, {"images": picture(gan)}, {"images": "pixels"})}
    if gan.image_shape[-1] in _DECODED:
        text = "PNG, JPEG, GIF or BMP; cropped to the middle and resized where its size is another"
        taken = {"image_bytes": Input(tf.string, (), "image_bytes", text)}
        found[f"{name}_png"] = Signature(translate_png, taken, {"image_bytes": "PNG"})
    return found


def picture(gan):
    """Returns the `Input` of pictures as pixels, of a GAN's own size."""
    return Input(tf.uint8, gan.image_shape, "image", "pixels")


def pixels(images):
    """Returns uint8 of images in [-1, 1]; halves round to even, as `kgan.images` does."""
    return tf.cast(tf.round(tf.clip_by_value((images + 1.0) * 127.5, 0.0, 255.0)), tf.uint8)


def scaled(images):
    """Returns float32 in [-1, 1] of images uint8, as training sees them."""
    return tf.cast(images, tf.float32) / 127.5 - 1.0


def png(images):
    """Returns PNG files [N], strings, of images [N, H, W, C] uint8."""
    return tf.raw_ops.EncodePng(image=images)


def decoded(files, shape):
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
    if not _pictures(gan) or gan.image_shape[-1] not in _ENCODED:
        return {}

    def as_png(**inputs):
        return {"image_bytes": png(signature.function(**inputs)[gan.makes])}

    return {f"{name}_png": Signature(as_png, signature.takes, {"image_bytes": "PNG"})}


def _pictures(gan):
    return len(gan.image_shape) == 3
