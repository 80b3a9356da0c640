"""Perceptual path length: how far pictures move when the latents move a little.

A generator with a smooth latent space changes its pictures evenly; one that squeezes many pictures
between two neighbours has long paths there.

Reference: Section 4.1, Karras et al. 2019, arXiv:1812.04948.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from kgan import interpolation
from kgan.errors import InputError, UnknownNameError, check_whole
from kgan.metrics import _validation
from kgan.progress import track
from kgan.types import Array

_BATCH = 64


class PathLength(NamedTuple):
    """Mean over paths, with its standard error, and the length of each path counted."""

    mean: float
    error: float
    lengths: Array


_PATHS = {"slerp": interpolation.slerp, "lerp": interpolation.lerp}
_SAMPLINGS = ("full", "ends")


def perceptual_path_length(
    generate: Callable[[Array], Array],
    features: Callable[[Array], Array],
    latents: Callable[[np.random.Generator, int], Array],
    path: str = "slerp",
    sampling: str = "full",
    count: int = 1000,
    epsilon: float = 1e-4,
    trim: float = 0.0,
    seed: int = 0,
) -> PathLength:
    """Returns the mean of d(G(x(t)), G(x(t + ε))) / ε² over random paths x between two latents.

    In z, give the generator, normal latents and `"slerp"`; in w, give the synthesis network, a
    function that draws z and maps it, and `"lerp"`.

    Args:
        generate: maps float64 latents [B, d] to images [B, ...].
        features: maps these images to features [B, D]; d is their squared Euclidean distance.
        latents: maps `(random, B)`, a NumPy generator and a count, to latents [B, d].
        path: `"slerp"` or `"lerp"`.
        sampling: `"full"`, t ~ U(0, 1); or `"ends"`, t = 0.
        count: how many paths; the paper's is 100,000.
        epsilon: the step; the paper's is 1e-4. In float32 a smaller one is lost in rounding.
        trim: share of paths left out at each end of the lengths; StyleGAN's code has 0.01.
        seed: fixes the paths.

    Returns:
        `PathLength`.

    Raises:
        InputError: an unknown path or sampling, or features that are NaN.

    Example:
        >>> perceptual_path_length(
        ...     lambda z: generator(z.astype("float32"), training=False),
        ...     lambda images: extractor(np.asarray(images)).pooled,
        ...     lambda random, count: random.normal(size=(count, 128)),
        ... ).mean

    Reference: Eq. 2 (z) and 3 (w), Karras et al. 2019, arXiv:1812.04948.
    Differs from the paper: `slerp` keeps the latents' lengths, which the paper normalises; most
    generators are trained on lengths about √d. Extractors round images to 8 bits, which hides so
    small a step: give features of floating-point images.
    """
    if path not in _PATHS:
        raise UnknownNameError("path", path, _PATHS)
    if sampling not in _SAMPLINGS:
        raise UnknownNameError("sampling", sampling, _SAMPLINGS)
    if not (epsilon > 0 and 0 <= trim < 0.5):
        raise InputError(
            f"Expected epsilon > 0 and trim in [0, 0.5). Received: epsilon={epsilon}, trim={trim}."
        )
    check_whole(2, count=count)
    random = np.random.default_rng(seed)
    # All drawn before the batches are cut, so that the batch size changes nothing.
    one, other = (np.asarray(latents(random, count), np.float64) for _ in range(2))
    place = random.uniform(size=count) if sampling == "full" else np.zeros(count)
    lengths = np.empty(count)
    starts = range(0, count, _BATCH)
    for start in track(starts, len(starts), "Path length, batches"):
        some = slice(start, start + _BATCH)
        before, after = (
            _rows(features, generate(_PATHS[path](one[some], other[some], place[some] + step)))
            for step in (0.0, epsilon)
        )
        lengths[some] = np.square(after - before).sum(axis=1) / epsilon**2
    low, high = np.quantile(lengths, [trim, 1.0 - trim])
    kept = lengths[(lengths >= low) & (lengths <= high)]
    return PathLength(float(kept.mean()), float(kept.std(ddof=1) / np.sqrt(len(kept))), kept)


def _rows(features, images):
    return _validation.check_rows("features", features(images), least=1).astype(np.float64)
