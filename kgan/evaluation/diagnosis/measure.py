"""Measures what `kgan.evaluation.diagnosis.findings` judges: of a GAN, on its data."""

import math

import keras
import numpy as np

from kgan.errors import check_whole
from kgan.evaluation import samples as picking
from kgan.evaluation.diagnosis.measurements import Measurements
from kgan.evaluation.diagnosis.probe import largest_of, overhear
from kgan.evaluation.diagnosis.standards import LEAST, Standard
from kgan.images import to_uint8
from kgan.metrics import _extractors
from kgan.progress import track

_BATCH = 0  # seed of the batch that a round is played with


class Examination:
    """Examines GANs of one source; what it knows of the data is computed once.

    Args:
        source: the `Source` that is trained on.
        key: which picture of an example the generator makes, e.g. `"image"`.
        held_out: a `Source` of examples that are not trained on, or None.
        samples: how many are made, at least 20; no more than there are real ones to compare with.
        batch_size: examples of the round that is played, as in training.

    Raises:
        InputError: for fewer samples.

    Example:
        >>> train, test = (open_source("digits", {"split": name}) for name in ("train", "test"))
        >>> examine = Examination(train, "image", test)
        >>> examine(gan).diversity.spread
        0.98
    """

    def __init__(self, source, key, held_out=None, samples=500, batch_size=64):
        check_whole(LEAST, samples=samples)
        check_whole(1, batch_size=batch_size)
        self.standard = Standard(source, key, held_out, samples)
        self._source = source
        self._batch_size = min(batch_size, source.count)

    def __call__(self, gan, losses=None):
        """Returns the `Measurements` of a GAN.

        Args:
            gan: a `GAN`, compiled or not; nothing of it is changed.
            losses: `{player's name: losses, one an epoch}`.
        """
        played = overhear(gan, self._batch())
        weights = (variable for player in gan.players() for variable in player.variables)
        largest = {**played.largest, "weight": largest_of(map(keras.ops.convert_to_numpy, weights))}
        measured = Measurements(
            rounds=gan.rounds,
            losses=losses or {},
            largest=largest,
            critics=played.critics,
            gradients=played.gradients,
        )
        if self.standard.count < LEAST:
            return measured
        samples = self._made(gan)
        if not all(np.isfinite(part).all() for part in samples):
            return measured._replace(largest={**largest, "sample": math.nan})
        features = self.standard.features(samples, self.standard.count).pooled
        return measured._replace(
            diversity=self.standard.diversity(features),
            classes=self.standard.classes(samples, features),
            copies=self.standard.copies(features) if self._may_copy(gan) else None,
        )

    def _batch(self):
        random = np.random.default_rng(_BATCH)
        return self._source.examples(random.permutation(self._source.count)[: self._batch_size])

    def _made(self, gan):
        """Returns a list of batches of samples, pictures as uint8."""
        count = self.standard.count
        samples = picking.from_gan(gan, self.standard.source, self.standard.order)
        batches = samples.batches(count)
        made = track(batches, -(-count // _extractors.BATCH), "Making samples, batches")
        # NaN is for the caller to find; the rest is rounded as a file would be.
        return [
            to_uint8(part) if part.ndim == 4 and np.isfinite(part).all() else part for part in made
        ]

    def _may_copy(self, gan):
        """Whether copies say anything: points lie dense, and a translation should be its target."""
        translates = bool(set(gan.batch_keys) - {gan.real_key, "label"})
        return self.standard.pictures and (self.standard.held_out or not translates)
