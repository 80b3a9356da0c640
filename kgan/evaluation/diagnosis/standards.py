"""What the doctor holds samples against: real ones, the training set, and how to read them."""

import functools

import numpy as np
from scipy.spatial import cKDTree

from kgan.errors import InputError
from kgan.evaluation import samples as picking
from kgan.evaluation.diagnosis.measurements import Classes, Copies, Diversity
from kgan.images import from_uint8
from kgan.metrics import _distances, _extractors, _memorisation, _open, _resizing
from kgan.progress import track

LEAST = 20  # samples, for shares and neighbours to mean anything
_SIDE = 32  # pixels, to which larger pictures are brought: a copy is one at that size too
_ROOM = 2**27  # bytes for the training samples among which copies are looked for
_EACH = 5  # samples a class, on average, that a classifier is worth training for
_CHUNK = 256  # examples read at once
_TAUGHT = 50_000  # examples that the classifier may learn, at most
_REACH = 3.0  # root mean square distances from a class's mean, beyond which a point is of no class


class Standard:
    """Real samples of a source and what is known of them, computed when first asked for.

    Args:
        source: the `Source` that is trained on.
        key: which picture of an example a generator should make.
        held_out: a `Source` of examples that are not trained on; or None, and then one half of
            labelled data is for the classifier to learn, and the other to compare with.
        samples: real ones to compare with, at most.

    Attributes:
        count: real samples to compare with.
        source: the `Source` of those.
        order: their numbers in it, the first `count` of which are compared with.
    """

    def __init__(self, source, key, held_out, samples):
        self.held_out = held_out is not None
        self.source = held_out if self.held_out else source
        order = picking.shuffled(picking.side_count(self.source, key))
        labelled = "label" in source.spec and source.classes == self.source.classes
        labelled = labelled and len(source.classes or ()) > 1
        taught = picking.shuffled(picking.side_count(source, key))[:_TAUGHT]
        if labelled and not self.held_out and len(order) >= 2 * LEAST:
            taught, order = np.split(order, [len(order) // 2])
        self.order = order
        self.count = min(samples, len(order))
        self.pictures = len(source.spec[key].shape) == 3
        self._taught = (source, key, taught[:_TAUGHT]) if labelled else None
        self._samples = picking.from_source(self.source, key, order)
        self._training = picking.from_source(source, key)

    @functools.cached_property
    def features(self):
        """The extractor of pixels, large pictures made small, or of points."""
        shape = self._samples.shape
        if not self.pictures or max(shape[:2]) <= _SIDE:
            return _extractors.raw()

        def run(images):
            small = from_uint8(_resizing.clean(images, _SIDE))
            return small.reshape(len(images), -1), None

        return _extractors.Extractor("thumbnails", run, "", "clean")

    @functools.cached_property
    def real(self):
        """The features [count, D] of real samples."""
        return self.features(self._samples.batches(self.count), self.count).pooled

    # ---- Diversity --------------------------------------------------------------------------

    def diversity(self, features):
        """Returns the `Diversity` of samples with these features [count, D]."""
        wide = self.real.var(axis=0, dtype=np.float64).sum()
        spread = np.sqrt(features.var(axis=0, dtype=np.float64).sum() / wide) if wide else 1.0
        different = _different(features, self._near)
        return Diversity(len(features), float(spread), different, self._real_different)

    @functools.cached_property
    def _near(self):
        """The distance at which the nearest 1 % of real samples have another."""
        gaps = _distances.neighbour_distances(self.real, 1, "Real neighbours, tiles")
        return float(np.quantile(gaps, 0.01))

    @functools.cached_property
    def _real_different(self):
        return _different(self.real, self._near)

    # ---- Classes ----------------------------------------------------------------------------

    def classes(self, samples, features):
        """Returns the `Classes` read in samples with these features, or None without labels."""
        if self._reading is None:
            return None
        read, real, misread = self._reading
        everything = read(samples, features)
        found = everything[everything >= 0]
        shares = np.bincount(found, minlength=len(real)) / max(len(found), 1)
        return Classes(len(found), len(everything), self.source.classes, real, shares, misread)

    @functools.cached_property
    def _reading(self):
        """What reads classes, the shares it reads in real samples, and those it reads wrongly.

        Pictures are read by a classifier that has learnt the data's labels, points by the nearest
        class's mean.
        """
        classes = len(self.source.classes or ())
        if self._taught is None or self.count < _EACH * classes:
            return None
        source, key, numbers = self._taught
        samples, labels = _read(source, numbers, (key, "label"))
        learn = self._by_classifier if self.pictures else _by_mean
        read = learn(samples, labels)
        found = read(self._samples.batches(self.count), self.real)
        (true,) = _read(self.source, self.order[: self.count], ("label",))
        return read, *_read_shares(found, true, classes)

    def _by_classifier(self, images, labels):
        extractor = _open.open_extractor("classifier", images, labels)
        return lambda samples, features: extractor(samples, self.count).logits.argmax(axis=1)

    # ---- Copies -----------------------------------------------------------------------------

    def copies(self, features):
        """Returns the `Copies` of pictures with these features [count, D]."""
        rate = _memorisation.copy_rate(self._train, features).rate
        unseen = self._unseen if self.held_out else None
        ct = self._data_copying(features) if self.held_out else None
        return Copies(rate, len(self._train), self._training.count, unseen, ct)

    def _data_copying(self, features):
        try:
            return _memorisation.data_copying(self._train, self.real, features).value
        except InputError:  # few or collapsed samples leave no cell with enough of them
            return None

    @functools.cached_property
    def _train(self):
        row = 4 * self.real.shape[1]
        count = min(self._training.count, max(_ROOM // row, LEAST))
        return self.features(self._training.batches(count), count).pooled

    @functools.cached_property
    def _unseen(self):
        """The copy rate of real samples that were not trained on."""
        return _memorisation.copy_rate(self._train, self.real).rate


def _read(source, numbers, keys):
    """Returns the arrays [N, ...] of some keys of the examples with these numbers."""
    starts = range(0, len(numbers), _CHUNK)
    parts = [
        source.examples(numbers[start : start + _CHUNK])
        for start in track(starts, len(starts), "Reading examples, batches")
    ]
    return [np.concatenate([part[key] for part in parts]) for key in keys]


def _different(features, near):
    """Returns one over the share of pairs that are at most `near` apart, or over that of one."""
    slack = _distances.uncertainty(features, features)
    found = _distances.tiles(features, features, "Pairs of samples, tiles")
    count = len(features)
    alike = sum(int((tile.squared <= near**2 + slack).sum()) for tile in found) - count
    return count * (count - 1) / max(alike, 2)


def _by_mean(points, labels):
    """Returns the function that reads points as the class whose mean is nearest, −1 for none."""
    there = np.unique(labels)
    held = [points[labels == k] for k in there]
    means = np.stack([part.mean(axis=0, dtype=np.float64) for part in held])
    reach = np.array([np.sqrt(part.var(axis=0, dtype=np.float64).sum()) for part in held])
    tree = cKDTree(means)

    def read(samples, features):
        del samples
        gaps, nearest = tree.query(features)
        return np.where(gaps <= _REACH * reach[nearest], there[nearest], -1)

    return read


def _read_shares(found, true, classes):
    """Returns the shares read of each class, and those that the other classes alone would have."""
    true, found = true[found >= 0], found[found >= 0]
    shares = np.bincount(found, minlength=classes) / len(found)
    wrong = np.bincount(found[found != true], minlength=classes)
    others = len(true) - np.bincount(true, minlength=classes)
    return shares, wrong / np.maximum(others, 1)
