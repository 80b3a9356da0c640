"""Kernel Inception Distance: squared maximum mean discrepancy with a cubic kernel, unbiased.

KID = E k(r, r') + E k(f, f') − 2 E k(r, f) with k(x, y) = (x·y / D + 1)³. Unlike FID its
expectation does not depend on the sample count, and for equal distributions it is 0: estimates
then fall on both sides, so that a negative one is no error.

Our own because TF-GAN and the PyTorch libraries estimate from random or consecutive subsets, and
scikit-learn's kernels need the whole matrix in memory: here all pairs count, in tiles.

Reference: Section 4, Bińkowski et al. 2018, arXiv:1801.01401; the estimator is Eq. 3 of Gretton et
al. 2012, A kernel two-sample test.
"""

import math

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, check_whole
from kgan.metrics import _validation
from kgan.progress import track
from kgan.types import Array

_TILE = 1024  # rows a side of a tile of the kernel matrix: 8 MiB in float64


def kid(real: ArrayLike, fake: ArrayLike) -> float:
    """Returns the unbiased estimate over all pairs of samples; may be negative; lower is better.

    Args:
        real: [N, D] features, N >= 2.
        fake: [M, D] features, M >= 2; M may differ from N.

    Raises:
        InputError: fewer than two samples, NaN, or two widths.

    Example:
        >>> kid([[0.0], [0.0]], [[1.0], [1.0]])
        7.0

    Differs from the paper: all pairs, in tiles of bounded memory, where its code averages random
    subsets. The expectation is the same, the variance is the least, and nothing is random.
    """
    real, fake = _validation.check_row_pair(real, fake)
    tiles = [("real", *tile) for tile in _lower_tiles(len(real))]
    tiles += [("fake", *tile) for tile in _lower_tiles(len(fake))]
    tiles += [("both", i, j) for i in _starts(len(real)) for j in _starts(len(fake))]
    sums = {"real": 0.0, "fake": 0.0, "both": 0.0}
    for kind, i, j in track(tiles, len(tiles), "Kernel distance, tiles"):
        rows = fake if kind == "fake" else real
        columns = real if kind == "real" else fake
        kernel = _kernel(rows[i : i + _TILE], columns[j : j + _TILE])
        if kind == "both":
            sums[kind] += kernel.sum()
        elif i == j:
            sums[kind] += kernel.sum() - np.trace(kernel)
        else:
            sums[kind] += 2.0 * kernel.sum()
    n, m = len(real), len(fake)
    within = sums["real"] / (n * (n - 1)) + sums["fake"] / (m * (m - 1))
    return float(within - 2.0 * sums["both"] / (n * m))


def kid_blocks(real: ArrayLike, fake: ArrayLike, block_size: int = 1000) -> Array:
    """Returns the estimates over consecutive blocks, [B]: their mean is an unbiased KID too.

    Their spread gives the error: `blocks.std(ddof=1) / sqrt(B)`. The rows must be in random
    order. It is cheaper than `kid` for many samples, and what TF-GAN computes.

    Args:
        real: [N, D] features.
        fake: [M, D] features.
        block_size: rows of each in a block, at most; the blocks differ by at most one row.

    Raises:
        InputError: as `kid`, and if a block would hold fewer than two samples.

    Reference: Section 2.1, Zaremba et al. 2013, arXiv:1307.1954.
    """
    real, fake = _validation.check_row_pair(real, fake)
    check_whole(2, block_size=block_size)
    blocks = math.ceil(max(len(real), len(fake)) / block_size)
    if min(len(real), len(fake)) < 2 * blocks:
        raise InputError(
            f"Expected at least 2 samples of each in each of {blocks} blocks. Received: "
            f"{len(real)} real, {len(fake)} fake, block_size={block_size}. Take larger blocks."
        )
    real_cuts, fake_cuts = _cuts(len(real), blocks), _cuts(len(fake), blocks)
    return np.array(
        [
            _one_block(
                real[real_cuts[block] : real_cuts[block + 1]],
                fake[fake_cuts[block] : fake_cuts[block + 1]],
            )
            for block in track(range(blocks), blocks, "Kernel distance, blocks")
        ]
    )


def _one_block(real, fake):
    n, m = len(real), len(fake)
    in_real, in_fake = _kernel(real, real), _kernel(fake, fake)
    within = (in_real.sum() - np.trace(in_real)) / (n * (n - 1))
    within += (in_fake.sum() - np.trace(in_fake)) / (m * (m - 1))
    return within - 2.0 * _kernel(real, fake).mean()


def _kernel(rows, columns):
    product = rows.astype(np.float64) @ columns.astype(np.float64).T
    product /= rows.shape[1]
    product += 1.0
    return product * product * product


def kernel_size(rows: Array) -> float:
    """Returns the mean kernel of a row [N, D] with itself, the size of the terms of `kid`."""
    squares = np.square(rows, dtype=np.float64).mean(axis=1)
    return float(((squares + 1.0) ** 3).mean())


def _starts(count):
    return range(0, count, _TILE)


def _lower_tiles(count):
    return [(i, j) for i in _starts(count) for j in _starts(count) if j <= i]


def _cuts(count, blocks):
    """Returns where blocks begin and end; the larger ones come last, as in TF-GAN."""
    least, larger = divmod(count, blocks)
    sizes = [least] * (blocks - larger) + [least + 1] * larger
    return np.cumsum([0, *sizes])
