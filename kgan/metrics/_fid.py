"""Fréchet distance between Gaussians fitted to two sets of features: FID and its relatives.

FID = |μr − μf|² + tr(Σr + Σf − 2 (Σr Σf)^½), in squared units of the features. It compares two
moments and nothing else, and with few samples it is too large even for a perfect sampler: see
`fid_bias`.

Our own because clean-fid and torch-fidelity need PyTorch, TF-GAN's loses variances below about 1e-5
(see `_tfgan`), and none estimates the bias.

Reference: Eq. 6, Heusel et al. 2017, arXiv:1706.08500.

Example:
    >>> moments = Moments()
    >>> for batch in batches_of_features:
    ...     moments.update(batch)
    >>> fid(real_features, moments)
    3.17
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError
from kgan.metrics import _validation
from kgan.progress import track
from kgan.types import Array

BLOCK = 1024


class Blocks:
    """Gathers rows from batches of any size into blocks of 1,024: the size changes no bit.

    Args:
        name: of the rows, for messages.

    Attributes:
        count: rows so far.
        rest: [B, D] float64, those of the block that is not full yet.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.count = 0
        self._waiting = np.empty((BLOCK, 0))

    @property
    def rest(self) -> Array:
        return self._waiting[: self.count % BLOCK]

    def add(self, batch: ArrayLike) -> Iterator[Array]:
        """Adds a batch [B, D], B >= 1, and yields each block [1024, D] float64 that it fills.

        A block is overwritten by the next.

        Raises:
            InputError: NaN, or another width than before.
        """
        batch = _validation.check_rows(self.name, batch, least=1)
        if not self.count:
            self._waiting = np.empty((BLOCK, batch.shape[1]))
        if batch.shape[1] != self._waiting.shape[1]:
            raise InputError(
                f"Expected {self.name} of width {self._waiting.shape[1]}, as before. "
                f"Received: shape={batch.shape}."
            )
        while len(batch):
            start = self.count % BLOCK
            taken = min(BLOCK - start, len(batch))
            self._waiting[start : start + taken] = batch[:taken]
            self.count += taken
            batch = batch[taken:]
            if start + taken == BLOCK:
                yield self._waiting


class Gaussian(NamedTuple):
    """The moments of a sample that a Fréchet distance compares.

    Attributes:
        count: number of samples.
        mean: [D] float64.
        covariance: [D, D] float64, unbiased.
    """

    count: int
    mean: Array
    covariance: Array


class Moments:
    """Mean and covariance of features that come in batches: float64, constant memory.

    Rows are summed in blocks of 1,024, each around its own mean, and joined by the update of Chan
    et al. 1982, so that a large common offset costs no digits and the batch size changes no bit.
    Even and odd rows are kept apart, for `fid_bias`.

    Example:
        >>> moments = Moments()
        >>> moments.update([[0.0], [2.0]])
        >>> moments.whole().covariance
        array([[2.]])
    """

    def __init__(self) -> None:
        self._blocks = Blocks("features")
        self._halves = [None, None]  # each (count, mean, scatter)

    @property
    def count(self) -> int:
        """Rows so far."""
        return self._blocks.count

    def update(self, batch: ArrayLike) -> None:
        """Adds features [B, D], B >= 1.

        Raises:
            InputError: NaN, or another width than before.
        """
        for block in self._blocks.add(batch):
            self._halves = [self._sums(place, block) for place in (0, 1)]

    def whole(self) -> Gaussian:
        """Returns the `Gaussian` of all rows. Raises `InputError` for fewer than two."""
        return _gaussian(_join(*(self._sums(place, self._blocks.rest) for place in (0, 1))))

    def half(self, place: int) -> Gaussian:
        """Returns the `Gaussian` of the even rows, place 0, or of the odd ones, place 1."""
        return _gaussian(self._sums(place, self._blocks.rest))

    def _sums(self, place, block):
        """Returns the sums of a half with those of one more block."""
        return _join(self._halves[place], _sum(block[place::2]))


def _sum(rows):
    if not len(rows):
        return None
    mean = rows.mean(axis=0)
    centred = rows - mean
    return len(rows), mean, centred.T @ centred


def _join(one, other):
    """Chan, Golub and LeVeque 1982: the count, mean and scatter of two samples together."""
    if one is None or other is None:
        return other if one is None else one
    count = one[0] + other[0]
    gap = other[1] - one[1]
    scatter = np.multiply.outer(gap * (one[0] * other[0] / count), gap)
    scatter += one[2]
    scatter += other[2]
    return count, one[1] + gap * (other[0] / count), scatter


def _gaussian(sums):
    count = sums[0] if sums is not None else 0
    if count < 2:
        raise InputError(
            f"Expected at least 2 samples, 4 for a bias estimate. Received: {count}. Draw more."
        )
    return Gaussian(count, sums[1], sums[2] / (count - 1))


