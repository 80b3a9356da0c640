"""The cache: features of real samples and trained classifiers, in one folder, by content.

The same data are not read by a network twice, nor the same classifier trained twice.
"""

import hashlib
from collections.abc import Callable, Iterable

import numpy as np

from kgan.files import cache_folder, load_arrays, save_arrays
from kgan.images import to_uint8
from kgan.metrics import _validation
from kgan.metrics._extractors import BATCH, Extractor, Features, raw
from kgan.progress import track
from kgan.types import Array


def reference_features(
    extractor: Extractor, batches: Callable[[], Iterable[Array]], count: int
) -> Features:
    """Returns the `Features` of samples, from the cache if they have been computed before.

    Args:
        extractor: an `Extractor`; the features of `raw` are the samples, and are not cached.
        batches: function without arguments that yields arrays [B, ...]; called twice if nothing
            is cached, for the samples need not fit into memory.
        count: how many samples it yields.

    Raises:
        InputError: samples that the extractor refuses, or a damaged cached file.

    Example:
        >>> real = reference_features(extractor, lambda: [test_images], len(test_images))
    """
    if extractor.name == raw().name:
        return extractor(batches(), count)
    path = cache_folder() / f"features-{_hash_samples(extractor, batches(), count)[:32]}.npz"
    if path.exists():
        return Features(**load_arrays(path))
    features = extractor(batches(), count)
    arrays = features._asdict().items()
    save_arrays(path, {name: array for name, array in arrays if array is not None})
    return features


def _hash_samples(extractor, batches, count):
    """Returns the SHA-256 of the network and of the samples, whatever the batch size."""
    digest = hashlib.sha256(f"{extractor.name} {extractor.sha256} {extractor.resize}".encode())
    total = -(-count // BATCH)
    shape = None
    for batch in track(batches, total, "Looking for known samples, batches"):
        if np.ndim(batch) == 4:
            batch = to_uint8(_validation.check_images("images", batch))
        if shape is None:  # once: how the samples are cut into batches does not matter
            shape = f"{batch.shape[1:]} {batch.dtype}"
            digest.update(shape.encode())
        digest.update(np.ascontiguousarray(batch).data)
    return digest.hexdigest()


def hash_arrays(*arrays: Array) -> str:
    """Returns the SHA-256 of the shapes, dtypes and values of arrays, in hexadecimal."""
    digest = hashlib.sha256()
    for array in arrays:
        array = np.ascontiguousarray(array)
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()
