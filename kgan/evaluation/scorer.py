"""`Scorer`: features of real and generated samples, and the metric card of them."""

import dataclasses
import functools
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from kgan import metrics
from kgan.errors import InputError
from kgan.evaluation.reference import Reference
from kgan.evaluation.samples import Samples, gather
from kgan.evaluation.variety import measure_variety
from kgan.metrics import card as cards

_CLASSES = ("is", "classes", "kl")
_LABELLED = ("conditional_accuracy", "intra_fid", "intra_recall")
_ACCURACY = "conditional_accuracy"
_READ = 2000  # samples whose class is read by a classifier beside the extractor, at most
_COPIES = ("ct", "authenticity", "copies")
_MODES = ("modes", "high_quality_rate")
_UNSEEN = "the real samples are of classes that the classifier was not taught: it cannot name them"
_WIDEST = 2048  # features up to which the Fréchet distance is computed unasked
_SEARCHED = 50_000  # training samples among which copies are looked for, at most
_TRAIN_BYTES = 2**29  # that the features of these may take


class ScoreResult(NamedTuple):
    """A card, and the features it was computed from.

    Attributes:
        card: the scores.
        real: features of the real samples.
        fake: features of the first repeat.
        train: features of the training set, or None where no metric of copies is among the scores.
    """

    card: cards.Card
    real: metrics.Features
    fake: metrics.Features
    train: metrics.Features | None


class Scorer:
    """Scores generated samples, once or again and again while they get better.

    Features of real samples and of the training set are computed once.

    Args:
        names: metric names, or None for those that the data and the extractor allow.
        extractor: what makes features.
        generated: what is scored.
        reference: what it is compared with.
        real_count: real samples to compare with.

    Raises:
        InputError: a metric that these data or this extractor do not have.
    """

    def __init__(
        self,
        names: Sequence[str] | None,
        extractor: metrics.Extractor,
        generated: Samples,
        reference: Reference,
        real_count: int,
    ):
        _check(names, generated, reference)
        self._extractor, self._generated, self._reference = extractor, generated, reference
        real = _look_up_features(extractor, reference.real, real_count)
        self._unseen = _has_unseen_classes(real, reference)
        real = self._drop_unseen(real)
        _check_classes(names, real, extractor, reference)
        self._with_ct = names is None and reference.has_images and reference.held_out
        self._asked = names is not None
        names = names or _default_names(real, generated, reference)
        names, self._paired = _split_names(names, cards.PAIR_METRICS)
        names, self._of_signals = _split_names(names, cards.SIGNAL_METRICS)
        names, varied = _split_names(names, (cards.VARIETY,))
        self._varied = bool(varied)
        elsewhere = () if _names_classes(real, reference) else (_ACCURACY,)
        self._names, read = _split_names(names, elsewhere)
        self._reads_classes = bool(read)
        self._labelled = bool(_split_names(self._names, _LABELLED)[1])
        self._train, self._notes = _train_features(self._names, extractor, real, reference)
        self._notes += (_UNSEEN,) if self._unseen else ()
        self._real = self._add_labels(real, reference.real, 0)

    def score(
        self,
        count: int,
        firsts: Sequence[int] = (0,),
        notes: Iterable[str] = (),
        compare_tfgan: bool = True,
    ) -> ScoreResult:
        """Scores `count` samples for each first number.

        Args:
            count: samples of each repeat.
            firsts: number, or seed, of each repeat's first sample.
            notes: lines for the card.
            compare_tfgan: as for `kgan.metrics.measure`.
        """
        fakes = [
            self._add_labels(
                self._drop_unseen(self._extractor(self._generated.batches(count, first), count)),
                self._generated,
                first,
            )
            for first in firsts
        ]
        seeds = firsts if self._generated.count is None else ()

        def make_card(names):
            return metrics.measure(
                names,
                self._real,
                fakes,
                self._extractor,
                self._train,
                seeds,
                (*notes, *self._notes),
                self._reference.mixture,
                compare_tfgan,
                self._reference.held_out,
            )

        card = make_card(self._names) if self._asked else _make_possible(self._names, make_card)
        if self._paired:
            pairs = [
                [gather(pick, count, first) for first in firsts]
                for pick in (self._generated.targets, self._generated.pick)
            ]
            simple = {
                name: gather(pick, count, firsts[0])
                for name, pick in self._generated.baselines.items()
            }
            card = _append_scores(card, metrics.measure_pairs(self._paired, *pairs, simple))
        if self._of_signals:
            card = self._append_signals(card, count, firsts)
        if self._varied:
            card = self._append_variety(card)
        if self._reads_classes:
            card = self._append_accuracy(card, min(count, _READ), firsts)
        if self._with_ct:
            card = _append_ct(card, make_card)
        return ScoreResult(card, self._real, fakes[0], self._train)

    def _append_signals(self, card, count, firsts):
        """Returns the card with the scores of signals; unasked, those that the real ones have."""
        real = gather(self._reference.real.pick, len(self._real.pooled))
        made = [gather(self._generated.pick, count, first) for first in firsts]
        for name in self._of_signals:
            try:
                card = _append_scores(card, metrics.measure_signals([name], real, made))
            except InputError as error:
                if self._asked:
                    raise
                note = f"{name} left out: {error}"
                card = dataclasses.replace(card, notes=(*card.notes, note))
        return card

    def _append_variety(self, card):
        """Returns the card with the variety within conditions, or with a line why it has none."""
        value = measure_variety(self._generated.told, self._extractor)
        if value is None:
            note = f"{cards.VARIETY} left out: no two real samples share a condition and differ"
            return dataclasses.replace(card, notes=(*card.notes, note))
        name = cards.MetricName(cards.VARIETY, card.extractor, resize=card.resize)
        return _append_scores(card, (cards.Score(name, (value,), 1.0),))

    @functools.cached_property
    def _classifier(self):
        """What reads classes where the extractor names none, or others: taught the training set."""
        return metrics.open_extractor("classifier", *self._reference.taught.read())

    def _append_accuracy(self, card, count, firsts):
        """Returns the card with the share of samples that a classifier reads as the class told."""

        def read(samples, number, first):
            logits = self._classifier(samples.batches(number, first), number).logits
            return metrics.accuracy(logits, gather(samples.labels, number, first))

        values = tuple(read(self._generated, count, first) for first in firsts)
        real = self._reference.real
        ideal = None
        if self._reference.held_out:  # of pictures that it has learnt it knows the class by heart
            ideal = read(real, min(real.count, _READ), 0)
        name = cards.MetricName(_ACCURACY, "classifier", count)
        return _append_scores(card, (cards.Score(name, values, ideal),))

    def _drop_unseen(self, features):
        """Returns features without logits where these are of other classes than the samples'."""
        return features._replace(logits=None) if self._unseen else features

    def _add_labels(self, features, samples, first):
        """Returns features with the labels of their samples, where a metric needs them."""
        if not self._labelled:
            return features
        labels = gather(samples.labels, len(features.pooled), first)
        return features._replace(labels=labels)


