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
    _check(names, reference)
    unasked = names is None
    real = _known(extractor, reference.real, plan.real_count)
    _check_logits(names, real, extractor)
    names = names or _allowed(real, reference)
    train, said = _searched(names, extractor, real, reference)
    seeds = tuple(repeat * plan.count for repeat in range(plan.repeats))
    fakes = [extractor(generated.batches(plan.count, first), plan.count) for first in seeds]
    seeds = seeds if generated.count is None else ()

    def card_of(chosen):
        return measuring.measure(
            chosen, real, fakes, extractor, train, seeds, (*notes, *said), reference.mixture
        )

    card = card_of(names)
    if unasked and _pictures(reference) and reference.held_out:
        card = _with_ct(card, card_of)
    return Scored(card, real, fakes[0], train)


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
