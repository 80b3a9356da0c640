"""Features of real samples, kept by content: the same data are not read by a network twice."""

import hashlib

import numpy as np

from kgan.images import to_uint8
from kgan.metrics import _cache, _extractors, _validation
from kgan.progress import track


def reference_features(extractor, batches, count):
    """Returns the `Features` of samples, from the cache where they were computed before.

    Args:
        extractor: an `Extractor`; what `raw` gives is the samples themselves, and not kept.
        batches: function without arguments that yields arrays [B, ...]; called twice if nothing
            is cached, for the samples need not fit into memory.
        count: how many samples it yields.

    Raises:
        InputError: what the extractor refuses, or a damaged cached file.

    Example:
        >>> real = reference_features(extractor, lambda: [test_images], len(test_images))
    """
    if extractor.name == _extractors.raw().name:
        return extractor(batches(), count)
    path = _cache.folder() / f"features-{_content(extractor, batches(), count)[:32]}.npz"
    if path.exists():
        return _extractors.Features(**_cache.load_arrays(path))
    features = extractor(batches(), count)
    held = {name: array for name, array in features._asdict().items() if array is not None}
    _cache.save_arrays(path, held)
    return features


def _content(extractor, batches, count):
    """Returns the SHA-256 of the network and of the samples, in batches of whatever size."""
    digest = hashlib.sha256(f"{extractor.name} {extractor.sha256} {extractor.resize}".encode())
    total = -(-count // _extractors.BATCH)
    shape = None
    for batch in track(batches, total, "Looking for known samples, batches"):
        if np.ndim(batch) == 4:
            batch = to_uint8(_validation.images("images", batch))
        if shape is None:  # once: how the samples are cut into batches does not matter
            shape = f"{batch.shape[1:]} {batch.dtype}"
            digest.update(shape.encode())
        digest.update(np.ascontiguousarray(batch).data)
    return digest.hexdigest()
