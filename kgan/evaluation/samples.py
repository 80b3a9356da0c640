"""Real and generated samples, both picked by number, and the survey of a folder of pictures."""

import collections
import pathlib
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from kgan.data import ImageFacts, Source, scan_folder, survey_folder
from kgan.errors import InputError
from kgan.evaluation.variety import Told, describe_conditions
from kgan.images import parse_size
from kgan.metrics import draw_samples
from kgan.models.core.base import GAN
from kgan.types import Array, Batch, PathLike

BATCH = 64  # samples at once
_SEED = 0  # of the order in which a source's examples are numbered
_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")

Picker = Callable[[Sequence[int]], Array]  # maps numbers [B] to an array [B, ...]


class Samples(NamedTuple):
    """Samples that are picked by number, in any order and in batches of any size.

    Attributes:
        shape: of one sample, `(H, W, C)` or `(D,)`.
        pick: maps whole numbers [B] to an array [B, *shape]: uint8, or floating point.
        count: how many there are, or None for a generator, whose numbers are seeds.
        notes: lines about them, for the card.
        labels: maps the numbers to integers [B], the classes they have or were asked for; or None.
        targets: maps the numbers to the pictures that these should be; or None.
        baselines: `{name: picker}` of pictures that need no network, for a translator to beat.
        told: what a generator with noise is told beside it, a `kgan.evaluation.variety.Told`; or
            None.
    """

    shape: tuple[int, ...]
    pick: Picker
    count: int | None = None
    notes: tuple[str, ...] = ()
    labels: Picker | None = None
    targets: Picker | None = None
    baselines: Mapping[str, Picker] = types.MappingProxyType({})
    told: Told | None = None

    @classmethod
    def from_source(cls, source: Source, key: str, numbers: Array | None = None) -> "Samples":
        """Returns the samples of a source, numbered in a fixed random order.

        Args:
            source: where the examples are.
            key: which of an example's pictures, e.g. `"image"`.
            numbers: int [N], of the examples to take; None for all, shuffled.
        """
        numbers = shuffle(count_examples(source, key)) if numbers is None else numbers
        labels = make_picker(source, "label", numbers) if "label" in source.spec else None
        shape = tuple(source.spec[key].shape)
        return cls(shape, make_picker(source, key, numbers), len(numbers), labels=labels)

    @classmethod
    def from_gan(
        cls, gan: GAN, source: Source | None = None, order: Array | None = None
    ) -> "Samples":
        """Returns the samples of a GAN, each under the condition of an example, if it takes one.

        Args:
            gan: the model, which may go on training.
            source: examples with the conditions; None for a GAN that takes none.
            order: int [N], the number of each sample's example; it starts again at the end.
        """
        shape = tuple(gan.image_shape)
        if not gan.condition_keys:
            return cls(shape, lambda seeds: gan.sample(list(seeds)))

        def pick(seeds):
            examples = source.examples(order[np.asarray(seeds) % len(order)])
            return gan.sample(list(seeds), gan.condition_in(gan.name_batch(examples)))

        return cls(shape, pick, told=describe_conditions(gan, source))

    def batches(self, count: int, first: int = 0) -> Iterator[Array]:
        """Yields the arrays of samples `first`, ..., `first + count - 1`, at most 64 at a time."""
        return draw_samples(self.pick, count, first, BATCH)


def gather(pick: Picker, count: int, first: int = 0) -> Array:
    """Returns what `pick` has for the numbers `first`, ..., `first + count - 1`, as one array."""
    return np.concatenate(list(draw_samples(pick, count, first, BATCH)))


def make_picker(source: Source, key: str, numbers: Array) -> Picker:
    """Returns the function from places in `numbers` to values; places beyond its end start again.

    Example:
        >>> make_picker(source, "label", np.array([7, 3]))([0, 1, 2])  # of examples 7, 3 and 7
        array([4, 0, 4])
    """

    def pick(places):
        return source.examples(numbers[np.asarray(places) % len(numbers)])[key]

    return pick


def count_examples(source: Source, key: str) -> int:
    """Returns how many values of `key` a source has; of unpaired sides, how many that side has."""
    if not source.sides:
        return source.count
    return source.sides[list(source.spec).index(key)]


def shuffle(count: int) -> Array:
    """Returns 0, ..., count - 1 in an order that is always the same."""
    return np.random.default_rng(_SEED).permutation(count)


def pick_evenly(source: Source, count: int) -> Batch:
    """Returns examples at even distances in a source, tensors [N, ...] with N at most `count`."""
    count = min(count, source.count)
    examples = source.examples(np.arange(count) * source.count // count)
    return {key: tf.constant(values) for key, values in examples.items()}


class FolderSurvey(NamedTuple):
    """The sizes and formats of a folder's readable pictures.

    Attributes:
        folder: its path, as it was given.
        sizes: `Counter` of `(width, height)` in pixels.
        jpeg: how many are JPEG files by name.
    """

    folder: str
    sizes: collections.Counter
    jpeg: int

    @property
    def side(self) -> int:
        """The shorter side, in pixels, of the commonest size."""
        return min(self.sizes.most_common(1)[0][0])

    def notes(self, size: int | str) -> Iterator[str]:
        """Yields what a reader must know of scores on these pictures, brought to a size."""
        height, width = parse_size(size)
        others = sum(n for own, n in self.sizes.items() if own != (width, height))
        if others:
            yield (
                f"{self.folder}: {others} of {self.sizes.total()} pictures were not "
                f"{height}x{width}; cut to that shape and resized (antialiased bicubic), which "
                "moves scores"
            )
        if self.jpeg:
            yield (
                f"{self.folder}: {self.jpeg} of {self.sizes.total()} are JPEG files, whose "
                "artefacts move scores; compare with the same quality or with PNG"
            )


def survey_pictures(folder: PathLike) -> FolderSurvey:
    """Reads the sizes of a folder's pictures.

    Raises:
        InputError: no such folder, or no readable picture in it.
    """
    scanned = scan_folder(folder)
    verdicts = survey_folder(scanned)
    readable = {
        name: facts
        for name, facts in zip(scanned.pictures, verdicts, strict=True)
        if isinstance(facts, ImageFacts)
    }
    if not readable:
        raise InputError(
            f"Expected at least one readable picture. Received: folder={str(folder)!r} with "
            f"{len(verdicts)} files of which none is. See kgan data check."
        )
    sizes = collections.Counter((facts.width, facts.height) for facts in readable.values())
    jpeg = sum(pathlib.PurePath(name).suffix.lower() in _JPEG for name in readable)
    return FolderSurvey(str(folder), sizes, jpeg)
