"""Samples of one condition beside the real ones that share it."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from kgan import metrics
from kgan.data import Source
from kgan.metrics import Extractor
from kgan.models.core.base import GAN
from kgan.types import Array

CONDITIONS = 16  # that are compared, at most
MEMBERS = 8  # samples of each, at most
_SEARCHED = 2000  # real examples among which those of one condition are looked for


class Told(NamedTuple):
    """What a generator with noise is told, and real examples of the same.

    Attributes:
        source: the examples.
        keys: of an example, what the generator is told.
        key: of an example, what it makes.
        make: `(number of an example, seeds) -> samples` under that example's condition.
    """

    source: Source
    keys: tuple[str, ...]
    key: str
    make: Callable[[int, Sequence[int]], Array]


def describe_conditions(gan: GAN, source: Source) -> Told | None:
    """Returns what a GAN is told by a source's examples; None for none, or without noise.

    A picture to start from leaves nothing open but small things, and is no such condition.
    """
    told = bool(gan.conditions) and gan.takes_latents
    if not told or not all(condition.describes for condition in gan.conditions):
        return None

    def make(number, seeds):
        examples = source.examples(np.full(len(seeds), number))
        return gan.sample(list(seeds), gan.condition_in(gan.name_batch(examples)))

    keys = tuple(key for condition in gan.conditions for key in condition.keys)
    return Told(source, keys, gan.real_key, make)


def measure_variety(told: Told, extractor: Extractor) -> float | None:
    """Returns `kgan.metrics.conditional_variety` of up to 16 conditions with 8 samples each.

    None where no two examples share a condition, or all of them are alike.
    """
    groups = find_groups(told)
    if not groups:
        return None
    real = [told.source.examples(group)[told.key] for group in groups]
    fake = [told.make(int(group[0]), range(len(group))) for group in groups]
    if not all(np.isfinite(part).all() for part in fake):
        return None
    ends = np.cumsum([len(group) for group in groups])
    features = [
        np.split(extractor(parts, int(ends[-1])).pooled, ends[:-1]) for parts in (real, fake)
    ]
    if all(np.ptp(part, axis=0).max() == 0 for part in features[0]):
        return None
    return metrics.conditional_variety(*features)


def find_groups(told: Told) -> list[Array]:
    """Returns the numbers of examples that share a condition, the most frequent conditions first.

    At most 16 conditions, of 2 to 8 examples each.
    """
    examples = told.source.examples(np.arange(min(told.source.count, _SEARCHED)))
    groups: dict[tuple, list[int]] = {}
    for number, values in enumerate(zip(*(examples[key] for key in told.keys), strict=True)):
        condition = tuple(
            np.asarray(value).tobytes() if np.ndim(value) else value for value in values
        )
        groups.setdefault(condition, []).append(number)
    several = sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)
    return [np.array(group[:MEMBERS]) for group in several[:CONDITIONS]]
