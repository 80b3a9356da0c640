"""From images to the features that scores are computed on.

An `Extractor` turns any images, in batches of any size, into features by fixed batches of 64, so
that a sample's features do not depend on the samples beside it.
"""

import dataclasses
import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np

from kgan.errors import InputError, check_whole
from kgan.images import to_uint8
from kgan.metrics import _resizing, _validation
from kgan.progress import track
from kgan.types import Array, Tensor

BATCH = 64  # samples a network sees at once


class Features(NamedTuple):
    """The features of N samples.

    Attributes:
        pooled: [N, D] float32, for distances.
        logits: [N, K] float32 unnormalised log-probabilities of classes, or None.
        labels: [N] integers from 0, the classes that samples have or were made for, or None; not
            set by an extractor.
    """

    pooled: Array
    logits: Array | None = None
    labels: Array | None = None


@dataclasses.dataclass(frozen=True)
class Extractor:
    """A named map from images to features.

    Args:
        name: as it stands in metric names, e.g. `"inception-2015"`.
        run: maps the samples of a batch [B, ...] to `(pooled [B, D], logits [B, K] or None)`.
        sha256: of the weights, for the card.
        resize: `"clean"`, `"tf1"`, or `"none"` where the network takes pictures of any size.
        takes_images: refuse samples that are not images [N, H, W, C]; images become uint8.

    Example:
        >>> extractor = raw()
        >>> extractor(np.zeros([100, 2])).pooled.shape
        (100, 2)
    """

    name: str
    run: Callable
    sha256: str
    resize: str = "none"
    takes_images: bool = True

    def __call__(self, samples: Tensor | Iterable[Tensor], count: int | None = None) -> Features:
        """Returns the `Features` of samples.

        Args:
            samples: an array [N, ...], or an iterable of such arrays, e.g. from `draw_samples`:
                images of uint8, or floating point in [-1, 1], which are rounded to uint8 as in a
                file.
            count: how many samples to take; None for all.

        Raises:
            InputError: fewer than `count` samples, NaN, another range, or changing shapes.
        """
        if count is not None:
            check_whole(1, count=count)
        samples = _to_array(samples)
        total = len(samples) if isinstance(samples, np.ndarray) else count
        total = total if count is None else min(total, count)
        batches = self.stream(samples, count)
        if total is not None:
            batches = track(batches, -(-total // BATCH), f"Features of {self.name}, batches")
        features = _collect(batches, total)
        taken = 0 if features is None else len(features.pooled)
        if taken < (count or 1):
            raise InputError(f"Expected {count or 1} samples. Received: {taken}. Draw more.")
        return features

    def stream(
        self, samples: Tensor | Iterable[Tensor], count: int | None = None
    ) -> Iterator[Features]:
        """Yields the `Features` of at most 64 samples at a time: for sums in constant memory.

        Args: as `__call__`.

        Example:
            >>> moments = kgan.metrics.Moments()
            >>> for features in extractor.stream(kgan.metrics.draw_samples(gan.sample, 50_000)):
            ...     moments.update(features.pooled)
        """
        for batch, kept in _rebatch(self._check(_to_array(samples)), count):
            pooled, logits = self.run(batch)
            logits = None if logits is None else np.asarray(logits)[:kept]
            yield Features(np.asarray(pooled)[:kept], logits)

    def _check(self, samples):
        """Yields arrays of samples, all of one shape."""
        first = None
        for batch in [samples] if isinstance(samples, np.ndarray) else samples:
            if self.takes_images or np.ndim(batch) == 4:
                batch = _validation.check_images("images", batch)
            else:
                batch = np.asarray(batch, np.float32)
                _validation.check_finite("samples", batch)
            if first is not None:
                _validation.check_same("the first batch", first, "a later one", batch)
            first = batch[:1]
            yield batch


def _to_array(samples):
    """Returns a tensor as an array, and an iterable of batches as it is."""
    convert = getattr(samples, "__array__", None)
    return samples if convert is None else np.asarray(samples)


def _rebatch(batches, count):
    """Yields `(batch, kept)`: batches of 64 samples, the last filled up with zeros."""
    waiting, seen = [], 0
    for batch in batches:
        if count is not None:
            batch = batch[: count - seen]
        seen += len(batch)
        waiting.append(batch)
        while sum(map(len, waiting)) >= BATCH:
            whole = waiting[0] if len(waiting) == 1 else np.concatenate(waiting)
            yield _round(whole[:BATCH]), BATCH
            waiting = [whole[BATCH:]]
        if seen == count:
            break
    kept = sum(map(len, waiting))
    if kept:
        rest = _round(np.concatenate(waiting))
        whole = np.zeros((BATCH, *rest.shape[1:]), rest.dtype)
        whole[:kept] = rest
        yield whole, kept


def _round(batch):
    # Images become uint8 here, batch by batch: a copy of all would be large.
    return to_uint8(batch) if batch.ndim == 4 else batch


def _collect(parts, total):
    """Returns the `Features` of all parts, or None for none; without a second copy if `total`."""
    parts = iter(parts)
    first = next(parts, None)
    if first is None:
        return None
    if total is None:
        return Features(*(_concatenate(column) for column in zip(first, *parts, strict=True)))
    whole = Features(*(_reserve(array, total) for array in first))
    filled = 0
    for part in itertools.chain([first], parts):
        for room, array in zip(whole, part, strict=True):
            if array is not None:
                room[filled : filled + len(array)] = array
        filled += len(part.pooled)
    return Features(*(None if room is None else room[:filled] for room in whole))


def _reserve(array, total):
    return None if array is None else np.empty((total, *array.shape[1:]), np.float32)


def _concatenate(arrays):
    return None if arrays[0] is None else np.concatenate(arrays).astype(np.float32, copy=False)


def draw_samples(
    sample: Callable[[range], Tensor], count: int, first_seed: int = 0, batch_size: int = BATCH
) -> Iterator[Array]:
    """Yields the samples of seeds `first_seed`, `first_seed + 1`, ..., in batches.

    Args:
        sample: a sampler: maps a range of integer seeds to an array [B, ...], e.g. `gan.sample`.
        count: how many samples.
        first_seed: the first seed.
        batch_size: samples at once.

    Example:
        >>> features = extractor(draw_samples(gan.sample, 10_000), count=10_000)
    """
    check_whole(1, count=count, batch_size=batch_size)
    for start in range(0, count, batch_size):
        stop = min(start + batch_size, count)
        yield np.asarray(sample(range(first_seed + start, first_seed + stop)))


def raw() -> Extractor:
    """Returns the extractor of the samples themselves, flat: for points and small images.

    Images are scaled to [-1, 1].
    """

    def run(samples):
        if samples.dtype == np.uint8:
            samples = _validation.to_unit(samples)
        return samples.reshape(len(samples), -1), None

    return Extractor("raw", run, hashlib.sha256().hexdigest(), takes_images=False)


def as_colour(images: Array) -> Array:
    """Returns [N, H, W, 1 or 3] with three channels. Raises `InputError` for other counts."""
    if images.shape[-1] == 3:
        return images
    if images.shape[-1] == 1:
        return np.repeat(images, 3, axis=-1)
    raise InputError(
        f"Expected images of 1 or 3 channels. Received: shape={images.shape}. "
        "Leave alpha or further channels out."
    )


def wrap_network(
    name: str,
    network: Callable[[Array], tuple[Array, Array | None]],
    sha256: str,
    resize: str,
    size: int,
    shift: float,
    scale: float,
) -> Extractor:
    """Returns the `Extractor` of a network that takes colour pictures of one size.

    Args:
        name: of the extractor.
        network: maps float32 [B, size, size, 3] to `(pooled, logits or None)`.
        sha256: of the weights.
        resize: `"clean"` or `"tf1"`.
        size: height and width in pixels.
        shift, scale: the network takes (x − shift) / scale of pixels x in 0..255.
    """
    resize_to = _resizing.choose_resize(resize)

    def run(images):
        pixels = resize_to(as_colour(images), size)
        return network((pixels - np.float32(shift)) / np.float32(scale))

    return Extractor(name, run, sha256, resize)
