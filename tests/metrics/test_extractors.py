"""Extractors: fixed batches whatever comes in, checks, samplers, raw features."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _extractors


@pytest.fixture
def recording():
    """An extractor of image means that records the batches it was given."""
    seen = []

    def run(images):
        seen.append(images)
        means = images.reshape(len(images), -1).mean(axis=1, keepdims=True)
        return means, np.concatenate([means, -means], axis=1)

    return _extractors.Extractor("means", run, "0" * 64), seen


def cut(images, size):
    return (images[start : start + size] for start in range(0, len(images), size))


def test_networks_see_the_same_batches_whatever_comes(recording, random):
    extractor, seen = recording
    images = random.integers(0, 256, size=(150, 4, 4, 1), dtype=np.uint8)
    expected = images.reshape(150, -1).mean(axis=1)
    for samples in (images, cut(images, 1), cut(images, 7), cut(images, 100), [images]):
        seen.clear()
        features = extractor(samples)
        np.testing.assert_allclose(features.pooled[:, 0], expected, rtol=1e-6, atol=1e-6)
        np.testing.assert_array_equal(features.logits[:, 1], -features.pooled[:, 0])
        assert features.pooled.dtype == np.float32
        assert [len(batch) for batch in seen] == [64, 64, 64]
        np.testing.assert_array_equal(np.concatenate(seen)[:150], images)
        assert not np.concatenate(seen)[150:].any()


@pytest.mark.parametrize("count", [1, 63, 64, 65, 130])
def test_count_takes_the_first(recording, count, random):
    extractor, _ = recording
    images = random.integers(0, 256, size=(150, 4, 4, 1), dtype=np.uint8)
    whole = extractor(images).pooled
    for samples in (images, cut(images, 9)):
        np.testing.assert_array_equal(extractor(samples, count).pooled, whole[:count])


def test_a_tensor_is_an_array_and_tensors_may_be_batches(recording, random):
    import tensorflow as tf

    extractor, _ = recording
    images = random.integers(0, 256, size=(70, 4, 4, 1), dtype=np.uint8)
    expected = extractor(images).pooled
    np.testing.assert_array_equal(extractor(tf.constant(images)).pooled, expected)
    batches = tf.data.Dataset.from_tensor_slices(images).batch(30)
    np.testing.assert_array_equal(extractor(batches).pooled, expected)


def test_a_sampler_is_not_asked_for_more_than_counted(recording):
    extractor, _ = recording

    def endless():
        while True:
            yield np.zeros((10, 4, 4, 1), np.uint8)

    assert extractor(endless(), 25).pooled.shape == (25, 1)


def test_too_few_samples_are_refused(recording):
    extractor, _ = recording
    with pytest.raises(InputError, match=r"Expected 20 samples\. Received: 8"):
        extractor(np.zeros((8, 4, 4, 1), np.uint8), 20)
    with pytest.raises(InputError, match=r"Expected 1 samples\. Received: 0"):
        extractor(iter(()))
    with pytest.raises(InputError, match="count >= 1"):
        extractor(np.zeros((8, 4, 4, 1), np.uint8), 0)


def test_floats_are_seen_as_a_file_would_hold_them(recording):
    extractor, seen = recording
    extractor(np.linspace(-1.0, 1.0, 256).reshape(1, 16, 16, 1))
    np.testing.assert_array_equal(seen[0][0].ravel(), np.arange(256))


def test_bad_images_are_refused(recording):
    extractor, _ = recording
    with pytest.raises(InputError, match=r"They look like 0\.\.255 kept as floats"):
        extractor(np.full((2, 4, 4, 1), 255.0))
    with pytest.raises(InputError, match="NaN"):
        extractor(np.full((2, 4, 4, 1), np.nan))
    with pytest.raises(InputError, match=r"\(4, 4, 1\), a later one=\(4, 4, 3\)"):
        extractor(iter([np.zeros((2, 4, 4, 1)), np.zeros((2, 4, 4, 3))]))
    with pytest.raises(InputError, match=r"\[N, H, W, C\]"):
        extractor(np.zeros((2, 2)))


def test_drawn_asks_for_each_seed_once():
    asked = []

    def sample(seeds):
        asked.extend(seeds)
        return np.array([[seed] for seed in seeds], np.float32)

    samples = np.concatenate(list(_extractors.draw_samples(sample, 10, first_seed=5, batch_size=4)))
    assert asked == list(range(5, 15))
    np.testing.assert_array_equal(samples[:, 0], asked)
    one = np.concatenate(list(_extractors.draw_samples(sample, 10, first_seed=5, batch_size=1)))
    np.testing.assert_array_equal(one, samples)


def test_raw_points_and_images(random):
    extractor = _extractors.raw()
    points = random.normal(size=(100, 2))
    np.testing.assert_array_equal(extractor(points).pooled, points.astype(np.float32))
    assert extractor(points).logits is None
    images = random.integers(0, 256, size=(3, 2, 2, 1), dtype=np.uint8)
    expected = images.reshape(3, 4) / 127.5 - 1.0
    np.testing.assert_allclose(extractor(images).pooled, expected, rtol=0, atol=1e-6)
    np.testing.assert_allclose(
        extractor(expected.reshape(images.shape)).pooled, expected, atol=1e-6
    )
    with pytest.raises(InputError, match="NaN"):
        extractor(np.array([[np.nan, 1.0]]))


def test_grey_becomes_colour():
    grey = np.arange(4, dtype=np.uint8).reshape(1, 2, 2, 1)
    colour = _extractors.as_colour(grey)
    assert colour.shape == (1, 2, 2, 3)
    np.testing.assert_array_equal(colour[..., 2], grey[..., 0])
    assert _extractors.as_colour(colour) is colour
    with pytest.raises(InputError, match="1 or 3 channels"):
        _extractors.as_colour(np.zeros((1, 2, 2, 4)))


def test_what_a_network_is_given(random):
    given = []

    def network(pixels):
        given.append(pixels)
        return pixels.mean(axis=(1, 2)), None

    extractor = _extractors.wrap_network("test", network, "0", "tf1", 4, 128.0, 128.0)
    images = random.integers(0, 256, size=(2, 2, 2, 1), dtype=np.uint8)
    extractor(images)
    assert given[0].shape == (64, 4, 4, 3)
    np.testing.assert_allclose(given[0][:2, ::2, ::2, 1], images[..., 0] / 128.0 - 1.0, atol=1e-6)
    assert extractor.resize == "tf1"
