"""What a classifier says of a generator: classes it makes, in which shares, and what they teach."""

from typing import NamedTuple

import numpy as np

from kgan.errors import InputError, check_whole
from kgan.images import to_uint8
from kgan.metrics import _classifier, _validation
from kgan.theory import divergences


class ClassShares(NamedTuple):
    """Which classes a labelling function finds among generated samples.

    Attributes:
        covered: number of classes that the real samples have and at least one fake has.
        classes: number of classes that the real samples have.
        kl: KL(fake shares ‖ real shares) in nats; inf if a fake has a class no real one has.
        real: [K] shares of the real samples.
        fake: [K] shares of the fake samples.
    """

    covered: int
    classes: int
    kl: float
    real: np.ndarray
    fake: np.ndarray


def class_shares(real_labels, fake_labels):
    """Compares the classes of real and of fake samples.

    Args:
        real_labels: [N] integers from 0: given, or `logits.argmax(axis=1)` of an extractor.
        fake_labels: [M] integers, of the same labelling function.

    Returns:
        `ClassShares`.

    Example:
        >>> class_shares([0, 1, 1, 2], [1, 1])[:3]
        (1, 3, 0.6931471805599453)

    Reference: Section 3.3, Metz et al. 2017, arXiv:1611.02163 (modes and reverse KL).
    """
    real_labels, fake_labels = np.asarray(real_labels), np.asarray(fake_labels)
    real = _validation.labels("real_labels", real_labels, real_labels.size)
    fake = _validation.labels("fake_labels", fake_labels, fake_labels.size)
    if not real.size or not fake.size:
        raise InputError(f"Expected labels of both. Received: {real.size} real, {fake.size} fake.")
    classes = int(max(real.max(), fake.max())) + 1
    real, fake = (np.bincount(labels, minlength=classes) / labels.size for labels in (real, fake))
    covered = int(((real > 0) & (fake > 0)).sum())
    return ClassShares(covered, int((real > 0).sum()), divergences.kl(fake, real), real, fake)


def accuracy(logits, labels):
    """Returns the share of rows whose largest logit is the label's, in [0, 1].

    Args:
        logits: [N, K] of an extractor.
        labels: [N] integers from 0, e.g. the classes a conditional generator was asked for.
    """
    logits = _validation.rows("logits", logits, least=1)
    labels = _validation.labels("labels", labels, len(logits))
    return float((logits.argmax(axis=1) == labels).mean())


def classification_accuracy_score(images, labels, test_images, test_labels, seed=0, steps=800):
    """Returns the accuracy on real images of a classifier trained on generated ones only.

    Set it beside the same number for real training images: what is missing are classes the
    generator does not make, or makes wrongly. FID and Inception Score may rank otherwise.

    Args:
        images: [N, H, W, C] generated, uint8 or floating point in [-1, 1].
        labels: [N] the classes that were asked for.
        test_images: [M, H, W, C] real.
        test_labels: [M].
        seed: of the classifier's weights and batches.
        steps: batches of 64 it is trained for.

    Returns:
        top-1 accuracy in [0, 1].

    Raises:
        InputError: images of two shapes, or labels that do not fit.

    Reference: Section 3, Ravuri and Vinyals 2019, arXiv:1905.10887.
    Differs from the paper: a small convolutional network in place of a ResNet-50.
    """
    images, test_images = _validation.image_pair(images, test_images)
    labels = _validation.labels("labels", labels, len(images))
    test_labels = _validation.labels("test_labels", test_labels, len(test_images))
    check_whole(1, steps=steps)
    classes = int(max(labels.max(), test_labels.max())) + 1
    network = _classifier.small_network(images.shape[1:], classes, seed)
    _classifier.train(network, to_uint8(images), labels, seed, steps)
    extractor = _classifier.extractor_of(network, images.shape[1:])
    return accuracy(extractor(test_images).logits, test_labels)
