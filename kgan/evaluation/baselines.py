"""Baselines: what can be made of a picture without a network, for a translator to beat."""

import functools

import numpy as np
import tensorflow as tf
from scipy import sparse
from scipy.sparse import linalg

from kgan.data import Source
from kgan.evaluation.samples import Picker, shuffle
from kgan.types import Array

_SEARCHED = 2000  # training examples among which the nearest is looked for, at most
_SIDE = 16  # pixels a side, to which pictures are brought for that
_CHUNK = 256


def list_baselines(source: Source, order: Array, train: Source) -> dict[str, Picker]:
    """Returns simple answers to a task of paired pictures, by name.

    Larger pictures are bicubic; masked ones are filled with the mean of what is known, and with a
    membrane that is stretched over the hole; grey ones stay grey; others are copied. Last comes the
    target of the training example whose source is the nearest.

    Args:
        source: examples with `source` [h, w, c] and `target` [H, W, C], and maybe `mask`.
        order: int [N], the example of each place.
        train: examples that a translator may have seen.

    Returns:
        `{name: picker}`; each maps places [B] to pictures uint8 [B, H, W, C].
    """
    start, target = (tuple(source.spec[key].shape) for key in ("source", "target"))
    makers = {}
    if "mask" in source.spec:
        makers = {"mean fill": fill_with_mean, "membrane": fill_with_membrane}
    elif start[:2] != target[:2]:
        makers = {"bicubic": functools.partial(enlarge, size=target[:2])}
    elif start[2] == target[2]:
        makers = {"copying": lambda examples: examples["source"]}
    elif start[2] == 1:
        makers = {"grey": lambda examples: np.repeat(examples["source"], target[2], axis=3)}
    makers["nearest neighbour"] = _Nearest(train)

    def make_picker(make):
        return lambda places: make(source.examples(order[np.asarray(places) % len(order)]))

    return {name: make_picker(make) for name, make in makers.items()}


def enlarge(examples: dict[str, Array], size: tuple[int, int]) -> Array:
    """Returns `source` uint8 [N, h, w, C], enlarged to `size`, (H, W), by bicubic filtering."""
    images = tf.image.resize(examples["source"], size, "bicubic").numpy()
    return np.round(images.clip(0, 255)).astype(np.uint8)


def fill_with_mean(examples: dict[str, Array]) -> Array:
    """Returns `source` uint8 [N, H, W, C], each hole in the mean colour of the rest."""
    images, holes = examples["source"], examples["mask"] > 0
    known = (images * ~holes).sum(axis=(1, 2), keepdims=True)
    means = known / np.maximum((~holes).sum(axis=(1, 2), keepdims=True), 1)
    return np.where(holes, np.round(means), images).astype(np.uint8)


def fill_with_membrane(examples: dict[str, Array]) -> Array:
    """Returns `source` uint8 [N, H, W, C], each hole as smooth as its border allows (∇²I = 0)."""
    pairs = zip(examples["source"], examples["mask"][..., 0] > 0, strict=True)
    return np.stack([_stretch(image, hole) for image, hole in pairs])


class _Nearest:
    """The target of the training example whose source is the nearest, by pixels of a small copy."""

    def __init__(self, train: Source):
        self._train = train

    @functools.cached_property
    def _known(self):
        numbers = shuffle(self._train.count)[:_SEARCHED]
        starts = range(0, len(numbers), _CHUNK)
        parts = [self._train.examples(numbers[i : i + _CHUNK])["source"] for i in starts]
        return numbers, np.concatenate([_shrink(part) for part in parts])

    def __call__(self, examples: dict[str, Array]) -> Array:
        numbers, known = self._known
        nearest = [
            np.square(known - one).sum(axis=1).argmin() for one in _shrink(examples["source"])
        ]
        return self._train.examples(numbers[nearest])["target"]


def _shrink(images):
    """Returns float32 [N, D] of small copies of pictures."""
    height, width = (min(_SIDE, side) for side in images.shape[1:3])
    return tf.image.resize(images, (height, width), "area").numpy().reshape(len(images), -1)


def _stretch(image, hole):
    """Returns the picture uint8 [H, W, C] with a solution of Laplace's equation in the hole."""
    if hole.all() or not hole.any():
        return image
    height, width = hole.shape
    number = np.cumsum(hole).reshape(hole.shape) - 1
    rows, columns = np.nonzero(hole)
    count = len(rows)
    near, other = [], []
    degree, edge = np.zeros(count), np.zeros((count, image.shape[2]))
    for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        y, x = rows + down, columns + right
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        degree += inside
        y, x, own = y[inside], x[inside], np.nonzero(inside)[0]
        unknown = hole[y, x]
        near.append(own[unknown])
        other.append(number[y[unknown], x[unknown]])
        np.add.at(edge, own[~unknown], image[y[~unknown], x[~unknown]])
    near, other = np.concatenate(near), np.concatenate(other)
    neighbours = sparse.csc_matrix((np.ones(len(near)), (near, other)), (count, count))
    solved = linalg.spsolve(sparse.diags(degree).tocsc() - neighbours, edge)
    filled = image.astype(np.float64)
    filled[hole] = solved.reshape(count, -1)
    return np.round(filled.clip(0, 255)).astype(np.uint8)
