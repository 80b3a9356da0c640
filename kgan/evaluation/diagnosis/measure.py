"""`Examiner`: measures of a GAN what `kgan.evaluation.diagnosis.findings` judges."""

import functools
import math
from collections.abc import Callable

import keras
import numpy as np
from scipy.spatial import cKDTree

from kgan import metrics
from kgan.data import Source
from kgan.errors import InputError, check_whole
from kgan.evaluation.diagnosis.measurements import (
    Classes,
    Copies,
    Diversity,
    Measurements,
    Reconstruction,
)
from kgan.evaluation.diagnosis.probe import find_largest, probe_step
from kgan.evaluation.reference import MIN_SAMPLES, build_reference
from kgan.evaluation.samples import BATCH, Samples, count_examples, gather
from kgan.evaluation.variety import describe_conditions, measure_variety
from kgan.images import to_uint8
from kgan.log import warn
from kgan.models.core.base import GAN
from kgan.progress import track
from kgan.types import Array

PSNR = "discriminator_psnr"  # as a critic that is an autoencoder logs it
_BATCH_SEED = 0  # of the batch that a round is played with
_SIDE = 32  # pixels, to which larger pictures are brought: a copy is one at that size too
_TRAIN_BYTES = 2**27  # for the training samples among which copies are looked for
_SEARCHED = 5000  # of them at most, where a large network reads them: a minute or two
_CLASS_SAMPLES = 5  # a class, on average, below which no classifier is trained
_REACH = 3.0  # root mean square distances from a class's mean, beyond which a point is of no class