def _split_names(names, kinds):
    """Returns the names of other metrics, and those of the metrics in `kinds`."""
    inside = [name for name in names if cards.parse_name(name).metric in kinds]
    return [name for name in names if name not in inside], inside


def _append_scores(card, scores):
    return dataclasses.replace(card, scores=(*card.scores, *scores))


def _check(names, generated, reference):
    """Refuses metrics that the data do not have, before any sample is made."""
    asked = {cards.parse_name(name).metric for name in names or ()}
    of_texts = asked & set(cards.TEXT_METRICS)
    if of_texts:
        raise InputError(
            f"Expected a run that writes texts, for {', '.join(sorted(of_texts))}. "
            f"Received: {reference.name}. Leave them out."
        )
    if asked & set(_LABELLED) and not _have_labels(generated, reference):
        raise InputError(
            f"Expected samples that were asked for by class, for {', '.join(_LABELLED)}. "
            f"Received: {reference.name}, without labels or with samples of no class. Leave them "
            "out."
        )
    if asked & set(cards.PAIR_METRICS) and generated.targets is None:
        raise InputError(
            f"Expected a translator of paired pictures, for {', '.join(cards.PAIR_METRICS)}. "
            f"Received: samples without a picture that they should be. Leave them out."
        )
    if asked & set(cards.COLOR_METRICS) and generated.shape[-1] != 3:
        raise InputError(
            f"Expected coloured pictures, for {' and '.join(cards.COLOR_METRICS)}. Received: "
            f"{generated.shape[-1]} channels. Leave them out."
        )
    if asked & set(cards.SIGNAL_METRICS) and not reference.has_signals:
        raise InputError(
            f"Expected signals, for {', '.join(cards.SIGNAL_METRICS)}. Received: {reference.name}. "
            "Leave them out."
        )
    if cards.VARIETY in asked and generated.told is None:
        raise InputError(
            f"Expected a generator that is told something beside its noise, for {cards.VARIETY}. "
            "Received: samples without a condition, or without noise. Leave it out."
        )
    if "ct" in asked and not reference.held_out:
        raise InputError(
            f"Expected data that hold back real samples, for ct. Received: {reference.name}, which "
            "has no split test. Leave ct out."
        )
    if asked & set(_MODES) and reference.mixture is None:
        raise InputError(
            f"Expected ring or grid, whose modes are known, for {' and '.join(_MODES)}. "
            f"Received: {reference.name}. Leave them out."
        )


