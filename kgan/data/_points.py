"""Points on the line and in the plane, drawn from known densities, against which a GAN is judged.

A point has the key `"image"`, like everything a generator makes; it is float32 and may lie outside
[-1, 1], so give the model `network="mlp_points"`.
"""

from collections.abc import Callable

import numpy as np

from kgan.data._source import MADE_BY_KGAN, OWN_DATA, Source
from kgan.errors import InputError
from kgan.registry import SOURCES
from kgan.types import Array

register = SOURCES.register

_SEED = 0  # of the points; the order in which they are read has its own


def ring_modes(modes: int = 8, radius: float = 1.0) -> Array:
    """Returns the centres [modes, 2] of `ring`, evenly spaced on the circle."""
    angles = 2.0 * np.pi * np.arange(modes) / modes
    return radius * np.stack([np.cos(angles), np.sin(angles)], axis=1)


def grid_modes(side: int = 5, spacing: float = 2.0) -> Array:
    """Returns the centres [side², 2] of `grid`: -4, -2, 0, 2, 4 in each coordinate by default."""
    places = spacing * (np.arange(side) - (side - 1) / 2.0)
    return np.stack(np.meshgrid(places, places, indexing="ij"), axis=-1).reshape(-1, 2)


@register("ring")
def ring(modes: int = 8, radius: float = 1.0, scale: float = 0.01, count: int = 100_000) -> Source:
    """Points in the plane: Gaussians evenly spaced on a circle.

    Args:
        modes: Gaussians, ≥ 1.
        radius: of the circle.
        scale: standard deviation of each Gaussian, in each coordinate.
        count: points.

    Returns:
        A `Source` of `image` [2] float32 and `label` [] int32, the mode's number.

    Raises:
        InputError: an argument out of range.
    """
    _check(modes=modes, radius=radius, scale=scale, count=count)
    return _sample_around("ring", ring_modes(modes, radius), scale, count)


@register("grid")
def grid(side: int = 5, spacing: float = 2.0, scale: float = 0.05, count: int = 100_000) -> Source:
    """Points in the plane: Gaussians on a square grid about the origin.

    Args:
        side: Gaussians a row, ≥ 1.
        spacing: distance of neighbours.
        scale: standard deviation of each Gaussian, in each coordinate.
        count: points.

    Returns:
        A `Source` of `image` [2] float32 and `label` [] int32, the mode's number.

    Raises:
        InputError: an argument out of range.
    """
    _check(side=side, spacing=spacing, scale=scale, count=count)
    return _sample_around("grid", grid_modes(side, spacing), scale, count)


@register("swiss_roll")
def swiss_roll(noise: float = 0.02, count: int = 100_000) -> Source:
    """Points in the plane: a spiral of one and a half turns, within [-1, 1].

    Args:
        noise: standard deviation about the curve.
        count: points.

    Returns:
        A `Source` of `image` [2] float32.

    Raises:
        InputError: an argument out of range.
    """
    _check(noise=noise, count=count)
    random = np.random.default_rng(_SEED)
    angle = 1.5 * np.pi * (1.0 + 2.0 * random.random(count))
    curve = np.stack([np.cos(angle), np.sin(angle)], axis=1) * angle[:, None] / (4.5 * np.pi)
    return _from_points("swiss_roll", curve + noise * random.normal(size=(count, 2)))


@register("moons")
def moons(noise: float = 0.05, count: int = 100_000) -> Source:
    """Points in the plane: two interleaved half circles.

    Args:
        noise: standard deviation about the curves.
        count: points.

    Returns:
        A `Source` of `image` [2] float32 and `label` [] int32, the moon.

    Raises:
        InputError: an argument out of range.
    """
    _check(noise=noise, count=count)
    random = np.random.default_rng(_SEED)
    label = random.integers(0, 2, count)
    angle = np.pi * random.random(count)
    sign = np.where(label == 0, 1.0, -1.0)
    curve = np.stack([sign * np.cos(angle), sign * np.sin(angle)], axis=1)
    # The second moon is the first turned by half a turn about (0.5, 0.25).
    curve += np.where(label[:, None] == 0, [0.0, 0.0], [1.0, 0.5])
    return _from_points("moons", curve + noise * random.normal(size=(count, 2)), label, ("0", "1"))


@register("mixture")
def mixture(
    weights: tuple[float, ...] = (0.33, 0.67),
    means: tuple[float, ...] = (-1.0, 2.0),
    variances: tuple[float, ...] = (0.065, 2.0),
    count: int = 100_000,
) -> Source:
    """Points on the line: a mixture of Gaussians, by default that of the f-GAN paper.

    Args:
        weights: probabilities that sum to one.
        means: one for each weight.
        variances: one for each weight, > 0.
        count: points.

    Returns:
        A `Source` of `image` [1] float32 and `label` [] int32, the component.

    Raises:
        InputError: arguments of different lengths or out of range.

    Reference: Nowozin et al. 2016, arXiv:1606.00709, Section 3.3.
    """
    _check(count=count)
    weights, means, variances = (np.asarray(v, float) for v in (weights, means, variances))
    if not weights.shape == means.shape == variances.shape or weights.size == 0:
        raise InputError(
            "Expected as many weights as means and variances. Received: "
            f"{weights.size}, {means.size} and {variances.size}."
        )
    if weights.min() < 0 or abs(weights.sum() - 1.0) > 1e-6 or variances.min() <= 0:
        raise InputError(
            "Expected weights that sum to 1 and variances > 0. Received: "
            f"weights={weights.tolist()}, variances={variances.tolist()}."
        )
    random = np.random.default_rng(_SEED)
    label = random.choice(weights.size, size=count, p=weights)
    points = means[label] + np.sqrt(variances[label]) * random.normal(size=count)
    classes = tuple(map(str, range(weights.size)))
    return _from_points("mixture", points[:, None], label, classes)


def density(
    sampler: Callable[[np.random.Generator, int], Array],
    count: int = 100_000,
    name: str = "density",
) -> Source:
    """Points drawn by a function of your own.

    Args:
        sampler: `(numpy.random.Generator, count) -> [count, D]`.
        count: points.
        name: what to call it.

    Returns:
        A `Source` of `image` [D] float32.

    Raises:
        InputError: if what it returns has another shape.

    Example:
        >>> source = kgan.data.density(lambda random, count: random.normal(size=(count, 2)))
        >>> gan.fit(source.dataset(batch_size=256))
    """
    _check(count=count)
    points = np.asarray(sampler(np.random.default_rng(_SEED), count))
    if points.ndim != 2 or len(points) != count:
        raise InputError(
            f"Expected points of shape ({count}, D). Received: shape={points.shape}. "
            "Return one row a point."
        )
    return _from_points(name, points, licence=OWN_DATA)


def _sample_around(name, centres, scale, count):
    random = np.random.default_rng(_SEED)
    label = random.integers(0, len(centres), count)
    points = centres[label] + scale * random.normal(size=(count, 2))
    return _from_points(name, points, label, tuple(map(str, range(len(centres)))))


def _from_points(name, points, label=None, classes=None, licence=MADE_BY_KGAN):
    examples = {"image": points.astype(np.float32)}
    if label is not None:
        examples["label"] = label.astype(np.int32)
    return Source.from_arrays(name, examples, classes=classes, licence=licence)


def _check(**named):
    whole = ("modes", "side", "count")
    for name, value in named.items():
        low = 1 if name in whole else 0
        if not low <= value < np.inf:
            raise InputError(f"Expected {name} of at least {low}. Received: {name}={value!r}.")
