"""Scores of the pictures themselves: errors of a reconstruction, diversity, perceptual distance.

Scale: all of them see pixels in [0, 1]. SSIM and MS-SSIM are TensorFlow's. The perceptual distance
is our own because the published LPIPS needs PyTorch and its networks.
"""

import hashlib
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from kgan.errors import InputError, check_whole
from kgan.metrics import _validation
from kgan.progress import track
from kgan.types import Array

_BATCH = 64
_WINDOW = 11  # pixels, of SSIM's Gaussian
# Section 3.2, Wang et al. 2003: the weight of each scale, finest first.
_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)


class Reconstruction(NamedTuple):
    """How far images are from their targets, pixels in [0, 1].

    Attributes:
        l1: mean absolute error.
        rmse: root of the mean squared error over all pixels of all images.
        psnr: mean over images of −10 log₁₀ of the mean squared error, in dB; inf for equal images.
        ssim: mean over images of the structural similarity, 1 for equal images.
    """

    l1: float
    rmse: float
    psnr: float
    ssim: float


def reconstruction(target: ArrayLike, output: ArrayLike) -> Reconstruction:
    """Returns the errors of translated or reconstructed images against their targets.

    Args:
        target: [N, H, W, C] uint8, or floating point in [-1, 1]; at least 11 pixels a side.
        output: [N, H, W, C], image i for target i.

    Returns:
        `Reconstruction`.

    Raises:
        InputError: other counts, sizes or ranges.

    Reference: Wang et al. 2004, Image quality assessment: from error visibility to structural
    similarity.
    """
    import tensorflow as tf

    target, output = _pair(target, output)
    absolute, squared, similar = [], [], []
    starts = range(0, len(target), _BATCH)
    for start in track(starts, len(starts), "Reconstruction, batches"):
        one, other = (_unit(x[start : start + _BATCH]) for x in (target, output))
        gap = (one - other).reshape(len(one), -1)
        absolute.append(np.abs(gap).mean(axis=1))
        squared.append(np.square(gap).mean(axis=1))
        similar.append(tf.image.ssim(*_narrow(one, other), max_val=1.0).numpy())
    squared = np.concatenate(squared)
    with np.errstate(divide="ignore"):
        peaks = -10.0 * np.log10(squared)
    return Reconstruction(
        float(np.concatenate(absolute).mean()),
        float(np.sqrt(squared.mean())),
        float(peaks.mean()),
        float(np.concatenate(similar).astype(np.float64).mean()),
    )


def sharpness(images: ArrayLike) -> float:
    """Returns the mean size of the gradient between neighbouring pixels, which are in [0, 1].

    A blurred picture has less of it than a real one.

    Args:
        images: [N, H, W, C] uint8, or floating point in [-1, 1]; at least 2 pixels a side.
    """
    images = _validation.check_images("images", images)
    sizes = []
    for image in images:
        pixels = _unit(image)
        down, right = np.diff(pixels, axis=0)[:, :-1], np.diff(pixels, axis=1)[:-1]
        sizes.append(np.hypot(down, right).mean())
    return float(np.mean(sizes))


def ms_ssim_diversity(
    images: ArrayLike, labels: ArrayLike | None = None, pairs: int = 1000, seed: int = 0
) -> float:
    """Returns the mean MS-SSIM of random pairs: 1 where all images are the same; lower is better.

    Compare it with that of as many real images; a generator above them has collapsed.

    Args:
        images: [N, H, W, C] uint8, or floating point in [-1, 1]; at least 11 pixels a side.
        labels: [N] integers, to draw pairs within a class; None for any pairs.
        pairs: how many pairs.
        seed: fixes them; they do not depend on the order of the images.

    Raises:
        InputError: fewer than two images (of a class), or too small ones.

    Reference: Section 4.2, Odena et al. 2017, arXiv:1610.09585.
    Differs from the paper: images below 176 pixels have fewer than its five scales, the finest
    ones, with weights of the same sum.
    """
    images = _check_size(_validation.check_images("images", images, least=2))
    check_whole(1, pairs=pairs)
    one, other = _draw_pairs(images, labels, pairs, seed)
    similar = []
    starts = range(0, pairs, _BATCH)
    for start in track(starts, len(starts), "MS-SSIM, batches"):
        some = slice(start, start + _BATCH)
        similar.append(ms_ssim(images[one[some]], images[other[some]]))
    return float(np.concatenate(similar).mean())


