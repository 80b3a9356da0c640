"""Computes scores by name: from features to a card."""

import functools
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.metrics import (
    _classification,
    _color,
    _fid,
    _image_quality,
    _inception_score,
    _kid,
    _memorisation,
    _modes,
    _prdc,
    _swd,
    _tfgan,
    _validation,
)
from kgan.metrics._extractors import Extractor, Features
from kgan.metrics.card import (
    COPY_RATE_LIMIT,
    CT_LIMIT,
    PAIR_METRICS,
    SIGNAL_METRICS,
    TEXT_METRICS,
    VARIETY,
    Card,
    MetricName,
    Score,
    resolve_name,
)
from kgan.types import Array

# Samples and features for TF-GAN, which makes several float64 copies of them and of covariances.
_CHECKED, _CHECKED_FEATURES = 2000, 1024
_OF_ONE = {  # of pictures alone, to be compared with that of their targets
    "sharpness": _image_quality.sharpness,
    "colorfulness": _color.colorfulness,
}
_BIASED = 0.1  # share of a distance that may be bias before a warning says so


class _Compared:
    """Real and fake features, and values of them that several metrics share, computed once."""

    def __init__(self, real, fake, train, reference, mixture, held_out, extractor):
        _validation.check_same("real", real.pooled, "fake", fake.pooled)
        self.real, self.fake, self.train = real, fake, train
        self._reference = reference
        self._mixture = mixture
        self.held_out = held_out
        self._extractor = extractor

    def check_extractor(self, name):
        """Refuses features of another extractor, for a metric that is about these alone."""
        if self._extractor != name:
            raise InputError(
                f"Expected features of {name} for this metric. Received: {self._extractor}. "
                f"Give --extractor {name}, or leave it out."
            )

    @property
    def real_moments(self):
        return self._reference()

    @functools.cached_property
    def fake_moments(self):
        return _fid.moments(self.fake.pooled)

    @functools.cached_property
    def neighbourhoods(self):
        return _prdc.neighbourhoods(self.real.pooled, self.fake.pooled)

    @functools.cached_property
    def precision_recall(self):
        """Returns both, which need fewer samples than density and coverage."""
        if min(len(self.real.pooled), len(self.fake.pooled)) > _prdc.DENSITY_NEIGHBOURS:
            return self.neighbourhoods[:2]
        return _prdc.precision_recall(self.real.pooled, self.fake.pooled)

    @functools.cached_property
    def shares(self):
        real, fake = (_logits(side, features) for side, features in self._sides())
        return _classification.class_shares(real.argmax(axis=1), fake.argmax(axis=1))

    def ideal_authenticity(self):
        """Returns the authenticity of real samples."""
        unseen = self.real.pooled if self.held_out else None
        return _memorisation.ideal_authenticity(self.trained_on, unseen)

    @functools.cached_property
    def modes(self):
        return _modes.count_modes(self.fake.pooled, *self.mixture)

    @property
    def mixture(self):
        if self._mixture is None:
            raise InputError(
                "Expected samples of a known mixture, to count its modes. Received: mixture=None. "
                "Take ring or grid, or leave modes and high_quality_rate out."
            )
        return self._mixture

    @property
    def trained_on(self):
        if self.train is None:
            raise InputError(
                "Expected the features of the training set, to look for copies of it. "
                "Received: train=None. Give train, or leave ct, authenticity and copies out."
            )
        return self.train.pooled

    def labels(self, side):
        """Returns the labels [N] of a side's samples."""
        features = dict(self._sides())[side]
        if features.labels is None:
            raise InputError(
                "Expected samples of labelled classes, for conditional_accuracy, intra_fid and "
                f"intra_recall. Received: {side} samples without labels. Take labelled data and a "
                "run that takes labels."
            )
        return features.labels

    def conditional_accuracy(self, side):
        """Returns the share of a side's samples that the extractor classifies as their labels."""
        return _classification.accuracy(_logits(side, dict(self._sides())[side]), self.labels(side))

    def average_over_classes(self, compare):
        """Returns the mean of a comparison of real and fake samples within each class."""
        real, fake = self.labels("real"), self.labels("fake")
        values = compare(self.real.pooled, real, self.fake.pooled, fake)
        return float(np.mean(list(values.values())))

    def _sides(self):
        return ("real", self.real), ("fake", self.fake)


def _logits(side, features):
    if features.logits is None:
        raise InputError(
            f"Expected an extractor that names classes. Received: {side} features without logits. "
            "Take classifier or inception, or leave is, classes, kl and conditional_accuracy out."
        )
    return features.logits


