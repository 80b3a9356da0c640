"""Does the generator repeat its training set? Four answers, none of which FID would give.

All take features, or flat pixels (`extractors.raw`), of the images a model was trained on; a copy
may be near in one space and not in the other, so look at both.

Example:
    >>> data_copying(train, test, fake).value       # far below 0: nearer to train than test is
    -11.8
    >>> authenticity(train, fake)
    Authenticity(value=0.21, ideal=0.48, dimension=11.3)
"""

import math
from typing import NamedTuple

import numpy as np

from kgan.errors import InputError, check_whole
from kgan.images import to_uint8
from kgan.metrics import _distances, _validation

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
    cells: np.ndarray
    share: float


class Authenticity(NamedTuple):
    """Share of samples that are no copies, beside what a true sampler has.

    Attributes:
        value: share of the fake samples that are authentic, in [0, 1].
        ideal: what a true sampler scores in `dimension` dimensions, in (1/3, 1/2).
        dimension: of the training set, estimated.
    """

    value: float
    ideal: float
    dimension: float


class CopyRate(NamedTuple):
    """Share of samples nearer to a training sample than `threshold`."""

    rate: float
    threshold: float


def nearest_training(fake, train, count=1):
    """Returns the training samples nearest to each fake one, to be looked at.

    Args:
        fake: [M, D] features or flat pixels.
        train: [N, D] of the training set.
        count: how many for each.

    Returns:
        `(indices, distances)`: int [M, count] into `train`, float64 [M, count], nearest first.

    Example:
        >>> indices, gaps = nearest_training(fake_features, train_features, count=3)
        >>> most_alike = np.argsort(gaps[:, 0])[:16]        # what to show first
        >>> pictures = beside(fake_images[most_alike], train_images, indices[most_alike])
    """
    train, fake = _checked(("train", train), ("fake", fake), least=1)
    check_whole(1, count=count)
    return _distances.nearest(fake, train, count, "Nearest training samples, tiles")


def beside(fake_images, train_images, indices):
    """Returns each fake image followed by its training images, for a grid of 1 + k columns.

    Args:
        fake_images: [M, H, W, C] uint8, or floating point in [-1, 1].
        train_images: [N, H, W, C].
        indices: [M, k] into `train_images`, from `nearest_training`.

    Returns:
        uint8 [M · (1 + k), H, W, C].
    """
    train_images = _validation.images("train", train_images)
    fake_images = _validation.images("fake", fake_images)
    _validation.check_same("train", train_images, "fake", fake_images)
    neighbours = to_uint8(train_images[indices])
    rows = np.concatenate([to_uint8(fake_images)[:, None], neighbours], axis=1)
    return rows.reshape(-1, *rows.shape[2:])


def data_copying(train, test, fake, cells=None, cell_samples=20):
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
    train, test, fake = _checked(("train", train), ("test", test), ("fake", fake))
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
    found = KMeans(len(starts), init=starts.astype(train.dtype), n_init=1).fit(train)
    return found.cluster_centers_


def authenticity(train, fake, dimension=None):
    """Returns the share of fake samples that are no copies of a training sample.

    A fake sample whose nearest training sample has no other training sample as near is counted a
    copy. Half or more of a true sampler's would be, by chance: compare with `ideal`, not with 1.

    Args:
        train: [N, D] features the generator was trained on.
        fake: [M, D] features.
        dimension: of the data, for the ideal value; None estimates it.

    Returns:
        `Authenticity`.

    Reference: Section 4 (authenticity), Alaa et al. 2022, arXiv:2102.08921.
    """
    train, fake = _checked(("train", train), ("fake", fake))
    if dimension is None:
        dimension = intrinsic_dimension(train)
    gaps = _distances.neighbour_distances(train, 1, "Distances within the training set, tiles")
    indices, reach = _distances.nearest(fake, train, 1, "Distances to the training set, tiles")
    value = float((reach[:, 0] > gaps[indices[:, 0], 0]).mean())
    return Authenticity(value, ideal_authenticity(dimension), dimension)


def ideal_authenticity(dimension):
    """Returns the authenticity of a true sampler, for many samples: 1 − 1/(2 − o).

    Where samples lie evenly, a sample is its nearest neighbour's nearest neighbour if the union of
    two balls, each through the other's centre, is otherwise empty; o = I_¾((d+1)/2, ½) is the
    share of a ball that the other covers. From 1/3 for d = 1 it rises to 1/2.

    Example:
        >>> round(ideal_authenticity(1), 4), round(ideal_authenticity(2), 4)
        (0.3333, 0.3785)

    Reference: Section 3, Clark and Evans 1955, On some aspects of spatial pattern in biological
    populations (the plane); the ball's cap by Li 2011, Concise formulas for the area and volume of
    a hyperspherical cap.
    """
    from scipy.special import betainc

    if not dimension > 0:
        raise InputError(f"Expected a dimension > 0. Received: dimension={dimension}.")
    overlap = float(betainc((dimension + 1) / 2, 0.5, 0.75))
    return 1.0 - 1.0 / (2.0 - overlap)


def intrinsic_dimension(features):
    """Returns the dimension of a sample, from the ratio of its two nearest distances (two-NN).

    Args:
        features: [N, D], N >= 3, most of them distinct.

    Raises:
        InputError: all samples have copies.

    Reference: Eq. 3, Facco et al. 2017, arXiv:1803.06992.
    Differs from the paper: the maximum of the likelihood, corrected for its bias, in place of a
    fitted line.
    """
    features = _validation.rows("features", features, least=3)
    gaps = _distances.neighbour_distances(features, 2, "Dimension, tiles")
    gaps = gaps[gaps[:, 0] > 0]
    logarithms = np.log(gaps[:, 1] / gaps[:, 0]).sum()
    if not logarithms > 0:
        raise InputError(
            "Expected distinct samples, to estimate a dimension from. Received: copies only. "
            "Give dimension."
        )
    return float((len(gaps) - 1) / logarithms)


def copy_rate(train, fake, threshold=None):
    """Returns the share of fake samples within `threshold` of a training sample.

    Args:
        train: [N, D] features or flat pixels.
        fake: [M, D].
        threshold: a distance, in units of the features; None for the distance below which 1 % of
            the training samples have another: a true sampler then scores about 0.01.

    Returns:
        `CopyRate`.
    """
    train, fake = _checked(("train", train), ("fake", fake))
    if threshold is None:
        gaps = _distances.neighbour_distances(train, 1, "Distances within the training set, tiles")
        threshold = float(np.quantile(gaps, 0.01))
    if not threshold >= 0:
        raise InputError(f"Expected a threshold >= 0. Received: threshold={threshold}.")
    reach = _distances.nearest(fake, train, 1, "Distances to the training set, tiles")[1]
    return CopyRate(float((reach <= threshold).mean()), float(threshold))


def _checked(*named, least=2):
    arrays = [_validation.rows(name, values, least) for name, values in named]
    for (name, _), array in zip(named, arrays, strict=True):
        _validation.check_same(named[0][0], arrays[0], name, array)
    return arrays
