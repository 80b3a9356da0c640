"""The cache: features of real samples are kept by content and computed once; damage is seen."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _extractors, _feature_cache
from kgan.metrics._feature_cache import reference_features


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path))
    return tmp_path


@pytest.fixture
def network():
    """Returns an extractor of mean and largest pixel, and the list of batches it has seen."""
    seen = []

    def run(images):
        seen.append(len(images))
        flat = images.reshape(len(images), -1).astype(np.float32)
        return np.stack([flat.mean(axis=1), flat.max(axis=1)], axis=1), flat[:, :3]

    return _extractors.Extractor("test", run, "ab" * 32), seen


def cut(images, size):
    return lambda: (images[start : start + size] for start in range(0, len(images), size))


def test_the_same_pictures_are_read_by_a_network_once(network, random, cache):
    extractor, seen = network
    images = random.integers(0, 256, (100, 4, 4, 1)).astype(np.uint8)
    first = reference_features(extractor, cut(images, 64), 100)
    np.testing.assert_array_equal(first.pooled, extractor(images).pooled)
    del seen[:]
    again = reference_features(extractor, cut(images, 7), 100)
    assert not seen
    np.testing.assert_array_equal(again.pooled, first.pooled)
    np.testing.assert_array_equal(again.logits, first.logits)
    assert len(list(cache.iterdir())) == 1


def test_other_pictures_and_other_networks_are_others(network, random, cache):
    extractor, _ = network
    images = random.integers(0, 255, (20, 4, 4, 1)).astype(np.uint8)
    other = images.copy()
    other[13, 2, 1, 0] += 1
    for pictures in (images, other, images.reshape(20, 2, 8, 1)):
        features = reference_features(extractor, cut(pictures, 8), 20)
        np.testing.assert_array_equal(features.pooled, extractor(pictures).pooled)
    for change in ({"sha256": "cd" * 32}, {"resize": "tf1"}, {"name": "more"}):
        changed = _extractors.Extractor(**{**vars(extractor), **change})
        reference_features(changed, cut(images, 8), 20)
    assert len(list(cache.iterdir())) == 6


def test_raw_keeps_nothing_and_damage_is_said(network, random, cache):
    points = random.normal(size=(30, 2)).astype(np.float32)
    features = reference_features(_extractors.raw(), cut(points, 8), 30)
    np.testing.assert_array_equal(features.pooled, points)
    assert not list(cache.iterdir())
    images = random.integers(0, 256, (20, 4, 4, 1)).astype(np.uint8)
    reference_features(network[0], cut(images, 8), 20)
    (path,) = cache.iterdir()
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"is damaged .* it is made again"):
        reference_features(network[0], cut(images, 8), 20)


def test_arrays_are_known_by_content():
    a = np.arange(6, dtype=np.float32)
    known = _feature_cache.hash_arrays(a, a)
    assert _feature_cache.hash_arrays(a.copy(), a.copy()) == known
    others = (a[:3], a[3:], a), (a, a.astype(np.float64)), (a, a.reshape(2, 3)), (a, a + 1)
    assert known not in {_feature_cache.hash_arrays(*other) for other in others}