def moments(features: ArrayLike | Moments) -> Moments:
    """Returns the `Moments` of `features` [N, D]; `Moments` are returned as they are.

    Example:
        >>> reference = moments(real_features)      # once, for many fakes
    """
    if isinstance(features, Moments):
        return features
    features = _validation.check_rows("features", features)
    result = Moments()
    starts = range(0, len(features), BLOCK)
    for start in track(starts, len(starts), "Mean and covariance, blocks"):
        result.update(features[start : start + BLOCK])
    return result


def fid(real: ArrayLike | Moments, fake: ArrayLike | Moments) -> float:
    """Returns the Fréchet distance, >= 0 up to rounding; lower is better.

    Args:
        real: [N, D] features, or `Moments` of them.
        fake: [M, D] features, or `Moments`.

    Raises:
        InputError: fewer than two samples, NaN, or two widths.

    Example:
        >>> fid([[0.0], [2.0]], [[3.0], [5.0]])
        9.0

    Reference: Eq. 6, Heusel et al. 2017, arXiv:1706.08500.
    """
    real, fake = _pair(real, fake)
    return frechet_distance(real.whole(), fake.whole())


def fid_bias(real: ArrayLike | Moments, fake: ArrayLike | Moments) -> float:
    """Returns an estimate of how much of `fid` is due to the finite samples.

    The expectation falls as FID∞ + K/N, so half the samples have twice the excess: the mean
    distance between halves less the distance of the whole estimates K/N. It says little below a
    few samples a feature, but is large there.

    Args:
        real: [N, D] features, or `Moments`; N >= 4.
        fake: [M, D], or `Moments`; M >= 4.

    Reference: Section 3, Chong and Forsyth 2020, arXiv:1911.07023.
    Differs from the paper: two sizes, N and N/2, in place of a line through fifteen.
    """
    real, fake = _pair(real, fake)
    by_halves = [frechet_distance(real.half(place), fake.half(place)) for place in (0, 1)]
    return float(np.mean(by_halves)) - frechet_distance(real.whole(), fake.whole())


def _pair(real, fake):
    if not isinstance(real, Moments):
        real = moments(_validation.check_rows("real", real))
    if not isinstance(fake, Moments):
        fake = moments(_validation.check_rows("fake", fake))
    return real, fake


def frechet_distance(real: Gaussian, fake: Gaussian) -> float:
    """Returns the squared 2-Wasserstein distance between two `Gaussian`s.

    Reference: Eq. 4, Dowson and Landau 1982, The Fréchet distance between multivariate normal
    distributions.
    """
    if real.mean.shape != fake.mean.shape:
        raise InputError(
            f"Expected real and fake features of one width. Received: real={len(real.mean)}, "
            f"fake={len(fake.mean)}. Take the same extractor for both."
        )
    from scipy.linalg import svdvals

    # For Σr = AAᵀ and Σf = BBᵀ, tr (Σr Σf)^½ is the sum of the singular values of AᵀB. The
    # eigenvalues of a product of covariances are these squared: half the digits of the small ones
    # would be lost, and there are many small ones.
    product = _factor(real.covariance).T @ _factor(fake.covariance)
    cross = svdvals(product, overwrite_a=True, check_finite=False).sum() if product.size else 0.0
    means = np.square(real.mean - fake.mean).sum()
    traces = np.trace(real.covariance) + np.trace(fake.covariance)
    return float(means + traces - 2.0 * cross)


def _factor(covariance):
    """Returns A [D, rank] with AAᵀ = covariance: Cholesky with pivots, which allows rank < D."""
    from scipy.linalg.lapack import dpstrf

    lower, pivots, rank, _ = dpstrf(covariance, lower=1)
    factor = np.empty((len(covariance), rank))
    factor[pivots - 1] = np.tril(lower)[:, :rank]
    return factor


def intra_class_fid(
    real: ArrayLike, real_labels: ArrayLike, fake: ArrayLike, fake_labels: ArrayLike
) -> dict[int, float]:
    """Returns `{class: FID}` of each class; their mean is the intra-class FID.

    It shows a class that a conditional generator has collapsed, which FID over all may hide.

    Args:
        real: [N, D] features.
        real_labels: [N] integers from 0.
        fake: [M, D] features.
        fake_labels: [M] integers, the classes that were given to the generator.

    Raises:
        InputError: a class with fewer than two real or fake samples.

    Example:
        >>> np.mean(list(intra_class_fid(real, labels, fake, fake_labels).values()))

    Reference: Section 4, Miyato and Koyama 2018, arXiv:1802.05637.
    """
    parts = _validation.split_classes(real, real_labels, fake, fake_labels, least=2)
    return {label: fid(*both) for label, both in parts.items()}