def ms_ssim(one: ArrayLike, other: ArrayLike) -> Array:
    """Returns the multi-scale structural similarity of each pair of images, float64 [N].

    Args: as `reconstruction`; `Reference` and scales as `ms_ssim_diversity`.
    """
    import tensorflow as tf

    one, other = _pair(one, other)
    side = min(one.shape[1:3])
    scales = sum(side >> level >= _WINDOW for level in range(len(_WEIGHTS)))
    weights = np.array(_WEIGHTS[:scales]) * sum(_WEIGHTS) / sum(_WEIGHTS[:scales])
    similar = tf.image.ssim_multiscale(
        *_narrow(_unit(one), _unit(other)), 1.0, tuple(weights), _WINDOW
    )
    return similar.numpy().astype(np.float64)


def perceptual_distance(
    one: list[ArrayLike], other: list[ArrayLike], weights: list[ArrayLike] | None = None
) -> Array:
    """Returns the LPIPS-style distance of each pair of images, float64 [N], from given features.

    At each place the features are scaled to unit length over the channels; the squared differences
    are summed over channels, averaged over places and summed over layers.

    Args:
        one: list of features of a network's layers, each [N, H, W, C].
        other: the same of the other images.
        weights: list of [C] >= 0 for each layer, as LPIPS learns them; None for ones.

    Raises:
        InputError: lists of other lengths or shapes.

    Reference: Eq. 1, Zhang et al. 2018, arXiv:1801.03924.
    Differs from the paper: the features and weights are the caller's; with others than its own,
    numbers are not LPIPS.
    """
    weights = [1.0] * len(one) if weights is None else weights
    if not one or len({len(one), len(other), len(weights)}) != 1:
        raise InputError(
            f"Expected the same layers of both. Received: {len(one)} and {len(other)} layers, "
            f"{len(weights)} weights."
        )
    total = 0.0
    for layer, (first, second) in enumerate(zip(one, other, strict=True)):
        first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
        if first.shape != second.shape or first.ndim != 4:
            raise InputError(
                f"Expected features [N, H, W, C] of one shape. Received: {first.shape} and "
                f"{second.shape} in layer {layer}."
            )
        _validation.check_finite("features", first)
        _validation.check_finite("features", second)
        gap = np.square(_normalize(first) - _normalize(second)) * weights[layer]
        total = total + gap.sum(axis=3).mean(axis=(1, 2))
    return total


def _normalize(features):
    return features / (np.linalg.norm(features, axis=3, keepdims=True) + 1e-10)


def _pair(one, other):
    one, other = _validation.check_image_pair(one, other)
    if len(one) != len(other):
        raise InputError(
            f"Expected as many images as targets. Received: {len(one)} and {len(other)}."
        )
    return _check_size(one), other


def _check_size(images):
    if min(images.shape[1:3]) < _WINDOW:
        raise InputError(
            f"Expected images of at least {_WINDOW} pixels a side, SSIM's window. "
            f"Received: shape={images.shape}."
        )
    return images


def _unit(images):
    """Returns float64 pixels in [0, 1]."""
    return images / 255.0 if images.dtype == np.uint8 else (images.astype(np.float64) + 1.0) / 2.0


def _narrow(*images):
    return [pixels.astype(np.float32) for pixels in images]


def _draw_pairs(images, labels, pairs, seed):
    """Returns two index arrays [pairs]: never an image with itself."""
    # Sorted by content, so that the pairs of a set do not depend on the order it came in.
    digests = [hashlib.blake2b(image.tobytes(), digest_size=16).digest() for image in images]
    order = np.array(sorted(range(len(images)), key=digests.__getitem__))
    random = np.random.default_rng(seed)
    if labels is None:
        groups = [order]
    else:
        labels = _validation.check_labels("labels", labels, len(images))
        groups = [order[labels[order] == label] for label in np.unique(labels)]
    least = min(len(group) for group in groups)
    if least < 2:
        raise InputError(f"Expected at least 2 images of each class. Received: {least} of one.")
    counts = np.array([len(group) for group in groups])
    chosen = random.choice(len(groups), size=pairs, p=counts / counts.sum())
    first = random.integers(counts[chosen])
    second = (first + random.integers(1, counts[chosen])) % counts[chosen]
    starts = np.cumsum([0, *counts[:-1]])[chosen]
    flat = np.concatenate(groups)
    return flat[starts + first], flat[starts + second]
