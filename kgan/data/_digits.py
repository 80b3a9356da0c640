"""The UCI handwritten digits that scikit-learn ships: 1797 pictures, without a download."""

from typing import Literal

import numpy as np
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from kgan.data._source import Source
from kgan.errors import InputError
from kgan.registry import SOURCES

register = SOURCES.register

SPLITS = ("train", "test", "all")
_SIDE = 8  # of the original pictures, whose values are 0..16
_SPLIT_SEED = 0
_LICENCE = "CC BY 4.0: Optical Recognition of Handwritten Digits, Alpaydin and Kaynak 1998, UCI"


@register("digits")
def digits(size: int = 32, split: Literal["train", "test", "all"] = "train") -> Source:
    """UCI handwritten digits (1797 pictures of 8x8), enlarged smoothly.

    Args:
        size: height and width in pixels, at least 8. Averaging a picture's blocks back to 8x8
            gives the original (0..16, here 0..255) to a quarter of a grey level of 16 on average.
        split: `"train"` (80 %) or `"test"` (20 %), fixed and stratified by class; or `"all"`.

    Returns:
        A `Source` of `image` [size, size, 1] uint8 and `label` [] int32 in 0..9.

    Raises:
        InputError: `size` is below 8, or `split` is none of the three.

    Example:
        >>> gan.fit(kgan.data.digits(size=32).dataset(batch_size=64), epochs=40)
    """
    if size < _SIDE:
        raise InputError(
            f"Expected a size of at least {_SIDE}. Received: size={size!r}. Choose 8, 16 or 32."
        )
    if split not in SPLITS:
        raise InputError(
            f"Expected a split out of {', '.join(SPLITS)}. Received: split={split!r}. Choose one."
        )
    bundle = load_digits()
    indices = np.arange(len(bundle.target))
    if split != "all":
        train, test = train_test_split(
            indices, test_size=0.2, random_state=_SPLIT_SEED, stratify=bundle.target
        )
        indices = np.sort(train if split == "train" else test)
    images = np.stack([_enlarge(bundle.images[index], size) for index in indices])
    examples = {
        "image": images[..., np.newaxis],
        "label": bundle.target[indices].astype(np.int32),
    }
    return Source.from_arrays(
        "digits", examples, classes=tuple("0123456789"), licence=_LICENCE, characters=True
    )


def _enlarge(picture, size):
    """Enlarges [8, 8] in 0..16 to [size, size] uint8 whose block averages are `picture`."""
    enlarged = _resize(picture, size, Image.Resampling.BICUBIC)
    # Iterative back-projection: bicubic alone changes block averages, and a classifier trained on
    # the real 8x8 pictures must read a shrunken picture as the digit it came from.
    for _ in range(3):
        enlarged = np.clip(enlarged, 0.0, 16.0)
        missing = picture - _resize(enlarged, _SIDE, Image.Resampling.BOX)
        enlarged = enlarged + _resize(missing, size, Image.Resampling.BICUBIC)
    return np.rint(np.clip(enlarged, 0.0, 16.0) * (255.0 / 16.0)).astype(np.uint8)


def _resize(picture, size, resampling):
    image = Image.fromarray(np.asarray(picture, np.float32))
    return np.asarray(image.resize((size, size), resampling))