def _check_classes(names, real, extractor, reference):
    """Refuses metrics that need classes of an extractor that names none, or others."""
    asked = {cards.parse_name(name).metric for name in names or ()}
    if _ACCURACY in asked and not (_names_classes(real, reference) or _can_teach(reference)):
        raise InputError(
            f"Expected pictures of two or more classes, all of them in the training set, for "
            f"{_ACCURACY}. Received: {reference.name}. Leave it out."
        )
    if asked & set(_CLASSES) and real.logits is None:
        raise InputError(
            f"Expected an extractor that names classes, for {', '.join(_CLASSES)}. Received: "
            f"{extractor.name}. Take classifier, efficientnet-lite0 or inception, or leave them "
            "out."
        )


def _train_features(names, extractor, real, reference):
    """Returns the `Features` of the training set, or None, and a line if they are of a part."""
    asked = {cards.parse_name(name).metric for name in names}
    if not (asked & set(_COPIES) or reference.has_images):
        return None, ()
    total = reference.train.count
    count = min(total, _SEARCHED, _TRAIN_BYTES // (4 * real.pooled.shape[1]))
    note = f"copies are looked for among {count} of {total} training samples"
    features = _look_up_features(extractor, reference.train, count)
    return features, (note,) if count < total else ()


def _make_possible(names, make_card):
    """Returns the card of what can be computed, with a line for what needs more samples."""
    try:
        return make_card(names)
    except InputError:
        pass
    cards_of_one, left_out = [], []
    for name in names:
        try:
            cards_of_one.append(make_card([name]))
        except InputError as error:
            left_out.append((name, error))
    if not cards_of_one:
        raise left_out[0][1]
    card = cards_of_one[0]
    notes = (*card.notes, *(f"{name} left out: {error}" for name, error in left_out))
    scores = tuple(score for one in cards_of_one for score in one.scores)
    return dataclasses.replace(card, scores=scores, notes=notes)


def _append_ct(card, make_card):
    """Returns the card with C_T, which few or collapsed samples do not have."""
    try:
        more = make_card(["ct"])
    except InputError as error:
        return dataclasses.replace(card, notes=(*card.notes, f"ct left out: {error}"))
    return _append_scores(card, more.scores)


def _have_labels(generated, reference):
    return generated.labels is not None and reference.real.labels is not None


def _names_classes(real, reference):
    return real.logits is not None and real.logits.shape[1] == len(reference.source.classes or ())


def _can_teach(reference):
    """Returns whether a classifier can learn the classes of the real pictures."""
    if reference.taught is None or not (reference.has_images or reference.has_signals):
        return False
    labels = gather(reference.real.labels, reference.real.count)
    return set(labels) <= set(reference.taught.labels)


def _has_unseen_classes(real, reference):
    """Returns whether a classifier was not taught the classes of the real samples.

    So it is where a split holds back classes and not examples, as glyph_pairs holds characters.
    """
    if reference.taught is None or not reference.held_out or not _names_classes(real, reference):
        return False
    labels = gather(reference.real.labels, len(real.pooled))
    return not set(labels) <= set(reference.taught.labels)


def _default_names(real, generated, reference):
    """Returns the metrics that the data and the extractor allow, C_T and intra-class FID aside."""
    names = [*cards.DEFAULT_METRICS]
    names += cards.SIGNAL_METRICS if reference.has_signals else ()
    names += () if reference.has_images or reference.has_signals else ("swd",)
    if real.pooled.shape[1] > _WIDEST:
        names.remove("fid")
    names += _CLASSES if real.logits is not None else ()
    if _have_labels(generated, reference) and (
        _names_classes(real, reference) or (reference.held_out and _can_teach(reference))
    ):
        names += [_ACCURACY, "intra_recall"]
    names += (cards.VARIETY,) if generated.told is not None else ()
    if generated.targets is not None:
        grey = generated.shape[2] != 3
        names += [x for x in cards.PAIR_METRICS if not (grey and x in cards.COLOR_METRICS)]
    names += _MODES if reference.mixture is not None else ()
    names += ("authenticity", "copies") if reference.has_images else ()
    return names


def _look_up_features(extractor, samples, count):
    return metrics.reference_features(extractor, lambda: samples.batches(count), count)
