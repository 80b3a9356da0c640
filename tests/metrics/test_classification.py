"""Shares of classes by hand; what generated labels teach."""

import numpy as np
import pytest

from kgan.errors import InputError
from kgan.metrics import _classification


def test_dropped_classes_and_their_divergence():
    real = np.repeat(np.arange(10), 30)
    shares = _classification.class_shares(real, np.repeat(np.arange(7), 11))
    assert (shares.covered, shares.classes) == (7, 10)
    assert shares.kl == pytest.approx(np.log(10 / 7))
    assert _classification.class_shares(real, real[::-1]).kl == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(shares.fake, [1 / 7] * 7 + [0] * 3)


def test_a_class_that_no_real_sample_has():
    shares = _classification.class_shares([0, 1], [1, 2, 2])
    assert (shares.covered, shares.classes, shares.kl) == (1, 2, np.inf)


def test_accuracy():
    logits = np.array([[1.0, 2.0], [3.0, 0.0], [0.0, 1.0]])
    assert _classification.accuracy(logits, [1, 0, 0]) == pytest.approx(2 / 3)


def pictures(random, labels):
    images = random.integers(0, 100, size=(len(labels), 8, 8, 1))
    images[labels == 0, :4] += 100
    images[labels == 1, 4:] += 100
    return images.astype(np.uint8)


def test_right_labels_teach_and_wrong_ones_mislead(random):
    labels = random.integers(0, 2, size=200)
    generated, test = pictures(random, labels), pictures(random, labels)
    score = _classification.classification_accuracy_score
    assert score(generated, labels, test, labels, steps=40) > 0.8
    assert score(generated, 1 - labels, test, labels, steps=40) < 0.2


def test_bad_input_is_one_line():
    with pytest.raises(InputError, match="0 fake"):
        _classification.class_shares([0, 1], np.array([], int))
    with pytest.raises(InputError, match="real_labels"):
        _classification.class_shares([0.5], [1])
    with pytest.raises(InputError, match="of one shape"):
        _classification.classification_accuracy_score(
            np.zeros((2, 8, 8, 1)), [0, 1], np.zeros((2, 8, 8, 3)), [0, 1]
        )
