"""Precision, recall, density and coverage: is it like the data, and is it all of the data?

Around each sample lies the ball that reaches to its k-th nearest neighbour of the same set; the
balls of the real samples stand for the data, those of the fake for the generator. A collapsed
generator has high precision and low recall, a noisy one the reverse.

Our own because the package `prdc` holds all distances in memory (20 GB for 50,000 samples of each)
and counts a sample on a ball's edge in or out by rounding.

Reference: Kynkäänniemi et al. 2019, arXiv:1904.06991; Naeem et al. 2020, arXiv:2002.09797.

Example:
    >>> shares = neighbourhoods(real_features, fake_features)
    >>> shares.precision, shares.recall
    (0.71, 0.48)
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import check_whole
from kgan.metrics import _distances, _validation

PRECISION_NEIGHBOURS, DENSITY_NEIGHBOURS = 3, 5  # the papers'


class Neighbourhoods(NamedTuple):
    """Four shares of samples that lie in each other's balls.

    Attributes:
        precision: of the fake samples, those in at least one real ball.
        recall: of the real samples, those in at least one fake ball.
        density: how many real balls a fake sample lies in, over k: 1 on average for a true
            sampler, more where fakes crowd where the data are dense.
        coverage: of the real balls, those with at least one fake sample.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def neighbourhoods(
    real: ArrayLike,
    fake: ArrayLike,
    precision_neighbours: int = PRECISION_NEIGHBOURS,
    density_neighbours: int = DENSITY_NEIGHBOURS,
) -> Neighbourhoods:
    """Returns all four scores in one pass over the distances.

    Args:
        real: [N, D] features.
        fake: [M, D] features.
        precision_neighbours: k of precision and recall; the paper's is 3.
        density_neighbours: k of density and coverage; the paper's is 5.

    Returns:
        `Neighbourhoods`.

    Raises:
        InputError: NaN, two widths, or no more samples than neighbours.

    Reference: Eq. 1 and 2, Kynkäänniemi et al. 2019; Section 3, Naeem et al. 2020. A sample on the
    edge of a ball is in it.
    """
    real, fake = _validation.check_row_pair(real, fake)
    check_whole(1, precision_neighbours=precision_neighbours, density_neighbours=density_neighbours)
    most = max(precision_neighbours, density_neighbours)
    slack = _distances.rounding_error(real, fake)

    def square_radii(samples, count, doing):
        reach = _distances.neighbour_distances(samples, count, doing)
        return np.square(reach) + slack

    real_radii = square_radii(real, most, "Balls of the real samples, tiles")
    fake_radii = square_radii(fake, precision_neighbours, "Balls of the fake samples, tiles")
    in_real = np.zeros(len(fake), bool)
    in_fake = np.zeros(len(real), bool)
    covered = np.zeros(len(real), bool)
    memberships = 0
    for tile in _distances.tiles(real, fake, "Real against fake, tiles"):
        precise = real_radii[tile.rows, precision_neighbours - 1, None]
        in_real[tile.columns] |= (tile.squared <= precise).any(axis=0)
        in_fake[tile.rows] |= (tile.squared <= fake_radii[tile.columns, -1]).any(axis=1)
        within = tile.squared <= real_radii[tile.rows, density_neighbours - 1, None]
        memberships += int(within.sum())
        covered[tile.rows] |= within.any(axis=1)
    return Neighbourhoods(
        precision=float(in_real.mean()),
        recall=float(in_fake.mean()),
        density=memberships / (density_neighbours * len(fake)),
        coverage=float(covered.mean()),
    )


def precision_recall(
    real: ArrayLike, fake: ArrayLike, neighbours: int = PRECISION_NEIGHBOURS
) -> tuple[float, float]:
    """Returns `(precision, recall)`, each in [0, 1]; see `neighbourhoods`.

    Reference: Eq. 2, Kynkäänniemi et al. 2019, arXiv:1904.06991.
    """
    return neighbourhoods(real, fake, neighbours, neighbours)[:2]


def intra_class_recall(
    real: ArrayLike, real_labels: ArrayLike, fake: ArrayLike, fake_labels: ArrayLike
) -> dict[int, float]:
    """Returns `{class: recall}`: how much of each class a conditional generator makes.

    It is near 0 for a generator that makes one picture of each class, which accuracy hides.

    Args:
        real: [N, D] features.
        real_labels: [N] integers from 0.
        fake: [M, D] features.
        fake_labels: [M] integers, the classes that were given to the generator.

    Raises:
        InputError: a class with fewer than four real or fake samples.
    """
    least = PRECISION_NEIGHBOURS + 1
    parts = _validation.split_classes(real, real_labels, fake, fake_labels, least)
    return {label: precision_recall(*both)[1] for label, both in parts.items()}


def density_coverage(
    real: ArrayLike, fake: ArrayLike, neighbours: int = DENSITY_NEIGHBOURS
) -> tuple[float, float]:
    """Returns `(density, coverage)`, in [0, ∞) and [0, 1]; see `neighbourhoods`.

    Reference: Section 3, Naeem et al. 2020, arXiv:2002.09797.
    """
    return neighbourhoods(real, fake, neighbours, neighbours)[2:]


def ideal_coverage(real_count: int, fake_count: int, neighbours: int = DENSITY_NEIGHBOURS) -> float:
    """Returns the coverage a true sampler has on average, in any number of dimensions.

    1 − (N−1)···(N−k) / ((M+N−1)···(M+N−k)): not all of the k nearest of N + M − 1 are real. For
    M = N it tends to 1 − 2⁻ᵏ. A true sampler's density is 1.

    Example:
        >>> round(ideal_coverage(10_000, 10_000), 3)
        0.969

    Reference: Lemma 2, Naeem et al. 2020, arXiv:2002.09797.
    """
    check_whole(1, fake_count=fake_count, neighbours=neighbours)
    check_whole(neighbours + 1, real_count=real_count)
    places = range(1, neighbours + 1)
    others = real_count + fake_count
    return 1.0 - math.prod((real_count - place) / (others - place) for place in places)