_COMPUTED = {
    "fid": lambda both: _fid.fid(both.real_moments, both.fake_moments),
    "kid": lambda both: _kid.kid(both.real.pooled, both.fake.pooled),
    "is": lambda both: _inception_score.inception_score(_logits("fake", both.fake)),
    "precision": lambda both: both.precision_recall[0],
    "recall": lambda both: both.precision_recall[1],
    "density": lambda both: both.neighbourhoods.density,
    "coverage": lambda both: both.neighbourhoods.coverage,
    "swd": lambda both: _swd.swd(both.real.pooled, both.fake.pooled),
    "classes": lambda both: float(both.shares.covered),
    "kl": lambda both: both.shares.kl,
    "conditional_accuracy": lambda both: both.conditional_accuracy("fake"),
    "intra_fid": lambda both: both.average_over_classes(_fid.intra_class_fid),
    "intra_recall": lambda both: both.average_over_classes(_prdc.intra_class_recall),
    "ct": lambda both: (
        _memorisation.data_copying(both.trained_on, both.real.pooled, both.fake.pooled).value
    ),
    "authenticity": lambda both: _memorisation.authentic_share(both.trained_on, both.fake.pooled),
    "copies": lambda both: _memorisation.copy_rate(both.trained_on, both.fake.pooled).rate,
    "modes": lambda both: float(both.modes.covered),
    "high_quality_rate": lambda both: both.modes.high_quality_rate,
}

_IDEAL = {
    "kid": lambda both: 0.0,
    "density": lambda both: 1.0,
    "coverage": lambda both: _prdc.ideal_coverage(len(both.real.pooled), len(both.fake.pooled)),
    "classes": lambda both: float(both.shares.classes),
    "kl": lambda both: 0.0,
    "conditional_accuracy": lambda both: both.conditional_accuracy("real"),
    "ct": lambda both: 0.0,
    "authenticity": lambda both: both.ideal_authenticity(),
    "copies": lambda both: 0.01,
    "modes": lambda both: float(len(both.mixture[0])),
    "high_quality_rate": lambda both: _modes.ideal_high_quality_rate(both.real.pooled.shape[1]),
}

_BY_TFGAN = {
    "fid": (_fid.fid, _tfgan.fid),
    "kid": (lambda real, fake: float(_kid.kid_blocks(real, fake).mean()), _tfgan.kid),
    "is": (
        lambda real, fake: _inception_score.inception_score(fake),
        lambda real, fake: _tfgan.inception_score(fake),
    ),
}


def measure(
    names: Iterable[str],
    real: Features,
    fakes: Features | list[Features],
    extractor: Extractor,
    train: Features | None = None,
    seeds: Sequence[int] = (),
    notes: Sequence[str] = (),
    mixture: tuple[ArrayLike, float] | None = None,
    compare_tfgan: bool = True,
    held_out: bool = True,
) -> Card:
    """Returns the `Card` of the metrics named.

    Args:
        names: metric names, short (`"fid"`) or with settings, which must then be those used here.
        real: `Features` of real samples.
        fakes: `Features` of generated samples, or a list of them, one for each repeat.
        extractor: the `Extractor` that made them.
        train: `Features` of the training set, for `ct`, `authenticity` and `copies`.
        seeds: first seed of each repeat, for the card.
        notes: lines about the data, for the card.
        mixture: `(centres [M, D], scale)` of a known mixture, for `modes` and `high_quality_rate`.
        compare_tfgan: compute FID, KID and Inception Score by TF-GAN too, on the first repeat and
            at most 2,000 samples and 1,024 features of each, and say whether they agree.
        held_out: whether `real` are samples that the generator was not trained on, as `ct` needs;
            if so, `authenticity` is compared with theirs.

    Raises:
        InputError: unknown names, other settings than these samples', or features that do not fit.

    Example:
        >>> card = measure(["fid", "recall"], real, fakes, extractor)
        >>> card["fid"].value, card["fid"].sd
        (3.217, 0.041)
    """
    fakes = list(fakes) if isinstance(fakes, list) else [fakes]
    counts = {len(fake.pooled) for fake in fakes}
    if len(counts) != 1:
        raise InputError(f"Expected repeats of one size. Received: {sorted(counts)} samples.")
    known = MetricName("", extractor.name, counts.pop(), extractor.resize)
    names = [resolve_name(name, known) for name in names]
    for name in names:
        if name.metric in (*PAIR_METRICS, *SIGNAL_METRICS, *TEXT_METRICS, VARIETY):
            raise InputError(
                f"Expected metrics of features. Received: {name.metric}, of pairs of pictures, of "
                "signals or of conditions. See measure_pairs, measure_signals and "
                "conditional_variety."
            )
    reference = functools.cache(lambda: _fid.moments(real.pooled))  # one for all repeats
    compared = [
        _Compared(real, fake, train, reference, mixture, held_out, extractor.name) for fake in fakes
    ]
    return Card(
        tuple(_score(name, compared, compare_tfgan) for name in names),
        extractor.name,
        extractor.sha256,
        extractor.resize,
        len(real.pooled),
        known.samples,
        tuple(seeds),
        notes=tuple(notes),
    )


