"""Samples by number: what real and generated ones have in common."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kgan.metrics import draw_samples

BATCH = 64  # samples at once
_SEED = 0  # of the order in which a source's examples are numbered


class Samples(NamedTuple):
    """Samples that can be had by number, in any order and in batches of any size.

    Attributes:
        shape: of one sample, `(H, W, C)` or `(D,)`.
        pick: maps whole numbers [B] to an array [B, *shape]: uint8, or floating point.
        count: how many there are, or None for a generator, whose numbers are seeds.
        notes: lines about them, for the card.
        labels: maps the numbers to integers [B], the classes they have or were asked for; or None.
        targets: maps the numbers to the pictures that these should be; or None.
    """

    shape: tuple[int, ...]
    pick: Callable
    count: int | None = None
    notes: tuple[str, ...] = ()
    labels: Callable | None = None
    targets: Callable | None = None

    def batches(self, count, first=0):
        """Yields the arrays of samples `first`, ..., `first + count - 1`, at most 64 at a time."""
        return draw_samples(self.pick, count, first, BATCH)


def side_count(source, key):
    """Returns how many different values of `key` a source has: of unpaired sides, the side's."""
    if not source.sides:
        return source.count
    return source.sides[list(source.spec).index(key)]


def from_source(source, key, numbers=None):
    """Returns the `Samples` of a source, numbered in a fixed random order.

    Args:
        source: a `kgan.data.Source`.
        key: which of an example's pictures, e.g. `"image"`.
        numbers: int [N], of the examples to take; None for all, shuffled.
    """
    numbers = shuffled(side_count(source, key)) if numbers is None else numbers
    labels = column(source, "label", numbers) if "label" in source.spec else None
    shape = tuple(source.spec[key].shape)
    return Samples(shape, column(source, key, numbers), len(numbers), labels=labels)


def from_gan(gan, source=None, order=None):
    """Returns the `Samples` of a GAN, each under the condition of an example, if there is one.

    Args:
        gan: the `GAN`, which may go on training.
        source: a `kgan.data.Source` with what it starts from; None where that is noise alone.
        order: int [N], the number of each sample's example; they begin again at the end.
    """
    shape = tuple(gan.image_shape)
    if set(gan.batch_keys()) == {gan.real_key}:
        return Samples(shape, lambda seeds: gan.sample(list(seeds)))

    def pick(seeds):
        examples = source.examples(order[np.asarray(seeds) % len(order)])
        return gan.sample(list(seeds), gan.condition_in(gan.named_batch(examples)))

    return Samples(shape, pick)


def spread(source, count):
    """Returns examples from all over the data, a dict of tensors [N, ...], N at most `count`."""
    count = min(count, source.count)
    examples = source.examples(np.arange(count) * source.count // count)
    return {key: tf.constant(values) for key, values in examples.items()}


def column(source, key, numbers):
    """Returns the function from places in `numbers`, which start again at the end, to values."""

    def pick(places):
        return source.examples(numbers[np.asarray(places) % len(numbers)])[key]

    return pick


def shuffled(count):
    """Returns 0, ..., count - 1 in an order that is always the same."""
    return np.random.default_rng(_SEED).permutation(count)
