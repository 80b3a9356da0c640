"""The small classifier: learns, is cached by content, and refuses what it was not trained on."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _classifier


@pytest.fixture(autouse=True)
def quick(tmp_path, monkeypatch):
    monkeypatch.setenv("KGAN_CACHE", str(tmp_path))
    monkeypatch.setattr(_classifier.train, "__defaults__", (60,))


@pytest.fixture
def halves(random):
    """Pictures that are bright above or below, with noise."""
    labels = random.integers(0, 2, size=200)
    images = random.integers(0, 100, size=(200, 8, 8, 1))
    images[labels == 0, :4] += 100
    images[labels == 1, 4:] += 100
    return images.astype(np.uint8), labels


def test_it_learns_and_is_cached_by_content(halves, tmp_path, monkeypatch):
    held_out, answers = halves[0][150:], halves[1][150:]
    images, labels = halves[0][:150], halves[1][:150]
    first = _classifier.classifier(images, labels)
    features = first(held_out)
    assert features.pooled.shape == (50, _classifier.FEATURES)
    assert (features.logits.argmax(axis=1) == answers).mean() > 0.95
    assert np.square(first(images).pooled).mean() == pytest.approx(1.0, rel=1e-4)
    (path,) = tmp_path.iterdir()
    monkeypatch.setattr(_classifier, "train", None)  # a second training would fail
    again = _classifier.classifier(images.copy(), labels.astype(np.int32))
    assert again.sha256 == first.sha256
    np.testing.assert_array_equal(again(images).pooled, first(images).pooled)
    others = ((images[1:], labels[1:], 0), (images, 1 - labels, 0), (images, labels, 1))
    for other_images, other_labels, seed in others:
        with pytest.raises(TypeError):
            _classifier.classifier(other_images, other_labels, seed)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"is damaged .* it is made again"):
        _classifier.classifier(images, labels)


def test_training_is_a_function_of_the_seed(halves, monkeypatch):
    monkeypatch.setattr(_classifier.train, "__defaults__", (3,))
    images, labels = halves
    one, same, other = (
        _classifier.classifier(images, labels, seed, cached=False).sha256 for seed in (3, 3, 4)
    )
    assert one == same != other


def test_rounding_does_not_make_another_network(halves, random):
    """Labels of noise, which take long to learn: rectifiers differ by a tenth after 200 steps."""
    images, labels = halves[0], random.integers(0, 2, size=200)
    features = []
    for rounded in (lambda weight: weight, lambda weight: np.nextafter(weight, np.float32(1))):
        network = _classifier.build_network((8, 8, 1), 2, seed=0)
        network.set_weights([rounded(weight) for weight in network.get_weights()])
        _classifier.train(network, images, labels, seed=0, steps=200)
        features.append(_classifier.wrap_classifier(network, (8, 8, 1))(images).pooled)
    one, other = features
    np.testing.assert_allclose(other, one, rtol=0, atol=1e-5 * np.abs(one).max())


def test_other_pictures_are_refused(halves):
    images, labels = halves
    network = _classifier.build_network((8, 8, 1), 2, seed=0)
    extractor = _classifier.wrap_classifier(network, (8, 8, 1))
    with pytest.raises(InputError, match=r"images of \(8, 8, 1\), which the classifier"):
        extractor(np.zeros((2, 16, 16, 1), np.uint8))
    with pytest.raises(InputError, match="at least 2 classes"):
        _classifier.classifier(images, np.zeros(200, int))
    with pytest.raises(InputError, match="Expected labels as integers"):
        _classifier.classifier(images, labels[:-1])