def measure_pairs(
    names: Iterable[str],
    targets: list[Array],
    outputs: list[Array],
    baselines: Mapping[str, Array] | None = None,
) -> tuple[Score, ...]:
    """Returns the `Score`s of pictures against their targets.

    Args:
        names: metric names of `PAIR_METRICS`.
        targets: list of images [N, H, W, C], one for each repeat.
        outputs: list of images [N, H, W, C], image i for target i.
        baselines: `{name: images}` that other answers to the first repeat are, to be scored beside.

    Example:
        >>> measure_pairs(["rmse"], [targets], [translated])[0].value
        0.087
    """
    names = [resolve_name(name, MetricName("", samples=len(targets[0]))) for name in names]
    metrics = [name.metric for name in names]
    pairs = zip(targets, outputs, strict=True)
    values = [_measure_pair(metrics, *pair) for pair in pairs]
    simple = {
        name: _measure_pair(metrics, targets[0], images)
        for name, images in (baselines or {}).items()
    }
    ideals = {"l1": 0.0, "rmse": 0.0, "ssim": 1.0, "delta_e": 0.0}
    for metric in {*metrics} & {*_OF_ONE}:
        ideals[metric] = _OF_ONE[metric](targets[0])
    return tuple(
        Score(
            name,
            tuple(each[name.metric] for each in values),
            ideals.get(name.metric),
            baselines={each: scores[name.metric] for each, scores in simple.items()},
        )
        for name in names
    )


def _measure_pair(metrics, target, output):
    """Returns `{metric: value}` of pictures against their targets."""
    errors = {}
    if {*metrics} & {*_image_quality.Reconstruction._fields}:
        errors = _image_quality.reconstruction(target, output)._asdict()
    if "delta_e" in metrics:
        errors["delta_e"] = _color.color_difference(target, output)
    return errors | {name: _OF_ONE[name](output) for name in metrics if name in _OF_ONE}


def _score(name, compared, compare_tfgan):
    compute = _COMPUTED[name.metric]
    first = compared[0]
    check = None
    if compare_tfgan and name.metric in _BY_TFGAN:  # before the moments, which need room too
        check = _agreement(name.metric, first)
    values = tuple(float(compute(both)) for both in compared)
    bias = None
    if name.metric == "fid" and min(first.real_moments.count, first.fake_moments.count) >= 4:
        bias = _fid.fid_bias(first.real_moments, first.fake_moments)
    ideal = _IDEAL[name.metric](first) if name.metric in _IDEAL else None
    warnings = tuple(_warnings(name, first, float(np.mean(values)), bias, check))
    return Score(name, values, ideal, bias, None if check is None else str(check), warnings)


def _agreement(metric, both):
    if metric == "is":
        real, fake = None, _logits("fake", both.fake)[:_CHECKED]
        whole = len(fake) == len(both.fake.pooled)
    else:
        part = np.s_[:_CHECKED, :_CHECKED_FEATURES]
        real, fake = both.real.pooled[part], both.fake.pooled[part]
        whole = (real.shape, fake.shape) == (both.real.pooled.shape, both.fake.pooled.shape)
    own, theirs = _BY_TFGAN[metric]
    terms = {"fid": lambda: _square(real) + _square(fake), "kid": lambda: _kid.kernel_size(fake)}
    size = terms[metric]() if metric in terms else 0.0
    on = metric if whole else f"{metric} of a part, {len(fake)} x {fake.shape[1]}"
    return _tfgan.compare(on, own(real, fake), theirs(real, fake), size)


def _square(rows):
    """Returns the mean squared length of rows [N, D]."""
    return float(np.square(rows, dtype=np.float64).sum(axis=1).mean())


def _warnings(name, both, value, bias, check):
    real_count, fake_count = len(both.real.pooled), len(both.fake.pooled)
    width = both.real.pooled.shape[1]
    if name.metric == "fid" and min(real_count, fake_count) <= width:
        yield (
            f"{name}: {min(real_count, fake_count)} samples cannot fill the covariance of {width} "
            "features; draw several times as many"
        )
    if name.metric == "intra_fid":
        sides = (np.unique(both.labels(side), return_counts=True) for side in ("real", "fake"))
        least = min(counts.min() for _, counts in sides)
        if least <= width:
            yield (
                f"{name}: {least} samples of a class cannot fill the covariance of {width} "
                "features; draw several times as many"
            )
    if bias is not None and bias > _BIASED * value:
        yield f"{name}: about {bias:.3g} of {value:.4g} is due to so few samples; draw more"
    if real_count != fake_count and name.metric != "is":
        yield (
            f"{real_count} real and {fake_count} generated samples: compare only with scores of "
            "the same two counts"
        )
    if name.metric == "copies" and value > COPY_RATE_LIMIT:
        yield (
            f"{name}: {value:.1%} of the samples are nearer to a training sample than 99 % of the "
            "training samples are to each other: copies?"
        )
    if name.metric == "ct" and value < CT_LIMIT:
        yield f"{name}: samples are nearer to the training set than unseen real ones are: copies?"
    if name.metric in ("classes", "modes") and value < _IDEAL[name.metric](both):
        yield f"{name}: {value:.4g} of {_IDEAL[name.metric](both):.0f} found; the others are lost"
    if check is not None and not check.agrees:
        yield f"{name}: kgan and TF-GAN differ by more than 1e-4: {check}"
