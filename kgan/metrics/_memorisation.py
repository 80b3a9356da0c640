"""Does the generator repeat its training set? Four measures of what FID does not show.

All take features, or flat pixels (`raw`), of the images that a model was trained on; a copy may be
near in one space and not in the other, so look at both.

Example:
    >>> data_copying(train, test, fake).value       # far below 0: nearer to train than test is
    -11.8
    >>> authenticity(train, fake, held_out=test)
    Authenticity(value=0.21, ideal=0.48)
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, check_whole
from kgan.metrics import _distances, _validation
from kgan.types import Array

_CELL = 100  # samples a cell should have of each kind, for a test with some power
_MOST_CELLS = 20


class DataCopying(NamedTuple):
    """The C_T test.

    Attributes:
        value: C_T, about N(0, 1/cells) for a true sampler; below −3 copying, above 3 underfitting.
        cells: the Z of each cell that was counted; one far below the others copies locally.
        share: of the test samples, those in counted cells.
    """

    value: float
    cells: Array
    share: float


class Authenticity(NamedTuple):
    """Share of samples that are no copies, with a true sampler's for comparison.

    Attributes:
        value: share of the fake samples that are authentic, in [0, 1].
        ideal: that of real samples the generator was not trained on.
    """

    value: float
    ideal: float | None


class CopyRate(NamedTuple):
    """Share of samples nearer to a training sample than `threshold`."""

    rate: float
    threshold: float


def nearest_training(fake: ArrayLike, train: ArrayLike, count: int = 1) -> tuple[Array, Array]:
    """Returns the training samples nearest to each fake one, for people to look at.

    Args:
        fake: [M, D] features or flat pixels.
        train: [N, D] of the training set.
        count: how many for each.

    Returns:
        `(indices, distances)`: int [M, count] into `train`, float64 [M, count], nearest first.

    Example:
        >>> indices, gaps = nearest_training(fake_features, train_features, count=3)
        >>> most_alike = np.argsort(gaps[:, 0])[:16]
        >>> show(fake_images[most_alike], train_images[indices[most_alike]])
    """
    train, fake = _check(("train", train), ("fake", fake), least=1)
    check_whole(1, count=count)
    return _distances.nearest(fake, train, count, "Nearest training samples, tiles")


def data_copying(
    train: ArrayLike,
    test: ArrayLike,
    fake: ArrayLike,
    cells: int | None = None,
    cell_samples: int = 20,
) -> DataCopying:
    """Returns C_T: are fake samples nearer to the training set than fresh real ones are?

    In each cell of a k-means partition of the training set, the distances to the nearest training
    sample of fake and of test samples are compared by the Z score of Mann and Whitney's U; C_T is
    their mean, weighted by the test samples.

    Args:
        train: [N, D] features the generator was trained on.
        test: [n, D] features of real samples it has not seen.
        fake: [m, D] features.
        cells: how many; None for one per 100 samples of the smaller of test and fake, at most 20.
        cell_samples: cells with fewer test or fake samples than this are left out.

    Returns:
        `DataCopying`.

    Raises:
        InputError: NaN, several widths, or no cell with enough samples.

    Reference: Section 3, Meehan et al. 2020, arXiv:2004.05675.
    Differs from the paper: k-means starts from slices along the widest coordinate, so that the
    order of the rows does not matter; cells with few test samples are left out too.
    """
    train, test, fake = _check(("train", train), ("test", test), ("fake", fake))
    if cells is None:
        cells = min(_MOST_CELLS, max(1, min(len(test), len(fake)) // _CELL))
    check_whole(1, cells=cells, cell_samples=cell_samples)
    centres = _centres(train, min(cells, len(train)))
    test_cells, fake_cells = (_distances.nearest(x, centres)[0][:, 0] for x in (test, fake))
    test_gaps, fake_gaps = (
        _distances.nearest(x, train, 1, "Distances to the training set, tiles")[1][:, 0]
        for x in (test, fake)
    )
    scores, weights = [], []
    for cell in range(len(centres)):
        of_test, of_fake = test_gaps[test_cells == cell], fake_gaps[fake_cells == cell]
        if min(len(of_test), len(of_fake)) >= cell_samples:
            scores.append(_mann_whitney(of_fake, of_test))
            weights.append(len(of_test))
    if not scores:
        raise InputError(
            f"Expected a cell with at least {cell_samples} test and {cell_samples} fake samples. "
            f"Received: {len(test)} test and {len(fake)} fake in {len(centres)} cells. Draw more."
        )
    value = float(np.average(scores, weights=weights))
    return DataCopying(value, np.array(scores), sum(weights) / len(test))


def _mann_whitney(first, second):
    """Returns the Z score of U: below 0 where `first` tends to be the smaller."""
    from scipy.stats import rankdata

    n, m = len(first), len(second)
    wins = rankdata(np.concatenate([first, second]))[:n].sum() - n * (n + 1) / 2
    return (wins - n * m / 2) / math.sqrt(n * m * (n + m + 1) / 12)


def _centres(train, count):
    from sklearn.cluster import KMeans

    widest = int(np.argmax(train.var(axis=0, dtype=np.float64)))
    slices = np.array_split(train[np.argsort(train[:, widest], kind="stable")], count)
    starts = np.unique([part.mean(axis=0, dtype=np.float64) for part in slices], axis=0)
    return (
        KMeans(len(starts), init=starts.astype(train.dtype), n_init=1).fit(train).cluster_centers_
    )


def authenticity(
    train: ArrayLike, fake: ArrayLike, held_out: ArrayLike | None = None
) -> Authenticity:
    """Returns the share of fake samples that are no copies of a training sample.

    A fake sample counts as a copy if its nearest training sample has no other training sample as
    near. By chance that holds for many of a true sampler's: compare with `ideal`, not 1. What it is
    depends on the data: a third on a line, near all where few samples lie in many dimensions.

    Args:
        train: [N, D] features the generator was trained on.
        fake: [M, D] features.
        held_out: [K, D] of real samples it was not trained on, from which `ideal` is taken; None
            for what one half of the training set is to the other.

    Returns:
        `Authenticity`.

    Reference: Section 4 (authenticity), Alaa et al. 2022, arXiv:2102.08921.
    """
    return Authenticity(authentic_share(train, fake), ideal_authenticity(train, held_out))


def authentic_share(train: ArrayLike, fake: ArrayLike) -> float:
    """Returns the `value` of `authenticity` alone."""
    train, fake = _check(("train", train), ("fake", fake))
    gaps = _distances.neighbour_distances(train, 1, "Distances within the training set, tiles")
    indices, reach = _distances.nearest(fake, train, 1, "Distances to the training set, tiles")
    return float((reach[:, 0] > gaps[indices[:, 0], 0]).mean())


def ideal_authenticity(train: ArrayLike, held_out: ArrayLike | None = None) -> float | None:
    """Returns the authenticity of real samples, as `authenticity` takes them; None of too few."""
    if held_out is not None:
        return authentic_share(train, held_out)
    (train,) = _check(("train", train))
    return authentic_share(train[::2], train[1::2]) if len(train) > 3 else None


def copy_threshold(train: Array) -> float:
    """Returns the distance below which 1 % of the samples [N, D] have another."""
    gaps = _distances.neighbour_distances(train, 1, "Distances within the training set, tiles")
    return float(np.quantile(gaps, 0.01))


def copy_rate(train: ArrayLike, fake: ArrayLike, threshold: float | None = None) -> CopyRate:
    """Returns the share of fake samples within `threshold` of a training sample.

    Args:
        train: [N, D] features or flat pixels.
        fake: [M, D].
        threshold: a distance, in units of the features; None for the training set's
            `copy_threshold`: a true sampler then scores about 0.01.

    Returns:
        `CopyRate`.
    """
    train, fake = _check(("train", train), ("fake", fake))
    if threshold is None:
        threshold = copy_threshold(train)
    if not threshold >= 0:
        raise InputError(f"Expected a threshold >= 0. Received: threshold={threshold}.")
    reach = _distances.nearest(fake, train, 1, "Distances to the training set, tiles")[1]
    return CopyRate(float((reach <= threshold).mean()), float(threshold))


def _check(*named, least=2):
    arrays = [_validation.check_rows(name, values, least) for name, values in named]
    for (name, _), array in zip(named, arrays, strict=True):
        _validation.check_same(named[0][0], arrays[0], name, array)
    return arrays