class Examiner:
    """Measures GANs of one source; what depends on the data alone is computed once.

    Args:
        source: what is trained on.
        key: which picture of an example the generator makes, e.g. `"image"`.
        held_out: examples that are not trained on; or None, and then one half of labelled data is
            for a classifier to learn, and the other to compare with.
        samples: how many are made, at least 20; no more than there are real ones to compare with.
        batch_size: examples of the round that is played, as in training.

    Attributes:
        reference: the `Reference`.
        count: samples that are made, and real ones to compare with.

    Raises:
        InputError: for fewer samples.

    Example:
        >>> train, test = (open_source("digits", {"split": name}) for name in ("train", "test"))
        >>> examine = Examiner(train, "image", test)
        >>> examine(gan).diversity.spread
        0.98
    """

    def __init__(
        self,
        source: Source,
        key: str,
        held_out: Source | None = None,
        samples: int = 500,
        batch_size: int = 64,
    ):
        check_whole(MIN_SAMPLES, samples=samples)
        check_whole(1, batch_size=batch_size)
        labelled = "label" in source.spec and len(source.classes or ()) > 1
        enough = count_examples(source, key) >= 2 * MIN_SAMPLES
        halve = held_out is None and labelled and enough
        self.reference = build_reference(source, key, held_out, halve)
        self.count = min(samples, self.reference.real.count)
        self._source, self._held_out = source, held_out
        self._batch_size = batch_size

    def __call__(self, gan: GAN, losses: dict[str, list[float]] | None = None) -> Measurements:
        """Returns the `Measurements` of a GAN.

        Args:
            gan: the model, compiled or not; nothing of it is changed.
            losses: `{player's name: losses, one an epoch}`.
        """
        played = probe_step(gan, self._batch(self._source))
        weights = (variable for player in gan.players() for variable in player.variables)
        largest = {
            **played.largest,
            "weight": find_largest(map(keras.ops.convert_to_numpy, weights)),
        }
        measured = Measurements(
            rounds=gan.rounds,
            losses=losses or {},
            largest=largest,
            critics=played.critics,
            gradients=played.gradients,
            reconstruction=self._compare_reconstructions(gan, played),
        )
        if self.count < MIN_SAMPLES:
            return measured
        samples = self._make_samples(gan)
        if not all(np.isfinite(part).all() for part in samples):
            return measured._replace(largest={**largest, "sample": math.nan})
        features = self._extractor(samples, self.count).pooled
        return measured._replace(
            diversity=self.measure_diversity(features),
            classes=self.measure_classes(samples, features),
            copies=self.measure_copies(features) if self._may_copy(gan) else None,
            variety=self._measure_variety(gan),
        )

    def _batch(self, source):
        random = np.random.default_rng(_BATCH_SEED)
        return source.examples(random.permutation(source.count)[: self._batch_size])

    def _compare_reconstructions(self, gan, played):
        """Returns the `Reconstruction`, of the same random numbers; None where there is none."""
        if PSNR not in played.losses or self._held_out is None:
            return None
        other = probe_step(gan, self._batch(self._held_out))
        return Reconstruction(played.losses[PSNR], other.losses[PSNR])

    def _make_samples(self, gan):
        """Returns a list of batches of samples, pictures as uint8."""
        samples = Samples.from_gan(gan, self.reference.source, self.reference.order)
        total = -(-self.count // BATCH)
        batches = track(samples.batches(self.count), total, "Making samples, batches")
        # NaN is for the caller to see; the rest is rounded as a file would be.
        return [
            to_uint8(part) if part.ndim == 4 and np.isfinite(part).all() else part
            for part in batches
        ]

    def _measure_variety(self, gan):
        told = describe_conditions(gan, self._source)
        return None if told is None else measure_variety(told, self._extractor)

    def _may_copy(self, gan):
        """Whether copies say anything: points lie dense, and a translation should be its target."""
        translates = not all(condition.has_default for condition in gan.conditions)
        return self.reference.has_images and (self.reference.held_out or not translates)

    # ---- What is known of the data --------------------------------------------------------------

    @functools.cached_property
    def _extractor(self):
        """Makes features: of small pictures and points their values, of others what they show."""
        shape = self.reference.real.shape
        if not self.reference.has_images or max(shape[:2]) <= _SIDE:
            return metrics.raw()
        if not self.reference.source.characters:
            try:
                return metrics.open_extractor("efficientnet-lite0")
            except InputError as error:  # training must not end for want of a package
                warn(f"The doctor compares pictures by their pixels, made small. {error}")

        def run(images):
            small = metrics.resize_clean(images, _SIDE) / np.float32(127.5) - np.float32(1.0)
            return small.reshape(len(images), -1), None

        return metrics.Extractor("thumbnails", run, "", "clean")

    @functools.cached_property
    def real_features(self) -> Array:
        """The features [count, D] of real samples."""
        return self._look_up(self.reference.real, self.count)

    def _look_up(self, samples, count):
        """Returns the features of real samples, which a network need not read twice."""
        if not self._extractor.sha256:  # of pixels: quickly made
            return self._extractor(samples.batches(count), count).pooled
        batches = functools.partial(samples.batches, count)
        return metrics.reference_features(self._extractor, batches, count).pooled

    @functools.cached_property
    def _train_features(self):
        row = 4 * self.real_features.shape[1]
        count = min(self.reference.train.count, max(_TRAIN_BYTES // row, MIN_SAMPLES))
        if self._extractor.resize != "none" and self._extractor.sha256:
            count = min(count, _SEARCHED)
        return self._look_up(self.reference.train, count)

    @functools.cached_property
    def _near(self):
        """The distance at which the nearest 1 % of real samples have another."""
        return metrics.copy_threshold(self.real_features)

    @functools.cached_property
    def _real_different(self):
        return _count_different(self.real_features, self._near)

    @functools.cached_property
    def _unseen_rate(self):
        """The copy rate of real samples that were not trained on."""
        return metrics.copy_rate(self._train_features, self.real_features).rate

    @functools.cached_property
    def _reader(self):
        """What reads classes, the shares it reads in real samples, and those it reads wrongly.

        Pictures and signals are read by a classifier that has learnt the data's labels, points by
        the nearest class's mean. None without labels, or with too few samples.
        """
        reference = self.reference
        taught, classes = reference.taught, reference.source.classes
        if taught is None or taught.classes != classes:
            return None
        if self.count < _CLASS_SAMPLES * len(classes):
            return None
        points = not (reference.has_images or reference.has_signals)
        learn = _learn_means if points else self._learn_classifier
        read = learn(*taught.read())
        labels = read(reference.real.batches(self.count), self.real_features)
        true = gather(reference.real.labels, self.count)
        return read, *_read_shares(labels, true, len(classes))

    def _learn_classifier(self, images, labels):
        extractor = metrics.open_extractor("classifier", images, labels)
        return lambda samples, features: extractor(samples, self.count).logits.argmax(axis=1)

    # ---- What is measured of samples ------------------------------------------------------------

    def measure_diversity(self, features: Array) -> Diversity:
        """Returns the `Diversity` of samples with these features [count, D]."""
        wide = self.real_features.var(axis=0, dtype=np.float64).sum()
        spread = np.sqrt(features.var(axis=0, dtype=np.float64).sum() / wide) if wide else 1.0
        different = _count_different(features, self._near)
        return Diversity(len(features), float(spread), different, self._real_different)

    def measure_classes(self, samples: list[Array], features: Array) -> Classes | None:
        """Returns the `Classes` read in samples, or None where data name none.

        Args:
            samples: batches of `count` samples.
            features: [count, D] of them.
        """
        if self._reader is None:
            return None
        read, real, misread = self._reader
        labels = read(samples, features)
        known = labels[labels >= 0]
        shares = np.bincount(known, minlength=len(real)) / max(len(known), 1)
        names = self.reference.source.classes
        return Classes(len(known), len(labels), names, real, shares, misread)

    def measure_copies(self, features: Array) -> Copies:
        """Returns the `Copies` of pictures with these features [count, D]."""
        train = self._train_features
        rate = metrics.copy_rate(train, features).rate
        unseen = self._unseen_rate if self.reference.held_out else None
        ct = self._data_copying(features) if self.reference.held_out else None
        return Copies(rate, len(train), self.reference.train.count, unseen, ct)

    def _data_copying(self, features):
        try:
            both = self._train_features, self.real_features
            return metrics.data_copying(*both, features).value
        except InputError:  # few or collapsed samples leave no cell with enough of them
            return None


def _count_different(features, near):
    """Returns one over the share of pairs that are at most `near` apart, or over that of one."""
    count, alike = len(features), metrics.count_close_pairs(features, near)
    return count * (count - 1) / max(alike, 2)


def _learn_means(points, labels) -> Callable:
    """Returns the function that reads points as the class whose mean is nearest, −1 for none."""
    classes = np.unique(labels)
    parts = [points[labels == k] for k in classes]
    means = np.stack([part.mean(axis=0, dtype=np.float64) for part in parts])
    reach = np.array([np.sqrt(part.var(axis=0, dtype=np.float64).sum()) for part in parts])
    tree = cKDTree(means)

    def read(samples, features):
        del samples
        gaps, nearest = tree.query(features)
        return np.where(gaps <= _REACH * reach[nearest], classes[nearest], -1)

    return read


def _read_shares(labels, true, classes):
    """Returns the shares read of each class, and those that the other classes alone would have."""
    true, labels = true[labels >= 0], labels[labels >= 0]
    shares = np.bincount(labels, minlength=classes) / len(labels)
    wrong = np.bincount(labels[labels != true], minlength=classes)
    others = len(true) - np.bincount(true, minlength=classes)
    return shares, wrong / np.maximum(others, 1)
