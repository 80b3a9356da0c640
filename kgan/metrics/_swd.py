"""Sliced Wasserstein distance: transport along random lines, where sorting solves it exactly.

Between features it sees every moment, where FID sees two; between image patches of each size it
shows at which scale a generator is wrong.

Our own because TF-GAN's takes only colour pictures, as many generated as real ones, and draws other
lines each time.

Reference: Rabin et al. 2011, Wasserstein barycenter and its application to texture mixing; Section
5, Karras et al. 2018, arXiv:1710.10196.
"""

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, check_whole
from kgan.metrics import _validation
from kgan.progress import track

_TOGETHER = 16  # directions sorted at once: 6 MiB for 50,000 samples
_BINOMIAL = np.array([1.0, 4.0, 6.0, 4.0, 1.0]) / 16.0
_PATCH = 7  # pixels a side
_COARSEST = 16  # pixels a side


def swd(
    real: ArrayLike, fake: ArrayLike, order: int = 2, directions: int = 256, seed: int = 0
) -> float:
    """Returns (mean over lines of W_order^order along them)^(1/order), in units of the features.

    Args:
        real: [N, D] features.
        fake: [M, D] features; M may differ from N.
        order: 1 or 2.
        directions: how many lines, drawn evenly from the sphere.
        seed: fixes the lines, so that two generators are measured along the same ones.

    Raises:
        InputError: NaN, no samples, two widths, or another order.

    Example:
        >>> swd(x, x + 1.0)      # |shift| / √D, so 1 for every D
        1.0

    Reference: Section 3, Rabin et al. 2011.
    """
    real, fake = _validation.check_row_pair(real, fake, least=1)
    check_whole(1, directions=directions)
    check_whole(0, seed=seed)
    if order not in (1, 2):
        raise InputError(f"Expected an order of 1 or 2. Received: order={order!r}.")
    lines = np.random.default_rng(seed).normal(size=(directions, real.shape[1])).T
    lines /= np.linalg.norm(lines, axis=0)
    steps = _quantile_steps(len(real), len(fake))
    starts = range(0, directions, _TOGETHER)
    total = 0.0
    for start in track(starts, len(starts), "Sliced Wasserstein, directions"):
        some = lines[:, start : start + _TOGETHER]
        total += _transport(_project(real, some), _project(fake, some), steps, order)
    return float((total / directions) ** (1.0 / order))


def _project(rows, lines):
    """Returns the rows' places on each line, sorted: [n, K]."""
    blocks = [rows[start : start + 4096] @ lines for start in range(0, len(rows), 4096)]
    return np.sort(np.concatenate(blocks), axis=0)


def _quantile_steps(n, m):
    """Returns widths and the places in two sorted samples where both quantiles are constant."""
    levels = np.union1d(np.arange(1, n + 1) / n, np.arange(1, m + 1) / m)
    widths = np.diff(levels, prepend=0.0)
    middles = levels - 0.5 * widths
    places = ((middles * count).astype(np.int64).clip(0, count - 1) for count in (n, m))
    return (widths, *places)


def _transport(one, other, steps, order):
    """Returns the sum over columns of W^order between sorted columns [n, K] and [m, K]."""
    if len(one) == len(other):
        return (np.abs(one - other) ** order).mean(axis=0).sum()
    widths, in_one, in_other = steps
    return (widths @ np.abs(one[in_one] - other[in_other]) ** order).sum()


def laplacian_swd(
    real: ArrayLike, fake: ArrayLike, patches: int = 64, directions: int = 128, seed: int = 0
) -> dict[int, float]:
    """Returns `{side in pixels: distance}` between patches of each level of a Laplacian pyramid.

    Each level holds what the next coarser one misses: the finest shows texture, the coarsest
    layout. Patches of 7 x 7 pixels are compared by `swd` of order 1, after each channel has been
    brought to mean 0 and deviation 1. The paper prints these times 1000.

    Args:
        real: [N, H, H, C] images, uint8 or floating point in [-1, 1]; H a power of two >= 16.
        fake: [M, H, H, C].
        patches: how many an image and level.
        directions: lines to project on.
        seed: fixes patches and lines.

    Raises:
        InputError: images that are not square, not a power of two, or below 16 pixels.

    Reference: Section 5, Karras et al. 2018, arXiv:1710.10196.
    Differs from the paper: a level's patches lie at the same places in all images, so that the
    order of the images does not matter; real and fake are normalised by the real patches, so that
    a wrong brightness counts.
    """
    real, fake = _validation.check_image_pair(real, fake)
    side = real.shape[1]
    if side != real.shape[2] or side < _COARSEST or side & (side - 1):
        raise InputError(
            f"Expected square images of 16, 32, 64, ... pixels. Received: shape={real.shape}."
        )
    check_whole(1, patches=patches)
    random = np.random.default_rng(seed)
    distances = {}
    while side >= _COARSEST:
        corners = random.integers(0, side - _PATCH + 1, size=(patches, 2))
        real_level, real_rest = _level(real, side, corners)
        fake_level, fake_rest = _level(fake, side, corners)
        mean = real_level.mean(axis=(0, 1), dtype=np.float64)
        deviation = np.maximum(real_level.std(axis=(0, 1), dtype=np.float64), 1e-8)
        flat = [
            ((level - mean) / deviation).astype(np.float32).reshape(len(level), -1)
            for level in (real_level, fake_level)
        ]
        distances[side] = swd(*flat, order=1, directions=directions, seed=seed)
        real, fake, side = real_rest, fake_rest, side // 2
    return distances


def _level(images, side, corners):
    """Returns a level's patches [N · P, 49, C] and the images of the next coarser level."""
    patches, coarser = [], []
    for start in range(0, len(images), 64):
        some = _validation.to_unit(images[start : start + 64])
        smaller = _blur(some)[:, ::2, ::2]
        # The coarsest level is what is left: the picture itself.
        detail = some - _enlarge(smaller) if side > _COARSEST else some
        cut = [detail[:, y : y + _PATCH, x : x + _PATCH] for y, x in corners]
        patches.append(np.stack(cut, axis=1).reshape(-1, _PATCH * _PATCH, some.shape[-1]))
        coarser.append(smaller)
    return np.concatenate(patches), np.concatenate(coarser)


def _blur(images):
    from scipy.ndimage import convolve1d

    across = convolve1d(images, _BINOMIAL, axis=1, mode="mirror")
    return convolve1d(across, _BINOMIAL, axis=2, mode="mirror")


def _enlarge(images):
    count, height, width, channels = images.shape
    spread = np.zeros((count, 2 * height, 2 * width, channels), images.dtype)
    spread[:, ::2, ::2] = images
    return 4.0 * _blur(spread)
