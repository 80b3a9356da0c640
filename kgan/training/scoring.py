"""Features of real and generated samples, computed once: the card, and the page about it."""

import dataclasses
from typing import NamedTuple

import numpy as np

from kgan.errors import InputError
from kgan.metrics import card as cards
from kgan.metrics import checks, extractors, measuring, report
from kgan.metrics.reference import reference_features

_CLASSES = ("is", "classes", "kl")
_COPIES = ("ct", "authenticity", "copies")
_MODES = ("modes", "good")
_WIDEST = 2048  # features up to which the Fréchet distance is computed unasked
_SHOWN = 64  # generated samples in the report


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
    real = _known(extractor, reference.real, plan.real_count)
    seeds = tuple(repeat * plan.count for repeat in range(plan.repeats))
    fakes = [extractor(generated.batches(plan.count, first), plan.count) for first in seeds]
    asked = {cards.parse_name(name).metric for name in names or ()}
    if not reference.held_out and "ct" in asked:
        raise InputError(
            f"Expected data that hold back real samples, for ct. Received: {reference.name}, which "
            "has no split test. Leave ct out."
        )
    pictures = len(generated.shape) == 3
    train = None
    if asked & set(_COPIES) or pictures:
        train = _known(extractor, reference.train, reference.train.count)

    def card_of(chosen):
        return measuring.measure(
            chosen, real, fakes, extractor, train,
            seeds if generated.count is None else (), notes, reference.mixture,
        )  # fmt: skip

    card = card_of(names or _allowed(real, pictures, reference))
    if names is None and pictures and reference.held_out:
        card = _with_ct(card, card_of)
    return Scored(card, real, fakes[0], train)


def _with_ct(card, card_of):
    """Returns the card with C_T, which few or collapsed samples do not have."""
    try:
        more = card_of(["ct"])
    except InputError as error:
        return dataclasses.replace(card, notes=(*card.notes, f"ct left out: {error}"))
    return dataclasses.replace(card, scores=(*card.scores, *more.scores))


def _allowed(real, pictures, reference):
    names = [*measuring.DEFAULT, "swd"] if not pictures else [*measuring.DEFAULT]
    if real.pooled.shape[1] > _WIDEST:
        names.remove("fid")
    names += _CLASSES if real.logits is not None else ()
    names += _MODES if reference.mixture is not None else ()
    names += ("authenticity", "copies") if pictures else ()
    return names


def _known(extractor, samples, count):
    return reference_features(extractor, lambda: samples.batches(count), count)


def page(title, found, generated, reference):
    """Returns the `Report` of a `Scored`.

    Args:
        title: what was compared with what.
        found: `Scored`.
        generated: `Samples`.
        reference: `Reference`.
    """
    fake, real = found.fake, found.real
    scatter = report.scatter(real.pooled, fake.pooled)
    samples = neighbours = None
    if len(generated.shape) == 3:
        numbers = range(min(_SHOWN, len(fake.pooled)))
        samples = checks.to_uint8(checks.images("images", generated.pick(numbers)))
        neighbours = report.neighbours(
            fake.pooled, found.train.pooled, generated.pick, reference.train.pick,
            f"the features of {found.card.extractor}",
        )  # fmt: skip
    return report.Report(title, found.card, scatter, samples, neighbours, _shares(found, reference))


def _shares(found, reference):
    if found.real.logits is not None:
        labels = (side.logits.argmax(axis=1) for side in (found.real, found.fake))
        classes = reference.source.classes
        width = found.real.logits.shape[1]
        names = classes if classes and len(classes) == width else None
        return report.shares(*labels, names, found.card.extractor)
    if reference.mixture is not None:
        centres = reference.mixture[0]
        labels = (_nearest(side.pooled, centres) for side in (found.real, found.fake))
        return report.shares(*labels, tuple(map(str, range(len(centres)))), "the nearest mode")
    return None


def _nearest(points, centres):
    return np.square(points[:, None] - centres).sum(axis=2).argmin(axis=1)
