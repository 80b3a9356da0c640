"""Any image dataset of TensorFlow Datasets."""

import difflib
import math
import os

import numpy as np
from PIL import Image

from kgan.data._image_file import convert_image
from kgan.data._source import Source
from kgan.errors import InputError, UnknownNameError
from kgan.images import parse_size
from kgan.progress import track
from kgan.registry import SOURCES

register = SOURCES.register

_MEMORY = 4 * 2**30  # bytes of decoded pictures


@register("tfds")
def tfds(
    name: str,
    split: str = "train",
    size: int | str | None = None,
    image_key: str | None = None,
    label_key: str | None = None,
    data_dir: str | None = None,
    mirror: bool = False,
) -> Source:
    """A dataset of TensorFlow Datasets, downloaded and prepared if it is not there yet.

    Pictures that are not of `size` are cropped to the middle and resized by antialiased
    bicubic filtering. They are read once, at the start, into memory.

    Args:
        name: as TensorFlow Datasets knows it, e.g. `"mnist"`, `"celeb_a:2.1.0"`.
        split: e.g. `"train"`, `"test"`, `"train[:10%]"`.
        size: in pixels, of a square or `HEIGHTxWIDTH`; by default the dataset's own, which must be
            one for all.
        image_key: the feature that holds the picture; by default the only image feature.
        label_key: the feature that holds the label; by default the only class label, if any.
        data_dir: folder of prepared datasets; by default `~/tensorflow_datasets`.
        mirror: flip each picture left to right with probability 1/2.

    Returns:
        A `Source` of `image` [H, W, C] uint8, and `label` [] int32 if there are labels.

    Raises:
        InputError: an unknown dataset, split or feature, or data that could not be fetched.

    Example:
        >>> gan.fit(kgan.data.tfds("mnist", size=32).dataset(batch_size=64), epochs=40)
    """
    import tensorflow_datasets  # only here: it is slow to import, and few runs need it

    kinds = tensorflow_datasets.features
    builder = _prepare(tensorflow_datasets, name, data_dir)
    features = builder.info.features
    image_key = _choose_key(features, kinds.Image, "image_key", image_key)
    if image_key is None:
        raise InputError(
            f"Expected a dataset with pictures. Received: name={name!r} with the features "
            f"{', '.join(features)}. Choose another."
        )
    label_key = _choose_key(features, kinds.ClassLabel, "label_key", label_key)
    if split.partition("[")[0] not in builder.info.splits:
        raise UnknownNameError(f"split of {name}", split, builder.info.splits)
    count = builder.info.splits[split].num_examples
    examples = tensorflow_datasets.as_numpy(builder.as_dataset(split=split, shuffle_files=False))
    shape = _shape(name, features[image_key], size)
    if count * math.prod(shape) > _MEMORY:
        raise InputError(
            f"Expected at most {_MEMORY >> 30} GiB of pictures. Received: {count} of {shape}. "
            "Take a smaller size, or a part: split='train[:10%]'."
        )
    images = np.empty((count, *shape), np.uint8)
    labels = np.empty(count, np.int32)
    for number, example in enumerate(track(examples, count, f"Reading {name}")):
        pixels = example[image_key]
        image = Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
        images[number] = convert_image(image, shape[:2], shape[2])
        if label_key is not None:
            labels[number] = example[label_key]
    named, classes = {"image": images}, None
    if label_key is not None:
        named["label"] = labels
        classes = tuple(features[label_key].names)
    return Source.from_arrays(f"tfds:{name}", named, classes=classes, mirror=mirror)


def _prepare(library, name, data_dir):
    folder = data_dir and os.path.expanduser(data_dir)
    try:
        builder = library.builder(name, data_dir=folder)
    except library.core.registered.DatasetNotFoundError as error:
        near = difflib.get_close_matches(name, library.list_builders(), n=5, cutoff=0.0)
        raise InputError(
            f"Expected a dataset that TensorFlow Datasets knows. Received: name={name!r}. "
            f"Nearest: {', '.join(near)}. If you built your own, give data_dir."
        ) from error
    try:
        builder.download_and_prepare()
    except ImportError as error:
        raise InputError(
            f"Expected the packages that preparing {name} needs. Received: {error}. "
            "Install the missing one with pip."
        ) from error
    except Exception as error:
        # Each dataset brings its own code and its own server; what fails there can be anything.
        raise InputError(
            f"Expected {name} to be prepared, or to be downloaded now. Received: "
            f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}. Check the network, "
            f"run `tfds build {name}` where there is one, or give the data_dir that holds it."
        ) from error
    return builder


def _choose_key(features, kind, option, wanted):
    """Returns the feature to use: the wanted one, the only one of its kind, or `None`."""
    keys = [key for key, feature in features.items() if isinstance(feature, kind)]
    if wanted is not None:
        if wanted not in keys:
            raise UnknownNameError(option, wanted, keys)
        return wanted
    if len(keys) > 1:
        raise InputError(
            f"Expected one feature of the kind {kind.__name__}. Received: {', '.join(keys)}. "
            f"Choose with {option}."
        )
    return keys[0] if keys else None


def _shape(name, feature, size):
    *own, channels = feature.shape
    if size is None and None in own:
        raise InputError(
            f"Expected a size, as the pictures of {name} are not of one size. "
            f"Received: shape={feature.shape}. Give size, e.g. 64."
        )
    if channels not in (1, 3, 4) or feature.np_dtype != np.uint8:
        raise InputError(
            f"Expected uint8 pictures with 1, 3 or 4 channels. Received: {name} with "
            f"shape={feature.shape}, {feature.np_dtype.__name__}. Use kgan.data.arrays."
        )
    return (*parse_size(size or tuple(own)), 1 if channels == 1 else 3)
