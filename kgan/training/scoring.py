"""Features of real and generated samples, computed once, and the card of them."""

import dataclasses
from typing import NamedTuple

from kgan.errors import InputError
from kgan.metrics import card as cards
from kgan.metrics import extractors, measuring
from kgan.metrics.reference import reference_features

_CLASSES = ("is", "classes", "kl")
_COPIES = ("ct", "authenticity", "copies")
_MODES = ("modes", "good")
_WIDEST = 2048  # features up to which the Fréchet distance is computed unasked
_SEARCHED = 50_000  # training samples among which copies are looked for, at most
_ROOM = 2**29  # bytes that the features of these may take


class Plan(NamedTuple):
    """How much is compared.

    Attributes:
        count: generated samples of each repeat.
        repeats: how often.
        real_count: real samples.
    """

    count: int
    repeats: int
    real_count: int


class Yardstick:
    """Features of real samples and of the training set, computed once for many cards.

    Args:
        names: metric names, or None for those that the data and the extractor allow.
        extractor: `Extractor`.
        reference: `Reference`.
        real_count: real samples to compare with.

    Attributes:
        names: of the metrics.
        real: `Features` of the real samples.
        train: `Features` of the training set, or None where nobody asked for copies.

    Raises:
        InputError: a metric that these data or this extractor do not have.
    """

    def __init__(self, names, extractor, reference, real_count):
        _check(names, reference)
        self._unasked = names is None
        self._extractor, self._reference = extractor, reference
        self.real = _known(extractor, reference.real, real_count)
        _check_logits(names, self.real, extractor)
        self.names = names or _allowed(self.real, reference)
        self.train, self._notes = _searched(self.names, extractor, self.real, reference)

    def card(self, fakes, seeds=(), notes=(), compare_tfgan=True):
        """Returns the `Card` of `Features` of generated samples, one for each repeat.

        Args:
            fakes: list of `Features`.
            seeds: first seed of each repeat, for the card.
            notes: lines for the card.
            compare_tfgan: as for `kgan.metrics.measure`.
        """

        def card_of(chosen):
            return measuring.measure(
                chosen,
                self.real,
                fakes,
                self._extractor,
                self.train,
                seeds,
                (*notes, *self._notes),
                self._reference.mixture,
                compare_tfgan,
            )

        card = card_of(self.names)
        if self._unasked and _pictures(self._reference) and self._reference.held_out:
            card = _with_ct(card, card_of)
        return card


class Scored(NamedTuple):
    """A card, and the features it rests on.

    Attributes:
        card: `kgan.metrics.Card`.
        real: `Features` of the real samples.
        fake: `Features` of the first repeat.
        train: `Features` of the training set, or None where nobody asked for copies.
    """

    card: cards.Card
    real: extractors.Features
    fake: extractors.Features
    train: extractors.Features | None


def scored(names, extractor, generated, reference, plan, notes):
    """Returns the `Scored` of generated samples.

    Args:
        names: metric names, or None for those that the data and the extractor allow.
        extractor: `Extractor`.
        generated: `Samples`.
        reference: `Reference`.
        plan: `Plan`.
        notes: lines for the card.

    Raises:
        InputError: a metric that these data or this extractor do not have.
    """
    yardstick = Yardstick(names, extractor, reference, plan.real_count)
    seeds = tuple(repeat * plan.count for repeat in range(plan.repeats))
    fakes = [extractor(generated.batches(plan.count, first), plan.count) for first in seeds]
    card = yardstick.card(fakes, seeds if generated.count is None else (), notes)
    return Scored(card, yardstick.real, fakes[0], yardstick.train)


def _pictures(reference):
    return len(reference.real.shape) == 3


def _check(names, reference):
    """Refuses metrics that the data do not have, before any is drawn."""
    asked = {cards.parse_name(name).metric for name in names or ()}
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


def _check_logits(names, real, extractor):
    """Refuses metrics that need classes of an extractor that names none."""
    asked = {cards.parse_name(name).metric for name in names or ()}
    if asked & set(_CLASSES) and real.logits is None:
        raise InputError(
            f"Expected an extractor that names classes, for {', '.join(_CLASSES)}. Received: "
            f"{extractor.name}. Take classifier or inception, or leave them out."
        )


def _searched(names, extractor, real, reference):
    """Returns the `Features` of the training set, or None, and a line if it is but a part."""
    asked = {cards.parse_name(name).metric for name in names}
    if not (asked & set(_COPIES) or _pictures(reference)):
        return None, ()
    total = reference.train.count
    count = min(total, _SEARCHED, _ROOM // (4 * real.pooled.shape[1]))
    said = f"copies are looked for among {count} of {total} training samples"
    return _known(extractor, reference.train, count), (said,) if count < total else ()


def _with_ct(card, card_of):
    """Returns the card with C_T, which few or collapsed samples do not have."""
    try:
        more = card_of(["ct"])
    except InputError as error:
        return dataclasses.replace(card, notes=(*card.notes, f"ct left out: {error}"))
    return dataclasses.replace(card, scores=(*card.scores, *more.scores))


def _allowed(real, reference):
    """Returns the metrics that the data and the extractor allow, C_T aside."""
    pictures = _pictures(reference)
    names = [*measuring.DEFAULT] if pictures else [*measuring.DEFAULT, "swd"]
    if real.pooled.shape[1] > _WIDEST:
        names.remove("fid")
    names += _CLASSES if real.logits is not None else ()
    names += _MODES if reference.mixture is not None else ()
    names += ("authenticity", "copies") if pictures else ()
    return names


def _known(extractor, samples, count):
    return reference_features(extractor, lambda: samples.batches(count), count)
